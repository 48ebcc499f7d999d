"""A shop plugs in and its next page is personal: through the running server, over HTTP, with two workers."""

from __future__ import annotations

import hmac
import itertools
from hashlib import sha256
from typing import Any

import pytest
from tests.scenarios.conftest import product
from tests.scenarios.server import SECRET, WEB, WRITE, Server

_numbers = itertools.count()


def someone() -> str:
    """An anonymous id nobody has used."""
    return f"a-{next(_numbers)}"


def view(sku: str, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Viewed", "properties": {"sku": sku}} | more


def ask(shop: Server, who: str, page: str = "home", **more: Any) -> dict[str, Any]:
    secret = bool(more.pop("secret", False))
    body = {"anonymousId": who, "context": {"page": {"type": page}, **more.pop("context", {})}} | more
    answer: dict[str, Any] = shop.post("/v1/decide", body, secret=secret)
    return answer


def shown(answer: dict[str, Any], placement: str) -> list[str]:
    return [item["sku"] for item in answer["placements"][placement]["items"]]


def recent(shop: Server, who: str, **more: Any) -> list[str]:
    """What she viewed, newest first, as a page with that slot alone would show it."""
    return shown(ask(shop, who, placements=["home.recently-viewed"], **more), "home.recently-viewed")


def signature(user: str) -> str:
    signing = hmac.new(SECRET.encode(), b"maatwerk/user-signature/v1", sha256).hexdigest()
    return hmac.new(signing.encode(), user.encode(), sha256).hexdigest()


def test_own_event_counts_in_the_same_request_and_the_next(shop: Server) -> None:
    for _ in range(20):  # new connections: either worker may answer
        who = someone()
        first = ask(shop, who, events=[view("w-dr-1")])
        assert first["recorded"]["accepted"] == 1
        assert first["personal"] is True
        assert recent(shop, who) == ["w-dr-1"]
        shop.post("/v1/track", view("w-sh-2", anonymousId=who))
        assert recent(shop, who) == ["w-sh-2", "w-dr-1"]


def test_navigation_follows_interest(shop: Server) -> None:
    who = someone()
    links = ask(shop, who)["placements"]["home.navigation"]["items"]
    assert [link["category"] for link in links] == ["men", "women"]
    links = ask(shop, who, events=[view("w-dr-1"), view("w-ba-1")])["placements"]["home.navigation"]["items"]
    assert [link["category"] for link in links] == ["women", "men"]


def test_a_price_and_a_stock_change_count_in_the_next_decision(shop: Server) -> None:
    shop.call("PUT", "/v1/catalog/products", {"products": [product("x-1", "women/x", "women")]})
    who = someone()
    ask(shop, who, events=[view("x-1")])
    for number in range(20):
        price = f"{30 + number}.50"
        shop.call("PATCH", "/v1/catalog/products/x-1", {"price": price})
        answer = ask(shop, who, placements=["home.recently-viewed"])
        item = answer["placements"]["home.recently-viewed"]["items"][0]
        assert item["product"]["price"] == {"amount": price, "currency": "EUR"}
        shop.call("PATCH", "/v1/catalog/products/x-1", {"stock": 0})
        assert recent(shop, who) == []
        shop.call("PATCH", "/v1/catalog/products/x-1", {"stock": 1})
        assert recent(shop, who) == ["x-1"]
    shop.call("DELETE", "/v1/catalog/products/x-1")
    assert recent(shop, who) == []


def test_without_an_id_the_answer_is_impersonal(shop: Server) -> None:
    answer = shop.post("/v1/decide", {"context": {"page": {"type": "home"}}})
    assert answer["personal"] is False
    assert answer["placements"]["home.for-you"]["items"]
    assert answer["placements"]["home.for-you"]["fallback"]


def test_unknown_placements_are_reported_and_the_rest_answered(shop: Server) -> None:
    answer = ask(shop, someone(), placements=["home.bestsellers", "no.such"])
    assert list(answer["placements"]) == ["home.bestsellers"]
    assert answer["errors"]["no.such"]["code"] == "placement_not_known"


def test_a_retry_counts_once(shop: Server) -> None:
    who = someone()
    before = shop.settled_stats()
    body = {
        "anonymousId": who,
        "requestId": f"r-{who}",
        "context": {"page": {"type": "home"}},
        "events": [view("w-dr-3")],
    }
    answers = [shop.post("/v1/decide", body) for _ in range(3)]
    assert len({answer["decisionId"] for answer in answers}) == 1
    assert [answer["recorded"]["accepted"] for answer in answers] == [1, 0, 0]
    after = shop.settled_stats()
    assert after["events_total"] - before["events_total"] == 1
    assert after["decisions_total"] - before["decisions_total"] == 1


def test_anonymous_history_joins_the_account_and_sign_out_ends_personal_answers(shop: Server) -> None:
    who, user = someone(), f"u-{someone()}"
    ask(shop, who, events=[view("w-dr-2")])
    shop.post("/v1/identify", {"anonymousId": who, "userId": user}, secret=True)
    shop.await_folded()  # what this device did without her user id is found by it once it is folded
    profile = shop.call("GET", f"/v1/profiles/user_id/{user}")
    assert profile["identifiers"]["anonymous_id"] == [who]
    assert profile["recently_viewed"] == ["w-dr-2"]
    assert ask(shop, who)["personal"] is True
    shop.post("/v1/track", {"anonymousId": who, "userId": user, "event": "Signed Out"})
    assert ask(shop, who)["personal"] is False
    assert recent(shop, who) == []
    proven = {"userId": user, "userSignature": signature(user)}
    assert recent(shop, someone(), **proven) == ["w-dr-2"], "on another device she is proven"


def test_identify_mine_and_victim_gains_an_attacker_nothing(shop: Server) -> None:
    victim_device, victim, attacker = someone(), f"u-{someone()}", someone()
    shop.post("/v1/identify", {"anonymousId": victim_device, "userId": victim}, secret=True)
    shop.post("/v1/track", view("m-sh-1", anonymousId=victim_device, userId=victim), secret=True)
    ask(shop, attacker, events=[view("w-ba-7")])
    shop.post("/v1/identify", {"anonymousId": attacker, "userId": victim})
    shop.post("/v1/alias", {"previousId": attacker, "userId": victim})
    shop.post("/v1/track", view("w-ba-6", userId=victim))
    for folded in (False, True):
        if folded:
            shop.await_folded()
        for more in ({}, {"userId": victim}, {"userId": victim, "userSignature": "0" * 64}):
            for who in (attacker, someone()):
                assert "m-sh-1" not in recent(shop, who, **more), "the attacker reads the victim's history"
        seen = recent(shop, victim_device, userId=victim, userSignature=signature(victim))
        assert seen == ["m-sh-1"], "the attacker writes into what the victim is shown"
    profile = WEB.get(f"{shop.url}/v1/profiles/user_id/{victim}", auth=(WRITE, ""))
    assert profile.status_code == 403
    assert "access-control-allow-origin" not in profile.headers


def test_consent_denied_is_impersonal_and_leaves_nothing(shop: Server) -> None:
    who = someone()
    ask(shop, who, events=[view("w-dr-4")])
    denied = {"consent": {"personalization": "denied"}}
    assert ask(shop, who, context=denied)["personal"] is False
    before = shop.settled_stats()
    nobody = someone()
    answer = ask(
        shop, nobody, context={"consent": {"storage": "denied"}}, events=[view("w-dr-5", anonymousId=nobody)]
    )
    assert answer["personal"] is False
    after = shop.settled_stats()
    assert after["events_total"] == before["events_total"]
    assert after["decisions_total"] == before["decisions_total"]
    assert after["dropped_consent"] == before["dropped_consent"] + 1
    shop.call("GET", f"/v1/profiles/anonymous_id/{nobody}", status=404)


def test_a_withdrawal_is_remembered_for_messages_that_state_nothing(shop: Server) -> None:
    who = someone()
    shop.post(
        "/v1/track",
        {
            "anonymousId": who,
            "event": "Consent Changed",
            "properties": {"purposes": {"personalization": False}},
        },
    )
    ask(shop, who, events=[view("w-dr-4")])
    assert ask(shop, who)["personal"] is False


def test_why_and_replay(shop: Server) -> None:
    who = someone()
    answer = ask(
        shop,
        who,
        page="product",
        events=[view("w-dr-1")],
        context={"page": {"type": "product", "sku": "w-dr-1"}},
    )
    ask(shop, who, events=[view("m-sh-1")])
    shop.call("PATCH", "/v1/catalog/products/w-sh-0", {"stock": 0})
    record = shop.call("GET", f"/v1/decisions/{answer['decisionId']}")
    slot = next(slot for slot in record["slots"] if slot["placement"] == "product.complete-the-look")
    assert [item["sku"] for item in slot["items"]] == shown(answer, "product.complete-the-look")
    assert all(item["reason"] and item["price_minor"] and item["stock"] for item in slot["items"])
    replayed = shop.call("POST", f"/v1/decisions/{answer['decisionId']}/replay")
    assert replayed["verdict"] == "identical", replayed
    shop.await_folded()
    replayed = shop.call("POST", f"/v1/decisions/{answer['decisionId']}/replay")
    assert replayed["verdict"] == "identical", replayed
    shop.call("PATCH", "/v1/catalog/products/w-sh-0", {"stock": 5})
    shop.call("GET", "/v1/decisions/d-none", status=404)


def test_explain_needs_the_secret_key_and_names_each_rule(shop: Server) -> None:
    who = someone()
    shop.post("/v1/decide", {"anonymousId": who, "explain": True}, status=403)
    ask(shop, who, events=[view("w-dr-1"), view("w-dr-2")])
    cart = {"id": "c", "items": [{"sku": "w-dr-1", "quantity": 1}]}
    answer = ask(
        shop,
        who,
        secret=True,
        explain=True,
        placements=["home.recently-viewed", "home.bestsellers"],
        context={"cart": cart},
    )
    removed = answer["placements"]["home.recently-viewed"]["removed"]
    assert {"sku": "w-dr-1", "removed_by": "in_cart"}.items() <= removed[0].items()
    assert "taste" in answer["placements"]["home.bestsellers"]["items"][0]["explanation"]["terms"]


def test_rules_change_the_next_request_and_roll_back(shop: Server) -> None:
    who = someone()
    history = shop.call("GET", "/v1/rules/history")["items"]
    unit = {
        "recommender": "newest",
        "title": "Only bags",
        "include": 'product.categories.exists(c, c == "women/bags")',
    }
    placement = {"page": "home", "unit": "bags", "limit": 3}
    shop.call("PUT", "/v1/rules/placement/home.bags", placement, status=400)
    dry = shop.call("PUT", "/v1/rules/unit/bags?dry_run=1", unit)
    assert dry["changes"][0]["action"] == "add"
    shop.call("GET", "/v1/rules/unit/bags", status=404)
    shop.call("PUT", "/v1/rules/unit/bags", unit)
    shop.call("PUT", "/v1/rules/placement/home.bags", placement)
    for _ in range(6):
        answer = ask(shop, who)
        assert answer["placements"]["home.bags"]["title"] == "Only bags"
        assert all(sku.startswith("w-ba") for sku in shown(answer, "home.bags"))
    shop.call("DELETE", "/v1/rules/unit/bags", status=400)
    shop.call("POST", "/v1/rules/rollback", {"version": history[0]["version"]})
    assert "home.bags" not in ask(shop, who)["placements"]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"recommender": "no-such"}, "unit.x.recommender"),
        ({"recommender": "newest", "include": "product.prise < 3"}, "unit.x.include"),
        ({"recommender": "newest", "fallback": ["no-such"]}, "unit.x.fallback"),
        ({"recommender": "newest", "colour": "red"}, "unit.x"),
    ],
)
def test_a_refused_rule_names_its_field(shop: Server, document: dict[str, Any], field: str) -> None:
    problem = shop.call("PUT", "/v1/rules/unit/x", document, status=400)
    assert problem["field"] == field
    assert problem["detail"]


