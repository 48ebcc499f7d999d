"""Carts and codes through the running server: priced, reserved, redeemed once whatever is killed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.scenarios.conftest import product
from tests.scenarios.server import SECRET, Server

CART = {"id": "c-1", "items": [{"sku": "A", "quantity": 2, "price": "29.99"}, {"sku": "B"}]}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("offers") / "workspace")
    server.start()
    products = [product("A", "women/tops", "women", "29.99"), product("B", "men/shoes", "men", "50.00")]
    server.call("PUT", "/v1/catalog/products", {"products": products})
    yield server
    server.stop()


def rule(server: Server, kind: str, key: str, document: dict[str, Any], status: int = 200) -> Any:
    return server.call("PUT", f"/v1/rules/{kind}/{key}", document, status=status)


def test_a_cart_is_priced_with_its_reasons(shop: Server) -> None:
    rule(shop, "offer", "tops", {"give": "percent", "percent": 20, "items": 'category == "women"'})
    rule(shop, "offer", "once", {"give": "amount", "amount": 5, "codes": ["ONCE"], "uses": 1, "priority": 50})
    rule(shop, "offer_policy", "shop", {"tax": {"rate": 21}})
    asked = {"cart": {**CART, "shipping": "4.95"}, "codes": ["once", "nope"], "anonymousId": "a-1"}
    answer = shop.post("/v1/cart/evaluate", asked)
    assert answer == shop.post("/v1/cart/evaluate", asked)
    assert answer["totals"] == {
        "subtotal": "109.98", "discount": "17.00", "shipping": "4.95", "tax": "17.00", "tax_included": True,
        "total": "97.93",
    }  # fmt: skip
    assert {(each["rule"], each["target"], each["amount"]) for each in answer["adjustments"]} == {
        ("tops", "item:0", "12.00"), ("once", "cart", "5.00")
    }  # fmt: skip
    assert [(each["code"], each["accepted"]) for each in answer["codes"]] == [("once", True), ("nope", False)]
    # reserved for this cart, it is not another's; released, it is
    assert shop.post("/v1/cart/reserve", asked, secret=True)["reserved_until"]
    other = {**asked, "cart": {**CART, "id": "c-2"}}
    assert shop.post("/v1/cart/evaluate", other)["codes"][0]["accepted"] is False
    shop.post("/v1/cart/release", {"cart_id": "c-1"}, secret=True)
    assert shop.post("/v1/cart/reserve", other, secret=True)["codes"][0]["accepted"] is True
    done = {"order_id": "o-1", "redeemed": [{"what": "offer once", "amount": "5.00"}]}
    assert shop.post("/v1/cart/redeem", {"cart_id": "c-2", "order_id": "o-1"}, secret=True) == done
    assert shop.post("/v1/cart/redeem", {"cart_id": "c-2", "order_id": "o-1"}, secret=True) == done
    assert shop.post("/v1/cart/evaluate", asked)["codes"][0]["accepted"] is False


def test_a_special_price_is_the_same_on_every_page_and_in_the_cart(shop: Server) -> None:
    rule(shop, "offer", "shoes", {"on": "catalog", "give": "percent", "percent": 10, "categories": ["men"]})
    found = shop.post("/v1/search", {"category": "men"})["hits"][0]
    page = {"type": "category", "category": "men/shoes"}
    placements = shop.post("/v1/decide", {"context": {"page": page}})["placements"]
    shown = [item for slot in placements.values() for item in slot.get("items", ()) if item.get("sku") == "B"]
    assert shown
    for each in (found, *shown):
        assert each["product"]["price"]["amount"] == "45.00"
        assert each["product"]["regular_price"]["amount"] == "50.00"
    for stated in ({}, {"price": "45.00"}):
        priced = shop.post("/v1/cart/evaluate", {"cart": {"items": [{"sku": "B", **stated}]}})
        assert priced["items"][0]["price"] == "45.00"
        assert priced["items"][0]["offer"] == "shoes"
    rule(shop, "offer", "more", {"give": "percent", "percent": 50, "categories": ["men"]})
    priced = shop.post("/v1/cart/evaluate", {"cart": {"items": [{"sku": "B"}]}})
    assert priced["totals"]["total"] == "45.00"  # it does not add to a special price
    shop.call("DELETE", "/v1/rules/offer/more")
    shop.call("DELETE", "/v1/rules/offer/shoes")


def test_what_cannot_be_read_is_named(shop: Server) -> None:
    for item, field in (
        ({"sku": "A", "price": "1.005"}, "cart.items[0].price"),
        ({"sku": "A", "price": -1}, "cart.items[0].price"),
        ({"sku": "unknown"}, "cart.items[0].price"),
        ({"sku": "A", "quantity": 0}, "cart.items[0].quantity"),
        ({"sku": "A", "tax_rate": 120}, "cart.items[0].tax_rate"),
    ):
        answer = shop.post("/v1/cart/evaluate", {"cart": {"items": [item]}}, status=400)
        assert answer["field"] == field
    fault = rule(shop, "offer", "bad", {"give": "percent", "percent": 10, "audience": "nobody"}, status=400)
    assert fault["field"] == "offer.bad.audience"
    rule(shop, "offer", "bad", {"give": "percent", "percent": 10, "pools": ["none"]}, status=400)


def test_guessing_meets_429(shop: Server) -> None:
    with httpx.Client(base_url=shop.url, auth=(SECRET, "")) as client:
        asked = {"order_id": "g-1", "amount": 0, "userId": "guesser"}
        statuses = [
            client.post("/v1/codes/redeem", json={**asked, "code": f"GUESS{n}"}).status_code
            for n in range(12)
        ]
    assert statuses == [409] * 10 + [429] * 2


async def storm(server: Server, codes: list[str], attempts: int, kills: int) -> dict[str, set[str]]:
    """Every code is tried by several orders at once; who is not answered asks again with the same key."""
    won: dict[str, set[str]] = {code: set() for code in codes}
    statuses: Counter[int] = Counter()
    done = 0

    async def attempt(client: httpx.AsyncClient, number: int) -> None:
        nonlocal done
        code, order = codes[number % len(codes)], f"o-{number}"
        body = {"code": code, "order_id": order, "amount": "3.00"}
        while True:
            try:
                answer = await client.post("/v1/codes/redeem", json=body, headers={"Idempotency-Key": order})
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code in (200, 409):
                break
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.1)
        statuses[answer.status_code] += 1
        if answer.status_code == 200:
            won[code].add(order)
        done += 1

    async def killer() -> None:
        for kill in range(1, kills + 1):
            while done < attempts * kill / (kills + 1):
                await asyncio.sleep(0.01)
            server.kill()
            await asyncio.to_thread(server.start)

    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=server.url, auth=(SECRET, ""), limits=limits, timeout=60) as client:
        await asyncio.gather(killer(), *(attempt(client, number) for number in range(attempts)))
        # who won asks once more, and gets the same answer
        for code, orders in list(won.items())[:20]:
            for order in orders:
                body = {"code": code, "order_id": order, "amount": "3.00"}
                again = await client.post("/v1/codes/redeem", json=body, headers={"Idempotency-Key": order})
                assert again.status_code == 200
    print(dict(statuses))
    return won


def stormed(server: Server, *, codes: int, attempts: int, kills: int) -> None:
    """Of a budget for all but the last five of the codes, with no budget overdrawn and no code used twice."""
    budget = 3 * (codes - 5) + 1
    made = server.post("/v1/codes/pool", {"n": codes, "budget": budget}, secret=True)
    won = asyncio.run(storm(server, made["codes"], attempts, kills))
    assert all(len(orders) <= 1 for orders in won.values())
    redeemed = sum(map(len, won.values()))
    pools = {each["pool"]: each for each in server.call("GET", "/v1/codes/pools")["items"]}
    figures = pools[made["pool_id"]]
    assert redeemed == figures["used"] == codes - 5
    assert figures["spent"] == 300 * (codes - 5)
    assert figures["spent"] <= figures["budget"] == budget * 100
    print(f"{attempts} attempts on {codes} codes, {kills} kills: {redeemed} redeemed, 0 doubles, "
          f"{figures['spent']} of {figures['budget']} cents")  # fmt: skip


def test_a_code_is_redeemed_once_through_a_kill(shop: Server) -> None:
    stormed(shop, codes=25, attempts=150, kills=1)


@pytest.mark.prove
def test_ten_thousand_redemptions_through_two_kills(shop: Server) -> None:
    stormed(shop, codes=1_000, attempts=10_000, kills=2)
