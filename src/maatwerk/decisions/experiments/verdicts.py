"""Verdicts in words: one sentence a merchant can act on, and what would change it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.metrics import WORDINGS, ArmSums, said, summaries
from maatwerk.decisions.experiments.power import looked_at_daily
from maatwerk.decisions.experiments.readout import CONVERSIONS_LEAST, USERS_LEAST
from maatwerk.decisions.experiments.words import Experiment

State = Literal[
    "nobody", "mismatch", "too_few", "early", "undecided", "better", "worse", "guardrail", "no_difference"
]


class Difference(msgspec.Struct, frozen=True):
    """A variant's metric against control's. Absolute estimate and interval decide; ``lift`` and its
    interval are for reading. ``adjusted`` is the p-value among all that is compared here (Benjamini and
    Hochberg), ``why`` what is wanting where nothing can be said."""

    variant: str
    metric: str
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    lift: float | None = None
    p_value: float = 1.0
    adjusted: float = 1.0
    why: str = ""

    @property
    def up(self) -> bool:
        """Whether it is known to be more."""
        return self.low > 0

    @property
    def down(self) -> bool:
        """Whether it is known to be less."""
        return self.high < 0


class Verdict(msgspec.Struct, frozen=True):
    """The sentence, and what would change it. ``winner`` is the variant to give everybody, empty where none
    is known yet; ``final``: the plan is met, and it may be concluded."""

    state: State
    sentence: str
    change: str
    winner: str = ""
    final: bool = False


class Results(msgspec.Struct, frozen=True):
    """All that is known of an experiment."""

    verdict: Verdict
    arms: tuple[ArmSums, ...]
    differences: tuple[Difference, ...]
    srm_p: float = 1.0
    days: float = 0.0


def mismatch(arms: Sequence[ArmSums], meant: Sequence[float], p: float) -> Verdict:
    """The split came out otherwise than it was meant."""
    total, weight = sum(arm.visitors for arm in arms), sum(meant)
    off = max(
        zip(arms, meant, strict=True), key=lambda pair: abs(pair[0].visitors - total * pair[1] / weight)
    )
    arm, share = off
    return Verdict(
        "mismatch",
        f"Believe nothing yet: {arm.visitors:,} visitors have {arm.variant}, where "
        f"{total * share / weight:,.0f} were meant to (p = {p:.1g}).",
        "Something loses or moves visitors: a redirect, a cache, a page that only one arm reaches. Find it, "
        "and begin again under a new key.",
    )


def wanting(metric: str, arms: Sequence[ArmSums], meant: Sequence[float]) -> list[str]:
    """What each arm still lacks, in words."""
    wanting = []
    for arm, weight in zip(arms, meant, strict=True):
        if weight <= 0:
            continue
        if arm.visitors < USERS_LEAST:
            wanting.append(f"{arm.visitors:,} of {USERS_LEAST:,} visitors have {arm.variant}")
        elif (counted := arm.counted(metric)) < CONVERSIONS_LEAST:
            wanting.append(
                f"{counted:,} of {CONVERSIONS_LEAST} {WORDINGS[metric].counted} with {arm.variant}"
            )
    return wanting


def _reach(it: Experiment, each: Difference, currency: str) -> str:
    metric = each.metric
    low, high = (said(metric, end, currency, signed=True) for end in (each.low, each.high))
    lift = f"; {each.lift:+.1%}" if each.lift is not None else ""
    return f"{low} to {high}{lift}"


def _amount(each: Difference, currency: str) -> str:
    wording = WORDINGS[each.metric]
    what = wording.title[0].lower() + wording.title[1:]
    return f"{said(each.metric, each.estimate, currency, signed=True)} {what}"


def leading(it: Experiment, each: Difference, days: float, currency: str) -> Verdict:
    """A variant is known to be better."""
    reach = _reach(it, each, currency)
    amount = _amount(each, currency)
    guarded = ", and no guardrail is hurt" if it.guardrails else ""
    left = it.plan.minimum_days - days
    if left > 0:
        return Verdict(
            "early",
            f"Wait {_days(left)}: {each.variant} leads by {amount} ({reach}){guarded}, and the plan asks for "
            f"{it.plan.minimum_days} days.",
            "A week has other shoppers on its other days; a lead that is real will still be there.",
            each.variant,
        )
    return Verdict(
        "better",
        f"Publish {each.variant}: {amount} against {it.control.key} ({reach}){guarded}.",
        "An interval that came to hold zero again: the holdback goes on watching after it is published.",
        each.variant,
        final=True,
    )


def keeping(it: Experiment, best: Difference, days: float, currency: str) -> Verdict:
    """Every other variant is known to be worse."""
    left = it.plan.minimum_days - days
    others = "every other variant" if len(it.variants) > 2 else best.variant
    return Verdict(
        "worse",
        f"Keep {it.control.key}: {others} does worse, the best of them by {_amount(best, currency)} "
        f"({_reach(it, best, currency)}).",
        "Nothing that waiting would bring: the interval leaves zero out."
        if left <= 0
        else f"The plan asks for {_days(left)} more.",
        it.control.key,
        final=left <= 0,
    )


def harmful(it: Experiment, gain: Difference, harm: Difference, currency: str, *, final: bool) -> Verdict:
    """It is better, at the cost of a guardrail."""
    return Verdict(
        "guardrail",
        f"Do not publish {gain.variant}: it brings {_amount(gain, currency)}, but at the cost of "
        f"{_amount(harm, currency)} ({_reach(it, harm, currency)}).",
        f"A variant that does not hurt {WORDINGS[harm.metric].title.lower()}.",
        it.control.key if final else "",
        final=final,
    )


def undecided(
    it: Experiment, best: Difference, arms: Sequence[ArmSums], days: float, currency: str, *, over: bool
) -> Verdict:
    """No difference is known: go on, or after the plan's last day stay with the control."""
    if best.why:
        return Verdict(
            "undecided", f"Nothing can be said of {it.primary}: {best.why}.", "More of what it counts."
        )
    reach = _reach(it, best, currency)
    if over:
        return Verdict(
            "no_difference",
            f"Keep {it.control.key}: after {it.plan.maximum_days} days no difference was found; "
            f"{best.variant} is between {reach}.",
            "More visitors, or a bolder variant.",
            it.control.key,
            final=True,
        )
    return Verdict(
        "undecided",
        f"Keep it running: {best.variant} is between {reach} {WORDINGS[best.metric].title.lower()}, so "
        "neither is known to be better.",
        _pace(it, best, arms, days),
    )


def _pace(it: Experiment, best: Difference, arms: Sequence[ArmSums], days: float) -> str:
    """How long a difference worth seeing would take, at the pace so far."""
    treated = next(arm for arm in arms if arm.variant == best.variant)
    a, b = summaries(it.primary, arms[0], treated)
    smallest = min(arms[0].visitors, treated.visitors)
    try:
        needed = looked_at_daily(a.variance + b.variance, it.plan.detect * a.plain, it.plan.alpha)
    except Refused:
        return "More visitors."
    if needed <= smallest:
        return (
            f"A difference of {it.plan.detect:.0%} would most likely have shown by now: expect a smaller one."
        )
    if days < 1:
        return f"A difference of {it.plan.detect:.0%} takes about {needed:,} visitors in each arm."
    more = (needed - smallest) / (smallest / days)
    return f"At this pace a difference of {it.plan.detect:.0%} would show in about {_days(more)} more."


def _days(number: float) -> str:
    whole = max(math.ceil(number), 1)
    return f"{whole:,} day{'' if whole == 1 else 's'}"
