"""Thirty days of the demo shop: well-formed, in order, plausible, and shaped by taste."""

from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise

import msgspec
import numpy as np
from tests.demo.conftest import UNTIL

from maatwerk.demo.catalog import BRAND_NEW, NEW, Product, goes_with, line_of
from maatwerk.demo.history import DAY_MS, conversion, history, trending_skus
from maatwerk.demo.shoppers import shoppers
from maatwerk.demo.wire import Message
from maatwerk.demo.world import World
from maatwerk.events.circumstances import Device
from maatwerk.events.consent import OPEN
from maatwerk.events.names import BODIES
from maatwerk.events.reading import Source, read

SPEC_NAMES = {
    "Product List Viewed", "Products Searched", "Product Viewed", "Product Clicked", "Product Added",
    "Product Removed", "Cart Viewed", "Checkout Started", "Order Completed", "Signed In", "Signed Out",
    "Signed Up",
}  # fmt: skip


def tracks(messages: list[Message], event: str) -> list[Message]:
    return [message for message in messages if message.get("event") == event]


def instant(message: Message) -> float:
    return datetime.fromisoformat(message["timestamp"]).timestamp() * 1000


def test_messages_come_in_time_order_within_the_window(messages: list[Message]) -> None:
    stamps = [message["timestamp"] for message in messages]
    assert stamps == sorted(stamps)
    assert instant(messages[0]) >= UNTIL - 30 * DAY_MS
    assert instant(messages[-1]) <= UNTIL


def test_messages_are_segment_messages(messages: list[Message]) -> None:
    assert len({message["messageId"] for message in messages}) == len(messages)
    assert {message["type"] for message in messages} == {"page", "track", "identify"}
    assert {m["event"] for m in messages if m["type"] == "track"} == SPEC_NAMES
    for message in messages:
        assert message["timestamp"].endswith("Z")
        assert message["anonymousId"]
        assert message["context"]["page"]["url"].startswith("https://")
        assert message["context"]["ip"].startswith(("192.0.2.", "198.51.100.", "203.0.113."))


def test_every_message_is_accepted_without_a_warning_under_a_canonical_name(
    messages: list[Message],
) -> None:
    source = Source(
        received=UNTIL,
        chance=b"demo",
        gate_of=lambda said, anonymous_id, user_id: OPEN,
        device_of=lambda agent: Device(),
        signed=lambda user_id, signature: False,
    )
    for index, message in enumerate(messages[::3]):
        verdict = read(msgspec.json.encode(message), index, source)
        assert verdict.event is not None, verdict.rejection
        assert not verdict.warnings, verdict.warnings
        assert verdict.event.name in BODIES


def test_the_same_seed_is_the_same_history(products: list[Product]) -> None:
    people = shoppers(60)
    first = list(history(products, people, UNTIL, days=7, seed=3))
    assert first == list(history(products, people, UNTIL, days=7, seed=3))
    assert first != list(history(products, people, UNTIL, days=7, seed=4))


def test_volume_and_conversion_are_those_of_a_real_shop(messages: list[Message], world: World) -> None:
    """5,000 shoppers make 120 to 180 thousand messages; 800 make their share of it."""
    share = len(world.shoppers) / 5_000
    assert 120_000 * share < len(messages) < 190_000 * share
    assert 0.02 < conversion(messages) < 0.05


def test_orders_add_up(messages: list[Message]) -> None:
    orders = tracks(messages, "Order Completed")
    assert len({order["properties"]["order_id"] for order in orders}) == len(orders)
    for order in orders:
        p = order["properties"]
        assert p["products"]
        assert p["revenue"] == round(sum(line["price"] * line["quantity"] for line in p["products"]), 2)
        assert p["total"] == round(p["revenue"] - p["discount"] + p["shipping"], 2)


def test_nobody_orders_what_was_never_put_in_the_cart(messages: list[Message]) -> None:
    carts: dict[str, set[str]] = defaultdict(set)
    for message in messages:
        properties = message.get("properties", {})
        if message.get("event") == "Product Added":
            carts[properties["cart_id"]].add(properties["sku"])
        elif message.get("event") == "Product Removed":
            carts[properties["cart_id"]].discard(properties["sku"])
        elif message.get("event") == "Order Completed":
            assert {line["sku"] for line in properties["products"]} <= carts[properties["cart_id"]]


