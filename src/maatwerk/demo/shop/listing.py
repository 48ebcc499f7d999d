"""A category page's list: filtered, sorted and cut into pages as the address says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from maatwerk.demo.catalog import BRAND_NEW, NEW, Product, selling_price

PAGE = 24
SORTS = {
    "popular": "Popular",
    "new": "New first",
    "price": "Price, low to high",
    "price-down": "Price, high to low",
}
BANDS: tuple[tuple[str, str, float, float], ...] = (
    ("-50", "Under €50", 0, 50),
    ("50-100", "€50 to €100", 50, 100),
    ("100-200", "€100 to €200", 100, 200),
    ("200-", "€200 and more", 200, float("inf")),
)
_FRESHNESS = {BRAND_NEW: 0, NEW: 1}
_CHOICES_MAX = 20  # values of one facet that an address may name


@dataclass(frozen=True, slots=True)
class Choice:
    """What a shopper chose in the address: values per facet, a sort and a page from 1."""

    colors: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    prices: frozenset[str] = frozenset()
    sort: str = "popular"
    page: int = 1

    @property
    def filtered(self) -> bool:
        """Whether anything is filtered away."""
        return bool(self.colors or self.brands or self.prices)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One value of a facet, how many products it would leave, and whether it is chosen."""

    value: str
    title: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter of the page."""

    name: str
    title: str
    buckets: list[Bucket]

    @property
    def chosen(self) -> int:
        """How many of its values are chosen."""
        return sum(bucket.chosen for bucket in self.buckets)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of products with the filters that led to it."""

    products: list[Product]
    total: int
    page: int
    pages: int
    first: int
    facets: list[Facet]
    choice: Choice

    def address(self, page: int) -> str:
        """The query of another page of the same list."""
        choice = self.choice
        pairs = [("color", value) for value in sorted(choice.colors)]
        pairs += [("brand", value) for value in sorted(choice.brands)]
        pairs += [("price", value) for value in sorted(choice.prices)]
        if choice.sort != "popular":
            pairs.append(("sort", choice.sort))
        if page > 1:
            pairs.append(("page", str(page)))
        return "?" + urlencode(pairs)


def choice_of(query: Sequence[tuple[str, str]]) -> Choice:
    """The choice that an address makes; what it cannot mean is left out."""

    def values(name: str) -> frozenset[str]:
        return frozenset([value for key, value in query if key == name and value][:_CHOICES_MAX])

    single = dict(query)
    page = single.get("page", "1")
    return Choice(
        colors=values("color"),
        brands=values("brand"),
        prices=values("price") & {key for key, *_ in BANDS},
        sort=single.get("sort", "") if single.get("sort") in SORTS else "popular",
        page=min(int(page), 1000) if page.isascii() and page.isdigit() and int(page[:6]) > 0 else 1,
    )


def listing(products: Sequence[Product], choice: Choice) -> Listing:
    """The asked page of ``products`` (given in popular order; what is sold out comes last)."""
    kept = [product for product in products if all(test(product) for test in _tests(choice).values())]
    kept.sort(key=_order(choice.sort))
    pages = max(1, -(-len(kept) // PAGE))
    page = min(choice.page, pages)
    first = (page - 1) * PAGE
    return Listing(
        kept[first : first + PAGE], len(kept), page, pages, first, _facets(products, choice), choice
    )


def band_of(product: Mapping[str, Any]) -> str:
    """The price band it is sold in."""
    price = float(selling_price(product))
    return next(key for key, _, low, high in BANDS if low <= price < high)


def _tests(choice: Choice) -> dict[str, Callable[[Product], bool]]:
    return {
        "color": lambda p: not choice.colors or p["attributes"]["color"] in choice.colors,
        "brand": lambda p: not choice.brands or p["brand"] in choice.brands,
        "price": lambda p: not choice.prices or band_of(p) in choice.prices,
    }


def _order(sort: str) -> Callable[[Product], tuple[float, ...]]:
    if sort == "price":
        return lambda p: (not p["stock"], float(selling_price(p)))
    if sort == "price-down":
        return lambda p: (not p["stock"], -float(selling_price(p)))
    if sort == "new":
        return lambda p: (not p["stock"], _FRESHNESS.get(p["attributes"]["collection"], 2))
    return lambda p: (not p["stock"],)


def _facets(products: Sequence[Product], choice: Choice) -> list[Facet]:
    """Counts of a facet are of what the other facets leave."""
    tests = _tests(choice)
    readers: dict[str, tuple[str, Callable[[Product], str], frozenset[str]]] = {
        "color": ("Color", lambda p: str(p["attributes"]["color"]), choice.colors),
        "brand": ("Brand", lambda p: str(p["brand"]), choice.brands),
        "price": ("Price", band_of, choice.prices),
    }
    titles = {key: title for key, title, *_ in BANDS}
    found = []
    for name, (title, read, chosen) in readers.items():
        others = [test for other, test in tests.items() if other != name]
        counts: dict[str, int] = dict.fromkeys(chosen, 0)
        for product in products:
            if all(test(product) for test in others):
                counts[read(product)] = counts.get(read(product), 0) + 1
        order = list(titles) if name == "price" else sorted(counts, key=lambda v: (-counts[v], v))
        buckets = [
            Bucket(value, titles.get(value, value), counts[value], value in chosen)
            for value in order
            if value in counts
        ]
        found.append(Facet(name, title, buckets))
    return found
