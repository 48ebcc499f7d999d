"""Rehearsals opened over files of their own, and a draft run over a shop's log of the past weeks."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from maatwerk.app.parts import Parts
from maatwerk.core.time import DAY, MINUTE
from maatwerk.decisions.contact.words import Policy, places
from maatwerk.effects.channels.template import shipped as templates
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.events.event import Event
from maatwerk.events.names import JOURNEY_NAMES, RULE_NAMES, body
from maatwerk.flows.contact import policy_of
from maatwerk.testing.rehearsal import Rehearsal, Said

_CHUNK = 5_000
_WINDOW_MS = 5 * MINUTE
_OURS = JOURNEY_NAMES | {"Message Queued", "Message Sent", "Message Suppressed"}


@contextmanager
def rehearsal(now: int, **known: Any) -> Iterator[Rehearsal]:
    """A rehearsal in a folder that goes away with it; ``known`` as in `Rehearsal`."""
    with TemporaryDirectory() as folder:
        log = SqliteLog(Path(folder) / "log.db", clock=lambda: now)
        log.start()
        store = SqliteStore(Path(folder) / "views.db", writable=True)
        try:
            yield Rehearsal(log, store, now, **known)
        finally:
            log.close()
            store.close()


def simulate(
    parts: Parts, key: str, document: dict[str, Any], *, days: int, cost: float = 0.0, alone: bool = True
) -> dict[str, Any]:
    """A draft over the last days of the log: who would have been told what and when, what would have been
    left out and why, and what it would have cost. ``alone``: without the other journeys in force."""
    now = parts.clock()
    begin = now - days * DAY
    settings = parts.settings
    with rehearsal(begin, currency=settings.currency, zone=settings.timezone) as stage:
        opened = False
        batch: list[Event] = []
        for event in _history(parts, alone=alone):
            if event.received < begin:
                batch.append(event)
                if len(batch) >= _CHUNK:
                    batch = _told(stage, batch)
                continue
            if not opened:
                batch, opened = _told(stage, batch), True
                stage.publish(key, document)
            if event.received > stage.now + _WINDOW_MS:
                batch = _told(stage, batch)
                stage.pass_time(event.received - stage.now)
            batch.append(event)
        _told(stage, batch)
        if not opened:
            stage.publish(key, document)
        stage.pass_time(max(0, now - stage.now))
        said = [one for one in stage.said if one.journey == key]
    parts.knowledge.load()
    return _told_of(said, policy_of(parts.knowledge.rules), cost)


def _told(stage: Rehearsal, batch: list[Event]) -> list[Event]:
    if batch:
        stage.take(batch)
        stage.fold()
    return []


def _history(parts: Parts, *, alone: bool) -> Iterator[Event]:
    """What happened, without what journeys did."""
    after = 0
    while events := parts.log.read(after, _CHUNK):
        after = events[-1].offset
        for event in events:
            other = event.name in RULE_NAMES and body(event).kind in ("journey", "campaign")
            if event.name not in _OURS and not (alone and other):
                yield event


def _told_of(said: list[Said], policy: Policy, cost: float) -> dict[str, Any]:
    """The caps of the policy taken one after another, as at the moment of sending."""
    taken: dict[str, deque[int]] = {}
    messages, left = [], Counter[str]()
    for one in said:
        code = one.code or _capped(one, policy, taken)
        if code:
            left[code] += 1
        messages.append(one._replace(code=code)._asdict())
    sent = [each for each in messages if not each["code"]]
    return {
        "sent": len(sent),
        "people": len({each["who"] for each in sent}),
        "left_out": dict(left.most_common()),
        "capped": left["capped"],
        "cost": round(cost * len(sent), 2),
        "by_step": dict(Counter(each["step"] for each in sent)),
        "messages": messages,
    }


def _capped(one: Said, policy: Policy, taken: dict[str, deque[int]]) -> str:
    written = templates().get(one.template or one.journey)
    topic = one.topic or (written.topic if written else "")
    counts = [place for place in places(policy, one.channel, topic, one.who) if not place.waits]
    for place in counts:
        times = taken.setdefault(place.name, deque())
        while times and times[0] <= one.at - place.window:
            times.popleft()
        if len(times) >= place.most:
            return "capped"
    for place in counts:
        taken[place.name].append(one.at)
    return ""
