"""Learn how much each feature of a candidate counts, on sessions newer than the index has seen.

The loss of a case is -log softmax(scores)[target] over its shortlist (a listwise likelihood, Cao et al.
2007); cases whose target is not on the shortlist teach nothing and are left out. It starts from the plain
blend, so that little data stays close to it.
"""

from dataclasses import dataclass

import numpy as np

from maatwerk.decisions.recommend.neighbors.words import FEATURES, Floats, Ints, Longs, NeighborSettings

CASES_PER_STEP_MAX = 256
STEPS_AN_EPOCH_MIN = 50  # smaller steps where cases are few
STEPS_MIN, EPOCHS_MAX = 2000, 20  # more epochs where cases are few
ROWS_A_BLOCK = 100_000
SPREAD_FLOOR = 1e-3  # a feature that never varies says nothing
LEARNING_RATE = 2e-3
SHRINK = 1e-4  # weight decay a step, times the rate


@dataclass(frozen=True, slots=True)
class Blend:
    """The blend half of a NeighborModel; its fields carry the same names."""

    blend_mean: Floats
    blend_scale: Floats
    blend_weight: Floats
    blend_bias: Floats
    blend_output: Floats
    blend_linear: Floats


def plain_blend() -> Blend:
    """No learning: the log of the V-SKNN share plus the encoder's log-probability."""
    linear = np.zeros(len(FEATURES), np.float32)
    linear[FEATURES.index("similar_share")] = linear[FEATURES.index("encoder")] = 1.0
    ones, zeros = np.ones(len(FEATURES), np.float32), np.zeros(len(FEATURES), np.float32)
    return Blend(
        zeros,
        ones,
        np.zeros((len(FEATURES), 1), np.float32),
        np.zeros(1, np.float32),
        np.zeros(1, np.float32),
        linear,
    )


def learn_blend(
    rows: Floats, begin: Longs, target: Ints, settings: NeighborSettings, chance: np.random.Generator
) -> Blend:
    """Fit on candidates float32[R, F] of cases that start at begin int64[N + 1], targets at these places."""
    mean, scale = standards(rows)
    features, hidden = rows.shape[1], settings.blend_hidden
    weights = [
        (chance.normal(size=(features, hidden)) / np.sqrt(features)).astype(np.float32),
        np.zeros(hidden, np.float32),
        np.zeros(hidden, np.float32),
        plain_blend().blend_linear / scale,
    ]
    means, squares = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    cases = len(target)
    size = min(CASES_PER_STEP_MAX, max(1, cases // STEPS_AN_EPOCH_MIN))
    epochs = max(settings.blend_epochs, min(EPOCHS_MAX, STEPS_MIN * size // cases))
    total = epochs * -(-cases // size)
    step = 0
    for _ in range(epochs):
        order = chance.permutation(cases)
        for at in range(0, cases, size):
            slopes = listwise_slopes(weights, rows, mean, scale, begin, target, order[at : at + size])
            rate = LEARNING_RATE * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * step / total)))
            step += 1
            pace = np.float32(rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step))
            for weight, slope, m, v in zip(weights, slopes, means, squares, strict=True):
                m += (slope - m) * np.float32(0.1)
                v += (slope * slope - v) * np.float32(0.001)
                weight -= pace * m / (np.sqrt(v) + np.float32(1e-8)) + np.float32(rate * SHRINK) * weight
    return Blend(mean, scale, *weights)


def standards(rows: Floats) -> tuple[Floats, Floats]:
    """(mean, 1 / standard deviation) of each feature, in blocks, because the rows may fill the memory."""
    total, squares = np.zeros(rows.shape[1]), np.zeros(rows.shape[1])
    for begin in range(0, len(rows), ROWS_A_BLOCK):
        block = rows[begin : begin + ROWS_A_BLOCK].astype(np.float64)
        total += block.sum(axis=0)
        squares += (block * block).sum(axis=0)
    mean = total / len(rows)
    spread = np.sqrt(np.maximum(squares / len(rows) - mean * mean, 0))
    return mean.astype(np.float32), (1 / (spread + SPREAD_FLOOR)).astype(np.float32)


def listwise_slopes(
    weights: list[Floats], rows: Floats, mean: Floats, scale: Floats, begin: Longs, target: Ints, cases: Longs
) -> list[Floats]:
    """Slopes of the mean loss of `cases` by the four weights."""
    weight, bias, output, linear = weights
    counts = begin[cases + 1] - begin[cases]
    starts = np.cumsum(counts) - counts
    flat = np.arange(int(counts.sum())) + np.repeat(begin[cases] - starts, counts)
    z = (rows[flat] - mean) * scale
    hidden = np.maximum(z @ weight + bias, 0)
    score = hidden @ output + z @ linear
    score = np.exp(score - np.repeat(np.maximum.reduceat(score, starts), counts))
    slope = score / np.repeat(np.add.reduceat(score, starts), counts)
    slope[starts + target[cases]] -= 1
    slope = (slope / np.float32(len(cases))).astype(np.float32)
    inner = slope[:, None] * output * (hidden > 0)
    return [z.T @ inner, inner.sum(axis=0), hidden.T @ slope, z.T @ slope]
