"""What a cart costs: each way of giving, what an offer may ask for, and which go together."""

from __future__ import annotations

from typing import Any

import pytest
from tests.decisions.offers.carts import NOW, at, book, cart, line, off, price

from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time
from maatwerk.decisions.offers.asks import PRODUCT, asks
from maatwerk.decisions.offers.cart import Standing
from maatwerk.decisions.offers.evaluate import nudge_text
from maatwerk.decisions.offers.parse import parse_offer, parse_offer_policy
from maatwerk.decisions.offers.totals import Totals

THREE = (line("A", 3000), line("B", 2000), line("C", 1000))
RED = line("R", 1000, categories=["women", "women/tops"], attributes={"color": ["red", "blue"]})
TIERS = [{"at": 50, "percent": 5}, {"at": 100, "percent": 10}]
CODED = {"give": "percent", "percent": 10, "codes": ["SPRING10"]}


@pytest.mark.parametrize(
    ("document", "lines", "expected"),
    [
        ({"give": "percent", "percent": 15}, [line("A", 999)], 150),  # 149.85, half up
        ({"give": "percent", "percent": 12.5}, [line("A", 999, 3)], 375),
        ({"give": "percent", "percent": 50, "pieces": 2}, [line("A", 1000, 5)], 1000),
        ({"give": "percent", "percent": 50, "most": "3.00"}, [line("A", 1000, 5)], 300),
        ({"give": "amount_per_item", "amount": "2.50"}, [line("A", 1000, 3), line("B", 100)], 850),
        ({"give": "amount", "amount": 25}, [line("A", 1000), line("B", 500)], 1500),  # never below nothing
        ({"give": "amount", "amount": 5}, [line("A", 1000), line("B", 500)], 500),
        ({"give": "buy_x_get_y", "buy": 2, "get": 1}, [*THREE, line("D", 500, 2)], 500),
        ({"give": "buy_x_get_y", "buy": 1, "get": 1, "off": 50}, [line("A", 1001, 2)], 501),
        ({"give": "buy_x_get_y", "buy": 1, "get": 1, "times": 1}, [line("A", 1000, 8)], 1000),
        ({"give": "cheapest_free", "of": 3}, [*THREE], 1000),
        ({"give": "cheapest_free", "of": 3}, [line("A", 700, 7)], 1400),
        ({"give": "cheapest_free"}, [line("A", 700, 7), line("B", 300)], 300),
        ({"give": "cheapest_free", "of": 2}, [line("cloth", 800, "1.5")], 0),  # one whole piece is no pair
        ({"give": "tiers", "tiers": TIERS}, [line("A", 9999)], 500),
        ({"give": "tiers", "tiers": TIERS}, [line("A", 10000)], 1000),
        ({"give": "tiers", "by": "quantity", "tiers": [{"at": 3, "amount": 4}]}, [line("A", 500, 3)], 400),
        ({"give": "tiers", "by": "quantity", "tiers": [{"at": 3, "amount": 4}]}, [line("A", 500, 2)], 0),
    ],
)  # fmt: skip
def test_what_is_given(document: dict[str, Any], lines: list[Any], expected: int) -> None:
    found = price(cart(*lines), book(it=document))
    assert found.totals.discount == expected
    assert sum(found.combined.left) == found.totals.subtotal - expected


def test_what_is_bought_is_not_given_away_too() -> None:
    """Buy two tops, get one of anything: with two tops and nothing else there is no third piece."""
    rule = {
        "give": "buy_x_get_y",
        "buy": 2,
        "get": 1,
        "items": 'category == "women"',
        "get_items": "price > 0",
    }
    assert price(cart(RED, RED), book(it=rule)).totals.discount == 0
    assert price(cart(RED, RED, line("Z", 4000)), book(it=rule)).totals.discount == 4000
    assert price(cart(RED, RED, RED), book(it=rule)).totals.discount == 1000


def test_shipping_and_gifts() -> None:
    offers = book(
        ship={"give": "free_shipping"}, gift={"give": "free_gift", "gift": "C", "when": "cart.lines > 1"}
    )
    found = price(cart(*THREE, shipping=495), offers)
    assert (found.totals.shipping, found.totals.discount, found.totals.total) == (0, 1000, 5000)
    added = price(cart(line("A", 100), line("B", 200), shipping=495), offers)
    assert [(each.gift, each.amount) for each in added.combined.given if each.gift] == [("C", 0)]


