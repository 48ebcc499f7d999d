"""Things for the house: lamps, cushions, throws, vases, tableware."""

from __future__ import annotations

from collections.abc import Callable

from maatwerk.demo.pictures import lamps, tableware
from maatwerk.demo.pictures.canvas import Canvas, mirrored, n
from maatwerk.demo.pictures.colors import darken, lighten
from maatwerk.demo.pictures.drape import creases
from maatwerk.demo.pictures.fabric import Fabric, finish
from maatwerk.demo.pictures.scene import contact, floor
from maatwerk.demo.pictures.solids import ball, solid

Attributes = dict[str, str]


def thing(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    """A thing of the product's cut; it stands at y = 0 on a table, or hangs."""
    cut = attributes["cut"]
    if cut != "pendant":
        floor(canvas, 520 if cut != "floor" else 600)
    ground = {"floor": 690.0, "pendant": 420.0}.get(cut, 600.0)
    width = _FOOTPRINT.get(cut, 0.0)
    if width:
        contact(canvas, 300, ground, width * _SCALES.get(cut, 1.0), 12, 0.4)
    scale = _SCALES.get(cut, 1.0)
    canvas.add(f'<g transform="translate(300 {n(ground)}) scale({scale})" {finish(canvas, fabric, 0.14)}>')
    _THINGS[cut](canvas, fabric, attributes)
    canvas.add("</g>")
    if cut in {"table", "floor", "pendant", "desk"}:
        lamps.glow(canvas, cut)


def _cushion(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    d = (
        "M-206 -396C-120 -372 120 -372 206 -396C182 -300 182 -100 208 -8C120 -32 -120 "
        "-32 -208 -8C-182 -100 -182 -300 -206 -396Z"
    )
    _pillow(canvas, fabric, d, [(-206, -396), (206, -396), (208, -8), (-208, -8)])


def _lumbar(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    d = (
        "M-244 -270C-120 -252 120 -252 244 -270C226 -200 226 -80 246 -8C120 -28 -120 "
        "-28 -246 -8C-226 -80 -226 -200 -244 -270Z"
    )
    _pillow(canvas, fabric, d, [(-244, -270), (244, -270), (246, -8), (-246, -8)])


def _pillow(canvas: Canvas, fabric: Fabric, d: str, corners: list[tuple[int, int]]) -> None:
    """A stuffed cushion with piping, folds running in from its corners."""
    cx, cy = 0, sum(y for _, y in corners) / 4
    folds = [
        f"M{x * 0.96:.0f} {cy + (y - cy) * 0.94:.0f}Q{x * 0.76:.0f} "
        f"{cy + (y - cy) * 0.86:.0f} {x * 0.56:.0f} {cy + (y - cy) * 0.56:.0f}"
        for x, y in corners
    ]
    glow = (
        f'<ellipse cx="{cx - 60}" cy="{cy - 70:.0f}" rx="130" ry="90" '
        f'fill="{lighten(fabric.color, 0.7)}" fill-opacity=".3" {canvas.blur(34)}/>'
    )
    canvas.piece(
        d,
        fabric.color,
        pattern=fabric.pattern,
        depth=44,
        shade=0.46,
        inside=glow + creases(canvas, fabric, folds, 14, 0.36),
    )
    canvas.line(d, darken(fabric.color, 0.3), 4.5, 0.9)
    canvas.line(d, lighten(fabric.color, 0.3), 1.5, 0.6)


def _round_cushion(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    d = (
        "M-206 -190C-206 -310 -110 -386 0 -386C110 -386 206 -310 206 -190C206 -70 110 4 "
        "0 4C-110 4 -206 -70 -206 -190Z"
    )
    folds = [
        "M0 -190L-8 -370",
        "M0 -190L150 -300",
        "M0 -190L190 -160",
        "M0 -190L120 -40",
        "M0 -190L-20 -10",
        "M0 -190L-150 -70",
        "M0 -190L-194 -170",
        "M0 -190L-130 -310",
    ]
    glow = (
        f'<ellipse cx="-50" cy="-260" rx="110" ry="80" '
        f'fill="{lighten(fabric.color, 0.7)}" fill-opacity=".34" {canvas.blur(32)}/>'
    )
    canvas.piece(
        d,
        fabric.color,
        pattern=fabric.pattern,
        depth=46,
        shade=0.5,
        inside=glow + creases(canvas, fabric, folds, 13, 0.4),
    )
    canvas.line(d, darken(fabric.color, 0.34), 5, 0.8)
    canvas.add(
        f'<circle cx="2" cy="-187" r="17" fill="{darken(fabric.color, 0.5)}"/><circle '
        f'cx="0" cy="-190" r="16" '
        f'fill="{ball(canvas, fabric)}"/>'
    )


def _throw(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    """A throw folded into a pile, its fringed end falling over the front."""
    for i, y in enumerate((0, -50, -100)):
        w = 214 - i * 4 + canvas.random.uniform(-4, 4)
        d = (
            f"M{n(-w)} {y - 46}Q{n(-w - 22)} {y - 24} {n(-w)} {y - 2}Q0 {y + 8} {n(w)} "
            f"{y - 2}Q{n(w + 6)} {y - 24} {n(w)} {y - 46}Q0 {y - 62} {n(-w)} {y - 46}Z"
        )
        canvas.piece(d, darken(fabric.color, 0.12 - 0.03 * i), pattern=fabric.pattern, depth=14, shade=0.5)
    top = "M-206 -150Q-190 -230 -120 -236L150 -232Q204 -226 208 -150Q0 -132 -206 -150Z"
    canvas.piece(top, fabric.color, pattern=fabric.pattern, depth=20, shade=0.34)
    drop = "M-150 -232Q-164 -130 -158 -28Q-60 -14 56 -30Q66 -130 44 -234Q-60 -246 -150 -232Z"
    canvas.shadow(drop, fabric.dark, 0.6, 8, 8, 9)
    strokes = "".join(
        f"M{n(-154 + i * 9.4)} -30Q{n(-154 + i * 9.4 + canvas.random.uniform(-4, 4))} "
        f"-10 {n(-154 + i * 9.4 + canvas.random.uniform(-3, 3))} "
        f"{n(8 + canvas.random.uniform(-4, 4))}"
        for i in range(23)
    )
    canvas.line(strokes, darken(fabric.color, 0.4), 4.4, 1)
    canvas.line(strokes, fabric.color, 3, 1)
    canvas.piece(
        drop,
        lighten(fabric.color, 0.04),
        pattern=fabric.pattern,
        depth=20,
        shade=0.36,
        inside=creases(canvas, fabric, ["M-96 -230Q-106 -130 -98 -24", "M-10 -236Q4 -130 -6 -24"], 15, 0.36),
    )


def _stems(canvas: Canvas, y: float, spread: float = 1.0) -> None:
    """A few dried stems or a eucalyptus branch in a vase's neck."""
    kind = canvas.random.randrange(3)
    leaf = ("#8d9a7c", "#c9ad80", "#b9846c")[kind]
    for i in range(3):
        lean = (-70, 20, 84)[i] * spread + canvas.random.uniform(-12, 12)
        tall = canvas.random.uniform(150, 210)
        canvas.line(
            f"M{n(lean * 0.08)} {n(y + 30)}Q{n(lean * 0.2)} {n(y - tall * 0.5)} {n(lean)} {n(y - tall)}",
            darken(leaf, 0.3),
            2.6,
            0.95,
        )
        marks = ""
        for j in range(9):
            share = 0.34 + j * 0.075
            x, at = lean * share**1.7, y - tall * share
            side = -1 if j % 2 else 1
            marks += (
                f'<ellipse cx="{n(x + side * 11)}" cy="{n(at)}" rx="{13 if kind == 0 else 7}" '
                f'ry="{7 if kind == 0 else 9}" transform="rotate({side * -32} {n(x + side * 11)} '
                f'{n(at)})"/>'
            )
        canvas.add(f'<g fill="{leaf}" stroke="{darken(leaf, 0.2)}" stroke-opacity=".5">{marks}</g>')


# cut -> (right half of the outline, height of the neck, path of the reflection)
_VASES = {
    "bottle": (
        "M0 -330L20 -330Q24 -324 20 -316L18 -210C20 -170 96 -150 98 -60C98 -20 88 -4 70 0L0 0",
        -330,
        "M-64 -110Q-78 -70 -68 -30",
    ),
    "bud": (
        "M0 -230L26 -232Q18 -190 18 -160C20 -130 74 -110 74 -56C74 -18 58 0 36 0L0 0",
        -230,
        "M-46 -84Q-56 -56 -46 -28",
    ),
    "amphora": (
        "M0 -330L44 -332Q52 -326 46 -318C30 -300 30 -284 40 -270C110 -250 128 -170 100 -90"
        "C86 -50 62 -26 52 -8L56 0L0 0",
        -330,
        "M-76 -220Q-98 -160 -78 -96",
    ),
    "moon": (
        "M0 -268L38 -270Q40 -258 44 -252C112 -236 142 -180 140 -128C138 -60 92 -6 60 0L0 0",
        -268,
        "M-96 -190Q-120 -140 -100 -84",
    ),
    "cylinder": ("M0 -290L72 -292Q78 -290 78 -284L78 -12Q78 0 66 0L0 0", -290, "M-54 -250L-54 -50"),
}


def _vase(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    half, neck, gloss = _VASES[attributes["cut"]]
    if canvas.random.random() < 0.72:
        _stems(canvas, neck, 0.6 if attributes["cut"] in {"bud", "bottle"} else 1.0)
    solid(canvas, fabric, mirrored(half), gloss=gloss)
    if attributes["cut"] == "amphora":
        for sign in (-1, 1):
            d = f"M{sign * 40} -300C{sign * 110} -306 {sign * 122} -244 {sign * 96} -216"
            canvas.line(d, darken(fabric.color, 0.4), 17, 1)
            canvas.line(d, fabric.color, 13, 1)
    if attributes["cut"] in {"cylinder", "moon"}:
        w = 74 if attributes["cut"] == "cylinder" else 38
        canvas.add(
            f'<ellipse cx="0" cy="{neck - 1}" rx="{w}" ry="{n(w * 0.14)}" '
            f'fill="{darken(fabric.color, 0.5)}" fill-opacity=".8"/>'
        )


_SCALES = {"bud": 1.4, "bottle": 1.06, "moon": 1.2, "cylinder": 1.14, "amphora": 1.0, "carafe": 1.14,
"mug": 1.12, "bowl": 1.08,
           "tumblers": 1.12, "teapot": 1.06, "square": 1.08, "round": 1.08, "throw": 1.16}  # fmt: skip
_FOOTPRINT = {
    "table": 92.0, "floor": 110.0, "desk": 110.0, "square": 200.0, "lumbar": 236.0, "round": 120.0,
    "throw": 214.0,
    "bottle": 84.0, "bud": 52.0, "amphora": 66.0, "moon": 78.0, "cylinder": 76.0, "plates": 130.0,
    "mug": 96.0,
    "bowl": 80.0, "carafe": 80.0, "teapot": 92.0, "tumblers": 190.0,
}  # fmt: skip
_THINGS: dict[str, Callable[[Canvas, Fabric, Attributes], None]] = {
    "table": lamps.table_lamp,
    "floor": lamps.floor_lamp,
    "pendant": lamps.pendant,
    "desk": lamps.desk_lamp,
    "square": _cushion,
    "lumbar": _lumbar,
    "round": _round_cushion,
    "throw": _throw,
    "bottle": _vase,
    "bud": _vase,
    "amphora": _vase,
    "moon": _vase,
    "cylinder": _vase,
    "plates": tableware.plates,
    "mug": tableware.mug,
    "bowl": tableware.bowl,
    "carafe": tableware.carafe,
    "teapot": tableware.teapot,
    "tumblers": tableware.tumblers,
}
