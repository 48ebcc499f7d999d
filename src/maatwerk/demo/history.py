"""Thirty days of the demo shop: Segment messages in time order, the same for a seed and an end.

Visits of all shoppers are planned first (exponential gaps, local hour of day, weekends), then played in order
of their start; a heap merges the visits that overlap, so only these are held in memory.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from itertools import count
from random import Random
from typing import Any

from maatwerk.demo.assortment import CATEGORIES, LEAF_CATEGORIES
from maatwerk.demo.catalog import BRAND_NEW, NEW, Product
from maatwerk.demo.shoppers import UTC_OFFSET_HOURS, Shopper, appeal
from maatwerk.demo.visit import Memory, Shelf, Visit
from maatwerk.demo.wire import BOT_AGENTS, Clock, Message, Voice, product_properties
from maatwerk.demo.world import World

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_NEW_FOR_DAYS = 4
_TRENDING = 8
_BOTS = 6
_WEEKEND = (5, 6)


def history(
    products: Sequence[Product],
    shoppers: Sequence[Shopper],
    until_ms: int,
    days: int = 30,
    seed: int = 7,
    world: World | None = None,
) -> Iterator[Message]:
    """Messages of the ``days`` before ``until_ms`` in time order, the same for the same seed.

    Shoppers who deny storage leave no message. New arrivals appear in the last four days only, what is just
    in not at all; a few products trend in the last day; sold-out products had their time. ``world`` may be
    given when it exists.
    """
    world = world or World(products, shoppers)
    start_ms = until_ms - days * DAY_MS
    ids = (f"demo-{seed}-{start_ms // 1000:x}-{number:06x}" for number in count())
    clock = Clock()
    plan = sorted(_plan(shoppers, start_ms, until_ms, seed))
    memories: dict[str, Memory] = {}
    shelves: dict[str, Shelf] = {}
    shelf_day = -1
    waiting: list[tuple[str, int, Message]] = []
    order = count()
    end = clock.stamp(until_ms)
    for visit_start, number, visit_number in plan:
        day = (visit_start - start_ms) // DAY_MS
        if day != shelf_day:
            shelves, shelf_day = _shelves(world, day, days, seed), day
        begun = clock.stamp(visit_start)
        while waiting and waiting[0][0] < begun:
            yield heapq.heappop(waiting)[2]
        for message in _visit(world, shelves, memories, visit_start, number, visit_number, seed, ids, clock):
            if message["timestamp"] <= end:
                heapq.heappush(waiting, (message["timestamp"], next(order), message))
    while waiting:
        yield heapq.heappop(waiting)[2]


def _visit(
    world: World,
    shelves: dict[str, Shelf],
    memories: dict[str, Memory],
    start: int,
    number: int,
    visit_number: int,
    seed: int,
    ids: Iterator[str],
    clock: Clock,
) -> list[Message]:
    random = Random(f"visit/{seed}/{number}/{visit_number}")
    if number < 0:
        return _crawl(world, start, -number, visit_number, ids, clock, random)
    shopper = world.shoppers[number]
    memory = memories.setdefault(shopper.id, Memory(account=shopper.account))
    device = random.randrange(len(shopper.devices))
    voice = Voice(shopper, device, f"s-{shopper.id}-{visit_number}", random, ids, clock)
    return Visit(world, shelves, shopper, memory, voice, start, random).play()


def _plan(
    shoppers: Sequence[Shopper], start_ms: int, until_ms: int, seed: int
) -> Iterator[tuple[int, int, int]]:
    """(start, shopper's row, number of the visit); bots have negative rows."""
    for row, shopper in enumerate(shoppers):
        if not shopper.consent["storage"]:
            continue
        random = Random(f"plan/{seed}/{shopper.id}")
        offset = UTC_OFFSET_HOURS[shopper.country] * HOUR_MS
        at = start_ms + random.random() * DAY_MS / shopper.activity
        if shopper.stage == "new":  # discovers the shop during the month
            at += random.random() * 0.7 * (until_ms - start_ms)
        last = start_ms
        visit = 0
        while at < until_ms:
            moment = _at_her_hour(int(at), offset, shopper, random)
            if last + 2 * HOUR_MS < moment < until_ms:
                visit += 1
                last = moment
                yield moment, row, visit
            # Half of all visits are followed up within a day or so: she is choosing something.
            gap = 0.7 if random.random() < 0.4 else 1.25 / shopper.activity
            at = max(at, moment) + random.expovariate(1 / gap) * DAY_MS
    for bot in range(1, _BOTS + 1):
        random = Random(f"bot/{seed}/{bot}")
        for visit in range(1, 4):
            yield start_ms + int(random.random() * (until_ms - start_ms)), -bot, visit


def _at_her_hour(at: int, offset: int, shopper: Shopper, random: Random) -> int:
    """The same day at about the shopper's hour; some visits of weekend shoppers move to Saturday."""
    day = (at + offset) // DAY_MS
    weekday = (day + 3) % 7  # the epoch was a Thursday
    if weekday not in _WEEKEND and random.random() < 0.1 * (shopper.weekend - 0.7):
        day += 5 - weekday
    hour = random.gauss(shopper.hour, 2.4) % 24
    if hour < 6:
        hour = (hour + random.uniform(8, 16)) % 24
    return int(day * DAY_MS - offset + hour * HOUR_MS)


def _shelves(world: World, day: int, days: int, seed: int) -> dict[str, Shelf]:
    """Each category in that day's order: by appeal with some rotation, what trends on top."""
    random = Random(f"shelves/{seed}/{day}")
    trending = set(trending_skus(world.products, seed)) if day >= days - 1 else set()
    shelves = {}
    for category in LEAF_CATEGORIES:
        standing = [p for p in world.products if p["categories"][0] == category and _on_sale(p, day, days)]
        rank = {
            p["sku"]: appeal(p["sku"]) + random.gauss(0.0, 0.5) + 4.0 * (p["sku"] in trending)
            for p in standing
        }
        standing.sort(key=lambda p: -rank[p["sku"]])
        hot = frozenset(world.column[p["sku"]] for p in standing if p["sku"] in trending)
        columns = [world.column[p["sku"]] for p in standing]
        shelves[category] = Shelf(category, CATEGORIES[category][0], columns, hot)
    return shelves


def _on_sale(product: Product, day: int, days: int) -> bool:
    collection = product["attributes"]["collection"]
    if collection == BRAND_NEW or (collection == NEW and day < days - _NEW_FOR_DAYS):
        return False
    return bool(product["stock"]) or day < days - 3


def trending_skus(products: Sequence[Product], seed: int = 7) -> list[str]:
    """The products that trend in the last day of the history."""
    candidates = [p["sku"] for p in products if p["stock"] > 3 and p["attributes"]["collection"] == "current"]
    return Random(f"trending/{seed}").sample(candidates, min(_TRENDING, len(candidates)))


def _crawl(
    world: World, start: int, bot: int, visit: int, ids: Iterator[str], clock: Clock, random: Random
) -> list[Message]:
    """A crawler: product pages one after the other at an even pace, no script, no cart."""
    chosen = random.sample(world.products, min(len(world.products), 90))
    messages: list[Message] = []
    for step, product in enumerate(chosen):
        page = {
            "path": product["url"],
            "url": f"https://shop.example{product['url']}",
            "title": product["name"],
        }
        context: dict[str, Any] = {"page": page, "userAgent": BOT_AGENTS[bot % len(BOT_AGENTS)],
                                   "ip": f"203.0.113.{200 + bot}", "locale": "en-US"}  # fmt: skip
        messages.append({
            "type": "track", "event": "Product Viewed", "messageId": next(ids),
            "anonymousId": f"a-bot-{bot}-{visit}",
            "timestamp": clock.stamp(start + step * 2_000), "context": context,
            "properties": product_properties(product),
        })  # fmt: skip
    return messages


def conversion(messages: Sequence[Message]) -> float:
    """Orders per visit of the shoppers (bots have no session), a share; nan without a visit."""
    visits = {message["context"]["sessionId"] for message in messages if "sessionId" in message["context"]}
    orders = sum(message.get("event") == "Order Completed" for message in messages)
    return orders / len(visits) if visits else math.nan
