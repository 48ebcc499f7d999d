"""Whom a treatment moves: the difference it makes for each person, learnt from those it was tried on.

An R-learner (Nie and Wager, "Quasi-oracle estimation of heterogeneous treatment effects", 2021) over boosted
stumps: the outcome less what anybody with these features does, against the treatment less its share. An
additive model, because with the few thousand cases that a shop has, pairs of features are mostly noise. It
abstains where the arms do not differ: neither in the mean, nor for those it believes to differ.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.errors import Refused

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDS = 150
RATE = 0.1
LEAF = 300
RIDGE = 100.0
BINS = 16
ROWS_SHARE = 0.7
BAGS = 4
SURE = 2.58
"""Standard errors from nothing, before anything is said to differ: one false alarm in a hundred."""


class Uplift(msgspec.Struct, frozen=True):
    """What was learnt. ``effect`` is the mean difference with its standard error; ``slope`` of real on
    believed differences (1: as believed), out of fold, with its own. ``differs``: whether anything does."""

    edges: tuple[Floats, ...]
    stumps: tuple[tuple[int, int, float, float], ...]
    base: float
    effect: float
    effect_se: float
    slope: float
    slope_se: float

    @property
    def differs(self) -> bool:
        """Whether the arms differ at all, in the mean or for some."""
        return abs(self.effect) > SURE * self.effect_se or self.slope > SURE * self.slope_se

    def scores(self, features: Floats) -> Floats:
        """The difference the treatment makes for each row. Where nothing differs, nobody's is."""
        if not self.differs:
            return np.zeros(len(features))
        return _applied(self.stumps, self.base, _binned(features, self.edges)) / BAGS


def learned(features: Floats, treated: Floats, outcomes: Floats, seed: int) -> Uplift:
    """Learn from a trial: ``treated`` is 1 where a row was treated, by chance. Raises `Refused` where it is
    too small."""
    n = len(outcomes)
    if n < 4 * LEAF or not 0.02 < float(treated.mean()) < 0.98:
        raise Refused("trial_too_small", f"{n:,} rows in two arms are too few to learn from", field="data")
    random = np.random.default_rng(seed)
    edges = tuple(np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in features.T)
    bins = _binned(features, edges)
    folds = random.permutation(n) % 2
    out_of_fold = np.empty(n)
    for fold in (0, 1):
        train = folds != fold
        stumps, base = _fitted(bins[train], features[train], treated[train], outcomes[train], edges, random)
        out_of_fold[~train] = _applied(stumps, base, bins[~train]) / BAGS
    slope, slope_se = _calibrated(out_of_fold, features, treated, outcomes)
    stumps, base = _fitted(bins, features, treated, outcomes, edges, random)
    a, b = outcomes[treated > 0], outcomes[treated == 0]
    se = math.sqrt(float(a.var(ddof=1)) / len(a) + float(b.var(ddof=1)) / len(b))
    return Uplift(edges, tuple(stumps), base, float(a.mean() - b.mean()), se, slope, slope_se)


def uplift_at(scores: Floats, treated: Floats, outcomes: Floats, share: float) -> float:
    """The difference between treated and others among the ``share`` with the highest scores; ties in
    order."""
    best = np.argsort(-scores, kind="stable")[: int(share * len(scores))]
    arm = treated[best] > 0
    if not arm.any() or arm.all():
        return math.nan
    return float(outcomes[best][arm].mean() - outcomes[best][~arm].mean())


def _binned(features: Floats, edges: tuple[Floats, ...]) -> Ints:
    columns = [
        np.searchsorted(edge, column, side="right") for edge, column in zip(edges, features.T, strict=True)
    ]
    return np.stack(columns, axis=1).astype(np.int64)


def _usual(features: Floats, outcomes: Floats) -> Floats:
    """What anybody with these features does: ridge regression."""
    spread = features.std(axis=0)
    x = np.c_[np.ones(len(features)), (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)]
    ridge = np.diag([0.0] + [RIDGE] * features.shape[1])
    usual: Floats = x @ np.linalg.solve(x.T @ x + ridge, x.T @ outcomes)
    return usual


def _fitted(
    bins: Ints,
    features: Floats,
    treated: Floats,
    outcomes: Floats,
    edges: tuple[Floats, ...],
    random: np.random.Generator,
) -> tuple[list[tuple[int, int, float, float]], float]:
    """Stumps of `BAGS` boosted runs, each on its own chance, and the sum of their constants."""
    weight = treated - float(treated.mean())
    rest = outcomes - _usual(features, outcomes)
    stumps: list[tuple[int, int, float, float]] = []
    start = float(weight @ rest) / float(weight @ weight)
    for _ in range(BAGS):
        found = np.full(len(rest), start)
        for _ in range(ROUNDS):
            rows = np.flatnonzero(random.random(len(rest)) < ROWS_SHARE)
            stump = _stump(bins[rows], weight[rows], rest[rows] - weight[rows] * found[rows], edges)
            if stump is None:
                continue
            stumps.append(stump)
            feature, cut, low, high = stump
            found += np.where(bins[:, feature] <= cut, low, high)
    return stumps, start * BAGS


def _stump(
    bins: Ints, weight: Floats, rest: Floats, edges: tuple[Floats, ...]
) -> tuple[int, int, float, float] | None:
    """The one cut that explains most of what is left, shrunk by the learning rate."""
    pull, mass = weight * rest, weight * weight
    all_pull, all_mass, n = float(pull.sum()), float(mass.sum()), len(rest)
    best: tuple[float, int, int, float, float] | None = None
    for feature, edge in enumerate(edges):
        if not len(edge):
            continue
        mine, count = bins[:, feature], len(edge) + 1
        low = np.cumsum(np.bincount(mine, pull, count))[:-1]
        under = np.cumsum(np.bincount(mine, mass, count))[:-1]
        rows = np.cumsum(np.bincount(mine, minlength=count))[:-1]
        gains = low**2 / (under + RIDGE) + (all_pull - low) ** 2 / (all_mass - under + RIDGE)
        gains = np.where((rows >= LEAF * ROWS_SHARE) & (n - rows >= LEAF * ROWS_SHARE), gains, -1.0)
        cut = int(gains.argmax())
        if gains[cut] > 0 and (best is None or gains[cut] > best[0]):
            left = float(low[cut] / (under[cut] + RIDGE))
            right = float((all_pull - low[cut]) / (all_mass - under[cut] + RIDGE))
            best = (float(gains[cut]), feature, cut, RATE * left, RATE * right)
    return best[1:] if best else None


def _applied(stumps: list[tuple[int, int, float, float]] | tuple[tuple[int, int, float, float], ...],
             base: float, bins: Ints) -> Floats:  # fmt: skip
    found = np.full(len(bins), base)
    for feature, cut, low, high in stumps:
        found += np.where(bins[:, feature] <= cut, low, high)
    return found


def _calibrated(believed: Floats, features: Floats, treated: Floats, outcomes: Floats) -> tuple[float, float]:
    """How real differences grow with believed ones, slope and standard error (Chernozhukov and others, 2018:
    the best linear predictor)."""
    weight = treated - float(treated.mean())
    spread = believed - float(believed.mean())
    if not spread.any():
        return 0.0, 1.0
    x = np.c_[weight, weight * spread]
    rest = outcomes - _usual(features, outcomes)
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ rest
    left = rest - x @ beta
    robust = inverse @ ((x * left[:, None] ** 2).T @ x) @ inverse
    return float(beta[1]), math.sqrt(float(robust[1, 1]))
