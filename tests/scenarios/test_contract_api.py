"""The HTTP contract as a stranger checks it: shapes, statuses and limits that a shop's code relies on."""

from __future__ import annotations

import hmac
import itertools
import json
from hashlib import sha256
from typing import Any

import httpx
import pytest
from tests.scenarios.server import SECRET, WEB, WRITE, Server

_numbers = itertools.count()


def someone() -> str:
    """An anonymous id nobody has used."""
    return f"contract-{next(_numbers)}"


def ask(shop: Server, method: str, path: str, body: Any = None, key: str = SECRET) -> httpx.Response:
    """An answer of whatever status."""
    return WEB.request(method, shop.url + path, json=body, auth=(key, ""))


def view(sku: str, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Viewed", "properties": {"sku": sku}} | more


def test_a_decision_may_say_null_for_what_it_does_not_know(shop: Server) -> None:
    body = {
        "anonymousId": someone(),
        "userId": None,
        "userSignature": None,
        "sessionId": None,
        "requestId": None,
        "placements": None,
        "explain": None,
        "events": [view("w-dr-1", userId=None)],
        "context": {
            "page": {"type": "home", "sku": None, "category": None, "url": None},
            "cart": {"id": None, "items": [{"sku": "w-sh-1", "quantity": 1, "price": None}]},
            "store": None,
            "locale": None,
            "consent": None,
        },
    }
    answer = shop.post("/v1/decide", body)
    assert answer["recorded"]["accepted"] == 1
    assert answer["personal"] is True
    assert "home.for-you" in answer["placements"]
    everything_null = dict.fromkeys(body)
    assert shop.post("/v1/decide", everything_null)["personal"] is False


@pytest.mark.parametrize(
    "said", [{}, {"anonymousId": None}, {"userId": None, "messageId": "{who}"}, {"userId": "{who}"}]
)
def test_a_decisions_own_events_are_hers_who_asks(shop: Server, said: dict[str, Any]) -> None:
    who = someone()
    event = view("w-dr-1") | {name: value and value.format(who=who) for name, value in said.items()}
    body = {"anonymousId": who, "userId": who, "events": [event], "placements": ["home.recently-viewed"]}
    answer = shop.post("/v1/decide", body)
    assert [item["sku"] for item in answer["placements"]["home.recently-viewed"]["items"]] == ["w-dr-1"]


def test_a_signed_decision_proves_its_events(shop: Server) -> None:
    device, other, user = someone(), someone(), f"u-{someone()}"
    signing = hmac.new(SECRET.encode(), b"maatwerk/user-signature/v1", sha256).hexdigest()
    signature = hmac.new(signing.encode(), user.encode(), sha256).hexdigest()
    body = {"anonymousId": device, "userId": user, "userSignature": signature}
    shop.post("/v1/decide", body | {"events": [view("w-dr-4"), {"type": "identify"}]})
    elsewhere = body | {"anonymousId": other, "placements": ["home.recently-viewed"]}
    answer = shop.post("/v1/decide", elsewhere)
    assert [item["sku"] for item in answer["placements"]["home.recently-viewed"]["items"]] == ["w-dr-4"]


def test_identifiers_sent_as_numbers_are_those_that_events_are_kept_under(shop: Server) -> None:
    number = 900_000 + next(_numbers)
    shop.post("/v1/track", view("w-dr-2", anonymousId=number))
    body = {"anonymousId": number, "placements": ["home.recently-viewed"]}
    answer = shop.post("/v1/decide", body)
    assert answer["visitor"]["anonymousId"] == str(number)
    assert [item["sku"] for item in answer["placements"]["home.recently-viewed"]["items"]] == ["w-dr-2"]


@pytest.mark.parametrize("who", ["caf\u00e9", "cafe\u0301", "  caf\u00e9 "])
def test_identifiers_are_read_alike_by_events_and_decisions(shop: Server, who: str) -> None:
    shop.post("/v1/track", view("w-dr-3", anonymousId="cafe\u0301"))
    answer = shop.post("/v1/decide", {"anonymousId": who, "placements": ["home.recently-viewed"]})
    assert answer["personal"] is True


@pytest.mark.parametrize("who", ["null", "undefined", "0", "00000000-0000-0000-0000-000000000000"])
def test_a_placeholder_is_nobody(shop: Server, who: str) -> None:
    shop.post("/v1/track", view("w-dr-3", anonymousId=who))
    answer = shop.post("/v1/decide", {"anonymousId": who, "context": {"page": {"type": "home"}}})
    assert (answer["personal"], answer["visitor"]["anonymousId"]) == (False, None)


def test_what_is_wrong_with_a_decision_is_still_named(shop: Server) -> None:
    problem = shop.post("/v1/decide", {"anonymousId": {"id": 1}}, status=400)
    assert (problem["code"], problem["field"]) == ("wrong_type", "anonymousId")


@pytest.mark.parametrize(
    "path", ["/v1/rules/history", "/v1/admin/rejected", "/v1/profiles/anonymous_id/{who}/timeline"]
)
@pytest.mark.parametrize("cursor", ["abc", "%C2%B2", "-1", "9" * 30])
def test_a_cursor_that_is_none_is_refused(shop: Server, path: str, cursor: str) -> None:
    who = someone()
    shop.post("/v1/track", view("w-dr-1", anonymousId=who))
    answer = ask(shop, "GET", path.format(who=who) + f"?cursor={cursor}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == "cursor"


def test_nobody_has_no_timeline(shop: Server) -> None:
    answer = ask(shop, "GET", "/v1/profiles/user_id/never-heard-of/timeline")
    assert (answer.status_code, answer.json()["code"]) == (404, "profile_not_found")


def test_a_timeline_is_paged_without_gaps(shop: Server) -> None:
    who = someone()
    sent = [view("w-dr-1", anonymousId=who, messageId=f"{who}-{number}") for number in range(7)]
    shop.post("/v1/batch", {"batch": sent})
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = shop.call("GET", f"/v1/profiles/anonymous_id/{who}/timeline?limit=3&cursor={cursor}")
        seen += [item["messageId"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [message["messageId"] for message in reversed(sent)]


def test_money_and_times_of_a_profile(shop: Server) -> None:
    who = someone()
    order = {"order_id": f"o-{who}", "total": 30, "products": [{"sku": "w-dr-1", "quantity": 1}]}
    euros = {"order_id": f"p-{who}", "total": "12.50", "currency": "EUR"}
    add = {"sku": "w-sh-1", "quantity": 2, "price": "21.00", "cart_id": "c"}
    for name, properties in (
        ("Order Completed", order),
        ("Order Completed", euros),
        ("Product Added", add),
    ):
        shop.post("/v1/track", {"anonymousId": who, "event": name, "properties": properties})
    profile = shop.call("GET", f"/v1/profiles/anonymous_id/{who}")
    orders = profile["orders"]
    assert (orders["count"], orders["revenue"]) == (2, [{"amount": "42.50", "currency": "EUR"}])
    assert {each["order_id"] for each in orders["newest"]} == {f"o-{who}", f"p-{who}"}
    (line,) = profile["cart"]["items"]
    assert (line["sku"], line["quantity"]) == ("w-sh-1", 2)
    assert line["price"] == {"amount": "21.00", "currency": "EUR"}
    assert line["added_at"].endswith("Z")


def test_too_large_an_event_alone_is_413_and_in_company_a_verdict(shop: Server) -> None:
    large = view("w-dr-1", anonymousId=someone())
    large["properties"]["text"] = "x" * 33_000
    for path, body in (("/v1/track", large), ("/v1/batch", {"batch": [large]})):
        answer = ask(shop, "POST", path, body, WRITE)
        assert answer.status_code == 413
        assert answer.json()["rejected"][0]["code"] == "event_too_large"
    both = shop.post("/v1/batch", {"batch": [large, view("w-dr-1", anonymousId=someone())]})
    assert (both["accepted"], [each["index"] for each in both["rejected"]]) == (1, [0])


def test_a_version_is_a_number(shop: Server) -> None:
    problem = shop.call("POST", "/v1/rules/rollback", {"version": True}, status=400)
    assert (problem["code"], problem["field"]) == ("version_not_readable", "version")


ADOBE = [
    ("completeCheckout", {"orderId": "O-1", "grandTotal": 59, "skus": ["w-dr-1"]}, "Order Completed",
     {"order_id": "O-1", "total": 59, "products": [{"sku": "w-dr-1"}]}),
    ("addToCart", {"SKU": "w-dr-1", "qty": 2, "cartId": "c-9"}, "Product Added",
     {"sku": "w-dr-1", "quantity": 2, "cart_id": "c-9"}),
    ("searchRequestSent", {"searchRequestId": "q-1", "phrase": "dress"}, "Products Searched",
     {"query_id": "q-1", "query": "dress"}),
    ("searchResponseReceived", {"searchRequestId": "q-1", "numberOfResults": 1, "skus": ["w-dr-1"]},
     "Search Results Received", {"query_id": "q-1", "results": 1, "products": [{"sku": "w-dr-1"}]}),
    ("addToRequisitionList", {"requisitionListId": "r-1", "sku": "w-dr-1"}, "Product Added to List",
     {"list_id": "r-1", "list_type": "requisition", "sku": "w-dr-1"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said", "canonical", "lifted"), ADOBE, ids=[case[0] for case in ADOBE])
def test_adobe_names_with_their_fields_put_flat(
    shop: Server, name: str, said: dict[str, Any], canonical: str, lifted: dict[str, Any]
) -> None:
    who = someone()
    shop.post("/v1/track", {"anonymousId": who, "event": name, "properties": said})
    (event,) = shop.call("GET", f"/v1/profiles/anonymous_id/{who}/timeline")["items"]
    assert event["event"] == canonical
    assert lifted.items() <= event["properties"].items(), json.dumps(event["properties"])


def test_adobe_sign_in_by_account_id_joins_the_device(shop: Server) -> None:
    who = someone()
    message = {"anonymousId": who, "event": "signIn", "properties": {"accountId": f"acc-{who}"}}
    shop.post("/v1/track", message, secret=True)
    profile = shop.call("GET", f"/v1/profiles/user_id/acc-{who}")
    assert profile["identifiers"]["anonymous_id"] == [who]
