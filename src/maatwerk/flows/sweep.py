"""Sweep: a journey's scheduled run through its audience, and a date's through everybody, some at a time.

How far it came is an event, with those it entered in the same transaction: after a crash it goes on there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from maatwerk.core.time import DAY, parse_time
from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.document import Journey
from maatwerk.decisions.journeys.moments import last_time, parse_schedule
from maatwerk.events.journeys import JourneyEntered, JourneySwept
from maatwerk.flows.seen import Person
from maatwerk.views.audience import rows as audience
from maatwerk.views.profile import words as profile
from maatwerk.views.store import Snapshot

AT_ONCE = 200
CAUGHT_UP_MS = DAY
"""A run that was missed by more than this is left out."""


class Run(NamedTuple):
    """One run that is due: its name, and whether it takes everybody who has an address."""

    name: str
    audience: str
    date: str = ""


def due_run(journey: Journey, version: int, published: int, now: int, zone: str) -> Run | None:
    """The run of a journey that is due now, if any: of its schedule, or the first of a date."""
    trigger = journey.trigger
    if trigger.date:
        return Run(f"v{version}", "", trigger.date)
    if not trigger.schedule:
        return None
    at = last_time(parse_schedule(trigger.schedule), now, zone)
    within = (not journey.starts or at >= parse_time(journey.starts)) and (
        not journey.ends or at < parse_time(journey.ends)
    )
    if not at or at < published or now - at > CAUGHT_UP_MS or not within:
        return None
    return Run(str(at), trigger.audience)


def people(read: Snapshot, run: Run, cursor: str) -> tuple[list[str], str]:
    """The next of those to go through, and where to go on; nothing there: that was all."""
    if run.audience:
        prefix = audience.member_key(run.audience, "")
        found = [key for key, _ in read.scan(audience.MEMBERS, prefix=prefix, after=cursor, limit=AT_ONCE)]
        return [key[len(prefix) :] for key in found], found[-1] if len(found) == AT_ONCE else ""
    kind, _, after = (cursor or "u\t").partition("\t")
    table = profile.DEVICES if kind == "u" else profile.OWNERS
    found = [key for key, _ in read.scan(table, after=after, limit=AT_ONCE)]
    more = f"{kind}\t{found[-1]}" if len(found) == AT_ONCE else "a\t" if kind == "u" else ""
    return [f"{kind}/{key}" for key in found], more


def entered(
    key: str, run: Run, whose: list[tuple[str, Person]], owned: set[str]
) -> Iterator[tuple[str, JourneyEntered]]:
    """Those of a stretch who begin: with an address, and for a date with that date. ``owned``: devices whose
    owner is gone through herself."""
    for who, known in whose:
        if who in owned or not known.address:
            continue
        data = {}
        if run.date:
            told = known.told.get(run.date)
            if told is None:
                continue
            zone = known.sure.context.value("timezone")
            data = {"date": str(told)[:10], "zone": str(zone or "")}
        yield who, JourneyEntered(key, store=str(known.sure.context.value("store") or ""), data=data)


def swept(key: str, run: Run, before: words.Sweep, cursor: str, more: int) -> JourneySwept:
    """How far the run has come."""
    return JourneySwept(key, run.name, cursor, before.entered + more, done=not cursor)
