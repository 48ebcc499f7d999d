"""Unsubscribe: from a link in a message to an event, and an address that is written to no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from maatwerk.core.ids import derived_id
from maatwerk.core.time import MINUTE, Clock
from maatwerk.effects.outbox import Leases
from maatwerk.effects.unsubscribe import Link, unseal
from maatwerk.events.event import Event
from maatwerk.events.log import Log
from maatwerk.events.messages import Unsubscribed
from maatwerk.events.names import with_body
from maatwerk.flows.suppress import Suppressed, decline, suppress

_KEY_BYTES = 32


@dataclass(frozen=True)
class Unsubscribing:
    """What it needs. ``key`` is that of `link_key`."""

    log: Log
    records: Leases
    key: bytes
    clock: Clock


def link_key(records: Leases, chance: Callable[[int], bytes]) -> bytes:
    """The workspace's key of unsubscribe links, made once; it outlives every rotation of the API's keys."""
    return records.put_once("secret", "unsubscribe-links", chance(_KEY_BYTES))


def read_link(parts: Unsubscribing, token: str) -> Link:
    """Whose link this is; changes nothing. Raises `Refused` (404)."""
    return unseal(parts.key, token)


async def unsubscribe(parts: Unsubscribing, token: str, source: str, topic: str = "") -> Link:
    """No more of this channel for her, or of one topic in it, from now on; durable when it returns.

    Raises `Refused` (404).
    """
    link = unseal(parts.key, token)
    now = parts.clock()
    if link.address and topic:
        decline(parts.records, link.address, topic, now, yes=False)
    elif link.address:
        suppress(parts.records, link.address, Suppressed(now, link.channel))
    await parts.log.append([_event(link, source, now, topic)])
    return link


def _event(link: Link, source: str, now: int, topic: str = "") -> Event:
    # one identifier alone: with two, unsubscribing would sign her in on that device
    who: dict[str, object] = (
        {"user_id": link.user_id, "proven": True} if link.user_id else {"anonymous_id": link.anonymous_id}
    )
    return with_body(
        "Unsubscribed",
        Unsubscribed(link.channel, link.message_id, source, topic),
        id=derived_id(
            "un", link.message_id, link.channel, topic, link.user_id, link.anonymous_id, str(now // MINUTE)
        ),
        time=now,
        received=now,
        origin="internal",
        **who,
    )
