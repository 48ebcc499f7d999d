"""The next steps of one person, up to where she has to wait: pure, from what is passed in.

It answers what is to be done and where she stands afterwards, and does nothing itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple, Protocol

from maatwerk.decisions.journeys.document import Journey, Step, duration
from maatwerk.decisions.journeys.moments import next_time, parse_until
from maatwerk.decisions.journeys.words import START, Inside
from maatwerk.events.names import canonical_name

HELD = "="
"""Stands before the key of a step that is about to be taken, in the name of where she waits."""
UNKNOWN = -(2**60)
"""When a moment is that nobody knows."""
PASSED_OVER = frozenset({"late", "outranked"})
"""Why a message is left out while its journey goes on."""


class Reach(NamedTuple):
    """How she is reached: the channel, those to fall back to, or why by none."""

    channel: str
    others: tuple[str, ...] = ()
    code: str = ""


class Seen(Protocol):
    """What is known of her at this moment; asked for as it is needed."""

    @property
    def zone(self) -> str:
        """Her time zone, else the workspace's."""

    @property
    def told(self) -> Collection[str]:
        """The steps of which she was told, about the same thing."""

    def holds(self, condition: str) -> bool:
        """Whether a condition on what is known of her holds."""

    def fact(self, path: tuple[str, ...]) -> object:
        """One fact; None where it is not known."""

    def variant(self, experiment: str) -> str:
        """The variant she was given; nothing where the experiment does not run."""

    def draw(self, step: str) -> float:
        """Her draw in [0, 1) for a split: the same whenever it is asked."""

    def over(self) -> str:
        """The code of what ended what it is about: ``purchased``, ``emptied``, ``withdrawn`` …"""

    def sold_out(self) -> bool:
        """Whether nothing of what it is about can be bought."""

    def reach(self, channels: tuple[str, ...]) -> Reach:
        """The first of these channels that she agreed to and has."""

    def outranked(self, priority: int) -> int:
        """Until when a journey of higher priority has her; 0: it does not."""


class Act(NamedTuple):
    """Something to be done for a step. ``code``: why the message was not queued."""

    step: Step
    channel: str = ""
    others: tuple[str, ...] = ()
    code: str = ""


class Walk(NamedTuple):
    """Steps passed, what they ask for, and where she waits (``node`` empty: she left, with ``code``)."""

    path: tuple[str, ...]
    acts: tuple[Act, ...]
    node: str = ""
    due: int = 0
    code: str = ""
    waits: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """The steps of which a message goes to the outbox."""
        return tuple(act.step.key for act in self.acts if act.step.send and not act.code)


def walk(journey: Journey, inside: Inside, seen: Seen, now: int) -> Walk:
    """Go on from where she waits."""
    if code := ended(journey, seen):
        return _stopped(journey, inside, code)
    step = next_step(journey, inside)
    path: list[str] = []
    acts: list[Act] = []
    while step is not None:
        if step.key in path:
            break  # a version that was moved to leads in a ring
        if step.verb in _WAITS:
            due, waits = _WAITS[step.verb](step, inside, seen, now)
            path.append(step.key)
            if due == UNKNOWN:
                return Walk(tuple(path), tuple(acts), code="cannot_tell")
            if due > now or waits:
                return Walk(tuple(path), tuple(acts), step.key, due, waits=waits)
            step = journey.after(step)
            continue
        if step.send:
            act, until = _send(journey, step, inside, seen, now)
            if until:
                return Walk(tuple(path), tuple(acts), HELD + step.key, until)
            path.append(step.key)
            if act is not None:
                acts.append(act)
                if act.code and act.code not in PASSED_OVER:
                    return Walk(tuple(path), tuple(acts), code=act.code)
            step = journey.after(step)
            continue
        path.append(step.key)
        if step.verb == "exit":
            return Walk(tuple(path), tuple(acts), code=step.exit)
        if step.verb in ("code", "update", "join", "leave"):
            acts.append(Act(step))
        step = follow(journey, step, seen)
    return Walk(tuple(path), tuple(acts), code="finished")


def ended(journey: Journey, seen: Seen) -> str:
    """Why she leaves before another step is taken; nothing where she goes on."""
    if not journey.enabled:
        return "disabled"
    if code := seen.over():
        return code
    if journey.exit.sold_out and seen.sold_out():
        return "sold_out"
    if journey.exit.when and seen.holds(journey.exit.when):
        return "exited"
    if journey.when and not seen.holds(journey.when):
        return "not_for_her"
    return ""


def _stopped(journey: Journey, inside: Inside, code: str) -> Walk:
    """She leaves; where a message was next, that it did not go is said with it."""
    step = next_step(journey, inside)
    acts = (Act(step, code=code),) if step is not None and step.send else ()
    return Walk((), acts, code=code)


def next_step(journey: Journey, inside: Inside) -> Step | None:
    """The step that follows where she waits; a step that is no more leads out."""
    if inside.node == START:
        return journey.steps[0]
    if inside.node.startswith(HELD):
        return journey.step(inside.node[1:])
    here = journey.step(inside.node)
    if here is None:
        return None
    if here.wait_for:
        named = here.then if inside.heard else here.else_
        return journey.step(named) if named else journey.after(here)
    return journey.after(here)


def follow(journey: Journey, step: Step, seen: Seen) -> Step | None:
    """Where a step leads that does not wait."""
    named = ""
    if step.if_:
        named = step.then if seen.holds(step.if_) else step.else_
    elif step.split:
        named = _share(step.split, seen.draw(step.key))
    elif step.experiment:
        named = step.arms.get(seen.variant(step.experiment), "")
    elif step.jump:
        named = step.jump
    return journey.step(named) if named else journey.after(step)


def _share(split: dict[str, int], draw: float) -> str:
    total = sum(split.values())
    above = 0
    for name, share in split.items():
        above += share
        if draw * total < above:
            return name
    return next(reversed(split))


def _wait(step: Step, inside: Inside, seen: Seen, now: int) -> tuple[int, tuple[str, ...]]:
    return (inside.touched if step.since else max(inside.due, inside.touched)) + duration(step.wait), ()


def _until(step: Step, inside: Inside, seen: Seen, now: int) -> tuple[int, tuple[str, ...]]:
    until = parse_until(step.until)
    moved = duration(step.offset) if step.offset else 0
    if until.fact:
        told: Any = seen.fact(until.fact)
        if not isinstance(told, int | float) or isinstance(told, bool):
            return UNKNOWN, ()
        return int(told) + moved, ()
    return next_time(until, now, seen.zone) + moved, ()


def _wait_for(step: Step, inside: Inside, seen: Seen, now: int) -> tuple[int, tuple[str, ...]]:
    return now + duration(step.within), (canonical_name("track", step.wait_for),)


_WAITS = {"wait": _wait, "until": _until, "wait_for": _wait_for}


def _send(journey: Journey, step: Step, inside: Inside, seen: Seen, now: int) -> tuple[Act | None, int]:
    """The message, or why not; or until when it is held."""
    if step.key in seen.told:
        return None, 0
    window = duration(step.window)
    if now > inside.due + window:
        return Act(step, code="late"), 0
    until = seen.outranked(journey.priority) if journey.purpose == "marketing" else 0
    if until:
        if until <= inside.due + window:
            return None, until
        return Act(step, code="outranked"), 0
    reach = seen.reach(step.channels)
    return Act(step, reach.channel, reach.others, reach.code), 0
