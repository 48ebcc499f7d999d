"""Orders: placed, invoiced, shipped, cancelled, refunded, returned.

By its ``order_id`` an order is one, whatever routes report it; ``number`` is the other name it may go by (a
shop's number beside its database's).
"""

from __future__ import annotations

import msgspec

from maatwerk.events.browsing import Item, Number


class Payment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A payment of an order: how (``credit_card``, ``paypal``, ``cash`` …), how much, in which currency."""

    type: str = ""
    amount: Number | None = None
    currency: str = ""
    transaction_id: str = ""


class Address(msgspec.Struct, frozen=True, omit_defaults=True):
    """A postal address as it was told; ``country`` is a code where the sender writes one."""

    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


class Refund(msgspec.Struct, frozen=True, omit_defaults=True):
    """Money that went back. With its ``id`` a refund counts once, whatever routes report it."""

    id: str = ""
    amount: Number | None = None
    currency: str = ""
    payment_type: str = ""


class ReturnedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a return, with why it comes back, in what state, and what she gets for it."""

    sku: str = ""
    product_id: str = ""
    name: str = ""
    quantity: Number | None = None
    reason: str = ""
    condition: str = ""
    resolution: str = ""
    status: str = ""

    @property
    def key(self) -> str:
        """The identifier to look the product up by."""
        return self.sku or self.product_id


class OrderCompleted(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order was placed, or something was sold over the counter (``channel`` ``store``).

    ``total`` is what the customer paid; ``revenue`` is without shipping and tax.
    """

    order_id: str = ""
    number: str = ""
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
    payment_method: str = ""
    payments: tuple[Payment, ...] = ()
    shipping_method: str = ""
    shipping_address: Address | None = None
    billing_address: Address | None = None
    channel: str = ""
    location: str = ""
    """The shop's name of the till or the store, for sales over the counter."""
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
    """An order was cancelled or refunded, in part where ``products`` are named.

    ``total`` is what went back; where ``refunds`` are listed, these count instead.
    """

    order_id: str = ""
    number: str = ""
    total: Number | None = None
    currency: str = ""
    refund_id: str = ""
    reason: str = ""
    refunds: tuple[Refund, ...] = ()
    products: tuple[Item, ...] = ()


class OrderMoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order, or some of its lines, was invoiced or shipped."""

    order_id: str = ""
    number: str = ""
    total: Number | None = None
    currency: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    shipping_method: str = ""
    shipping_address: Address | None = None
    products: tuple[Item, ...] = ()


class OrderReturned(msgspec.Struct, frozen=True, omit_defaults=True):
    """A return was asked for (initiated) or closed (completed), line by line."""

    order_id: str = ""
    number: str = ""
    return_id: str = ""
    status: str = ""
    products: tuple[ReturnedLine, ...] = ()
