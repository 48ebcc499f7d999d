"""Bags, standing on a table, seen from the front."""

from __future__ import annotations

from collections.abc import Callable

from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.colors import darken, lighten
from maatwerk.demo.pictures.drape import creases
from maatwerk.demo.pictures.fabric import Fabric, finish
from maatwerk.demo.pictures.scene import contact, floor

_BRASS = "#c6a15a"


def bag(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A bag of the product's cut; its lower edge stands at y = 0, its middle at x = 0."""
    cut = attributes["cut"]
    wide, scale = _SIZES[cut]
    floor(canvas, 505)
    contact(canvas, 300, 574, wide * scale, 12, 0.42)
    canvas.add(f'<g transform="translate(300 572) scale({scale})" {finish(canvas, fabric, 0.1)}>')
    _BAGS[cut](canvas, fabric)
    canvas.add("</g>")


def _band(canvas: Canvas, fabric: Fabric, d: str, width: float = 13) -> None:
    """A leather strap along a path."""
    canvas.line(d, darken(fabric.color, 0.5), width + 2.4, 1)
    canvas.line(d, darken(fabric.color, 0.06), width, 1)
    canvas.line(d, lighten(fabric.color, 0.5), width * 0.24, 0.4)


def _stitch(canvas: Canvas, fabric: Fabric, d: str) -> None:
    canvas.line(d, lighten(fabric.color, 0.55), 1.4, 0.6, "5 3.4")


def _gloss(canvas: Canvas, fabric: Fabric, d: str, width: float = 30) -> str:
    strength = round(0.05 + 0.4 * fabric.shiny, 2)
    return (
        f'<path d="{d}" fill="none" stroke="#fff" stroke-opacity="{strength}" '
        f'stroke-width="{n(width)}" stroke-linecap="round" {canvas.blur(width * 0.5)}/>'
    )


def _tote(canvas: Canvas, fabric: Fabric) -> None:
    for lift, dark in ((26, 0.3), (0, 0.0)):
        d = f"M-82 {-300 - lift}C-84 {-430 - lift} 84 {-430 - lift} 82 {-300 - lift}"
        canvas.line(d, darken(fabric.color, 0.5), 15, 1)
        canvas.line(d, darken(fabric.color, dark + 0.05), 12, 1)
        canvas.line(d, lighten(fabric.color, 0.4), 3, 0.35)
        if lift:
            canvas.add(
                f'<path d="M-170 -300Q0 -330 170 -300L150 -276L-150 -276Z" '
                f'fill="{darken(fabric.color, 0.5)}"/>'
            )
    body = (
        "M-176 -300Q0 -284 176 -300C180 -200 166 -80 158 -14Q156 0 138 0L-138 0Q-156 0 "
        "-158 -14C-166 -80 -180 -200 -176 -300Z"
    )
    folds = ["M-120 -280Q-112 -160 -124 -40", "M126 -270Q112 -180 120 -60", "M-60 -20Q0 -34 70 -18"]
    canvas.piece(
        body,
        fabric.color,
        pattern=fabric.pattern,
        depth=24,
        inside=creases(canvas, fabric, folds, 16, 0.26)
        + _gloss(canvas, fabric, "M-96 -250Q-80 -140 -96 -40"),
    )
    _stitch(canvas, fabric, "M-168 -286Q0 -270 168 -286")
    for x in (-82, 82):
        canvas.piece(
            f"M{x - 13} -316L{x + 13} -316L{x + 12} -236L{x} -226L{x - 12} -236Z",
            darken(fabric.color, 0.06),
            depth=5,
            shade=0.4,
        )
        canvas.add(f'<circle cx="{x}" cy="-246" r="4" fill="{_BRASS}"/>')
    canvas.add(
        f'<path d="M-22 -186h44v15h-44z" fill="none" '
        f'stroke="{darken(fabric.color, 0.4)}" stroke-opacity=".5"/>'
    )


def _crossbody(canvas: Canvas, fabric: Fabric) -> None:
    _band(canvas, fabric, "M-150 -196C-190 -420 -60 -470 0 -470C60 -470 190 -420 150 -196", 9)
    body = (
        "M-166 -214Q0 -226 166 -214Q178 -120 168 -28Q164 0 132 0L-132 0Q-164 0 -168 -28Q-178 -120 -166 -214Z"
    )
    canvas.piece(body, darken(fabric.color, 0.08), pattern=fabric.pattern, depth=20)
    flap = (
        "M-168 -214Q0 -236 168 -214C172 -160 166 -108 130 -92Q70 -66 0 -62Q-70 -66 -130 "
        "-92C-166 -108 -172 -160 -168 -214Z"
    )
    canvas.shadow(flap, darken(fabric.color, 0.6), 0.45, 2, 9, 7)
    canvas.piece(
        flap,
        fabric.color,
        pattern=fabric.pattern,
        depth=18,
        inside=_gloss(canvas, fabric, "M-130 -190Q-60 -206 30 -200", 24),
    )
    _stitch(
        canvas,
        fabric,
        "M-158 -206C-162 -160 -156 -114 -126 -100Q-70 -76 0 -72Q70 -76 126 -100C156 -114 162 -160 158 -206",
    )
    _clasp(canvas, 0, -76)
    for x in (-152, 152):
        canvas.add(f'<circle cx="{x}" cy="-204" r="10" fill="none" stroke="{_BRASS}" stroke-width="5"/>')


def _clasp(canvas: Canvas, x: float, y: float) -> None:
    paint = canvas.linear([(0, "#f1dca6"), (0.5, _BRASS), (1, "#8d6c33")], 0, 0, 1, 1)
    canvas.add(
        f'<rect x="{n(x - 17)}" y="{n(y - 11)}" width="34" height="24" rx="6" '
        f'fill="#000" fill-opacity=".25"/>'
    )
    canvas.add(
        f'<rect x="{n(x - 17)}" y="{n(y - 14)}" width="34" height="24" rx="6" '
        f'fill="{paint}"/><path d="M{n(x - 8)} {n(y - 2)}h16" stroke="#6f5527" '
        f'stroke-width="3"/>'
    )


def _shoulder(canvas: Canvas, fabric: Fabric) -> None:
    _band(canvas, fabric, "M-150 -176C-140 -330 -70 -388 0 -388C70 -388 140 -330 150 -176", 16)
    body = (
        "M-184 -186Q-90 -148 0 -148Q90 -148 184 -186C204 -110 168 -34 110 -10Q60 2 0 2"
        "Q-60 2 -110 -10C-168 -34 -204 -110 -184 -186Z"
    )
    hole = "M-184 -186Q-90 -176 0 -176Q90 -176 184 -186Q90 -146 0 -146Q-90 -146 -184 -186Z"
    canvas.add(f'<path d="{hole}" fill="{darken(fabric.color, 0.6)}"/>')
    folds = ["M-110 -156Q-84 -100 -100 -40", "M120 -156Q92 -104 104 -50", "M-20 -140Q-10 -90 -26 -40"]
    canvas.piece(
        body,
        fabric.color,
        pattern=fabric.pattern,
        depth=24,
        inside=creases(canvas, fabric, folds, 15, 0.3)
        + _gloss(canvas, fabric, "M-130 -130Q-110 -80 -60 -40"),
    )
    _stitch(canvas, fabric, "M-178 -178Q-90 -138 0 -138Q90 -138 178 -178")
    for x in (-150, 150):
        canvas.add(
            f'<rect x="{x - 13}" y="-196" width="26" height="20" rx="5" fill="none" '
            f'stroke="{_BRASS}" stroke-width="5"/>'
        )


def _clutch(canvas: Canvas, fabric: Fabric) -> None:
    body = (
        "M-186 -196L186 -196Q194 -196 194 -186L188 -12Q187 0 174 0L-174 0Q-187 0 -188 "
        "-12L-194 -186Q-194 -196 -186 -196Z"
    )
    canvas.piece(body, darken(fabric.color, 0.06), pattern=fabric.pattern, depth=20)
    flap = "M-190 -196L190 -196Q184 -170 20 -82Q0 -72 -20 -82Q-184 -170 -190 -196Z"
    canvas.shadow(flap, darken(fabric.color, 0.6), 0.5, 2, 10, 7)
    canvas.piece(
        flap,
        fabric.color,
        pattern=fabric.turned,
        depth=14,
        inside=_gloss(canvas, fabric, "M-150 -180L10 -110", 26),
    )
    canvas.add(
        f'<circle cx="0" cy="-84" r="11" '
        f'fill="{canvas.radial([(0, "#fff3d0"), (1, "#9c7a3c")], 0.35, 0.3, 0.8)}"/>'
    )


def _backpack(canvas: Canvas, fabric: Fabric) -> None:
    _band(canvas, fabric, "M-34 -362C-34 -412 34 -412 34 -362", 12)
    for side in (-1, 1):
        _band(canvas, fabric, f"M{side * 84} -330C{side * 176} -300 {side * 178} -140 {side * 138} -30", 20)
    body = (
        "M-140 -250C-140 -340 -90 -370 0 -370C90 -370 140 -340 140 -250L148 -40Q150 0 "
        "112 0L-112 0Q-150 0 -148 -40Z"
    )
    canvas.piece(
        body,
        fabric.color,
        pattern=fabric.pattern,
        depth=24,
        inside=_gloss(canvas, fabric, "M-90 -310Q-100 -240 -98 -180"),
    )
    flap = (
        "M-142 -262C-142 -344 -90 -374 0 -374C90 -374 142 -344 142 -262Q144 -204 128 "
        "-194Q70 -180 0 -180Q-70 -180 -128 -194Q-144 -204 -142 -262Z"
    )
    canvas.shadow(flap, darken(fabric.color, 0.6), 0.45, 2, 10, 8)
    canvas.piece(
        flap,
        lighten(fabric.color, 0.03),
        pattern=fabric.pattern,
        depth=20,
        inside=_gloss(canvas, fabric, "M-100 -310Q-50 -350 20 -350", 22),
    )
    pocket = "M-100 -132Q0 -140 100 -132L104 -34Q104 -18 88 -18L-88 -18Q-104 -18 -104 -34Z"
    canvas.piece(pocket, darken(fabric.color, 0.04), pattern=fabric.pattern, depth=11, shade=0.4)
    canvas.line("M-98 -122Q0 -130 98 -122", darken(fabric.color, 0.6), 3.4, 0.8)
    tan = "#a5713f" if fabric.material != "leather" else darken(fabric.color, 0.16)
    for x in (-62, 62):
        canvas.piece(
            f"M{x - 10} -236L{x + 10} -236L{x + 10} -150L{x} -140L{x - 10} -150Z", tan, depth=5, shade=0.4
        )
        canvas.add(
            f'<rect x="{x - 14}" y="-182" width="28" height="20" rx="4" fill="none" '
            f'stroke="{_BRASS}" stroke-width="4"/>'
        )


def _basket(canvas: Canvas, fabric: Fabric) -> None:
    for lift in (22, 0):
        d = f"M-104 {-216 - lift}C-100 {-360 - lift} 100 {-360 - lift} 104 {-216 - lift}"
        canvas.line(d, "#5d3a22", 13, 1)
        canvas.line(d, "#8a5a35" if not lift else "#74492a", 10, 1)
        if lift:
            canvas.add(f'<ellipse cx="0" cy="-222" rx="182" ry="20" fill="{darken(fabric.color, 0.55)}"/>')
    body = (
        "M-184 -222Q0 -194 184 -222C184 -130 164 -60 132 -10Q126 0 110 0L-110 0Q-126 0 "
        "-132 -10C-164 -60 -184 -130 -184 -222Z"
    )
    canvas.piece(body, fabric.color, pattern=fabric.pattern, depth=28, shade=0.45)
    rim = "M-186 -226Q0 -198 186 -226L184 -206Q0 -178 -184 -206Z"
    canvas.piece(rim, darken(fabric.color, 0.14), pattern=fabric.turned, depth=6, shade=0.4)
    for x in (-104, 104):
        canvas.piece(
            f"M{x - 13} -238L{x + 13} -238L{x + 13} -158L{x} -148L{x - 13} -158Z",
            "#8a5a35",
            depth=5,
            shade=0.4,
        )


def _briefcase(canvas: Canvas, fabric: Fabric) -> None:
    _band(canvas, fabric, "M-52 -262C-52 -310 52 -310 52 -262", 15)
    body = (
        "M-196 -252Q-198 -264 -180 -264L180 -264Q198 -264 196 -252L200 -18Q200 0 180 0"
        "L-180 0Q-200 0 -200 -18Z"
    )
    canvas.piece(body, darken(fabric.color, 0.06), depth=20)
    flap = "M-198 -266L198 -266L200 -140Q200 -116 176 -116L-176 -116Q-200 -116 -200 -140Z"
    canvas.shadow(flap, darken(fabric.color, 0.6), 0.5, 2, 9, 7)
    canvas.piece(
        flap, fabric.color, depth=18, inside=_gloss(canvas, fabric, "M-160 -240Q-60 -250 60 -244", 28)
    )
    _stitch(canvas, fabric, "M-188 -258L-190 -140Q-190 -126 -176 -126L176 -126Q190 -126 190 -140L188 -258")
    for x in (-104, 104):
        canvas.piece(
            f"M{x - 15} -262L{x + 15} -262L{x + 15} -92L{x} -80L{x - 15} -92Z",
            darken(fabric.color, 0.1),
            depth=6,
            shade=0.4,
        )
        canvas.add(
            f'<rect x="{x - 19}" y="-124" width="38" height="24" rx="5" fill="none" '
            f'stroke="{_BRASS}" stroke-width="5"/>'
        )


def _weekender(canvas: Canvas, fabric: Fabric) -> None:
    tan = "#9a6a3c" if fabric.material == "canvas" else darken(fabric.color, 0.2)
    for lift in (24, 0):
        d = f"M-96 {-190 - lift}C-92 {-330 - lift} 92 {-330 - lift} 96 {-190 - lift}"
        canvas.line(d, darken(tan, 0.5), 15, 1)
        canvas.line(d, tan if not lift else darken(tan, 0.25), 12, 1)
    body = (
        "M-206 -190Q-196 -232 -130 -236L130 -236Q196 -232 206 -190L214 -30Q214 0 184 0"
        "L-184 0Q-214 0 -214 -30Z"
    )
    folds = ["M-150 -200Q-130 -120 -156 -40", "M150 -206Q136 -120 156 -50", "M-30 -220Q-20 -150 -40 -90"]
    canvas.piece(
        body,
        fabric.color,
        pattern=fabric.pattern,
        depth=26,
        inside=creases(canvas, fabric, folds, 16, 0.3)
        + _gloss(canvas, fabric, "M-120 -210Q0 -222 110 -212", 22),
    )
    for d in (
        "M-214 -40Q-214 0 -184 0L-120 0Q-150 -60 -212 -86Z",
        "M214 -40Q214 0 184 0L120 0Q150 -60 212 -86Z",
    ):
        canvas.piece(d, tan, depth=9, shade=0.4)
    for x in (-96, 96):
        canvas.piece(f"M{x - 11} -206L{x + 11} -206L{x + 11} 0L{x - 11} 0Z", tan, depth=5, shade=0.4)
        canvas.add(f'<circle cx="{x}" cy="-190" r="5" fill="{_BRASS}"/>')
    canvas.line("M-190 -214Q0 -246 190 -214", "#8d6c33", 3, 0.8, "3 2")


_SIZES = {
    "tote": (160.0, 1.06), "crossbody": (160.0, 1.02), "shoulder": (140.0, 1.2), "clutch": (180.0, 1.14),
    "backpack": (140.0, 1.12), "basket": (120.0, 1.18), "briefcase": (190.0, 1.08), "weekender": (205.0,
    1.04),
}  # fmt: skip
_BAGS: dict[str, Callable[[Canvas, Fabric], None]] = {
    "tote": _tote, "crossbody": _crossbody, "shoulder": _shoulder, "clutch": _clutch, "backpack": _backpack,
    "basket": _basket, "briefcase": _briefcase, "weekender": _weekender,
}  # fmt: skip
