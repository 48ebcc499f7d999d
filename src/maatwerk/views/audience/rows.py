"""What is stored of audiences: who belongs since when, what is due, which clauses are whole."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from maatwerk.views.store import Snapshot

FILLED = "audience_filled"
"""Clauses whose rows count all of history, by id."""
TOUCHED = "audience_touched"
"""Identifiers to which something happened since they were judged."""
STATE = "audience_state"
"""What each person belongs to, by ``u/…`` or ``a/…``."""
MEMBERS = "audience_member"
"""Who belongs to each audience, by key and person."""
DUE = "audience_due"
"""When time alone may change what somebody belongs to, sorted by it."""
SIZES = "audience_size"
"""Members now, entries and exits, by key and day."""

SEPARATOR = "\t"


class Since(msgspec.Struct, frozen=True, array_like=True):
    """One membership: since when (ms), under which version of the rule, and the how-many-eth it is."""

    at: int
    version: int
    number: int = 1


class Belongs(msgspec.Struct, array_like=True):
    """What a person belongs to. ``due``: when to ask again (0: never); ``rules``: up to which version of the
    rules she was judged; ``left`` counts memberships that ended, by audience."""

    member: dict[str, Since] = {}
    due: int = 0
    rules: int = 0
    left: dict[str, int] = {}
    customer: bool = False


class Size(msgspec.Struct, array_like=True):
    """An audience on one day: members at its end, and how many came and went."""

    members: int = 0
    entered: int = 0
    exited: int = 0


def filled(snapshot: Snapshot, clause_ids: Iterable[str]) -> set[str]:
    """Those of the clauses that are whole."""
    return set(snapshot.get_many(FILLED, list(clause_ids)))


def member_key(audience: str, who: str) -> str:
    """Sorts by audience."""
    return f"{audience}{SEPARATOR}{who}"


def due_key(at: int, who: str) -> str:
    """Sorts by time."""
    return f"{at:014d}{SEPARATOR}{who}"


def day_key(audience: str, day: int) -> str:
    """Sorts by audience, then by day since the epoch."""
    return f"{audience}{SEPARATOR}{day:06d}"


encode = msgspec.msgpack.Encoder().encode
decode_belongs = msgspec.msgpack.Decoder(Belongs).decode
decode_since = msgspec.msgpack.Decoder(Since).decode
decode_size = msgspec.msgpack.Decoder(Size).decode
