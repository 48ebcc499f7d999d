"""What is refused of a journey as a whole: a step that leads nowhere, a ring without a wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from maatwerk.core.conditions import RefusedCondition
from maatwerk.core.errors import Refused
from maatwerk.core.time import parse_time
from maatwerk.decisions.journeys.document import (
    CHANNELS,
    STEPS_MOST,
    VERBS,
    WAITING,
    Journey,
    Step,
    duration,
)
from maatwerk.decisions.journeys.moments import parse_schedule, parse_until
from maatwerk.decisions.journeys.seeing import about, happening
from maatwerk.events.names import canonical_name

Audiences = Mapping[str, dict[str, Any]]


def check(key: str, journey: Journey, audiences: Audiences) -> None:
    """Raises `Refused` naming the field and the step. ``audiences`` are the documents in force."""
    _trigger(key, journey, audiences)
    if not 1 <= len(journey.steps) <= STEPS_MOST:
        raise refused(key, f"a journey has 1 to {STEPS_MOST} steps", "steps")
    if not 0 <= journey.priority <= 100:
        raise refused(key, "a priority is from 0 to 100", "priority")
    keys = [step.key for step in journey.steps]
    twice = next((each for each in keys if keys.count(each) > 1 or not each), None)
    if twice is not None:
        raise refused(key, f"two steps are called {twice!r}" if twice else "a step has a key", "steps")
    for step in journey.steps:
        _step(key, step, set(keys), audiences)
    _rings(key, journey)
    with field(key, "again"):
        journey.again_ms()
    for name, text in (("starts", journey.starts), ("ends", journey.ends)):
        if text:
            parse_time(text, f"journey.{key}.{name}")
    for name, text in (("when", journey.when), ("exit.when", journey.exit.when)):
        if text:
            with field(key, name):
                about(text, audiences)
    if journey.goal:
        with field(key, "goal.within"):
            duration(journey.goal.within)


class field:
    """Names the field that a refusal inside is about."""

    def __init__(self, key: str, name: str) -> None:
        self._name = f"journey.{key}.{name}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: object, trace: object) -> None:
        if isinstance(fault, RefusedCondition | Refused):
            raise Refused(fault.code, fault.detail, field=self._name, hint=fault.hint) from None


def refused(key: str, detail: str, name: str = "", hint: str = "") -> Refused:
    """A refusal of this room."""
    return Refused(
        "journey_not_valid", detail, field=f"journey.{key}.{name}" if name else f"journey.{key}", hint=hint
    )


def _trigger(key: str, journey: Journey, audiences: Audiences) -> None:
    trigger = journey.trigger
    given = [
        name
        for name in ("event", "enters", "leaves", "date", "catalog", "schedule", "api")
        if getattr(trigger, name)
    ]
    if len(given) != 1:
        raise refused(
            key,
            "a journey is begun by exactly one thing",
            "trigger",
            "event, enters, leaves, date, catalog, schedule or api",
        )
    for name in (trigger.enters, trigger.leaves, trigger.audience):
        _audience(key, name, audiences, "trigger")
    if trigger.audience and not trigger.schedule:
        raise refused(key, "an audience is gone through on a schedule", "trigger.audience")
    if trigger.where:
        if not trigger.event:
            raise refused(key, "a happening is asked of where an event begins it", "trigger.where")
        with field(key, "trigger.where"):
            happening(trigger.where)
    if trigger.schedule:
        with field(key, "trigger.schedule"):
            parse_schedule(trigger.schedule)
    if trigger.catalog and trigger.per != "product":
        raise refused(key, "what happens to a product is kept per product", "trigger.per")
    if not 0 <= trigger.drop < 1:
        raise refused(key, "a drop is a share from 0 to 1", "trigger.drop")


def _audience(key: str, name: str, audiences: Audiences, where: str) -> None:
    if name and name not in audiences:
        raise Refused(
            "audience_not_found",
            f"names the audience {name!r}, which does not exist",
            field=f"journey.{key}.{where}",
            hint="publish the audience first, or with it",
        )


def _step(key: str, step: Step, keys: set[str], audiences: Audiences) -> None:
    where = f"steps.{step.key}"
    given = [verb for verb, name in VERBS.items() if getattr(step, name)]
    if len(given) != 1:
        raise refused(
            key,
            f"a step does one thing, and this {' and '.join(given) if given else 'nothing'}",
            where,
            f"one of {', '.join(VERBS)}",
        )
    for name in targets(step):
        if name not in keys:
            raise refused(key, f"leads to {name!r}, which is no step", where)
    with field(key, where):
        _CHECKS.get(step.verb, _nothing)(step, audiences)
        for text in (step.window, step.offset):
            if text:
                duration(text)


def _wait(step: Step, audiences: Audiences) -> None:
    if duration(step.wait) < 0:
        raise Refused("journey_not_valid", "nobody waits backwards")


def _until(step: Step, audiences: Audiences) -> None:
    parse_until(step.until)


def _wait_for(step: Step, audiences: Audiences) -> None:
    if not step.within:
        raise Refused("journey_not_valid", "a wait for an event has an end", hint='such as within = "3d"')
    duration(step.within)


def _if(step: Step, audiences: Audiences) -> None:
    about(step.if_, audiences)
    if not step.then and not step.else_:
        raise Refused("journey_not_valid", "a condition leads somewhere", hint="then, else or both")


def _split(step: Step, audiences: Audiences) -> None:
    if sum(step.split.values()) <= 0 or min(step.split.values()) < 0:
        raise Refused("journey_not_valid", "shares of a split are positive")


def _experiment(step: Step, audiences: Audiences) -> None:
    if not step.arms:
        raise Refused("journey_not_valid", "an experiment says the step for each variant", hint="arms")


def _send(step: Step, audiences: Audiences) -> None:
    unknown = next((each for each in step.channels if each not in CHANNELS), "")
    if unknown or not step.channels:
        raise Refused("journey_not_valid", f"{unknown!r} is no channel", hint=f"one of {', '.join(CHANNELS)}")
    if duration(step.window) <= 0:
        raise Refused("journey_not_valid", "a message may go for some time after it is due", hint="window")


def _list(step: Step, audiences: Audiences) -> None:
    name = step.join or step.leave
    if name not in audiences:
        raise Refused(
            "audience_not_found",
            f"names the audience {name!r}, which does not exist",
            hint="publish the audience first, or with it",
        )


def _nothing(step: Step, audiences: Audiences) -> None:
    return None


_CHECKS: dict[str, Callable[[Step, Audiences], None]] = {
    "wait": _wait,
    "until": _until,
    "wait_for": _wait_for,
    "if": _if,
    "split": _split,
    "experiment": _experiment,
    "send": _send,
    "join": _list,
    "leave": _list,
}


def targets(step: Step) -> list[str]:
    """The steps that one names."""
    named = [step.then, step.else_, step.jump, step.next, *step.split, *step.arms.values()]
    return [name for name in named if name]


def follows(journey: Journey, step: Step) -> Iterator[Step]:
    """All that may come after a step."""
    if step.verb == "exit":
        return
    named = [step.jump] if step.jump else [*step.split] if step.split else targets(step)
    for name in named:
        found = journey.step(name)
        if found:
            yield found
    through = step.verb not in ("jump", "split", "exit") and not step.next and not (step.then and step.else_)
    after = journey.after(step) if through else None
    if after:
        yield after


def _rings(key: str, journey: Journey) -> None:
    """A ring without a wait would go round for ever."""
    for start in journey.steps:
        seen: set[str] = set()
        ahead = [start] if start.verb not in WAITING else []
        while ahead:
            step = ahead.pop()
            for each in follows(journey, step):
                if each.key == start.key:
                    raise refused(key, "goes round without waiting", f"steps.{start.key}")
                if each.key not in seen and each.verb not in WAITING:
                    seen.add(each.key)
                    ahead.append(each)


def canonical(names: tuple[str, ...]) -> frozenset[str]:
    """Events as the log names them."""
    return frozenset(canonical_name("track", name) for name in names)
