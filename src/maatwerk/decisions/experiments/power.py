"""Planned beforehand: how many shoppers a difference needs to be seen, and how many days that takes."""

from __future__ import annotations

import math

import msgspec
from scipy.special import ndtr, ndtri

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.intervals import ALPHA, TUNING, widening

POWER = 0.8
_MOST = 10**10


class Plan(msgspec.Struct, frozen=True):
    """Shoppers an arm, and days: for one look at the end, and for an interval that is looked at every day
    (which costs more shoppers, and may end sooner). None where the days are not known."""

    per_arm_once: int
    per_arm_daily: int
    days_once: int | None = None
    days_daily: int | None = None


def for_proportion(baseline: float, relative: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Units an arm to see a proportion change by ``relative`` of itself: two-proportion z, unpooled."""
    changed = baseline * (1 + relative)
    if not 0 < baseline < 1 or not 0 < changed < 1 or relative == 0:
        raise Refused(
            "plan_not_valid", f"a share of {baseline:g} that becomes {changed:g} cannot be planned for"
        )
    variance = baseline * (1 - baseline) + changed * (1 - changed)
    return for_mean(variance, changed - baseline, alpha, power)


def for_mean(variance: float, difference: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Units an arm to see a difference of means; ``variance`` is the sum of both arms' unit variances."""
    if not variance > 0 or difference == 0:
        raise Refused("plan_not_valid", "a plan needs some variance, and a difference above zero")
    z = float(ndtri(1 - alpha / 2) + ndtri(power))
    return math.ceil(z**2 * variance / difference**2)


def looked_at_daily(
    variance: float, difference: float, alpha: float = ALPHA, power: float = POWER, tuning: int = TUNING
) -> int:
    """The same for the interval that may be looked at every day, at its last look."""
    for_mean(variance, difference, alpha, power)

    def seen(n: int) -> bool:
        score = abs(difference) / math.sqrt(variance / n)
        return float(ndtr(score - widening(2 * n, alpha, tuning))) >= power

    low, high = 1, 2
    while not seen(high):
        low, high = high, high * 2
        if high > _MOST:
            raise Refused("plan_not_valid", "no number of shoppers would show so small a difference")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def detectable(variance: float, per_arm: int, alpha: float = ALPHA, power: float = POWER) -> float:
    """The least difference that so many units an arm show, in one look at the end."""
    if per_arm < 1:
        return math.inf
    return float(ndtri(1 - alpha / 2) + ndtri(power)) * math.sqrt(variance / per_arm)


def plan(
    baseline: float,
    relative: float,
    *,
    arms: int = 2,
    daily_visitors: float = 0.0,
    coverage: float = 1.0,
    alpha: float = ALPHA,
    power: float = POWER,
) -> Plan:
    """Shoppers and days for a change of a conversion, with ``arms`` compared to the first at ``alpha`` in
    all (Bonferroni). ``daily_visitors`` are new ones; ``coverage`` is the share of them that takes part."""
    each = alpha / max(arms - 1, 1)
    once = for_proportion(baseline, relative, each, power)
    changed = baseline * (1 + relative)
    variance = baseline * (1 - baseline) + changed * (1 - changed)
    daily = looked_at_daily(variance, changed - baseline, each, power)
    return Plan(
        once, daily, _days(once, arms, daily_visitors, coverage), _days(daily, arms, daily_visitors, coverage)
    )


def _days(per_arm: int, arms: int, daily: float, coverage: float) -> int | None:
    return math.ceil(per_arm * arms / (daily * coverage)) if daily * coverage > 0 else None
