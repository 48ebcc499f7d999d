"""Several sources tell of one person: whose word counts, what counts once, how well she is known."""

from typing import Any

import pytest
from tests.views.profile.conftest import START, Bench

from maatwerk.core.time import DAY
from maatwerk.events.event import Context
from maatwerk.views.profile.folds import ORDER_RECORDS
from maatwerk.views.profile.folds.orders import bought, placed, summary
from maatwerk.views.profile.folds.preferences import DISLIKE, GIFT, LIKE, NOT_FOR_ME
from maatwerk.views.profile.folds.traits import sources, traits
from maatwerk.views.profile.shopper import Shopper

TILL = {"proven": True, "context": Context(currency="EUR", source="till", channel="store")}
EXPORT = {"proven": True, "origin": "imported", "context": Context(currency="EUR", source="shopify")}
SERVER = {"proven": True, "context": Context(currency="EUR")}
CLAIM = {"context": Context(currency="EUR", source="crm", source_priority=100)}


def shopper(
    bench: Bench, *events: tuple[str, float, dict[str, Any]], now: int = START, **more: Any
) -> Shopper:
    made = [bench.make(name, "a-1", at=at, **fields) for name, at, fields in events]
    return Shopper(tail=made, now=now, **more)


def test_a_claim_never_outweighs_what_is_proven(bench: Bench) -> None:
    her = shopper(
        bench,
        ("Identified", 1, SERVER | {"traits": {"phone": "+31 1", "firstName": "Ada"}}),
        ("Identified", 9, CLAIM | {"traits": {"phone": "+31 666"}}),
    )
    assert traits(her.traits) == {"phone": "+31 1", "firstName": "Ada"}
    heard = [(told.source, value) for told, value in sources(her.traits)["phone"]]
    assert heard == [("server", "+31 1"), ("browser", "+31 666")], (
        "nobody names her own source with a public key"
    )


def test_priority_before_time_and_time_within_it(bench: Bench) -> None:
    crm = {"proven": True, "context": Context(source="crm", source_priority=80)}
    her = shopper(
        bench,
        (
            "Identified",
            1,
            crm | {"traits": {"loyalty_tier": "gold", "dob": "1990-02-03T00:00:00", "sex": " f "}},
        ),
        ("Identified", 5, SERVER | {"traits": {"loyaltyStatus": "silver", "lastName": "Byron"}}),
        ("Identified", 6, SERVER | {"traits": {"lastName": "Lovelace", "loyaltyPoints": "120"}}),
    )
    assert traits(her.traits) == {
        "loyaltyStatus": "gold",
        "birthday": "1990-02-03",
        "gender": "f",
        "lastName": "Lovelace",
        "loyaltyPoints": 120,
    }


def test_a_deleted_account_takes_its_traits_along_and_a_claim_of_it_does_not(bench: Bench) -> None:
    told = ("Identified", 1, SERVER | {"traits": {"firstName": "Ada"}})
    assert traits(shopper(bench, told, ("Account Deleted", 2, CLAIM)).traits) == {"firstName": "Ada"}
    again = ("Identified", 3, SERVER | {"traits": {"lastName": "Byron"}})
    assert traits(shopper(bench, told, ("Account Deleted", 2, SERVER), again).traits) == {"lastName": "Byron"}


def test_one_purchase_by_web_till_and_export_counts_once_with_the_shops_amounts(bench: Bench) -> None:
    line = {"sku": "A", "price": 20}
    her = shopper(
        bench,
        (
            "Order Completed",
            1,
            CLAIM | {"order_id": "4500017", "number": "#1001", "total": 18, "products": [line]},
        ),
        ("Order Completed", 2, SERVER | {"order_id": "1001", "total": 19, "products": [line]}),
        ("Order Completed", 9, EXPORT | {"order_id": "#1001", "total": "24.95", "products": [line]}),
        (
            "Order Completed",
            9,
            TILL | {"order_id": "till-7", "total": 5, "products": [{"sku": "B", "price": 5}]},
        ),
    )
    total = summary(her.orders)
    assert (total.count, total.in_store, total.revenue) == (2, 1, {"EUR": 2495 + 500})
    assert {key for key, _ in placed(her.orders)} == {"1001", "till-7"}
    assert set(bought(her.orders)) == {"A", "B"}


