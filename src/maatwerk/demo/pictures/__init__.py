"""The demo shop draws its products itself: parametric SVG, the same for a sku, no foreign image.

``picture`` draws one product in a 600 by 750 studio, ``hero`` a wide banner for a home page. Every id starts
with the sku (or the hero's kind and seed), so that many pictures may stand inline on one page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random
from typing import Any

from maatwerk.demo.brands import SHADES
from maatwerk.demo.pictures.canvas import Canvas
from maatwerk.demo.pictures.draw import draw
from maatwerk.demo.pictures.heroes import KINDS, hero
from maatwerk.demo.pictures.scene import wall

__all__ = ["KINDS", "hero", "picture"]

_UNFIT = re.compile(r"[^A-Za-z0-9-]")


def _id_prefix(sku: str) -> str:
    """The sku as the start of an XML id; what an id may not hold is written in hexadecimal."""
    return "p" + _UNFIT.sub(lambda letter: f"_{ord(letter[0]):x}_", sku)


def picture(product: Mapping[str, Any]) -> str:
    """A self-contained SVG of the product, about 600 by 750 units and 12 kB; always the same one."""
    sku = str(product["sku"])
    canvas = Canvas(_id_prefix(sku), Random(f"picture/{sku}"))
    wall(canvas, SHADES[product["attributes"]["shade"]][1])
    draw(canvas, product)
    return canvas.svg(f"{product['name']}, {product['attributes']['shade']}")
