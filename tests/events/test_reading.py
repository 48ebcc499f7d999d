"""The one door: what is accepted and as what, what is refused and why, what leaves no trace."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.events.doors import NOW, accepted, props, rejected, source, track, verdict

from maatwerk.events import event as events
from maatwerk.events import names
from maatwerk.events.circumstances import Surroundings

ITEM = {"sku": "WS12", "price": 32.5, "quantity": 2}


def test_properties_that_need_no_lenience_stay_as_they_were_written() -> None:
    said = b'{"sku":"s",  "price" : 12.50 , "own":[1,{"x":null}]}'
    raw = b'{"type":"track","event":"Product Added","anonymousId":"a","properties":' + said + b"}"
    assert bytes(accepted(raw).properties) == said


@pytest.mark.parametrize(
    "said", ["Viewed Product", "product viewed", "productPageView", "Product-Viewed", "PRODUCT_VIEWED"]
)
def test_other_names_of_an_event_are_one_event_and_what_was_said_is_kept(said: str) -> None:
    event = accepted(track(said, {"sku": "s"}))
    assert (event.name, event.said) == ("Product Viewed", said)
    assert accepted(track("Product Viewed", {"sku": "s"})).said == ""
    assert accepted(track("Lamp Rubbed")).name == "Lamp Rubbed"


@pytest.mark.parametrize("name", sorted(names.INTERNAL_NAMES))
def test_nobody_outside_writes_what_only_we_write(name: str) -> None:
    event = accepted(track(name, {"sku": "s", "product": {"sku": "s", "price": "0.01"}}))
    assert event.name not in names.INTERNAL_NAMES
    assert event.said == name


@pytest.mark.parametrize(
    ("properties", "kept"),
    [
        ({"product_id": 123}, {"product_id": "123"}),
        ({"sku": "s", "price": None, "brand": None}, {"sku": "s"}),
        ({"sku": "s", "price": "12.00", "quantity": "2"}, {"sku": "s", "price": "12.00", "quantity": "2"}),
        ({"sku": "s", "price": "", "coupon": ""}, {"sku": "s", "price": None, "coupon": ""}),
        ({"sku": "s", "category": ["women", "tops"]}, {"sku": "s", "category": "women/tops"}),
        ({"sku": 12.0, "own": {"null": None}}, {"sku": "12", "own": {"null": None}}),
    ],
)
def test_lenience_where_the_meaning_is_plain(properties: dict[str, Any], kept: dict[str, Any]) -> None:
    event = accepted(track("Product Viewed", properties))
    assert props(event) == kept
    names.body(event)


@pytest.mark.parametrize(
    ("products", "kept"),
    [
        (None, None),
        ({"product_id": 5}, [{"product_id": "5"}]),
        (["a", "b"], [{"sku": "a"}, {"sku": "b"}]),
        ([ITEM, None, {"sku": "x", "name": None}], [ITEM, {"sku": "x"}]),
    ],
)
def test_products_in_the_shapes_that_shops_send(products: Any, kept: Any) -> None:
    event = accepted(track("Order Completed", {"order_id": 1001, "products": products}))
    assert props(event).get("products") == kept
    assert names.body(event).order_id == "1001"


@pytest.mark.parametrize(
    ("name", "properties", "code", "field"),
    [
        ("Product Viewed", {"sku": "s", "price": "cheap"}, "price_not_a_number", "properties.price"),
        ("Product Viewed", {"sku": "s", "price": True}, "price_not_a_number", "properties.price"),
        ("Product Viewed", {"sku": "s", "price": "1e999990"}, "price_out_of_range", "properties.price"),
        ("Product Viewed", {"sku": "s", "price": 10**19}, "price_out_of_range", "properties.price"),
        ("Product Viewed", {"sku": "s", "price": "1.999"}, "price_too_precise", "properties.price"),
        (
            "Product Viewed",
            {"sku": "s", "price": 1.5, "currency": "JPY"},
            "price_too_precise",
            "properties.price",
        ),
        ("Product Viewed", {"sku": "s", "currency": "euro"}, "currency_not_known", "properties.currency"),
        ("Product Viewed", {"sku": ["s", 1]}, "wrong_type", "properties.sku"),
        ("Product Viewed", {}, "product_not_named", "properties.sku"),
        ("Product Added", {"sku": "s", "quantity": "two"}, "quantity_not_a_number", "properties.quantity"),
        ("Product Added", {"sku": "s", "quantity": 1e300}, "quantity_not_a_number", "properties.quantity"),
        ("Order Completed", {}, "order_not_named", "properties.order_id"),
        (
            "Order Completed",
            {"order_id": "1", "products": [ITEM, {"sku": "s", "price": "x"}]},
            "price_not_a_number",
            "properties.products[1].price",
        ),
        ("Order Completed", {"order_id": "1", "products": [[1]]}, "wrong_type", "properties.products[0]"),
        ("Back In Stock Requested", {}, "product_not_named", "properties.sku"),
        ("Unsubscribed", {}, "wrong_type", "properties"),
    ],
)
def test_a_known_field_that_cannot_be_read_is_refused_by_name(
    name: str, properties: dict[str, Any], code: str, field: str
) -> None:
    reason = rejected(track(name, properties))
    assert (reason.code, reason.field) == (code, field)
    assert reason.detail


def test_binary_noise_of_a_browsers_arithmetic_is_forgiven() -> None:
    accepted(track("Order Completed", {"order_id": "1", "total": 3 * 59.99}))


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ({"type": "dance"}, "type_not_known", "type"),
        ({}, "type_not_known", "type"),
        (track(""), "event_missing", "event"),
        (track("x" * 256), "name_too_long", "event"),
        (track("x", anonymousId="a" * 256), "id_too_long", "anonymousId"),
        (track("x", messageId="a" * 256), "id_too_long", "messageId"),
        (track("x", anonymousId=[1]), "wrong_type", "anonymousId"),
        (track("x", timestamp="soon"), "time_not_readable", "timestamp"),
        (track("x", timestamp=True), "wrong_type", "timestamp"),
        ({"type": "track", "event": "x", "properties": []}, "wrong_type", "properties"),
        ({"type": "identify", "userId": "u", "traits": "x"}, "wrong_type", "traits"),
        ({"type": "alias", "userId": "u"}, "previous_id_missing", "previousId"),
        (track("x", {"deep": json.loads("[" * 12 + "]" * 12)}), "too_deep", ""),
        (track("x", {f"k{n}": n for n in range(256)}), "too_many_properties", ""),
        (track("x", {"text": "x" * 33_000}), "event_too_large", ""),
        (5, "wrong_type", ""),
        (b'{"type":"track","event":"x","properties":{"n":1e999}}', "json_not_readable", "properties"),
    ],
)
def test_what_is_refused(message: Any, code: str, field: str) -> None:
    reason = rejected(message)
    assert (reason.code, reason.field) == (code, field)


def test_the_limits_themselves_are_allowed() -> None:
    accepted(track("x" * 255, {f"k{n}": n for n in range(255)}, anonymousId="a" * 255))
    accepted(
        track("x", {"deep": json.loads("[" * 10 + "]" * 10)})
    )  # the message and its properties are two levels
    order = {"order_id": "1", "products": [{"sku": f"s{n}", "name": "x", "price": 1} for n in range(90)]}
    accepted(track("Order Completed", order))


@pytest.mark.parametrize(
    "placeholder",
    ["null", "undefined", "0", "-1", "00000000-0000-0000-0000-000000000000", "anonymous", "guest", "None",
     "NaN", "[object Object]", "true", "false", "", " ", "user_id", "distinct_id", "test"],
)  # fmt: skip
def test_placeholders_never_become_identifiers(placeholder: str) -> None:
    found = verdict(track("x", anonymousId=placeholder, userId=None))
    assert found.event is not None
    assert (found.event.anonymous_id, found.event.user_id) == ("", "")
    assert "no_identity" in found.event.flags
    assert [warning.code for warning in found.warnings] == ["placeholder_id"]


def test_identifiers_are_trimmed_composed_and_never_folded() -> None:
    assert accepted(track("x", userId=" U1 ")).user_id == "U1"
    assert accepted(track("x", userId=42)).user_id == "42"
    assert (
        accepted(track("x", userId="cafe\u0301")).user_id == accepted(track("x", userId="caf\u00e9")).user_id
    )


def test_prototype_keys_are_plain_strings() -> None:
    event = accepted(track("x", {"__proto__": {"admin": True}, "constructor": 1}))
    assert props(event) == {"__proto__": {"admin": True}, "constructor": 1}


def test_circumstances_are_reduced() -> None:
    context = {
        "ip": "203.0.113.9",
        "userAgent": "Mozilla/5.0 (iPhone)",
        "page": {"url": "https://s.test/p", "path": "/p", "title": "P", "referrer": "https://r.test"},
        "campaign": {"source": "mail", "medium": "email", "name": "may"},
        "locale": "nl-NL",
        "timezone": "Europe/Amsterdam",
        "library": {"name": "analytics.js", "version": "next"},
        "location": {"country": "nl"},
        "sessionId": 1795,
        "store": "b2b",
    }
    event = accepted(track("x", context=context))
    kept = event.context
    assert (kept.device, kept.browser, kept.os) == ("mobile", "Safari", "iOS")
    assert (kept.url, kept.path, kept.title, kept.referrer) == (
        "https://s.test/p",
        "/p",
        "P",
        "https://r.test",
    )
    assert (kept.locale, kept.timezone, kept.country, kept.session_id) == (
        "nl-NL",
        "Europe/Amsterdam",
        "NL",
        "1795",
    )
    assert (kept.store, kept.library) == ("b2b", "analytics.js")
    assert kept.campaign is not None
    assert (kept.campaign.source, kept.campaign.name) == ("mail", "may")
    stored = events.encode(event)
    assert b"203.0.113.9" not in stored
    assert b"iPhone" not in stored


def test_wrong_shapes_of_circumstances_reject_nothing() -> None:
    wrong: list[Any] = [
        None,
        [],
        "x",
        {"page": "x", "campaign": [], "library": 5, "userAgent": {}, "consent": "x", "location": 3},
    ]
    for context in wrong:
        assert accepted(track("x", context=context)).context.store == "default"


def test_headers_stand_in_where_the_message_is_silent() -> None:
    around = Surroundings(user_agent="Mozilla/5.0 (iPhone)", country="be")
    event = accepted(track("x"), source(around=around))
    assert (event.context.device, event.context.country) == ("mobile", "BE")
    server = accepted(track("x"), source(around=Surroundings(user_agent="analytics-python/2.4")))
    assert server.context.device == ""
    library = {"library": {"name": "analytics-python"}}
    assert accepted(track("x", context=library)).context.device == "server"


def test_bots_are_flagged() -> None:
    event = accepted(track("x", context={"userAgent": "Googlebot/2.1"}))
    assert event.context.device == "bot"
    assert event.flags == ("bot",)


def test_a_batchs_context_lies_under_each_messages_own() -> None:
    origin = source(context={"locale": "nl", "store": "b2b"})
    event = accepted(track("x", context={"locale": "fr"}), origin)
    assert (event.context.locale, event.context.store) == ("fr", "b2b")


def test_same_chance_same_ids() -> None:
    first, again = verdict(track("x"), index=3), verdict(track("x"), index=3)
    other = verdict(track("x"), index=4)
    assert first.event is not None
    assert again.event is not None
    assert other.event is not None
    assert first.event.id == again.event.id != other.event.id
    assert first.event.time == NOW


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KNOWN = [*names.BODIES, *names.ADOBE_NAMES, "custom"]
WORDS = ["sku", "product_id", "price", "quantity", "products", "order_id", "total", "currency", "commerce",
         "person", "productListItems", "siteSearch", "searchResults", "product", "shoppingCart", "purposes",
         "results"]  # fmt: skip
messages = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["track", "identify", "page", "group", "alias", "Track"]) | json_values,
        "event": st.sampled_from(KNOWN) | json_values,
        "anonymousId": st.text(max_size=5) | json_values,
        "userId": st.text(max_size=5) | json_values,
        "properties": st.dictionaries(st.sampled_from(WORDS), json_values, max_size=5) | json_values,
        "traits": json_values,
        "context": st.dictionaries(
            st.sampled_from(["page", "consent", "campaign", "userAgent", "traits", "store", "sessionId"]),
            json_values,
        )
        | json_values,
        "timestamp": json_values,
        "sentAt": json_values,
        "messageId": json_values,
        "previousId": json_values,
    },
)


@given(messages | json_values)
def test_every_message_gets_a_verdict_and_what_is_accepted_can_be_read_back(message: Any) -> None:
    found = verdict(message)
    assert (found.event is not None) + (found.rejection is not None) + found.dropped == 1
    if found.event is not None:
        again = events.decode(events.encode(found.event))
        names.body(again)
        names.properties(again)
        names.traits(again)
        assert again.context == found.event.context
        assert len(again.id) > 0
