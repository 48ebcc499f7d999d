"""Allocation that moves: traffic goes to an arm as often as it is probably the best, and never to none.

Thompson sampling as weights: the chance that an arm is the best, by its posterior, computed by integration
and not by drawing, so that the odds of every choice are known and can be logged. A floor keeps every arm
alive; evidence fades, so that what changes is noticed. For arms whose reward depends on the shopper, a linear
model for each, of which a fixed set of posterior draws is sealed: the share of draws in which an arm is the
best for her is its weight (Agrawal and Goyal, 2013; with the draws made beforehand).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtr

Floats = NDArray[np.float64]

LEAST = 100
"""Units in each arm before weights leave those of the document, at most `EXPLORED_FIRST` in all."""
EXPLORED_FIRST = 1_000
FLOORS_MOST = 0.1
"""The most that all floors together may take."""
BATCH = 500
"""Units after which evidence has faded once by the experiment's ``memory``."""
_GRID = 501
_PRECISION = 4.0
"""Of the prior that pulls an arm's coefficients to those of all arms together."""
DRAWS = 128


class Evidence(msgspec.Struct, frozen=True):
    """An arm's faded evidence: units, sum of rewards, sum of their squares; ``seen`` are units unfaded."""

    n: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    seen: int = 0


def best_of_proportions(successes: Floats, units: Floats) -> Floats:
    """The chance that each arm's success rate is the highest, under uniform priors."""
    a, b = successes + 1.0, np.maximum(units - successes, 0.0) + 1.0
    mean = a / (a + b)
    sd = np.sqrt(mean * (1 - mean) / (a + b + 1))
    low, high = _span(mean, sd)
    x = np.linspace(max(low, 0.0), min(high, 1.0), _GRID)
    return _best(betainc(a[:, None], b[:, None], x[None, :]))


def best_of_means(means: Floats, variances: Floats) -> Floats:
    """The chance that each arm's mean is the highest, for normal posteriors with these variances."""
    sd = np.sqrt(np.maximum(variances, 1e-30))
    low, high = _span(means, sd)
    x = np.linspace(low, high, _GRID)
    return _best(ndtr((x[None, :] - means[:, None]) / sd[:, None]))


def _span(means: Floats, sd: Floats) -> tuple[float, float]:
    """Where the best one can be: not below the lowest end of the highest arm."""
    return float((means - 8 * sd).max()), float((means + 8 * sd).max())


def _best(below: Floats) -> Floats:
    """From the distribution functions on a grid (arms by points): the chance to be the highest. Below the
    grid no arm is the best but by a hair; each interval of the grid gives its mass to the arm it is of."""
    logs = np.log(np.maximum(below, 1e-300))
    middle = (logs[:, 1:] + logs[:, :-1]) / 2
    others = np.exp(middle.sum(axis=0)[None, :] - middle)
    mass = np.diff(below, axis=1) * others
    chance: Floats = mass.sum(axis=1)
    total = float(chance.sum())
    return chance / total if total > 0 else np.full(len(chance), 1 / len(chance))


def floored(weights: Floats, floor: float) -> Floats:
    """The weights with a floor added to each: ``floor + (1 - n floor) weight``. They sum to 1."""
    least = min(floor, FLOORS_MOST / len(weights))
    mixed: Floats = least + (1 - len(weights) * least) * weights
    mixed /= mixed.sum()
    return mixed


def weighed(evidence: Sequence[Evidence], planned: Sequence[float], floor: float, *, binary: bool) -> Floats:
    """The weights of an experiment's arms. ``planned`` are those of its document, which stand until every
    arm has been seen a little; ``binary``: rewards are 0 or 1."""
    n = np.array([each.n for each in evidence])
    total = np.array([each.total for each in evidence])
    least = min(LEAST, EXPLORED_FIRST // len(evidence))
    if min(each.seen for each in evidence) < least:
        return floored(np.asarray(planned, np.float64), floor)
    if binary:
        return floored(best_of_proportions(total, n), floor)
    squares = np.array([each.squares for each in evidence])
    mean = total / np.maximum(n, 1.0)
    spread = np.maximum(squares / np.maximum(n, 1.0) - mean**2, 1e-12)
    return floored(best_of_means(mean, spread / np.maximum(n, 1.0)), floor)


class Linear(msgspec.Struct, frozen=True):
    """A contextual allocation: posterior draws of every arm's coefficients, ``(arms, draws, features)``."""

    draws: Floats

    def weights(self, features: Floats, floor: float) -> Floats:
        """The share of draws in which each arm is the best for these features, with the floor."""
        scores = self.draws @ features
        best = np.bincount(scores.argmax(axis=0), minlength=len(scores))
        return floored(best / scores.shape[1], floor)


def learned(
    features: Floats,
    arms: NDArray[np.int64],
    rewards: Floats,
    count: int,
    seed: int,
    fading: Floats | None = None,
) -> Linear:
    """The contextual allocation of ``count`` arms, from one row a decision.

    Each arm's coefficients have a normal posterior around those of all arms together, so that a new arm
    begins as an ordinary one and not as the worst. ``fading`` weighs the rows; ``seed`` is that of the draws.
    """
    width = features.shape[1]
    weight = np.ones(len(rewards)) if fading is None else fading
    eye = np.eye(width)
    everyone = features * weight[:, None]
    common = np.linalg.solve(everyone.T @ features + eye, everyone.T @ rewards)
    noise = float(np.average((rewards - features @ common) ** 2, weights=weight)) if len(rewards) else 0.25
    random = np.random.default_rng(seed)
    normal = random.standard_normal((count, DRAWS, width))
    draws = np.empty((count, DRAWS, width))
    for arm in range(count):
        mine = arms == arm
        x, w = features[mine], weight[mine]
        precision = (x * w[:, None]).T @ x + _PRECISION * eye
        center = common + np.linalg.solve(precision, (x * w[:, None]).T @ (rewards[mine] - x @ common))
        root = np.linalg.cholesky(np.linalg.inv(precision) * max(noise, 1e-9))
        draws[arm] = center + normal[arm] @ root.T
    return Linear(draws)
