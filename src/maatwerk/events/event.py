"""The event: something that happened, immutable, in one append-only log.

Names are those of the Segment specification (track names in title case), whatever dialect an
event arrived in. `properties` stays as its sender wrote it; `maatwerk.events.names.body` reads it
as a typed record. Times are milliseconds since the epoch, UTC.
"""

from __future__ import annotations

import msgspec

VERSION = 1
"""The shape below; older stored shapes are lifted on reading (`maatwerk.events.upcast`)."""

EMPTY = msgspec.Raw(b"{}")


class Campaign(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a visit came from, as its links say (UTM)."""

    source: str = ""
    medium: str = ""
    name: str = ""
    term: str = ""
    content: str = ""


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """The circumstances of an event, reduced at ingest: no address, no full user agent."""

    store: str = "default"
    session_id: str = ""
    locale: str = ""
    country: str = ""
    currency: str = ""
    timezone: str = ""
    device: str = ""
    """``desktop``, ``mobile``, ``tablet``, ``bot``, ``server`` or nothing."""
    device_id: str = ""
    """What an app calls the device it is on."""
    browser: str = ""
    os: str = ""
    url: str = ""
    path: str = ""
    title: str = ""
    referrer: str = ""
    library: str = ""
    channel: str = ""
    campaign: Campaign | None = None
    source: str = ""
    """What the sender calls itself (``till``, ``crm``); believed of proven events alone."""
    source_priority: int = 0
    """How much its word weighs, 1 to 100; 0: as `maatwerk.events.source` has it."""
    consent: dict[str, bool] = {}
    """What the sender stated, purpose to granted; what is not stated is absent."""
    consent_by: str = ""
    """By what standard: ``tcf``, ``gcm``, ``gpc``; nothing for our own words."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One happening.

    ``proven``: it came with the secret key or a signed user, so that its identifiers are more than
    claims. ``origin``: ``collected`` from a channel, ``imported`` from a file, ``internal`` for what
    Maatwerk itself did. ``said`` is what its sender called a track event, where that is not ``name``.
    ``offset`` is the log's, 0 before it is appended, and not part of the payload.
    """

    name: str
    id: str
    time: int
    received: int
    kind: str = "track"
    anonymous_id: str = ""
    user_id: str = ""
    proven: bool = False
    origin: str = "collected"
    dialect: str = "segment"
    context: Context = Context()
    properties: msgspec.Raw = EMPTY
    traits: msgspec.Raw = EMPTY
    said: str = ""
    flags: tuple[str, ...] = ()
    """``late`` and ``too_late`` (older than 30 days: kept, not folded live), ``future_clamped``, ``bot``,
    ``no_identity``, ``analytics_denied``, ``personalization_denied``, ``advertising_denied``,
    ``gpc`` (Global Privacy Control came with it)."""
    version: int = VERSION
    offset: int = 0


def encode(event: Event) -> bytes:
    """The payload a log keeps (JSON, without the offset)."""
    return _ENCODER.encode(event if not event.offset else msgspec.structs.replace(event, offset=0))


def decode(payload: bytes, offset: int = 0) -> Event:
    """The event of a stored payload; ``offset`` is put into it."""
    event = _DECODER.decode(payload)
    if offset:
        msgspec.structs.force_setattr(event, "offset", offset)  # ours alone: nobody else has seen it yet
    return event


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Event)
