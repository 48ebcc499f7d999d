"""Tableware: plates, mugs, bowls, carafes, teapots, tumblers. Each stands at y = 0."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, mirrored
from maatwerk.demo.pictures.colors import darken, lighten, luminance, mix
from maatwerk.demo.pictures.fabric import Fabric
from maatwerk.demo.pictures.solids import ball, solid


def plates(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    rim = attributes["pattern"] == "rim"
    edge = darken(fabric.color, 0.5) if luminance(fabric.color) > 0.5 else lighten(fabric.color, 0.5)
    for i in range(4):
        y = -i * 22
        d = f"M-220 {y - 40}C-210 {y - 10} -110 {y} 0 {y}C110 {y} 210 {y - 10} 220 {y - 40}Z"
        solid(canvas, fabric, d, 10)
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


def mug(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    handle = "M120 -196C214 -214 216 -66 112 -60"
    canvas.line(handle, darken(fabric.color, 0.45), 29, 1)
    canvas.line(handle, fabric.color, 24, 1)
    canvas.line("M124 -198C206 -210 206 -78 120 -66", lighten(fabric.color, 0.5), 5, 0.5)
    solid(
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


def bowl(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    solid(
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


def carafe(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    half = "M0 -380L46 -386Q38 -350 32 -310C30 -270 96 -230 98 -110C98 -40 92 0 70 0L0 0"
    if fabric.material == "glass":
        water = "M-97 -150Q0 -134 97 -150C102 -60 94 -4 70 0L-70 0C-94 -4 -102 -60 -97 -150Z"
        canvas.add(
            f'<path d="{water}" fill="{mix(fabric.color, "#dfe9ec", 0.5)}" '
            f'fill-opacity=".7"/><ellipse cx="0" cy="-149" rx="97" ry="11" fill="#fff" '
            f'fill-opacity=".5"/>'
        )
    solid(canvas, fabric, mirrored(half), gloss="M-66 -180Q-78 -110 -66 -40")
    canvas.add(
        f'<ellipse cx="0" cy="-382" rx="46" ry="8" fill="{darken(fabric.color, 0.4)}" fill-opacity=".6"/>'
    )


def teapot(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    handle = "M120 -210C250 -260 260 -60 122 -66"
    canvas.line(handle, darken(fabric.color, 0.45), 25, 1)
    canvas.line(handle, fabric.color, 20, 1)
    spout = "M-116 -110C-170 -120 -170 -210 -230 -232L-206 -246C-150 -240 -150 -190 -104 -170Z"
    canvas.piece(spout, fabric.color, depth=10, shade=0.4)
    solid(
        canvas,
        fabric,
        mirrored("M0 -252L66 -250C140 -226 166 -150 150 -90C136 -40 96 -4 76 0L0 0"),
        34,
        "M-104 -180Q-126 -130 -104 -70",
    )
    canvas.piece(
        "M-80 -250Q-76 -278 0 -282Q76 -278 80 -250Q0 -234 -80 -250Z", fabric.color, depth=11, shade=0.4
    )
    canvas.add(f'<circle cx="0" cy="-296" r="18" fill="{ball(canvas, fabric)}"/>')


def tumblers(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    for x, y, scale in ((-64, -44, 0.86), (92, -50, 0.84), (-132, 0, 1.0), (40, 4, 1.02)):
        canvas.add(f'<g transform="translate({x} {y}) scale({scale})">')
        solid(
            canvas, fabric, "M-78 -190L78 -190L66 -8Q65 0 56 0L-56 0Q-65 0 -66 -8Z", 20, "M-54 -160L-46 -40"
        )
        canvas.add(
            f'<ellipse cx="0" cy="-190" rx="78" ry="13" fill="#fff" fill-opacity=".25" '
            f'stroke="{darken(fabric.color, 0.3)}" stroke-opacity=".7" stroke-width="2"/>'
            f'<ellipse cx="0" cy="-7" rx="60" ry="8" fill="{darken(fabric.color, 0.4)}" '
            f'fill-opacity=".4"/></g>'
        )
