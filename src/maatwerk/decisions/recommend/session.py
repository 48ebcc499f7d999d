"""Next in this session: what shoppers looked at after sessions like hers."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.pipeline.words import Candidates, Situation, no_candidates
from maatwerk.decisions.recommend.models import Bound
from maatwerk.decisions.recommend.neighbors import NeighborModel
from maatwerk.decisions.recommend.recommender import Tools, bound
from maatwerk.decisions.recommend.words import Unit

PROPOSED = 100


class SessionNeighbors:
    """The session model asked with the items of her present session."""

    key = "session-neighbors"
    title = "You may like next"
    models = ("neighbors",)
    keeps_bought = False
    reorders = True

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """The likeliest next items; nothing when this session has none yet."""
        return next_items(situation, tools, self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """Plainly so."""
        return "viewed next in visits like yours"


def next_items(situation: Situation, tools: Tools, source: str, most: int = PROPOSED) -> Candidates:
    """The session model's answer as candidates, scores falling from 1 by their distance to the best."""
    model = bound(tools, "neighbors", situation)
    seen = situation.known.session[::-1]  # the model reads oldest first
    if situation.page_item >= 0 and (not len(seen) or seen[-1] != situation.page_item):
        seen = np.append(seen, np.int32(situation.page_item))
    if model is None or not len(seen):
        return no_candidates(source)
    words = model.words(seen)
    if not len(words):
        return no_candidates(source)
    items, scores = tools.predict(_opened(model), words, most)
    rows = model.row_of[items]
    here = rows >= 0
    rows, scores = rows[here].astype(np.int32), scores[here].astype(np.float64)
    if not len(rows):
        return no_candidates(source)
    likelihood = np.exp(np.maximum(scores - scores.max(), -50.0))
    return Candidates(rows, likelihood, np.full(len(rows), np.nan), source)


def _opened(model: Bound) -> NeighborModel:
    return model.once("neighbors", lambda: NeighborModel.from_arrays(model.arrays))