def test_taste_shows_in_behavior(messages: list[Message], world: World) -> None:
    """What a shopper clicks she likes better than the rest of its shelf, and better than strangers do."""
    owner = {device: shopper for shopper in world.shoppers for device in shopper.anonymous_ids}
    gains, strangers = [], []
    for message in tracks(messages, "Product Clicked"):
        shopper, sku = owner[message["anonymousId"]], message["properties"]["sku"]
        shelf = [p["sku"] for p in world.products if p["categories"][0] == message["properties"]["category"]]
        liking = world.utility(shopper, sku)
        gains.append(liking - np.mean([world.utility(shopper, other) for other in shelf]))
        strangers.append(liking - float(world.utilities[:, world.column[sku]].mean()))
    assert np.mean(gains) > 0.5
    assert np.mean(strangers) > 1.0


def test_most_views_are_in_the_shoppers_own_line(messages: list[Message], world: World) -> None:
    owner = {device: shopper for shopper in world.shoppers for device in shopper.anonymous_ids}
    own = [
        line_of(world.product[message["properties"]["sku"]]) == owner[message["anonymousId"]].favorite_line
        for message in tracks(messages, "Product Viewed")
        if message["anonymousId"] in owner
    ]
    assert 0.7 < np.mean(own) < 0.97


def test_looks_are_completed(messages: list[Message], world: World) -> None:
    """After a dress, the next product in the visit is from what goes with it more often than without one."""
    visits: dict[str, list[str]] = defaultdict(list)
    for message in tracks(messages, "Product Viewed"):
        category = message["properties"]["category"]
        if category.startswith("women/") and "sessionId" in message["context"]:
            visits[message["context"]["sessionId"]].append(category)
    after: Counter[bool] = Counter()
    anyhow: Counter[bool] = Counter()
    for categories in visits.values():
        for first, then in pairwise(categories):
            counter = after if first == "women/dresses" else anyhow
            counter[then in goes_with["women/dresses"]] += then != "women/dresses"
    assert after[True] / after.total() > 1.15 * anyhow[True] / anyhow.total()


def test_denied_storage_leaves_no_trace(messages: list[Message], world: World) -> None:
    silent = {d for s in world.shoppers if not s.consent["storage"] for d in s.anonymous_ids}
    assert silent
    assert not silent & {message["anonymousId"] for message in messages}


def test_a_user_id_appears_only_with_or_after_an_identify(messages: list[Message]) -> None:
    known: set[tuple[str, str]] = set()
    for message in messages:
        if "userId" in message:
            pair = (message["anonymousId"], message["userId"])
            assert message["type"] == "identify" or pair in known
            known.add(pair)
    people = defaultdict(set)
    for device, user in known:
        people[user].add(device)
    assert any(len(devices) > 1 for devices in people.values())


def test_new_arrivals_are_new_and_trends_are_of_the_last_day(products: list[Product]) -> None:
    crowd = shoppers(1_500)
    viewed: dict[str, list[float]] = defaultdict(list)
    for message in history(products, crowd, UNTIL):
        if message.get("event") == "Product Viewed" and "sessionId" in message["context"]:
            viewed[message["properties"]["sku"]].append(UNTIL - instant(message))
    arrived = [p["sku"] for p in products if p["attributes"]["collection"] == NEW]
    assert any(viewed[sku] for sku in arrived)
    assert all(age <= 4 * DAY_MS for sku in arrived for age in viewed[sku])
    assert not any(viewed[p["sku"]] for p in products if p["attributes"]["collection"] == BRAND_NEW)
    ages = [age for sku in trending_skus(products) for age in viewed[sku]]
    everyone = [age for times in viewed.values() for age in times]
    assert np.mean([age < DAY_MS for age in ages]) > 2 * np.mean([age < DAY_MS for age in everyone])


def test_there_are_bots_and_typos_and_campaigns(messages: list[Message], world: World) -> None:
    owned = {device for shopper in world.shoppers for device in shopper.anonymous_ids}
    assert {m["context"]["userAgent"] for m in messages if m["anonymousId"] not in owned}
    assert any("campaign" in message["context"] for message in messages)
    queries = Counter(message["properties"]["query"] for message in tracks(messages, "Products Searched"))
    words = {word for p in world.products for word in f"{p['name']} {p['brand']}".lower().split()}
    unknown = [query for query in queries if not set(query.split()) <= words]
    assert 0 < len(unknown) < 0.8 * len(queries)
