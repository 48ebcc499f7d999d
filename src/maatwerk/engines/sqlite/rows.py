"""The log's tables, and how events, decisions and rejected messages become rows and come back.

Long identifiers are kept once, in the payload; indexes hold digests of them, and a read verifies.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from maatwerk.core.ids import digest16
from maatwerk.events.event import Event, encode
from maatwerk.events.log import DecisionRow, Rejected
from maatwerk.events.names import CATALOG_NAMES, RULE_NAMES
from maatwerk.events.verdict import Rejection

FORMAT = 1

SCHEMA = """
CREATE TABLE event (
    offset INTEGER PRIMARY KEY,
    key BLOB NOT NULL,      -- 16 bytes that stand for the message id
    anonymous INTEGER,      -- 64 bits that stand for the anonymous id, or nothing
    user INTEGER,           -- the same for the user id
    subject INTEGER,        -- 1 for what every request watches: catalog and rules
    payload BLOB NOT NULL
);
CREATE UNIQUE INDEX event_key ON event (key);
CREATE INDEX event_anonymous ON event (anonymous, offset) WHERE anonymous IS NOT NULL;
CREATE INDEX event_user ON event (user, offset) WHERE user IS NOT NULL;
CREATE INDEX event_subject ON event (offset) WHERE subject IS NOT NULL;
CREATE TABLE decision (
    id TEXT NOT NULL UNIQUE,
    time INTEGER NOT NULL,
    anonymous_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    payload BLOB NOT NULL
);
CREATE INDEX decision_time ON decision (time, id);
CREATE INDEX decision_anonymous ON decision (anonymous_id, time, id) WHERE anonymous_id != '';
CREATE TABLE rejected (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received INTEGER NOT NULL,
    place INTEGER NOT NULL,
    code TEXT NOT NULL,
    field TEXT NOT NULL,
    detail TEXT NOT NULL,
    message BLOB NOT NULL,
    proven INTEGER NOT NULL
);
CREATE INDEX rejected_received ON rejected (received);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""

EventRow = tuple[bytes, int | None, int | None, int | None, bytes]
"""``(key, anonymous, user, subject, payload)``: an event without its offset."""

_WATCHED = CATALOG_NAMES | RULE_NAMES


def number_of(identifier: str) -> int:
    """64 signed bits that stand for an identifier in an index; whoever reads by it verifies the text."""
    digest = blake2b(identifier.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def event_rows(events: Sequence[Event]) -> list[EventRow]:
    """Rows of a batch; a batch is mostly one shopper's, so her digests are made once."""
    known: dict[str, int | None] = {"": None}
    rows: list[EventRow] = []
    for event in events:
        anonymous, user = event.anonymous_id, event.user_id
        if anonymous not in known:
            known[anonymous] = number_of(anonymous)
        if user not in known:
            known[user] = number_of(user)
        subject = 1 if event.name in _WATCHED else None
        rows.append((digest16(event.id), known[anonymous], known[user], subject, encode(event)))
    return rows


def decision_values(row: DecisionRow) -> tuple[str, int, str, str, bytes]:
    """The values of a decision's row."""
    return row.id, row.time, row.anonymous_id, row.user_id, row.payload


def rejected_values(row: Rejected) -> tuple[int, int, str, str, str, bytes, int]:
    """The values of a rejected message's row; its id is the table's to give."""
    why = row.rejection
    return row.received, why.index, why.code, why.field, why.detail, row.message, int(row.proven)


def rejected_of(values: tuple[int, int, int, str, str, str, bytes, int]) -> Rejected:
    """A rejected message from its row."""
    number, received, place, code, field, detail, message, proven = values
    return Rejected(number, received, Rejection(place, code, field, detail), message, bool(proven))
