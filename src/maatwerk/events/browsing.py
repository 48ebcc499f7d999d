"""Browsing: pages, lists, products, searches, and what was shown and clicked."""

from __future__ import annotations

import msgspec

Number = int | float | str
"""A number as clients write it; money is read with `maatwerk.core.money.parse_minor`."""


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """A product as an event mentions it. ``sku`` wins over ``product_id``; one of them is needed.

    ``price`` is of one piece, in the event's currency.
    """

    sku: str = ""
    product_id: str = ""
    variant: str = ""
    name: str = ""
    brand: str = ""
    category: str = ""
    price: Number | None = None
    quantity: Number | None = None
    discount: Number | None = None
    coupon: str = ""
    position: Number | None = None

    @property
    def key(self) -> str:
        """The identifier to look the product up by."""
        return self.sku or self.product_id


class PageViewed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page or screen was opened."""

    name: str = ""
    category: str = ""
    url: str = ""
    path: str = ""
    title: str = ""
    referrer: str = ""


class ProductSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product viewed, clicked, added to or removed from something: the product's fields, flat.

    ``tracking`` and ``query_id`` join it to the decision or search that showed it.
    """

    sku: str = ""
    product_id: str = ""
    variant: str = ""
    name: str = ""
    brand: str = ""
    category: str = ""
    price: Number | None = None
    quantity: Number | None = None
    currency: str = ""
    position: Number | None = None
    cart_id: str = ""
    list_id: str = ""
    list_type: str = ""
    tracking: str = ""
    query_id: str = ""

    @property
    def key(self) -> str:
        """The identifier to look the product up by."""
        return self.sku or self.product_id


class ListViewed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A list of products came into view: a category, search results, a recommendation unit."""

    list_id: str = ""
    category: str = ""
    products: tuple[Item, ...] = ()
    tracking: str = ""
    query_id: str = ""


class Searched(msgspec.Struct, frozen=True, omit_defaults=True):
    """A search was asked; ``query_id`` joins it to its response."""

    query: str = ""
    query_id: str = ""
    filters: msgspec.Raw = msgspec.Raw(b"[]")
    sorts: msgspec.Raw = msgspec.Raw(b"[]")


class SearchAnswered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A search's response arrived: how many results, and which products were shown."""

    query: str = ""
    query_id: str = ""
    results: int | None = None
    products: tuple[Item, ...] = ()
    suggestions: tuple[str, ...] = ()


class PromotionSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """A promotion, content block or pop-up was viewed, clicked or closed; ``list_id`` is its placement."""

    promotion_id: str = ""
    list_id: str = ""
    creative: str = ""
    name: str = ""
    position: Number | None = None
    tracking: str = ""
