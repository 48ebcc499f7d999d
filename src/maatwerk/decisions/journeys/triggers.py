"""What each journey listens to, compiled once for every set of documents in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import parse_time
from maatwerk.decisions.journeys.document import Journey, Step, duration
from maatwerk.decisions.journeys.ready_made import journey_of
from maatwerk.decisions.journeys.seeing import Matches, happening
from maatwerk.events.event import Event
from maatwerk.events.names import body, canonical_name
from maatwerk.views.audience.happenings import elements

LATE_MS = 6 * 3_600_000
"""What is heard of later than this after its first step was due begins nothing."""


class On(NamedTuple):
    """A journey in force, as the fold needs it."""

    key: str
    version: int
    journey: Journey
    where: Matches | None
    first: Step
    waits_ms: int
    """How long the first step waits; -1 where it is no plain wait."""
    again_ms: int
    starts: int
    ends: int


class Listening(NamedTuple):
    """Journeys by the canonical names of the events that begin, end or reach the goal of one."""

    all: dict[str, On]
    begins: Mapping[str, tuple[On, ...]]
    ends: Mapping[str, frozenset[str]]
    goals: Mapping[str, tuple[On, ...]]
    heard: frozenset[str]
    """Events that some step of a version still in use waits for."""
    dated: tuple[On, ...]
    """Those of a date in the profile."""


def listening(documents: Iterable[tuple[str, int, dict[str, Any]]], older: Iterable[Journey]) -> Listening:
    """Compiled from key, version and document of those in force, and from versions that some finish on."""
    on = {key: made for key, version, document in documents if (made := _on(key, version, document))}
    begins: dict[str, list[On]] = {}
    ends: dict[str, set[str]] = {}
    goals: dict[str, list[On]] = {}
    heard: set[str] = set()
    for each in on.values():
        for name in _began_by(each.journey):
            begins.setdefault(name, []).append(each)
        for said in each.journey.exit.event:
            ends.setdefault(canonical_name("track", said), set()).add(each.key)
        if each.journey.goal:
            goals.setdefault(canonical_name("track", each.journey.goal.event), []).append(each)
    for journey in [*(each.journey for each in on.values()), *older]:
        heard |= {canonical_name("track", step.wait_for) for step in journey.steps if step.wait_for}
    return Listening(
        on,
        {name: tuple(found) for name, found in begins.items()},
        {name: frozenset(found) for name, found in ends.items()},
        {name: tuple(found) for name, found in goals.items()},
        frozenset(heard),
        tuple(each for each in on.values() if each.journey.trigger.date),
    )


def _on(key: str, version: int, document: dict[str, Any]) -> On | None:
    try:
        journey = journey_of(key, document)
        where = happening(journey.trigger.where) if journey.trigger.where else None
    except Refused:
        return None  # of another version; `serve` says so when it compiles the rules
    if not journey.enabled:
        return None
    first = journey.steps[0]
    plain = duration(first.wait) if first.verb == "wait" else -1
    return On(
        key,
        version,
        journey,
        where,
        first,
        plain,
        journey.again_ms(),
        parse_time(journey.starts) if journey.starts else 0,
        parse_time(journey.ends) if journey.ends else 0,
    )


def _began_by(journey: Journey) -> set[str]:
    trigger = journey.trigger
    names = {canonical_name("track", each) for each in trigger.event}
    if trigger.enters:
        names.add("Audience Entered")
    if trigger.leaves:
        names.add("Audience Exited")
    return names


def fits(on: On, event: Event) -> bool:
    """Whether a happening of the right name begins it."""
    trigger = on.journey.trigger
    if event.time < on.starts or (on.ends and event.time >= on.ends):
        return False
    if trigger.enters or trigger.leaves:
        said = body(event)
        return bool(said.audience == (trigger.enters or trigger.leaves) and (said.proven or trigger.leaves))
    if on.where is None:
        return True
    return any(on.where(element) for element in elements(event, "event", event.context.currency))


def subject_of(per: str, event: Event) -> str:
    """What of hers it is about: the cart's, product's or order's own name."""
    if per == "profile":
        return ""
    said: Any = body(event)
    field = {"cart": "cart_id", "product": "key", "order": "order_id"}[per]
    told = getattr(said, field, "") or (getattr(said, "sku", "") if per == "product" else "")
    return str(told).replace("\t", " ")[:200]


def older_versions(rows: Iterable[bytes]) -> list[Journey]:
    """Journeys of stored documents that this version can still read."""
    found = []
    for row in rows:
        key, document = _STORED.decode(row)
        try:
            found.append(journey_of(key, document))
        except Refused:
            continue
    return found


_STORED = msgspec.json.Decoder(tuple[str, dict[str, Any]])
