"""What an order says once, whatever the number of its lines: amounts, payment, shipping, addresses, its
end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import decimal_text
from maatwerk.surfaces.files.columns import Columns
from maatwerk.surfaces.files.mapping import Mapping
from maatwerk.surfaces.files.people import address

_AMOUNTS = ("shipping", "discount", "tax")
_STATED = ("total", "subtotal")
_TEXTS = ("number", "coupon", "email", "country", "payment_method", "shipping_method", "channel", "location")


class Sold(Protocol):
    """A line; see `maatwerk.surfaces.files.orders.Line`."""

    @property
    def sku(self) -> str: ...
    @property
    def minor(self) -> int | None: ...
    @property
    def quantity(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def brand(self) -> str: ...
    @property
    def discount(self) -> int: ...


class Head(msgspec.Struct):
    """An order's own values. ``amounts`` and ``stated`` are in minor units; ``changed_at`` is when it was
    cancelled or refunded, as far as the file says."""

    order_id: str
    currency: str
    at: int
    changed_at: int
    texts: dict[str, Any]
    amounts: dict[str, int]
    stated: dict[str, int]
    refunds: list[dict[str, str]]
    cancelled: bool
    named: bool
    """Whether products carry their names: a shop's own export says what was sold under which name."""


def head_of(records: list[list[str]], order_id: str, mapping: Mapping, columns: Columns) -> Head:
    """The values of one order's records. Raises `Refused` for what cannot be read, and (``order_not_placed``)
    for an order that never was one: a draft, a failed payment."""
    word = columns.first(records, "status").lower()
    status = mapping.statuses.get(word, "placed")
    if status == "ignore":
        raise Refused(
            "order_not_placed", f"an order that is {word!r} was never placed", field=columns.name_of("status")
        )
    paid = any(columns.has(field) for field in ("price", *_STATED))
    currency = columns.currency(records) if paid else ""
    at = columns.read_time(columns.first(records, "date"))
    cancelled_at = columns.first(records, "cancelled_at")

    def amounts(fields: Sequence[str]) -> dict[str, int]:
        texts = {name: columns.first(records, name) for name in fields}
        return {name: columns.minor(text, currency, name) for name, text in texts.items() if text}

    texts: dict[str, Any] = {name: text for name in _TEXTS if (text := columns.first(records, name))}
    if mapping.channel:
        texts["channel"] = mapping.channel
    if "coupon" in texts:
        texts["coupon"] = ", ".join(filter(None, texts["coupon"].split("|")))
    for which in ("billing", "shipping"):
        if place := address(records, which, columns):
            texts[f"{which}_address"] = place
    stated = amounts(_STATED)
    if payment := columns.first(records, "payment_method"):
        said = {"type": payment, "transaction_id": columns.first(records, "payment_id"), "currency": currency}
        if "total" in stated:
            said["amount"] = decimal_text(stated["total"], currency)
        texts["payments"] = [{name: text for name, text in said.items() if text}]
    refunds = _refunds(records, currency, columns)
    if not refunds and status == "refunded" and stated.get("total"):
        refunds = [{"amount": decimal_text(stated["total"], currency)}]
    return Head(
        order_id=order_id,
        currency=currency,
        at=at,
        changed_at=columns.read_time(cancelled_at) if cancelled_at else at,
        texts=texts,
        amounts=amounts(_AMOUNTS),
        stated=stated,
        refunds=refunds,
        cancelled=bool(cancelled_at) or status == "cancelled",
        named=bool(mapping.detect),
    )


def properties_of(
    head: Head, lines: Sequence[Sold], extra: dict[str, int], *, sale: bool = True
) -> dict[str, Any]:
    """The order as Segment writes it; lines of one product at one price become one, their pieces added up."""
    pieces: dict[tuple[str, int | None], list[Sold]] = {}
    for line in lines:
        pieces.setdefault((line.sku, line.minor), []).append(line)
    properties: dict[str, Any] = {"order_id": head.order_id}
    currency = head.currency
    if currency:
        revenue = sum((minor or 0) * _count(same) for (_, minor), same in pieces.items())
        # A discount may be written with either sign; it lowers what was paid.
        total = revenue + extra.get("shipping", 0) + extra.get("tax", 0) - abs(extra.get("discount", 0))
        if sale and not lines:
            revenue = head.stated.get("subtotal", head.stated.get("total", 0))
        total = head.stated.get("total", max(0, total)) if sale else max(0, total)
        properties |= {"currency": currency, "revenue": decimal_text(revenue, currency)}
        properties["total"] = decimal_text(total, currency)
        properties |= {name: decimal_text(abs(minor), currency) for name, minor in extra.items() if minor}
        if sale and "subtotal" in head.stated:
            properties["subtotal"] = decimal_text(head.stated["subtotal"], currency)
    of_returns = ("coupon", "email", "country")
    properties |= {name: text for name, text in head.texts.items() if sale or name in of_returns}
    properties["products"] = [
        _product(sku, minor, same, currency, head.named) for (sku, minor), same in pieces.items()
    ]
    return properties


def _product(sku: str, minor: int | None, same: Sequence[Sold], currency: str, named: bool) -> dict[str, Any]:
    product: dict[str, Any] = {"sku": sku}
    if minor is not None:
        product["price"] = decimal_text(minor, currency)
    product["quantity"] = _count(same)
    first = same[0]
    for name in ("category", "brand"):
        if text := getattr(first, name):
            product[name] = text
    if first.name and (named or first.discount or first.category or first.brand):
        product["name"] = first.name
    if discount := sum(line.discount for line in same):
        product["discount"] = decimal_text(discount, currency)
    return product


def _count(lines: Sequence[Sold]) -> int:
    return sum(abs(line.quantity) for line in lines)


def _refunds(records: list[list[str]], currency: str, columns: Columns) -> list[dict[str, str]]:
    """Money that went back: one amount, or several parted by ``|``, each with its id where there are as
    many."""
    told = [text for text in columns.first(records, "refunded").split("|") if text]
    ids = columns.first(records, "refund_ids").split("|")
    found = []
    for number, text in enumerate(told):
        minor = abs(columns.minor(text, currency, "refunded"))
        if minor:
            refund = {"amount": decimal_text(minor, currency)}
            if len(ids) == len(told) and ids[number]:
                refund["id"] = ids[number]
            found.append(refund)
    return found
