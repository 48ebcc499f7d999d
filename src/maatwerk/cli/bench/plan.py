"""What happens in a synthetic shop: products, and visits of shoppers with habits, the same for a seed.

A visit stays in one category for a while; within it a few products are looked at by many (Zipf's law).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.time import DAY, MINUTE

DAYS = 29
"""Of history: what is older than thirty days is not folded live."""

CATEGORIES, BRANDS = 200, 500
_HOMES = 3
_STRAY, _ADD, _BUY = 0.25, 0.08, 0.35
"""Share of visits outside her usual categories, of views with an add, of visits with adds that buy."""
_VIEWS, _VIEWS_MAX = 5.0, 40
_SIGNED_IN = 5
"""Every fifth shopper has an account."""

_COLORS = "black white navy grey beige red green blue yellow pink brown orange purple cream".split()
_KINDS = "shirt dress coat boot bag scarf lamp chair skirt sock watch belt blouse jacket vest cap".split()
_STUFFS = "wool linen cotton silk leather oak steel denim cashmere velvet".split()
_TOPS = ("women", "men", "home", "outdoor")
_VIEW, _ADDED, _ORDER = 0, 1, 2

Longs = NDArray[np.int64]


class Sizes(msgspec.Struct, frozen=True):
    """How large the shop is."""

    products: int = 100_000
    events: int = 1_000_000
    shoppers: int = 50_000
    seed: int = 11


def shopper(number: int) -> str:
    """The anonymous id of a shopper by her number."""
    return f"a-bench-{number:06d}"


def sku(number: int) -> str:
    """The SKU of a product by its number."""
    return f"P{number:06d}"


class Shop:
    """The products, drawn once; `product` tells one, `events` what happens with them."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        random = np.random.default_rng(sizes.seed)
        self.category = np.sort(random.integers(0, CATEGORIES, sizes.products))
        self._brand = (BRANDS * random.random(sizes.products) ** 2).astype(np.int64)
        self._color = random.integers(0, len(_COLORS), sizes.products)
        self._stuff = random.integers(0, len(_STUFFS), sizes.products)
        self._price = np.round(np.exp(random.normal(3.7, 0.7, sizes.products)), 2)
        self._start = np.searchsorted(self.category, np.arange(CATEGORIES + 1))

    def product(self, number: int) -> dict[str, Any]:
        """A product as the catalog takes it."""
        top, path, kind = self._place(number)
        color, stuff = _COLORS[self._color[number]], _STUFFS[self._stuff[number]]
        attributes: dict[str, Any] = {"color": color, "material": stuff}
        if top in ("women", "men"):
            attributes["gender"] = top
        name = f"{color} {stuff} {kind} {number % 997}"
        return {
            "sku": sku(number),
            "name": name,
            "description": f"A {name} by brand {self._brand[number]}, made to last and easy to care for.",
            "categories": [path],
            "brand": f"Brand {self._brand[number]}",
            "url": f"/p/{sku(number)}",
            "images": [f"/i/{sku(number)}.jpg"],
            "price": float(self._price[number]),
            "stock": int(number % 50),
            "attributes": attributes,
        }

    def mention(self, number: int) -> dict[str, Any]:
        """A product as an event tells it."""
        _, path, kind = self._place(number)
        return {
            "sku": sku(number),
            "name": f"{kind} {number % 997}",
            "brand": f"Brand {self._brand[number]}",
            "category": path,
            "price": float(self._price[number]),
            "currency": "EUR",
        }

    def events(self, until_ms: int) -> Iterator[bytes]:
        """Segment messages of `DAYS` up to a moment, in time order."""
        happened = _Happened(self.sizes, self._start, until_ms)
        mentions = [msgspec.json.encode(self.mention(number)) for number in range(self.sizes.products)]
        at = np.datetime_as_string(happened.time.astype("datetime64[ms]"))
        rows = zip(
            at.tolist(), happened.kind.tolist(), happened.who.tolist(), happened.product.tolist(), strict=True
        )
        for number, (time, kind, who, product) in enumerate(rows):
            user = b'"userId":"u-bench-%06d",' % who if who % _SIGNED_IN == 0 else b""
            if kind == _ORDER:
                skus = happened.orders[product]
                lines = b",".join(b'{"quantity":1,' + mentions[each][1:] for each in skus)
                said = b'{"order_id":"O%d","currency":"EUR","products":[%b]}' % (number, lines)
                name = b"Order Completed"
            else:
                said, name = mentions[product], b"Product Added" if kind == _ADDED else b"Product Viewed"
            yield (
                b'{"type":"track","event":"%b","messageId":"w%d-%d","anonymousId":"%b",%b"timestamp":"%bZ","properties":%b}'
                % (name, self.sizes.seed, number, shopper(who).encode(), user, time.encode(), said)
            )

    def _place(self, number: int) -> tuple[str, str, str]:
        category = int(self.category[number])
        top, kind = _TOPS[category % len(_TOPS)], _KINDS[category // len(_TOPS) % len(_KINDS)]
        return top, f"{top}/{kind}s/{kind}s-{category}", kind


class _Happened:
    """What happened, in columns in time order: ``time``, ``kind``, ``who``, ``product`` (of an order: its
    place in ``orders``)."""

    def __init__(self, sizes: Sizes, start: Longs, until_ms: int) -> None:
        random = np.random.default_rng(sizes.seed + 1)
        visits = max(int(sizes.events / _VIEWS), 1)
        liking = _zipf(CATEGORIES, 0.6)
        homes = random.choice(CATEGORIES, (sizes.shoppers, _HOMES), p=liking)
        who = random.integers(0, sizes.shoppers, visits)
        category = homes[who, random.integers(0, _HOMES, visits)]
        stray = random.random(visits) < _STRAY
        category[stray] = random.choice(CATEGORIES, int(stray.sum()), p=liking)
        held = start[category + 1] - start[category]
        category[held == 0] = int(np.argmax(np.diff(start)))
        begun = until_ms - (random.random(visits) * DAYS * DAY).astype(np.int64) - 2 * MINUTE * _VIEWS_MAX
        length = np.minimum(random.geometric(1 / _VIEWS, visits), _VIEWS_MAX)
        visit = np.repeat(np.arange(visits), length)
        step = np.arange(len(visit)) - np.repeat(np.cumsum(length) - length, length)
        product = self._products(random, start, category[visit])
        time = begun[visit] + step * MINUTE + random.integers(0, MINUTE // 2, len(visit))
        added = random.random(len(visit)) < _ADD
        baskets = _baskets(visit[added], product[added], random.random(visits) < _BUY)
        bought = np.fromiter(baskets, np.int64, len(baskets))
        self.orders = list(baskets.values())
        moments = [time, time[added] + 20_000, begun[bought] + (length[bought] + 1) * MINUTE]
        kinds = [np.full(len(each), kind) for kind, each in enumerate(moments)]
        self._keep(
            np.concatenate(moments),
            np.concatenate(kinds),
            np.concatenate([who[visit], who[visit[added]], who[bought]]),
            np.concatenate([product, product[added], np.arange(len(bought))]),
            sizes.events,
        )

    def _products(self, random: np.random.Generator, start: Longs, category: Longs) -> Longs:
        """Products of categories: of n the k-th with a weight of about 1/k (the inverse of its integral)."""
        held = start[category + 1] - start[category]
        rank = np.floor(np.exp(random.random(len(category)) * np.log(held + 1.0))).astype(np.int64) - 1
        return np.asarray(start[category] + np.clip(rank, 0, held - 1), np.int64)

    def _keep(self, time: Longs, kind: Longs, who: Longs, product: Longs, most: int) -> None:
        order = np.argsort(time, kind="stable")[-most:]
        self.time, self.kind, self.who, self.product = time[order], kind[order], who[order], product[order]


def _baskets(visit: Longs, product: Longs, buys: NDArray[np.bool_]) -> dict[int, list[int]]:
    """By visit that buys what was added in it."""
    baskets: dict[int, list[int]] = {}
    bought = buys[visit]
    for number, each in zip(visit[bought].tolist(), product[bought].tolist(), strict=True):
        baskets.setdefault(number, []).append(each)
    return baskets


def _zipf(size: int, exponent: float) -> NDArray[np.float64]:
    weights = 1.0 / np.arange(1, size + 1) ** exponent
    return np.asarray(weights / weights.sum())
