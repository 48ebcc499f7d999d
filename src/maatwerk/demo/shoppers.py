"""Simulated shoppers whose tastes are known: the ground truth that recommendations are tested against.

A taste is a log-weight per word of the catalog (category, brand, color, style) plus a share per line (women,
men, home) and a preferred price tier. ``utility`` adds them up; everything a shopper does follows from it by
chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from maatwerk.demo.assortment import LEAF_CATEGORIES
from maatwerk.demo.brands import BRAND, BRANDS, COLORS, STYLES
from maatwerk.demo.wording import NAMES

LINES = ("women", "men", "home")
STAGES = ("new", "returning", "loyal", "lapsing")
PURPOSES = ("storage", "analytics", "personalization", "advertising")

_COUNTRIES: tuple[tuple[str, str, str, float], ...] = (
    ("NL", "nl-NL", "Europe/Amsterdam", 0.42),
    ("DE", "de-DE", "Europe/Berlin", 0.2),
    ("BE", "nl-BE", "Europe/Brussels", 0.1),
    ("GB", "en-GB", "Europe/London", 0.12),
    ("FR", "fr-FR", "Europe/Paris", 0.08),
    ("US", "en-US", "America/New_York", 0.08),
)
UTC_OFFSET_HOURS = {"NL": 1, "DE": 1, "BE": 1, "GB": 0, "FR": 1, "US": -5}
_SURNAMES = tuple(
    """Jansen Visser Bakker Mulder Meijer Smits Bos Vos Peters Hendriks Dekker Brouwer Kok Schouten Prins Blom
    Huisman Kuipers Postma Veenstra Weber Schulz Wagner Becker Hoffmann Keller Brandt Winkler Maes Claes
    Wouters Martin Petit Moreau Lambert Taylor Evans Walker Hughes Carter Morgan Bennett Reed Foster
    Hayes""".split()
)
_ACTIVITY = {"new": 0.07, "returning": 0.10, "loyal": 0.22, "lapsing": 0.045}


@dataclass(frozen=True, slots=True)
class Shopper:
    """One simulated person. The taste maps hold log-weights; what is missing counts as 0.

    ``lines``: shares that sum to 1. ``tier``: preferred price tier, 1..4. ``activity``: visits a day on
    average. ``complement``: how strongly a garment makes her look for what goes with it, in [0, 1]. ``hour``:
    the local hour around which she shops. ``weekend``: how much more she shops at weekends. ``user_id`` is
    the id she has, or would get when she opens an account; ``account`` says whether she has one from the
    start.
    """

    id: str
    user_id: str
    account: bool
    anonymous_ids: tuple[str, ...]
    first_name: str
    last_name: str
    lines: Mapping[str, float]
    categories: Mapping[str, float]
    brands: Mapping[str, float]
    colors: Mapping[str, float]
    styles: Mapping[str, float]
    tier: float
    price_sensitivity: float
    activity: float
    complement: float
    stage: str
    devices: tuple[str, ...]
    country: str
    locale: str
    timezone: str
    consent: Mapping[str, bool]
    email_consent: bool
    hour: float
    weekend: float

    @property
    def email(self) -> str:
        """An address in a domain that can receive no mail (RFC 2606)."""
        return f"{self.first_name}.{self.last_name}.{self.id}@example.com".lower()

    @property
    def favorite_line(self) -> str:
        """The line with the largest share."""
        return max(self.lines, key=lambda line: self.lines[line])


def shoppers(count: int = 5_000, seed: int = 7) -> list[Shopper]:
    """``count`` shoppers, the same for a seed; the first ones do not change when ``count`` grows."""
    return [_shopper(number, Random(f"shopper/{seed}/{number}")) for number in range(1, count + 1)]


def utility(shopper: Shopper, product: Mapping[str, Any]) -> float:
    """How much this shopper truly likes this product: about 0 for a fair one of her own line, 3 for a find.

    The sum of her log-weights for what the product is, the line's share, what everyone sees in it, and a
    penalty for a price tier above (strong) or below (weak) her own; a sale helps the price-sensitive.
    """
    category = product["categories"][0]
    attributes = product["attributes"]
    above = BRAND[product["brand"]].tier - shopper.tier
    price = -shopper.price_sensitivity * (0.55 * max(0.0, above) + 0.2 * max(0.0, -above))
    sale = 0.45 * shopper.price_sensitivity if product.get("sale_price") else 0.0
    return (
        line_weight(shopper.lines[category.split("/")[0]])
        + shopper.categories.get(category, 0.0)
        + shopper.brands.get(product["brand"], 0.0)
        + shopper.colors.get(attributes["color"], 0.0)
        + shopper.styles.get(attributes["style"], 0.0)
        + appeal(product["sku"])
        + price
        + sale
    )


def choose(
    shopper: Shopper, products: Sequence[Mapping[str, Any]], random: Random
) -> Mapping[str, Any] | None:
    """The product she picks if she must: one by the softmax of her utilities; None of an empty list."""
    if not products:
        return None
    return random.choices(products, [math.exp(utility(shopper, product)) for product in products])[0]


def line_weight(share: float) -> float:
    """The log-weight of a line's share: 0 at one third, steeply negative for a line she never looks at."""
    return 1.6 * math.log((share + 0.01) / 0.343)


