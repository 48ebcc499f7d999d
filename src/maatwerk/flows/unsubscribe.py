"""Unsubscribe: from a link in a message to an event, and an address that is written to no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from maatwerk.core.ids import derived_id
from maatwerk.core.time import MINUTE, Clock
from maatwerk.effects.outbox import SUPPRESSED, Leases
from maatwerk.effects.unsubscribe import Link, unseal
from maatwerk.events.event import Event
from maatwerk.events.log import Log
from maatwerk.events.messages import Unsubscribed
from maatwerk.events.names import with_body

_KEY_BYTES = 32


class Suppressed(msgspec.Struct, frozen=True):
    """Kept under the keyed hash of an address, and so also after she was forgotten."""

    at: int
    channel: str


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


async def unsubscribe(parts: Unsubscribing, token: str, source: str) -> Link:
    """No more of this channel for her, from now on; durable when it returns. Raises `Refused` (404)."""
    link = unseal(parts.key, token)
    now = parts.clock()
    if link.address:
        entry = msgspec.json.encode(Suppressed(now, link.channel))
        parts.records.put(SUPPRESSED, link.address, entry)
    await parts.log.append([_event(link, source, now)])
    return link


def _event(link: Link, source: str, now: int) -> Event:
    # one identifier alone: with two, unsubscribing would sign her in on that device
    who: dict[str, object] = (
        {"user_id": link.user_id, "proven": True} if link.user_id else {"anonymous_id": link.anonymous_id}
    )
    return with_body(
        "Unsubscribed",
        Unsubscribed(link.channel, link.message_id, source),
        id=derived_id(
            "un", link.message_id, link.channel, link.user_id, link.anonymous_id, str(now // MINUTE)
        ),
        time=now,
        received=now,
        origin="internal",
        **who,
    )


def suppressed_at(records: Leases, digest: str) -> int:
    """When the owner of an address wanted no more; 0 where she never did."""
    stored = records.get(SUPPRESSED, digest)
    return msgspec.json.decode(stored, type=Suppressed).at if stored else 0
