"""What the signals say."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.views.profile.conftest import START, Bench

from maatwerk.core.time import DAY, MINUTE
from maatwerk.events.event import Campaign, Context
from maatwerk.views.profile.folds.orders import bought, placed, summary
from maatwerk.views.profile.folds.searches import Search, searches
from maatwerk.views.profile.folds.sessions import current, total
from maatwerk.views.profile.folds.traits import traits
from maatwerk.views.profile.folds.wishes import Wish, open_wishes
from maatwerk.views.profile.shopper import Shopper

Tell = Callable[..., Shopper]

EUR = Context(currency="EUR")


@pytest.fixture
def told(bench: Bench) -> Tell:
    """The shopper after these events, given as (name, seconds, properties)."""

    def tell(*events: tuple[str, float, dict[str, Any]]) -> Shopper:
        made = [
            bench.make(name, "a-1", at=at, **({"context": EUR} | properties))
            for name, at, properties in events
        ]
        return Shopper(tail=made, now=START)

    return tell


def lines(shopper: Shopper) -> list[tuple[str, int, int]]:
    return [(line.sku, line.quantity, line.price_minor) for line in shopper.cart.lines]


def test_a_cart_is_what_went_in_and_not_out(told: Tell) -> None:
    shopper = told(
        ("Product Added", 1, {"sku": "A", "price": "10.00", "quantity": 2, "cart_id": "c-1"}),
        ("Product Added", 2, {"product_id": "B", "price": 5}),
        ("Product Added", 3, {"sku": "A", "quantity": "1"}),
        ("Product Removed", 4, {"sku": "B"}),
        ("Product Removed", 5, {"sku": "A", "quantity": 1}),
    )
    assert lines(shopper) == [("A", 2, 1000)]
    assert (shopper.cart.cart_id, shopper.cart.currency) == ("c-1", "EUR")
    assert shopper.cart.updated_at == START + 5_000


def test_a_cart_seen_whole_is_the_cart(told: Tell) -> None:
    products = [
        {"sku": "C", "price": 7, "quantity": 1},
        {"sku": "C", "price": 7, "quantity": 2},
        {"sku": "D"},
    ]
    shopper = told(
        ("Product Added", 1, {"sku": "A", "price": 10}),
        ("Cart Viewed", 2, {"products": products}),
        ("Cart Viewed", 3, {}),
        ("Product Added", 4, {"sku": "D", "price": 3}),
    )
    assert lines(shopper) == [("C", 3, 700), ("D", 2, 300)]


def test_an_order_empties_its_cart(told: Tell) -> None:
    added = ("Product Added", 1, {"sku": "A", "price": 10, "cart_id": "c-1"})
    assert lines(told(added, ("Order Completed", 2, {"order_id": "o", "cart_id": "c-1"}))) == []
    assert lines(told(added, ("Order Completed", 2, {"order_id": "o"}))) == []
    assert lines(told(added, ("Order Completed", 2, {"order_id": "o", "cart_id": "other"}))) != []
    again = told(added, ("Order Completed", 2, {"order_id": "o"}), ("Product Added", 3, {"sku": "B"}))
    assert lines(again) == [("B", 1, -1)]


def test_an_order_counts_once_however_many_routes_report_it(told: Tell) -> None:
    products = [{"sku": "A", "price": 20, "quantity": 2}, {"sku": "B", "price": 10}]
    shopper = told(
        ("Order Completed", 5, {"order_id": "o-1", "total": "49.95", "products": products, "proven": True}),
        ("Order Completed", 4, {"order_id": "o-1", "total": 999}),
        ("Order Completed", 9, {"order_id": "o-2", "products": products}),
        ("Order Completed", 9, {"total": 5}),
    )
    total = summary(shopper.orders)
    assert (total.count, total.revenue) == (2, {"EUR": 4995 + 5000}), "the proven report; else the lines' sum"
    assert [key for key, _ in placed(shopper.orders)] == ["o-2", "o-1"]
    assert bought(shopper.orders) == {"A": START + 9_000, "B": START + 9_000}


def test_what_is_cancelled_or_refunded(told: Tell) -> None:
    shopper = told(
        ("Order Refunded", 1, {"order_id": "o-1", "total": 10}),
        ("Order Completed", 2, {"order_id": "o-1", "total": 50}),
        ("Order Completed", 3, {"order_id": "o-2", "total": 70}),
        ("Order Completed", 4, {"order_id": "o-3", "total": 30, "currency": "USD"}),
        ("Order Cancelled", 5, {"order_id": "o-2"}),
    )
    total = summary(shopper.orders)
    assert total.revenue == {"EUR": 4000, "USD": 3000}, "currencies are never added up"
    assert (total.count, total.cancelled, total.refunded) == (2, 1, {"EUR": 1000})
    assert (total.first_at, total.last_at) == (START + 2_000, START + 4_000)


def test_lines_are_kept_of_the_newest_orders(told: Tell) -> None:
    order = {"products": [{"sku": "A", "price": 1}]}
    shopper = told(*(("Order Completed", n, order | {"order_id": f"o-{n:03d}"}) for n in range(60)))
    rows = placed(shopper.orders)
    assert [bool(row.lines) for _, row in rows] == [True] * 50 + [False] * 10
    assert summary(shopper.orders).revenue == {"EUR": 6000}, "what they came to stays"


def test_searches_find_their_answers(told: Tell) -> None:
    shopper = told(
        ("Products Searched", 1, {"query": "  red   dress ", "query_id": "q-1"}),
        ("Search Results Received", 2, {"query": "red dress", "query_id": "q-1", "results": 0}),
        ("Products Searched", 3, {"query": "boots"}),
        ("Search Results Received", 4, {"query": "lamp", "query_id": "q-9", "results": 7}),
    )
    assert searches(shopper.searches) == [
        Search(START + 4_000, "lamp", "q-9", 7),
        Search(START + 3_000, "boots"),
        Search(START + 1_000, "red dress", "q-1", 0),
    ]


def test_a_visit_ends_after_thirty_quiet_minutes(told: Tell) -> None:
    landed = Context(device="mobile", campaign=Campaign(source="news"))
    shopper = told(
        ("Page Viewed", 0, {"context": landed}),
        ("Product Viewed", 29 * 60, {"sku": "A"}),
        ("Product Added", 58 * 60, {"sku": "A"}),
        ("Page Viewed", 88 * 60, {}),
        ("Order Completed", 90 * 60, {"order_id": "o", "context": Context(channel="server")}),
    )
    first, second = shopper.sessions.sessions
    assert (first.end - first.start, first.views, first.adds, first.events) == (58 * MINUTE, 1, 1, 3)
    assert (first.landing.device, first.landing.source) == ("mobile", "news")
    assert (second.events, second.orders) == (1, 0), "what a server reports is no visit"
    assert total(shopper.sessions) == 2
    assert current(shopper.sessions, START + 100 * MINUTE) == second
    assert current(shopper.sessions, START + 118 * MINUTE) is None


def test_an_event_between_two_visits_joins_them(told: Tell) -> None:
    far = told(("Page Viewed", 0, {}), ("Page Viewed", 40 * 60, {}))
    near = told(("Page Viewed", 0, {}), ("Page Viewed", 40 * 60, {}), ("Page Viewed", 20 * 60, {}))
    assert (total(far.sessions), total(near.sessions)) == (2, 1)


def test_old_visits_stay_counted(told: Tell) -> None:
    shopper = told(*(("Page Viewed", day * DAY / 1000, {}) for day in range(70)))
    assert (len(shopper.sessions.sessions), total(shopper.sessions)) == (60, 70)


def test_the_last_told_value_of_a_trait_counts(told: Tell) -> None:
    shopper = told(
        ("Identified", 5, {"traits": {"email": " New@Ex.test ", "age": 40}}),
        ("Identified", 1, {"traits": {"email": "old@ex.test", "firstName": "Ada", "city": "Delft"}}),
        ("Identified", 6, {"traits": {"city": None, "biography": "x" * 2_000}}),
    )
    assert traits(shopper.traits) == {"age": 40, "email": "new@ex.test", "firstName": "Ada"}


def test_the_newest_word_on_consent_counts(told: Tell) -> None:
    shopper = told(
        ("Consent Changed", 3, {"purposes": {"email": True, "personalization": True}, "source": "banner"}),
        ("Page Viewed", 5, {"context": Context(consent={"personalization": False})}),
        ("Page Viewed", 1, {"context": Context(consent={"personalization": True, "unheard_of": True})}),
        ("Unsubscribed", 9, {"channel": "email"}),
    )
    assert shopper.granted("personalization") is False
    assert shopper.granted("email") is False
    assert shopper.granted("sms") is None
    assert [(change.purpose, change.granted) for change in shopper.consent.changes] == [
        ("email", True),
        ("personalization", True),
        ("email", False),
    ]


def test_wishes_end_with_a_purchase_or_no_more_mail(told: Tell) -> None:
    asked = (
        ("Back In Stock Requested", 1, {"sku": "A"}),
        ("Price Alert Requested", 2, {"sku": "B", "below": "19.95"}),
    )
    assert open_wishes(told(*asked).wishes) == [
        Wish("back-in-stock", "A", START + 1_000),
        Wish("price", "B", START + 2_000, 1995),
    ]
    purchase = ("Order Completed", 3, {"order_id": "o", "products": [{"sku": "B"}]})
    assert [wish.sku for wish in open_wishes(told(*asked, purchase).wishes)] == ["A"]
    assert open_wishes(told(*asked, ("Unsubscribed", 4, {"channel": "email"})).wishes) == []
    again = ("Back In Stock Requested", 5, {"sku": "A"})
    assert len(open_wishes(told(*asked, ("Unsubscribed", 4, {"channel": "email"}), again).wishes)) == 1


def test_where_she_was_last_seen(told: Tell) -> None:
    shopper = told(
        ("Page Viewed", 9, {"context": Context(locale="nl-NL", device="mobile")}),
        (
            "Page Viewed",
            3,
            {"context": Context(locale="en-GB", country="NL", campaign=Campaign(source="ad"))},
        ),
        ("Page Viewed", 5, {"context": Context(campaign=Campaign(source="news"))}),
    )
    seen = shopper.context
    assert (seen.value("locale"), seen.value("country"), seen.value("timezone")) == ("nl-NL", "NL", "")
    assert (seen.first_at, seen.last_at) == (START + 3_000, START + 9_000)
    assert seen.first_campaign
    assert seen.last_campaign
    assert (seen.first_campaign.source, seen.last_campaign.source) == ("ad", "news")


def test_what_cannot_be_read_stops_nothing(told: Tell) -> None:
    broken = ("Product Added", 1, {"sku": ["not", "text"]})
    shopper = told(broken, ("Product Added", 2, {"sku": "A", "quantity": "some", "price": "free"}))
    assert lines(shopper) == [("A", 1, -1)]
