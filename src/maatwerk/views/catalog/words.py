"""A product as the catalog knows it."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.money import Money

DEFAULT_STORE = "default"


class Product(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product or variant of one store.

    ``price_minor`` is the regular price of one piece, ``sale_price_minor`` the reduced one between
    ``sale_from`` and ``sale_to`` (milliseconds; 0: open). ``stock`` None means the shop does not
    count it. ``first_seen`` is when the catalog first heard of it, milliseconds since the epoch.
    ``related`` maps a kind of link (``cross_sell``, ``up_sell``, ``related``) to SKUs.
    """

    sku: str
    store: str = DEFAULT_STORE
    parent: str = ""
    name: str = ""
    description: str = ""
    categories: tuple[str, ...] = ()
    brand: str = ""
    url: str = ""
    images: tuple[str, ...] = ()
    currency: str = ""
    price_minor: int | None = None
    sale_price_minor: int | None = None
    sale_from: int = 0
    sale_to: int = 0
    stock: int | None = None
    attributes: dict[str, Any] = {}
    margin: float | None = None
    published: bool = True
    related: dict[str, tuple[str, ...]] = {}
    first_seen: int = 0

    def price_at(self, now: int) -> int | None:
        """What one piece costs at a moment, in minor units."""
        sale = self.sale_price_minor
        if sale is not None and self.sale_from <= now and (not self.sale_to or now <= self.sale_to):
            return sale
        return self.price_minor

    def price_wire(self, now: int) -> dict[str, Any]:
        """``price`` and, while reduced, ``regular_price``, as the wire writes money."""
        price = self.price_at(now)
        if price is None or not self.currency:
            return {}
        wire: dict[str, Any] = {"price": Money(price, self.currency).wire()}
        if self.price_minor is not None and price < self.price_minor:
            wire["regular_price"] = Money(self.price_minor, self.currency).wire()
        return wire


def encode(product: Product) -> bytes:
    """The stored form (MessagePack)."""
    return _ENCODER.encode(product)


def decode(payload: bytes) -> Product:
    """The product of a stored row."""
    return _DECODER.decode(payload)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Product)
