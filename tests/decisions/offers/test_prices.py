"""Catalog offers: one price of a product for a shopper, wherever it is asked, and never stacked unawares."""

from __future__ import annotations

from typing import Any

import pytest
from tests.decisions.offers.carts import NOW, book

from maatwerk.core.errors import Refused
from maatwerk.decisions.offers.parse import parse_offer
from maatwerk.decisions.offers.prices import price_of, price_wire
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product

MEMBERS = {"on": "catalog", "give": "percent", "percent": 10, "audience": "members"}


@pytest.fixture
def catalog() -> Catalog:
    made = Catalog()
    for sku, category, sale in (("A", "women/tops", None), ("B", "men/shoes", 4000)):
        made.put(
            Product(
                sku=sku, categories=(category,), brand="Ida", currency="EUR", price_minor=4999,
                sale_price_minor=sale, stock=3,
            )
        )  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("documents", "sku", "audiences", "minor", "offer"),
    [
        ({"members": MEMBERS}, "A", {"members"}, 4499, "members"),
        ({"members": MEMBERS}, "A", set(), None, ""),
        ({"members": MEMBERS}, "B", {"members"}, 3600, "members"),  # of what it costs now
        ({"tops": {**MEMBERS, "audience": "", "categories": ["women"]}}, "B", set(), None, ""),
        ({"low": {"on": "catalog", "give": "price", "amount": 30}}, "A", set(), 3000, "low"),
        ({"high": {"on": "catalog", "give": "price", "amount": 60}}, "A", set(), None, ""),  # never dearer
        ({"all": {"on": "catalog", "give": "amount_per_item", "amount": 60}}, "A", set(), 0, "all"),
        ({"a": MEMBERS, "b": {**MEMBERS, "percent": 20, "priority": 1}}, "A", {"members"}, 3999, "b"),
        ({"x": {**MEMBERS, "audience": "", "items": "reduced"}}, "B", set(), 3600, "x"),
        ({"x": {**MEMBERS, "audience": "", "until": "2020-01-01T00:00:00Z"}}, "A", set(), None, ""),
    ],
)
def test_one_price_for_a_shopper(
    catalog: Catalog, documents: dict[str, Any], sku: str, audiences: set[str], minor: int | None, offer: str
) -> None:
    found = price_of(book(**documents), catalog, sku, NOW, audiences)
    assert (found.minor if found else None, found.offer if found else "") == (minor, offer)


def test_the_shop_may_go_by_priority(catalog: Catalog) -> None:
    documents: dict[str, Any] = {"a": MEMBERS, "b": {**MEMBERS, "percent": 20, "priority": 1}}
    found = price_of(book({"choose": "priority"}, **documents), catalog, "A", NOW, {"members"})
    assert found is not None
    assert (found.minor, found.offer, found.reason) == (4499, "a", "A: 10 % off")


def test_a_page_shows_the_price_and_what_it_was(catalog: Catalog) -> None:
    wire = price_wire(book(members=MEMBERS), catalog, "B", NOW, {"members"})
    assert (wire["price"]["amount"], wire["regular_price"]["amount"], wire["offer"]) == (
        "36.00",
        "49.99",
        "members",
    )
    assert price_wire(book(), catalog, "B", NOW) == {}


def test_prices_are_not_left_to_chance() -> None:
    with pytest.raises(Refused) as refused:
        parse_offer("x", {**MEMBERS, "arm": "e/v"}, "EUR")
    assert refused.value.field == "offer.x.arm"
