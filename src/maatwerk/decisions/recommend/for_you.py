"""For you: the session, the history, the taste and the crowd in one list.

Each source's scores are brought to [0, 1] and added with fixed weights: what she does now weighs
most, then what goes with what she looked at before, then what the crowd likes in the categories and
brands she goes for. Where the shop's own log has taught a blend that beats its parts on held-out time
(`maatwerk.decisions.recommend.sequence`), that stands for the history. A visitor of whom nothing is known
gets nothing from here; the unit's fallback then says honestly that it is the crowd's choice.
"""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.pipeline.words import Candidates, Situation, no_candidates
from maatwerk.decisions.recommend.learn_order import FOR_YOU
from maatwerk.decisions.recommend.models import Bound
from maatwerk.decisions.recommend.pairs import summed
from maatwerk.decisions.recommend.recommender import Tools, bound, name_of, top
from maatwerk.decisions.recommend.sequence import SequenceModel, predict
from maatwerk.decisions.recommend.session import next_items
from maatwerk.decisions.recommend.tasteful import taste_match
from maatwerk.decisions.recommend.words import Unit

SESSION, HISTORY, LIKENESS, TASTE, LEARNT = 1.0, 0.8, 0.3, 0.6, 1.1
KEYS = 12
PROPOSED = 100
CROWD, CROWD_KEPT = 2_000, 150
"""Of how many popular products those nearest her taste are taken, and how many."""


class ForYou:
    """Blends the sources above."""

    key = "for-you"
    title = "For you"
    models = ()
    keeps_bought = False
    reorders = True

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """The blend; nothing for a shopper of whom nothing is known."""
        known = situation.known
        if not known.personal or not (len(known.viewed) or known.liked):
            return no_candidates(self.key)
        sums: dict[int, float] = {}
        learnt = _learnt(situation, tools)
        history = (
            [(LEARNT, learnt)]
            if len(learnt)
            else [
                (HISTORY, self._paired(situation, tools, "viewed-viewed")),
                (LIKENESS, self._paired(situation, tools, "alike")),
            ]
        )
        for weight, found in (
            (SESSION, next_items(situation, tools, self.key)),
            *history,
            (TASTE, self._tasteful(situation, tools)),
        ):
            _add(sums, found, weight)
        for row in known.session.tolist():
            sums.pop(row, None)  # she has just seen it
        rows = np.fromiter(sums, np.int32, len(sums))
        scores = np.fromiter(sums.values(), np.float64, len(sums))
        return Candidates(rows, scores, np.full(len(rows), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """What she said, else the viewed product that speaks for it most, else the taste it meets. What
        she did
        before this visit is not quoted at her until she is known."""
        catalog, known, row = situation.catalog, situation.known, int(found.rows[place])
        mine = set(catalog.categories(row))
        brand = int(catalog.facets["brand"][row])
        if ("brand", catalog.codes["brand"].values[brand]) in known.liked:
            return f"you said you like {catalog.codes['brand'].values[brand]}"
        for viewed in known.viewed[:KEYS].tolist():
            if known.may_recall(viewed) and catalog.facets["category"][viewed] in mine:
                return f"because you looked at {name_of(situation, viewed)}"
        if not known.may_recall():
            return "chosen from what you look at now" if len(known.session) else "a suggestion of ours"
        if known.affinity.lifts["brand"].get(brand, 0.0) > 1.5:
            return f"because you like {catalog.codes['brand'].values[brand]}"
        return "chosen from what you looked at"

    def _paired(self, situation: Situation, tools: Tools, name: str) -> Candidates:
        model = bound(tools, name, situation)
        if model is None:
            return no_candidates(self.key)
        return summed(model, situation.known.viewed[:KEYS], self.key, 0)

    def _tasteful(self, situation: Situation, tools: Tools) -> Candidates:
        """What the crowd looks at, by how well it meets her taste."""
        model = bound(tools, "popularity", situation)
        if model is None:
            return no_candidates(self.key)
        crowd = model.once("crowd", lambda: _crowd(model))
        match = taste_match(situation, crowd.rows)
        scores = crowd.scores * np.maximum(match, 0.0)
        best = np.argpartition(-scores, CROWD_KEPT)[:CROWD_KEPT] if len(scores) > CROWD_KEPT else slice(None)
        return Candidates(crowd.rows[best], scores[best], crowd.evidence[best], self.key)


def _learnt(situation: Situation, tools: Tools) -> Candidates:
    """What the learnt blend expects next; nothing where none is in force, or it knows nothing she had."""
    model = bound(tools, FOR_YOU, situation)
    if model is None or not model.arrays:
        return no_candidates(FOR_YOU)
    had = model.words(situation.known.viewed[:KEYS])[::-1]
    if not len(had):
        return no_candidates(FOR_YOU)
    items, scores = predict(_opened(model), had, PROPOSED)
    rows = model.row_of[items]
    here = rows >= 0
    likelihood = np.exp((scores[here] - scores.max()).astype(np.float64))
    return Candidates(rows[here].astype(np.int32), likelihood, np.full(int(here.sum()), np.nan), FOR_YOU)


def _opened(model: Bound) -> SequenceModel:
    return model.once("sequence", lambda: SequenceModel.from_arrays(model.arrays))


def _crowd(model: Bound) -> Candidates:
    """What most sessions looked at, with the logarithm of how many."""
    interest = np.log1p(np.asarray(model.arrays["interest"], dtype=np.float64))
    return top(model, interest, "crowd", interest, most=CROWD)


def _add(sums: dict[int, float], found: Candidates, weight: float) -> None:
    best = float(found.scores.max()) if len(found) else 0.0
    if best <= 0:
        return
    for row, score in zip(found.rows.tolist(), (weight / best * found.scores).tolist(), strict=True):
        sums[row] = sums.get(row, 0.0) + score
