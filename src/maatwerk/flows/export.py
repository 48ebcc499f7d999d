"""Export: everything that is known of one person, for herself (GDPR, articles 15 and 20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from maatwerk.core.identifiers import known_id
from maatwerk.events.decisions import DecisionMade, decode
from maatwerk.events.event import Event
from maatwerk.events.log import DecisionRow, Log, Recent, Rejected
from maatwerk.flows.outcomes import Outcome, outcomes
from maatwerk.views.profile.consents import Entry, ledger
from maatwerk.views.profile.find import History, Owners, Profile, history, profile
from maatwerk.views.profile.joined import read_known
from maatwerk.views.profile.shopper import BUILT_IN
from maatwerk.views.profile.signals import Signals
from maatwerk.views.profile.words import Identifier
from maatwerk.views.store import Snapshot, Store

DECISIONS = 20_000
"""Decisions of one identifier that are read, the newest."""
_PAGE = 500
_ANY = msgspec.json.Decoder()


@dataclass(frozen=True)
class Exporting:
    """What it reads from. ``signals`` are those in force: audiences' rules add to them."""

    log: Log
    recent: Recent
    store: Store
    signals: Callable[[], Signals] = lambda: BUILT_IN


class Link(msgspec.Struct, frozen=True):
    """Why an identifier counts as hers: since when, until when (0: still), on what evidence."""

    namespace: str
    value: str
    since: int
    until: int
    proven: bool
    evidence: str


class Export(msgspec.Struct, frozen=True):
    """All of it. ``cut``: she has more than was read, and the rest is older."""

    at: int
    profile: Profile
    links: list[Link]
    ledger: list[Entry]
    events: list[Event]
    decisions: list[tuple[DecisionMade, list[Outcome]]]
    rejected: list[Rejected]
    cut: bool

    def messages(self) -> list[Event]:
        """What was sent to her, or meant to be, and why it was not."""
        return [event for event in self.events if event.name.startswith("Message ")]

    def experiments(self) -> dict[tuple[str, str], int]:
        """Experiment and variant to when she first got it."""
        first: dict[tuple[str, str], int] = {}
        for record, _ in self.decisions:
            arms = {(slot.experiment, slot.variant) for slot in record.slots if slot.experiment}
            for arm in {*arms, ("holdout", record.arm)}:
                first[arm] = min(first.get(arm, record.time), record.time)
        return first


def export(parts: Exporting, namespace: str, value: str, now: int) -> Export | None:
    """Whoever goes by this identifier, whole; None where nobody does. May take seconds: not for a request's
    own thread."""
    with parts.store.snapshot() as read:
        found = profile(read, parts.recent, namespace, value, now, parts.signals())
        past = history(read, parts.recent, namespace, value)
        if found is None or past is None:
            return None
        rows, cut = _decisions(parts, read, past)
        links = list(_links(read, past, found))
    records = [decode(row.payload) for row in rows]
    return Export(
        at=now,
        profile=found,
        links=links,
        ledger=ledger(past.events),
        events=past.events,
        decisions=[(record, outcomes(parts.recent, record)) for record in records],
        rejected=list(_rejected(parts, past)),
        cut=cut or past.cut,
    )


def consents(parts: Exporting, namespace: str, value: str, now: int) -> tuple[Profile, list[Entry]] | None:
    """What she granted, denied and objected to, and the ledger of it; None where nobody goes by this."""
    with parts.store.snapshot() as read:
        found = profile(read, parts.recent, namespace, value, now, parts.signals())
        past = history(read, parts.recent, namespace, value)
    return None if found is None or past is None else (found, ledger(past.events))


def _links(read: Snapshot, past: History, found: Profile) -> Iterator[Link]:
    if past.user_id:
        first = min((event.time for event in past.events if event.user_id == past.user_id), default=0)
        yield Link("user_id", past.user_id, first, 0, True, "")
    for device, run in past.links:
        yield Link("anonymous_id", device, run.first[0] or run.start[0], 0, run.proven, run.evidence)
    for namespace, values in found.identifiers.items():
        for value in values if namespace not in ("user_id", "anonymous_id") else ():
            for _, telling in sorted(read_known(read, f"{namespace}/{value}").tellings.items()):
                if telling.who == f"user_id/{past.user_id}" or not telling.who.startswith("user_id/"):
                    yield Link(namespace, value, telling.first[0], 0, telling.strength > 0, telling.evidence)


def _decisions(parts: Exporting, read: Snapshot, past: History) -> tuple[list[DecisionRow], bool]:
    """Made for her user id, or on a device while it was hers; oldest first."""
    who = Identifier("user_id", past.user_id) if past.user_id else None
    rows = {row.id: row for row in parts.log.decisions_for(past.user_id, DECISIONS)} if past.user_id else {}
    owners = Owners(read, parts.recent)
    cut = len(rows) >= DECISIONS
    for device in past.devices:
        theirs = parts.log.decisions(limit=DECISIONS, anonymous_id=device)
        cut = cut or len(theirs) >= DECISIONS
        for row in theirs:
            if row.user_id and row.user_id != past.user_id:
                continue
            if owners.is_of(_as_event(row), who or Identifier("anonymous_id", device)):
                rows[row.id] = row
    return sorted(rows.values(), key=lambda row: (row.time, row.id)), cut


def _as_event(row: DecisionRow) -> Event:
    """A decision as something that happened on a device, to ask whose it was then."""
    return Event(
        name="Decision Made", id=row.id, time=row.time, received=row.time, anonymous_id=row.anonymous_id
    )


def _rejected(parts: Exporting, past: History) -> Iterator[Rejected]:
    """Messages that were refused and name her: they are kept for a while, too."""
    after = 0
    while rows := parts.log.rejected(after, _PAGE):
        yield from (row for row in rows if _names(row.message, past))
        after = rows[-1].id


def _names(message: bytes, past: History) -> bool:
    try:
        said = _ANY.decode(message)
    except (msgspec.DecodeError, RecursionError):
        # cut to the size that is kept, or no JSON at all: whoever it quotes may be meant
        return any(f'"{each}"'.encode() in message for each in (past.user_id, *past.devices) if each)
    if not isinstance(said, dict):
        return False
    user_id, device = known_id(said.get("userId")), known_id(said.get("anonymousId"))
    return user_id == past.user_id if user_id else device in past.devices
