"""What shoppers go for as vectors: shares of categories, the level of prices, what is reduced.

A category's share stands under a square root, so that distances are Hellinger's: a share that grows from
nothing counts for more than one that grows from much. A price is seen against those of its own category.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.time import DAY
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.predicted.families import Floats
from maatwerk.views.profile.folds import activity
from maatwerk.views.profile.shopper import Shopper

SINCE_MS = 180 * DAY
WEIGHTS = {
    activity.VIEW: 1.0,
    activity.CLICK: 0.5,
    activity.SEARCH_CLICK: 0.5,
    activity.ADD: 3.0,
    activity.PURCHASE: 5.0,
}
"""As in `views/insight/sql/tastes.sql`."""
CATEGORIES_MOST = 24
ENOUGH_MASS = 5.0
"""Below this, five views, nothing is said of a taste."""
_PRIOR_MASS = 2.0
_PRICE, _REDUCED = 0.2, 0.35


class Levels(msgspec.Struct, frozen=True):
    """Of each row of a catalog: its price against its category's (0: as usual), and whether it is reduced."""

    price: Floats
    reduced: Floats
    size: int


def levels(catalog: Catalog, now: int) -> Levels:
    """Reckoned anew when the catalog has grown; it takes a look at each product."""
    size = catalog.size
    price = catalog.price[:size].astype(np.float64)
    known = price > 0
    logs = np.log(np.where(known, price, 1.0))
    group = catalog.facets["category"][:size].astype(np.int64)
    count = np.bincount(group, known.astype(np.float64))
    mean = np.bincount(group, np.where(known, logs, 0.0)) / np.maximum(count, 1)
    apart = np.where(known, logs - mean[group], 0.0)
    spread = np.sqrt((apart[known] ** 2).mean()) if known.any() else 1.0
    reduced = np.zeros(size)
    for row in range(size):
        product = catalog.product(row)
        own = product.price_at(now)
        reduced[row] = own is not None and product.price_minor is not None and own < product.price_minor
    return Levels(np.clip(apart / max(spread, 0.05), -3, 3), reduced, size)


class Tastes(msgspec.Struct, frozen=True):
    """Many shoppers: ``shares`` (n, categories + 1, the last for all others), ``price``, ``reduced``,
    ``mass``.
    """

    shares: Floats
    price: Floats
    reduced: Floats
    mass: Floats

    def vectors(self) -> Floats:
        """(n, categories + 3)."""
        extra = np.stack([_PRICE * self.price, _REDUCED * self.reduced], axis=1)
        return np.concatenate([np.sqrt(self.shares), extra], axis=1)

    def part(self, chosen: NDArray[np.bool_]) -> Tastes:
        """Some of them."""
        return Tastes(self.shares[chosen], self.price[chosen], self.reduced[chosen], self.mass[chosen])


def tastes(
    who: NDArray[np.int64],
    rows: NDArray[np.int64],
    mass: Floats,
    count: int,
    catalog: Catalog,
    of: Levels,
    categories: Sequence[str],
    usual: Floats,
) -> Tastes:
    """From triples (shopper's number, catalog row, mass); ``usual`` are the shop's shares, a prior of 2
    views.
    """
    column = columns_of(catalog, categories)
    total = np.bincount(who, mass, count).astype(np.float64)
    place = who * (len(categories) + 1) + column[catalog.facets["category"][rows]]
    shares = np.bincount(place, mass, count * (len(categories) + 1)).reshape(count, len(categories) + 1)
    drawn: Floats = (shares + _PRIOR_MASS * usual) / (total + _PRIOR_MASS)[:, None]
    price = np.bincount(who, mass * of.price[rows], count) / (total + _PRIOR_MASS)
    reduced = np.bincount(who, mass * of.reduced[rows], count) / (total + _PRIOR_MASS)
    return Tastes(drawn, price, reduced, total)


def columns_of(catalog: Catalog, categories: Sequence[str]) -> NDArray[np.int64]:
    """Each category number's column; those not among ``categories`` share the last."""
    place = {name: number for number, name in enumerate(categories)}
    values = catalog.codes["category"].values
    return np.array([place.get(value, len(categories)) for value in values], np.int64)


def triples(
    acts: Mapping[int, float],
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """One shopper's masses by row."""
    rows = np.fromiter(acts.keys(), np.int64, len(acts))
    return np.zeros(len(acts), np.int64), rows, np.fromiter(acts.values(), np.float64, len(acts))


def masses(shopper: Shopper, catalog: Catalog, now: int) -> dict[int, float]:
    """What she did with products in 180 days, as mass by catalog row."""
    found: dict[int, float] = {}
    for act in shopper.activity.actions:
        weight = WEIGHTS.get(act.kind)
        if weight and now - SINCE_MS < act.time <= now and (row := catalog.item(act.sku)) >= 0:
            found[row] = found.get(row, 0.0) + weight
    return found
