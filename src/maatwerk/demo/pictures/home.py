"""Things for the house: lamps, cushions, throws, vases, tableware."""

from __future__ import annotations

from collections.abc import Callable

from maatwerk.demo.pictures.canvas import Canvas, mirrored, n
from maatwerk.demo.pictures.colors import darken, lighten, luminance, mix
from maatwerk.demo.pictures.drape import creases
from maatwerk.demo.pictures.fabric import Fabric, finish
from maatwerk.demo.pictures.scene import contact, floor

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
        _light(canvas, cut)


def _light(canvas: Canvas, cut: str) -> None:
    """The warm glow around a lit lamp."""
    x, y, r = {
        "table": (300, 270, 250),
        "floor": (300, 170, 240),
        "pendant": (300, 440, 260),
        "desk": (214, 330, 200),
    }[cut]
    paint = canvas.radial([(0, "#ffdf9e"), (0.45, "#ffe3ab"), (1, "#ffe9c2")], opacities=(0.5, 0.22, 0))
    canvas.add(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{paint}" style="mix-blend-mode:soft-light"/>')


def _shade(canvas: Canvas, top: float, bottom: float, upper: float, lower: float) -> None:
    """A linen lampshade, lit from inside."""
    d = (
        f"M{n(-upper)} {n(top)}Q0 {n(top - 12)} {n(upper)} {n(top)}L{n(lower)} "
        f"{n(bottom)}Q0 {n(bottom + 18)} {n(-lower)} {n(bottom)}Z"
    )
    paint = canvas.linear([(0, "#dccbb0"), (0.3, "#f8ead0"), (0.55, "#fff4dd"), (1, "#d3bf9f")])
    canvas.piece(d, "#efe0c4", paint=paint, depth=14, shade=0.2)
    canvas.line(f"M{n(-upper)} {n(top)}Q0 {n(top - 12)} {n(upper)} {n(top)}", "#bda682", 3, 0.8)
    canvas.line(f"M{n(-lower)} {n(bottom)}Q0 {n(bottom + 18)} {n(lower)} {n(bottom)}", "#bda682", 3, 0.8)


def _body(canvas: Canvas, fabric: Fabric, d: str, depth: float = 26, gloss: str = "") -> None:
    """A turned or blown body: round shading, a reflection, glass seen through."""
    if fabric.material == "glass":
        paint = canvas.linear(
            [
                (0, darken(fabric.color, 0.2)),
                (0.25, lighten(fabric.color, 0.6)),
                (0.7, fabric.color),
                (1, darken(fabric.color, 0.25)),
            ],
            opacities=(0.85, 0.5, 0.55, 0.85),
        )
        canvas.piece(d, fabric.color, paint=paint, depth=depth * 0.5, shade=0.4, sheen=0.5)
    else:
        paint = canvas.linear(
            [
                (0, darken(fabric.color, 0.12)),
                (0.32, lighten(fabric.color, 0.2)),
                (0.6, fabric.color),
                (1, darken(fabric.color, 0.34)),
            ]
        )
        canvas.piece(d, fabric.color, paint=paint, pattern=fabric.pattern, depth=depth, shade=0.34)
    if gloss:
        strength = 0.75 if fabric.material in {"glass", "ceramic", "porcelain"} else 0.3
        canvas.add(
            f'<path d="{gloss}" fill="none" stroke="#fff" stroke-opacity="{strength}" '
            f'stroke-width="11" stroke-linecap="round" {canvas.blur(5)}/>'
        )


def _table_lamp(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    form = canvas.random.randrange(3)
    half = (
        "M0 -206L22 -206Q24 -186 60 -160C108 -120 104 -40 62 -8L62 0L0 0",
        "M0 -206L20 -206Q22 -184 34 -170C70 -150 72 -118 44 -106C92 -92 96 -40 66 -24L74 0L0 0",
        "M0 -206L30 -206C40 -150 74 -90 84 0L0 0",
    )[form]
    canvas.line("M0 -230L0 -200", "#b08d4f", 10, 1)
    _body(canvas, fabric, mirrored(half), gloss="M-44 -116Q-58 -70 -44 -36")
    _shade(canvas, -420, -226, 104, 164)
    canvas.line("M70 -4Q190 4 250 30", "#6b5847", 3, 0.6)


def _floor_lamp(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    if canvas.random.random() < 0.5:
        for x in (-120, 120, 18):
            canvas.line(f"M0 -420L{x} {-4 if x != 18 else -30}", darken(fabric.color, 0.4), 12, 1)
            canvas.line(f"M-1 -420L{x - 1} {-4 if x != 18 else -30}", fabric.color, 8.5, 1)
    else:
        canvas.line("M0 -440L0 -10", darken(fabric.color, 0.4), 12, 1)
        canvas.line("M-1 -440L-1 -10", lighten(fabric.color, 0.1), 7, 1)
        canvas.piece(
            "M-92 -4Q-90 -18 0 -20Q90 -18 92 -4Q90 8 0 10Q-90 8 -92 -4Z", fabric.color, depth=8, shade=0.45
        )
    _shade(canvas, -620, -424, 112, 158)


def _pendant(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    canvas.line("M0 -430L0 -190", "#4a3f36", 4, 1)
    canvas.add('<path d="M-26 -420L26 -420L18 -396L-18 -396Z" fill="#4a3f36"/>')
    material = attributes["material"]
    if material in {"paper", "rattan"}:
        paint = canvas.radial(
            [(0, "#fff6df"), (0.6, mix(fabric.color, "#ffe9bd", 0.5)), (1, darken(fabric.color, 0.18))],
            0.45,
            0.5,
            0.62,
        )
        d = (
            "M0 -196C150 -196 214 -110 214 -20C214 80 130 150 0 150C-130 150 -214 80 -214 "
            "-20C-214 -110 -150 -196 0 -196Z"
        )
        lines = "".join(
            f"M{n(-x)} {y}Q0 {y + 20} {n(x)} {y}"
            for y, x in (
                (-160, 110),
                (-120, 166),
                (-80, 198),
                (-40, 212),
                (0, 212),
                (40, 200),
                (80, 174),
                (120, 118),
            )
        )
        canvas.piece(d, fabric.color, paint=paint, depth=26, shade=0.28)
        canvas.line(lines, darken(fabric.color, 0.35), 2.6, 0.5)
        if material == "rattan":
            canvas.line(
                "".join(f"M{n(x * 0.2)} -194Q{x} -20 {n(x * 0.2)} 148" for x in range(-280, 281, 40)),
                darken(fabric.color, 0.4),
                3,
                0.55,
            )
        return
    half = "M0 -196L22 -196Q26 -160 70 -130C150 -90 190 -10 200 60L0 60"
    _body(canvas, fabric, mirrored(half, "Q0 92 -200 60"), 30, "M-120 -60Q-160 -10 -170 40")
    canvas.add(
        f'<ellipse cx="0" cy="62" rx="196" ry="24" fill="{darken(fabric.color, 0.4)}"/>'
        f'<ellipse cx="0" cy="64" rx="178" ry="17" fill="#fff0cc"/>'
    )


def _desk_lamp(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    canvas.piece(
        "M10 -4Q12 -22 90 -24Q168 -22 170 -4Q168 8 90 10Q12 8 10 -4Z", fabric.color, depth=9, shade=0.45
    )
    for d in ("M92 -18L150 -220", "M150 -220L-40 -350"):
        canvas.line(d, darken(fabric.color, 0.5), 15, 1)
        canvas.line(d, fabric.color, 11, 1)
        canvas.line(d, lighten(fabric.color, 0.5), 3, 0.6)
    canvas.add(
        f'<circle cx="150" cy="-220" r="15" fill="{darken(fabric.color, 0.3)}"/><circle '
        f'cx="147" cy="-223" r="6" fill="{lighten(fabric.color, 0.5)}"/>'
    )
    canvas.add(
        f'<path d="M-196 -208L-4 -262L60 -4L-330 0Z" fill="#ffe7b0" fill-opacity=".2" {canvas.blur(14)}/>'
    )
    canvas.piece(
        "M-74 -380Q-20 -392 -8 -356L12 -264Q-90 -200 -196 -206Q-170 -330 -74 -380Z",
        fabric.color,
        depth=18,
        shade=0.4,
    )
    canvas.add('<path d="M12 -264Q-90 -200 -196 -206Q-120 -262 12 -264Z" fill="#fff0c8"/>')


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
        f'fill="{_ball(canvas, fabric)}"/>'
    )


def _ball(canvas: Canvas, fabric: Fabric) -> str:
    """The paint of a small lit ball: a button, a knob."""
    return canvas.radial([(0, lighten(fabric.color, 0.35)), (1, darken(fabric.color, 0.3))], 0.37, 0.31, 0.8)


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
        pattern=fabric.turned,
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
    _body(canvas, fabric, mirrored(half), gloss=gloss)
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


def _plates(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    rim = attributes["pattern"] == "rim"
    edge = darken(fabric.color, 0.5) if luminance(fabric.color) > 0.5 else lighten(fabric.color, 0.5)
    for i in range(4):
        y = -i * 22
        d = f"M-220 {y - 40}C-210 {y - 10} -110 {y} 0 {y}C110 {y} 210 {y - 10} 220 {y - 40}Z"
        _body(canvas, fabric, d, 10)
    y = -106
    face = canvas.radial(
        [
            (0, lighten(fabric.color, 0.2)),
            (0.58, fabric.color),
            (0.64, darken(fabric.color, 0.14)),
            (0.72, fabric.color),
            (1, darken(fabric.color, 0.08)),
        ],
        0.48,
        0.45,
        0.56,
    )
    canvas.add(
        f'<ellipse cx="0" cy="{y}" rx="221" ry="64" fill="{face}" '
        f'stroke="{edge if rim else darken(fabric.color, 0.25)}" '
        f'stroke-width="{6 if rim else 2}"/>'
    )
    canvas.add(
        f'<path d="M-150 {y - 20}Q-80 {y - 44} 20 {y - 44}" fill="none" stroke="#fff" '
        f'stroke-opacity=".55" stroke-width="9" {canvas.blur(5)}/>'
    )


def _mug(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    handle = "M120 -196C214 -214 216 -66 112 -60"
    canvas.line(handle, darken(fabric.color, 0.45), 29, 1)
    canvas.line(handle, fabric.color, 24, 1)
    canvas.line("M124 -198C206 -210 206 -78 120 -66", lighten(fabric.color, 0.5), 5, 0.5)
    _body(
        canvas,
        fabric,
        "M-132 -250L132 -250C136 -160 126 -60 108 -12Q104 0 84 0L-84 0Q-104 0 -108 -12"
        "C-126 -60 -136 -160 -132 -250Z",
        28,
        "M-96 -210Q-98 -120 -84 -50",
    )
    canvas.add(
        f'<ellipse cx="0" cy="-250" rx="132" ry="26" '
        f'fill="{darken(fabric.color, 0.1)}"/><ellipse cx="0" cy="-247" rx="122" ry="21" '
        f'fill="{darken(fabric.color, 0.5)}"/><ellipse cx="0" cy="-240" rx="112" ry="15" '
        f'fill="#3c2416"/>'
    )


def _bowl(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    _body(
        canvas,
        fabric,
        "M-222 -190C-214 -80 -130 -22 -70 -14L-66 0L66 0L70 -14C130 -22 214 -80 222 -190Z",
        32,
        "M-170 -140Q-140 -80 -90 -46",
    )
    inner = canvas.linear([(0, darken(fabric.color, 0.34)), (1, lighten(fabric.color, 0.08))], 0, 0, 0.4, 1)
    rim = fabric.accent if attributes["pattern"] == "rim" else darken(fabric.color, 0.2)
    canvas.add(
        f'<ellipse cx="0" cy="-190" rx="221" ry="52" fill="{inner}" stroke="{rim}" '
        f'stroke-width="{7 if attributes["pattern"] == "rim" else 3}"/>'
    )


def _carafe(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    half = "M0 -380L46 -386Q38 -350 32 -310C30 -270 96 -230 98 -110C98 -40 92 0 70 0L0 0"
    if fabric.material == "glass":
        water = "M-97 -150Q0 -134 97 -150C102 -60 94 -4 70 0L-70 0C-94 -4 -102 -60 -97 -150Z"
        canvas.add(
            f'<path d="{water}" fill="{mix(fabric.color, "#dfe9ec", 0.5)}" '
            f'fill-opacity=".7"/><ellipse cx="0" cy="-149" rx="97" ry="11" fill="#fff" '
            f'fill-opacity=".5"/>'
        )
    _body(canvas, fabric, mirrored(half), gloss="M-66 -180Q-78 -110 -66 -40")
    canvas.add(
        f'<ellipse cx="0" cy="-382" rx="46" ry="8" fill="{darken(fabric.color, 0.4)}" fill-opacity=".6"/>'
    )


def _teapot(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    handle = "M120 -210C250 -260 260 -60 122 -66"
    canvas.line(handle, darken(fabric.color, 0.45), 25, 1)
    canvas.line(handle, fabric.color, 20, 1)
    spout = "M-116 -110C-170 -120 -170 -210 -230 -232L-206 -246C-150 -240 -150 -190 -104 -170Z"
    canvas.piece(spout, fabric.color, depth=10, shade=0.4)
    _body(
        canvas,
        fabric,
        mirrored("M0 -252L66 -250C140 -226 166 -150 150 -90C136 -40 96 -4 76 0L0 0"),
        34,
        "M-104 -180Q-126 -130 -104 -70",
    )
    canvas.piece(
        "M-80 -250Q-76 -278 0 -282Q76 -278 80 -250Q0 -234 -80 -250Z", fabric.color, depth=11, shade=0.4
    )
    canvas.add(f'<circle cx="0" cy="-296" r="18" fill="{_ball(canvas, fabric)}"/>')


def _tumblers(canvas: Canvas, fabric: Fabric, attributes: Attributes) -> None:
    for x, y, scale in ((-64, -44, 0.86), (92, -50, 0.84), (-132, 0, 1.0), (40, 4, 1.02)):
        canvas.add(f'<g transform="translate({x} {y}) scale({scale})">')
        _body(
            canvas, fabric, "M-78 -190L78 -190L66 -8Q65 0 56 0L-56 0Q-65 0 -66 -8Z", 20, "M-54 -160L-46 -40"
        )
        canvas.add(
            f'<ellipse cx="0" cy="-190" rx="78" ry="13" fill="#fff" fill-opacity=".25" '
            f'stroke="{darken(fabric.color, 0.3)}" stroke-opacity=".7" stroke-width="2"/>'
            f'<ellipse cx="0" cy="-7" rx="60" ry="8" fill="{darken(fabric.color, 0.4)}" '
            f'fill-opacity=".4"/></g>'
        )


_SCALES = {"bud": 1.4, "bottle": 1.16, "moon": 1.2, "cylinder": 1.14, "amphora": 1.14, "carafe": 1.14,
"mug": 1.12, "bowl": 1.08,
           "tumblers": 1.12, "teapot": 1.06, "square": 1.08, "round": 1.08, "throw": 1.08}  # fmt: skip
_FOOTPRINT = {
    "table": 92.0, "floor": 110.0, "desk": 110.0, "square": 200.0, "lumbar": 236.0, "round": 120.0,
    "throw": 214.0,
    "bottle": 84.0, "bud": 52.0, "amphora": 66.0, "moon": 78.0, "cylinder": 76.0, "plates": 130.0,
    "mug": 96.0,
    "bowl": 80.0, "carafe": 80.0, "teapot": 92.0, "tumblers": 190.0,
}  # fmt: skip
_THINGS: dict[str, Callable[[Canvas, Fabric, Attributes], None]] = {
    "table": _table_lamp, "floor": _floor_lamp, "pendant": _pendant, "desk": _desk_lamp, "square": _cushion,
    "lumbar": _lumbar, "round": _round_cushion, "throw": _throw, "bottle": _vase, "bud": _vase,
    "amphora": _vase,
    "moon": _vase, "cylinder": _vase, "plates": _plates, "mug": _mug, "bowl": _bowl, "carafe": _carafe,
    "teapot": _teapot, "tumblers": _tumblers,
}  # fmt: skip
