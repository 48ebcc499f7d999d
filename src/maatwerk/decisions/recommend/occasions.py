"""Units for an occasion: what runs out, what goes with an order, what is new or reduced for her, what fills
the way to free shipping, and a step up from what she looks at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maatwerk.core.money import digits_of
from maatwerk.core.time import DAY
from maatwerk.decisions.pipeline.words import Candidates, Rows, Situation, no_candidates
from maatwerk.decisions.recommend.complete import CartCompanions, same_line
from maatwerk.decisions.recommend.crowd import liking_of
from maatwerk.decisions.recommend.pairs import KEYS_MAX, summed
from maatwerk.decisions.recommend.recommender import Tools, bound, counted, name_of
from maatwerk.decisions.recommend.tasteful import taste_match
from maatwerk.decisions.recommend.words import Unit

DUE = 0.75
"""Of her usual time between two purchases: from here on it is time to think of the next."""
LONG_OVER = 3.0
"""After so many of her usual times she has stopped."""
NEW_DAYS, NEW_MOST = 60, 400
STEP_LEAST, STEP_MOST = 1.05, 1.8
"""An up-sell costs more, but not another kind of money, unless the unit's ``price_band`` says otherwise."""
GAP_MOST = 2.0
"""Fills the way to free shipping: from the gap to twice of it, or a little dearer."""
_CROWD_MOST = 600


