"""My taste over HTTP: she sees and corrects it, the next page goes by it, and nobody else sees it."""

from __future__ import annotations

import time
from typing import Any

from tests.scenarios.server import SECRET, WEB, WRITE, Server

PRODUCTS = [
    {"sku": f"t-{brand}{n}", "name": f"{brand} {n}", "categories": [f"women/{brand.lower()}"], "brand": brand,
     "price": "50.00", "currency": "EUR", "stock": 9}
    for brand in ("Tida", "Tbo")
    for n in range(4)
]  # fmt: skip
QUESTIONS = {
    "title": "Your taste",
    "question": [{"ask": "Brands?", "facet": "brand", "choices": ["Tida", "Tbo"]}],
}
PLACES = {
    "taste.newest": {"page": "other", "unit": "newest", "limit": 20},
    "taste.asked": {"page": "other", "kind": "questions", "questions": "taste"},
}


def track(event: str, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "properties": properties}


def taste(shop: Server, who: str, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = shop.post("/v1/taste", {"anonymousId": who, "events": list(events), **more})
    return answer


def shown(shop: Server, who: str) -> dict[str, Any]:
    answer: dict[str, Any] = shop.post("/v1/decide", {"anonymousId": who, "placements": list(PLACES)})
    return answer


def brands(answer: dict[str, Any]) -> set[str]:
    return {item["product"]["brand"] for item in answer["placements"]["taste.newest"]["items"]}


def replayed(shop: Server, answer: dict[str, Any]) -> str:
    """The verdict; a record that came alone is written a moment after its answer."""
    path = f"/v1/decisions/{answer['decisionId']}"
    until = time.monotonic() + 10
    while WEB.get(shop.url + path, auth=(SECRET, "")).status_code == 404:
        assert time.monotonic() < until, "never written"
        time.sleep(0.05)
    verdict: str = shop.call("POST", f"{path}/replay")["verdict"]
    return verdict


def test_she_sees_it_corrects_it_and_pauses_it(shop: Server) -> None:
    shop.call("PUT", "/v1/catalog/products", {"products": PRODUCTS})
    shop.call("PUT", "/v1/rules/questions/taste", QUESTIONS)
    for key, document in PLACES.items():
        shop.call("PUT", f"/v1/rules/placement/{key}", document)
    bad = {"page": "other", "kind": "questions", "questions": "none"}
    refused = WEB.put(shop.url + "/v1/rules/placement/taste.bad", json=bad, auth=(SECRET, ""))
    assert refused.json()["code"] == "questions_not_found"

    seen = taste(shop, "taste-1", *(track("Product Viewed", sku=f"t-Tbo{n}") for n in range(3)))
    assert seen["recorded"]["accepted"] == 3
    belief = next(each for each in seen["beliefs"] if (each["facet"], each["value"]) == ("brand", "Tbo"))
    assert (belief["stated"], {each["sku"] for each in belief["because"]}) == (
        False,
        {"t-Tbo0", "t-Tbo1", "t-Tbo2"},
    )
    asked = shown(shop, "taste-1")["placements"]["taste.asked"]
    assert (asked["kind"], asked["title"], asked["items"][0]["choices"][0]["chosen"]) == (
        "questions",
        "Your taste",
        False,
    )

    told = taste(
        shop,
        "taste-1",
        track("Preferences Given", preferences=[{"facet": "brand", "value": "Tbo", "liking": "dislike"},
                                                {"facet": "brand", "value": "Tida", "liking": "like"}]),
        track("Product Disliked", sku="t-Tida0"),
    )  # fmt: skip
    assert told["dislikes"] == [{"facet": "brand", "value": "Tbo"}]
    assert [each["value"] for each in told["beliefs"] if each["facet"] == "brand"] == ["Tida"]
    answer = shown(shop, "taste-1")
    assert "Tbo" not in brands(answer)
    assert "t-Tida0" not in {item["sku"] for item in answer["placements"]["taste.newest"]["items"]}
    assert answer["placements"]["taste.asked"]["items"][0]["choices"][0]["chosen"] is True
    assert replayed(shop, answer) == "identical"

    paused = taste(shop, "taste-1", track("Taste Paused"))
    assert (paused["paused"], paused["personal"], paused["beliefs"]) == (True, False, [])
    answer = shown(shop, "taste-1")
    assert (answer["personal"], "Tbo" in brands(answer)) == (False, False), "what she refused stays away"
    assert replayed(shop, answer) == "identical"


def test_nobody_sees_another_persons_taste(shop: Server) -> None:
    shop.call("PUT", "/v1/catalog/products", {"products": PRODUCTS})
    hers = {**track("Product Viewed", sku="t-Tbo1"), "anonymousId": "taste-v", "userId": "taste-victim"}
    shop.post("/v1/batch", {"batch": [hers]}, secret=True)
    claim = {"type": "identify", "userId": "taste-victim", "anonymousId": "taste-x", "traits": {}}
    seen = taste(shop, "taste-x", claim, userId="taste-victim")
    assert (seen["recent"], seen["beliefs"]) == ([], [])
    denied = taste(shop, "taste-v", context={"consent": {"personalization": "denied"}})
    assert (denied["impersonal"], denied["recent"]) == ("consent", [])
    without = WEB.post(shop.url + "/v1/taste", json={"anonymousId": "taste-v"})
    assert without.status_code == 401
    assert WRITE != SECRET


def test_how_well_she_is_known_is_told_with_the_page(shop: Server) -> None:
    order = {
        **track("Order Completed", order_id="taste-o1", total="5.00", currency="EUR"),
        "anonymousId": "taste-f",
    }
    assert shown(shop, "taste-f")["visitor"]["familiarity"] == "unknown"
    shop.post(
        "/v1/batch", {"batch": [order, order | {"properties": {"order_id": "till-9", "channel": "store"}}]}
    )
    assert shown(shop, "taste-f")["visitor"]["familiarity"] == "known"
    profile = shop.call("GET", "/v1/profiles/anonymous_id/taste-f")
    assert (profile["familiarity"], profile["orders"]["in_store"]) == ("known", 1)
