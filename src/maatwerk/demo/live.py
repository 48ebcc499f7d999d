"""Gentle live traffic: simulated shoppers who respond, by their taste, to what they are shown.

The caller supplies two async functions, ``decide(body) -> answer`` and ``collect(messages)``, that speak the
public HTTP contract, and calls ``step(now)`` as often as it likes. Because a click depends on the true
utility of what is shown, good recommendations truly sell more, and the ledger keeps what each list was truly
worth.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from maatwerk.demo.assortment import CATEGORIES, LEAF_CATEGORIES
from maatwerk.demo.catalog import Product, goes_with
from maatwerk.demo.shoppers import Shopper
from maatwerk.demo.wire import Clock, Message, Voice, order_properties, product_properties
from maatwerk.demo.world import World, buy_share, click_share, examined

Decide = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
Collect = Callable[[list[Message]], Awaitable[None]]

_SHOWN_MAX = 24
_PAID = 0.4  # of the carts


@dataclass(slots=True)
class Arm:
    """True expectations over the lists that were shown in one arm: sums over visits; revenue in euro."""

    visits: int = 0
    lists: int = 0
    clicks: float = 0.0
    orders: float = 0.0
    revenue: float = 0.0

    @property
    def revenue_per_visit(self) -> float:
        """Expected euro a visit, 0 before the first visit."""
        return self.revenue / self.visits if self.visits else 0.0


@dataclass(slots=True)
class _Guest:
    """A shopper in the shop: where she is, and what she has in her cart."""

    shopper: Shopper
    voice: Voice
    visit: str
    page: str
    where: str = ""
    next_at: int = 0
    pages_left: int = 6
    cart: list[Product] = field(default_factory=list)
    arm: str = ""
    tracking: str = ""  # of the list she came from, if she came by one


class LiveTraffic:
    """Plays shoppers against a running shop.

    ``arrivals_per_minute`` is the average of a Poisson process, ``guests_max`` bounds how many are in the
    shop at once. ``ledger`` maps "personal" and "control" (answers with ``personal: false``, such as a
    holdout) to what their lists were truly worth. Message ids hold ``run``, so that two runs never collide.
    """

    def __init__(
        self,
        world: World,
        decide: Decide,
        collect: Collect,
        *,
        seed: int = 7,
        run: str = "1",
        arrivals_per_minute: float = 6.0,
        guests_max: int = 40,
    ) -> None:
        if arrivals_per_minute <= 0 or guests_max < 1:
            raise ValueError("arrivals_per_minute must be above 0 and guests_max at least 1")
        self.world = world
        self.ledger: dict[str, Arm] = {"personal": Arm(), "control": Arm()}
        self._decide = decide
        self._collect = collect
        self._random = Random(f"live/{seed}/{run}")
        self._clock = Clock()
        self._ids: Iterator[str] = (f"live-{run}-{number:06x}" for number in count())
        self._run = run
        self._gap_ms = 60_000 / arrivals_per_minute
        self._guests_max = guests_max
        self._guests: list[_Guest] = []
        self._next_arrival = 0.0
        self._visits = 0
        self._crowd = [s for s in world.shoppers if s.consent["storage"]]

    async def step(self, now: int) -> int:
        """Let guests in and let each whose time has come do one thing; the number of pages visited."""
        self._let_in(now)
        due = [guest for guest in self._guests if guest.next_at <= now]
        for guest in due:
            await self._visit_page(guest, now)
        self._guests = [guest for guest in self._guests if guest.pages_left > 0]
        return len(due)

    def _let_in(self, now: int) -> None:
        if not self._next_arrival:
            self._next_arrival = now
        while self._next_arrival <= now:
            self._next_arrival += self._random.expovariate(1 / self._gap_ms)
            if len(self._guests) >= self._guests_max or not self._crowd:
                continue
            shopper = self._random.choices(self._crowd, [s.activity for s in self._crowd])[0]
            if any(guest.shopper is shopper for guest in self._guests):
                continue
            self._visits += 1
            visit = f"s-live-{self._run}-{self._visits}"
            device = self._random.randrange(len(shopper.devices))
            voice = Voice(shopper, device, visit, self._random, self._ids, self._clock)
            if shopper.account and self._random.random() < 0.4:
                voice.user_id = shopper.user_id
            pages = 2 + int(self._random.expovariate(1 / 4.0))
            self._guests.append(_Guest(shopper, voice, visit, "home", next_at=now, pages_left=min(pages, 14)))

    async def _visit_page(self, guest: _Guest, now: int) -> None:
        """One page: say where she is, see what is shown there, click or go her own way."""
        events = self._arrive(guest, now)
        answer = await self._decide(self._question(guest, events))
        guest.pages_left -= 1
        guest.next_at = now + 3_000 + int(min(self._random.expovariate(1 / 14_000), 90_000))
        self._count_visit(guest, answer)
        clicked = self._respond(guest, answer)
        said: list[Message] = []
        if clicked is not None:
            said += self._click(guest, *clicked, now)
        elif guest.page == "product":
            self._wander(guest)
        else:
            self._go_on(guest)
        if guest.pages_left <= 0 and guest.cart:
            said += self._leave(guest, now)
        if said:
            await self._collect(said)

    def _arrive(self, guest: _Guest, now: int) -> list[Message]:
        path, title = self._address(guest)
        messages = [guest.voice.page(now, path, title, guest.page)]
        if guest.page == "product":
            viewed = product_properties(self.world.product[guest.where])
            messages.append(guest.voice.track(now, "Product Viewed", path, title, viewed))
            messages += self._consider(guest, now + 900)
        elif guest.page == "category":
            viewed = {"list_id": guest.where, "category": guest.where}
            messages.append(guest.voice.track(now, "Product List Viewed", path, title, viewed))
        return messages

    def _address(self, guest: _Guest) -> tuple[str, str]:
        if guest.page == "product":
            product = self.world.product[guest.where]
            return product["url"], product["name"]
        if guest.page == "category":
            return f"/shop/c/{guest.where}", CATEGORIES[guest.where][0]
        return "/shop", "Home"

    def _question(self, guest: _Guest, events: list[Message]) -> dict[str, Any]:
        page: dict[str, Any] = {"type": guest.page}
        if guest.page == "product":
            page |= {"sku": guest.where, "category": self.world.product[guest.where]["categories"][0]}
        elif guest.page == "category":
            page["category"] = guest.where
        lines = [{"sku": p["sku"], "quantity": 1, "price": str(p["price"])} for p in guest.cart]
        shopper = guest.shopper
        question = {
            "anonymousId": guest.voice.anonymous_id,
            "sessionId": guest.visit,
            "context": {
                "page": page,
                "cart": {"id": f"c-{guest.visit}", "items": lines},
                "locale": shopper.locale,
                "country": shopper.country,
                "currency": "EUR",
                "timezone": shopper.timezone,
                "consent": {
                    purpose: "granted" if yes else "denied" for purpose, yes in shopper.consent.items()
                },
            },
            "events": events,
        }
        return {**question, "userId": guest.voice.user_id} if guest.voice.user_id else question

    def _count_visit(self, guest: _Guest, answer: dict[str, Any]) -> None:
        if not guest.arm:
            guest.arm = "personal" if answer.get("personal") else "control"
            self.ledger[guest.arm].visits += 1

    def _respond(self, guest: _Guest, answer: dict[str, Any]) -> tuple[Product, int, str] | None:
        """Look down each list and click what first pleases. The ledger keeps what lists are worth."""
        arm = self.ledger[guest.arm]
        clicked = None
        for placement in answer.get("placements", {}).values():
            if placement.get("kind") != "products":
                continue
            items = [item["sku"] for item in placement["items"] if item["sku"] in self.world.product][
                :_SHOWN_MAX
            ]
            arm.lists += 1
            arm.clicks += self.world.expected_clicks(guest.shopper, items)
            arm.orders += self.world.expected_orders(guest.shopper, items)
            arm.revenue += self.world.expected_revenue(guest.shopper, items)
            for rank, sku in enumerate(items, start=1):
                pleases = examined(rank) * click_share(self.world.utility(guest.shopper, sku))
                if clicked is None and self._random.random() < pleases:
                    clicked = (self.world.product[sku], rank, str(placement.get("tracking", "")))
        return clicked

    def _click(self, guest: _Guest, product: Product, rank: int, tracking: str, now: int) -> list[Message]:
        path, title = self._address(guest)
        properties = {**product_properties(product), "position": rank, "tracking": tracking}
        messages = [guest.voice.track(now, "Product Clicked", path, title, properties)]
        guest.page, guest.where, guest.tracking = "product", product["sku"], tracking
        return messages

    def _consider(self, guest: _Guest, now: int) -> list[Message]:
        """On a product page: into the cart with it, or not."""
        product = self.world.product[guest.where]
        liking = self.world.utility(guest.shopper, guest.where)
        fits = product["stock"] > 0 and product not in guest.cart
        if not fits or self._random.random() > buy_share(liking) / _PAID:
            return []
        guest.cart.append(product)
        added: dict[str, Any] = {"cart_id": f"c-{guest.visit}", **product_properties(product)}
        if guest.tracking:
            added["tracking"] = guest.tracking
        return [guest.voice.track(now, "Product Added", product["url"], product["name"], added)]

    def _leave(self, guest: _Guest, now: int) -> list[Message]:
        """At the end of a visit some carts are paid for, so that in all the true buying share is bought."""
        if self._random.random() > _PAID:
            return []
        voice, title = guest.voice, "Thank you"
        messages = [voice.identify(now + 1_000, "/shop/checkout")]
        order = order_properties(f"o-{guest.visit}", guest.cart)
        messages.append(voice.track(now + 2_000, "Order Completed", "/shop/checkout/thanks", title, order))
        guest.cart = []
        return messages

    def _wander(self, guest: _Guest) -> None:
        """From a product, sooner or later to what goes with it."""
        if self._random.random() < guest.shopper.complement:
            category = self.world.product[guest.where]["categories"][0]
            guest.page, guest.where = "category", self._random.choice(goes_with[category])
        else:
            self._go_on(guest)

    def _go_on(self, guest: _Guest) -> None:
        """To a category she likes, or to something in the one she stands in."""
        guest.tracking = ""
        if guest.page == "category" and self._random.random() < 0.6:
            shelf = [p for p in self.world.products if p["categories"][0] == guest.where]
            liking = [2.718 ** min(6.0, self.world.utility(guest.shopper, p["sku"])) for p in shelf]
            guest.page, guest.where = "product", self._random.choices(shelf, liking)[0]["sku"]
            return
        lines, tastes = guest.shopper.lines, guest.shopper.categories
        weights = [lines[path.split("/")[0]] ** 1.6 * 2.718 ** tastes[path] for path in LEAF_CATEGORIES]
        guest.page, guest.where = "category", self._random.choices(LEAF_CATEGORIES, weights)[0]
