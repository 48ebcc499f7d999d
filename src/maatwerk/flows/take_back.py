"""Take back: what mailboxes answer to our messages, as events, and what follows for the address at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maatwerk.core.ids import derived_id
from maatwerk.core.time import HOUR, Clock
from maatwerk.decisions.contact.judge import COMPLAINT
from maatwerk.decisions.journeys.words import identity
from maatwerk.effects.channels import returned
from maatwerk.effects.channels.returned import Return
from maatwerk.effects.ledger import Entry, of_message
from maatwerk.effects.outbox import Leases
from maatwerk.effects.unsubscribe import address_digest
from maatwerk.events.event import Event
from maatwerk.events.log import Log
from maatwerk.events.messages import MessageTouched
from maatwerk.events.names import with_body
from maatwerk.flows.contact import policy_of
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.suppress import Suppressed, bounced, suppress
from maatwerk.views.store import Store

_NAMES = {
    returned.DELIVERED: "Message Delivered",
    returned.COMPLAINT: "Message Complained",
    returned.HARD: "Message Bounced",
    returned.SOFT: "Message Bounced",
}
TAKEN, UNKNOWN = "mail_returns", "mail_returns_unknown"
"""Counters of the log: what came back, and what of it named no message of ours."""


@dataclass(frozen=True)
class TakingBack:
    """What it needs. ``key`` is that of `maatwerk.flows.unsubscribe.link_key`."""

    log: Log
    store: Store
    records: Leases
    knowledge: Knowledge
    key: bytes
    clock: Clock


async def take_back(parts: TakingBack, returns: Sequence[Return]) -> dict[str, int]:
    """Write them down and stop the addresses they name; how many of each kind."""
    now = parts.clock()
    parts.knowledge.refresh(now)
    policy = policy_of(parts.knowledge.rules)
    events: list[Event] = []
    told = dict.fromkeys(_NAMES, 0)
    for each in returns:
        told[each.kind] += 1
        digest = address_digest(parts.key, each.address) if each.address else ""
        if digest and each.kind == returned.COMPLAINT:
            suppress(parts.records, digest, Suppressed(now, "email", COMPLAINT))
        elif digest and each.kind in (returned.HARD, returned.SOFT):
            mark = each.message_id or derived_id("b", each.address, str(now // HOUR))
            bounced(parts.records, policy, digest, mark, now, hard=each.kind == returned.HARD)
        entry = _entry(parts, each.message_id)
        if entry is not None:
            events.append(_event(entry, each, now))
    parts.log.count(TAKEN, len(returns))
    parts.log.count(UNKNOWN, len(returns) - len(events))
    if events:
        await parts.log.append(events)
    return told


def _entry(parts: TakingBack, message_id: str) -> Entry | None:
    if not message_id:
        return None
    with parts.store.snapshot() as read:
        return of_message(read, message_id)


def _event(entry: Entry, each: Return, now: int) -> Event:
    hard = each.kind == returned.HARD
    detail = each.detail.replace(each.address, "…") if each.address else each.detail
    said = MessageTouched(entry.message_id, entry.channel, code=each.code[:20], detail=detail, hard=hard)
    return with_body(
        _NAMES[each.kind],
        said,
        id=derived_id("mt", entry.message_id, each.kind, each.code),
        time=now,
        received=now,
        kind="message",
        origin="internal",
        **identity(entry.who),
    )
