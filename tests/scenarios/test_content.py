"""Content through the running server: published, decided, explained, replayed, rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.scenarios.conftest import CATALOG
from tests.scenarios.server import WRITE, Server


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A shop with a fan club, and three stories that take turns."""
    server = Server(tmp_path_factory.mktemp("content") / "workspace", workers=1)
    server.start()
    server.call("PUT", "/v1/catalog/products", {"products": CATALOG})
    fans = {"name": "Fans", "when": 'event("Product Viewed").count() >= 2'}
    server.call("PUT", "/v1/rules/audience/fans", fans)
    place = {"page": "home", "kind": "content", "rotation": "series", "order": 60}
    server.call("PUT", "/v1/rules/placement/home.story", place)
    for key in ("one", "two", "three"):
        server.call(
            "PUT", f"/v1/rules/block/{key}", {"placements": ["home.story"], "variant": [{"title": key}]}
        )
    yield server
    server.stop()


HERO = {
    "placements": ["home.hero"],
    "products": ["w-dr-1"],
    "variant": [
        {"key": "fans", "audience": "fans", "title": "{{greeting}}", "text": "<p onclick=x>For fans</p>"},
        {"key": "all", "title": "Hello all", "link": {"url": "/women", "label": "Look"}},
    ],
}


def ask(shop: Server, who: str, placement: str, **more: Any) -> dict[str, Any]:
    """One slot's answer, with the decision's id."""
    secret = bool(more.pop("secret", False))
    body = {"anonymousId": who, "context": {"page": {"type": "home"}}, "placements": [placement]} | more
    answer = shop.post("/v1/decide", body, secret=secret)
    return {"decision": answer["decisionId"], **answer["placements"][placement]}


def viewed(*skus: str) -> list[dict[str, Any]]:
    return [{"type": "track", "event": "Product Viewed", "properties": {"sku": sku}} for sku in skus]


def test_a_block_is_for_whom_it_says(shop: Server) -> None:
    assert ask(shop, "a-0", "home.hero")["fallback"] == "nothing_eligible"
    shop.call("PUT", "/v1/rules/block/hero", HERO)
    stranger = ask(shop, "a-1", "home.hero")
    assert (stranger["kind"], stranger["block"], stranger["variant"]) == ("content", "hero", "all")
    assert '<a class="maatwerk-button" href="/women">Look</a>' in stranger["html"]
    assert stranger["data"]["products"][0]["product"]["price"] == {"amount": "21.00", "currency": "EUR"}
    told = {"type": "identify", "traits": {"firstName": "Anna"}}
    fan = ask(shop, "a-2", "home.hero", events=[*viewed("w-dr-1", "w-dr-2"), told])
    assert (fan["variant"], fan["data"]["title"]) == ("fans", "Hello, Anna")
    assert "onclick" not in fan["html"]
    assert "for the audience fans" in fan["reason"]


def test_it_is_explained_recorded_and_decided_again(shop: Server) -> None:
    shop.call("PUT", "/v1/rules/block/hero", HERO)
    late = {"placements": ["home.hero"], "from": "2999-01-01T00:00:00Z", "variant": [{"title": "late"}]}
    shop.call("PUT", "/v1/rules/block/late", late)
    answer = ask(shop, "a-3", "home.hero", explain=True, secret=True, events=viewed("w-dr-1", "w-dr-2"))
    assert answer["variant"] == "fans"
    assert answer["removed"] == [{"block": "late", "removed_by": "begins 2999-01-01T00:00:00.000Z"}]
    record = shop.call("GET", f"/v1/decisions/{answer['decision']}")
    content = record["slots"][0]["content"]
    assert (content["block"], content["variant"], content["out"]) == (
        "hero",
        "fans",
        {"late": "begins 2999-01-01T00:00:00.000Z"},
    )
    shop.call("DELETE", "/v1/rules/block/hero")
    again = shop.call("POST", f"/v1/decisions/{answer['decision']}/replay")
    assert again["verdict"] == "identical", again
    shop.call("POST", "/v1/rules/rollback", {"version": content["version"]})
    assert ask(shop, "a-4", "home.hero")["block"] == "hero"


def test_what_she_saw_moves_a_series_on_and_replays(shop: Server) -> None:
    shown = []
    for _ in range(4):
        answer = ask(shop, "a-5", "home.story")
        shown.append(answer["block"])
        properties = {
            "promotion_id": answer["block"],
            "list_id": "home.story",
            "tracking": answer["tracking"],
        }
        shop.post("/v1/track", {"anonymousId": "a-5", "event": "Promotion Viewed", "properties": properties})
    assert shown == ["one", "three", "two", "one"]
    shop.await_folded()
    assert shop.call("POST", f"/v1/decisions/{answer['decision']}/replay")["verdict"] == "identical"
    assert ask(shop, "a-6", "home.story")["block"] == "one"


def test_what_names_nothing_is_refused_and_what_is_named_stays(shop: Server) -> None:
    shop.call("PUT", "/v1/rules/block/hero", HERO)
    for wrong, field in (
        ({"placements": ["home.navigation"], "variant": [{"title": "x"}]}, "block.wrong.placements"),
        ({**HERO, "audience": "nobody"}, "block.wrong.audience"),
    ):
        refused = shop.call("PUT", "/v1/rules/block/wrong", wrong, status=400)
        assert refused["field"] == field
    in_use = shop.call("DELETE", "/v1/rules/audience/fans", status=409)
    assert "block/hero" in in_use["detail"]


