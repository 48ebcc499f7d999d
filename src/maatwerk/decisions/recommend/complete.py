"""Complete the look: what goes with the page's product, from other categories of its gender line.

Which categories complete which is learnt from orders; where a shop has too few, every other
category of the same line may complete it. Within a category, pieces bought together come first, then
those of a like color, brand and price, then the popular.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.pipeline.words import Candidates, Rows, Scores, Situation, no_candidates
from maatwerk.decisions.recommend.models import Bound
from maatwerk.decisions.recommend.pairs import KEYS_MAX, summed
from maatwerk.decisions.recommend.recommender import Tools, bound, counted, name_of
from maatwerk.decisions.recommend.words import Unit
from maatwerk.views.catalog.columns import Catalog

LEAST_ORDERS = 5
"""Orders that a pair of categories must rest on to count as learnt."""

CATEGORIES = 4
CATEGORIES_ASKED = 6
OTHER_TOP = 0.6
"""Weight of a category under another top category, where nothing is declared or learnt: a bag from
"gear" may complete a top, but what hangs beside it comes first."""

PER_CATEGORY = 30
POOL = 200
_COLORS_MOST = 100
_NEUTRAL_COLORS = ("", "black", "white", "grey", "gray", "beige", "navy", "brown", "natural", "cream")


class _Live(NamedTuple):
    """What of a shelf moves with price and stock, as of one version of a catalog."""

    catalog: Catalog | None
    version: int
    usable: NDArray[np.bool_]
    price: NDArray[np.float64]
    by_line: dict[int, NDArray[np.bool_]]


class _Shelf:
    """Products of some categories, a line each, beside what does not change while price and stock do."""

    def __init__(self, catalog: Catalog, rows: Rows, weights: Sequence[float], liked: Scores) -> None:
        """``rows``: -1 where a category has no more; ``liked``: interest by row."""
        self.rows = rows
        self.weight = np.array(weights)[:, np.newaxis]
        self.brand = catalog.facets["brand"][rows]
        self._color = catalog.facets["color"][rows]
        self._line = catalog.facets["gender"][rows]
        self._any_line = (self._line == 0) | (self._line == catalog.codes["gender"].find("unisex"))
        self._liked = 0.5 * liked[rows]
        self._place_of = {row: place for place, row in enumerate(rows.ravel().tolist()) if row >= 0}
        self._by_color: dict[int, Scores] = {}
        self._live = _Live(None, -1, rows >= 0, np.empty(0), {})

    def usable(self, catalog: Catalog, line: int) -> NDArray[np.bool_]:
        """What can be bought now, and is of a gender line (0: any)."""
        live = self._now(catalog)
        if not line:
            return live.usable
        if line not in live.by_line:
            live.by_line[line] = live.usable & ((self._line == line) | self._any_line)
        return live.by_line[line]

    def nearness(self, catalog: Catalog, anchor: int) -> Scores:
        """In (0, 1]: how like a row's price is the anchor's."""
        ratio = self._now(catalog).price / max(int(catalog.price[anchor]), 1)
        near: Scores = np.minimum(ratio, 1.0 / ratio)
        return near

    def matching(self, color: int, goes: Callable[[], Scores]) -> Scores:
        """How well each row goes with a color, by the weight of every color, and how much it is liked."""
        if color not in self._by_color:
            if len(self._by_color) >= _COLORS_MOST:
                self._by_color.clear()
            self._by_color[color] = goes()[self._color] + self._liked
        return self._by_color[color]

    def add(self, value: Scores, found: Candidates, most: float) -> None:
        """Add to the values of those found, the strongest of them ``most``."""
        flat, place_of = value.ravel(), self._place_of
        top = float(found.scores.max())
        for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
            place = place_of.get(row)
            if place is not None:
                flat[place] += most * (score / top)

    def _now(self, catalog: Catalog) -> _Live:
        if self._live.catalog is not catalog or self._live.version != catalog.version:
            usable = (self.rows >= 0) & catalog.available[self.rows]
            price = np.maximum(catalog.price[self.rows], 1).astype(np.float64)
            self._live = _Live(catalog, catalog.version, usable, price, {})
        return self._live


class CompleteTheLook:
    """Candidates from completing categories, scored by fit."""

    key = "complete-the-look"
    title = "Complete the look"
    models = ()
    keeps_bought = False
    reorders = False

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """Pieces that go with the page's product, or with the newest piece of the cart."""
        anchor = anchor_of(situation)
        if anchor < 0:
            return no_candidates(self.key)
        wanted = tuple(self._categories(unit, situation, tools, anchor))
        rows: list[NDArray[np.int32]] = []
        scores: list[NDArray[np.float64]] = []
        asked = 0
        while wanted and asked < CATEGORIES_ASKED:
            # as many at once as are missing; where nothing of one can be bought now, the next helps out
            missing = CATEGORIES_ASKED - asked
            some, wanted = wanted[:missing], wanted[missing:]
            shelf = self._shelf(situation, tools, some)
            usable = shelf.usable(situation.catalog, _line_of(situation.catalog, anchor))
            value = self._value(situation, tools, anchor, shelf)
            best = np.where(usable, -value, np.inf).argpartition(PER_CATEGORY, axis=1)[:, :PER_CATEGORY]
            best += np.arange(0, usable.size, POOL)[:, np.newaxis]
            places = best[usable.ravel()[best]]
            if len(places):
                rows.append(shelf.rows.ravel()[places])
                scores.append(value.ravel()[places])
            asked += int(usable.any(axis=1).sum())
        if not rows:
            return no_candidates(self.key)
        joined = np.concatenate(rows)
        return Candidates(joined, np.concatenate(scores), np.full(len(joined), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """What it completes."""
        return f"goes with {name_of(situation, anchor_of(situation))}"

    def _value(self, situation: Situation, tools: Tools, anchor: int, shelf: _Shelf) -> NDArray[np.float64]:
        """How well a shelf's rows go with the anchor: a color that goes, the same brand, a like price; by
        interest; and by what is bought together."""
        catalog = situation.catalog
        color = int(catalog.facets["color"][anchor])
        value = shelf.matching(color, lambda: _goes_with(catalog, color))
        value = np.asarray(value + 0.2 * (shelf.brand == catalog.facets["brand"][anchor]), np.float64)
        value += 0.3 * shelf.nearness(catalog, anchor)
        model = bound(tools, "bought-bought", situation)
        if model is not None:
            together = summed(model, np.array([anchor], np.int32), self.key, 2)
            if len(together):
                shelf.add(value, together, 1.5)
        weighted: NDArray[np.float64] = value * shelf.weight
        return weighted

    def _shelf(self, situation: Situation, tools: Tools, wanted: tuple[tuple[int, float], ...]) -> _Shelf:
        """The pools of some categories side by side, with what of them stays as it is between requests."""
        catalog = situation.catalog
        key = ("shelf", catalog.store, catalog.shape, wanted)
        return tools.models.once(key, lambda: self._laid_out(situation, tools, wanted))

    def _laid_out(self, situation: Situation, tools: Tools, wanted: tuple[tuple[int, float], ...]) -> _Shelf:
        rows = np.stack([self._pool(situation, tools, category) for category, _ in wanted])
        liked = self._popular(situation, tools)
        return _Shelf(situation.catalog, rows, [weight for _, weight in wanted], liked)

    def _categories(
        self, unit: Unit, situation: Situation, tools: Tools, anchor: int
    ) -> Sequence[tuple[int, float]]:
        """Numbers of completing categories and a weight each: declared, else learnt, else all others."""
        catalog = situation.catalog
        own = int(catalog.facets["category"][anchor])
        declared = unit.completes.get(catalog.codes["category"].values[own])
        if declared:
            numbers = dict.fromkeys(catalog.codes["category"].find(path) for path in declared)
            return [(number, 1.0 - 0.1 * place) for place, number in enumerate(numbers) if number]
        key = ("completes", catalog.store, catalog.shape, own)
        return tools.models.once(key, lambda: self._learnt(situation, tools, anchor))

    def _learnt(self, situation: Situation, tools: Tools, anchor: int) -> list[tuple[int, float]]:
        catalog = situation.catalog
        own = int(catalog.facets["category"][anchor])
        paths = catalog.codes["category"].values
        sealed = tools.models.sealed.get("complements")
        if sealed is not None and own and paths[own] in (words := sealed.skus):
            place = words.index(paths[own])
            start, end = (int(sealed.arrays["indptr"][place + step]) for step in (0, 1))
            items = sealed.arrays["items"][start:end].tolist()
            ratios = np.log1p(sealed.arrays["scores"][start:end])
            counts = sealed.arrays["counts"][start:end].tolist()
            learnt = [
                (catalog.codes["category"].find(words[item]), float(ratio) / float(ratios[0]))
                for item, ratio, count in zip(items, ratios, counts, strict=True)
                if count >= LEAST_ORDERS
            ]
            learnt = [pair for pair in learnt if self._other(situation, anchor, pair[0])][:CATEGORIES]
            if len(learnt) >= 2:
                return learnt
        top = paths[own].split("/")[0]
        sizes = np.bincount(catalog.facets["category"][: catalog.size], minlength=len(paths))
        others = [n for n in np.flatnonzero(sizes).tolist() if self._other(situation, anchor, n)]
        others.sort(key=lambda n: (not paths[n].startswith(f"{top}/"), -sizes[n], paths[n]))
        return [(n, 1.0 if paths[n].startswith(f"{top}/") else OTHER_TOP) for n in others]

    def _other(self, situation: Situation, anchor: int, category: int) -> bool:
        """Whether a category is another need than the anchor's: not its own branch below the line's top."""
        if not category:
            return False
        paths = situation.catalog.codes["category"].values
        own = paths[int(situation.catalog.facets["category"][anchor])].split("/")
        other = paths[category].split("/")
        depth = 2 if len(own) > 1 and own[0] == other[0] else 1
        return own[:depth] != other[:depth]

    def _pool(self, situation: Situation, tools: Tools, category: int) -> Rows:
        """The most looked at of a category, `POOL` places, -1 where it has fewer."""
        catalog = situation.catalog
        model = bound(tools, "popularity", situation)
        if model is None:
            return catalog.once(("pool", category), lambda: _pool(catalog, category, np.zeros(catalog.size)))
        return model.once(f"pool/{category}", lambda: _pool(catalog, category, _liked(model)))

    def _popular(self, situation: Situation, tools: Tools) -> NDArray[np.float64]:
        """Interest by row."""
        model = bound(tools, "popularity", situation)
        if model is None:
            return situation.catalog.once("nothing liked", lambda: np.zeros(situation.catalog.size))
        return model.once("liked", lambda: _liked(model))


def _liked(model: Bound) -> NDArray[np.float64]:
    """Interest by row, log-scaled to [0, 1]."""
    liked = np.zeros(model.size)
    here = model.row_of >= 0
    interest = np.log1p(np.asarray(model.arrays["interest"], dtype=np.float64)[here])
    np.maximum.at(liked, model.row_of[here], interest / max(float(interest.max(initial=0.0)), 1.0))
    return liked


def _pool(catalog: Catalog, category: int, liked: NDArray[np.float64]) -> Rows:
    """`POOL` rows of a category, the most looked at first, then the newest; -1 where there are fewer."""
    inside = (catalog.facets["category"][: catalog.size] == category) & catalog.tops()
    rows = np.flatnonzero(inside).tolist()
    rows.sort(key=lambda row: (-liked[row], -catalog.created[row], catalog.skus[row]))
    pool = np.full(POOL, -1, dtype=np.int32)
    pool[: min(len(rows), POOL)] = rows[:POOL]
    return pool


def _goes_with(catalog: Catalog, color: int) -> Scores:
    """By color number how well it goes with a color: the same best, then a neutral one."""
    is_neutral = catalog.once("neutral colors", lambda: _neutral(catalog))
    goes = np.where(is_neutral, 0.35, 0.0)
    if is_neutral[color]:
        np.maximum(goes, 0.25, out=goes)
    goes[color] = 0.5
    return goes


def _neutral(catalog: Catalog) -> NDArray[np.bool_]:
    """By color number whether it goes with every other."""
    codes = catalog.codes["color"]
    neutral = np.zeros(len(codes.values), dtype=np.bool_)
    neutral[[codes.find(color) for color in _NEUTRAL_COLORS]] = True
    return neutral


class CartCompanions:
    """What was bought together with what the cart holds, its gender lines kept."""

    key = "cart-companions"
    title = "Goes with your cart"
    models = ("bought-bought",)
    keeps_bought = False
    reorders = True

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """The cart's lists of what is bought together, added up."""
        model = bound(tools, "bought-bought", situation)
        if model is None or not len(situation.known.cart):
            return no_candidates(self.key)
        found = summed(model, situation.known.cart[:KEYS_MAX], self.key, unit.minimum_evidence)
        fits = np.zeros(len(found), dtype=np.bool_)
        for anchor in situation.known.cart.tolist():
            fits |= same_line(situation, anchor, found.rows)
        return Candidates(found.rows[fits], found.scores[fits], found.evidence[fits], self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """How many bought both."""
        return f"bought together by {counted(found.evidence[place], 'shopper', 'shoppers')}"


def anchor_of(situation: Situation) -> int:
    """What is to be completed: the page's product, else the newest piece of the cart; -1 for neither."""
    if situation.page_item >= 0:
        return situation.page_item
    return int(situation.known.cart[0]) if len(situation.known.cart) else -1


def same_line(situation: Situation, anchor: int, rows: Rows) -> NDArray[np.bool_]:
    """Whether rows may stand beside the anchor: the same gender line, or one of the two has none."""
    catalog = situation.catalog
    line = _line_of(catalog, anchor)
    if not line:
        return np.ones(rows.shape, dtype=np.bool_)
    theirs = catalog.facets["gender"][rows]
    mask: NDArray[np.bool_] = (theirs == line) | (theirs == 0)
    mask |= theirs == catalog.codes["gender"].find("unisex")
    return mask


def _line_of(catalog: Catalog, anchor: int) -> int:
    """The number of a product's gender line; 0 where it has none, or is for everyone."""
    line = int(catalog.facets["gender"][anchor])
    return 0 if line == catalog.codes["gender"].find("unisex") else line
