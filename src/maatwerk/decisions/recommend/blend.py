"""A blend of features, learnt listwise: how much each feature of a candidate counts.

The loss of a case is the cross-entropy of softmax(scores) and the gains of its candidates (a listwise
likelihood, Cao et al. 2007); cases whose target is not among their candidates teach nothing and are left
out by the caller. It starts from a plain sum, so that little data stays close to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Longs = NDArray[np.int64]

CASES_PER_STEP_MAX = 256
STEPS_AN_EPOCH_MIN = 50  # smaller steps where cases are few
STEPS_MIN, EPOCHS_MAX = 2000, 20  # more epochs where cases are few
ROWS_A_BLOCK = 100_000
SPREAD_FLOOR = 1e-3  # a feature that never varies says nothing
LEARNING_RATE = 2e-3
SHRINK = 1e-4  # weight decay a step, times the rate


@dataclass(frozen=True, slots=True)
class Blend:
    """score = z . l + relu(z W + b) . v, with z the standardized features. F features, H hidden."""

    blend_mean: Floats  # [F]
    blend_scale: Floats  # [F]
    blend_weight: Floats  # [F, H]
    blend_bias: Floats  # [H]
    blend_output: Floats  # [H]
    blend_linear: Floats  # [F]

    def score(self, features: Floats) -> Floats:
        """One score for each row of features."""
        z = (features - self.blend_mean) * self.blend_scale
        hidden = np.maximum(z @ self.blend_weight + self.blend_bias, 0)
        return np.asarray(hidden @ self.blend_output + z @ self.blend_linear, dtype=np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array by name, for saving."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def blend_of(arrays: Mapping[str, NDArray[Any]]) -> Blend:
    """The inverse of `Blend.arrays`; raises KeyError where one is missing."""
    return Blend(**{field.name: arrays[field.name] for field in fields(Blend)})


def plain(linear: Floats) -> Blend:
    """No learning: a weighted sum of the features."""
    size = len(linear)
    return Blend(
        np.zeros(size, np.float32),
        np.ones(size, np.float32),
        np.zeros((size, 1), np.float32),
        np.zeros(1, np.float32),
        np.zeros(1, np.float32),
        linear,
    )


def fit(
    rows: Floats,
    begin: Longs,
    gains: Floats,
    linear: Floats,
    *,
    hidden: int,
    epochs: int,
    chance: np.random.Generator,
) -> Blend:
    """Fit on candidates float32[R, F] of cases that start at ``begin`` int64[N + 1].

    ``gains`` float32[R] says what each candidate is worth; those of a case add up to 1. ``linear`` is the
    plain sum to start from.
    """
    mean, scale = standards(rows)
    features = rows.shape[1]
    weights = [
        (chance.normal(size=(features, hidden)) / np.sqrt(features)).astype(np.float32),
        np.zeros(hidden, np.float32),
        np.zeros(hidden, np.float32),
        linear / scale,
    ]
    means, squares = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    cases = len(begin) - 1
    size = min(CASES_PER_STEP_MAX, max(1, cases // STEPS_AN_EPOCH_MIN))
    epochs = max(epochs, min(EPOCHS_MAX, STEPS_MIN * size // cases))
    total = epochs * -(-cases // size)
    step = 0
    for _ in range(epochs):
        order = chance.permutation(cases)
        for at in range(0, cases, size):
            slopes = listwise_slopes(weights, rows, mean, scale, begin, gains, order[at : at + size])
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
    weights: list[Floats],
    rows: Floats,
    mean: Floats,
    scale: Floats,
    begin: Longs,
    gains: Floats,
    cases: Longs,
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
    slope -= gains[flat]
    slope = (slope / np.float32(len(cases))).astype(np.float32)
    inner = slope[:, None] * output * (hidden > 0)
    return [z.T @ inner, inner.sum(axis=0), hidden.T @ slope, z.T @ slope]
