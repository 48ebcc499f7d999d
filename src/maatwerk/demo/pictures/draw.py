"""Which drawing belongs to which product, and how large it stands in the frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maatwerk.demo.pictures import accessories, bags, bottoms, coats, dresses, home, shoes, tops
from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.fabric import Fabric, fabric_of, finish
from maatwerk.demo.pictures.torso import Build

Draw = Callable[[Canvas, Fabric, dict[str, str]], None]
Extent = Callable[[dict[str, str]], tuple[float, float]]

_GARMENTS: dict[str, tuple[Draw, Extent]] = {
    "dresses": (dresses.dress, dresses.extent),
    "tops": (tops.top, tops.extent),
    "shirts": (tops.top, tops.extent),
    "knitwear": (tops.top, tops.extent),
    "coats": (coats.coat, coats.extent),
    "jackets": (coats.coat, coats.extent),
    "trousers": (bottoms.trousers, bottoms.trouser_extent),
    "skirts": (bottoms.skirt, bottoms.skirt_extent),
}
_STILL_LIFES: dict[str, Draw] = {"shoes": shoes.shoes, "bags": bags.bag, "accessories": accessories.accessory}
_HEIGHT = 616.0


def draw(canvas: Canvas, product: Mapping[str, Any]) -> None:
    """The product in the middle of a 600 by 750 frame."""
    fabric = fabric_of(canvas, product)
    attributes = product["attributes"]
    leaf = product["categories"][0].split("/")[1]
    if leaf in _GARMENTS:
        scale, down = _placing(leaf, attributes)
        canvas.add(
            f'<g transform="translate(300 {n(down)}) scale({round(scale, 3)})" {finish(canvas, fabric)}>'
        )
        _GARMENTS[leaf][0](canvas, fabric, attributes)
        canvas.add("</g>")
        return
    _STILL_LIFES.get(leaf, home.thing)(canvas, fabric, attributes)


def neck(product: Mapping[str, Any]) -> float:
    """How far below the frame's upper edge the neck of an upper garment sits: where a hanger goes in."""
    scale, down = _placing(product["categories"][0].split("/")[1], product["attributes"])
    return down + scale * Build().top


def _placing(leaf: str, attributes: dict[str, str]) -> tuple[float, float]:
    """The scale that lets a garment fill the frame, and how far it then moves down."""
    top, bottom = _GARMENTS[leaf][1](attributes)
    scale = min(1.38 if attributes["gender"] == "men" else 1.5, _HEIGHT / (bottom - top))
    return scale, 374 - scale * (top + bottom) / 2
