"""Wide editorial pictures for the top of a home page: quiet on the left, where the words go."""

from __future__ import annotations

from random import Random
from typing import Any

from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.colors import darken, lighten, mix
from maatwerk.demo.pictures.draw import draw, neck
from maatwerk.demo.pictures.staging import HEIGHT, WIDTH, arch, plinth, rail, room, tag

KINDS = ("women", "men", "home", "new", "sale")
_WALLS = {
    "women": ("#e6d5c9", "#ddd3c6", "#e3d2cd"), "men": ("#d3d6d1", "#d8d2c7", "#cfd5d8"),
    "home": ("#e5d8c5", "#dcd6c8", "#e3d4c4"), "new": ("#d7dcd0", "#dcd9e0", "#e2dac9"),
    "sale": ("#e2c6b4", "#e4cfb6", "#dfc5bd"),
}  # fmt: skip
_TITLES = {
    "women": "Dresses on a rail in morning light", "men": "A coat, a shirt and a sweater on a rail",
    "home": "A lamp, vases and cushions on a long table", "new": "New arrivals on plinths in window light",
    "sale": "Garments on a rail with paper tags",
}  # fmt: skip

# Three colorings a kind: one shade for each thing in the scene.
_SHADES = {
    "women": (
        "terracotta chalk sage tobacco camel",
        "rose ivory ink espresso chestnut",
        "bottle blush butter camel bordeaux",
    ),
    "men": (
        "camel sky ink chestnut olive",
        "slate chalk bordeaux espresso tobacco",
        "olive oat denim tobacco ink",
    ),
    "home": (
        "terracotta oat sage chalk ink",
        "bottle sand rose ivory mustard",
        "ink camel butter chalk brick",
    ),
    "new": (
        "lilac chalk fern camel rose",
        "butter ivory ink tobacco sage",
        "apricot oat bordeaux espresso sky",
    ),
    "sale": (
        "cherry chalk ink camel mustard",
        "plum butter fern tobacco rose",
        "brick sky oat espresso bottle",
    ),
}


def hero(kind: str, seed: int = 1) -> str:
    """A self-contained SVG banner, 1600 by 720; ``seed`` varies its colors and light.

    ``kind`` is one of ``KINDS``; ValueError for another.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    random = Random(f"hero/{kind}/{seed}")
    canvas = Canvas(f"h{kind}{seed}", random, WIDTH, HEIGHT, floors=False)
    wall = _WALLS[kind][seed % 3]
    room(canvas, wall)
    shades = _SHADES[kind][seed % 3].split()
    _SCENES[kind](canvas, wall, shades)
    return canvas.svg(_TITLES[kind])


def _thing(category: str, attributes: dict[str, str], salt: float) -> dict[str, Any]:
    usual = {"pattern": "plain", "neckline": "round", "sleeve": "short", "length": "midi"}
    every = {**usual, "gender": category.split("/")[0], **attributes}
    return {"sku": f"{category}{salt:.0f}", "categories": [category], "attributes": every}


def _put(canvas: Canvas, category: str, attributes: dict[str, str], x: float, y: float, scale: float) -> None:
    """A product's drawing with the top left corner of its frame at (x, y)."""
    canvas.add(f'<g transform="translate({n(x)} {n(y)}) scale({round(scale, 3)})">')
    draw(canvas, _thing(category, attributes, x))
    canvas.add("</g>")


def _hung(
    canvas: Canvas, category: str, attributes: dict[str, str], middle: float, rail: float, scale: float
) -> None:
    """A garment on a hanger whose hook goes over the rail."""
    x, y, throat = middle, rail, rail + 46
    hook = f"M{n(x)} {n(throat)}L{n(x)} {n(y + 18)}Q{n(x + 14)} {n(y + 6)} {n(x + 7)} {n(y - 9)}"
    canvas.line(f"{hook}Q{n(x - 4)} {n(y - 15)} {n(x - 10)} {n(y - 3)}", "#8f8a82", 4, 1)
    w = 104 * scale
    arms = f"M{n(x - w)} {n(throat + 40)}Q{n(x - w * 0.3)} {n(throat)} {n(x)} {n(throat - 4)}"
    canvas.line(f"{arms}Q{n(x + w * 0.3)} {n(throat)} {n(x + w)} {n(throat + 40)}", "#b08a5c", 9, 1)
    top = throat + 2 - neck(_thing(category, attributes, x)) * scale
    _put(canvas, category, attributes, middle - 300 * scale, top, scale)


def _women(canvas: Canvas, wall: str, shades: list[str]) -> None:
    arch(canvas, wall, 1130, 620, 60)
    rail(canvas, 800, 1470, 92)
    wrap = {"cut": "wrap", "material": "viscose", "sleeve": "long", "neckline": "v", "shade": shades[0]}
    smock = {"cut": "tiered", "material": "linen", "sleeve": "puff", "shade": shades[1], "pattern": "floral"}
    shirt = {"cut": "shirt", "material": "cotton", "sleeve": "long", "neckline": "collar", "shade": shades[2]}
    for dress, x in ((shirt, 1370), (smock, 900), (wrap, 1140)):
        _hung(canvas, "women/dresses", dress, x, 92, 0.74)
    plinth(canvas, wall, 690, 190, 84, 676)
    _put(canvas, "women/bags", {"cut": "shoulder", "material": "leather", "shade": shades[3]}, 558, 342, 0.44)
    _put(
        canvas,
        "women/shoes",
        {"cut": "heel", "heel": "high", "material": "leather", "shade": shades[4]},
        1030,
        462,
        0.42,
    )


