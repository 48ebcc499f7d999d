"""Audiences through the running server: published, seen by the request that carries the event."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
from tests.scenarios.server import SECRET, WEB, WRITE, Server


def ask(shop: Server, method: str, path: str, body: Any = None, key: str = SECRET) -> httpx.Response:
    return WEB.request(method, shop.url + path, json=body, auth=(key, ""))


def soon(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not what():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


def viewing(who: str, sku: str = "m-ba-3", **more: Any) -> dict[str, Any]:
    event = {"type": "track", "event": "Product Viewed", "anonymousId": who, "properties": {"sku": sku}}
    return {"anonymousId": who, "events": [event], "placements": ["home.keen"], **more}


def test_from_the_rule_to_the_slot(shop: Server) -> None:
    when = 'event("Product Viewed").where(e, e.sku == "m-ba-3").within(days(30)).count() >= 2'
    keen = {"name": "Keen", "when": when, "public": True}
    slot = {"page": "home", "unit": "newest", "audience": "keen"}
    refused = ask(shop, "PUT", "/v1/rules/placement/home.keen", slot)
    assert (refused.status_code, refused.json()["code"]) == (400, "audience_not_found")
    assert ask(shop, "PUT", "/v1/rules/audience/keen", keen).status_code == 200
    assert ask(shop, "PUT", "/v1/rules/placement/home.keen", slot).status_code == 200
    hidden = {"name": "Hidden", "when": 'event("Product Viewed").where(e, e.sku == "m-ba-3").count() >= 1'}
    assert ask(shop, "PUT", "/v1/rules/audience/hidden", hidden).status_code == 200

    first = shop.post("/v1/decide", viewing("aud-1"))
    assert first["visitor"]["audiences"] == []
    assert first["placements"]["home.keen"]["kind"] == "none"
    second = shop.post("/v1/decide", viewing("aud-1"))
    assert second["visitor"]["audiences"] == ["keen"]  # in the same request, and the hidden one is not told
    assert second["placements"]["home.keen"]["kind"] == "products"
    whole = ask(shop, "POST", "/v1/decide", viewing("aud-1")).json()
    assert whole["visitor"]["audiences"] == ["hidden", "keen"]
    replayed = ask(shop, "POST", f"/v1/decisions/{second['decisionId']}/replay")
    assert replayed.json()["verdict"] == "identical"

    soon(lambda: "aud-1" in str(ask(shop, "GET", "/v1/audiences/keen/members").json()["items"]))
    assert ask(shop, "GET", "/v1/profiles/anonymous_id/aud-1").json()["audiences"] == ["hidden", "keen"]
    shown = ask(shop, "GET", "/v1/audiences/keen").json()
    assert (shown["size"], shown["used_by"], shown["state"]) == (1, ["placement/home.keen"], "live")
    in_use = ask(shop, "DELETE", "/v1/rules/audience/keen")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "audience_in_use")
    assert "placement/home.keen" in in_use.json()["detail"]
    told = ask(shop, "GET", "/v1/admin/events?origin=internal&type=Audience%20Entered").text
    assert '"keen"' in told
    assert "aud-1" in told

    bad = ask(shop, "PUT", "/v1/rules/audience/bad?dry_run=1", {"name": "x", "when": "orders.cuont > 1"})
    assert bad.status_code == 400
    assert "orders.count" in bad.json()["detail"]
    assert ask(shop, "GET", "/v1/audiences", key=WRITE).status_code in (401, 403)


def test_lists_come_in_and_memberships_go_out(shop: Server) -> None:
    assert ask(shop, "PUT", "/v1/rules/audience/vip", {"name": "VIP"}).status_code == 200
    shop.post("/v1/identify", {"userId": "u-vip", "traits": {"email": "vip@shop.test"}})
    added = ask(shop, "PUT", "/v1/audiences/vip/members", {"add": ["u-vip", {"email": "nobody@shop.test"}]})
    assert added.json() == {"added": 1, "removed": 0, "unknown": ["nobody@shop.test"]}
    soon(lambda: "u-vip" in ask(shop, "GET", "/v1/memberships").text)
    assert "u-vip,,vip" in ask(shop, "GET", "/v1/memberships").text
    csv = WEB.put(
        f"{shop.url}/v1/audiences/vip/members", content=b"user_id\nu-two\n", auth=(SECRET, ""), timeout=20
    )
    assert csv.json()["added"] == 1
    soon(lambda: ask(shop, "GET", "/v1/audiences/vip").json()["size"] == 2)
    assert ask(shop, "PUT", "/v1/audiences/vip/members", {"remove": ["u-vip"]}).json()["removed"] == 1
    soon(lambda: ask(shop, "GET", "/v1/audiences/vip").json()["size"] == 1)


def test_the_ready_made_ones_are_whole(shop: Server) -> None:
    ready = ask(shop, "GET", "/v1/audiences?ready=1").json()["items"]
    assert {"first-visit", "at-risk", "cart-abandoners", "stage-about-to-buy"} <= {
        each["key"] for each in ready
    }
