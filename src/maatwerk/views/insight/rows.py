"""Events laid flat for reports and training: one row an event, and one row an item it names."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_minor
from maatwerk.events import names
from maatwerk.events.event import Context, Event
from maatwerk.events.orders import OrderCompleted, with_discount
from maatwerk.events.plain import plain_properties

EVENT_COLUMNS: dict[str, str] = {
    "offset": "BIGINT",
    "time": "BIGINT",
    "name": "VARCHAR",
    "origin": "VARCHAR",
    "anonymous_id": "VARCHAR",
    "user_id": "VARCHAR",
    "proven": "BOOLEAN",
    "counted": "BOOLEAN",
    "stitched": "BOOLEAN",
    "store": "VARCHAR",
    "device": "VARCHAR",
    "country": "VARCHAR",
    "channel": "VARCHAR",
    "campaign": "VARCHAR",
    "source": "VARCHAR",
    "medium": "VARCHAR",
    "referrer": "VARCHAR",
    "category": "VARCHAR",
    "tracking": "VARCHAR",
    "query": "VARCHAR",
    "order_id": "VARCHAR",
    "value_minor": "BIGINT",
    "currency": "VARCHAR",
    "subject": "VARCHAR",
    "discounted": "BOOLEAN",
    "discount_minor": "BIGINT",
    "sku": "VARCHAR",
    "brand": "VARCHAR",
    "coupon": "VARCHAR",
    "price_minor": "BIGINT",
    "quantity": "DOUBLE",
    "properties": "VARCHAR",
}
"""``counted``: neither a bot nor denied for analytics; ``stitched``: it may say who somebody is (neither
denied for personalization nor too late);
``value_minor``: what an order's customer paid; ``subject``: the message or experiment it is about;
``source``, ``medium``: of the campaign she came by; ``referrer``: the host she came from, if another's;
``discounted``: an order with a coupon, or with an amount off; ``discount_minor``: the amount;
``sku``, ``brand``, ``price_minor``, ``quantity``: of the one product it names; ``properties``: what of them
may be asked for (`maatwerk.events.plain`), as JSON."""

LINE_COLUMNS: dict[str, str] = {
    "offset": "BIGINT",
    "time": "BIGINT",
    "name": "VARCHAR",
    "anonymous_id": "VARCHAR",
    "user_id": "VARCHAR",
    "counted": "BOOLEAN",
    "sku": "VARCHAR",
    "quantity": "DOUBLE",
    "price_minor": "BIGINT",
    "currency": "VARCHAR",
    "order_id": "VARCHAR",
    "tracking": "VARCHAR",
    "brand": "VARCHAR",
    "category": "VARCHAR",
}

_JSON = msgspec.json.Encoder().encode
_SKIPPED = names.CATALOG_NAMES | names.RULE_NAMES
_UNCOUNTED = frozenset({"bot", "analytics_denied"})
_UNSTITCHED = frozenset({"personalization_denied", "too_late"})


class Flat(msgspec.Struct):
    """Columns of rows: name to values."""

    event: dict[str, list[Any]]
    line: dict[str, list[Any]]


def lay_flat(events: list[Event], currency: str) -> Flat:
    """All rows of these events; ``currency`` is that of amounts that state none."""
    event_rows: list[tuple[Any, ...]] = []
    line_rows: list[tuple[Any, ...]] = []
    for event in events:
        if event.name not in _SKIPPED:
            body = names.body(event)
            event_rows.append(_event_row(event, body, currency))
            line_rows.extend(_line_rows(event, body, currency))
    return Flat(_columns(EVENT_COLUMNS, event_rows), _columns(LINE_COLUMNS, line_rows))


def _columns(columns: dict[str, str], rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    by_column: list[list[Any]] = [list(each) for each in zip(*rows, strict=True)] if rows else []
    return {name: by_column[n] if rows else [] for n, name in enumerate(columns)}


def _event_row(event: Event, body: Any, currency: str) -> tuple[Any, ...]:
    context = event.context
    money = getattr(body, "currency", "") or context.currency or currency
    value = None
    if event.name in ("Order Completed", "Order Refunded", "Order Cancelled"):
        value = _first_minor(body, ("total", "revenue", "value", "subtotal"), money)
        if value is None:
            value = _lines_total(body, money)
    return (
        event.offset,
        event.time,
        event.name,
        event.origin,
        event.anonymous_id,
        event.user_id,
        event.proven,
        _UNCOUNTED.isdisjoint(event.flags),
        _UNSTITCHED.isdisjoint(event.flags),
        context.store,
        context.device,
        context.country,
        context.channel,
        *_origin(context),
        getattr(body, "category", ""),
        getattr(body, "tracking", ""),
        getattr(body, "query", ""),
        getattr(body, "order_id", ""),
        value,
        money,
        getattr(body, "message_id", "") or getattr(body, "promotion_id", ""),
        isinstance(body, OrderCompleted) and with_discount(body),
        _discount(body, money) if isinstance(body, OrderCompleted) else None,
        *_product(body, money),
        _JSON(plain).decode() if (plain := plain_properties(event)) else "",
    )


def _origin(context: Context) -> tuple[str, str, str, str]:
    """Campaign, source and medium she came by, and the host she came from where it is not the shop's own."""
    campaign = context.campaign
    referrer = _host(context.referrer)
    referrer = "" if referrer == _host(context.url) else referrer
    if campaign is None:
        return "", "", "", referrer
    return campaign.name or campaign.source, campaign.source.lower(), campaign.medium.lower(), referrer


