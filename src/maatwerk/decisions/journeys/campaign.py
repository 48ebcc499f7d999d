"""A campaign: one message to an audience at one moment, as the journey of a single step that it is."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import parse_time

KIND = "campaign"
_PREFIX = "campaign."


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The document. ``audience`` empty: everybody with an address who agreed. ``template``: what is said;
    its products are chosen for each. ``at``: RFC 3339. ``data``: words for this time alone. ``window``: a
    message that could not go by then does not go at all."""

    name: str
    template: str
    at: str
    audience: str = ""
    channels: tuple[str, ...] = ("email",)
    window: str = "24h"
    data: dict[str, Any] = {}
    enabled: bool = True

    def at_ms(self) -> int:
        """When it goes, in milliseconds."""
        return parse_time(self.at, "at")


def parse_campaign(key: str, document: dict[str, Any]) -> Campaign:
    """The campaign of a rule. Raises `Refused`."""
    try:
        campaign = msgspec.convert(document, Campaign)
    except msgspec.ValidationError as fault:
        raise Refused("campaign_not_valid", str(fault), field=f"campaign.{key}") from None
    for field in ("name", "template"):
        if not getattr(campaign, field).strip():
            raise Refused("campaign_not_valid", f"a campaign has a {field}", field=f"campaign.{key}.{field}")
    parse_time(campaign.at, f"campaign.{key}.at")
    return campaign


def journey_key(key: str) -> str:
    """What its journey is called, in rows and in messages."""
    return f"{_PREFIX}{key}"


def as_journey(key: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document of the journey it is. Raises `Refused`."""
    it = parse_campaign(key, document)
    return {
        "name": it.name,
        "enabled": it.enabled,
        "priority": 30,
        "again": "never",
        "trigger": {"schedule": it.at, "audience": it.audience},
        "goal": {"event": "Order Completed", "within": "5d"},
        "steps": [
            {
                "key": "message",
                "send": it.template,
                "channels": list(it.channels),
                "window": it.window,
                "data": it.data,
            }
        ],
    }