@lru_cache(maxsize=4096)
def appeal(sku: str) -> float:
    """What everyone sees in a product, standard deviation about 0.45: it makes bestsellers."""
    return Random(f"appeal/{sku}").gauss(0.0, 0.45)


def _shopper(number: int, random: Random) -> Shopper:
    favorite = random.choices(LINES, (0.55, 0.3, 0.15))[0]
    country, locale, timezone, _ = random.choices(_COUNTRIES, [row[3] for row in _COUNTRIES])[0]
    stage = random.choices(STAGES, (0.3, 0.4, 0.18, 0.12))[0]
    devices = tuple(random.choices(("mobile", "desktop", "tablet"), (0.64, 0.31, 0.05)))
    if random.random() < 0.07:
        devices = ("mobile", "desktop")
    given = random.choice(NAMES["men" if favorite == "men" or random.random() < 0.12 else "women"])
    return Shopper(
        id=f"{number:04d}",
        user_id=f"u-{number:04d}",
        account=stage in {"loyal", "lapsing"} or random.random() < 0.3,
        anonymous_ids=tuple(f"a-{random.getrandbits(64):016x}" for _ in devices),
        first_name=given,
        last_name=random.choice(_SURNAMES),
        lines=_lines(favorite, random),
        categories=_categories(random),
        brands={brand.name: random.gauss(0.0, 0.45) for brand in BRANDS},
        colors=_favorites(COLORS, 3, random),
        styles=_favorites(STYLES, 2, random),
        tier=min(4.0, max(1.0, random.gauss(2.1, 0.8))),
        price_sensitivity=min(2.0, max(0.2, random.gauss(1.0, 0.35))),
        activity=_ACTIVITY[stage] * random.gammavariate(2.0, 0.5),
        complement=random.betavariate(2.2, 2.0),
        stage=stage,
        devices=devices,
        country=country,
        locale=locale,
        timezone=timezone,
        consent=_consent(random),
        email_consent=random.random() < 0.45,
        hour=random.choices((8.5, 12.5, 16.0, 20.5, 22.0), (0.12, 0.2, 0.14, 0.38, 0.16))[0],
        weekend=random.uniform(0.7, 1.9),
    )


def _lines(favorite: str, random: Random) -> dict[str, float]:
    """Most shop mainly one line; about one in six shops two."""
    raw = {line: random.uniform(0.01, 0.12) for line in LINES}
    raw[favorite] = 1.0
    if random.random() < 0.17:
        raw[random.choice([line for line in LINES if line != favorite])] = random.uniform(0.4, 0.9)
    total = sum(raw.values())
    return {line: weight / total for line, weight in raw.items()}


def _categories(random: Random) -> dict[str, float]:
    weights = {path: random.gauss(0.0, 0.7) for path in LEAF_CATEGORIES}
    for line in LINES:
        for path in random.sample([path for path in LEAF_CATEGORIES if path.startswith(line)], 2):
            weights[path] += 1.0
    return weights


def _favorites(words: Sequence[str], count: int, random: Random) -> dict[str, float]:
    weights = {word: random.gauss(-0.1, 0.35) for word in words}
    for word in random.sample(words, count):
        weights[word] += 0.9
    return weights


def _consent(random: Random) -> dict[str, bool]:
    """Most grant all, some deny the later purposes; a few deny storage, so leave no trace."""
    depth = random.choices((4, 3, 2, 1, 0), (0.8, 0.09, 0.04, 0.04, 0.03))[0]
    return {purpose: position < depth for position, purpose in enumerate(PURPOSES)}
