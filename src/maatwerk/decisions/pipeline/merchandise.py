"""The merchant's hand on any list of products: pin, boost, bury, hide, and weights on what sells.

One engine for search, category pages and recommendations. Rules that apply are
taken by priority (higher first), then the more specific, then by key; each names what it moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from maatwerk.core import conditions
from maatwerk.core.conditions import BOOL, INT, STRING, Schema, optional
from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, parse_time
from maatwerk.decisions.pipeline.where import Where
from maatwerk.decisions.pipeline.words import Rows, Scores
from maatwerk.views.catalog.columns import Catalog

METRICS = ("margin", "stock", "cover", "newness", "popularity", "conversion", "revenue", "reduced")
SURFACES = ("search", "category", "recommendations")

CONTEXT = Schema.of(
    {
        "query": STRING,
        "category": STRING,
        "shopper.known": BOOL,
        "shopper.orders": optional(INT, 0),
        "shopper.country": STRING,
        "shopper.device": STRING,
        "shopper.locale": STRING,
    }
)
"""What ``when`` may ask."""


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Products that match move by this much of the best score: 0.3 is gently, 1 is decisively."""

    where: str
    by: float = 0.5


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product at a place, counted from 1."""

    sku: str
    position: int = 1


class Merchandising(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="kebab"
):
    """One rule. It applies where every part of it that is given holds: ``on`` these surfaces, one of
    ``queries`` (``match``: ``is``, ``contains``, ``starts``, ``ends``), in one of ``categories`` (and below,
    unless ``inherit`` is false), of recommendations in one of ``placements`` or ``units``, ``when`` a
    condition on the context holds, for members of ``audience``, between ``from`` and ``until`` (RFC 3339)."""

    on: tuple[Literal["search", "category", "recommendations"], ...] = ("search", "category")
    queries: tuple[str, ...] = ()
    match: Literal["is", "contains", "starts", "ends"] = "is"
    categories: tuple[str, ...] = ()
    inherit: bool = True
    placements: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    when: str = ""
    audience: str = ""
    from_: str = msgspec.field(default="", name="from")
    until: str = ""
    priority: int = 100
    active: bool = True
    pin: tuple[Pin, ...] = ()
    boost: tuple[Move, ...] = ()
    bury: tuple[Move, ...] = ()
    hide: tuple[str, ...] = ()
    weights: dict[str, float] = {}
    """By metric, of the best score: ``{margin = 0.3}``. Negative ones push down."""
    redirect: str = ""
    banner: dict[str, str] = {}
    facets: tuple[str, ...] = ()
    """Shown first and always, in this order."""
    sort: str = ""
    dial: float | None = None
    """0 to 100: how much the shopper's taste may move results."""


class Occasion(NamedTuple):
    """Where and for whom a list is made; ``query`` folded, ``audiences`` the keys she belongs to."""

    surface: str
    now: int
    query: str = ""
    category: str = ""
    audiences: frozenset[str] = frozenset()
    shopper: Mapping[str, Any] = {}
    placement: str = ""
    unit: str = ""


class Rule(NamedTuple):
    """A rule ready to be asked."""

    key: str
    said: Merchandising
    since: int
    until: int
    holds: Any


class Steered(NamedTuple):
    """What rules made of a list: scores as moved, which rows stay, pins by place (from 0), and by row the
    rules that moved it."""

    scores: Scores
    stays: Any
    pins: dict[int, int]
    notes: dict[int, list[str]]
    terms: Scores
    hidden: Mapping[int, str] = MappingProxyType({})
    """By row, the rule that hides it."""


def parse_merchandising(key: str, document: Mapping[str, Any]) -> Rule:
    """A rule of a document. Raises `Refused` naming what is wrong."""
    field = f"merchandising.{key}"
    try:
        said = msgspec.convert(document, Merchandising)
    except msgspec.ValidationError as error:
        raise Refused("rule_not_valid", str(error), field=field) from None
    unknown = [name for name in said.weights if name not in METRICS]
    if unknown:
        hint = f"one of {', '.join(METRICS)}"
        raise Refused("rule_not_valid", f"{unknown[0]!r} is no metric", field=f"{field}.weights", hint=hint)
    if said.dial is not None and not 0 <= said.dial <= 100:
        raise Refused("rule_not_valid", f"dial is {said.dial}", field=f"{field}.dial", hint="0 to 100")
    for pin in said.pin:
        if pin.position < 1:
            raise Refused("rule_not_valid", "positions count from 1", field=f"{field}.pin")
    for move in (*said.boost, *said.bury):
        conditions.parse(move.where)
    for text in said.hide:
        conditions.parse(text)
    holds = None
    if said.when:
        try:
            holds = conditions.compile(conditions.check(conditions.parse(said.when), CONTEXT))
        except Refused as refused:
            raise Refused(refused.code, refused.detail, field=f"{field}.when", hint=refused.hint) from None
    since = parse_time(said.from_) if said.from_ else 0
    until = parse_time(said.until) if said.until else 1 << 62
    return Rule(key, said, since, until, holds)


