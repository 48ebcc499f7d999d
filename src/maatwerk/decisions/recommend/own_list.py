"""The shop's own lists, imported from CSV: for a product, or for every page."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.pipeline.words import Candidates, Situation, no_candidates
from maatwerk.decisions.recommend.pairs import keys_of, summed
from maatwerk.decisions.recommend.recommender import Tools, bound, in_order
from maatwerk.decisions.recommend.words import Unit


class OwnList:
    """Serves the sealed model ``list-<name>``: lists by product, and under the empty SKU one for all."""

    key = "own-list"
    title = "Chosen for you"
    models = ()
    keeps_bought = False
    reorders = False

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """The page product's list, else the cart's, else the list for all."""
        model = bound(tools, f"list-{unit.list}", situation)
        if model is None:
            return no_candidates(self.key)
        found = summed(model, keys_of(situation), self.key, 0)
        if len(found) or "" not in model.sealed.skus:
            return found
        place = model.sealed.skus.index("")
        start, end = (int(model.arrays["indptr"][place + step]) for step in (0, 1))
        rows = model.row_of[model.arrays["items"][start:end]]
        scores = np.asarray(model.arrays["scores"][start:end], dtype=np.float64)
        known = rows >= 0
        return Candidates(rows[known], scores[known], np.full(int(known.sum()), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """Who chose it."""
        return "chosen by the shop"


class RelatedLinks:
    """Links the shop made by hand between products (``related`` in the catalog), in its order."""

    key = "shop-links"
    title = "Goes with it"
    models = ()
    keeps_bought = False
    reorders = False

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """The page product's links of the kind that ``unit.list`` names (all kinds when empty)."""
        if situation.page_item < 0:
            return no_candidates(self.key)
        related = situation.catalog.product(situation.page_item).related
        kinds = [unit.list] if unit.list else sorted(related)
        rows = situation.catalog.rows(sku for kind in kinds for sku in related.get(kind, ()))
        return in_order(rows, self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """Who linked it."""
        return "the shop's own suggestion"
