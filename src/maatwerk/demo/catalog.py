"""The demo shop's catalog: a thousand products of an invented shop, the same for a seed.

Products have the shape of ``PUT /v1/catalog/products``; ``attributes`` also hold what the pictures are drawn
from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from maatwerk.demo.assortment import (
    CATEGORIES,
    GOES_WITH,
    LEAF_CATEGORIES,
    MATERIAL_FACTORS,
    TIER_FACTORS,
)
from maatwerk.demo.brands import BRAND, BRANDS, SHADES, Brand, matches
from maatwerk.demo.kinds import KINDS, Kind
from maatwerk.demo.wording import NAMES, description, product_name, size_range

Product = dict[str, Any]

NEW = "new arrivals"
BRAND_NEW = "just in"

goes_with: dict[str, list[str]] = GOES_WITH

_WOOD_AND_METAL: dict[str, tuple[str, ...]] = {
    "oak": ("tobacco", "camel", "espresso"), "brass": ("mustard",), "rattan": ("camel", "tobacco"),
    "travertine": ("oat", "sand"), "paper": ("chalk", "ivory"), "straw": ("camel", "oat", "sand", "tobacco"),
    "denim": ("denim", "ink", "sky", "soot"), "terracotta": ("terracotta", "apricot", "chalk"),
    "steel": ("dove", "soot", "slate", "ink", "sage", "brick"), "glass": ("sky", "sage", "butter", "rose",
    "dove",
                                                                         "lilac", "bottle"),
    "acetate": ("soot", "tobacco", "chestnut", "bottle", "bordeaux"),
    "porcelain": ("chalk", "ivory", "sky", "ink", "sage", "blush"),
}  # fmt: skip
_CODES = {"shoes": "so"}  # men sell shirts too
_LEATHERS = (
    "soot",
    "onyx",
    "espresso",
    "chestnut",
    "tobacco",
    "camel",
    "oat",
    "bordeaux",
    "bottle",
    "ink",
    "olive",
)
_MENS = ("chalk", "oat", "sand", "camel", "tobacco", "espresso", "soot", "ash", "slate", "sky", "denim",
"ink",
         "sage", "olive", "fern", "bottle", "brick", "bordeaux", "mustard")  # fmt: skip


def categories() -> list[dict[str, Any]]:
    """The category tree in menu order: ``path``, ``title``, ``parent`` (or None), ``position`` from 1."""
    counts: dict[str | None, int] = {}
    tree = []
    for path, (title, _) in CATEGORIES.items():
        parent = path.rpartition("/")[0] or None
        counts[parent] = counts.get(parent, 0) + 1
        tree.append({"path": path, "title": title, "parent": parent, "position": counts[parent]})
    return tree


def catalog(seed: int = 7) -> list[Product]:
    """The products of the shop. The same seed gives the same shop, down to the last description."""
    random = Random(f"catalog/{seed}")
    taken: set[str] = set()
    products: list[Product] = []
    for category in LEAF_CATEGORIES:
        numbers = range(1, CATEGORIES[category][1] + 1)
        products.extend(_product(category, number, random, taken) for number in numbers)
    _sell_out(products, random)
    _relate(products, random)
    return products


def by_sku(products: Iterable[Product]) -> dict[str, Product]:
    """The products under their sku."""
    return {product["sku"]: product for product in products}


def selling_price(product: Mapping[str, Any]) -> str:
    """What a shopper pays today: the sale price where there is one."""
    return str(product.get("sale_price") or product["price"])


def line_of(product: Mapping[str, Any]) -> str:
    """``women``, ``men`` or ``home``: the part of the shop a product stands in."""
    return str(product["categories"][0].split("/")[0])


def _product(category: str, number: int, random: Random, taken: set[str]) -> Product:
    line, leaf = category.split("/")
    kinds = KINDS[category]
    kind = random.choices(kinds, [kind.weight for kind in kinds])[0]
    style = random.choice(kind.styles)
    brand = _brand(line, leaf, style, random)
    attributes = _attributes(kind, category, brand, style, random)
    name = _unique_name(line, kind, attributes, random, taken)
    price = _price(kind, brand, attributes["material"], random)
    sku = f"{line[0]}{_CODES.get(leaf, leaf[:2])}-{number:03d}".upper()
    product: Product = {
        "sku": sku,
        "name": name,
        "description": description(attributes, category, brand.name, brand.voice, random),
        "categories": [category],
        "brand": brand.name,
        "url": f"/shop/p/{sku}",
        "images": [f"/shop/pictures/{sku}.svg"],
        "price": f"{price:.2f}",
        "currency": "EUR",
        "stock": max(4, round(random.lognormvariate(3.3, 0.7))),
        "attributes": attributes,
        "margin": round(min(0.72, max(0.3, random.gauss(0.44 + 0.04 * brand.tier, 0.05))), 3),
    }
    if random.random() < 0.14 and attributes["collection"] == "current":
        product["sale_price"] = f"{_charm(price * random.choice((0.5, 0.6, 0.7, 0.7, 0.8))):.2f}"
    return product


def _brand(line: str, leaf: str, style: str, random: Random) -> Brand:
    """A brand of this line that is known for the style; leather goods lean to the saddler."""
    candidates = [brand for brand in BRANDS if line in brand.lines]
    weights = []
    for brand in candidates:
        weight = 6.0 if brand.styles[0] == style else 3.0 if style in brand.styles else 0.12
        if brand.name == "Sellier Kolk":
            weight = weight * 3 if leaf in {"shoes", "bags", "accessories"} else 0.0
        weights.append(weight / (1.6 if brand.tier == 4 else 1.0))
    return random.choices(candidates, weights)[0]


def _attributes(kind: Kind, category: str, brand: Brand, style: str, random: Random) -> dict[str, str]:
    line, leaf = category.split("/")
    material = random.choice(kind.materials)
    if brand.tier == 1 and material in {"cashmere", "silk", "alpaca"}:
        material = next(
            (cloth for cloth in kind.materials if cloth not in {"cashmere", "silk", "alpaca"}), material
        )
    shade = random.choice(_shades(line, leaf, material, style))
    attributes = {
        "color": SHADES[shade][0],
        "shade": shade,
        "gender": "unisex" if line == "home" else line,
        "material": material,
        "style": style,
        "pattern": random.choice(kind.patterns),
        "season": random.choice(kind.seasons),
        "size_range": size_range(category, kind.noun),
        "type": kind.noun,
        "cut": kind.cut,
        "collection": _collection(random),
    }
    for name, values in kind.choices.items():
        attributes[name] = random.choice(values)
    return attributes


def _shades(line: str, leaf: str, material: str, style: str) -> tuple[str, ...]:
    if material in _WOOD_AND_METAL:
        return _WOOD_AND_METAL[material]
    if material in {"leather", "suede"} and leaf in {"shoes", "bags", "accessories"}:
        return _LEATHERS + (
            ("rose", "cherry", "butter", "chalk", "sage") if line == "women" else ("chalk", "slate")
        )
    if line == "men":
        return _MENS
    if style == "playful":
        return (
            "butter",
            "apricot",
            "raspberry",
            "cornflower",
            "fern",
            "cherry",
            "lilac",
            "rose",
            "sky",
            "mustard",
        )
    if style == "evening":
        return (
            "onyx",
            "soot",
            "bordeaux",
            "plum",
            "bottle",
            "ink",
            "rose",
            "ivory",
            "cherry",
            "espresso",
            "lilac",
        )
    if style == "coastal":
        return ("chalk", "ink", "sky", "sand", "denim", "oat", "sage", "brick", "butter", "ivory")
    return tuple(shade for shade in SHADES if shade != "onyx")


def _collection(random: Random) -> str:
    """``just in`` has no history at all, ``new arrivals`` a few days of it."""
    return random.choices(("current", "classics", NEW, BRAND_NEW), (0.74, 0.18, 0.06, 0.02))[0]


def _unique_name(line: str, kind: Kind, attributes: dict[str, str], random: Random, taken: set[str]) -> str:
    material, length = attributes["material"], attributes.get("length", "")
    for _ in range(200):
        name = product_name(random.choice(NAMES[line]), material, kind.noun, length)
        if name not in taken:
            taken.add(name)
            return name
    raise ValueError(
        f"no free name is left for {kind.noun!r} of {material}: add given names to wording.NAMES[{line!r}]"
    )


def _price(kind: Kind, brand: Brand, material: str, random: Random) -> float:
    factor = MATERIAL_FACTORS.get(material, 1.0) * TIER_FACTORS[brand.tier] * random.uniform(0.88, 1.14)
    return _charm(kind.price * factor)


def _charm(price: float) -> float:
    """Rounded the way shops round: 24.95, 59, 119, 245."""
    if price < 40:
        return max(4.95, round(price) - 0.05)
    if price < 100:
        return min((anchor for anchor in (39, 45, 49, 55, 59, 65, 69, 75, 79, 85, 89, 95, 99)),
                   key=lambda anchor: abs(anchor - price))  # fmt: skip
    return round(price / 10) * 10 - (1 if price < 200 else 5)


def _sell_out(products: list[Product], random: Random) -> None:
    """About 4 % sold out, another 6 % nearly."""
    settled = [
        product for product in products if product["attributes"]["collection"] in {"current", "classics"}
    ]
    chosen = random.sample(settled, round(0.10 * len(products)))
    cut = round(0.04 * len(products))
    for position, product in enumerate(chosen):
        product["stock"] = 0 if position < cut else random.randint(1, 3)


def _relate(products: list[Product], random: Random) -> None:
    """A stylist's look for about one garment in eight: things of other categories, in matching colors."""
    shelves: dict[str, list[Product]] = {}
    for product in products:
        shelves.setdefault(product["categories"][0], []).append(product)
    for product in products:
        category = product["categories"][0]
        if random.random() > 0.125:
            continue
        look = []
        for other in goes_with[category][:2]:
            fitting = [candidate for candidate in shelves[other] if _fits(product, candidate)]
            if fitting:
                look.append(random.choice(fitting)["sku"])
        if look:
            product["related"] = {"cross_sell": look}


def _fits(product: Product, candidate: Product) -> bool:
    tiers = abs(BRAND[product["brand"]].tier - BRAND[candidate["brand"]].tier)
    return candidate["stock"] > 0 and tiers <= 1 and matches(product["attributes"]["color"],
                                                             candidate["attributes"]["color"])  # fmt: skip
