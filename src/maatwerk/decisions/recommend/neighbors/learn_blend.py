"""Learn how much each feature of a candidate counts, on sessions newer than the index has seen."""

import numpy as np

from maatwerk.decisions.recommend.blend import Blend, fit, plain
from maatwerk.decisions.recommend.neighbors.words import FEATURES, Floats, Ints, Longs, NeighborSettings

__all__ = ["Blend", "learn_blend", "plain_blend"]


def plain_blend() -> Blend:
    """No learning: the log of the V-SKNN share plus the encoder's log-probability."""
    linear = np.zeros(len(FEATURES), np.float32)
    linear[FEATURES.index("similar_share")] = linear[FEATURES.index("encoder")] = 1.0
    return plain(linear)


def learn_blend(
    rows: Floats, begin: Longs, target: Ints, settings: NeighborSettings, chance: np.random.Generator
) -> Blend:
    """Fit on candidates float32[R, F] of cases that start at begin int64[N + 1], targets at these places."""
    gains = np.zeros(len(rows), np.float32)
    gains[begin[:-1] + target] = 1
    return fit(
        rows,
        begin,
        gains,
        plain_blend().blend_linear,
        hidden=settings.blend_hidden,
        epochs=settings.blend_epochs,
        chance=chance,
    )
