"""Facets of what was found: values with their counts, and bands of the price.

A facet's counts are of what the other facets leave (its own choice does not count), so that a shopper who has
chosen blue still sees how many are red.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.money import digits_of
from maatwerk.decisions.pipeline.where import Part, Where
from maatwerk.decisions.pipeline.words import Rows
from maatwerk.views.catalog.columns import NO_PRICE, Catalog

DYNAMIC_MOST = 8
BUCKETS_MOST = 50
BANDS = 5
_COVERS = 0.15
"""A facet is worth showing where at least this share of what was found has a value."""
_NAMES = {"category": "Category", "brand": "Brand", "price": "Price"}
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)

Mask = NDArray[np.bool_]


class Bucket(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value, or one band from ``from_`` (in it) to ``to`` (not in it), and how many products it has."""

    count: int
    value: Any = None
    from_: float | None = None
    to: float | None = None
    selected: bool = False


class Facet(msgspec.Struct, frozen=True):
    """``type`` is ``pinned`` (asked for), ``dynamic`` (chosen here) or ``price``."""

    attribute: str
    title: str
    type: str
    buckets: tuple[Bucket, ...]


def facets(
    catalog: Catalog, rows: Rows, where: Where | None, now: int, asked: Sequence[str] | None, category: str
) -> tuple[Facet, ...]:
    """Facets of everything found (``rows``, before the filter)."""
    counting = _Counting(catalog, rows, where, now)
    found: list[Facet] = []
    names = list(asked) if asked is not None else ["category", "brand", "price", *catalog.attributes.names()]
    for name in dict.fromkeys(names):
        facet = counting.facet(name, "dynamic" if asked is None else "pinned", category)
        if facet is not None and (asked is not None or _tells(facet, len(rows))):
            found.append(facet)
    if asked is not None:
        return tuple(found)
    first = [facet for facet in found if facet.attribute in _NAMES]
    rest = sorted((f for f in found if f.attribute not in _NAMES), key=lambda facet: -_spread(facet))
    return tuple((first + rest)[:DYNAMIC_MOST])


