"""Rank what a shopper will buy next."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.recommend.basket.describe import describe
from maatwerk.decisions.recommend.basket.words import BasketModel, Floats, Ints


def predict(model: BasketModel, items: Ints, back: Ints, k: int) -> tuple[Ints, Floats]:
    """The k best items after her baskets, with falling scores, what she had before among them.

    ``items`` and ``back`` as in `describe`.
    """
    candidates, features = describe(model, items, back)
    scores = model.blend.score(features)
    best = np.lexsort((candidates, -scores))[:k]
    return candidates[best], scores[best]
