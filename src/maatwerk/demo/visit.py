"""One simulated visit, from landing to leaving: what a shopper does follows from her tastes.

She walks through categories she likes, clicks what she likes among what the page shows first, looks for what
goes with a garment, sometimes searches, fills a cart, and sometimes pays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random

from maatwerk.demo.brands import matches
from maatwerk.demo.catalog import Product, goes_with
from maatwerk.demo.queries import query_for
from maatwerk.demo.shoppers import Shopper
from maatwerk.demo.wire import Message, Voice, order_properties, product_properties
from maatwerk.demo.world import World

_SHOWN = 24  # products a category page lists
_REPORTED = 8  # of which the event names the first


@dataclass(slots=True)
class Memory:
    """What a shopper carries from visit to visit."""

    cart: list[Product] = field(default_factory=list)
    bought: set[str] = field(default_factory=set)
    seen: list[Product] = field(default_factory=list)
    signed_in: set[str] = field(default_factory=set)
    account: bool = False
    orders: int = 0


@dataclass(frozen=True, slots=True)
class Shelf:
    """One category on one day: columns of the world in shop order; ``hot`` are those that trend."""

    category: str
    title: str
    columns: list[int]
    hot: frozenset[int] = frozenset()


class Visit:
    """Plays one visit; ``messages`` are in time order, ``now`` moves on as the shopper dwells."""

    def __init__(
        self,
        world: World,
        shelves: dict[str, Shelf],
        shopper: Shopper,
        memory: Memory,
        voice: Voice,
        now: int,
        random: Random,
    ) -> None:
        self.world = world
        self.shelves = shelves
        self.shopper = shopper
        self.memory = memory
        self.voice = voice
        self.now = now
        self.random = random
        self.messages: list[Message] = []
        self._liking = world.utilities[world.row[shopper.id]]
        self._hot = [column for shelf in shelves.values() for column in shelf.hot]
        self._look: Product | None = None  # the garment she is completing

    def play(self) -> list[Message]:
        """The whole visit."""
        self._recognize()
        draw = self.random.random()
        if draw < 0.5:
            self._page("/shop", "Home", "home")
        elif draw < 0.62 and self.memory.seen:
            self._view(self.random.choice(self.memory.seen[-6:]), None, 0)
        if self._hot and self.random.random() < 0.12:  # a friend sent her the link everybody sends
            self._view(self.world.products[self._favorite(self._hot)], None, 0)
        if self.memory.cart and self.random.random() < 0.35:
            self._cart_and_maybe_pay(0.28)
        steps = 1 + int(self.random.expovariate(1 / 0.75))
        for _ in range(min(steps, 9)):
            if self.random.random() < 0.13:
                self._search()
            else:
                self._browse(self._next_category())
        if self.memory.cart and self.random.random() < 0.72:
            self._cart_and_maybe_pay(0.28)
        if self.voice.user_id and self.random.random() < 0.02:
            self._track("Signed Out", "/shop/account", "Account", {})
            self.memory.signed_in.discard(self.voice.anonymous_id)
        return self.messages

    # -- moving about

    def _recognize(self) -> None:
        """A device on which she signed in before stays signed in; an account holder signs in now and then."""
        device = self.voice.anonymous_id
        if device in self.memory.signed_in:
            self.voice.user_id = self.shopper.user_id
        elif self.memory.account and self.random.random() < 0.28:
            self._sign_in("Signed In")

    def _sign_in(self, event: str) -> None:
        self.voice.user_id = self.shopper.user_id
        self.memory.account = True
        self.memory.signed_in.add(self.voice.anonymous_id)
        self._dwell(9)
        self.messages.append(self.voice.identify(self.now, "/shop/account"))
        self._track(event, "/shop/account", "Account", {"username": self.shopper.user_id})

    def _next_category(self) -> str:
        """What goes with the garment she has in mind, else a category she likes."""
        if self._look is not None:
            options = goes_with[self._look["categories"][0]]
            return self.random.choices(options, [4, 3, 2, 2][: len(options)])[0]
        paths = list(self.shelves)
        weights = [
            (self.shopper.lines[path.split("/")[0]] ** 1.6) * math.exp(self.shopper.categories[path])
            for path in paths
        ]
        return self.random.choices(paths, weights)[0]

    def _browse(self, category: str) -> None:
        shelf = self.shelves[category]
        path = f"/shop/c/{category}"
        self._page(path, shelf.title, "category", category=category)
        start = 0 if self.random.random() < 0.75 else _SHOWN
        columns = shelf.columns[start : start + _SHOWN] or shelf.columns[:_SHOWN]
        shown = [
            {"product_id": sku, "sku": sku, "position": position}
            for position, sku in enumerate(
                (self.world.products[c]["sku"] for c in columns[:_REPORTED]), start + 1
            )
        ]
        self._track("Product List Viewed", path, shelf.title, {"list_id": category, "category": category,
                                                               "products": shown})  # fmt: skip
        self._pick_from(columns, path, shelf.title, {"list_id": category})

    def _search(self) -> None:
        wanted = self._favorite(self.random.choice(list(self.shelves.values())).columns)
        near = self._favorite(self.shelves[self._next_category()].columns)
        target = near if self.random.random() < 0.85 else wanted
        query = query_for(self.world.products[target], self.random)
        path = "/shop/search"
        self._page(path, f"Search: {query}", "search", query=query)
        self._track("Products Searched", path, f"Search: {query}", {"query": query})
        attributes = self.world.products[target]["attributes"]
        category = self.world.products[target]["categories"][0]
        columns = [
            c
            for c in self.shelves[category].columns
            if self.world.products[c]["attributes"]["type"] == attributes["type"]
        ]
        self._pick_from(columns[:_SHOWN], path, f"Search: {query}", {"query": query})

    def _favorite(self, columns: list[int]) -> int:
        weights = [math.exp(self._liking[column]) for column in columns]
        return self.random.choices(columns, weights)[0]

    # -- products

    def _pick_from(self, columns: list[int], path: str, title: str, source: dict[str, str]) -> None:
        """She opens none to three of the shown products: those she likes, sooner those at the top."""
        weights = [
            math.exp(0.9 * liking)
            / (1.0 + 0.05 * position)
            * self._match(column)
            * (3.0 if column in self._hot else 1.0)
            for position, (column, liking) in enumerate(
                zip(columns, self._liking[columns].tolist(), strict=True)
            )
        ]
        for _ in range(self.random.choices((0, 1, 2, 3), (0.22, 0.43, 0.24, 0.11))[0]):
            if not sum(weights):
                return
            place = self.random.choices(range(len(columns)), weights)[0]
            weights[place] = 0.0
            product = self.world.products[columns[place]]
            self._dwell(14)
            clicked = {**product_properties(product), **source, "position": place + 1}
            self._track("Product Clicked", path, title, clicked)
            self._view(product, source.get("list_id"), place + 1)

    def _match(self, column: int) -> float:
        """Completing a look, things that match in color are three times as welcome."""
        if self._look is None:
            return 1.0
        color = self.world.products[column]["attributes"]["color"]
        return 3.0 if matches(self._look["attributes"]["color"], color) else 0.6

    def _view(self, product: Product, list_id: str | None, position: int) -> None:
        url, title = product["url"], product["name"]
        self._page(url, title, "product", sku=product["sku"], category=product["categories"][0])
        properties = product_properties(product)
        if list_id:
            properties |= {"list_id": list_id, "position": position}
        self._track("Product Viewed", url, title, properties)
        self.memory.seen = [*self.memory.seen[-19:], product]
        self._dwell(25)
        completing = self._look is not None
        liking = float(self._liking[self.world.column[product["sku"]]])
        if self._wants(product, liking + (0.7 if completing else 0.0)):
            self.memory.cart.append(product)
            self._track("Product Added", url, title, {"cart_id": self._cart_id(), **properties})
        if completing:
            self._look = None if self.random.random() < 0.5 else self._look
        elif self.random.random() < 0.55 * self.shopper.complement * (
            2.0 if product in self.memory.cart else 0.7
        ):
            self._look = product

    def _wants(self, product: Product, liking: float) -> bool:
        if product["sku"] in self.memory.bought or product in self.memory.cart or len(self.memory.cart) >= 6:
            return False
        return self.random.random() < 1.0 / (1.0 + math.exp(5.0 - 0.62 * liking))

    # -- cart and order

    def _cart_and_maybe_pay(self, readiness: float) -> None:
        memory = self.memory
        self._page("/shop/cart", "Cart", "cart")
        lines = [product_properties(product) for product in memory.cart]
        self._track("Cart Viewed", "/shop/cart", "Cart", {"cart_id": self._cart_id(), "products": lines})
        if len(memory.cart) > 1 and self.random.random() < 0.15:
            dropped = min(
                memory.cart, key=lambda product: float(self._liking[self.world.column[product["sku"]]])
            )
            memory.cart.remove(dropped)
            removed = {"cart_id": self._cart_id(), **product_properties(dropped)}
            self._track("Product Removed", "/shop/cart", "Cart", removed)
        if self.random.random() > readiness * (1.2 if memory.orders else 1.0):
            return
        self._page("/shop/checkout", "Checkout", "checkout")
        value = round(sum(float(line["price"]) for line in lines), 2)
        started = {"cart_id": self._cart_id(), "value": value, "currency": "EUR", "products": lines}
        self._track("Checkout Started", "/shop/checkout", "Checkout", started)
        self._dwell(60)
        if self.random.random() < 0.72:
            self._pay()

    def _pay(self) -> None:
        memory = self.memory
        if self.voice.user_id is None:
            if memory.account or self.random.random() < 0.6:
                self._sign_in("Signed In" if memory.account else "Signed Up")
            else:
                self.messages.append(self.voice.identify(self.now, "/shop/checkout"))
        cart_id = self._cart_id()
        memory.orders += 1
        order_id = f"o-{self.shopper.id}-{memory.orders}"
        coupon = "WELCOME10" if memory.orders == 1 and self.random.random() < 0.25 else None
        ordered = {**order_properties(order_id, memory.cart, coupon), "cart_id": cart_id}
        self._track("Order Completed", "/shop/checkout/thanks", "Thank you", ordered)
        memory.bought.update(product["sku"] for product in memory.cart)
        memory.cart = []
        self._look = None

    def _cart_id(self) -> str:
        return f"c-{self.shopper.id}-{self.memory.orders + 1}"

    # -- speaking

    def _dwell(self, seconds: float) -> None:
        self.now += 300 + int(1000 * min(self.random.expovariate(1 / seconds), 8 * seconds))

    def _page(self, path: str, title: str, kind: str, **properties: str) -> None:
        self._dwell(8)
        self.messages.append(self.voice.page(self.now, path, title, kind, **properties))
        self.voice.referrer = ""

    def _track(self, event: str, path: str, title: str, properties: dict[str, object]) -> None:
        self.now += 20 + self.random.randrange(60)
        self.messages.append(self.voice.track(self.now, event, path, title, properties))
