"""An event as conditions read it: one element, or one for each product line."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import digits_of, parse_minor
from maatwerk.events import names
from maatwerk.events.event import Event
from maatwerk.events.plain import plain_properties

Element = dict[str, Any]

UNASKED = frozenset({"bot", "analytics_denied", "personalization_denied", "too_late"})
"""What happened under one of these flags says nothing of anybody."""

_ORDERS = ("Order Completed", "Order Refunded", "Order Cancelled")


def elements(event: Event, source: str, currency: str, *, properties: bool = True) -> list[Element]:
    """Elements of an event; ``currency`` is the workspace's; without ``properties`` where nobody asks for
    them. An event whose body cannot be read has none."""
    try:
        body = names.body(event)
    except msgspec.MsgspecError:
        return []
    whole = _whole(event, body, currency)
    if properties:
        whole["properties"] = plain_properties(event)
    if source == "event":
        return [whole]
    products = getattr(body, "products", ())
    items = products or ((body,) if _key(body) else ())
    return [whole | line for item in items if (line := _line(item, body, event, currency))]


def amount_of(minor: int, currency: str) -> float:
    """Major units."""
    return float(minor / 10 ** digits_of(currency))


def _whole(event: Event, body: Any, currency: str) -> Element:
    context = event.context
    money = getattr(body, "currency", "") or context.currency or currency
    told = {
        "category": getattr(body, "category", ""),
        "query": getattr(body, "query", ""),
        "order_id": getattr(body, "order_id", ""),
        "coupon": getattr(body, "coupon", ""),
        "tracking": getattr(body, "tracking", ""),
        "country": context.country,
        "device": context.device,
        "channel": context.channel,
        "campaign": context.campaign.name or context.campaign.source if context.campaign else "",
        "store": context.store,
    }
    element: Element = {name: value for name, value in told.items() if value}
    element["time"] = event.time
    if event.name in _ORDERS and money == currency:
        value = _first(body, ("total", "revenue", "value", "subtotal"), money)
        value = _lines_total(body, money) if value is None else value
        if value is not None:
            element["value"] = amount_of(value, currency)
    if _key(body):
        element |= _line(body, body, event, currency)
    return element


def _line(item: Any, body: Any, event: Event, currency: str) -> Element:
    sku = _key(item)
    if not sku:
        return {}
    line: Element = {"sku": sku, "quantity": _number(getattr(item, "quantity", None))}
    for field in ("brand", "category"):
        if value := getattr(item, field, ""):
            line[field] = value
    money = getattr(body, "currency", "") or event.context.currency or currency
    price = _minor(getattr(item, "price", None), money) if money == currency else None
    if price is not None:
        line["price"] = amount_of(price, currency)
    return line


def _key(item: Any) -> str:
    return getattr(item, "sku", "") or getattr(item, "product_id", "")


def _first(body: Any, fields: tuple[str, ...], currency: str) -> int | None:
    for field in fields:
        minor = _minor(getattr(body, field, None), currency)
        if minor is not None:
            return minor
    return None


def _lines_total(body: Any, currency: str) -> int | None:
    prices = [(_minor(item.price, currency), _number(item.quantity)) for item in body.products]
    known = [price * quantity for price, quantity in prices if price is not None]
    return round(sum(known)) if known else None


def _minor(value: Any, currency: str) -> int | None:
    if value is None or value == "":
        return None
    try:
        return parse_minor(value, currency)
    except Refused:
        return None


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 1.0
