"""The ground truth: every shopper's utility for every product, and what any list is truly worth.

The response model, used by live shoppers and by the truth alike: the item at rank r (from 1) is examined with
probability 1 / (1 + 0.18 (r - 1)), an examined item is clicked with probability ``click_share(utility)``, and
a clicked one is bought with probability ``buy_share(utility)``. So recommendations that meet a taste truly
sell more, by an amount that can be computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maatwerk.demo.assortment import LEAF_CATEGORIES
from maatwerk.demo.brands import BRAND, BRANDS, COLORS, STYLES
from maatwerk.demo.catalog import Product, by_sku, line_of, selling_price
from maatwerk.demo.shoppers import LINES, Shopper, appeal, line_weight


def examined(rank: int) -> float:
    """The share of shoppers who look at the item at this rank, from 1."""
    return 1.0 / (1.0 + 0.18 * (rank - 1))


def click_share(utility: float) -> float:
    """The probability that a looked-at item is clicked: 2.7 % at utility 0, 14 % at 3."""
    return 1.0 / (1.0 + math.exp(3.6 - 0.6 * utility))


def buy_share(utility: float) -> float:
    """The probability that a clicked item is bought: 0.7 % at utility 0, 3 % at 3."""
    return 1.0 / (1.0 + math.exp(5.0 - 0.5 * utility))


@dataclass(frozen=True, slots=True)
class Truth:
    """Expected responses per visitor to two ways of filling the same lists; revenue in euro."""

    visitors: int
    clicks: float
    clicks_instead: float
    conversion: float
    conversion_instead: float
    revenue: float
    revenue_instead: float

    @property
    def lift(self) -> float:
        """Revenue gained by the first way over the second, as a share of the second."""
        return self.revenue / self.revenue_instead - 1.0


class World:
    """Products and shoppers together; outside, skus and ids name its columns and rows."""

    def __init__(self, products: Sequence[Product], shoppers: Sequence[Shopper]) -> None:
        self.products = list(products)
        self.shoppers = list(shoppers)
        self.product = by_sku(self.products)
        self.column = {product["sku"]: column for column, product in enumerate(self.products)}
        self.row = {shopper.id: row for row, shopper in enumerate(self.shoppers)}
        self.utilities: npt.NDArray[np.float32] = _utilities(self.products, self.shoppers)

    def utility(self, shopper: Shopper, sku: str) -> float:
        """The same as ``shoppers.utility``, looked up."""
        return float(self.utilities[self.row[shopper.id], self.column[sku]])

    def expected_clicks(self, shopper: Shopper, items: Sequence[str]) -> float:
        """Clicks this shopper is expected to make on a list of skus shown to her, best rank first."""
        return sum(
            examined(rank) * click_share(self.utility(shopper, sku))
            for rank, sku in enumerate(items, start=1)
        )

    def expected_orders(self, shopper: Shopper, items: Sequence[str]) -> float:
        """Items of the list she is expected to buy by way of a click."""
        return sum(self._sale(shopper, sku, rank) for rank, sku in enumerate(items, start=1))

    def expected_revenue(self, shopper: Shopper, items: Sequence[str]) -> float:
        """Euro she is expected to spend by way of a click on the list."""
        return sum(
            self._sale(shopper, sku, rank) * float(selling_price(self.product[sku]))
            for rank, sku in enumerate(items, start=1)
        )

    def best(self, shopper: Shopper, count: int) -> list[str]:
        """The list nobody can beat in expected clicks: the skus in stock that she likes most."""
        row = self.utilities[self.row[shopper.id]]
        order = np.argsort(-row, kind="stable")
        return [self.products[i]["sku"] for i in order if self.products[i]["stock"] > 0][:count]

    def _sale(self, shopper: Shopper, sku: str, rank: int) -> float:
        liking = self.utility(shopper, sku)
        return examined(rank) * click_share(liking) * buy_share(liking)


def truth(world: World, shown: Mapping[str, Sequence[str]], instead: Mapping[str, Sequence[str]]) -> Truth:
    """What ``shown`` (shopper id -> skus, best first) is truly worth against ``instead``.

    Give what the personal answers were and what the same shoppers would have been shown without them
    (bestsellers): the exact expectation that a holdout can only estimate. Raises ValueError if the two have
    no shopper in common.
    """
    both = [shopper for shopper in world.shoppers if shopper.id in shown and shopper.id in instead]
    if not both:
        raise ValueError("shown and instead have no shopper in common: give lists for the same shopper ids")

    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    return Truth(
        visitors=len(both),
        clicks=mean([world.expected_clicks(s, shown[s.id]) for s in both]),
        clicks_instead=mean([world.expected_clicks(s, instead[s.id]) for s in both]),
        conversion=mean([world.expected_orders(s, shown[s.id]) for s in both]),
        conversion_instead=mean([world.expected_orders(s, instead[s.id]) for s in both]),
        revenue=mean([world.expected_revenue(s, shown[s.id]) for s in both]),
        revenue_instead=mean([world.expected_revenue(s, instead[s.id]) for s in both]),
    )


def _utilities(products: Sequence[Product], shoppers: Sequence[Shopper]) -> npt.NDArray[np.float32]:
    """(shoppers, products): ``shoppers.utility`` for all pairs at once."""

    def table(rows: list[list[float]], words: list[int]) -> npt.NDArray[np.float32]:
        return np.array(rows, dtype=np.float32).reshape(len(shoppers), -1)[:, words]

    names = [brand.name for brand in BRANDS]
    total = table(
        [[line_weight(s.lines[line]) for line in LINES] for s in shoppers],
        [LINES.index(line_of(product)) for product in products],
    )
    total += table(
        [[s.categories.get(path, 0.0) for path in LEAF_CATEGORIES] for s in shoppers],
        [LEAF_CATEGORIES.index(product["categories"][0]) for product in products],
    )
    total += table(
        [[s.brands.get(name, 0.0) for name in names] for s in shoppers],
        [names.index(product["brand"]) for product in products],
    )
    total += table(
        [[s.colors.get(color, 0.0) for color in COLORS] for s in shoppers],
        [COLORS.index(product["attributes"]["color"]) for product in products],
    )
    total += table(
        [[s.styles.get(style, 0.0) for style in STYLES] for s in shoppers],
        [STYLES.index(product["attributes"]["style"]) for product in products],
    )
    total += np.array([appeal(product["sku"]) for product in products], dtype=np.float32)
    tiers = np.array([BRAND[product["brand"]].tier for product in products], dtype=np.float32)
    above = tiers[None, :] - np.array([[s.tier] for s in shoppers], dtype=np.float32).reshape(-1, 1)
    sensitivity = np.array([s.price_sensitivity for s in shoppers], dtype=np.float32).reshape(-1, 1)
    total -= sensitivity * (0.55 * np.maximum(above, 0) + 0.2 * np.maximum(-above, 0))
    total += 0.45 * sensitivity * np.array([bool(p.get("sale_price")) for p in products], dtype=np.float32)
    return total