def test_the_sdk_is_served(shop: Server) -> None:
    answer = WEB.get(f"{shop.url}/maatwerk.js", headers={"origin": "https://shop.example"})
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    again = WEB.get(f"{shop.url}/maatwerk.js", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_what_came_of_a_decision_joins_to_it(shop: Server) -> None:
    who = someone()
    answer = ask(shop, who, placements=["home.bestsellers"], events=[view("w-dr-1")])
    slot = answer["placements"]["home.bestsellers"]
    sku, tracking = slot["items"][0]["sku"], slot["tracking"]
    line = {"sku": sku, "quantity": 1, "price": 20, "tracking": tracking}
    for event, properties in (
        (
            "Product List Viewed",
            {"list_id": "home.bestsellers", "tracking": tracking, "products": [{"sku": sku}]},
        ),
        ("Product Clicked", {"sku": sku, "tracking": tracking}),
        ("Product Added", {"sku": sku, "tracking": tracking}),
        ("Order Completed", {"order_id": f"o-{who}", "total": 20, "currency": "EUR", "products": [line]}),
    ):
        shop.post("/v1/track", {"anonymousId": who, "event": event, "properties": properties})
    (found,) = shop.call("GET", f"/v1/decisions/{answer['decisionId']}")["outcomes"]
    assert (found["views"], found["clicks"], found["carts"], found["purchases"]) == (1, 1, 1, 1)
    assert found["skus"] == [sku]
    other = ask(shop, who, placements=["home.bestsellers"], events=[view("w-dr-2")])
    (found,) = shop.call("GET", f"/v1/decisions/{other['decisionId']}")["outcomes"]
    assert found["purchases"] == 0
