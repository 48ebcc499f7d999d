"""Rank what a shopper will go for next, of what she has not had."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.recommend.sequence.describe import describe
from maatwerk.decisions.recommend.sequence.words import Floats, Ints, SequenceModel


def predict(model: SequenceModel, had: Ints, k: int) -> tuple[Ints, Floats]:
    """The k best items after ``had`` (oldest first), with falling scores; short answers are filled with what
    is popular, scored below all others. Fewer than k only where there are no more."""
    items, features = describe(model, had) if len(had) else (np.empty(0, np.int32), None)
    scores = model.blend.score(features) if features is not None and len(items) else np.empty(0, np.float32)
    best = np.lexsort((items, -scores))[:k]
    items, scores = items[best], scores[best]
    if len(items) >= k:
        return items, scores
    have = set(items.tolist()) | set(had.tolist())
    some = model.popular[: k + len(have)].tolist()
    new = np.array([item for item in some if item not in have][: k - len(items)], np.int32)
    floor = scores.min() if len(scores) else np.float32(0)
    below = floor - 1 - np.arange(len(new), dtype=np.float32)
    return np.concatenate([items, new]).astype(np.int32), np.concatenate([scores, below]).astype(np.float32)