class Replenish:
    """What she buys again and again, when its time has come."""

    key = "replenish"
    title = "Time for more?"
    models = ()
    keeps_bought = True
    reorders = False

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """Products she bought on two days or more, from three quarters of her usual time on."""
        rows, ratios, days = [], [], []
        for row, (pace, since) in paces(situation).items():
            if DUE <= since / pace <= LONG_OVER:
                rows.append(row)
                ratios.append(1.0 / (1.0 + abs(np.log(since / pace))))
                days.append(pace / DAY)
        if not rows:
            return no_candidates(self.key)
        return Candidates(np.array(rows, np.int32), np.array(ratios), np.array(days), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """How often she buys it, to whom it may be said."""
        if not situation.known.may_recall():
            return "often bought again"
        return f"you buy this about every {counted(round(float(found.evidence[place])), 'day', 'days')}"


def paces(situation: Situation) -> dict[int, tuple[float, float]]:
    """By row, of what she bought on more than one day: the median time between two purchases, and the time
    since the last, both in ms."""
    known = situation.known
    times: dict[int, list[int]] = {}
    for row, at in zip(known.bought.tolist(), known.bought_at.tolist(), strict=True):
        times.setdefault(row, []).append(at)
    found = {}
    for row, at in times.items():
        gaps = np.diff(np.sort(at))
        gaps = gaps[gaps >= DAY]
        if len(gaps):
            found[row] = float(np.median(gaps)), float(max(situation.now - max(at), 1))
    return found


class GoesWithOrder:
    """What is bought together with what she has just ordered."""

    key = "goes-with-order"
    title = "Goes with your order"
    models = ("bought-bought",)
    keeps_bought = False
    reorders = True

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """The lists of her newest order's products, its gender lines kept."""
        model = bound(tools, "bought-bought", situation)
        keys = newest_order(situation)[:KEYS_MAX]
        if model is None or not len(keys):
            return no_candidates(self.key)
        found = summed(model, keys, self.key, unit.minimum_evidence)
        fits = np.zeros(len(found), np.bool_)
        for anchor in keys.tolist():
            fits |= same_line(situation, anchor, found.rows)
        return Candidates(found.rows[fits], found.scores[fits], found.evidence[fits], self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """How many bought both."""
        return f"bought together by {counted(found.evidence[place], 'shopper', 'shoppers')}"


def newest_order(situation: Situation) -> Rows:
    """What she bought last, all of one moment."""
    known = situation.known
    if not len(known.bought):
        return known.bought
    rows = known.bought[known.bought_at == known.bought_at.max()]
    return np.array(list(dict.fromkeys(rows.tolist())), np.int32)


class NewForYou:
    """The newest products that meet her taste."""

    key = "new-for-you"
    title = "New for you"
    models = ()
    keeps_bought = False
    reorders = False

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """Of what came within 60 days, what she goes for more than others do; nothing for nobody."""
        catalog = situation.catalog
        if not situation.known.personal:
            return no_candidates(self.key)
        rows = catalog.newest()[:NEW_MOST]
        rows = rows[situation.now - catalog.created[rows] <= NEW_DAYS * DAY]
        match = taste_match(situation, rows)
        hers = match > 0
        fresh = 0.5 ** ((situation.now - catalog.created[rows[hers]]) / (NEW_DAYS * DAY))
        scores = match[hers] * (0.5 + 0.5 * fresh)
        return Candidates(rows[hers], scores, np.full(int(hers.sum()), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """That it is new, and nothing she did."""
        return "new in the shop, and near your taste"


class PriceDropped:
    """What she looked at, and costs less now."""

    key = "price-dropped"
    title = "Now for less"
    models = ()
    keeps_bought = False
    reorders = False

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """Reduced products that she viewed before, the deeper reduced first, newer interest before older."""
        known, catalog = situation.known, situation.catalog
        rows, scores = [], []
        seen = known.viewed if known.may_recall() else known.session
        for place, row in enumerate(seen[:_CROWD_MOST].tolist()):
            product = catalog.product(row)
            price = product.price_at(situation.now)
            if price is not None and product.price_minor and price < product.price_minor:
                rows.append(row)
                scores.append((1 - price / product.price_minor) / (1 + 0.1 * place))
        if not rows:
            return no_candidates(self.key)
        return Candidates(np.array(rows, np.int32), np.array(scores), np.full(len(rows), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """Since when, where it can be told."""
        row = int(found.rows[place])
        looked = situation.known.viewed_at[situation.known.viewed == row]
        began = situation.catalog.product(row).sale_from
        since = len(looked) and began and began > int(looked[0])
        return "reduced since you looked at it" if since else "reduced now"


class FreeShippingGap:
    """What brings the cart to free shipping; nothing where it is there, or empty."""

    key = "free-shipping-gap"
    title = "Almost at free shipping"
    models = ()
    keeps_bought = False
    reorders = True

    def __init__(self) -> None:
        self._companions = CartCompanions()

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """What goes with the cart, else what many like, priced from the gap to twice of it."""
        catalog = situation.catalog
        gap = gap_of(unit, situation)
        if gap <= 0:
            return no_candidates(self.key)
        found = self._companions.propose(unit, situation, tools)
        crowd = liked_rows(situation, tools)
        rows = np.concatenate((found.rows, crowd[~np.isin(crowd, found.rows)]))
        line = np.zeros(len(rows), np.bool_)
        for anchor in situation.known.cart.tolist():
            line |= same_line(situation, anchor, rows)
        price = catalog.price[rows]
        fits = line & (price >= gap) & (price <= GAP_MOST * gap + gap_floor(catalog.currency))
        scores = np.zeros(len(rows))
        scores[: len(found)] = 1.0 + found.scores / max(float(found.scores.max(initial=0.0)), 1e-9)
        scores += gap / np.maximum(price, 1)  # the nearer the gap, the better
        rows, scores = rows[fits], scores[fits]
        return Candidates(rows, scores, np.full(len(rows), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """What it does."""
        return "brings your order to free shipping"


def gap_of(unit: Unit, situation: Situation) -> int:
    """Minor units missing to the unit's ``threshold``; 0 where nothing is, or the cart is empty."""
    if not unit.threshold or situation.cart_minor <= 0:
        return 0
    threshold: int = round(unit.threshold * 10 ** digits_of(situation.catalog.currency or "EUR"))
    return max(threshold - situation.cart_minor, 0)


def gap_floor(currency: str) -> int:
    """A few pieces of money on top, so that a gap of a cent has something to fill it."""
    floor: int = 10 * 10 ** digits_of(currency or "EUR")
    return floor


def liked_rows(situation: Situation, tools: Tools) -> Rows:
    """What many like, best first."""
    crowd = bound(tools, "popularity", situation)
    liking = liking_of(crowd, situation.catalog)
    if crowd is None or liking is None:
        return situation.catalog.newest()[:_CROWD_MOST]

    def make() -> Rows:
        rows = np.unique(crowd.row_of[crowd.row_of >= 0]).astype(np.int32)
        best: Rows = rows[np.argsort(-liking(rows), kind="stable")][:_CROWD_MOST]
        return best

    return crowd.once("liked rows", make)


class UpSell:
    """The same need, a step up: like the page's product, in its category, dearer or with more margin."""

    key = "up-sell"
    title = "A step up"
    models = ("alike",)
    keeps_bought = False
    reorders = True

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """What is alike and stands in the same category, from a twentieth to four fifths dearer (or as the
        unit's price band says), what earns more first among equals."""
        model = bound(tools, "alike", situation)
        anchor, catalog = situation.page_item, situation.catalog
        if model is None or anchor < 0 or catalog.price[anchor] <= 0:
            return no_candidates(self.key)
        found = summed(model, np.array([anchor], np.int32), self.key, 0)
        if not len(found):
            return found
        ratio = catalog.price[found.rows] / float(catalog.price[anchor])
        least, most = (unit.price_band.least, unit.price_band.most) if unit.price_band else (0.0, 0.0)
        up = (ratio >= (least or STEP_LEAST)) & (ratio <= (most or STEP_MOST))
        up &= catalog.facets["category"][found.rows] == catalog.facets["category"][anchor]
        up &= same_line(situation, anchor, found.rows)
        rows = found.rows[up]
        scores = found.scores[up] / found.scores.max() + 0.3 * _gain(catalog.margin, anchor, rows)
        return Candidates(rows, scores, np.full(len(rows), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """What it is a step up from."""
        return f"a step up from {name_of(situation, situation.page_item)}"


def _gain(margin: NDArray[np.float32], anchor: int, rows: Rows) -> NDArray[np.float64]:
    """How much more of its price each earns, in [-1, 1]; 0 where a margin is not known."""
    gain: NDArray[np.float64] = np.nan_to_num(margin[rows].astype(np.float64) - float(margin[anchor]))
    return np.clip(gain, -1.0, 1.0)
