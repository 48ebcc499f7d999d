"""What of an event's properties may be asked for later: short plain values that name nobody."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.events.event import EMPTY, Event
from maatwerk.events.names import properties

PERSONAL = frozenset(
    "email mail phone telephone mobile name firstname lastname fullname username address street city zip"
    " postcode postalcode birthday birthdate dateofbirth ip ipaddress iban password".split()
)
"""Names of properties, without case, spaces and signs, that are kept out of sealed history and rules."""

TEXT_CHARS = 255
MOST = 60


def plain_properties(event: Event) -> dict[str, Any]:
    """Flags, numbers and short texts by name; of more than 60 the first."""
    if event.properties == EMPTY:
        return {}
    try:
        said = properties(event)
    except msgspec.MsgspecError:
        return {}
    plain: dict[str, Any] = {}
    for name, value in said.items():
        if isinstance(value, str):
            if not value or len(value) > TEXT_CHARS or "@" in value:
                continue
        elif not isinstance(value, bool | int | float):
            continue
        if _bare(name) not in PERSONAL and len(plain) < MOST:
            plain[name] = value
    return plain


def _bare(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())
