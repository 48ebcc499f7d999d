"""What her own actions say about her taste, seen against what everyone does.

Affinities are not stored: they follow from the actions a profile keeps and the catalog as it is now,
so that a corrected category or a forgotten action corrects the taste at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.time import DAY, MINUTE
from maatwerk.decisions.pipeline.words import Affinity, Known, Rows
from maatwerk.views.catalog.columns import FACETS, Catalog
from maatwerk.views.profile.familiarity import UNKNOWN
from maatwerk.views.profile.folds.preferences import DISLIKE, GIFT, LIKE, NOT_FOR_ME, Stated

NOTHING_STATED = Stated()

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

STATED_MASS, STATED_FACTOR = 10.0, 2.0
"""What she says she likes weighs as ten views, and twice whatever she looked at most."""

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
    familiarity: str = UNKNOWN,
    stated: Stated = NOTHING_STATED,
) -> Known:
    """What counts about a shopper, from her actions (any order) and her cart's SKUs.

    ``baseline`` gives for each facet the shop's share of every value number; a facet it lacks is
    compared with the catalog's own shares. With ``personal`` false only the cart is looked at: it is
    part of the page, not of a person. ``stated`` is her own word: likes outrank all that follows from
    actions,
    what was a gift or is not for her says nothing of her taste, and a pause makes the answer impersonal.
    """
    in_cart = catalog.rows(cart)
    if not personal:
        return nobody(in_cart)
    own = _Own.of(stated, catalog)
    if stated.paused:
        return own.put(nobody(in_cart), familiarity)
    acted = [
        (at, row, kind)
        for at, kind, sku in actions
        if kind in WEIGHTS and (row := catalog.item(sku)) >= 0 and row not in own.refused
    ]
    if not acted and not own.liked:
        bare = Known(_NONE, _NONE, _NO_TIMES, _NONE, in_cart, _NOTHING, personal=False, orders=orders)
        return own.put(bare, familiarity)
    # Plain loops: most shoppers have a few dozen actions, too few for arrays to be worth their making.
    acted.sort(key=_newest_first)
    session = session_length([at for at, _, _ in acted], now)
    viewed: dict[int, int] = {}
    purchased: dict[int, None] = {}
    bought: list[int] = []
    bought_at: list[int] = []
    masses: dict[int, float] = {}
    in_session = 0
    for place, (at, row, kind) in enumerate(acted):
        if kind == "purchase":
            purchased[row] = None
        if row in own.gifts:
            continue  # bought for somebody else
        if kind == "purchase":
            bought.append(row)
            bought_at.append(at)
        strength = WEIGHTS[kind] * 2.0 ** (-max(now - at, 0) / HALF_LIFE_MS)
        if place < session:
            strength *= SESSION_FACTOR
        masses[row] = masses.get(row, 0.0) + max(strength, 0.0)
        if kind in _LOOKING:
            viewed.setdefault(row, at)
        if place < session:
            in_session = len(viewed)  # it is newest first: what was viewed in it stands in front
    who = Known(
        session=_rows(list(viewed)[:in_session]),
        viewed=_rows(viewed),
        viewed_at=np.fromiter(viewed.values(), np.int64, len(viewed)),
        purchased=_rows(purchased),
        cart=in_cart,
        affinity=affinity(masses, catalog, baseline, own.liked, own.disliked),
        personal=True,
        orders=orders,
        bought=_rows(bought),
        bought_at=np.array(bought_at, np.int64),
    )
    return own.put(who, familiarity)


def nobody(cart: Rows | None = None) -> Known:
    """A shopper of whom nothing may be used, or nothing is known."""
    return Known(_NONE, _NONE, _NO_TIMES, _NONE, _NONE if cart is None else cart, _NOTHING)


def session_length(times: Sequence[int], now: int) -> int:
    """How many of the newest actions (newest first) belong to the present session: no gap of 30 minutes,
    and the last of them less than that ago."""
    before = now
    for place, at in enumerate(times):
        if before - at > SESSION_GAP_MS:
            return place
        before = at
    return len(times)


class _Own(NamedTuple):
    """Her own word, in rows of the catalog."""

    refused: frozenset[int]
    gifts: frozenset[int]
    liked: tuple[tuple[str, str], ...]
    disliked: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, stated: Stated, catalog: Catalog) -> _Own:
        if not stated.tastes and not stated.products:
            return _NO_WORD
        refused, gifts = (frozenset(catalog.rows(stated.skus(kind)).tolist()) for kind in (NOT_FOR_ME, GIFT))
        return cls(refused, gifts, tuple(stated.liking(LIKE)), tuple(stated.liking(DISLIKE)))

    def put(self, who: Known, familiarity: str) -> Known:
        return msgspec.structs.replace(
            who,
            familiarity=familiarity,
            refused=_rows(self.refused),
            disliked=self.disliked,
            liked=self.liked,
        )


_NO_WORD = _Own(frozenset(), frozenset(), (), ())


def affinity(
    masses: Mapping[int, float],
    catalog: Catalog,
    baseline: Mapping[str, NDArray[np.float64]],
    liked: Iterable[tuple[str, str]] = (),
    disliked: Iterable[tuple[str, str]] = (),
) -> Affinity:
    """Shares of decayed interest per facet value, and their lift over the shop's own shares.

    ``masses``: decayed interest by row, none below 0. A share is (her mass on the value + prior x the
    shop's share) / (her mass + prior), so that it begins at the shop's and moves to her own as she acts
    (a Dirichlet prior). What she says she likes has more mass than anything she did; what she dislikes has
    no share at all, and a lift of 0.
    """
    acted = sum(masses.values())
    told = _numbers(liked, catalog)
    never = _numbers(disliked, catalog)
    mass = acted
    weights: dict[str, dict[int, float]] = {}
    lifts: dict[str, dict[int, float]] = {}
    rows = _rows(masses)
    for facet in FACETS:
        share = baseline.get(facet, _NO_SHARES)
        known_to = len(share)
        own_weights: dict[int, float] = {}
        own_lifts: dict[int, float] = {}
        sums = _by_value(masses, rows, catalog, facet)
        mass = acted
        if facet in told:
            most = STATED_FACTOR * max(sums.values(), default=0.0) + STATED_MASS
            sums |= dict.fromkeys(told[facet], most)
            mass += most * len(told[facet])
        below = _below(disliked, catalog) if facet == "category" else ()
        for number in (*never.get(facet, ()), *below):
            sums.pop(number, None)
            own_lifts[number] = 0.0
        for number, on_it in sums.items():
            usual = float(share[number]) if number < known_to else 0.0
            own = (on_it + PRIOR_MASS * usual) / (mass + PRIOR_MASS)
            own_weights[number] = own
            own_lifts[number] = own / usual if usual > 1e-6 else 1.0 + own
        weights[facet], lifts[facet] = own_weights, own_lifts
    return Affinity(weights, lifts, acted + (STATED_MASS if told else 0.0))


def _below(disliked: Iterable[tuple[str, str]], catalog: Catalog) -> list[int]:
    """Numbers of the categories below those she dislikes."""
    roots = tuple(f"{value}/" for facet, value in disliked if facet == "category")
    values = catalog.codes["category"].values
    return [number for number, value in enumerate(values) if value.startswith(roots)] if roots else []


def _numbers(pairs: Iterable[tuple[str, str]], catalog: Catalog) -> dict[str, list[int]]:
    """Numbers of facet values by facet; what is no facet, or no value the catalog has, is left out."""
    found: dict[str, list[int]] = {}
    for facet, value in pairs:
        number = catalog.codes[facet].find(value) if facet in catalog.codes else 0
        if number:
            found.setdefault(facet, []).append(number)
    return found


def _by_value(masses: Mapping[int, float], rows: Rows, catalog: Catalog, facet: str) -> dict[int, float]:
    """Interest by the numbers of a facet's values; what has none is left out. ``rows``: of ``masses``."""
    sums: dict[int, float] = {}
    if facet == "category":
        for row, mass in masses.items():
            for number in catalog.categories(row):
                sums[number] = sums.get(number, 0.0) + mass
        return sums
    numbers = catalog.facets[facet][rows].tolist()
    for number, mass in zip(numbers, masses.values(), strict=True):
        if number and mass:
            sums[number] = sums.get(number, 0.0) + mass
    return sums


def catalog_baseline(catalog: Catalog) -> dict[str, NDArray[np.float64]]:
    """The catalog's own shares per facet value: what "like everyone" means before anyone has acted."""
    everyone = (catalog.shown[: catalog.size] & catalog.tops()).astype(np.float64)
    return {facet: sums / max(everyone.sum(), 1.0) for facet, sums in by_value(catalog, everyone).items()}


def by_value(catalog: Catalog, weight: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Weights by row (all rows) added up by facet value; a row counts for each of its categories."""
    sums: dict[str, NDArray[np.float64]] = {}
    for facet in FACETS:
        size = len(catalog.codes[facet].values)
        if facet == "category":
            rows, numbers = catalog.category_pairs()
            sums[facet] = np.bincount(numbers, weight[rows], size).astype(np.float64)
        else:
            sums[facet] = np.bincount(catalog.facets[facet][: catalog.size], weight, size).astype(np.float64)
    return sums


def _newest_first(action: tuple[int, int, str]) -> int:
    return -action[0]


def _rows(rows: Collection[int]) -> Rows:
    return np.fromiter(rows, np.int32, len(rows))


_LOOKING = frozenset(("view", "add", "purchase", "wish"))
_NONE = np.empty(0, np.int32)
_NO_TIMES = np.empty(0, np.int64)
_NO_SHARES = np.empty(0)
_NOTHING = Affinity({facet: {} for facet in FACETS}, {facet: {} for facet in FACETS})
