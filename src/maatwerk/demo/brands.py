"""The brands the demo shop carries and the shades they come in. All invented.

A brand has a character: a price tier (1 everyday to 4 luxury), the lines it makes, and the styles it is known
for. Shoppers' tastes (``shoppers.py``) are stated in the same words, which is what makes them the ground
truth.
"""

from __future__ import annotations

from dataclasses import dataclass

SHOP_NAME = "Linnet & Vlier"
TAGLINE = "Clothes and things for the house, chosen slowly."

STYLES = ("minimal", "romantic", "classic", "sporty", "coastal", "artisan", "playful", "evening")


@dataclass(frozen=True, slots=True)
class Brand:
    """One invented label: ``tier`` 1..4, the ``lines`` it makes, its ``styles`` from strongest to weakest."""

    name: str
    tier: int
    lines: tuple[str, ...]
    styles: tuple[str, ...]
    voice: str


BRANDS: tuple[Brand, ...] = (
    Brand("Oda Vlier", 2, ("women",), ("minimal", "classic"), "quiet lines from a small Utrecht studio"),
    Brand("Vesperine", 4, ("women",), ("evening", "romantic"), "evening pieces cut and finished by hand"),
    Brand("Pomelo Row", 1, ("women", "home"), ("playful", "romantic"), "cheerful prints at an easy price"),
    Brand(
        "Mas Olivet", 3, ("women", "home"), ("romantic", "artisan"), "a southern house with a love of linen"
    ),
    Brand(
        "Tern & Tide", 2, ("women", "men"), ("coastal", "classic"), "harbor clothes that get better with salt"
    ),
    Brand("Halmar", 3, ("women", "men"), ("classic", "minimal"), "soft tailoring with a clear shoulder"),
    Brand("Fjordal", 3, ("women", "men"), ("sporty", "coastal"), "weatherproof layers for the long way home"),
    Brand("Corva", 1, ("women", "men"), ("sporty", "playful"), "everyday shapes with a sporty streak"),
    Brand("Everyday Noord", 1, ("women", "men", "home"), ("minimal", "classic"), "basics, made properly"),
    Brand("Grauwe & Zoon", 4, ("men",), ("classic", "artisan"), "heritage cloth, third generation"),
    Brand(
        "Sellier Kolk", 4, ("women", "men"), ("artisan", "classic"), "leather cut and stitched at one bench"
    ),
    Brand("Huis Noor", 2, ("home",), ("artisan", "minimal"), "natural things for slow rooms"),
    Brand("Studio Ambel", 4, ("home",), ("minimal", "evening"), "light and form, in small series"),
)

BRAND: dict[str, Brand] = {brand.name: brand for brand in BRANDS}

# shade -> (color family, hex). The family is what shoppers filter by; the shade is what the picture shows.
SHADES: dict[str, tuple[str, str]] = {
    "chalk": ("white", "#f2eee6"), "ivory": ("white", "#efe6d3"),
    "oat": ("beige", "#d8c9b0"), "sand": ("beige", "#cbb595"), "camel": ("beige", "#bb9163"),
    "tobacco": ("brown", "#8f653d"), "chestnut": ("brown", "#7d4c35"), "espresso": ("brown", "#503a30"),
    "soot": ("black", "#2c2b2f"), "onyx": ("black", "#242428"),
    "dove": ("grey", "#b9b7b1"), "ash": ("grey", "#8e9092"), "slate": ("grey", "#646b74"),
    "sky": ("blue", "#a8c0d8"), "denim": ("blue", "#57759b"), "cornflower": ("blue", "#6c8bc2"),
    "ink": ("blue", "#2a3957"),
    "sage": ("green", "#a5af95"), "olive": ("green", "#73744c"), "fern": ("green", "#5c7d60"),
    "bottle": ("green", "#264b40"),
    "brick": ("red", "#a54c35"), "cherry": ("red", "#a82e38"), "bordeaux": ("red", "#672838"),
    "blush": ("pink", "#e9cdc4"), "rose": ("pink", "#d7a09b"), "raspberry": ("pink", "#b54b6d"),
    "butter": ("yellow", "#eedda6"), "mustard": ("yellow", "#c9993f"),
    "apricot": ("orange", "#e5ae86"), "terracotta": ("orange", "#c26e46"),
    "lilac": ("purple", "#b8a6c8"), "plum": ("purple", "#5f3c59"),
}  # fmt: skip

COLORS: tuple[str, ...] = tuple(dict.fromkeys(family for family, _ in SHADES.values()))

# What each color is worn with: used for completing a look, by the true shopper as by the stylist.
MATCHES: dict[str, tuple[str, ...]] = {
    "white": COLORS,
    "black": COLORS,
    "beige": ("beige", "white", "brown", "blue", "green", "black", "orange"),
    "brown": ("brown", "beige", "white", "blue", "green", "orange", "pink"),
    "grey": ("grey", "black", "white", "blue", "pink", "purple"),
    "blue": ("blue", "white", "beige", "brown", "grey", "black", "red"),
    "green": ("green", "beige", "brown", "white", "black", "pink"),
    "red": ("red", "black", "beige", "white", "blue"),
    "pink": ("pink", "beige", "white", "grey", "brown", "red", "black"),
    "yellow": ("yellow", "white", "beige", "blue", "brown"),
    "orange": ("orange", "beige", "brown", "white", "green"),
    "purple": ("purple", "grey", "black", "white", "pink"),
}


def matches(color: str, other: str) -> bool:
    """True if a thing of one color goes with a thing of the other."""
    return other in MATCHES.get(color, ()) or color in MATCHES.get(other, ())
