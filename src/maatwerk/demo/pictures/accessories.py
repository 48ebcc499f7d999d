"""Accessories: scarves, belts, watches, sunglasses, hats."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin

from maatwerk.demo.pictures import scarves
from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.colors import darken, lighten, luminance
from maatwerk.demo.pictures.drape import creases
from maatwerk.demo.pictures.fabric import Fabric, finish
from maatwerk.demo.pictures.scene import contact, floor

_BRASS = "#c6a15a"
_STEEL = "#b9bcc0"


def accessory(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """An accessory of the product's cut, in the middle of the frame."""
    cut = attributes["cut"]
    if cut in {"hat", "beanie", "sunglasses", "belt"}:
        floor(canvas, {"hat": 400, "beanie": 470, "sunglasses": 350, "belt": 330}[cut])
    canvas.add(f'<g transform="translate(300 375)" {finish(canvas, fabric)}>')
    _ACCESSORIES[cut](canvas, fabric, attributes)
    canvas.add("</g>")


def _belt(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A belt rolled up and standing on its edge, its buckle in front."""
    canvas.add(
        f'<ellipse cx="14" cy="104" rx="212" ry="66" fill="#3b2c20" fill-opacity=".4" {canvas.blur(14)}/>'
    )
    wall = (
        "M-200 -30C-200 40 -110 74 0 74C110 74 200 40 200 -30L200 34C200 104 110 138 0 "
        "138C-110 138 -200 104 -200 34Z"
    )
    canvas.add(f'<ellipse cx="0" cy="-30" rx="200" ry="104" fill="{darken(fabric.color, 0.62)}"/>')
    for i, share in enumerate((0.34, 0.52, 0.68, 0.84)):  # the inner turns, each with its lit upper edge
        rx, ry = 200 * share, 104 * share
        turn = (
            f"M{n(-rx)} -30C{n(-rx)} {n(-30 - ry * 1.34)} {n(rx)} {n(-30 - ry * 1.34)} "
            f"{n(rx)} -30L{n(rx)} 22C{n(rx)} {n(22 - ry * 1.3)} {n(-rx)} {n(22 - ry * 1.3)} "
            f"{n(-rx)} 22Z"
        )
        canvas.piece(turn, darken(fabric.color, 0.3 - 0.06 * i), depth=10, shade=0.5)
        canvas.line(
            f"M{n(-rx)} -30C{n(-rx)} {n(-30 + ry * 1.34)} {n(rx)} {n(-30 + ry * 1.34)} "
            f"{n(rx)} -30C{n(rx)} {n(-30 - ry * 1.34)} {n(-rx)} {n(-30 - ry * 1.34)} "
            f"{n(-rx)} -30",
            lighten(fabric.color, 0.25),
            5,
            0.9,
        )
    canvas.piece(wall, fabric.color, depth=20, shade=0.5)
    canvas.line(
        "M-200 -30C-200 40 -110 74 0 74C110 74 200 40 200 -30C200 -168 -200 -168 -200 -30",
        lighten(fabric.color, 0.3),
        5,
        0.9,
    )
    canvas.line(
        "M-194 -8C-180 56 -100 85 0 85C100 85 180 56 194 -8", lighten(fabric.color, 0.55), 1.6, 0.7, "6 4"
    )
    canvas.line(
        "M-194 30C-180 96 -100 127 0 127C100 127 180 96 194 30", lighten(fabric.color, 0.55), 1.6, 0.7, "6 4"
    )
    metal = _BRASS if canvas.random.random() < 0.6 else _STEEL
    shine = canvas.linear([(0, lighten(metal, 0.6)), (0.5, metal), (1, darken(metal, 0.35))], 0, 0, 1, 1)
    canvas.add(
        f'<g transform="translate(-34 108) rotate(3)"><rect x="-50" y="-44" width="100" '
        f'height="92" rx="15" fill="none" stroke="#2a1f16" stroke-opacity=".45" '
        f'stroke-width="15"/><rect x="-52" y="-47" width="100" height="92" rx="15" '
        f'fill="none" stroke="{shine}" stroke-width="14"/><path d="M-52 0H52" '
        f'stroke="{shine}" stroke-width="11" stroke-linecap="round"/><path d="M-52 '
        f'-4H48" stroke="{lighten(metal, 0.6)}" stroke-width="3" '
        f'stroke-linecap="round"/></g>'
    )


def _watch(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A watch lying straight: strap, case, dial with markers and hands."""
    leather = attributes["material"] == "leather"
    metal = _BRASS if leather and canvas.random.random() < 0.5 else _STEEL
    strap = fabric.color if leather else metal
    for sign in (-1, 1):
        d = f"M-50 {sign * 70}L50 {sign * 70}L38 {sign * 270}Q0 {sign * 292} -38 {sign * 270}Z"
        links = "".join(f"M-60 {sign * y}L60 {sign * y}" for y in range(88, 280, 20))
        steel = f'<path d="{links}" stroke="{darken(metal, 0.5)}" stroke-width="2.4" stroke-opacity=".7"/>'
        canvas.piece(d, strap, depth=14, shade=0.4, inside="" if leather else steel)
        if leather:
            canvas.line(
                f"M-40 {sign * 84}L-30 {sign * 262}Q0 {sign * 278} 30 {sign * 262}L40 {sign * 84}",
                lighten(strap, 0.55),
                1.6,
                0.6,
                "5 4",
            )
    if leather:
        canvas.add(
            "".join(
                f'<ellipse cx="0" cy="{y}" rx="4" ry="5.4" fill="{darken(strap, 0.7)}"/>'
                for y in range(150, 250, 24)
            )
        )
    case = canvas.linear([(0, lighten(metal, 0.6)), (0.5, metal), (1, darken(metal, 0.4))], 0, 0, 1, 1)
    dial = canvas.random.choice(("#f6f2ea", "#22303f", "#e9e3d6", "#2d3b33")) if leather else fabric.color
    ink = "#2a2622" if luminance(dial) > 0.5 else "#f0e9dc"
    face = canvas.radial([(0, lighten(dial, 0.12)), (1, darken(dial, 0.16))], 0.4, 0.35, 0.75)
    canvas.add(
        f'<rect x="112" y="-13" width="20" height="26" rx="5" '
        f'fill="{darken(metal, 0.2)}"/><circle r="118" fill="{case}"/><circle r="102" '
        f'fill="{darken(metal, 0.45)}"/><circle r="98" fill="{face}"/>'
    )
    marks = "".join(
        f"M{n(84 * sin(a))} {n(-84 * cos(a))}L{n(72 * sin(a))} {n(-72 * cos(a))}"
        for a in (i * pi / 6 for i in range(12))
    )
    canvas.line(marks, ink, 4, 0.9)
    canvas.line("M0 12L-38 -36", ink, 6.5, 1)
    canvas.line("M0 14L46 -52", ink, 4.5, 1)
    canvas.line("M-10 -22L16 62", "#b6452f", 2, 1)
    canvas.add(
        f'<circle r="6" fill="{ink}"/><path d="M-74 -60A96 96 0 0 1 40 -86L-20 40Z" '
        f'fill="#fff" fill-opacity=".1"/>'
    )


def _sunglasses(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    shape = attributes["shape"]
    lens = {
        "round": "M26 -4C26 -64 74 -86 118 -84C168 -82 200 -46 198 0C196 54 158 86 112 86C62 86 26 52 26 -4Z",
        "square": "M28 -56Q30 -74 54 -76L176 -78Q202 -78 202 -54C202 0 192 50 174 66Q110 88 62 70"
        "C36 58 26 0 28 -56Z",
        "cat-eye": "M26 -30C34 -62 80 -76 128 -80C170 -84 206 -104 220 -100C222 -60 206 20 166 52"
        "C120 82 62 66 40 36C28 16 22 -8 26 -30Z",
    }[shape]
    tint = canvas.random.choice(("#4b4038", "#39423d", "#5f4632", "#3a3f4a"))
    glass = canvas.linear([(0, darken(tint, 0.3)), (1, lighten(tint, 0.35))], 0, 0, 0.3, 1)
    canvas.add(
        f'<path d="M-190 96Q0 70 210 100L190 128Q0 104 -180 122Z" fill="#3b2c20" '
        f'fill-opacity=".3" {canvas.blur(12)}/>'
    )
    with canvas.twice():
        canvas.line("M198 -50Q222 -54 226 -74", darken(fabric.color, 0.45), 13, 1)
        canvas.add(f'<path d="{lens}" fill="{glass}" fill-opacity=".88"/>')
        canvas.line(lens, darken(fabric.color, 0.35), 17, 1)
        canvas.line(lens, fabric.color, 13, 1)
        canvas.line(lens, lighten(fabric.color, 0.6), 2, 0.5)
    canvas.line("M-30 -30Q0 -54 30 -30", darken(fabric.color, 0.35), 15, 1)
    canvas.line("M-30 -31Q0 -55 30 -31", fabric.color, 11, 1)
    for x in (-112, 112):
        canvas.add(
            f'<path d="M{x - 58} -30L{x - 8} -62L{x + 14} -60L{x - 60} -2Z" fill="#fff" fill-opacity=".22"/>'
        )


def _hat(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    canvas.add(
        f'<ellipse cx="14" cy="122" rx="244" ry="40" fill="#3b2c20" fill-opacity=".4" {canvas.blur(12)}/>'
    )
    weave = fabric.pattern
    brim = (
        "M-250 84C-250 40 -130 16 0 16C130 16 250 40 250 84C250 116 130 132 0 132C-130 132 -250 116 -250 84Z"
    )
    canvas.piece(brim, fabric.color, pattern=weave, depth=18, shade=0.4)
    if attributes["material"] == "straw":
        rings = "".join(
            f"M{-250 + i * 20} 84C{-250 + i * 20} {40 + i * 3} {-130 + i * 8} {16 + i * 5} 0 "
            f"{16 + i * 5}M{250 - i * 20} 84C{250 - i * 20} {116 - i * 2} {130 - i * 8} "
            f"{132 - i * 3} 0 {132 - i * 3}C{-130 + i * 8} {132 - i * 3} {-250 + i * 20} "
            f"{116 - i * 2} {-250 + i * 20} 84"
            for i in range(1, 6)
        )
        canvas.line(rings, darken(fabric.color, 0.4), 2, 0.4)
    canvas.add(
        f'<ellipse cx="6" cy="74" rx="150" ry="26" fill="{darken(fabric.color, 0.6)}" '
        f'fill-opacity=".5" {canvas.blur(9)}/>'
    )
    crown = (
        "M-132 74C-132 -20 -112 -104 -72 -116C-40 -126 -20 -104 0 -104C24 -104 44 -128 "
        "76 -116C114 -102 132 -20 132 74Q0 108 -132 74Z"
    )
    canvas.piece(
        crown,
        fabric.color,
        pattern=weave,
        depth=24,
        inside=creases(canvas, fabric, ["M0 -100Q-10 -50 -4 0", "M-70 -108Q-84 -60 -80 -10"], 16, 0.3),
    )
    if attributes["material"] == "straw":
        canvas.line(
            "".join(
                f"M{-131 + (i > 3) * (i - 3) * 5} {60 - i * 24}Q0 {92 - i * 24} "
                f"{131 - (i > 3) * (i - 3) * 5} {60 - i * 24}"
                for i in range(7)
            ),
            darken(fabric.color, 0.4),
            2,
            0.4,
        )
    ribbon = "#2c2a2b" if luminance(fabric.color) > 0.35 else "#cdb78f"
    canvas.piece(
        "M-132 74C-132 60 -131 44 -130 32Q0 64 130 32C131 44 132 60 132 74Q0 108 -132 74Z",
        ribbon,
        depth=8,
        shade=0.4,
    )


def _beanie(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    contact(canvas, 0, 178, 150, 13, 0.4)
    crown = "M-158 70C-166 -90 -96 -186 0 -186C96 -186 166 -90 158 70Q0 104 -158 70Z"
    rib = fabric.pattern
    ribs = "".join(
        f"M{x} 100C{n(x * 1.05)} -20 {n(x * 0.8)} -130 {n(x * 0.12)} -182" for x in range(-140, 141, 20)
    )
    dark = (
        f'<path d="{ribs}" fill="none" stroke="{fabric.dark}" stroke-opacity=".4" '
        f'stroke-width="7" {canvas.blur(2)}/>'
    )
    canvas.piece(crown, fabric.color, pattern=rib, depth=28, inside=dark, shade=0.42)
    cuff = "M-166 60Q0 96 166 60Q174 110 164 164Q0 200 -164 164Q-174 110 -166 60Z"
    canvas.shadow(cuff, fabric.dark, 0.6, 0, -8, 6)
    strokes = "".join(f"M{x} 64L{n(x * 1.0)} 190" for x in range(-160, 161, 13))
    grooves = (
        f'<path d="{strokes}" fill="none" stroke="{fabric.dark}" stroke-opacity=".5" '
        f'stroke-width="5" {canvas.blur(1.4)}/>'
    )
    canvas.piece(cuff, fabric.color, pattern=rib, depth=20, inside=grooves, shade=0.4)
    canvas.add(
        f'<rect x="66" y="112" width="40" height="26" rx="2" '
        f'fill="{darken(fabric.color, 0.5)}"/><path d="M74 125h24" stroke="#efe6d6" '
        f'stroke-width="3"/>'
    )


_ACCESSORIES: dict[str, Callable[[Canvas, Fabric, dict[str, str]], None]] = {
    "scarf": scarves.scarf,
    "foulard": scarves.foulard,
    "belt": _belt,
    "watch": _watch,
    "sunglasses": _sunglasses,
    "hat": _hat,
    "beanie": _beanie,
}
