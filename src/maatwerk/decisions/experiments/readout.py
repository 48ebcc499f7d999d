"""What a holdout says Maatwerk adds: a verdict in money with its interval, or what is still missing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import msgspec

from maatwerk.decisions.experiments.assign import held_out
from maatwerk.decisions.experiments.intervals import (
    ALPHA,
    SRM_ALPHA,
    TUNING,
    Difference,
    Sample,
    difference,
    srm,
)

USERS_LEAST = 1_000
CONVERSIONS_LEAST = 25
"""In each arm, before any verdict: with fewer the interval is wrong more often than it says."""

State = Literal["no_holdout", "too_few", "mismatch", "undecided", "adds", "costs"]


class Arm(msgspec.Struct, frozen=True):
    """One arm: revenue a visitor (minor units), and how many visitors ordered. Addable."""

    revenue: Sample = Sample()
    converted: int = 0

    def __add__(self, other: Arm) -> Arm:
        return Arm(self.revenue + other.revenue, self.converted + other.converted)

    @property
    def visitors(self) -> int:
        """Units in the arm."""
        return self.revenue.n

    def with_one(self, revenue_minor: float, orders: int) -> Arm:
        """The arm with one visitor more."""
        return self + Arm(Sample(1, revenue_minor, revenue_minor * revenue_minor), int(orders > 0))


class Readout(msgspec.Struct, frozen=True):
    """The comparison as it stands.

    ``difference`` is in minor units a visitor, absolute, valid however often it is looked at; ``added_minor``
    and its bounds are that times the treated visitors. ``missing`` says what is wanting, in words.
    """

    state: State
    treated: Arm = Arm()
    holdout: Arm = Arm()
    share: float = 0.0
    srm_p: float = 1.0
    difference: Difference | None = None
    missing: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the sign of the difference is known."""
        return self.state in ("adds", "costs")

    @property
    def added_minor(self) -> tuple[float, float, float] | None:
        """Money added to all treated visitors so far: estimate, low and high, in minor units."""
        if self.difference is None:
            return None
        n, it = self.treated.visitors, self.difference
        return it.estimate * n, it.low * n, it.high * n

    @property
    def lift(self) -> float | None:
        """The difference as a share of the holdout's revenue a visitor: for display, never for a verdict."""
        usual = self.holdout.revenue.mean
        return self.difference.estimate / usual if self.difference and usual > 0 else None


def split(visitors: Iterable[tuple[str, int, float]], share: float) -> tuple[Arm, Arm]:
    """Treated and holdout, from ``(anonymous id at first exposure, orders, revenue in minor units)``.

    The arm is the hash that decides with; the same visitor may be given once only.
    """
    counts = {True: 0, False: 0}
    converted = {True: 0, False: 0}
    values: dict[bool, list[float]] = {True: [], False: []}
    for anonymous_id, orders, revenue in visitors:
        arm = held_out(anonymous_id, share)
        counts[arm] += 1
        converted[arm] += orders > 0
        if revenue:
            values[arm].append(revenue)
    treated, holdout = (
        Arm(
            Sample(counts[arm], math.fsum(values[arm]), math.fsum(value * value for value in values[arm])),
            converted[arm],
        )
        for arm in (False, True)
    )
    return treated, holdout


def readout(treated: Arm, holdout: Arm, share: float, alpha: float = ALPHA, tuning: int = TUNING) -> Readout:
    """The verdict, or why there is none yet. ``share`` is the holdout's, in [0, 1]."""
    if not 0 < share < 1:
        return Readout("no_holdout", treated, holdout, share)
    p = srm((holdout.visitors, treated.visitors), (share, 1 - share))
    missing = (*_missing(treated, "personal arm"), *_missing(holdout, "holdout"))
    if p < SRM_ALPHA:
        return Readout("mismatch", treated, holdout, share, p, missing=missing)
    if missing:
        return Readout("too_few", treated, holdout, share, p, missing=missing)
    found = difference(treated.revenue, holdout.revenue, alpha, tuning)
    state: State = "undecided"
    if found.excludes_zero:
        state = "adds" if found.estimate > 0 else "costs"
    return Readout(state, treated, holdout, share, p, found)


def _missing(arm: Arm, name: str) -> list[str]:
    words = []
    if arm.visitors < USERS_LEAST:
        words.append(f"{arm.visitors:,} of {USERS_LEAST:,} visitors in the {name}")
    if arm.converted < CONVERSIONS_LEAST:
        words.append(f"{arm.converted} of {CONVERSIONS_LEAST} buyers in the {name}")
    return words
