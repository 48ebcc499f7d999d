"""What stands where: the categories of the shop and the products in each, in the shop's own order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maatwerk.demo.catalog import BRAND_NEW, NEW, Product, by_sku, goes_with
from maatwerk.demo.shoppers import appeal

MENU_TITLES = {"home": "House"}
"""A menu that says "Home" is taken for the front page."""


@dataclass(frozen=True, slots=True)
class Category:
    """A place in the tree: ``path`` as in ``women/dresses``, its ``title``, and the ``children`` below it."""

    path: str
    title: str
    parent: str | None
    children: tuple[str, ...]

    @property
    def url(self) -> str:
        """Its page."""
        return f"/shop/c/{self.path}"


class Shelves:
    """The catalog by sku and by category. Products are the given dictionaries, not copies: a price or stock
    that changes in them is on the next page.
    """

    def __init__(self, products: Sequence[Product], categories: Iterable[Mapping[str, Any]]) -> None:
        rows = list(categories)
        children: dict[str | None, list[str]] = {}
        for row in sorted(rows, key=lambda row: row["position"]):
            children.setdefault(row["parent"], []).append(row["path"])
        self.categories = {
            row["path"]: Category(
                path=row["path"],
                title=MENU_TITLES.get(row["path"], row["title"]),
                parent=row["parent"],
                children=tuple(children.get(row["path"], ())),
            )
            for row in rows
        }
        self.products: dict[str, Product] = by_sku(products)
        standing = sorted(products, key=lambda product: (-appeal(product["sku"]), product["sku"]))
        self._under: dict[str, list[Product]] = {path: [] for path in self.categories}
        for product in standing:
            for path in {part for category in product["categories"] for part in _with_parents(category)}:
                self._under.setdefault(path, []).append(product)
        self._all = standing

    def top(self) -> list[Category]:
        """The top level, by title: an order that favors nobody until something is known of a shopper."""
        found = [category for category in self.categories.values() if category.parent is None]
        return sorted(found, key=lambda category: category.title)

    def under(self, path: str = "") -> list[Product]:
        """All products in a category and below it, the most popular first; everything for no path."""
        return self._under.get(path, []) if path else self._all

    def trail(self, path: str) -> list[Category]:
        """The categories from the top down to this one."""
        return [self.categories[part] for part in _with_parents(path) if part in self.categories]

    def favorites(self, path: str = "", count: int = 8, without: Iterable[str] = ()) -> list[Product]:
        """The shop's own list where nothing is known: popular, in stock, no more than two a brand."""
        excluded, brands, chosen = set(without), dict[str, int](), list[Product]()
        for product in self.under(path):
            if product["sku"] in excluded or not product["stock"] or brands.get(product["brand"], 0) >= 2:
                continue
            brands[product["brand"]] = brands.get(product["brand"], 0) + 1
            chosen.append(product)
            if len(chosen) == count:
                break
        return chosen

    def newest(self, path: str = "", count: int = 8) -> list[Product]:
        """What came in last, in stock."""
        fresh = [product for product in self.under(path) if is_new(product) and product["stock"]]
        return fresh[:count] if len(fresh) >= count else self.favorites(path, count)

    def look(self, product: Product, count: int = 8) -> list[Product]:
        """The stylist's own choice to wear with it, then favorites of the categories that go with its own."""
        chosen = [self.products[sku] for sku in product.get("related", {}).get("cross_sell", [])]
        chosen = [other for other in chosen if other["stock"]]
        places = goes_with.get(product["categories"][0], [])[:2]
        taken = {product["sku"], *(other["sku"] for other in chosen)}
        per_place = -(-count // len(places)) if places else 0
        picks = [self.favorites(place, per_place, taken) for place in places]
        for row in range(per_place):
            chosen += [pick[row] for pick in picks if row < len(pick)]
        return chosen[:count]

    def alike(self, product: Product, count: int = 8) -> list[Product]:
        """Others of its kind, those of its color first."""
        place, sort = product["categories"][0], product["attributes"]["type"]
        others = [p for p in self.under(place) if p["sku"] != product["sku"] and p["stock"]]
        others.sort(key=lambda p: (p["attributes"]["type"] != sort,
                                   p["attributes"]["color"] != product["attributes"]["color"]))  # fmt: skip
        return others[:count]


def is_new(product: Mapping[str, Any]) -> bool:
    """True for what came in during the last days."""
    return product["attributes"]["collection"] in {NEW, BRAND_NEW}


def sizes_of(product: Mapping[str, Any]) -> list[str]:
    """The sizes it is made in, smallest first; empty for a thing of one size."""
    first, _, last = product["attributes"].get("size_range", "").partition("-")
    if first.isdigit() and last.isdigit():
        step = 2 if product["attributes"]["gender"] == "women" and int(first) < 36 else 1
        return [str(size) for size in range(int(first), int(last) + 1, step)]
    letters = ["XS", "S", "M", "L", "XL", "XXL"]
    if first in letters and last in letters:
        return letters[letters.index(first) : letters.index(last) + 1]
    return []


def _with_parents(path: str) -> list[str]:
    """``women/dresses`` -> ``women``, ``women/dresses``."""
    parts = path.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
