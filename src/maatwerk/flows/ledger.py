"""Ledger: for any person and any message, whether it was sent, or why not, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import Money
from maatwerk.core.time import format_time
from maatwerk.effects import ledger
from maatwerk.effects.ledger import Entry
from maatwerk.effects.outbox import HELD, Leases
from maatwerk.events.log import Recent
from maatwerk.flows.send import Held
from maatwerk.views.profile.find import Profile, profile
from maatwerk.views.store import Snapshot, Store

MOST_DEVICES = 50


@dataclass(frozen=True)
class Ledger:
    """What asking it needs."""

    store: Store
    recent: Recent
    records: Leases
    currency: str


def of_profile(parts: Ledger, namespace: str, value: str, now: int, limit: int) -> list[Entry]:
    """A person's messages by all her identifiers, newest first. Raises `Refused` (404) where nobody is."""
    with parts.store.snapshot() as read:
        found = profile(read, parts.recent, namespace, value, now)
        if found is None:
            raise Refused(
                "profile_not_found", f"nobody goes by {namespace} {value[:80]!r}", field="id", status=404
            )
        return entries(read, found, limit)


def entries(read: Snapshot, found: Profile, limit: int) -> list[Entry]:
    """The newest messages of a profile."""
    names = [f"u/{each}" for each in found.identifiers.get("user_id", ())]
    names += [f"a/{each}" for each in found.identifiers.get("anonymous_id", ())[:MOST_DEVICES]]
    every = [entry for who in names for entry in ledger.of_person(read, who, limit=limit)]
    return sorted(every, key=ledger.place)[:limit]


def one(parts: Ledger, message_id: str) -> Entry:
    """One message. Raises `Refused` (404)."""
    with parts.store.snapshot() as read:
        entry = ledger.of_message(read, message_id)
    if entry is None:
        raise Refused("message_not_found", f"there is no message {message_id[:80]!r}", field="id", status=404)
    return entry


def held(parts: Ledger, entry: Entry) -> Held | None:
    """What a queued message waits for; None where it is not held up."""
    stored = parts.records.get(HELD, entry.message_id) if entry.status == "queued" else None
    return msgspec.json.decode(stored, type=Held) if stored else None


def wire(parts: Ledger, entry: Entry) -> dict[str, Any]:
    """An entry as the HTTP contract writes it."""
    waits = held(parts, entry)
    times = {
        "queued": entry.queued, "due": entry.due, "settled": entry.settled, "delivered": entry.delivered,
        "clicked": entry.clicked, "bounced": entry.bounced, "complained": entry.complained,
    }  # fmt: skip
    kind, _, value = entry.who.partition("/")
    return {
        "message_id": entry.message_id,
        "source": entry.source,
        "step": entry.step,
        "template": entry.template,
        "channel": entry.channel,
        "topic": entry.topic,
        "transactional": entry.transactional,
        "for": {"user_id" if kind == "u" else "anonymous_id": value},
        "status": entry.status,
        "code": entry.code or (waits.code if waits else ""),
        "detail": entry.detail,
        "waits_until": format_time(waits.until) if waits else None,
        "times": {name: format_time(at) for name, at in times.items() if at},
        "orders": entry.orders,
        "revenue": Money(entry.revenue, parts.currency),
    }
