"""Two arms compared: a difference with its interval and p-value, absolute or relative.

Verdicts are taken on the absolute difference alone. The relative one divides by a mean that is itself
uncertain, and on heavy-tailed revenue its sequential interval is wrong far more often than it says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from scipy.special import betaln, ndtr, ndtri, stdtr, stdtrit

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.intervals import ALPHA, TUNING, evidence, widening
from maatwerk.decisions.experiments.summaries import Proportion, Summary

Method = Literal[
    "welch_t_two_sided",
    "welch_t_one_sided_greater",
    "welch_t_one_sided_lesser",
    "asymptotic_confidence_sequence_two_sided",
]
TWO_SIDED: Method = "welch_t_two_sided"
GREATER: Method = "welch_t_one_sided_greater"
LESSER: Method = "welch_t_one_sided_lesser"
SEQUENTIAL: Method = "asymptotic_confidence_sequence_two_sided"


class Found(msgspec.Struct, frozen=True):
    """Treated less control: estimate, standard error, interval (None: unbounded), p-value."""

    estimate: float
    se: float
    low: float | None
    high: float | None
    p_value: float


def compared(
    control: Summary,
    treated: Summary,
    *,
    method: Method = SEQUENTIAL,
    relative: bool = False,
    alpha: float = ALPHA,
    tuning: int = TUNING,
) -> Found:
    """The difference. Raises `Refused` where the arms cannot say one.

    Welch's t with Satterthwaite's degrees of freedom; the sequential one is the asymptotic confidence
    sequence of `maatwerk.decisions.experiments.intervals.difference`, its p-value always valid. A relative
    difference is one of the plain control mean, its variance by the delta method.
    """
    estimate, variance = _moments(control, treated, relative)
    se = math.sqrt(variance)
    if method == SEQUENTIAL:
        n = control.n + treated.n
        half = se * widening(n, alpha, tuning)
        return Found(
            estimate, se, estimate - half, estimate + half, evidence(estimate / se, n, alpha, tuning)
        )
    freedom = _freedom(control, treated)
    t = estimate / se
    if method == TWO_SIDED:
        half = se * float(stdtrit(freedom, 1 - alpha / 2))
        p = 2 * float(stdtr(freedom, -abs(t)))
        return Found(estimate, se, estimate - half, estimate + half, p)
    half = se * float(stdtrit(freedom, 1 - alpha))
    if method == GREATER:
        return Found(estimate, se, estimate - half, None, float(stdtr(freedom, -t)))
    if method == LESSER:
        return Found(estimate, se, None, estimate + half, float(stdtr(freedom, t)))
    raise Refused("method_not_known", f"there is no method {method!r}", field="method")


def _moments(control: Summary, treated: Summary, relative: bool) -> tuple[float, float]:
    if control.n < 2 or treated.n < 2:
        raise Refused("too_few_units", "too few visitors yet", field="n")
    estimate = treated.mean - control.mean
    variance = control.error + treated.error
    if relative:
        if control.plain == 0:
            raise Refused("control_is_zero", "nothing is relative to a control of zero", field="control")
        usual = abs(control.plain)
        lift = (treated.plain - control.plain) / control.plain
        turned = control.variance + 2 * lift * control.shared + lift**2 * control.plain_variance
        estimate /= usual
        variance = (treated.error + turned / control.n) / usual**2
    if not math.isfinite(estimate) or not variance > 0:
        raise Refused("no_variance", "nothing has happened yet that varies", field="variance")
    return estimate, variance


def _freedom(control: Summary, treated: Summary) -> float:
    a, b = control.error, treated.error
    return (a + b) ** 2 / (a**2 / (control.n - 1) + b**2 / (treated.n - 1))


class Belief(msgspec.Struct, frozen=True):
    """What is believed of a relative effect. For display: a chance to win is no reason to stop, because it
    crosses any threshold sooner or later where there is nothing."""

    chance_to_win: float
    mean: float
    sd: float
    low: float
    high: float
    risk: tuple[float, float]
    """The relative loss to be expected of staying with control, and of going with the treated arm."""


def believed(
    control: Summary,
    treated: Summary,
    *,
    prior: tuple[float, float] | None = None,
    inverse: bool = False,
    alpha: float = ALPHA,
) -> Belief:
    """The normal posterior of the relative effect; ``prior`` is its mean and standard deviation, None a flat
    one. ``inverse``: less is better."""
    estimate, variance = _moments(control, treated, relative=True)
    mean = estimate
    if prior is not None:
        if not prior[1] > 0:
            raise Refused("prior_not_valid", "its standard deviation is not above zero", field="prior.sd")
        precision = 1 / prior[1] ** 2
        mean = (precision * prior[0] + estimate / variance) / (precision + 1 / variance)
        variance = 1 / (precision + 1 / variance)
    sd = math.sqrt(variance)
    chance = float(ndtr(mean / sd))
    density = math.exp(-((mean / sd) ** 2) / 2) / math.sqrt(2 * math.pi)
    gain = mean * chance + sd * density
    half = sd * float(ndtri(1 - alpha / 2))
    risk = (gain - mean, gain) if inverse else (gain, gain - mean)
    return Belief(1 - chance if inverse else chance, mean, sd, mean - half, mean + half, risk)


def beats(control: Proportion, treated: Proportion) -> float:
    """The chance that the treated proportion is above control's, both of a uniform prior: closed form.

    Evan Miller, "Formulas for Bayesian A/B testing": a finite sum over the successes of the treated arm,
    taken in logarithms so that large counts do not overflow.
    """
    a, b = control.sum + 1, control.n - control.sum + 1
    c, d = treated.sum + 1, treated.n - treated.sum + 1
    i = np.arange(int(c), dtype=np.float64)
    logs = betaln(a + i, b + d) - np.log(d + i) - betaln(1 + i, d) - betaln(a, b)
    return float(min(np.exp(logs).sum(), 1.0))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values after Holm's step-down correction: the chance of even one false finding is held."""
    count = len(p_values)
    adjusted = [0.0] * count
    highest = 0.0
    for rank, place in enumerate(sorted(range(count), key=lambda each: p_values[each])):
        highest = max(highest, min(1.0, (count - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """P-values after Benjamini and Hochberg: the share of false ones among the findings is held."""
    count = len(p_values)
    adjusted = [0.0] * count
    least = 1.0
    order = sorted(range(count), key=lambda each: p_values[each], reverse=True)
    for rank, place in enumerate(order):
        least = min(least, p_values[place] * count / (count - rank))
        adjusted[place] = least
    return adjusted
