"""Carts, checkouts and lists (wish lists, B2B requisition lists)."""

from __future__ import annotations

import msgspec

from maatwerk.events.browsing import Item, Number


class CartSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cart was opened (its first item) or viewed, with its lines where the sender knows them."""

    cart_id: str = ""
    products: tuple[Item, ...] = ()
    currency: str = ""
    value: Number | None = None


class CheckoutStarted(msgspec.Struct, frozen=True, omit_defaults=True):
    """The shopper began to check out."""

    order_id: str = ""
    cart_id: str = ""
    value: Number | None = None
    currency: str = ""
    coupon: str = ""
    products: tuple[Item, ...] = ()


class ListTouched(msgspec.Struct, frozen=True, omit_defaults=True):
    """A list was created or deleted, or a product went into or out of it.

    ``list_type``: ``wishlist`` or ``requisition``.
    """

    list_id: str = ""
    list_type: str = "wishlist"
    name: str = ""
    description: str = ""
    sku: str = ""
    product_id: str = ""
    quantity: Number | None = None
    products: tuple[Item, ...] = ()
