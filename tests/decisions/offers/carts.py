"""Carts and offers for tests, in few words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from maatwerk.decisions.offers.book import OfferBook
from maatwerk.decisions.offers.cart import Cart, Code, Line, Occasion, in_order
from maatwerk.decisions.offers.evaluate import Evaluated, evaluate
from maatwerk.decisions.offers.parse import plain_code

NOW = 1_764_547_200_000


def line(sku: str, unit: int, quantity: str | int = 1, place: int = 0, **data: Any) -> Line:
    """A line of so many pieces at so many cents."""
    count = Decimal(str(quantity))
    known = {"sku": sku, "brand": "", "categories": [], "attributes": {}, **data}
    return Line(place, sku, count, unit, int((unit * count * 2 + 1) // 2), -1, known)


def cart(*lines: Line, shipping: int | None = None, codes: tuple[str, ...] = ()) -> Cart:
    """A cart of them."""
    placed = [each._replace(place=place) for place, each in enumerate(lines)]
    return Cart(in_order(placed), shipping, None, tuple(Code(code, plain_code(code)) for code in codes))


def book(policy: Mapping[str, Any] | None = None, **offers: Mapping[str, Any]) -> OfferBook:
    """A book of offers by key (underscores are hyphens)."""
    documents = [("offer", key.replace("_", "-"), 1, document) for key, document in offers.items()]
    made = OfferBook([*documents, *([("offer_policy", "shop", 1, policy)] if policy else [])])
    assert made.refused == {}
    return made


def at(currency: str = "EUR", **more: Any) -> Occasion:
    """Here and now."""
    return Occasion(now=NOW, currency=currency, **more)


def off(found: Evaluated) -> dict[str, int]:
    """Minor units by offer."""
    return {given.eligible.offer.key: given.amount for given in found.combined.given}


def price(of: Cart, offers: OfferBook, occasion: Occasion | None = None) -> Evaluated:
    """What it costs."""
    return evaluate(of, occasion or at(), offers)
