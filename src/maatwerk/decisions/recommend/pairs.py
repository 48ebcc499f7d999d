"""Products that go with others in people's behavior: viewed or bought by the same shoppers."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.pipeline.words import Candidates, Rows, Situation, no_candidates
from maatwerk.decisions.recommend.models import Bound
from maatwerk.decisions.recommend.recommender import Tools, bound, counted
from maatwerk.decisions.recommend.words import Unit

KEYS_MAX = 10


class Pairs:
    """Adds up the lists of the page's product; without one, of the cart; else of what she viewed last."""

    keeps_bought = False
    reorders = True

    def __init__(self, key: str, title: str, words: str) -> None:
        self.key = key
        self.title = title
        self.models = (key,)
        self._words = words

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """Candidates from every key's list, best sums first."""
        model = bound(tools, self.key, situation)
        if model is None:
            return no_candidates(self.key)
        return summed(model, keys_of(situation), self.key, unit.minimum_evidence)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """How many shoppers did both."""
        return f"{self._words} {counted(found.evidence[place], 'shopper', 'shoppers')}"


def keys_of(situation: Situation) -> Rows:
    """What a list is asked of: the page's product, else the cart, else what she viewed last."""
    if situation.page_item >= 0:
        return np.array([situation.page_item], np.int32)
    if len(situation.known.cart):
        return situation.known.cart[:KEYS_MAX]
    return situation.known.viewed[:KEYS_MAX]


def summed(model: Bound, keys: Rows, source: str, least: int, decay: float = 0.85) -> Candidates:
    """The lists of several keys as one: log(1 + ratio) added up, earlier keys weighing more; a
    candidate's evidence is its best single count, and below ``least`` it is left out."""
    indptr, items = model.arrays["indptr"], model.arrays["items"]
    ratios, counts = model.arrays["scores"], model.arrays.get("counts")
    scores: dict[int, float] = {}
    evidence: dict[int, float] = {}
    weight = 1.0
    for key in keys.tolist():
        word = model.word(key)
        if word < 0:
            continue
        start, end = int(indptr[word]), int(indptr[word + 1])
        near = model.row_of[items[start:end]].tolist()
        values = np.log1p(ratios[start:end]).tolist()
        proof = counts[start:end].tolist() if counts is not None else [float("nan")] * (end - start)
        for row, value, count in zip(near, values, proof, strict=True):
            if row >= 0 and not count < least:
                scores[row] = scores.get(row, 0.0) + weight * value
                evidence[row] = max(evidence.get(row, 0.0), count)
        weight *= decay
    if not scores:
        return no_candidates(source)
    rows = np.fromiter(scores, np.int32, len(scores))
    return Candidates(
        rows,
        np.fromiter(scores.values(), np.float64, len(scores)),
        np.fromiter(evidence.values(), np.float64, len(evidence)),
        source,
    )


PAIRS = (
    Pairs("viewed-viewed", "Others also viewed", "viewed together by"),
    Pairs("viewed-bought", "Bought in the end", "bought after viewing this by"),
    Pairs("bought-bought", "Bought together", "bought together by"),
)
