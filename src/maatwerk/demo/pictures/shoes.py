"""Shoes, seen from the side, a pair: the far one half hidden behind the near one. Toe to the left."""

from __future__ import annotations

from collections.abc import Callable

from maatwerk.demo.pictures import heels
from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.colors import darken, lighten, luminance
from maatwerk.demo.pictures.drape import creases
from maatwerk.demo.pictures.fabric import Fabric, finish
from maatwerk.demo.pictures.leather import gleam, lift, lining
from maatwerk.demo.pictures.scene import contact, floor

_GROUND = 0.0  # shoes stand at y = 0; the toe is at about x = -200, the heel at 190


def shoes(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A pair of the product's cut, on a table."""
    cut = attributes["cut"]
    floor(canvas, 440)
    contact(canvas, 330, 474, 215, 11, 0.3)
    contact(canvas, 282, 526, 228, 12, 0.42)
    pair = canvas.define(f'<g id="{{id}}">{_one(canvas, fabric, cut, attributes.get("heel", "flat"))}</g>')
    light = finish(canvas, fabric, 0.12)
    canvas.add(f'<g {light}><use href="#{pair}" transform="translate(340 472) scale(1.06)"/></g>')
    canvas.add(f'<g {light}><use href="#{pair}" transform="translate(288 522) scale(1.15)"/></g>')


def _one(canvas: Canvas, fabric: Fabric, cut: str, heel: str) -> str:
    with canvas.aside() as parts:
        _SHOES[cut](canvas, fabric, heel)
    return "".join(parts)


def _sneaker(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    rubber = "#f3efe8" if luminance(fabric.color) < 0.82 else "#e2d8c8"
    canvas.piece(
        "M-208 -30C-214 -8 -200 0 -180 0L176 0Q198 0 198 -16L196 -38C120 -30 -120 -30 -208 -30Z",
        rubber,
        depth=8,
        shade=0.3,
    )
    canvas.line("M-206 -16C-120 -10 100 -10 197 -18", "#b9ad9c", 1.6, 0.7)
    tongue = "M-48 -104C-40 -140 0 -172 44 -182L70 -160L10 -92Z"
    canvas.piece(tongue, lighten(fabric.color, 0.1), depth=8)
    canvas.piece("M46 -160C90 -130 140 -130 178 -166L184 -140L60 -120Z", lining(fabric), depth=8, shade=0.5)
    upper = (
        "M-206 -30C-212 -54 -178 -76 -130 -84C-84 -92 -58 -104 -30 -124C0 -146 24 -166 "
        "48 -170C56 -140 100 -122 140 -132C160 -138 172 -152 182 -172Q196 -160 196 -110"
        "Q198 -60 194 -34C60 -28 -120 -28 -206 -30Z"
    )
    canvas.piece(
        upper,
        fabric.color,
        depth=17,
        inside=creases(canvas, fabric, ["M-122 -84Q-96 -60 -92 -34", "M-98 -92Q-70 -66 -66 -36"], 6, 0.25)
        + gleam(canvas, fabric, "M-186 -52Q-150 -70 -120 -72", 10),
    )
    seam, stitch = darken(fabric.color, 0.5), lighten(fabric.color, 0.6)
    canvas.piece(
        "M-206 -30C-210 -50 -186 -68 -152 -76Q-132 -52 -136 -30Z",
        lighten(fabric.color, 0.07),
        depth=9,
        shade=0.3,
    )
    canvas.line("M-152 -76Q-132 -52 -136 -30", seam, 1.2, 0.6)
    side = "M-30 -124C0 -146 24 -166 48 -170L58 -148C20 -124 -6 -96 -20 -60L-56 -58Q-50 -92 -30 -124Z"
    canvas.piece(side, darken(fabric.color, 0.06), depth=6, shade=0.36)
    canvas.line("M-16 -60C0 -100 24 -124 60 -144", stitch, 1.2, 0.6, "3 2")
    canvas.piece(
        "M150 -138Q172 -148 182 -172Q196 -160 196 -112L196 -86Q168 -90 156 -104Z",
        darken(fabric.color, 0.14),
        depth=7,
        shade=0.4,
    )
    lace = "#f6f2ea" if luminance(fabric.color) < 0.8 else darken(fabric.color, 0.18)
    for i in range(5):
        x, y = -40 + i * 20, -110 - i * 13.5
        canvas.line(
            f"M{n(x - 12)} {n(y + 22)}Q{n(x - 12)} {n(y - 2)} {n(x + 12)} {n(y - 12)}",
            darken(lace, 0.45),
            8,
            0.35,
        )
        canvas.line(f"M{n(x - 12)} {n(y + 20)}Q{n(x - 12)} {n(y - 4)} {n(x + 12)} {n(y - 14)}", lace, 6, 1)


def _loafer(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    _welt(canvas, fabric)
    canvas.piece("M-40 -104C20 -84 90 -92 172 -120L180 -84L-30 -70Z", lining(fabric), depth=8, shade=0.5)
    upper = (
        "M-206 -26C-214 -56 -176 -82 -128 -94C-92 -102 -60 -112 -40 -112C-22 -92 30 -76 "
        "84 -84C124 -90 154 -106 174 -124Q194 -116 196 -76Q198 -44 194 -24C60 -18 -120 "
        "-18 -206 -26Z"
    )
    canvas.piece(
        upper,
        fabric.color,
        depth=16,
        inside=gleam(canvas, fabric, "M-186 -46Q-160 -66 -130 -72", 10)
        + gleam(canvas, fabric, "M120 -70Q160 -80 178 -100", 7),
    )
    canvas.line("M-196 -46C-178 -74 -130 -88 -86 -82Q-58 -76 -44 -60", darken(fabric.color, 0.5), 3, 0.7)
    canvas.line("M-196 -49C-178 -78 -130 -92 -84 -86", lighten(fabric.color, 0.45), 1.4, 0.5, "3 3")
    band = "M-78 -106Q-50 -116 -36 -112Q-8 -86 -2 -24L-40 -22Q-44 -76 -78 -106Z"
    canvas.piece(band, darken(fabric.color, 0.08), depth=8, shade=0.4)
    canvas.add(f'<path d="M-50 -92l22 -6l8 20l-24 6z" fill="{darken(fabric.color, 0.6)}"/>')
    canvas.line(
        "M-40 -112C-22 -90 30 -74 84 -82C124 -88 154 -104 174 -122", darken(fabric.color, 0.4), 3, 0.7
    )


def _welt(canvas: Canvas, fabric: Fabric, rubber: str = "") -> None:
    """A leather sole with a low heel."""
    sole = rubber or "#3d2c21"
    canvas.add(f'<path d="M110 -18L194 -18L192 2L112 2Z" fill="{darken(sole, 0.2)}"/>')
    canvas.piece(
        "M-208 -24C-214 -8 -196 -4 -170 -4L20 -4C60 -4 80 -10 108 -12L194 -14Q200 -20 196 -30Z",
        sole,
        depth=5,
        shade=0.4,
    )
    canvas.line("M-204 -22C-120 -16 60 -18 194 -26", lighten(sole, 0.6), 1.3, 0.7, "3 3")


def _derby(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    _welt(canvas, fabric)
    canvas.piece("M30 -128C80 -108 130 -116 176 -140L182 -106L40 -96Z", lining(fabric), depth=8, shade=0.5)
    upper = (
        "M-206 -26C-214 -54 -180 -74 -132 -84C-86 -94 -50 -110 -20 -130C0 -144 22 -152 "
        "34 -150C50 -122 100 -112 140 -122C158 -128 168 -136 178 -144Q196 -130 196 -84"
        "Q198 -46 194 -24C60 -18 -120 -18 -206 -26Z"
    )
    canvas.piece(
        upper,
        fabric.color,
        depth=16,
        inside=gleam(canvas, fabric, "M-186 -46Q-158 -64 -126 -68", 11)
        + creases(canvas, fabric, ["M-84 -92Q-70 -60 -76 -30"], 6, 0.25),
    )
    quarter = (
        "M-62 -56C-48 -96 -4 -132 34 -150C50 -122 100 -112 140 -122L178 -144Q196 -130 "
        "196 -84L194 -24L-40 -20Q-62 -34 -62 -56Z"
    )
    canvas.piece(quarter, lighten(fabric.color, 0.03), depth=10, shade=0.26)
    canvas.line("M-40 -20Q-62 -34 -62 -56C-48 -96 -4 -132 34 -150", darken(fabric.color, 0.5), 1.6, 0.7)
    canvas.line(
        "M-34 -22Q-56 -36 -55 -56C-42 -92 0 -126 34 -143", lighten(fabric.color, 0.5), 1.2, 0.5, "3 2.4"
    )
    canvas.line("M-140 -82Q-116 -54 -122 -24", darken(fabric.color, 0.45), 1.6, 0.55)
    for i in range(4):
        x, y = -34 + i * 17, -92 - i * 13
        canvas.line(
            f"M{n(x - 16)} {n(y - 2)}Q{n(x - 2)} {n(y - 16)} {n(x + 8)} {n(y + 6)}",
            darken(fabric.color, 0.65),
            4.4,
            0.95,
        )


def _ankle(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    """An ankle boot with a zip at the side."""
    h = lift(heel) * 0.72
    _heel_low(canvas, fabric, h, heel)
    sole = (
        f"M-204 -6C-190 4 -120 2 -84 0C-30 -4 30 {n(-h * 0.7)} 110 {n(-h)}L192 "
        f"{n(-h - 8)}L192 {n(-h - 18)}L0 {n(-h * 0.5 - 14)}Z"
    )
    canvas.add(f'<path d="{sole}" fill="#2f241d"/>')
    upper = (
        f"M-206 -8C-212 -30 -176 -50 -132 -62C-86 -76 -40 {n(-h - 60)} -14 {n(-h - 112)}"
        f"C0 {n(-h - 150)} 10 {n(-h - 180)} 14 {n(-h - 216)}"
        f"Q94 {n(-h - 226)} 176 {n(-h - 216)}C178 {n(-h - 150)} 184 {n(-h - 110)} 194 "
        f"{n(-h - 60)}Q200 {n(-h - 30)} 192 {n(-h - 10)}"
        f"C150 {n(-h)} 130 {n(-h)} 104 {n(-h + 2)}C20 {n(-h * 0.6)} -30 -8 -88 -5C-140 -2 -190 0 -206 -8Z"
    )
    folds = [
        f"M-20 {n(-h - 96)}Q30 {n(-h - 80)} 70 {n(-h - 84)}",
        f"M-44 {n(-h - 66)}Q0 {n(-h - 46)} 60 {n(-h - 54)}",
    ]
    canvas.piece(
        upper,
        fabric.color,
        depth=20,
        inside=creases(canvas, fabric, folds, 8, 0.34)
        + gleam(canvas, fabric, "M-180 -30Q-140 -52 -110 -56", 11)
        + gleam(canvas, fabric, f"M36 {n(-h - 190)}Q30 {n(-h - 140)} 20 {n(-h - 110)}", 10),
    )
    canvas.add(
        f'<path d="M14 {n(-h - 216)}Q94 {n(-h - 206)} 176 {n(-h - 216)}Q94 {n(-h - 232)} '
        f'14 {n(-h - 216)}Z" fill="{darken(lining(fabric), 0.3)}"/>'
    )
    canvas.line(f"M96 {n(-h - 212)}Q92 {n(-h - 110)} 104 {n(-h - 24)}", darken(fabric.color, 0.6), 3, 0.75)
    canvas.line(f"M96 {n(-h - 212)}Q92 {n(-h - 110)} 104 {n(-h - 24)}", "#c9a86a", 1.2, 0.9, "2 2")
    canvas.add(f'<path d="M92 {n(-h - 206)}l9 0l-1 20l-7 0z" fill="#c9a45c"/>')


def _heel_low(canvas: Canvas, fabric: Fabric, h: float, heel: str) -> None:
    d = (
        f"M104 {n(-h - 2)}L192 {n(-h - 12)}Q196 -30 188 0"
        f"L{116 if heel == 'block' else 140} 0Q116 -20 104 {n(-h - 2)}Z"
    )
    canvas.piece(d, darken(fabric.color, 0.3), depth=7, shade=0.5)
    canvas.line(f"M{120 if heel == 'block' else 142} -2L187 -2", "#1d1714", 4, 0.9)


def _chelsea(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    _welt(canvas, fabric)
    upper = (
        "M-206 -26C-214 -54 -180 -74 -132 -86C-86 -98 -44 -124 -24 -158C-10 -186 -4 "
        "-210 -2 -238Q84 -250 172 -238C172 -170 184 -130 194 -84Q198 -46 194 -24C60 -18 "
        "-120 -18 -206 -26Z"
    )
    canvas.piece(
        upper,
        fabric.color,
        depth=19,
        inside=creases(canvas, fabric, ["M-44 -128Q0 -106 40 -112", "M-76 -102Q-40 -78 0 -84"], 8, 0.32)
        + gleam(canvas, fabric, "M-186 -46Q-154 -66 -122 -72", 11)
        + gleam(canvas, fabric, "M20 -220Q16 -180 2 -156", 10),
    )
    gore = "M44 -242L116 -242Q110 -170 98 -104Q82 -92 68 -104Q52 -170 44 -242Z"
    canvas.piece(gore, darken(fabric.color, 0.35), depth=7, shade=0.5)
    canvas.line(
        "M56 -240Q62 -170 74 -102M68 -240Q74 -170 80 -100M80 -240Q84 -170 84 -100M92 "
        "-240Q92 -170 90 -102M104 -240Q102 -170 96 -104",
        "#000",
        2.4,
        0.3,
    )
    canvas.add(f'<path d="M-2 -238Q84 -226 172 -238Q84 -254 -2 -238Z" fill="{darken(lining(fabric), 0.3)}"/>')
    canvas.line("M158 -238Q182 -262 172 -222", darken(fabric.color, 0.25), 7, 1)


def _desert(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    _welt(canvas, fabric, "#b98a55")
    upper = (
        "M-206 -26C-214 -56 -180 -78 -132 -88C-84 -98 -48 -122 -22 -152C-6 -172 4 -186 "
        "10 -204Q88 -218 168 -204C172 -150 186 -120 194 -84Q198 -46 194 -24C60 -18 -120 "
        "-18 -206 -26Z"
    )
    canvas.piece(
        upper, fabric.color, depth=18, inside=creases(canvas, fabric, ["M-90 -94Q-60 -66 -58 -34"], 8, 0.3)
    )
    canvas.add(
        f'<path d="M10 -204Q88 -192 168 -204Q88 -220 10 -204Z" fill="{darken(lining(fabric), 0.35)}"/>'
    )
    quarter = (
        "M-56 -62C-46 -110 -6 -160 18 -186L10 -204Q88 -218 168 -204C172 -150 186 -120 "
        "194 -84L194 -24L-34 -20Q-56 -36 -56 -62Z"
    )
    canvas.piece(quarter, lighten(fabric.color, 0.04), depth=11, shade=0.28)
    canvas.line("M-34 -20Q-56 -36 -56 -62C-46 -110 -6 -160 18 -186", darken(fabric.color, 0.5), 1.6, 0.7)
    canvas.line(
        "M-27 -22Q-49 -38 -48 -62C-40 -106 0 -152 22 -176", lighten(fabric.color, 0.55), 1.3, 0.6, "3 2.4"
    )
    for i in range(3):
        x, y = -20 + i * 16, -112 - i * 22
        canvas.line(
            f"M{n(x - 20)} {n(y + 2)}Q{n(x - 6)} {n(y - 12)} {n(x + 8)} {n(y + 8)}",
            darken(fabric.color, 0.4),
            5,
            1,
        )


_SHOES: dict[str, Callable[[Canvas, Fabric, str], None]] = {
    "heel": heels.pump,
    "slingback": heels.slingback,
    "ballet": heels.ballet,
    "sneaker": _sneaker,
    "loafer": _loafer,
    "derby": _derby,
    "boot": _ankle,
    "chelsea": _chelsea,
    "desert": _desert,
    "sandal": heels.sandal,
}
