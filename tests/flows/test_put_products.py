"""Products become events, checked field by field; an import that changes nothing appends nothing."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.surfaces.collect.server import Peer

from maatwerk.core.errors import Refused
from maatwerk.events.products import checked_change, checked_product
from maatwerk.flows.put_products import change_product, delete_product, put_products, put_products_blocking
from maatwerk.views.catalog.columns import Catalogs
from maatwerk.views.catalog.words import Product

WHOLE: dict[str, Any] = {
    "sku": "WS12",
    "name": "Radiant Tee",
    "description": "A tee.",
    "categories": ["women/tops", " women / tops "],
    "brand": "Luma",
    "url": "/radiant-tee",
    "images": "https://cdn.test/ws12.jpg",
    "price": 32.5,
    "sale_price": "30",
    "currency": "usd",
    "stock": "12",
    "attributes": {"color": "blue", "sizes": ["S", "M"], "gone": None},
    "margin": 0.4,
    "related": {"cross_sell": ["WB04", "WB04"]},
}


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    peer = Peer(tmp_path)
    yield peer
    peer.close()


def catalog(peer: Peer) -> Catalogs:
    """The catalog, folded from the log."""
    catalogs = Catalogs()
    for event in peer.log.rules_and_catalog(0):
        catalogs.apply(event)
    return catalogs


def found(peer: Peer, sku: str, store: str = "default") -> Product | None:
    return catalog(peer).of(store).find(sku)


def test_a_whole_product_is_understood() -> None:
    assert checked_product(WHOLE, "EUR") == {
        "sku": "WS12",
        "name": "Radiant Tee",
        "description": "A tee.",
        "categories": ["women/tops"],
        "brand": "Luma",
        "url": "/radiant-tee",
        "images": ["https://cdn.test/ws12.jpg"],
        "price": "32.50",
        "sale_price": "30.00",
        "currency": "USD",
        "stock": 12,
        "attributes": {"color": "blue", "sizes": ["S", "M"]},
        "margin": 0.4,
        "related": {"cross_sell": ["WB04"]},
    }


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"sku": ""}, "sku_missing", "sku"),
        ({"sku": None}, "sku_missing", "sku"),
        ({"sku": "a\nb"}, "sku_not_readable", "sku"),
        ({"colour": "blue"}, "field_not_known", "colour"),
        ({"price": "cheap"}, "price_not_a_number", "price"),
        ({"price": "1.999"}, "price_too_precise", "price"),
        ({"price": -1}, "price_out_of_range", "price"),
        ({"price": "1e999990"}, "price_out_of_range", "price"),
        ({"currency": "euro"}, "currency_not_known", "currency"),
        ({"stock": "many"}, "stock_not_a_number", "stock"),
        ({"stock": True}, "stock_not_a_number", "stock"),
        ({"margin": 40}, "margin_out_of_range", "margin"),
        ({"url": "javascript:alert(1)"}, "url_not_allowed", "url"),
        ({"url": " jAvAsCrIpT:alert(1)"}, "url_not_allowed", "url"),
        ({"url": "java\tscript:alert(1)"}, "url_not_allowed", "url"),
        ({"images": ["data:text/html,x"]}, "url_not_allowed", "images[0]"),
        ({"attributes": {"a": {"b": 1}}}, "wrong_type", "attributes.a"),
        ({"categories": [["x"]]}, "wrong_type", "categories[0]"),
        ({"published": "yes"}, "wrong_type", "published"),
        ({"parent": "WS12"}, "parent_is_itself", "parent"),
        ({"sale_from": "soon"}, "time_not_readable", "sale_from"),
        ({"related": ["x"]}, "wrong_type", "related"),
    ],
)
def test_each_field_is_refused_by_name(change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as fault:
        checked_product(WHOLE | change, "EUR")
    assert (fault.value.code, fault.value.field) == (code, field)


def test_money_goes_in_as_it_comes_out() -> None:
    assert (
        checked_product({"sku": "s", "price": {"amount": "59.00", "currency": "EUR"}}, "EUR")["price"]
        == "59.00"
    )
    with pytest.raises(Refused):
        checked_product(
            {"sku": "s", "price": {"amount": "59.00", "currency": "USD"}, "currency": "EUR"}, "EUR"
        )


def test_a_change_of_currency_alone_is_refused() -> None:
    with pytest.raises(Refused) as fault:
        checked_change({"currency": "USD"}, "s", "EUR")
    assert fault.value.code == "currency_without_price"


def test_put_patch_and_delete_reach_the_catalog(peer: Peer) -> None:
    bad = {"sku": "x", "prise": 1}
    recorded = asyncio.run(
        put_products(peer.recording, [json.dumps(WHOLE).encode(), json.dumps(bad).encode(), b"5"])
    )
    assert recorded.accepted == 1
    assert [(row.index, row.code, row.field) for row in recorded.rejected] == [
        (1, "field_not_known", "prise"),
        (2, "wrong_type", ""),
    ]
    product = found(peer, "WS12")
    assert product is not None
    assert (product.price_minor, product.sale_price_minor, product.currency, product.stock) == (
        3250,
        3000,
        "USD",
        12,
    )

    def current(store: str, sku: str) -> Product | None:
        return found(peer, sku, store)

    asyncio.run(
        change_product(peer.recording, "WS12", {"price": "31", "sale_price": None, "stock": 0}, current)
    )
    product = found(peer, "WS12")
    assert product is not None
    assert (product.price_minor, product.sale_price_minor, product.currency, product.stock) == (
        3100,
        None,
        "USD",
        0,
    )
    assert product.name == "Radiant Tee"
    asyncio.run(delete_product(peer.recording, "WS12"))
    assert found(peer, "WS12") is None
    assert peer.log.counts()["internal_total"] == 3
    assert peer.log.counts()["events_total"] == 0


def test_a_put_repeated_after_another_is_not_lost(peer: Peer) -> None:
    for price in ("10", "12", "10"):
        asyncio.run(put_products(peer.recording, [json.dumps({"sku": "s", "price": price}).encode()]))
    product = found(peer, "s")
    assert product is not None
    assert product.price_minor == 1000


def test_a_repeated_import_appends_nothing(peer: Peer) -> None:
    lines = [json.dumps({"sku": f"s{n}", "price": n, "stock": n}).encode() for n in range(25)]
    catalogs = Catalogs()

    def current(store: str, sku: str) -> Product | None:
        for event in peer.log.rules_and_catalog(catalogs.offset):
            catalogs.apply(event)
        return catalogs.of(store).find(sku)

    first = list(put_products_blocking(peer.recording, lines, current, chunk=10))
    assert [part.accepted for part in first] == [10, 10, 5]
    offset = peer.log.last_offset()
    again = list(put_products_blocking(peer.recording, lines, current, chunk=10))
    assert [(part.accepted, part.duplicates) for part in again] == [(0, 10), (0, 10), (0, 5)]
    assert peer.log.last_offset() == offset
    lines[3] = json.dumps({"sku": "s3", "price": 99, "stock": 3}).encode()
    assert sum(part.accepted for part in put_products_blocking(peer.recording, lines, current)) == 1


def test_a_reduced_price_above_the_regular_one_is_a_warning(peer: Peer) -> None:
    recorded = asyncio.run(put_products(peer.recording, [b'{"sku": "s", "price": 10, "sale_price": 12}']))
    assert recorded.accepted == 1
    assert recorded.warnings[0].code == "sale_above_price"
