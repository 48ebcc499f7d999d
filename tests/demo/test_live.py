"""Live shoppers against a stand-in shop that speaks the contract: what is shown decides what sells."""

import asyncio
from typing import Any

import numpy as np
import pytest

from maatwerk.demo.live import LiveTraffic
from maatwerk.demo.wire import Message
from maatwerk.demo.world import World

START = 1_790_000_000_000


class Shop:
    """Answers each page with one list: half of the shoppers get what they like best, the rest bestsellers."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.questions: list[dict[str, Any]] = []
        self.messages: list[Message] = []
        self.owner = {device: s for s in world.shoppers for device in s.anonymous_ids}
        popular = np.argsort(-world.utilities.mean(axis=0))[:12]
        self.bestsellers = [world.products[i]["sku"] for i in popular]

    async def decide(self, body: dict[str, Any]) -> dict[str, Any]:
        self.questions.append(body)
        self.messages += body["events"]
        shopper = self.owner[body["anonymousId"]]
        personal = int(shopper.id) % 2 == 0
        skus = self.world.best(shopper, 12) if personal else self.bestsellers
        items = [{"sku": sku, "rank": rank} for rank, sku in enumerate(skus, 1)]
        hero = {"kind": "content", "block": "x"}
        shown = {"kind": "products", "items": items, "tracking": "t-1"}
        return {"personal": personal, "placements": {"a": shown, "b": hero}}

    async def collect(self, messages: list[Message]) -> None:
        self.messages += messages


def play(world: World, minutes: int = 60, run: str = "1") -> tuple[LiveTraffic, Shop]:
    shop = Shop(world)
    traffic = LiveTraffic(world, shop.decide, shop.collect, run=run, arrivals_per_minute=12)

    async def steps() -> None:
        for second in range(0, minutes * 60, 4):
            await traffic.step(START + second * 1_000)

    asyncio.run(steps())
    return traffic, shop


def test_lists_that_meet_a_taste_are_clicked_more_and_worth_more(world: World) -> None:
    traffic, shop = play(world)
    personal, control = traffic.ledger["personal"], traffic.ledger["control"]
    assert personal.visits > 100
    assert control.visits > 100
    assert personal.clicks / personal.lists > 2 * control.clicks / control.lists
    assert personal.revenue_per_visit > control.revenue_per_visit
    clicks = {0: 0, 1: 0}
    for message in shop.messages:
        if message.get("event") == "Product Clicked":
            clicks[int(shop.owner[message["anonymousId"]].id) % 2] += 1
    assert clicks[0] / personal.lists > 1.5 * clicks[1] / control.lists
    assert clicks[0] <= personal.lists


def test_messages_are_unique_tracked_and_bounded(world: World) -> None:
    _, shop = play(world, minutes=20)
    assert len({message["messageId"] for message in shop.messages}) == len(shop.messages)
    events = {message.get("event", message["type"]) for message in shop.messages}
    assert {"page", "Product Viewed", "Product Clicked", "Product List Viewed"} <= events
    for message in shop.messages:
        if message.get("event") == "Product Clicked":
            assert message["properties"]["tracking"] == "t-1"


def test_the_same_run_is_the_same_traffic_and_another_run_never_collides(world: World) -> None:
    first, again, other = (play(world, 10, run)[1].messages for run in ("1", "1", "2"))
    assert first == again
    assert not {m["messageId"] for m in first} & {m["messageId"] for m in other}


def test_guests_are_bounded(world: World) -> None:
    shop = Shop(world)
    traffic = LiveTraffic(world, shop.decide, shop.collect, arrivals_per_minute=600, guests_max=5)

    async def steps() -> int:
        return max([await traffic.step(START + second * 1_000) for second in range(120)])

    assert asyncio.run(steps()) <= 5


def test_nonsense_settings_are_refused(world: World) -> None:
    shop = Shop(world)
    with pytest.raises(ValueError, match="arrivals_per_minute"):
        LiveTraffic(world, shop.decide, shop.collect, arrivals_per_minute=0)
