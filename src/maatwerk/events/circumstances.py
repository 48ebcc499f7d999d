"""An event's circumstances, reduced: no address, no full user agent, only what a decision can use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id, normalize_id
from maatwerk.events import consent
from maatwerk.events.consent import NO_TERMS
from maatwerk.events.event import EMPTY, Campaign, Context
from maatwerk.events.tcf import Terms


class Device(msgspec.Struct, frozen=True):
    """What a user agent says: ``kind`` is `desktop`, `mobile`, `tablet`, `bot`, `server` or nothing."""

    kind: str = ""
    browser: str = ""
    os: str = ""


NO_DEVICE = Device()
DeviceOf = Callable[[str], Device]


class Surroundings(msgspec.Struct, frozen=True):
    """What a request says of all its messages: the edge's country, the caller's agent, its signals."""

    user_agent: str = ""
    country: str = ""
    opted_out: bool = False
    """``Sec-GPC: 1``: her data may not be sold or shared."""
    library: str = ""


class Circumstances(msgspec.Struct, frozen=True):
    """The reduced context, and what else a message's context may carry."""

    context: Context = Context()
    bot: bool = False
    signature: str = ""
    traits: msgspec.Raw = EMPTY
    opted_out: bool = False
    trouble: Refused | None = None
    """A consent string that could not be read: it counts as a denial, and its sender is told."""


_TEXT_CHARS = 255
_URL_CHARS = 2048
_SERVER_LIBRARIES = ("python", "node", "java", "go", "ruby", "php", "dotnet", "rust", ".net", "c#")
_DEVICE_TYPES = {
    "mobile": "mobile", "phone": "mobile", "smartphone": "mobile", "ios": "mobile", "android": "mobile",
    "tablet": "tablet", "ipad": "tablet", "desktop": "desktop", "browser": "desktop", "bot": "bot",
    "server": "server",
}  # fmt: skip
_ANY = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()


def reduce(context: Any, around: Surroundings, device_of: DeviceOf, terms: Terms = NO_TERMS) -> Circumstances:
    """What is kept of a message's ``context``. Wrong shapes are passed over: circumstances reject nothing."""
    said = context if isinstance(context, dict) else {}
    page = _dict(said.get("page"))
    library = _text(_dict(said.get("library")).get("name")) or around.library
    device = _device(said, around, library, device_of)
    source, priority = _source(said.get("source"))
    given = said.get("consent")
    stated = consent.stated(given, terms)
    by = consent.signal_of(given)
    opted_out = around.opted_out or consent.opted_out(given)
    if opted_out:
        stated["advertising"] = False
        by = by or "gpc"
    traits = said.get("traits")
    return Circumstances(
        context=Context(
            store=_text(said.get("store")) or "default",
            session_id=normalize_id(said.get("sessionId") or said.get("session_id"))[:_TEXT_CHARS],
            locale=_text(said.get("locale")),
            country=_country(said, around),
            currency=_currency(said.get("currency")),
            timezone=_text(said.get("timezone")),
            device=device.kind,
            device_id=known_id(_dict(said.get("device")).get("id"))[:_TEXT_CHARS],
            browser=device.browser,
            os=device.os or _text(_dict(said.get("os")).get("name")),
            url=_text(page.get("url"), _URL_CHARS),
            path=_text(page.get("path"), _URL_CHARS),
            title=_text(page.get("title")),
            referrer=_text(page.get("referrer"), _URL_CHARS),
            library=library,
            channel=_text(said.get("channel")),
            campaign=_campaign(said.get("campaign")),
            source=source,
            source_priority=priority,
            consent=stated,
            consent_by=by,
        ),
        bot=device.kind == "bot",
        opted_out=opted_out,
        trouble=consent.trouble(given),
        signature=_text(said.get("userSignature")),
        traits=msgspec.Raw(_ENCODER.encode(traits)) if isinstance(traits, dict) and traits else EMPTY,
    )


def reduced(message: bytes, device_of: DeviceOf) -> bytes:
    """A message as it may be kept though it was not accepted: without address, the agent as a kind of device.

    Read again it has the same meaning.
    """
    if b'"ip"' not in message and b'"userAgent' not in message:
        return message
    try:
        said = _ANY.decode(message)
    except (msgspec.DecodeError, RecursionError):
        return message
    context = said.get("context") if isinstance(said, dict) else None
    if not isinstance(context, dict):
        return message
    context.pop("ip", None)
    context.pop("userAgentData", None)
    agent = context.pop("userAgent", None)
    if isinstance(agent, str) and agent and not _dict(context.get("device")).get("type"):
        context["device"] = {**_dict(context.get("device")), "type": device_of(agent[:1024]).kind}
    said.pop("ip", None)
    return _ENCODER.encode(said)


def _device(said: dict[str, Any], around: Surroundings, library: str, device_of: DeviceOf) -> Device:
    agent = said.get("userAgent")
    if not isinstance(agent, str) or not agent:
        # Only a browser's own header is the shopper's; a server's says nothing of her.
        agent = around.user_agent if "Mozilla/" in around.user_agent or "bot" in around.user_agent else ""
    told = _dict(said.get("device")).get("type")
    kind = _DEVICE_TYPES.get(told.lower(), "") if isinstance(told, str) else ""
    if agent:
        device = device_of(agent[:1024])
        return Device(kind, device.browser, device.os) if kind and device.kind != "bot" else device
    if not kind and library and any(name in library.lower() for name in _SERVER_LIBRARIES):
        kind = "server"
    return Device(kind) if kind else NO_DEVICE


def _country(said: dict[str, Any], around: Surroundings) -> str:
    for value in (_dict(said.get("location")).get("country"), said.get("country"), around.country):
        if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha():
            code = value.upper()
            if code != "XX":
                return code
    return ""


def _currency(value: Any) -> str:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha():
        return value.upper()
    return ""


def _source(value: Any) -> tuple[str, int]:
    """``"till"``, or ``{"name": "till", "priority": 70}``."""
    said = value if isinstance(value, dict) else {"name": value}
    priority = said.get("priority")
    within = isinstance(priority, int) and not isinstance(priority, bool) and 1 <= priority <= 100
    return _text(said.get("name"), 40), priority if within else 0  # type: ignore[return-value]


def _campaign(value: Any) -> Campaign | None:
    if not isinstance(value, dict) or not value:
        return None
    return Campaign(
        source=_text(value.get("source")),
        medium=_text(value.get("medium")),
        name=_text(value.get("name")),
        term=_text(value.get("term")),
        content=_text(value.get("content")),
    )


def _text(value: Any, most: int = _TEXT_CHARS) -> str:
    return value[:most] if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
