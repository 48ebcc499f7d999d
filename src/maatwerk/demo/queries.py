"""What shoppers type into the search field of the demo shop."""

from __future__ import annotations

from random import Random

from maatwerk.demo.catalog import Product

_SYNONYMS = {
    "sneakers": "trainers",
    "trousers": "pants",
    "sweater": "jumper",
    "cushion": "pillow",
    "tote": "shopper",
}


def query_for(product: Product, random: Random) -> str:
    """What somebody types who wants this product; now and then mistyped."""
    attributes = product["attributes"]
    noun = attributes["type"].split(",")[0].lower()
    if random.random() < 0.15:
        noun = noun.split()[-1]
    last = noun.split()[-1]
    if last in _SYNONYMS and random.random() < 0.25:
        noun = noun.replace(last, _SYNONYMS[last])
    draw = random.random()
    if draw < 0.33:
        noun = f"{attributes['color']} {noun}"
    elif draw < 0.5:
        noun = f"{attributes['material']} {noun}"
    elif draw < 0.58:
        noun = f"{product['brand'].lower()} {noun}"
    return _mistyped(noun, random) if random.random() < 0.09 else noun


def _mistyped(text: str, random: Random) -> str:
    """One slip of the finger: two letters swapped, one lost, or one doubled."""
    place = random.randrange(1, len(text) - 1)
    slip = random.randrange(3)
    if slip == 0:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + (text[place] * 2 if slip == 1 else "") + text[place + 1 :]