def test_a_refund_told_twice_counts_once_and_a_cancellation_by_the_other_number(bench: Bench) -> None:
    her = shopper(
        bench,
        ("Order Completed", 1, SERVER | {"order_id": "1", "number": "1001", "total": 50}),
        ("Order Refunded", 2, SERVER | {"order_id": "1", "total": 10}),
        ("Order Refunded", 3, EXPORT | {"order_id": "1001", "refunds": [{"id": "r-1", "amount": 10}]}),
        ("Order Completed", 4, SERVER | {"order_id": "2", "number": "1002", "total": 70}),
        ("Order Cancelled", 5, EXPORT | {"order_id": "1002"}),
    )
    total = summary(her.orders)
    assert (total.count, total.cancelled, total.refunded, total.revenue) == (
        1,
        1,
        {"EUR": 1000},
        {"EUR": 4000},
    )


def test_an_order_in_full_and_each_step_with_its_source(bench: Bench) -> None:
    products = [{"sku": "A", "name": "Dress", "category": "women", "price": 20, "quantity": 1, "discount": 2}]
    paid = {"payments": [{"type": "paypal", "amount": 22, "currency": "EUR"}], "shipping_method": "post"}
    her = shopper(
        bench,
        ("Order Completed", 1, EXPORT | {"order_id": "1", "total": 22, "products": products} | paid),
        (
            "Return Initiated",
            2,
            SERVER | {"order_id": "#1", "products": [{"sku": "A", "reason": "too small"}]},
        ),
    )
    record = her.of(ORDER_RECORDS).orders["1"]
    assert record.placed is not None
    assert record.placed[2] == "shopify"
    assert '"name":"Dress"' in record.placed[4]
    assert '"shipping_method":"post"' in record.placed[4]
    assert [(step.step, step.source) for step in record.steps] == [("return initiated", "server")]
    assert "too small" in record.steps[0].detail


ONE = ("Order Completed", 0.0, SERVER | {"order_id": "o-1", "total": 5})
TWO = ("Order Completed", 1.0, TILL | {"order_id": "o-2", "total": 5})
THREE = ("Order Completed", 2.0, SERVER | {"order_id": "o-3", "total": 5})
TOLD = ("Identified", 0.0, SERVER | {"traits": {"email": "a@ex.test"}})


@pytest.mark.parametrize(
    ("events", "days", "user_id", "stage"),
    [
        ((), 400, "", "unknown"),
        ((("Product Viewed", 0.0, {"sku": "A"}),), 400, "", "unknown"),
        ((TOLD,), 400, "", "new"),
        ((), 400, "u-1", "new"),
        ((ONE,), 29, "u-1", "new"),
        ((ONE,), 30, "", "known"),
        ((ONE, TWO), 0, "", "known"),
        ((ONE, TWO, ("Order Cancelled", 3.0, SERVER | {"order_id": "o-2"})), 0, "", "new"),
        ((TOLD, ONE, ("Order Cancelled", 3.0, SERVER | {"order_id": "o-1"})), 0, "", "new"),
        ((ONE, TWO), 400, "", "known"),
        ((ONE, TWO, THREE), 364, "", "known"),
        ((ONE, TWO, THREE), 366, "", "long-standing"),
    ],
)
def test_how_well_she_is_known(bench: Bench, events: Any, days: int, user_id: str, stage: str) -> None:
    assert shopper(bench, *events, now=START + days * DAY, user_id=user_id).familiarity == stage


def test_her_newest_word_on_her_taste_counts(bench: Bench) -> None:
    def given(at: float, facet: str, value: str, liking: str) -> tuple[str, float, dict[str, Any]]:
        return "Preferences Given", at, {"preferences": [{"facet": facet, "value": value, "liking": liking}]}

    her = shopper(
        bench,
        given(1, "brand", "Ida", "like"),
        given(2, "color", "red", "like"),
        given(3, "color", "red", "dislike"),
        given(4, "brand", "Bo", "like"),
        given(5, "brand", "Bo", "none"),
        ("Product Disliked", 1, {"sku": "A"}),
        ("Product Disliked", 1, {"sku": "B"}),
        ("Product Disliked", 2, {"sku": "B", "undo": True}),
        ("Gift Marked", 1, {"sku": "C"}),
        ("Taste Paused", 7, {}),
        ("Taste Resumed", 6, {}),
    )
    said = her.preferences
    assert (said.liking(LIKE), said.liking(DISLIKE)) == ([("brand", "Ida")], [("color", "red")])
    assert (said.skus(NOT_FOR_ME), said.skus(GIFT), said.paused) == (["A"], ["C"], True)
