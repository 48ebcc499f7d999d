"""Rank what the shopper is likely to look at next."""

import numpy as np
from numpy.typing import ArrayLike

from maatwerk.decisions.recommend.neighbors.describe import describe
from maatwerk.decisions.recommend.neighbors.words import Floats, Ints, NeighborModel


def predict(model: NeighborModel, prefix: ArrayLike, k: int = 20) -> tuple[Ints, Floats]:
    """The k best items after `prefix` (oldest first; unknown items are passed over), with falling scores.

    Items of the prefix may come back: shoppers return to what they compare. Short answers, and those to a
    prefix without a known item, are filled with what is popular now, scored below all others.
    Returns (items int32[<= k], scores float32[<= k]); fewer than k only where the catalog has fewer.
    """
    known = known_items(model, prefix)
    if not len(known):
        return fill(model, np.empty(0, np.int32), np.empty(0, np.float32), k)
    items, features = describe(model, known)
    scores = blend(model, features)
    best = np.lexsort((items, -scores))[:k]
    return fill(model, items[best], scores[best], k)


def known_items(model: NeighborModel, prefix: ArrayLike) -> Ints:
    """The items of the prefix that the model was trained with."""
    given = np.asarray(prefix, dtype=np.int64)
    inside = given[(given >= 0) & (given < model.item_count)]
    return inside[model.item_start[inside + 1] > model.item_start[inside]].astype(np.int32)


def blend(model: NeighborModel, features: Floats) -> Floats:
    """score = z . l + relu(z W + b) . v, with z the standardized features."""
    z = (features - model.blend_mean) * model.blend_scale
    hidden = np.maximum(z @ model.blend_weight + model.blend_bias, 0)
    return np.asarray(hidden @ model.blend_output + z @ model.blend_linear, dtype=np.float32)


def fill(model: NeighborModel, items: Ints, scores: Floats, k: int) -> tuple[Ints, Floats]:
    """Add popular items below the answer until it has k."""
    missing = k - len(items)
    if missing <= 0:
        return items, scores
    have = set(items.tolist())
    # No more than are there already can be passed over.
    some = model.popular[: missing + len(have)].tolist()
    new = np.array([item for item in some if item not in have][:missing], dtype=np.int32)
    floor = scores.min() if len(scores) else np.float32(0)
    below = floor - 1 - np.arange(len(new), dtype=np.float32)
    return np.concatenate([items, new]).astype(np.int32), np.concatenate([scores, below]).astype(np.float32)
