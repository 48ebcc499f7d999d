"""The learnt blend against each of its parts, on held-out steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from maatwerk.decisions.recommend.sequence.describe import describe
from maatwerk.decisions.recommend.sequence.words import PLAIN, SOURCES, Floats, Ints, SequenceModel
from maatwerk.decisions.recommend.verdict import K, Tally, Verdict

WAYS = ("plain sum", *(source.name for source in SOURCES), "popularity")


def judge(model: SequenceModel, cases: Sequence[tuple[Ints, int]]) -> Verdict:
    """Each way of ordering on the same cases: what was had (oldest first), and what came next."""
    tally = Tally(WAYS, np.expm1(model.popularity.astype(np.float64)).round().astype(np.int64))
    for had, target in cases:
        candidates, features = describe(model, had)
        popular = model.popular[: K + len(had)]
        popular = popular[~np.isin(popular, had)][:K]
        ways = [candidates[np.lexsort((candidates, -score))[:K]] for score in _scores(model, features)]
        full = [np.concatenate([items, popular[~np.isin(popular, items)]])[:K] for items in ways]
        tally.add([*full, popular], np.array([target], np.int32))
    return tally.verdict()


def _scores(model: SequenceModel, features: Floats) -> list[Floats]:
    """The blend's, the plain sum's, and each source's."""
    if not len(features):
        return [np.empty(0, np.float32)] * (2 + len(SOURCES))
    return [model.blend.score(features), features @ PLAIN, *(features[:, n] for n in range(len(SOURCES)))]