def _men(canvas: Canvas, wall: str, shades: list[str]) -> None:
    rail(canvas, 800, 1470, 92)
    coat = {"cut": "overcoat", "material": "wool", "shade": shades[0]}
    shirt = {
        "cut": "shirt",
        "material": "cotton",
        "sleeve": "long",
        "neckline": "collar",
        "shade": shades[1],
        "pattern": "stripe",
    }
    knit = {
        "cut": "sweater",
        "material": "lambswool",
        "sleeve": "long",
        "neckline": "crew",
        "shade": shades[2],
        "pattern": "cable",
    }
    _hung(canvas, "men/knitwear", knit, 1365, 92, 0.62)
    _hung(canvas, "men/shirts", shirt, 905, 92, 0.62)
    _hung(canvas, "men/jackets", coat, 1140, 92, 0.78)
    _put(canvas, "men/shoes", {"cut": "derby", "material": "leather", "shade": shades[3]}, 860, 440, 0.46)
    _put(canvas, "men/bags", {"cut": "weekender", "material": "canvas", "shade": shades[4]}, 1225, 356, 0.54)


def _home(canvas: Canvas, wall: str, shades: list[str]) -> None:
    arch(canvas, wall, 1180, 660, 40)
    oak = mix("#b98d5d", wall, 0.2)
    top = canvas.linear([(0, lighten(oak, 0.3)), (1, oak)], 0, 0, 0, 1)
    canvas.add(
        f'<rect x="640" y="588" width="940" height="30" rx="6" fill="{top}"/><rect '
        f'x="640" y="614" width="940" height="9" fill="{darken(oak, 0.4)}"/>'
    )
    for x in (700, 1490):
        canvas.add(f'<path d="M{x} 622L{x + 44} 622L{x + 34} 722L{x + 10} 722Z" fill="{darken(oak, 0.28)}"/>')
    _put(canvas, "home/lamps", {"cut": "table", "material": "ceramic", "shade": shades[0]}, 642, 36, 0.93)
    _put(canvas, "home/vases", {"cut": "moon", "material": "stoneware", "shade": shades[1]}, 885, 148, 0.75)
    _put(
        canvas,
        "home/vases",
        {"cut": "amphora", "material": "terracotta", "shade": shades[0]},
        1036,
        164,
        0.72,
    )
    _put(
        canvas,
        "home/tableware",
        {"cut": "bowl", "material": "stoneware", "shade": shades[3]},
        1090,
        320,
        0.46,
    )
    _put(canvas, "home/cushions", {"cut": "square", "material": "linen", "shade": shades[2]}, 1244, 224, 0.63)
    _put(
        canvas,
        "home/cushions",
        {"cut": "lumbar", "material": "linen", "shade": shades[4], "pattern": "stripe"},
        1306,
        320,
        0.47,
    )


def _new(canvas: Canvas, wall: str, shades: list[str]) -> None:
    arch(canvas, wall, 1110, 500, 40)
    slip = {
        "cut": "flare",
        "material": "linen",
        "sleeve": "strap",
        "neckline": "square",
        "shade": shades[0],
        "length": "midi",
    }
    canvas.line("M1110 -10L1110 64", "#8f8a82", 3, 0.9)
    _put(canvas, "women/dresses", slip, 1110 - 246, 8, 0.82)
    for x, width, tall in ((860, 210, 150), (1380, 230, 190), (690, 170, 70)):
        plinth(canvas, wall, x, width, tall, 668)
    _put(canvas, "home/vases", {"cut": "moon", "material": "ceramic", "shade": shades[2]}, 692, 184, 0.56)
    _put(canvas, "women/bags", {"cut": "tote", "material": "leather", "shade": shades[3]}, 1217, 168, 0.545)
    _put(
        canvas,
        "women/shoes",
        {"cut": "heel", "heel": "mid", "material": "suede", "shade": shades[4]},
        590,
        408,
        0.36,
    )
    _put(canvas, "men/shoes", {"cut": "sneaker", "material": "leather", "shade": shades[1]}, 1040, 452, 0.4)


def _sale(canvas: Canvas, wall: str, shades: list[str]) -> None:
    rail(canvas, 760, 1500, 92)
    pieces: tuple[tuple[str, dict[str, str], float], ...] = (
        ("women/coats", {"cut": "trench", "material": "cotton", "shade": shades[3]}, 1400),
        (
            "women/knitwear",
            {
                "cut": "sweater",
                "material": "lambswool",
                "sleeve": "long",
                "neckline": "crew",
                "shade": shades[1],
                "pattern": "knit",
            },
            1210,
        ),
        (
            "women/dresses",
            {"cut": "flare", "material": "viscose", "sleeve": "short", "shade": shades[2], "pattern": "dot"},
            1025,
        ),
        (
            "women/tops",
            {"cut": "shirt", "material": "linen", "sleeve": "long", "neckline": "collar", "shade": shades[0]},
            850,
        ),
    )
    for category, attributes, x in pieces:
        _hung(
            canvas, category, attributes, x, 92, 0.6 if category in {"women/tops", "women/knitwear"} else 0.7
        )
    for _, _, x in pieces:
        tag(canvas, x + 44, 250)
    _put(canvas, "home/throws", {"cut": "throw", "material": "wool", "shade": shades[4]}, 560, 372, 0.46)


_SCENES = {"women": _women, "men": _men, "home": _home, "new": _new, "sale": _sale}
