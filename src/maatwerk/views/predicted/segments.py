"""Product segments: what each product is to the shop, and why. One product is often in several.

``bestseller`` (among those that make half of the pieces sold, and twice a product's usual), ``rising`` and
``falling`` (the last week against the three before, as chance would not have it), ``slow`` (on sale, in
stock, for a month, and hardly bought), ``margin`` (earns more than three in four), ``seasonal`` (one
quarter of the year has most of it), and the classes ``a``, ``b``, ``c`` by revenue (the first 80 %, to 95
%, the rest).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from scipy.special import bdtr, bdtrc

from maatwerk.core.time import DAY
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.predicted.families import Floats
from maatwerk.views.predicted.say import enough

NAME = "segments"
"""The sealed model's name."""
SEGMENTS = ("bestseller", "rising", "falling", "slow", "margin", "seasonal", "a", "b", "c")
ENOUGH_PIECES = 50
SEASONS_DAYS = 360
_HALF, _A, _B = 0.5, 0.8, 0.95
_BY_CHANCE = 0.02
_LEAST_MOVED = 4
_NEW_DAYS = 30
_SLOW_SHARE = 0.25
_SEASON_SHARE = 0.6
_SEASON_PIECES = 20


class Sales(msgspec.Struct, frozen=True):
    """By catalog row of a product (its variants' sales are its own): pieces, revenue and pieces of late."""

    pieces: Floats
    revenue: Floats
    pieces_7: Floats
    pieces_28: Floats
    pieces_30: Floats
    quarters: Floats
    """(rows, 4) pieces of the newest 90 days, and of those before them."""


class Segments(msgspec.Struct, frozen=True):
    """``member`` (products, segments) by SKU, the reasons of each, and what is still too little."""

    skus: list[str]
    member: Any
    reasons: list[dict[str, str]]
    not_enough: dict[str, str] = {}
    version: str = ""
    place: Mapping[str, int] = {}
    """Where each SKU stands."""

    def of(self, sku: str) -> dict[str, str]:
        """Segments of a product, each with its reason; nothing for one that is not known."""
        place = self.place.get(sku)
        return {} if place is None else self.reasons[place]

    def listed(self, segment: str) -> list[str]:
        """SKUs of a segment, in the order of the shop's revenue."""
        column = SEGMENTS.index(segment)
        return [sku for sku, row in zip(self.skus, self.member, strict=True) if row[column]]


NOTHING = Segments([], np.zeros((0, len(SEGMENTS)), bool), [])


def sales_of(rows: Sequence[Mapping[str, Any]], catalog: Catalog) -> Sales:
    """The query's rows, added up by product."""
    names = ("pieces", "revenue_minor", "pieces_7", "pieces_28", "pieces_30")
    place = catalog.items([row["sku"] for row in rows]) if rows else np.empty(0, np.int32)
    known = place >= 0
    size = catalog.size

    def total(values: Sequence[float]) -> Floats:
        return np.bincount(place[known], np.asarray(values, np.float64)[known], size).astype(np.float64)

    columns = [total([float(row[name]) for row in rows]) for name in names]
    quarters = [total([float(row["quarters"][number]) for row in rows]) for number in range(4)]
    return Sales(columns[0], columns[1], columns[2], columns[3], columns[4], np.stack(quarters, axis=1))


def segment(sales: Sales, catalog: Catalog, now: int, history_days: int, version: str) -> Segments:
    """Every product that is shown, the one with most revenue first."""
    rows = np.flatnonzero(catalog.shown[: catalog.size] & (catalog.parent[: catalog.size] < 0))
    rows = rows[np.lexsort((rows, -sales.pieces[rows], -sales.revenue[rows]))]
    pieces, revenue = sales.pieces[rows], sales.revenue[rows]
    total, earned = float(pieces.sum()), float(revenue.sum())
    told = {"": enough(int(total), ENOUGH_PIECES, "pieces sold"),
            "seasonal": enough(history_days, SEASONS_DAYS, "days of history")}  # fmt: skip
    reasons: list[dict[str, str]] = [{} for _ in rows]
    _classes(reasons, revenue, earned)
    _best(reasons, pieces, total)
    _moving(reasons, sales, rows)
    _slow(reasons, sales, rows, catalog, now, history_days)
    _margins(reasons, rows, catalog)
    if history_days >= SEASONS_DAYS:
        _seasons(reasons, sales.quarters[rows])
    member = np.array([[name in why for name in SEGMENTS] for why in reasons], bool).reshape(
        -1, len(SEGMENTS)
    )
    skus = [catalog.skus[row] for row in rows.tolist()]
    few = {name: said for name, said in told.items() if said}
    return Segments(skus, member, reasons, few, version, _places(skus))


