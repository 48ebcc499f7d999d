"""Search tuning in the console: a query as it is served, moved by hand, and live with the next search."""

from __future__ import annotations

from tests.surfaces.console.shop import Shop, dress

from maatwerk.app.searching import indexing_of
from maatwerk.surfaces.console.tuning import key_of, moved

PAGE = "/console/search?q=dress"


def test_a_query_is_pinned_hidden_and_let_go_and_words_are_taught(shop: Shop) -> None:
    shop.products(*(dress(f"D{number}", name=f"Dress number {number}") for number in range(1, 5)))
    shop.fold()
    shop.parts.knowledge.refresh(shop.parts.clock())
    indexing_of(shop.parts, shop.parts.knowledge).turn(shop.parts.clock())
    before = shop.get(PAGE).text
    assert "“dress” finds 4 products" in before
    assert "words +" in before
    move = "/console/search/move"
    shop.post(move, PAGE, q="dress", sku="D3", how="pin", position="1")
    pinned = shop.get(PAGE).text
    assert "query-dress: pinned to 1" in pinned
    assert pinned.index("Dress number 3") < pinned.index("Dress number 1")
    shop.post(move, PAGE, q="dress", sku="D2", how="hide")
    assert "finds 3 products" in shop.get(PAGE).text
    for sku in ("D2", "D3"):
        shop.post(move, PAGE, q="dress", sku=sku, how="release")
    assert "finds 4 products" in shop.get(PAGE).text
    assert shop.parts.knowledge.rules.get("merchandising", "query-dress") is None
    shop.post("/console/search/synonym", PAGE, q="gown", one="gown", other="dress")
    assert "Synonyms" in shop.get("/console/search?q=gown").text


def test_a_rule_of_a_query_keeps_what_else_it_says() -> None:
    first = moved({}, "Red Dress", 'D"1', "pin", 2)
    assert first == {
        "on": ["search"],
        "queries": ["red dress"],
        "priority": 200,
        "pin": [{"sku": 'D"1', "position": 2}],
    }
    hidden = moved(first | {"banner": {"title": "x"}}, "red dress", 'D"1', "hide", 0)
    assert hidden is not None
    assert hidden["hide"] == ['sku == "D\\"1"']
    assert "pin" not in hidden
    assert moved(hidden, "red dress", 'D"1', "release", 0) == {
        "on": ["search"],
        "queries": ["red dress"],
        "priority": 200,
        "banner": {"title": "x"},
    }
    assert moved(first, "red dress", 'D"1', "release", 0) is None
    assert key_of("Red Dress!") == "query-red-dress"
