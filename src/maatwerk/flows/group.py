"""Groups learnt from the history: personas of shoppers, and segments of products; and who is like a list."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.time import DAY
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.events.event import Event
from maatwerk.flows.learn import first_time, people_at
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.lake import Lake
from maatwerk.views.insight.sql import text as sql_text
from maatwerk.views.predicted import personas, segments
from maatwerk.views.predicted.families import Floats
from maatwerk.views.predicted.lookalike import Alike, look_alike
from maatwerk.views.predicted.people import People
from maatwerk.views.predicted.tastes import CATEGORIES_MOST, ENOUGH_MASS, SINCE_MS, Tastes, levels, tastes

TASTES, SALES = "tastes", "sales"


class Cared(msgspec.Struct):
    """Who cares for what: visitors, and triples of a visitor's number, a catalog row and a mass."""

    visitors: list[str]
    who: NDArray[np.int64]
    rows: NDArray[np.int64]
    mass: Floats

    def tastes(self, catalog: Catalog, now: int, categories: Sequence[str], usual: Floats) -> Tastes:
        """Of every visitor, in one shop's words."""
        of = levels(catalog, now)
        return tastes(self.who, self.rows, self.mass, len(self.visitors), catalog, of, categories, usual)


def cared(lake: Lake, newer: Sequence[Event], now: int, catalog: Catalog) -> Cared:
    """What everyone did with products of the catalog in 180 days."""
    rows = lake.query(sql_text(TASTES), {"now": now, "since": now - SINCE_MS}, tail=newer)
    place = catalog.items([row["sku"] for row in rows]) if rows else np.empty(0, np.int32)
    numbers: dict[str, int] = {}
    kept = [(row, at) for row, at in zip(rows, place.tolist(), strict=True) if at >= 0]
    who = [numbers.setdefault(row["visitor"], len(numbers)) for row, _ in kept]
    return Cared(
        list(numbers),
        np.array(who, np.int64),
        np.array([at for _, at in kept], np.int64),
        np.array([row["mass"] for row, _ in kept], np.float64),
    )


def vocabulary(found: Cared, catalog: Catalog) -> tuple[list[str], Floats]:
    """The categories that most interest goes to, and the shop's shares of them, all others last."""
    values = catalog.codes["category"].values
    group = catalog.facets["category"][found.rows].astype(np.int64)
    total = np.bincount(group, found.mass, len(values))
    total[0] = 0.0  # products without a category
    order = np.argsort(-total, kind="stable")[:CATEGORIES_MOST]
    kept = [number for number in order.tolist() if total[number] > 0]
    mass = max(float(found.mass.sum()), 1e-9)
    shares = total[kept] / mass if kept else np.empty(0)
    return [values[number] for number in kept], np.append(shares, max(0.0, 1 - float(shares.sum())))


def learn_personas(
    lake: Lake,
    newer: Sequence[Event],
    now: int,
    catalog: Catalog,
    currency: str,
    version: str,
    former: Sealed | None,
) -> Sealed:
    """Group shoppers; names stay with the groups of the ``former`` run that they share most members with."""
    found = cared(lake, newer, now, catalog)
    categories, usual = vocabulary(found, catalog)
    known = found.tastes(catalog, now, categories, usual)
    enough = known.mass >= ENOUGH_MASS
    before, old = None, personas.NONE
    if former is not None:
        old = personas.unsealed(former.version, former.arrays, former.facts)
        if len(old.groups):
            then = found.tastes(catalog, now, old.categories, old.usual)
            before = old.places(then)[enough]
    people, rows = people_at(lake, newer, now, now, currency)
    habits = _habits(people, [row["visitor"] for row in rows], found.visitors)
    grouped = personas.group(
        known.part(enough),
        categories,
        usual,
        {name: column[enough] for name, column in habits.items()},
        old,
        before,
    )
    arrays, facts = grouped.sealed()
    return Sealed(personas.NAME, version, [], arrays, facts | {"now": now})


def _habits(people: People, visitors: Sequence[str], wanted: Sequence[str]) -> dict[str, Floats]:
    place = {visitor: number for number, visitor in enumerate(visitors)}
    rows = np.array([place.get(visitor, -1) for visitor in wanted], np.int64)
    here = rows >= 0
    seen = np.where(here, people["seen_at"][rows], 0.0) if len(people) else np.zeros(len(wanted))
    orders = np.where(here, people["orders"][rows], 0.0) if len(people) else np.zeros(len(wanted))
    return {"orders": orders, "days_since": np.maximum(people.now - seen, 0) / DAY}


def learn_segments(
    lake: Lake, newer: Sequence[Event], now: int, catalog: Catalog, currency: str, version: str
) -> Sealed:
    """What each product is to the shop."""
    rows = lake.query(sql_text(SALES), {"now": now, "currency": currency}, tail=newer)
    history = max(0, (now - first_time(lake, newer, now)) // DAY)
    found = segments.segment(segments.sales_of(rows, catalog), catalog, now, history, version)
    arrays, facts = segments.sealed(found)
    return Sealed(segments.NAME, version, found.skus, arrays, facts | {"now": now})


def find_alike(
    lake: Lake, newer: Sequence[Event], now: int, catalog: Catalog, currency: str, seeds: Sequence[str]
) -> tuple[Alike, list[str]]:
    """Everyone by likeness to the seeds (visitors: ``u:`` or ``a:`` and the id), and who the rows are.

    Raises ValueError where none of the seeds is known.
    """
    found = cared(lake, newer, now, catalog)
    categories, usual = vocabulary(found, catalog)
    people, rows = people_at(lake, newer, now, now, currency)
    visitors = [row["visitor"] for row in rows]
    place = {visitor: number for number, visitor in enumerate(visitors)}
    known = found.tastes(catalog, now, categories, usual).vectors()
    vectors = np.tile(np.concatenate([np.sqrt(usual), [0.0, 0.0]]), (len(visitors), 1))
    for number, visitor in enumerate(found.visitors):
        if visitor in place:
            vectors[place[visitor]] = known[number]
    doings = [np.log1p(people[name]) / 2 for name in ("orders", "views_30", "adds_30", "days_30")]
    spent = np.log1p(people["paid_minor"] / np.maximum(people["paid"], 1)) / 10
    whole = np.concatenate([vectors, np.stack([*doings, spent], axis=1)], axis=1)
    return look_alike(whole, [place[each] for each in seeds if each in place]), visitors