def _classes(reasons: list[dict[str, str]], revenue: Floats, earned: float) -> None:
    if not earned:
        return
    before = (np.cumsum(revenue) - revenue) / earned
    for place, share in enumerate(before.tolist()):
        name = "a" if share < _A and revenue[place] else "b" if share < _B and revenue[place] else "c"
        reasons[place][name] = f"{revenue[place] / earned:.1%} of the year's revenue"


def _best(reasons: list[dict[str, str]], pieces: Floats, total: float) -> None:
    if not total:
        return
    order = np.argsort(-pieces, kind="stable")
    least = 2 * total / len(pieces)
    before = (np.cumsum(pieces[order]) - pieces[order]) / total
    for rank, place in enumerate(order[(before < _HALF) & (pieces[order] >= least)].tolist(), 1):
        reasons[place]["bestseller"] = f"number {rank}: {pieces[place]:.0f} of {total:.0f} pieces sold"


def _moving(reasons: list[dict[str, str]], sales: Sales, rows: Any) -> None:
    """The last week's pieces of the last four weeks' against a quarter, the shop's own week taken into
    account.
    """
    week, month = sales.pieces_7[rows], sales.pieces_28[rows]
    share = float(week.sum() / month.sum()) if month.sum() else 0.25
    share = min(max(share, 0.02), 0.98)
    sold, of = week.astype(np.int64), month.astype(np.int64)
    more = bdtrc(sold - 1, of, share)
    fewer = bdtr(sold, of, share)
    for place in range(len(rows)):
        if month[place] < _LEAST_MOVED:
            continue
        text = f"{week[place]:.0f} pieces in the last 7 days, {month[place] * share:.1f} expected"
        if more[place] < _BY_CHANCE:
            reasons[place]["rising"] = text
        elif fewer[place] < _BY_CHANCE:
            reasons[place]["falling"] = text


def _slow(
    reasons: list[dict[str, str]], sales: Sales, rows: Any, catalog: Catalog, now: int, history_days: int
) -> None:
    if history_days < _NEW_DAYS - 1:
        return
    sold = sales.pieces_30[rows]
    usual = float(sold.mean()) if len(sold) else 0.0
    old = now - catalog.created[rows] >= _NEW_DAYS * DAY
    for place in np.flatnonzero(catalog.available[rows] & old & (sold <= _SLOW_SHARE * usual)).tolist():
        reasons[place]["slow"] = (
            f"{sold[place]:.0f} sold in 30 days though in stock, a product usually {usual:.1f}"
        )


def _margins(reasons: list[dict[str, str]], rows: Any, catalog: Catalog) -> None:
    margin = catalog.margin[rows].astype(np.float64)
    known = margin[np.isfinite(margin)]
    if len(known) < 4:
        return
    edge = float(np.quantile(known, 0.75))
    for place in np.flatnonzero(np.isfinite(margin) & (margin >= edge) & (margin > known.min())).tolist():
        reasons[place]["margin"] = f"a margin of {margin[place]:g}, three in four are below {edge:g}"


def _seasons(reasons: list[dict[str, str]], quarters: Floats) -> None:
    total = quarters.sum(axis=1)
    for place in np.flatnonzero(total >= _SEASON_PIECES).tolist():
        best = int(quarters[place].argmax())
        share = float(quarters[place, best] / total[place])
        if share >= _SEASON_SHARE:
            when = ("the last 90 days", "90 to 180 days ago", "180 to 270 days ago", "270 days to a year ago")
            reasons[place]["seasonal"] = f"{share:.0%} of a year's pieces fell in {when[best]}"


def sealed(segments: Segments) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arrays and facts; the SKUs are the model's vocabulary."""
    return {"member": segments.member}, {"reasons": segments.reasons, "not_enough": segments.not_enough}


def unsealed(version: str, skus: list[str], arrays: Mapping[str, Any], facts: Mapping[str, Any]) -> Segments:
    """From what was sealed."""
    member = np.asarray(arrays["member"])
    return Segments(skus, member, facts["reasons"], facts["not_enough"], version, _places(skus))


def _places(skus: Sequence[str]) -> dict[str, int]:
    return {sku: number for number, sku in enumerate(skus)}
