"""How simulated shoppers speak: messages of the Segment spec, with the e-commerce spec's event names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any

from maatwerk.demo.catalog import Product, selling_price
from maatwerk.demo.shoppers import Shopper

Message = dict[str, Any]

SHOP_URL = "https://shop.example"
CURRENCY = "EUR"

USER_AGENTS: dict[str, tuple[str, ...]] = {
    "mobile": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile "
        "Safari/537.36",
    ),
    "desktop": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
        "Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.5 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    ),
    "tablet": (
        "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
        "Mobile/15E148 Safari/604.1",
    ),
}
BOT_AGENTS = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; "
    "+http://www.google.com/bot.html) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "python-requests/2.32.3",
)

_CAMPAIGNS: tuple[tuple[dict[str, str], str], ...] = (
    ({"name": "autumn-coats", "source": "newsletter", "medium": "email"}, ""),
    ({"name": "brand-search", "source": "google", "medium": "cpc"}, "https://www.google.com/"),
    (
        {"name": "dresses-prospecting", "source": "instagram", "medium": "paid-social"},
        "https://l.instagram.com/",
    ),
    ({"name": "home-stories", "source": "pinterest", "medium": "social"}, "https://www.pinterest.com/"),
)
_REFERRERS = (
    "https://www.google.com/",
    "https://duckduckgo.com/",
    "https://www.bing.com/",
    "https://news.example/",
)


class Clock:
    """RFC 3339 UTC with milliseconds, from ms since the epoch; the date part is remembered for speed."""

    def __init__(self) -> None:
        self._day = -1
        self._prefix = ""

    def stamp(self, ms: int) -> str:
        """The instant as ``2026-11-22T04:01:15.042Z``."""
        day, rest = divmod(ms, 86_400_000)
        if day != self._day:
            self._day = day
            self._prefix = datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%dT")
        seconds, milli = divmod(rest, 1000)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        return f"{self._prefix}{hour:02d}:{minute:02d}:{second:02d}.{milli:03d}Z"


class Voice:
    """One visit's way of speaking: fixed context and ids; each method answers one message.

    ``next_id`` gives message ids. ``user_id`` is None until the shopper signs in on this device.
    """

    def __init__(
        self, shopper: Shopper, device: int, visit: str, random: Random, ids: Iterable[str], clock: Clock
    ) -> None:
        self.shopper = shopper
        self.anonymous_id = shopper.anonymous_ids[device]
        self.user_id: str | None = None
        self.email_known = False
        self._ids = iter(ids)
        self._clock = clock
        agents = USER_AGENTS[shopper.devices[device]]
        number = int(shopper.id)
        self._context: dict[str, Any] = {
            "locale": shopper.locale,
            "timezone": shopper.timezone,
            "userAgent": agents[number % len(agents)],
            "ip": f"{('192.0.2', '198.51.100', '203.0.113')[number % 3]}.{1 + number % 254}",
            "sessionId": visit,
            "consent": {"categoryPreferences": dict(shopper.consent)},
        }
        self.referrer = ""
        source = random.random()
        if source < 0.16:
            campaign, self.referrer = random.choice(_CAMPAIGNS)
            self._context["campaign"] = campaign
        elif source < 0.5:
            self.referrer = random.choice(_REFERRERS)

    def say(self, now: int, kind: str, path: str, title: str, **fields: Any) -> Message:
        """A message of type ``kind`` sent from the page at ``path``."""
        page = {"path": path, "url": SHOP_URL + path, "title": title}
        if self.referrer:
            page["referrer"] = self.referrer
        message = {
            "type": kind,
            "messageId": next(self._ids),
            "anonymousId": self.anonymous_id,
            "timestamp": self._clock.stamp(now),
            "context": {**self._context, "page": page},
            **fields,
        }
        if self.user_id:
            message["userId"] = self.user_id
        return message

    def page(self, now: int, path: str, title: str, kind: str, **properties: Any) -> Message:
        """A page call; ``kind`` is home, category, product, cart, checkout, search or account."""
        properties = {"path": path, "url": SHOP_URL + path, "title": title, "page_type": kind, **properties}
        return self.say(now, "page", path, title, name=title, properties=properties)

    def track(self, now: int, event: str, path: str, title: str, properties: dict[str, Any]) -> Message:
        """A track call named by the e-commerce spec."""
        return self.say(now, "track", path, title, event=event, properties=properties)

    def identify(self, now: int, path: str) -> Message:
        """Who she is. Her answer about e-mail travels as consent from here on."""
        shopper = self.shopper
        self._context["consent"] = {
            "categoryPreferences": {**shopper.consent, "email": shopper.email_consent}
        }
        traits = {
            "email": shopper.email,
            "firstName": shopper.first_name,
            "lastName": shopper.last_name,
            "address": {"country": shopper.country},
        }
        return self.say(now, "identify", path, "Account", traits=traits)


def product_properties(product: Product, quantity: int = 1) -> dict[str, Any]:
    """The product as the e-commerce spec describes it in an event."""
    return {
        "product_id": product["sku"],
        "sku": product["sku"],
        "name": product["name"],
        "category": product["categories"][0],
        "brand": product["brand"],
        "variant": product["attributes"]["color"],
        "price": float(selling_price(product)),
        "quantity": quantity,
        "currency": CURRENCY,
        "url": product["url"],
    }


def order_properties(order_id: str, cart: list[Product], coupon: str | None = None) -> dict[str, Any]:
    """``Order Completed``: totals in euro, tax included; free shipping from 75; a coupon takes 10 %."""
    revenue = round(sum(float(selling_price(product)) for product in cart), 2)
    discount = round(0.1 * revenue, 2) if coupon else 0.0
    shipping = 0.0 if revenue - discount >= 75 else 4.95
    properties = {
        "order_id": order_id,
        "total": round(revenue - discount + shipping, 2),
        "revenue": revenue,
        "shipping": shipping,
        "tax": round((revenue - discount) * 0.21 / 1.21, 2),
        "discount": discount,
        "currency": CURRENCY,
        "products": [product_properties(product) for product in cart],
    }
    return {**properties, "coupon": coupon} if coupon else properties
