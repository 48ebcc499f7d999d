"""One arm of an experiment in sums, for each kind of metric: proportion, mean, ratio, CUPED.

Sums are addable, so that parts of a log can be summed apart. Each answers its `Summary`: the mean that is
compared, and the variance that one unit adds to it. The unit is always the shopper who was assigned: a
metric counted over her orders or clicks is a ratio of two sums over shoppers, and its variance comes by the
delta method (Deng, Knoblich and Lu, "Applying the delta method in metric analytics", KDD 2018).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.intervals import Sample

Floats = NDArray[np.float64]


class Summary(msgspec.Struct, frozen=True):
    """Units, the mean compared, and the variance of one unit.

    ``plain`` is the mean before any adjustment, which a relative difference is relative to;
    ``plain_variance`` is that of one unit, ``shared`` its covariance with the adjusted value. Without an
    adjustment all three are the same.
    """

    n: int
    mean: float
    variance: float
    plain: float
    plain_variance: float
    shared: float

    @property
    def error(self) -> float:
        """The variance of the mean."""
        return self.variance / self.n if self.n else math.nan


def plainly(n: int, mean: float, variance: float) -> Summary:
    """The summary of what nothing was adjusted in."""
    return Summary(n, mean, variance, mean, variance, variance)


class Proportion(msgspec.Struct, frozen=True):
    """Units, and how many of them did it. Variance p(1-p)."""

    n: int = 0
    sum: float = 0.0

    def __add__(self, other: Proportion) -> Proportion:
        return Proportion(self.n + other.n, self.sum + other.sum)

    def summary(self) -> Summary:
        """The share that did it."""
        if not 0 <= self.sum <= self.n:
            raise Refused("not_a_proportion", f"{self.sum:g} of {self.n} did it", field="sum")
        share = self.sum / self.n if self.n else math.nan
        return plainly(self.n, share, share * (1 - share))


def mean_of(sample: Sample) -> Summary:
    """The summary of a metric with one value a unit."""
    return plainly(sample.n, sample.mean, sample.variance)


class Pairs(msgspec.Struct, frozen=True):
    """Two values a unit: counts, sums, sums of squares, and the sum of their products."""

    n: int = 0
    x: float = 0.0
    xx: float = 0.0
    y: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    def __add__(self, other: Pairs) -> Pairs:
        return Pairs(
            self.n + other.n,
            self.x + other.x,
            self.xx + other.xx,
            self.y + other.y,
            self.yy + other.yy,
            self.xy + other.xy,
        )

    @property
    def covariance(self) -> float:
        """The unbiased covariance between units."""
        return (self.xy - self.x * self.y / self.n) / (self.n - 1) if self.n > 1 else math.nan

    @property
    def first(self) -> Sample:
        """The first of the two alone."""
        return Sample(self.n, self.x, self.xx)

    @property
    def second(self) -> Sample:
        """The second of the two alone."""
        return Sample(self.n, self.y, self.yy)

    def ratio(self) -> Summary:
        """Sum over sum, x over y: order value, clicks an impression. NaN where y sums to nothing."""
        top, bottom = self.first, self.second
        if not self.n or bottom.total == 0:
            return plainly(self.n, math.nan, math.nan)
        mean, under = top.mean, bottom.mean
        variance = (
            top.variance / under**2
            + bottom.variance * mean**2 / under**4
            - 2 * self.covariance * mean / under**3
        )
        return plainly(self.n, mean / under, max(variance, 0.0))


def pairs(first: Sequence[float] | Floats, second: Sequence[float] | Floats) -> Pairs:
    """The sums of two values a unit."""
    x, y = np.asarray(first, np.float64), np.asarray(second, np.float64)
    return Pairs(len(x), float(x.sum()), float(x @ x), float(y.sum()), float(y @ y), float(x @ y))


def cuped(control: Pairs, treated: Pairs) -> tuple[Summary, Summary]:
    """What x came to, less what y of before the experiment foretold: the same means, with less noise.

    One slope, pooled over the arms. Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online
    controlled experiments by utilizing pre-experiment data" (WSDM 2013).
    """
    both = control + treated
    spread = both.second.variance
    theta = both.covariance / spread if spread > 0 else 0.0
    return _adjusted(control, theta), _adjusted(treated, theta)


def _adjusted(arm: Pairs, theta: float) -> Summary:
    after, before = arm.first, arm.second
    variance = after.variance + theta**2 * before.variance - 2 * theta * arm.covariance
    shared = after.variance - theta * arm.covariance
    adjusted = after.mean - theta * before.mean
    return Summary(arm.n, adjusted, max(variance, 0.0), after.mean, after.variance, shared)


def cap_at(values: Sequence[float] | Floats, quantile: float) -> float:
    """The winsorizing cap: a quantile of the values above zero of all arms together; infinite where there
    are none, or the quantile is 1. One cap for all arms, or the cap itself would make a difference."""
    array = np.asarray(values, np.float64)
    above = array[array > 0]
    if quantile >= 1 or not len(above):
        return math.inf
    return float(np.quantile(above, quantile))
