"""The room's words: the audience as the merchant writes it."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import parse_time

KIND = "audience"

MEMBERS = 1_000
"""Members named in a document; longer lists come by CSV or over HTTP, as events."""

_TEXT_CHARS = 500


class Audience(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who belongs to it: whom ``when`` holds for, and whom a list names.

    ``when`` is a condition; empty: only who is listed. ``members`` are user ids that always belong to it.
    ``public``: its name may be told to browsers. ``starts`` and ``ends`` are RFC 3339 times; outside of them
    nobody belongs to it. ``group`` is a heading to list it under.
    """

    name: str
    when: str = ""
    description: str = ""
    group: str = ""
    public: bool = False
    members: tuple[str, ...] = ()
    starts: str = ""
    ends: str = ""

    def starts_at(self) -> int:
        """Milliseconds; 0: it always has."""
        return parse_time(self.starts) if self.starts else 0

    def ends_at(self) -> int:
        """Milliseconds; 0: it never does."""
        return parse_time(self.ends) if self.ends else 0


def read_audience(key: str, document: dict[str, Any]) -> Audience:
    """The audience of a document; `Refused` names what is wrong in it."""
    try:
        audience = msgspec.convert(document, Audience)
    except msgspec.ValidationError as error:
        raise Refused("rule_not_valid", str(error), field=f"audience.{key}") from None
    if not audience.name.strip():
        raise Refused("rule_not_valid", "an audience has a name", field=f"audience.{key}.name")
    for field in ("name", "description", "group"):
        if len(getattr(audience, field)) > _TEXT_CHARS:
            raise Refused(
                "text_too_long", f"{field} may have {_TEXT_CHARS} characters", field=f"audience.{key}.{field}"
            )
    if len(audience.members) > MEMBERS:
        raise Refused(
            "list_too_long",
            f"a document names at most {MEMBERS} members",
            field=f"audience.{key}.members",
            hint=f"send longer lists to PUT /v1/audiences/{key}/members",
        )
    for field in ("starts", "ends"):
        if text := getattr(audience, field):
            parse_time(text, f"audience.{key}.{field}")
    if audience.starts and audience.ends and audience.starts_at() >= audience.ends_at():
        raise Refused("rule_not_valid", "it ends before it starts", field=f"audience.{key}.ends")
    return audience