def _host(url: str) -> str:
    host = url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
    return host.partition(":")[0].lower().removeprefix("www.")[:253]


def _discount(body: OrderCompleted, currency: str) -> int | None:
    """What was taken off: the order's own word, else the sum of its lines'."""
    own = _minor(body.discount, currency)
    if own is not None:
        return own
    lines = [_minor(item.discount, currency) for item in body.products]
    known = [amount for amount in lines if amount is not None]
    return sum(known) if known else None


def _product(body: Any, currency: str) -> tuple[Any, ...]:
    """SKU, brand, coupon, price and quantity of the one product an event names."""
    coupon = getattr(body, "coupon", "")
    sku = getattr(body, "sku", "") or getattr(body, "product_id", "")
    if not sku:
        return "", "", coupon, None, None
    price = _minor(getattr(body, "price", None), currency)
    return sku, getattr(body, "brand", ""), coupon, price, _number(getattr(body, "quantity", None), 1.0)


def _line_rows(event: Event, body: Any, currency: str) -> list[tuple[Any, ...]]:
    counted = _UNCOUNTED.isdisjoint(event.flags)
    products = getattr(body, "products", ())
    items = products or ((body,) if getattr(body, "sku", "") or getattr(body, "product_id", "") else ())
    money = getattr(body, "currency", "") or event.context.currency or currency
    tracking = getattr(body, "tracking", "")
    order = getattr(body, "order_id", "")
    rows = []
    for item in items:
        sku = item.sku or item.product_id
        if sku:
            quantity = _number(getattr(item, "quantity", None), 1.0)
            price = _minor(getattr(item, "price", None), money)
            who = (event.anonymous_id, event.user_id, counted)
            said = getattr(item, "brand", ""), getattr(item, "category", "")
            rows.append(
                (
                    event.offset,
                    event.time,
                    event.name,
                    *who,
                    sku,
                    quantity,
                    price,
                    money,
                    order,
                    tracking,
                    *said,
                )
            )
    return rows


def _lines_total(body: Any, currency: str) -> int | None:
    prices = [(_minor(item.price, currency), _number(item.quantity, 1.0)) for item in body.products]
    known = [price * quantity for price, quantity in prices if price is not None]
    return round(sum(known)) if known else None


def _first_minor(body: Any, fields: tuple[str, ...], currency: str) -> int | None:
    for field in fields:
        minor = _minor(getattr(body, field, None), currency)
        if minor is not None:
            return minor
    return None


def _minor(value: Any, currency: str) -> int | None:
    if value is None or value == "":
        return None
    try:
        return parse_minor(value, currency)
    except Refused:
        return None


def _number(value: Any, otherwise: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return otherwise
