"""Orders: placed, cancelled, refunded. By its ``order_id`` an order is one, whatever routes report it."""

from __future__ import annotations

import msgspec

from maatwerk.events.browsing import Item, Number


class OrderCompleted(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order was placed. ``total`` is what the customer paid; ``revenue`` is without shipping and tax."""

    order_id: str = ""
    checkout_id: str = ""
    cart_id: str = ""
    total: Number | None = None
    subtotal: Number | None = None
    revenue: Number | None = None
    value: Number | None = None
    shipping: Number | None = None
    tax: Number | None = None
    discount: Number | None = None
    coupon: str = ""
    currency: str = ""
    email: str = ""
    products: tuple[Item, ...] = ()


def with_discount(said: OrderCompleted) -> bool:
    """Whether the order names a coupon, or an amount off itself or one of its lines."""
    amounts = (said.discount, *(item.discount for item in said.products))
    return bool(said.coupon) or any(item.coupon for item in said.products) or any(map(_positive, amounts))


def _positive(value: Number | None) -> bool:
    try:
        return value is not None and float(value) > 0
    except ValueError:
        return False


class OrderReversed(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order was cancelled or refunded, in part where ``products`` are named."""

    order_id: str = ""
    total: Number | None = None
    currency: str = ""
    products: tuple[Item, ...] = ()