def test_a_page_is_laid_out_for_her(shop: Server) -> None:
    order = ["home.for-you", "home.story", "home.navigation"]
    wrong = {"page": "home", "placements": ["home.for-you", "product.similar"]}
    refused = shop.call("PUT", "/v1/rules/layout/fans", wrong, status=400)
    assert refused["field"] == "layout.fans.placements"
    shop.call("PUT", "/v1/rules/layout/fans", {"page": "home", "audience": "fans", "placements": order})
    shop.call("PUT", "/v1/rules/navigation/men-first", {"by": "order", "order": ["men"], "audience": "fans"})
    body = {"anonymousId": "a-8", "context": {"page": {"type": "home"}}}
    stranger = shop.post("/v1/decide", body)
    assert stranger["layout"]["key"] is None
    assert stranger["layout"]["placements"] == list(stranger["placements"])
    fan = shop.post("/v1/decide", body | {"events": viewed(*(f"w-dr-{number}" for number in range(6)))})
    assert (fan["layout"]["key"], fan["layout"]["placements"]) == ("fans", order)
    assert list(fan["placements"]) == order
    links = [link["category"] for link in fan["placements"]["home.navigation"]["items"]]
    assert links == ["men", "women"]
    assert fan["placements"]["home.navigation"]["rule"] == "men-first"
    shop.call("DELETE", "/v1/rules/layout/fans")
    shop.call("DELETE", "/v1/rules/navigation/men-first")
    again = shop.call("POST", f"/v1/decisions/{fan['decisionId']}/replay")
    assert again["verdict"] == "identical", again
    after = shop.post("/v1/decide", body)
    assert "layout" not in after
    assert after["placements"]["home.navigation"]["items"][0]["category"] == "women"


def test_a_pop_up_is_closed_for_good_and_decided_again(shop: Server) -> None:
    said = {
        "placements": ["popup"],
        "trigger": {"on": "cart", "least": 40},
        "variant": [{"title": "Half way"}],
    }
    shop.call("PUT", "/v1/rules/popup/half-way", said)
    bar = {"placements": ["popup"], "style": "bar", "variant": [{"title": "Closed on Sunday"}]}
    shop.call("PUT", "/v1/rules/popup/sunday", bar)
    cart = {"id": "c-1", "items": [{"sku": "w-dr-1", "quantity": 2}]}
    context = {"page": {"type": "cart"}, "cart": cart}
    nobody = ask(shop, "", "popup", context=context)
    assert [each["popup"] for each in nobody["items"]] == ["sunday"]
    one = ask(shop, "a-9", "popup", context=context, events=viewed("w-dr-1"))
    assert [each["popup"] for each in one["items"]] == ["half-way", "sunday"]
    assert one["watch"] == ["cart"]
    assert one["items"][0]["reason"] == "by what her cart is worth"
    light = context | {"cart": {"items": [{"sku": "w-dr-1", "quantity": 1}]}}
    assert [each["popup"] for each in ask(shop, "a-9", "popup", context=light)["items"]] == ["sunday"]
    for event in ("Promotion Viewed", "Promotion Dismissed"):
        told = {"promotion_id": "half-way", "list_id": "popup"}
        shop.post("/v1/track", {"anonymousId": "a-9", "event": event, "properties": told})
    after = ask(shop, "a-9", "popup", context=context, explain=True, secret=True)
    assert [each["popup"] for each in after["items"]] == ["sunday"]
    closed = {"popup": "half-way", "removed_by": "she closed it, which counts for 30 days"}
    assert after["removed"] == [closed]
    shop.settled_stats()
    for answer in (one, after):
        again = shop.call("POST", f"/v1/decisions/{answer['decision']}/replay")
        assert again["verdict"] == "identical", again


def test_a_shopper_in_australia_is_told_of_both_stores(shop: Server) -> None:
    for key, country in (("default", "US"), ("au", "AU")):
        said = {
            "name": key,
            "countries": [country],
            "languages": ["en"],
            "url": f"https://shop.example/{key}",
        }
        shop.call("PUT", f"/v1/rules/store/{key}", said)
    australian = {
        "placements": ["home.hero"],
        "country": ["AU"],
        "priority": 900,
        "variant": [{"title": "G'day"}],
    }
    shop.call("PUT", "/v1/rules/block/gday", australian)
    body = {"anonymousId": "a-10", "placements": ["home.hero"], "events": viewed("w-dr-1")}
    answer = httpx.post(
        f"{shop.url}/v1/decide", json=body, auth=(WRITE, ""), headers={"cf-ipcountry": "AU"}, timeout=20
    ).json()
    assert answer["region"] == {
        "country": "AU",
        "by": "edge",
        "store": {"key": "default", "name": "default"},
        "better": {"key": "au", "name": "au", "url": "https://shop.example/au"},
        "language": None,
    }
    assert answer["placements"]["home.hero"]["block"] == "gday"
    again = shop.call("POST", f"/v1/decisions/{answer['decisionId']}/replay")
    assert again["verdict"] == "identical", again
    context = {"timezone": "America/New_York", "locale": "en-US"}
    here = shop.post("/v1/decide", body | {"context": context})["region"]
    assert (here["country"], here["by"], here["better"]) == ("US", "time zone", None)
    shop.call("DELETE", "/v1/rules/block/gday")


def test_without_consent_it_is_everybodys(shop: Server) -> None:
    shop.call("PUT", "/v1/rules/block/hero", HERO)
    ask(shop, "a-7", "home.hero", events=viewed("w-dr-1", "w-dr-2"))
    context = {"page": {"type": "home"}, "consent": {"personalization": "denied"}}
    assert ask(shop, "a-7", "home.hero", context=context)["variant"] == "all"
