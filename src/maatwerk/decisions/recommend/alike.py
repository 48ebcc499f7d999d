"""More like this: by what is said of a product, within its gender line. Needs no visitors."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.pipeline.eligible import category_of
from maatwerk.decisions.pipeline.words import Candidates, Situation, no_candidates
from maatwerk.decisions.recommend.pairs import keys_of, summed
from maatwerk.decisions.recommend.recommender import Tools, bound, name_of
from maatwerk.decisions.recommend.words import Unit


class Alike:
    """The content neighbors of the page's product, the cart or the last viewed."""

    key = "more-like-this"
    title = "More like this"
    models = ("alike",)
    keeps_bought = False
    reorders = True

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """Candidates by cosine of their texts."""
        model = bound(tools, "alike", situation)
        if model is None:
            return no_candidates(self.key)
        return summed(model, keys_of(situation), self.key, 0)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """What it is like."""
        keys = keys_of(situation)
        return f"like {name_of(situation, int(keys[0]))}" if len(keys) else "similar"


class Newest:
    """What is new in the shop, newest first: the honest answer of a shop without visitors yet."""

    key = "newest"
    title = "New in"
    models = ()
    keeps_bought = False
    reorders = True

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """The newest products that can be bought."""
        catalog = situation.catalog
        rows = catalog.newest()
        rows = rows[catalog.available[rows]]
        wanted = category_of(situation, unit.category)
        if wanted:
            rows = rows[catalog.in_category(wanted)[rows]]
        rows = rows[:_NEWEST]
        # They differ little: where everything is new, her taste decides.
        scores = 1.0 - _SPREAD * np.arange(len(rows)) / max(len(rows), 1)
        return Candidates(rows, scores, np.full(len(rows), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """No more than the truth."""
        return "new in the shop"


_NEWEST = 300
_SPREAD = 0.3
