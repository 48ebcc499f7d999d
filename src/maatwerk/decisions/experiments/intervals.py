"""Intervals that may be looked at every day, and the check that a split came out as it was meant.

Sums are frozen and addable, so that parts of a log can be summed apart and put together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
from scipy.special import gammaincc

ALPHA = 0.05
TUNING = 5_000
"""The number of visitors at which the interval is narrowest for what it promises."""
SRM_ALPHA = 0.001


class Sample(msgspec.Struct, frozen=True):
    """One arm's sufficient statistics of a metric with one value a unit: count, sum, sum of squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: Sample) -> Sample:
        return Sample(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """The mean value of a unit."""
        return self.total / self.n if self.n else math.nan

    @property
    def variance(self) -> float:
        """The unbiased variance between units."""
        if self.n < 2:
            return math.nan
        return max(self.squares - self.total * self.total / self.n, 0.0) / (self.n - 1)


class Difference(msgspec.Struct, frozen=True):
    """The absolute difference of two means, with the interval that holds it at every look."""

    estimate: float
    se: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval says which sign it has."""
        return self.low > 0 or self.high < 0


def sample(values: Sequence[float]) -> Sample:
    """The statistics of some values."""
    return Sample(len(values), math.fsum(values), math.fsum(value * value for value in values))


def difference(treated: Sample, control: Sample, alpha: float = ALPHA, tuning: int = TUNING) -> Difference:
    """Treated less control, with an asymptotic confidence sequence of level ``1 - alpha``.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic
    confidence sequences" (2024), theorem 2.2 (equation 9 of its preprint), at the size ``tuning``. It may be
    looked at after every visitor. Taken on the absolute difference on purpose: on the relative lift of
    heavy-tailed revenue it is wrong far more often than it says. Arms of fewer than two units give NaN.
    """
    estimate = treated.mean - control.mean
    if treated.n < 2 or control.n < 2:
        return Difference(estimate, math.nan, math.nan, math.nan)
    se = math.sqrt(treated.variance / treated.n + control.variance / control.n)
    half = se * widening(treated.n + control.n, alpha, tuning)
    return Difference(estimate, se, estimate - half, estimate + half)


def srm(users: Sequence[int], weights: Sequence[float]) -> float:
    """The p-value of Pearson's chi-squared test that units fell to the arms by ``weights``.

    A sample ratio mismatch (p < 0.001) means that something lost or moved units, and no difference
    between the arms may be believed.
    """
    total, weight = sum(users), sum(weights)
    if not total:
        return 1.0
    expected = [total * each / weight for each in weights]
    statistic = sum(
        (count - mean) ** 2 / mean for count, mean in zip(users, expected, strict=True) if mean > 0
    )
    return float(gammaincc((len(users) - 1) / 2, statistic / 2))


def widening(n: int, alpha: float, tuning: int) -> float:
    """How many standard errors the interval reaches to either side, at ``n`` units in both arms."""
    rho2 = _rho2(alpha, tuning)
    reach = n * rho2 + 1
    return math.sqrt(2 * reach / (n * rho2) * math.log(math.sqrt(reach) / alpha))


def evidence(score: float, n: int, alpha: float, tuning: int) -> float:
    """The always-valid p-value of a difference of ``score`` standard errors: below ``alpha`` exactly where
    the interval leaves zero out, and never above 1."""
    rho2 = _rho2(alpha, tuning)
    reach = n * rho2 + 1
    log_e = rho2 * score**2 * n / (2 * reach) - math.log(reach) / 2
    return math.exp(-max(log_e, 0.0))


def _rho2(alpha: float, tuning: int) -> float:
    spread = -2 * math.log(alpha)
    return (spread + math.log(spread + 1)) / tuning
