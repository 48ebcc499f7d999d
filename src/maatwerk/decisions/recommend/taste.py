"""What her own actions say about her taste, seen against what everyone does.

Affinities are not stored: they follow from the actions a profile keeps and the catalog as it is now,
so that a corrected category or a forgotten action corrects the taste at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from maatwerk.core.time import DAY, MINUTE
from maatwerk.decisions.pipeline.words import Affinity, Known, Rows
from maatwerk.views.catalog.columns import FACETS, Catalog

Action = tuple[int, str, str]
"""When (ms), what (``view``, ``click``, ``add``, ``remove``, ``purchase``, ``wish``), and which SKU."""

WEIGHTS = {
    "view": 1.0,
    "click": 0.5,
    "search-click": 0.7,
    "add": 3.0,
    "wish": 2.0,
    "purchase": 5.0,
    "remove": -1.5,
}
HALF_LIFE_MS = 14 * DAY
SESSION_GAP_MS = 30 * MINUTE
SESSION_FACTOR = 3.0
"""What she does now says more of what she wants now."""

PRIOR_MASS = 2.0
"""How many actions like everyone's are added to her own, so that two clicks are not a character."""


def known(
    actions: Iterable[Action],
    cart: Iterable[str],
    catalog: Catalog,
    baseline: Mapping[str, NDArray[np.float64]],
    now: int,
    *,
    orders: int = 0,
    personal: bool = True,
) -> Known:
    """What counts about a shopper, from her actions (any order) and her cart's SKUs.

    ``baseline`` gives for each facet the shop's share of every value number; a facet it lacks is
    compared with the catalog's own shares. With ``personal`` false only the cart is looked at: it is
    part of the page, not of a person.
    """
    in_cart = catalog.rows(cart)
    if not personal:
        return nobody(in_cart)
    rows, times, kinds = _in_rows(actions, catalog)
    if not len(rows):
        return Known(_NONE, _NONE, _NO_TIMES, _NONE, in_cart, _NOTHING, personal=False, orders=orders)
    newest = np.argsort(-times, kind="stable")
    rows, times, kinds = rows[newest], times[newest], kinds[newest]
    looked = np.isin(kinds, _LOOKING)
    session = session_length(times, now)
    strength = _strengths(times, kinds, now, session)
    return Known(
        session=_unique(rows[:session][looked[:session]]),
        viewed=(viewed := _first_places(rows[looked]))[0],
        viewed_at=times[looked][viewed[1]],
        purchased=_unique(rows[kinds == _KIND["purchase"]]),
        cart=in_cart,
        affinity=affinity(rows, strength, catalog, baseline),
        personal=True,
        orders=orders,
    )


def nobody(cart: Rows | None = None) -> Known:
    """A shopper of whom nothing may be used, or nothing is known."""
    return Known(_NONE, _NONE, _NO_TIMES, _NONE, _NONE if cart is None else cart, _NOTHING)


def session_length(times: NDArray[np.int64], now: int) -> int:
    """How many of the newest actions (newest first) belong to the present session: no gap of 30 minutes,
    and the last of them less than that ago."""
    if not len(times) or now - times[0] > SESSION_GAP_MS:
        return 0
    gaps = np.flatnonzero(times[:-1] - times[1:] > SESSION_GAP_MS)
    return int(gaps[0]) + 1 if len(gaps) else len(times)


def affinity(
    rows: Rows, strength: NDArray[np.float64], catalog: Catalog, baseline: Mapping[str, NDArray[np.float64]]
) -> Affinity:
    """Shares of decayed interest per facet value, and their lift over the shop's own shares.

    A share is (her mass on the value + prior x the shop's share) / (her mass + prior), so that it
    begins at the shop's and moves to her own as she acts (a Dirichlet prior).
    """
    strength = np.maximum(strength, 0.0)
    mass = float(strength.sum())
    weights: dict[str, dict[int, float]] = {}
    lifts: dict[str, dict[int, float]] = {}
    for facet in FACETS:
        if facet == "category":
            numbers, masses = _category_masses(rows, strength, catalog)
        else:
            sums = np.bincount(catalog.facets[facet][rows], weights=strength).astype(np.float64)
            numbers = np.flatnonzero(sums).astype(np.int64)
            masses = sums[numbers]
        values = {int(n): float(m) for n, m in zip(numbers, masses, strict=True) if n}
        share = baseline.get(facet)
        weights[facet], lifts[facet] = {}, {}
        for number, on_it in values.items():
            usual = float(share[number]) if share is not None and number < len(share) else 0.0
            own = (on_it + PRIOR_MASS * usual) / (mass + PRIOR_MASS)
            weights[facet][number] = own
            lifts[facet][number] = own / usual if usual > 1e-6 else 1.0 + own
    return Affinity(weights, lifts, mass)


def catalog_baseline(catalog: Catalog) -> dict[str, NDArray[np.float64]]:
    """The catalog's own shares per facet value: what "like everyone" means before anyone has acted."""
    shares = {}
    shown: NDArray[np.int64] = np.flatnonzero(catalog.shown[: catalog.size] & catalog.tops())
    everyone = np.ones(len(shown))
    for facet in FACETS:
        sums = np.zeros(len(catalog.codes[facet].values))
        if facet == "category":
            numbers, masses = _category_masses(shown, everyone, catalog)
            sums[numbers] = masses
        else:
            counts = np.bincount(catalog.facets[facet][shown])
            sums[: len(counts)] = counts
        shares[facet] = sums / max(len(shown), 1)
    return shares


def _category_masses(
    rows: NDArray[np.integer], strength: NDArray[np.float64], catalog: Catalog
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    sums: dict[int, float] = {}
    for row, weight in zip(rows.tolist(), strength.tolist(), strict=True):
        for number in catalog.categories(row):
            sums[number] = sums.get(number, 0.0) + weight
    return np.array(list(sums), dtype=np.int64), np.array(list(sums.values()))


def _strengths(
    times: NDArray[np.int64], kinds: NDArray[np.int8], now: int, session: int
) -> NDArray[np.float64]:
    age = np.maximum(now - times, 0) / HALF_LIFE_MS
    strength: NDArray[np.float64] = _WEIGHT[kinds] * np.exp2(-age)
    strength[:session] *= SESSION_FACTOR
    return strength


def _in_rows(actions: Iterable[Action], catalog: Catalog) -> tuple[Rows, NDArray[np.int64], NDArray[np.int8]]:
    rows, times, kinds = [], [], []
    for at, kind, sku in actions:
        row = catalog.item(sku)
        if row >= 0 and kind in _KIND:
            rows.append(row)
            times.append(at)
            kinds.append(_KIND[kind])
    return np.array(rows, np.int32), np.array(times, np.int64), np.array(kinds, np.int8)


def _unique(rows: Rows) -> Rows:
    return _first_places(rows)[0]


def _first_places(rows: Rows) -> tuple[Rows, NDArray[np.int64]]:
    """Rows without repeats in their order, and where each stood first."""
    places = np.sort(np.unique(rows, return_index=True)[1])
    return rows[places], places


_KIND = {kind: number for number, kind in enumerate(WEIGHTS)}
_WEIGHT = np.array(list(WEIGHTS.values()))
_LOOKING = [_KIND[kind] for kind in ("view", "add", "purchase", "wish")]
_NONE = np.empty(0, np.int32)
_NO_TIMES = np.empty(0, np.int64)
_NOTHING = Affinity({facet: {} for facet in FACETS}, {facet: {} for facet in FACETS})