@pytest.mark.parametrize(
    ("document", "given"),
    [
        ({"items": 'category == "women"'}, True),
        ({"items": 'product.category in ["men", "women/tops"]'}, True),
        ({"items": 'category != "women"'}, False),
        ({"items": 'attributes.color == "blue"'}, True),
        ({"items": 'attributes["color"] == "green"'}, False),
        ({"items": 'attributes.size == "M"'}, False),
        ({"categories": ["women/tops"]}, True),
        ({"categories": ["women/skirts"]}, False),
        ({"when": "cart.subtotal >= 10 && cart.quantity >= 1"}, True),
        ({"when": "cart.subtotal >= 10.01"}, False),
        ({"when": "matching.quantity >= 2", "items": 'category == "women"'}, False),
        ({"when": 'items.exists(i, i.category == "women" && i.price < 20)'}, True),
        ({"when": 'shipping.country == "NL"'}, True),
        ({"when": 'shipping.country in ["BE", "DE"]'}, False),
        ({"when": 'payment.method == "ideal"'}, False),
        ({"when": 'shopper.group == "trade"'}, False),
        ({"audience": "vip"}, True),
        ({"audience": "others"}, False),
        ({"channels": ["app"]}, False),
        ({"stores": ["default"]}, True),
        ({"arm": "summer/red"}, False),
        ({"active": False}, False),
        ({"from": format_time(NOW + 1)}, False),
        ({"until": format_time(NOW)}, False),
        ({"from": format_time(NOW), "until": format_time(NOW + 1)}, True),
        ({"currency": "USD", "most": 5}, False),
        ({"uses": 5}, False),  # what is left of it was not told: it is not given
    ],
)
def test_what_an_offer_asks_for(document: dict[str, Any], given: bool) -> None:
    occasion = at(audiences=frozenset({"vip"}), around={"shipping": {"country": "NL"}}, channel="web")
    found = price(cart(RED), book(it={"give": "percent", "percent": 10, **document}), occasion)
    assert (found.totals.discount == 100) is given
    assert found.totals.discount in (0, 100)


def test_limits_that_are_left_count() -> None:
    offers = book(it={"give": "percent", "percent": 10, "budget": 100, "uses": 9, "uses_per_customer": 1})
    for standing, why in (
        (Standing(budget=100, uses=1, hers=1), ""),
        (Standing(budget=99, uses=1, hers=1), "budget"),
        (Standing(budget=100, uses=0, hers=1), "as often as it may"),
        (Standing(budget=100, uses=1, hers=0), "as often as she may"),
    ):
        found = price(cart(line("A", 1000)), offers, at(standing={"it": standing}))
        assert (found.totals.discount == 100) == (not why)
        assert why in (found.unlike[0].why if found.unlike else "")


def test_codes_say_why() -> None:
    offers = book(
        spring=CODED,
        big={"give": "percent", "percent": 5, "codes": ["BIG"], "when": "cart.subtotal >= 75"},
        vip={"give": "percent", "percent": 5, "codes": ["VIP"], "audience": "vip"},
        old={"give": "percent", "percent": 5, "codes": ["OLD"], "until": "2020-01-01T00:00:00Z"},
    )
    found = price(cart(*THREE, codes=("spring-1o", "SPRING10", "big", "vip", "old", "nope")), offers)
    assert [(each.code.text, each.accepted) for each in found.codes] == [
        ("spring-1o", False), ("SPRING10", True), ("big", False), ("vip", False), ("old", False),
        ("nope", False),
    ]  # fmt: skip
    assert [each.reason for each in found.codes] == [
        "a code of the same offer is in the cart already",
        "Spring: 10 % off",
        "15.00 EUR more is needed",
        "it is not for this shopper",
        "it is over",
        "this code is not known, or was used",
    ]
    assert found.totals.discount == 600


def test_best_or_by_priority() -> None:
    documents: dict[str, Any] = {
        "alone": {"give": "percent", "percent": 25, "exclusive": True, "priority": 1},
        "a": {"give": "percent", "percent": 10, "group": "season"},
        "b": {"give": "percent", "percent": 15, "group": "season", "priority": 50},
        "c": {"give": "amount", "amount": 3},
    }
    one = cart(line("A", 10000))
    assert off(price(one, book(**documents))) == {"alone": 2500}
    by_priority = price(one, book({"choose": "priority"}, **documents))
    assert off(by_priority) == {"a": 1000, "c": 300}
    assert {each.offer.key: each.why for each in by_priority.unlike} == {
        "b": "A goes first, and of season one is given",
        "alone": "it does not combine, and A goes first",
    }
    del documents["alone"]
    assert off(price(one, book(**documents))) == {"c": 300, "b": 1455}


