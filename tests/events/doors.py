"""Reading one message with nothing but the pure layer."""

from collections.abc import Mapping
from typing import Any

import msgspec

from maatwerk.events.circumstances import Device
from maatwerk.events.consent import GRANTED_AT_INIT, Gate, gate
from maatwerk.events.event import Event
from maatwerk.events.reading import Source, read
from maatwerk.events.verdict import Rejection, Verdict

NOW = 1_795_348_800_000


def device_of(agent: str) -> Device:
    """A table of three agents."""
    if "bot" in agent:
        return Device("bot", "Bot", "")
    return Device("mobile", "Safari", "iOS") if "iPhone" in agent else Device("desktop", "Firefox", "Linux")


def source(default: Mapping[str, bool] = GRANTED_AT_INIT, **fields: Any) -> Source:
    """A request's circumstances."""

    def gate_of(said: dict[str, bool], anonymous_id: str, user_id: str) -> Gate:
        return gate(said, None, default)

    given: dict[str, Any] = {
        "received": NOW,
        "chance": b"0123456789abcdef",
        "gate_of": gate_of,
        "device_of": device_of,
        "signed": lambda user_id, signature: signature == f"signed:{user_id}",
    }
    return Source(**(given | fields))


def verdict(message: Any, origin: Source | None = None, index: int = 0) -> Verdict:
    """The verdict on a message."""
    raw = message if isinstance(message, bytes) else msgspec.json.encode(message)
    return read(raw, index, origin or source())


def accepted(message: Any, origin: Source | None = None) -> Event:
    """The event of a message that is accepted."""
    found = verdict(message, origin)
    assert found.event is not None, found.rejection
    return found.event


def rejected(message: Any, origin: Source | None = None) -> Rejection:
    """The reason a message is rejected."""
    found = verdict(message, origin)
    assert found.rejection is not None, found.event
    return found.rejection


def track(name: str, properties: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A track message."""
    return {"type": "track", "event": name, "anonymousId": "a-1", "properties": properties or {}} | fields


def props(event: Event) -> dict[str, Any]:
    """An event's properties."""
    decoded: dict[str, Any] = msgspec.json.decode(event.properties)
    return decoded
