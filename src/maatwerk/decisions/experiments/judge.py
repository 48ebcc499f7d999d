"""What an experiment says, decided on the always-valid interval of the absolute difference alone.

So that looking every day is no harm; arms are held against the control at a level that all of them share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.decisions.experiments.compare import benjamini_hochberg, compared
from maatwerk.decisions.experiments.intervals import SRM_ALPHA, srm
from maatwerk.decisions.experiments.metrics import MARGIN_KNOWN, ArmSums, summaries
from maatwerk.decisions.experiments.verdicts import (
    Difference,
    Results,
    Verdict,
    harmful,
    keeping,
    leading,
    mismatch,
    undecided,
    wanting,
)
from maatwerk.decisions.experiments.words import METRICS, Experiment


def judged(
    experiment: Experiment, arms: Sequence[ArmSums], *, now: int, currency: str, weights: Sequence[float] = ()
) -> Results:
    """The results. ``arms`` in any order, those without visitors may be missing; ``weights`` are what was
    meant to fall to each variant (those of the document where left out; none where allocation moves)."""
    by_key = {arm.variant: arm for arm in arms}
    ordered = tuple(by_key.get(key, ArmSums(key)) for key in experiment.keys)
    first = min((arm.first_at for arm in ordered if arm.visitors), default=now)
    days = max(now - first, 0) / DAY
    used = [place for place, weight in enumerate(experiment.weights) if weight > 0]
    meant = tuple(weights) or experiment.weights
    p = 1.0
    if experiment.allocation == "fixed":
        p = srm([ordered[place].visitors for place in used], [meant[place] for place in used])
    compared_arms = [ordered[place] for place in used if place > 0]
    differences = _corrected(
        [
            _difference(metric, ordered[0], arm, experiment.plan.alpha / max(len(compared_arms), 1))
            for arm in compared_arms
            for metric in METRICS
        ]
    )
    verdict = _verdict(experiment, ordered, differences, p, days, currency, meant)
    return Results(verdict, ordered, differences, p, days)


def _difference(metric: str, control: ArmSums, arm: ArmSums, alpha: float) -> Difference:
    if metric == "margin" and min(_known(control), _known(arm)) < MARGIN_KNOWN:
        return Difference(arm.variant, metric, why="the margin of what was sold is not known well enough")
    try:
        a, b = summaries(metric, control, arm)
        found = compared(a, b, alpha=alpha)
    except Refused as fault:
        return Difference(arm.variant, metric, why=fault.detail)
    assert found.low is not None
    assert found.high is not None
    lift = found.estimate / abs(a.plain) if a.plain else None
    return Difference(
        arm.variant, metric, found.estimate, found.low, found.high, lift, found.p_value, found.p_value
    )


def _known(arm: ArmSums) -> float:
    return arm.known / arm.listed if arm.listed else 1.0


def _corrected(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    said_at_all = [place for place, each in enumerate(differences) if not each.why]
    adjusted = benjamini_hochberg([differences[place].p_value for place in said_at_all])
    found = list(differences)
    for place, value in zip(said_at_all, adjusted, strict=True):
        found[place] = msgspec.structs.replace(found[place], adjusted=value)
    return tuple(found)


def _verdict(
    it: Experiment,
    arms: Sequence[ArmSums],
    differences: Sequence[Difference],
    p: float,
    days: float,
    currency: str,
    meant: Sequence[float],
) -> Verdict:
    total = sum(arm.visitors for arm in arms)
    if not total:
        return Verdict("nobody", "Nobody has been exposed yet.", "A placement that it changes must be shown.")
    if p < SRM_ALPHA:
        return mismatch(arms, meant, p)
    if it.allocation == "fixed" and (lacking := wanting(it.primary, arms, meant)):
        return Verdict("too_few", f"Too early to say: {', '.join(lacking)}.", "More visitors; nothing else.")
    primary = [each for each in differences if each.metric == it.primary]
    hurt = [each for each in differences if each.metric in it.guardrails and each.down]
    over = days >= it.plan.maximum_days
    better = [each for each in primary if each.up]
    unhurt = [each for each in better if each.variant not in {harm.variant for harm in hurt}]
    if better and not unhurt:
        return harmful(it, better[0], hurt[0], currency, final=over)
    if unhurt:
        return leading(it, max(unhurt, key=lambda each: each.estimate), days, currency)
    if primary and all(each.down for each in primary):
        return keeping(it, max(primary, key=lambda each: each.estimate), days, currency)
    best = max(primary, key=lambda each: -math.inf if math.isnan(each.estimate) else each.estimate)
    return undecided(it, best, arms, days, currency, over=over)
