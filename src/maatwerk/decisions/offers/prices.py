"""Catalog offers: what a product costs a shopper, the same wherever it is shown.

Listing, product page, search, feed and cart all ask this one function. Of the offers that match one is taken,
never several: the lowest price, or that of the highest priority. An offer never makes a product dearer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from maatwerk.core.money import Money, digits_of
from maatwerk.decisions.offers.asks import priced, product_of
from maatwerk.decisions.offers.book import OfferBook
from maatwerk.decisions.offers.give import part
from maatwerk.decisions.offers.parse import Ready
from maatwerk.decisions.offers.say import gives
from maatwerk.views.catalog.columns import Catalog


class Price(NamedTuple):
    """Minor units: what one piece costs, what it cost without the offer, the offer and why."""

    minor: int
    before: int
    offer: str
    reason: str


def price_of(
    book: OfferBook, catalog: Catalog, sku: str, now: int, audiences: Collection[str] = (), data: Any = None
) -> Price | None:
    """The price that a catalog offer makes; None where none does. ``data``: the product as `product_of` has
    it, where that is at hand."""
    if not book.catalog:
        return None
    product = catalog.find(sku)
    before = product.price_at(now) if product else None
    if product is None or before is None:
        return None
    known: Mapping[str, Any] = data if data is not None else product_of(catalog, catalog.row(sku), now)
    seen = priced(known, before / 10 ** digits_of(product.currency), 1.0)
    found = [
        (offered, offer)
        for offer in book.catalog
        if _is_for(offer, catalog, product.currency, now, audiences)
        and _matches(offer, seen)
        and (offered := _offered(offer, before)) < before
    ]
    if not found:
        return None
    by_priority = book.policy.choose == "priority"
    minor, offer = min(
        found, key=lambda each: (-each[1].said.priority if by_priority else 0, each[0], each[1].key)
    )
    return Price(minor, before, offer.key, f"{offer.title}: {gives(offer)}")


def price_wire(
    book: OfferBook, catalog: Catalog, sku: str, now: int, audiences: Collection[str] = ()
) -> dict[str, Any]:
    """``price``, ``regular_price`` and ``offer``, as far as a catalog offer changes them."""
    found = price_of(book, catalog, sku, now, audiences)
    product = catalog.find(sku)
    if found is None or product is None:
        return {}
    regular = product.price_minor if product.price_minor is not None else found.before
    return {
        "price": Money(found.minor, product.currency).wire(),
        "regular_price": Money(max(regular, found.before), product.currency).wire(),
        "offer": found.offer,
    }


def _is_for(offer: Ready, catalog: Catalog, currency: str, now: int, audiences: Collection[str]) -> bool:
    said = offer.said
    return (
        offer.since <= now < offer.until
        and (not said.stores or catalog.store in said.stores)
        and (not said.audience or said.audience in audiences)
        and not said.arm  # a price that differs by chance is no price of the shop's
        and (not offer.has_amounts or offer.currency == currency)
    )


def _matches(offer: Ready, seen: Mapping[str, Any]) -> bool:
    categories = offer.said.categories
    if categories and not any(path in seen.get("categories", ()) for path in categories):
        return False
    return all(ask.holds(seen) for ask in offer.items)


def _offered(offer: Ready, before: int) -> int:
    match offer.said.give:
        case "percent":
            return before - part(before, offer.percent)
        case "amount_per_item":
            return max(before - offer.amount, 0)
        case _:
            return offer.amount
