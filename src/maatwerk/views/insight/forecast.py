"""A daily series a few weeks ahead with intervals, and the days on which it was not as expected.

Exponential smoothing with a damped trend and weekly seasons, ETS(A,Ad,A): Hyndman, Koehler, Ord and Snyder,
Forecasting with Exponential Smoothing, 2008; the variances are those of its class 1 (chapter 6).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

WEEK = 7
LEAST = 4 * WEEK
"""Fewer days say nothing of the week."""
DAMPING = 0.98
ODD = 3.5
"""So many robust standard deviations off is odd: about one day in two thousand by chance."""
_FADE = 0.997
_GRID = np.array(
    [
        (alpha, beta, gamma)
        for alpha in (0.02, 0.05, 0.1, 0.2, 0.4)
        for beta in (0.0, 0.02, 0.1)
        for gamma in (0.02, 0.1, 0.25)
        if beta <= alpha
    ]
)


class Forecast(msgspec.Struct, frozen=True):
    """``low``, ``middle`` and ``high`` of the days ahead; ``expected`` of each past day as of the day
    before."""

    low: NDArray[np.float64]
    middle: NDArray[np.float64]
    high: NDArray[np.float64]
    expected: NDArray[np.float64]
    odd: NDArray[np.bool_]


def forecast(values: Sequence[float], ahead: int, level: float = 0.9) -> Forecast | None:
    """The days ahead, with an interval that holds each with the probability ``level``; None: too little is
    known.

    ``values`` are one a day, oldest first, none missing. What counts things is never expected below zero.
    """
    series = np.asarray(values, np.float64)
    if len(series) < LEAST or not series.any():
        return None
    # Its spread grows with its height: the square root holds it still (and a forecast above zero).
    root = np.sqrt(np.maximum(series, 0.0))
    expected, level_, trend, season, best = _fit(root)
    errors = (root - expected)[WEEK:]
    spread = float(np.median(np.abs(errors - np.median(errors)))) * 1.4826
    usual = np.abs(errors - np.median(errors)) <= ODD * spread if spread else np.ones(len(errors), np.bool_)
    sigma = float(np.sqrt(np.mean(np.square(errors[usual])))) if usual.any() else 0.0
    alpha, beta, gamma = _GRID[best]
    steps = np.arange(1, ahead + 1)
    damped = np.cumsum(DAMPING**steps)
    middle = level_ + damped * trend + season[(len(series) + steps - 1) % WEEK]
    weights = alpha + beta * damped + gamma * (steps % WEEK == 0)
    variance = sigma**2 * (1 + np.concatenate(([0.0], np.cumsum(weights[:-1] ** 2))))
    reach = float(norm.ppf(0.5 + level / 2)) * np.sqrt(variance)
    odd = np.zeros(len(series), np.bool_)
    if spread:
        odd[WEEK:] = ~usual
    return Forecast(
        np.square(np.maximum(middle - reach, 0.0)),
        np.square(np.maximum(middle, 0.0)),
        np.square(np.maximum(middle + reach, 0.0)),
        np.square(np.maximum(expected, 0.0)),
        odd,
    )


def _fit(root: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, float, NDArray[np.float64], int]:
    """Every parameter of the grid at once, day by day; the one whose next days were closest wins."""
    alpha, beta, gamma = _GRID.T
    many = len(_GRID)
    level = np.full(many, root[: 2 * WEEK].mean())
    trend = np.zeros(many)
    first = root[: 2 * WEEK].reshape(2, WEEK).mean(axis=0)
    season = np.tile(first - first.mean(), (many, 1))
    said = np.empty((len(root), many))
    for day, value in enumerate(root):
        at = day % WEEK
        base = level + DAMPING * trend
        said[day] = base + season[:, at]
        error = value - said[day]
        level = base + alpha * error
        trend = DAMPING * trend + beta * error
        season[:, at] += gamma * error
    age = len(root) - np.arange(WEEK, len(root))
    misses = np.minimum(np.abs(said[WEEK:] - root[WEEK:, None]), _cap(said, root))
    best = int(np.argmin((np.square(misses) * (_FADE**age)[:, None]).sum(axis=0)))
    return said[:, best], float(level[best]), float(trend[best]), season[best], best


def _cap(said: NDArray[np.float64], root: NDArray[np.float64]) -> float:
    """One odd day is not to choose the parameters of all others."""
    return float(np.quantile(np.abs(said[WEEK:] - root[WEEK:, None]), 0.98))