def test_a_stop_is_weighed_against_what_it_shuts_out() -> None:
    documents: dict[str, Any] = {
        "stop": {"give": "percent", "percent": 5, "stop": True},
        "after": {"give": "percent", "percent": 20, "priority": 50},
    }
    one = cart(line("A", 10000))
    assert off(price(one, book(**documents))) == {"after": 2000}
    assert off(price(one, book({"choose": "priority"}, **documents))) == {"stop": 500}


def test_special_prices_are_not_stacked_unawares() -> None:
    special = line("A", 1000)._replace(reduced_by="members")
    rule = {"give": "percent", "percent": 10}
    kept = price(cart(special, line("B", 1000)), book(it=rule))
    assert kept.totals.discount == 100
    assert price(cart(special), book(it=rule | {"on_reduced": True})).totals.discount == 100
    assert "special price" in price(cart(special), book(it=rule)).unlike[0].why


def test_taxes_are_stated_or_said_not_to_be_known() -> None:
    low = line("B", 1000)._replace(tax=90_000)
    of = cart(line("A", 2000), low, shipping=495)
    half = {"give": "percent", "percent": 50}
    assert price(of, book({"tax": {"rate": 21}}, it=half)).totals == Totals(3000, 1500, 495, 300, 1995, True)
    on_top = price(of, book({"tax": {"rate": 21, "included": False}}, it=half)).totals
    assert on_top == Totals(3000, 1500, 495, 314 + 45, 1995 + 359, False)
    assert price(of, book(it=half)).totals.tax is None
    assert price(cart(low), book()).totals.tax == 83


def test_what_is_in_reach_is_said() -> None:
    offers = book(
        ship={"give": "free_shipping", "when": "cart.subtotal >= 75"},
        far={"give": "free_shipping", "when": 'cart.subtotal >= 70 && shipping.country == "NL"'},
        tiers={"give": "tiers", "tiers": [{"at": 50, "percent": 5}, {"at": 80, "percent": 10}]},
    )
    found = price(cart(*THREE), offers)
    assert [nudge_text(each, "EUR") for each in found.nudges] == [
        "15.00 EUR more for free shipping",
        "20.00 EUR more for 10 % off",
    ]


def test_other_currencies_have_their_own_cents() -> None:
    rule = {"give": "percent", "percent": 15}
    assert price(cart(line("A", 1999)), book(it=rule), at("JPY")).totals.discount == 300
    assert price(cart(line("A", 19_990)), book(it=rule), at("KWD")).totals.discount == 2999
    floor = {**rule, "when": "cart.subtotal >= 60"}
    assert price(cart(line("A", 60)), book(it=floor), at("JPY")).totals.discount == 9
    assert price(cart(line("A", 60_000)), book(it=floor), at("KWD")).totals.discount == 9000


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "offer.x"),
        ({"give": "percent"}, "offer.x.percent"),
        ({"give": "percent", "percent": 101}, "offer.x.percent"),
        ({"give": "amount", "amount": "0.00"}, "offer.x.amount"),
        ({"give": "amount", "amount": -5}, "offer.x.amount"),
        ({"give": "amount", "amount": "1.005"}, "offer.x.amount"),
        ({"give": "percent", "percent": 5, "items": "colour == 1"}, "offer.x.items"),
        ({"give": "percent", "percent": 5, "when": "cart.total > 5"}, "offer.x.when"),
        ({"give": "percent", "percent": 5, "codes": ["x"]}, "offer.x.codes"),
        ({"give": "buy_x_get_y", "buy": 2}, "offer.x.get"),
        ({"give": "price", "amount": 5}, "offer.x.give"),
        ({"give": "percent", "percent": 5, "on": "catalog", "codes": ["ABC"]}, "offer.x.codes"),
        ({"give": "free_shipping", "on": "catalog"}, "offer.x.give"),
        ({"give": "percent", "percent": 5, "from": "spring"}, "offer.x.from"),
        ({"give": "percent", "percent": 5, "arm": "summer"}, "offer.x.arm"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(document: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_offer("x", document, "EUR")
    assert refused.value.field == field


def test_a_policy_is_checked() -> None:
    with pytest.raises(Refused, match="percent"):
        parse_offer_policy("shop", {"tax": {"rate": 100}})
    with pytest.raises(Refused):
        parse_offer_policy("shop", {"chose": "best"})


def test_parts_of_a_condition_are_told_apart() -> None:
    parts = asks('brand == "Ida" && (price < 5 || quantity > 2)', PRODUCT, "items")
    assert [part.text for part in parts] == ['brand == "Ida"', "price < 5 || quantity > 2"]
    assert parts[0].needs is not None
    assert parts[0].needs.values == {"Ida"}
    assert parts[1].needs is None
