"""The outbox: a view of what was meant to be sent and is not settled yet, sorted by when it is due.

At most once for marketing: that a message is being handed over is written down before it is. Whoever
finds that note after a crash does not know how it ended, and does not send again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from maatwerk.decisions.journeys.rows import Overlay
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Gone
from maatwerk.events.names import body
from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot

OUTBOX, PLACE = "outbox", "outbox_place"
TRANSACTIONAL = "transactional"

LEASE, SENDING, CAP, SUPPRESSED, HELD = "send", "sending", "cap", "suppressed", "held"
"""Kinds in the records: who sends, how far it got, how many an address had, who wants no more, what waits."""


class Message(msgspec.Struct, frozen=True, array_like=True):
    """One intention to send; see `maatwerk.events.messages.MessageQueued`. ``anonymous_id`` or ``user_id``
    (proven) is whom it is for."""

    message_id: str
    journey: str
    step: str
    channel: str
    occurrence: str
    due: int
    queued: int
    skus: tuple[str, ...]
    store: str
    anonymous_id: str = ""
    user_id: str = ""
    until: int = 0
    about: str = ""
    template: str = ""
    purpose: str = "marketing"
    channels: tuple[str, ...] = ()
    data: dict[str, Any] = {}

    @property
    def who(self) -> str:
        """Whom it is for: ``u/…`` or ``a/…``."""
        return f"u/{self.user_id}" if self.user_id else f"a/{self.anonymous_id}"

    @property
    def transactional(self) -> bool:
        """Whether it is owed to her: sent at least once, and not marketing."""
        return self.purpose == TRANSACTIONAL


class Leases(Protocol):
    """The part of the records that sending needs; see `maatwerk.engines.sqlite.records`."""

    def claim(self, kind: str, key: str, by: str, now_ms: int, until_ms: int) -> bool:
        """Whether ``by`` now holds this until then."""

    def settle(self, kind: str, key: str, by: str, outcome: str) -> bool:
        """End what was claimed for good."""

    def take(self, kind: str, places: Sequence[tuple[str, int, int]], by: str, now_ms: int) -> str:
        """Take a place in each of these counts (name, milliseconds, how many) or in none; the full one."""

    def give_back(self, kind: str, names: Sequence[str], by: str) -> None:
        """Free the places taken in these counts."""

    def expire(self, kind: str, before_ms: int) -> int:
        """Forget what ran out before a time."""

    def get(self, kind: str, key: str) -> bytes | None:
        """One value."""

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Keep a value."""

    def put_once(self, kind: str, key: str, value: bytes) -> bytes:
        """Keep a value where there is none; the kept one."""

    def drop(self, kind: str, key: str) -> None:
        """Forget a value."""


class OutboxView:
    """Rows of messages to send; see `maatwerk.views.projector.View`."""

    name = "outbox"
    version = 2
    tables = (OUTBOX, PLACE)
    names = frozenset({"Message Queued", "Message Sent", "Message Suppressed"})

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        """Fold a stretch of the log."""
        rows = Overlay(read)
        for event in events:
            if event.name not in self.names:
                continue
            said = body(event)
            before = rows.get(PLACE, said.message_id)
            if before is not None:
                rows.drop(OUTBOX, before.decode())
                rows.drop(PLACE, said.message_id)
            if event.name == "Message Queued":
                key = f"{said.due:013d}\t{event.offset:016d}"
                rows.put(OUTBOX, key, encode(_message(event, said)))
                rows.put(PLACE, said.message_id, key.encode())
        return rows.written()

    def erase(self, gone: Gone, read: Snapshot) -> Rows:
        """A person's rows, taken out."""
        return _erased(gone, read)


def _erased(gone: Gone, read: Snapshot) -> Rows:
    """What was to be sent to her."""
    devices = {stretch.anonymous_id for stretch in gone.stretches}
    deletes: dict[str, list[str]] = {OUTBOX: [], PLACE: []}
    after = ""
    while rows := read.scan(OUTBOX, after=after):
        for key, row in rows:
            message = decode(row)
            shared = message.anonymous_id in devices and gone.had(message.anonymous_id, (message.queued, 0))
            if gone.named(message.anonymous_id, message.user_id) or shared:
                deletes[OUTBOX].append(key)
                deletes[PLACE].append(message.message_id)
        after = rows[-1][0]
    return {}, deletes


def waiting(read: Snapshot, now: int, limit: int) -> list[Message]:
    """What is due, oldest first."""
    rows = read.scan(OUTBOX, limit=limit)
    return [decode(row) for key, row in rows if int(key[:13]) <= now]


def _message(event: Event, said: msgspec.Struct) -> Message:
    fields = msgspec.structs.asdict(said)
    fields.pop("cart_id")
    return Message(**fields, queued=event.time, anonymous_id=event.anonymous_id, user_id=event.user_id)


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Message).decode