def applying(rules: Iterable[Rule], occasion: Occasion) -> list[Rule]:
    """The rules that apply, the strongest first."""
    found = [rule for rule in rules if _applies(rule, occasion)]
    return sorted(found, key=lambda rule: (-rule.said.priority, -_specific(rule, occasion), rule.key))


def _applies(rule: Rule, occasion: Occasion) -> bool:
    said = rule.said
    if not said.active or occasion.surface not in said.on or not rule.since <= occasion.now < rule.until:
        return False
    if said.queries and not any(
        _said(occasion.query, each.casefold().strip(), said.match) for each in said.queries
    ):
        return False
    if said.categories and not any(
        _within(occasion.category, path, said.inherit) for path in said.categories
    ):
        return False
    if said.placements and occasion.placement not in said.placements:
        return False
    if said.units and occasion.unit not in said.units:
        return False
    if said.audience and said.audience not in occasion.audiences:
        return False
    if rule.holds is None:
        return True
    data = {"query": occasion.query, "category": occasion.category, "shopper": dict(occasion.shopper)}
    return bool(rule.holds(data))


def _said(query: str, wanted: str, match: str) -> bool:
    if not query:
        return False
    if match == "is":
        return query == wanted
    if match == "contains":
        return f" {wanted} " in f" {query} "
    return query.startswith(wanted) if match == "starts" else query.endswith(wanted)


def _within(category: str, path: str, inherit: bool) -> bool:
    return category == path or (inherit and category.startswith(path + "/"))


def _specific(rule: Rule, occasion: Occasion) -> int:
    """A rule for this query says more than one for its category; the nearer category more than its parent."""
    depth = max(
        (path.count("/") + 1 for path in rule.said.categories if _within(occasion.category, path, True)),
        default=0,
    )
    slot = bool(rule.said.placements) + bool(rule.said.units)
    return 100 * bool(rule.said.queries) + depth + slot + bool(rule.said.audience)


def steer(
    rules: Iterable[Rule],
    catalog: Catalog,
    now: int,
    rows: Rows,
    scores: Scores,
    metrics: Mapping[str, Any],
) -> Steered:
    """Move a list. ``metrics``: by name a function of rows, for those that the catalog cannot tell.

    Of two rules that pin to one place the stronger wins; the other takes the next free place. A rule whose
    condition no longer fits the catalog moves nothing and is named with ``!``.
    """
    unit = float(scores.max() - scores.min()) if len(scores) else 0.0
    unit = unit or 1.0
    moved = np.zeros(len(rows))
    stays = np.ones(len(rows), np.bool_)
    notes: dict[int, list[str]] = {}
    pins: dict[int, int] = {}
    hidden: dict[int, str] = {}
    for rule in rules:
        for sign, moves in ((1.0, rule.said.boost), (-1.0, rule.said.bury)):
            for move in moves:
                mask = _mask(move.where, catalog, now, rows)
                moved += sign * move.by * unit * mask
                _note(notes, rows[mask], f"{rule.key}: {'boosted' if sign > 0 else 'buried'}")
        for text in rule.said.hide:
            gone = _mask(text, catalog, now, rows) & stays
            stays &= ~gone
            hidden.update(dict.fromkeys(rows[gone].tolist(), rule.key))
        for name, weight in rule.said.weights.items():
            moved += weight * unit * metric(name, catalog, now, rows, metrics)
        for pin in rule.said.pin:
            row = catalog.item(pin.sku)
            if row >= 0 and row not in pins.values():
                place = pin.position - 1
                while place in pins:
                    place += 1
                pins[place] = row
                _note(notes, np.array([row], np.int32), f"{rule.key}: pinned to {place + 1}")
    return Steered(scores + moved, stays, pins, notes, moved, hidden)


def metric(name: str, catalog: Catalog, now: int, rows: Rows, metrics: Mapping[str, Any]) -> Scores:
    """A metric in [0, 1] among these rows; what is unknown stands in the middle."""
    if name in metrics:
        return _scaled(np.asarray(metrics[name](rows), np.float64))
    if name == "margin":
        return _scaled(catalog.margin[rows].astype(np.float64))
    if name == "stock":
        return _scaled(np.log1p(np.minimum(catalog.stock[rows], 10_000).astype(np.float64)))
    if name == "newness":
        newness: Scores = 0.5 ** (np.maximum(now - catalog.created[rows], 0) / (30 * DAY))
        return newness
    if name == "reduced":
        mask: Scores = _mask("reduced == true", catalog, now, rows).astype(np.float64)
        return mask
    return np.full(len(rows), 0.5)


def _scaled(values: Scores) -> Scores:
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(values), 0.5)
    low, high = float(values[known].min()), float(values[known].max())
    scaled = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
    return np.where(known, scaled, 0.5)


def _mask(text: str, catalog: Catalog, now: int, rows: Rows) -> Any:
    try:
        where = catalog.once(("where", text), lambda: Where(text, catalog))
    except Refused:
        return np.zeros(len(rows), np.bool_)  # the attribute it names is gone from the catalog
    return where.mask(catalog, now, rows)


def _note(notes: dict[int, list[str]], rows: Rows, what: str) -> None:
    for row in rows.tolist():
        notes.setdefault(row, []).append(what)
