"""The shopper's bag. It lives in a cookie that the shop needs to work, and in nothing else."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from maatwerk.demo.catalog import Product, selling_price
from maatwerk.demo.shop.shelves import sizes_of
from maatwerk.demo.wire import CURRENCY, product_properties

LINES_MAX = 30
QUANTITY_MAX = 9
FREE_SHIPPING_FROM = Decimal(75)
SHIPPING = Decimal("4.95")
_ID = re.compile(r"c-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Line:
    """Some of one product in one size (empty for a thing of one size)."""

    product: Product
    size: str
    quantity: int

    @property
    def key(self) -> str:
        """What names the line in a form."""
        return f"{self.product['sku']}.{self.size}"

    @property
    def total(self) -> Decimal:
        """Price times quantity."""
        return Decimal(selling_price(self.product)) * self.quantity


@dataclass(frozen=True, slots=True)
class Cart:
    """Lines in the order they were added. ``id`` stays the same until it is bought."""

    id: str
    lines: tuple[Line, ...] = ()

    @property
    def count(self) -> int:
        """Pieces, not lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def subtotal(self) -> Decimal:
        """Before shipping."""
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def shipping(self) -> Decimal:
        """Free from €75, and for an empty cart."""
        return Decimal(0) if not self.lines or self.subtotal >= FREE_SHIPPING_FROM else SHIPPING

    @property
    def total(self) -> Decimal:
        """What is paid."""
        return self.subtotal + self.shipping

    def set(self, product: Product, size: str, quantity: int) -> Cart:
        """The cart with so many of it; 0 takes it out. What does not fit any more is left out."""
        key, lines = f"{product['sku']}.{size}", list(self.lines)
        place = next((row for row, line in enumerate(lines) if line.key == key), len(lines))
        wanted = [Line(product, size, min(quantity, QUANTITY_MAX))] if quantity > 0 else []
        lines[place : place + 1] = wanted
        return replace(self, lines=tuple(lines[:LINES_MAX]))

    def add(self, product: Product, size: str) -> Cart:
        """One more of it."""
        held = next((line.quantity for line in self.lines if line.key == f"{product['sku']}.{size}"), 0)
        return self.set(product, size, held + 1)

    def written(self) -> str:
        """As the cookie keeps it."""
        return "~".join([self.id, *(f"{line.key}.{line.quantity}" for line in self.lines)])

    def for_decision(self) -> dict[str, Any]:
        """As ``context.cart`` of a decision."""
        items = [
            {"sku": line.product["sku"], "quantity": line.quantity, "price": selling_price(line.product)}
            for line in self.lines
        ]
        return {"id": self.id, "items": items} if items else {"items": []}

    def event_products(self) -> list[dict[str, Any]]:
        """As ``products`` of an event."""
        return [
            {**product_properties(line.product, line.quantity), "position": position}
            for position, line in enumerate(self.lines, 1)
        ]


@dataclass(frozen=True, slots=True)
class Priced:
    """What a bag costs under the offers in force. ``off`` are amounts by the words for each."""

    subtotal: Decimal
    shipping: Decimal
    total: Decimal
    off: tuple[tuple[str, Decimal], ...] = ()
    code: Mapping[str, Any] | None = None
    """The code she gave: ``code``, ``accepted``, ``reason``."""
    nudges: tuple[str, ...] = ()
    gifts: tuple[str, ...] = ()

    @property
    def discount(self) -> Decimal:
        """All that is taken off the goods and the delivery."""
        return sum((amount for _, amount in self.off), Decimal(0))


def without_offers(cart: Cart) -> Priced:
    """The bag at its plain prices."""
    return Priced(cart.subtotal, cart.shipping, cart.total)


def with_offers(answer: Mapping[str, Any]) -> Priced:
    """The bag as an answer of ``POST /v1/cart/evaluate`` has it; one line for each offer."""
    sums = answer["totals"]
    off: dict[str, Decimal] = {}
    for each in answer["adjustments"]:
        words = each["reason"].partition(", on ")[0].partition(", with the code")[0]
        off[words] = off.get(words, Decimal(0)) + Decimal(each["amount"])
    # What is off the delivery is in its price already.
    shipping_off = sum(
        (Decimal(each["amount"]) for each in answer["adjustments"] if each["target"] == "shipping"),
        Decimal(0),
    )
    return Priced(
        subtotal=Decimal(sums["subtotal"]),
        shipping=Decimal(sums["shipping"]) + shipping_off,
        total=Decimal(sums["total"]),
        off=tuple(off.items()),
        code=next(iter(answer["codes"]), None),
        nudges=tuple(each["text"] for each in answer["messages"][:1]),
        gifts=tuple(each["gift"]["sku"] for each in answer["adjustments"] if "gift" in each),
    )


def read_cart(written: str, products: Mapping[str, Product]) -> Cart:
    """The cart that a cookie keeps, or an empty one; a line that makes no sense any more is left out."""
    head, *rest = written.split("~")
    cart = Cart(head if _ID.fullmatch(head) else f"c-{secrets.token_hex(8)}")
    for text in rest[:LINES_MAX]:
        sku, _, tail = text.partition(".")
        size, _, quantity = tail.partition(".")
        product = products.get(sku)
        if product and is_size(product, size) and quantity.isascii() and quantity.isdigit():
            cart = cart.set(product, size, int(quantity[:3]))
    return cart


def is_size(product: Product, size: str) -> bool:
    """Whether it comes in that size."""
    return size in (sizes_of(product) or [""])


def order_event(
    order_id: str, cart: Cart, email: str, *, off: Decimal = Decimal(0), coupon: str = ""
) -> dict[str, Any]:
    """``Order Completed``: euro, tax of 21 % included in prices; ``off`` is what offers took off."""
    return {
        "order_id": order_id,
        "cart_id": cart.id,
        "total": float(cart.total - off),
        "revenue": float(max(cart.subtotal - off, Decimal(0))),
        "shipping": float(cart.shipping),
        "tax": round(float(max(cart.subtotal - off, Decimal(0))) * 0.21 / 1.21, 2),
        "currency": CURRENCY,
        **({"discount": float(off)} if off else {}),
        **({"coupon": coupon} if coupon else {}),
        **({"email": email} if email else {}),
        "products": cart.event_products(),
    }
