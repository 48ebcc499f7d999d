"""The limits of one message: its size, its depth, and how many properties an object may have."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import DEPTH, EVENT_BYTES, PROPERTIES

_ANY = msgspec.json.Decoder()


def check_bounds(message: bytes) -> None:
    """Raise `Refused` for a message past a limit. ``message`` is valid JSON.

    Counting brackets and colons is an upper bound that nearly every message stays under; only past it
    is the message walked.
    """
    if len(message) > EVENT_BYTES:
        raise Refused(
            "event_too_large",
            f"the event has {len(message)} bytes, {EVENT_BYTES} are allowed",
            hint="send references instead of contents",
        )
    if message.count(b"{") + message.count(b"[") > DEPTH or message.count(b":") > PROPERTIES:
        try:
            _walk(_ANY.decode(message))
        except (RecursionError, msgspec.DecodeError):
            raise Refused("too_deep", f"nested deeper than {DEPTH} levels or not readable") from None


def _walk(root: Any) -> None:
    level = [root]
    depth = 0
    while level:
        depth += 1
        if depth > DEPTH:
            raise Refused("too_deep", f"nested deeper than {DEPTH} levels", hint="flatten the properties")
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                if len(value) > PROPERTIES:
                    raise Refused(
                        "too_many_properties",
                        f"an object has {len(value)} properties, {PROPERTIES} are allowed",
                        hint="send a list instead",
                    )
                below += [inner for inner in value.values() if isinstance(inner, (dict, list))]
            elif isinstance(value, list):
                below += [inner for inner in value if isinstance(inner, (dict, list))]
        level = below