class _Counting:
    def __init__(self, catalog: Catalog, rows: Rows, where: Where | None, now: int) -> None:
        self._catalog, self._rows, self._where = catalog, rows, where
        parts = where.parts if where is not None else ()
        self._masks = [(part, _passes(where, catalog, now, rows, part)) for part in parts]

    def facet(self, name: str, kind: str, category: str) -> Facet | None:
        fields = _ALSO.get(name, frozenset({name}))
        own = [part for part, _ in self._masks if part.fields <= fields]
        mask = np.ones(len(self._rows), np.bool_)
        for part, passes in self._masks:
            if not part.fields <= fields:
                mask &= passes
        left = self._rows[mask]
        if name == "price":
            buckets = self._bands(left, own)
            return Facet(name, "Price", "price", buckets) if len(buckets) > 1 else None
        counts = self._counts(name, left, category)
        if counts is None:
            return None
        chosen = {value for value in counts if own and all(self._accepts(part, name, value) for part in own)}
        ordered = sorted(counts, key=lambda value: (value not in chosen, -counts[value], str(value)))
        buckets = tuple(
            Bucket(counts[value], value=value, selected=value in chosen) for value in ordered[:BUCKETS_MOST]
        )
        return Facet(name, _NAMES.get(name, name.replace("_", " ").capitalize()), kind, buckets)

    def _accepts(self, part: Part, name: str, value: Any) -> bool:
        assert self._where is not None
        if "categories" in part.fields:
            return self._where.accepts(part, "categories", [value])
        return self._where.accepts(part, name, value)

    def _counts(self, name: str, rows: Rows, category: str) -> dict[Any, int] | None:
        catalog = self._catalog
        if name == "category":
            return self._places(rows, category)
        if name == "brand":
            tally = np.bincount(catalog.facets["brand"][rows])
            values = catalog.codes["brand"].values
            return {values[n]: int(tally[n]) for n in np.flatnonzero(tally).tolist() if n}
        column = catalog.attribute(name)
        if column is None:
            return None
        counts: dict[Any, int] = {}
        tally = np.bincount(column.of(rows), minlength=1)
        for number in np.flatnonzero(tally).tolist():
            for value in column.sets[number]:
                counts[value] = counts.get(value, 0) + int(tally[number])
        return counts

    def _places(self, rows: Rows, category: str) -> dict[Any, int]:
        """Categories one level below the page's own; of a search the top ones, or below the only one."""
        values = self._catalog.codes["category"].values
        tally: dict[int, int] = {}
        groups: dict[tuple[int, ...], int] = {}
        for row in rows.tolist():
            numbers = self._catalog.categories(row)
            groups[numbers] = groups.get(numbers, 0) + 1
        for numbers, count in groups.items():
            for number in numbers:
                tally[number] = tally.get(number, 0) + count
        named = {values[number]: count for number, count in tally.items() if number}
        below = category
        while True:
            depth = below.count("/") + 1 if below else 0
            level = {
                path: count
                for path, count in named.items()
                if path.count("/") == depth and (not below or path.startswith(below + "/"))
            }
            if len(level) != 1:
                return level or ({below: named[below]} if below in named else {})
            below = next(iter(level))

    def _bands(self, rows: Rows, own: Sequence[Part]) -> tuple[Bucket, ...]:
        catalog = self._catalog
        prices = catalog.price[rows]
        prices = prices[prices != NO_PRICE] / 10 ** digits_of(catalog.currency or "EUR")
        edges = band_edges(prices)
        if not edges:
            return ()
        places = np.searchsorted(np.array(edges), prices, side="right")
        tally = np.bincount(places, minlength=len(edges) + 1).tolist()
        ends: list[float | None] = [None, *edges, None]
        buckets = []
        for count, low, high in zip(tally, ends[:-1], ends[1:], strict=True):
            inside = ((low or 0.0) + high) / 2 if high is not None else float(low or 0.0) * 2 + 1
            chosen = bool(own) and all(self._accepts(part, "price", inside) for part in own)
            if count or chosen:
                buckets.append(Bucket(int(count), from_=low, to=high, selected=chosen))
        return tuple(buckets)


_ALSO = {"category": frozenset({"category", "categories"})}


def _passes(where: Where | None, catalog: Catalog, now: int, rows: Rows, part: Part) -> Mask:
    return where.mask(catalog, now, rows, (part,)) if where is not None else np.ones(len(rows), np.bool_)


def band_edges(prices: NDArray[np.float64]) -> list[float]:
    """Round prices that part what was found into about five bands of like size."""
    if len(prices) < 2:
        return []
    edges: list[float] = []
    ordered = np.sort(prices)
    least, most = float(ordered[0]), float(ordered[-1])
    for share in range(1, BANDS):
        edge = _round(float(ordered[share * len(ordered) // BANDS]))
        if (edges[-1] if edges else least) < edge < most:
            edges.append(edge)
    return edges


def _round(price: float) -> float:
    if price <= 0:
        return 0.0
    scale = 10 ** math.floor(math.log10(price))
    step = min(_STEPS, key=lambda each: abs(price - each * scale))
    half = scale / 2
    near = round(price / half) * half
    return float(near if abs(near - price) < abs(step * scale - price) else step * scale)


def _tells(facet: Facet, found: int) -> bool:
    if any(bucket.selected for bucket in facet.buckets):
        return True
    if len(facet.buckets) < 2:
        return False
    return facet.type == "price" or sum(bucket.count for bucket in facet.buckets) >= _COVERS * found


def _spread(facet: Facet) -> float:
    """How much choosing a value would narrow: the entropy of the counts, less for endless lists."""
    total = sum(bucket.count for bucket in facet.buckets) or 1
    shares = [bucket.count / total for bucket in facet.buckets if bucket.count]
    entropy = -sum(share * math.log(share) for share in shares)
    return total * entropy / (1.0 + max(0, len(facet.buckets) - 20) / 10)
