"""Search through a running server: found, corrected, filtered, counted, steered, live and personal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from tests.scenarios.server import SECRET, WEB, WRITE, Server

COLORS = ("red", "blue", "green")


def _products() -> list[dict[str, Any]]:
    found = []
    for number in range(30):
        kind = ("dress", "coat", "sneaker")[number % 3]
        found.append(
            {
                "sku": f"{kind[:2].upper()}-{number:04d}",
                "name": f"{COLORS[number % 2].capitalize()} linen {kind}",
                "description": "A thing of beauty for every day.",
                "categories": [f"women/{kind}es" if kind == "dress" else f"women/{kind}s"],
                "brand": f"Brand {number % 4}",
                "price": 20 + number,
                "currency": "EUR",
                "stock": 5,
                "attributes": {"color": COLORS[number % 2], "material": "linen"},
            }
        )
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("search") / "data", workers=2)
    server.start()
    try:
        answer = _call(server, "PUT", "/v1/catalog/products", SECRET, json={"products": _products()})
        assert answer.status_code == 200
        # Either worker may answer: both have taken the index over once a row of answers is whole.
        _until(lambda: all(_is_whole(_search(server, q="snaeker")) for _ in range(12)))
        yield server
    finally:
        server.stop()


def _is_whole(answer: Any) -> bool:
    return bool(answer["total"] == 10 and "corrected" in answer["applied"])


def _call(server: Server, method: str, path: str, key: str = WRITE, **more: Any) -> httpx.Response:
    return WEB.request(method, server.url + path, auth=(key, ""), timeout=10, **more)


def _search(server: Server, key: str = WRITE, **asked: Any) -> Any:
    answer = _call(server, "GET", "/v1/search", key, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def _buckets(answer: Any, attribute: str) -> dict[str, tuple[int, bool]]:
    facet = next(each for each in answer["facets"] if each["attribute"] == attribute)
    return {bucket["value"]: (bucket["count"], bucket["selected"]) for bucket in facet["buckets"]}


def test_a_query_finds_what_has_all_its_words(shop: Server) -> None:
    found = _search(shop, q="blue coats")
    assert found["total"] == 5
    assert found["hits"][0]["highlights"]["name"] == "<em>Blue</em> linen <em>coat</em>"
    assert found["hits"][0]["rank"] == 1
    assert "explanation" not in found["hits"][0]
    assert found["query_id"].startswith("q-")


def test_a_slip_of_the_finger_and_a_part_of_a_sku_find_it_too(shop: Server) -> None:
    corrected = _search(shop, q="snaeker")
    assert (corrected["applied"]["corrected"], corrected["total"]) == ("sneaker", 10)
    assert [hit["sku"] for hit in _search(shop, q="0013")["hits"]] == ["CO-0013"]
    assert _search(shop, q="co-0013")["hits"][0]["sku"] == "CO-0013"


def test_no_query_ends_in_nothing(shop: Server) -> None:
    found = _search(shop, q="purple dress")
    assert found["total"] >= 10
    assert found["applied"]["relaxed"] == "purple dress"


def test_counts_of_a_facet_do_not_see_its_own_choice(shop: Server) -> None:
    found = _search(shop, q="dress", filter='color == "red" && price < 40', facets="color,brand,price")
    assert found["total"] == sum(1 for p in _products() if p["name"] == "Red linen dress" and p["price"] < 40)
    below = [p for p in _products() if "dress" in p["name"] and p["price"] < 40]
    assert _buckets(found, "color") == {
        "red": (sum(p["attributes"]["color"] == "red" for p in below), True),
        "blue": (sum(p["attributes"]["color"] == "blue" for p in below), False),
    }
    prices = next(each for each in found["facets"] if each["type"] == "price")
    assert sum(bucket["count"] for bucket in prices["buckets"]) == 5
    refused = _call(shop, "GET", "/v1/search", params={"q": "dress", "filter": 'colour == "red"'})
    assert (refused.status_code, refused.json()["field"]) == (400, "filter")


def test_pages_go_on_to_the_last_product(shop: Server) -> None:
    pages = [_search(shop, category="women", page=page, per_page=7, sort="price") for page in range(1, 6)]
    skus = [hit["sku"] for page in pages for hit in page["hits"]]
    assert len(skus) == len(set(skus)) == 30
    assert skus[0] == "DR-0000"
    assert [hit["rank"] for hit in pages[4]["hits"]] == [29, 30]


def test_a_price_is_live_and_a_new_product_is_found_within_moments(shop: Server) -> None:
    _call(shop, "PATCH", "/v1/catalog/products/DR-0003", SECRET, json={"price": 7})
    found = _search(shop, q="dress", sort="price")
    assert found["hits"][0]["product"]["price"] == {"amount": "7.00", "currency": "EUR"}
    new = {"sku": "NEW-1", "name": "Velvet tuxedo", "price": 99, "currency": "EUR", "stock": 1}
    _call(shop, "PUT", "/v1/catalog/products", SECRET, json={"products": [new]})
    _until(lambda: [hit["sku"] for hit in _search(shop, q="velvet tuxedo")["hits"]][:1] == ["NEW-1"])
    _call(shop, "DELETE", "/v1/catalog/products/NEW-1", SECRET)
    assert "NEW-1" not in [hit["sku"] for hit in _search(shop, q="velvet tuxedo")["hits"]]


def test_rules_pin_boost_hide_and_explain_themselves(shop: Server) -> None:
    rule = {
        "queries": ["coat"],
        "pin": [{"sku": "SN-0002", "position": 2}],
        "boost": [{"where": 'brand == "Brand 3"', "by": 1.0}],
        "hide": ['color == "red"'],
        "banner": {"title": "Coats week"},
        "facets": ["brand"],
    }
    put = _call(shop, "PUT", "/v1/rules/merchandising/coats", SECRET, json=rule)
    assert put.status_code == 200, put.text
    found = _search(shop, SECRET, q="coat", explain="1")
    assert found["hits"][0]["product"]["brand"] == "Brand 3"
    assert found["hits"][1]["sku"] == "SN-0002"
    assert found["hits"][0]["explanation"]["rules"] == ["coats: boosted"]
    assert all("Red" not in hit["product"]["name"] for hit in found["hits"] if hit["sku"] != "SN-0002")
    assert found["applied"]["banner"] == {"title": "Coats week"}
    assert found["applied"]["rules"] == ["coats"]
    assert [facet["attribute"] for facet in found["facets"]] == ["brand"]
    assert "rules" not in _search(shop, q="red coat")["applied"]
    bad = _call(shop, "PUT", "/v1/rules/merchandising/bad", SECRET, json={"weights": {"luck": 1}})
    assert (bad.status_code, bad.json()["field"]) == (400, "merchandising.bad.weights")
    _call(shop, "DELETE", "/v1/rules/merchandising/coats", SECRET)


def test_synonyms_are_live_with_the_next_request(shop: Server) -> None:
    put = _call(shop, "PUT", "/v1/rules/synonyms/shop", SECRET, json={"two-way": [["gown", "dress"]]})
    assert put.status_code == 200, put.text
    found = _search(shop, q="blue gown")
    assert found["applied"]["synonyms"] == ["gown = dress"]
    assert found["total"] == 5


def test_her_taste_moves_results_and_only_hers(shop: Server) -> None:
    plain = [hit["sku"] for hit in _search(shop, q="dress", anonymousId="s-2")["hits"]]
    blue = [p for p in _products() if p["brand"] == "Brand 3" and p["attributes"]["color"] == "blue"]
    views = [
        {"type": "track", "event": "Product Viewed", "anonymousId": "s-1", "properties": {"sku": p["sku"]}}
        for p in blue * 3
    ]
    assert _call(shop, "POST", "/v1/batch", json={"batch": views}).status_code == 200
    hers = _search(shop, q="dress", anonymousId="s-1", dial=100)
    assert hers["personal"] is True
    assert hers["hits"][0]["product"]["brand"] == "Brand 3"
    assert hers["hits"][0]["reason"] == "fits your taste"
    assert [hit["sku"] for hit in _search(shop, q="dress", anonymousId="s-1", dial=0)["hits"]] == plain
    denied = _call(
        shop, "POST", "/v1/search",
        json={"q": "dress", "anonymousId": "s-1", "context": {"consent": {"personalization": "denied"}}},
    ).json()  # fmt: skip
    assert (denied["personal"], [hit["sku"] for hit in denied["hits"]]) == (False, plain)
    told = _call(shop, "GET", "/v1/search", params={"q": "dress", "explain": "1"})
    assert told.status_code == 403


def test_suggestions_complete_what_she_types_and_remember_what_she_asked(shop: Server) -> None:
    asked = {
        "type": "track",
        "event": "Products Searched",
        "anonymousId": "s-3",
        "properties": {"query": "linen sneaker"},
    }
    assert _call(shop, "POST", "/v1/batch", json={"batch": [asked]}).status_code == 200
    found = _call(shop, "GET", "/v1/suggest", params={"q": "red sne", "anonymousId": "s-3"}).json()
    assert found["queries"] == ["red sneaker"]
    assert "sneaker" in found["products"][0]["product"]["name"]
    typed = _call(shop, "GET", "/v1/suggest", params={"q": "lin", "anonymousId": "s-3"}).json()
    assert typed["recent"] == ["linen sneaker"]
    assert _call(shop, "GET", "/v1/suggest", params={"q": "lin", "anonymousId": "s-4"}).json()["recent"] == []
    places = _call(shop, "GET", "/v1/suggest", params={"q": "coa"}).json()["categories"]
    assert places == [{"category": "women/coats", "name": "Coats", "count": 10}]


def test_what_was_found_is_recorded_like_any_decision(shop: Server) -> None:
    query_id = _search(shop, q="dress", anonymousId="s-5")["query_id"]
    _until(lambda: _call(shop, "GET", f"/v1/decisions/{query_id}", SECRET).status_code == 200)
    record = _call(shop, "GET", f"/v1/decisions/{query_id}", SECRET).json()
    assert record["slots"][0]["content"]["query"] == "dress"
    again = _call(shop, "POST", f"/v1/decisions/{query_id}/replay", SECRET).json()
    assert again["verdict"] == "cannot"


@pytest.mark.prove
def test_the_index_is_there_again_after_a_restart(shop: Server) -> None:
    before = _search(shop, q="linen")["total"]
    shop.stop()
    shop.start()
    assert _search(shop, q="linen")["total"] == before >= 30
