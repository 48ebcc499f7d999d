"""Her next basket: what she is likely to buy again, and what goes with it."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.pipeline.words import Candidates, Situation, no_candidates
from maatwerk.decisions.recommend.basket import BasketModel, predict
from maatwerk.decisions.recommend.learn_order import NEXT_BASKET
from maatwerk.decisions.recommend.recommender import Tools, bound, in_order
from maatwerk.decisions.recommend.words import Unit

PROPOSED = 60


class NextBasket:
    """The basket model asked with her orders; where none is in force, what she bought most."""

    key = "next-basket"
    title = "For your next order"
    models = (NEXT_BASKET,)
    keeps_bought = True
    reorders = False

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """The likeliest products of her next order; nothing for who never ordered."""
        known = situation.known
        if not len(known.bought):
            return no_candidates(self.key)
        model = bound(tools, NEXT_BASKET, situation)
        if model is None or not model.arrays:
            rows, first, counts = np.unique(known.bought, return_index=True, return_counts=True)
            return in_order(rows[np.lexsort((first, -counts))].astype(np.int32), self.key)
        _, order = np.unique(-known.bought_at, return_inverse=True)
        inside = known.bought < model.size
        words, back = model.word_of[known.bought[inside]], order[inside]
        basket = model.once("baskets", lambda: BasketModel.from_arrays(model.arrays))
        items, scores = predict(basket, words[words >= 0], back[words >= 0].astype(np.int32), PROPOSED)
        rows = model.row_of[items]
        here = rows >= 0
        if not here.any():
            return no_candidates(self.key)
        likelihood = np.exp((scores[here] - scores[here].max()).astype(np.float64))
        return Candidates(rows[here].astype(np.int32), likelihood, np.full(int(here.sum()), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """How often she bought it, to whom it may be said; else what it is there for."""
        times = int((situation.known.bought == found.rows[place]).sum())
        if not times or not situation.known.may_recall():
            return "often bought next"
        return "you bought this before" if times == 1 else f"you bought this {times} times"
