"""A shopper's variant of one experiment, without a page: assignment, and the shop's own feature flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.board import Assigned
from maatwerk.decisions.experiments.words import Experiment, parse_experiment
from maatwerk.flows.asking import asker
from maatwerk.flows.decide import Ask, Deciding
from maatwerk.flows.expose import arm_of, exposures
from maatwerk.flows.record import Asked

KIND = "experiment"
_PURPOSES = ("storage", "personalization", "analytics")

Reason = Literal["SPLIT", "STATIC", "DEFAULT", "DISABLED"]


class Flag(msgspec.Struct, frozen=True):
    """A flag's value for somebody. ``reason`` is one of OpenFeature's."""

    key: str
    value: Any
    variant: str
    reason: Reason
    counted: bool


def arms(
    deciding: Deciding, ask: Ask, asked: Asked, keys: Sequence[str], *, signed: bool = False
) -> tuple[dict[str, Assigned], Sequence[Any]]:
    """Her arm of each experiment, and the exposures that were not noted before. Raises `Refused` for an
    experiment that does not exist."""
    now = deciding.recording.clock()
    deciding.knowledge.refresh(now)
    who = asker(deciding, ask, asked, now, signed=signed)
    may = who.arm == "treated" and all(who.consent[purpose] for purpose in _PURPOSES)
    unit = ask.anonymous_id or ask.user_id
    found = {}
    for key in keys:
        experiment = deciding.varied.board.experiments.get(key)
        if experiment is None:
            found[key] = Assigned(key, _draft(deciding, key).control.key)
        else:
            found[key] = arm_of(key, experiment, who.shopper, unit, who.question, may)
    new = exposures(found.values(), who.shopper, ask.anonymous_id, ask.user_id, now, ask.context.store)
    return found, new


def flags(
    deciding: Deciding, ask: Ask, asked: Asked, keys: Sequence[str] | None = None
) -> tuple[list[Flag], Sequence[Any]]:
    """The flags of these keys, or all there are; and the exposures to note where they are put to use."""
    if keys is None:
        keys = [rule.key for rule in deciding.knowledge.rules.of(KIND)]
    found, new = arms(deciding, ask, asked, keys)
    return [_flag(_draft(deciding, key), arm) for key, arm in found.items()], new


async def put_to_use(deciding: Deciding, new: Sequence[Any]) -> None:
    """Note exposures, durably."""
    if new:
        await deciding.recording.log.append(list(new), [], [])


def definitions(experiments: Mapping[str, Experiment]) -> list[dict[str, Any]]:
    """What a browser needs to assign by itself: experiments that neither an audience nor moving weights
    decide on."""
    return [
        {
            "key": key,
            "state": each.state,
            "variants": list(each.keys),
            "weights": list(each.weights),
            "share": each.share,
            "exclusive": [each.exclusive.group, each.exclusive.start, each.exclusive.end]
            if each.exclusive
            else None,
            "winner": each.winner,
            "holdback": each.plan.holdback,
        }
        for key, each in sorted(experiments.items())
        if not each.audience and each.allocation == "fixed"
    ]


def _draft(deciding: Deciding, key: str) -> Experiment:
    rule = deciding.knowledge.rules.get(KIND, key)
    if rule is None or rule.document is None:
        raise Refused(
            "experiment_not_found", f"there is no experiment {key[:80]!r}", field="experiment", status=404
        )
    return parse_experiment(key, rule.document)


def _flag(experiment: Experiment, arm: Assigned) -> Flag:
    values = {variant.key: variant.value for variant in experiment.variants}
    value = values[arm.variant]
    if all(each is None for each in values.values()):
        value = arm.variant != experiment.control.key
    reason: Reason = "SPLIT" if arm.counted else "DEFAULT"
    if experiment.state == "concluded" and arm.variant == experiment.winner:
        reason = "STATIC"
    elif experiment.state in ("draft", "paused"):
        reason = "DISABLED"
    return Flag(arm.experiment, value, arm.variant, reason, arm.counted)
