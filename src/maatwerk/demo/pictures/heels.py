"""Women's light shoes: pumps, slingbacks, ballet flats, sandals. Toe to the left, standing at y = 0."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.colors import darken, lighten
from maatwerk.demo.pictures.fabric import Fabric
from maatwerk.demo.pictures.leather import gleam, lift, lining


def pump(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    h = lift(heel)
    top = h + 84
    _heel(canvas, fabric, heel)
    _shank(canvas, h)
    line = (
        f"M-78 -66C-58 -46 -6 {n(-h * 0.36 - 32)} 44 {n(-h * 0.74 - 36)}C92 {n(-h - 36)} "
        f"140 {n(-h - 54)} 176 {n(-top)}"
    )
    far = (
        f"M-78 -66C-50 -66 0 {n(-h * 0.4 - 54)} 48 {n(-h * 0.76 - 54)}C92 {n(-h - 50)} "
        f"140 {n(-h - 64)} 176 {n(-top)}"
    )
    canvas.piece(f"{far}L150 {n(-h - 40)}L-40 -44Z", lining(fabric), depth=7, shade=0.6)
    near = (
        f"{line}Q186 {n(-top - 3)} 191 {n(-top + 10)}Q199 {n(-h - 40)} 190 {n(-h - 18)}"
        f"C150 {n(-h - 4)} 130 {n(-h)} 106 {n(-h + 2)}"
        f"C20 {n(-h * 0.56)} -30 -8 -88 -5C-140 -2 -192 1 -207 -8C-212 -24 -172 -46 -132 -62Q-94 -78 -78 -66Z"
    )
    canvas.piece(
        near,
        fabric.color,
        depth=14,
        inside=gleam(canvas, fabric, "M-174 -30Q-134 -52 -100 -58", 11)
        + gleam(canvas, fabric, f"M60 {n(-h * 0.8 - 20)}Q120 {n(-h - 22)} 166 {n(-h - 50)}", 8),
    )
    canvas.line(line, darken(fabric.color, 0.4), 2.4, 0.7)


def slingback(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    h = lift(heel)
    _heel(canvas, fabric, heel)
    _shank(canvas, h)
    seat = (
        f"M-90 -6C-40 -8 0 {n(-h * 0.6 + 2)} 100 {n(-h - 5)}L190 {n(-h - 18)}L191 {n(-h - 44)}"
        f"Q130 {n(-h - 36)} 96 {n(-h - 26)}C40 {n(-h * 0.8 - 26)} 0 {n(-h * 0.44 - 30)} -56 -34Z"
    )
    canvas.piece(seat, fabric.color, depth=6, shade=0.4)
    canvas.line(
        f"M-40 -36C10 {n(-h * 0.5 - 32)} 50 {n(-h * 0.84 - 26)} 96 {n(-h - 27)}Q130 "
        f"{n(-h - 37)} 190 {n(-h - 45)}",
        lining(fabric),
        5,
        0.9,
    )
    strap = (
        f"M6 {n(-h * 0.44 - 54)}C70 {n(-h - 52)} 130 {n(-h - 74)} 182 {n(-h - 72)}Q197 "
        f"{n(-h - 62)} 189 {n(-h - 34)}"
    )
    canvas.line(strap, darken(fabric.color, 0.35), 9, 1)
    canvas.line(strap, fabric.color, 6.5, 1)
    vamp = (
        f"M-78 -66C-60 -44 -30 {n(-h * 0.2 - 46)} 8 {n(-h * 0.44 - 58)}L22 "
        f"{n(-h * 0.5 - 46)}L-2 {n(-h * 0.36 - 10)}"
        "C-30 -14 -60 -6 -88 -5C-140 -2 -192 1 -207 -8C-212 -24 -172 -46 -132 -62Q-94 -78 -78 -66Z"
    )
    canvas.piece(
        vamp, fabric.color, depth=13, inside=gleam(canvas, fabric, "M-174 -30Q-134 -52 -100 -58", 11)
    )
    canvas.add(
        f'<rect x="20" y="{n(-h * 0.6 - 58)}" width="15" height="15" rx="3" fill="none" '
        f'stroke="#c9a45c" stroke-width="3.4"/>'
    )


def ballet(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    canvas.add('<path d="M-204 -6C-190 4 -60 2 0 2L176 2Q194 0 194 -12L190 -16L-204 -12Z" fill="#33271f"/>')
    canvas.piece("M-104 -62C-40 -44 60 -50 172 -84L180 -56L-80 -30Z", lining(fabric), depth=8, shade=0.5)
    near = (
        "M-206 -10C-212 -34 -168 -62 -128 -68Q-96 -72 -88 -52C-70 -26 -10 -26 50 -36"
        "C110 -46 144 -66 172 -88Q190 -88 194 -64Q200 -30 192 -8C140 -2 60 -6 0 -4C-70 "
        "-2 -190 0 -206 -10Z"
    )
    canvas.piece(
        near, fabric.color, depth=14, inside=gleam(canvas, fabric, "M-178 -36Q-150 -56 -122 -58", 10)
    )
    canvas.line(
        "M-92 -62C-74 -22 -10 -22 50 -32C110 -42 146 -62 174 -86", darken(fabric.color, 0.35), 4.5, 0.9
    )
    for d in ("M-98 -62Q-128 -84 -130 -66Q-128 -52 -98 -58Z", "M-98 -62Q-74 -88 -68 -70Q-70 -54 -98 -58Z"):
        canvas.piece(d, darken(fabric.color, 0.1), depth=4, shade=0.5)
    canvas.add(f'<circle cx="-98" cy="-60" r="5" fill="{darken(fabric.color, 0.25)}"/>')


def sandal(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    h = lift(heel) if heel == "block" else 8.0
    if heel == "block":
        _heel(canvas, fabric, heel)
    bed = (
        f"M-206 -16C-200 -2 -120 0 -84 -2C-30 -4 20 {n(-h * 0.6)} 106 {n(-h)}L192 "
        f"{n(-h - 14)}L194 {n(-h - 30)}C120 {n(-h - 22)} 20 {n(-h * 0.6 - 22)} -84 -20"
        f"C-140 -18 -190 -26 -206 -16Z"
    )
    canvas.piece(bed, "#a98159", depth=7, shade=0.4)
    canvas.line(
        f"M-200 -10C-120 -8 -60 -8 -20 -14C40 {n(-h * 0.7 - 6)} 100 {n(-h - 8)} 190 {n(-h - 20)}",
        "#6e4f34",
        3,
        0.8,
    )
    for d in (
        "M-172 -18Q-150 -66 -112 -74Q-84 -70 -78 -16L-112 -16Q-116 -46 -124 -48Q-134 -44 -138 -17Z",
        f"M-40 -18Q-30 -74 16 {n(-h * 0.5 - 92)}L34 {n(-h * 0.5 - 76)}Q2 -64 -4 -22Z",
    ):
        canvas.piece(d, fabric.color, depth=8, inside=gleam(canvas, fabric, "M-130 -62Q-112 -68 -98 -60", 6))
    strap = (
        f"M20 {n(-h * 0.5 - 80)}C60 {n(-h - 108)} 130 {n(-h - 122)} 180 {n(-h - 100)}"
        f"Q200 {n(-h - 70)} 190 {n(-h - 24)}"
    )
    canvas.line(strap, darken(fabric.color, 0.3), 17, 1)
    canvas.line(strap, fabric.color, 14, 1)
    canvas.line(strap, lighten(fabric.color, 0.5), 3, 0.35)
    canvas.add(
        f'<rect x="74" y="{n(-h - 124)}" width="20" height="24" rx="4" fill="none" '
        f'stroke="#c9a45c" stroke-width="4"/>'
    )


def _heel(canvas: Canvas, fabric: Fabric, heel: str) -> None:
    low = lift(heel)
    if heel == "flat" or low < 14:
        return
    dark = darken(fabric.color, 0.12)
    if heel == "block":
        d = f"M112 {n(-low - 6)}L190 {n(-low - 20)}Q194 -40 184 0L124 0Q122 -30 112 {n(-low - 6)}Z"
    else:
        d = (
            f"M138 {n(-low - 8)}Q160 {n(-low - 10)} 192 {n(-low - 26)}Q190 {n(-low * 0.5)} "
            f"181 0L168 0Q168 {n(-low * 0.6)} 138 {n(-low - 8)}Z"
        )
    canvas.piece(
        d,
        dark,
        depth=9,
        shade=0.5,
        inside=gleam(canvas, fabric, f"M172 {n(-low)}Q176 {n(-low * 0.5)} 172 -8", 4),
    )
    canvas.add(
        f'<path d="M{124 if heel == "block" else 165} '
        f'-5h{61 if heel == "block" else 16}v5h-{60 if heel == "block" else 15}z" '
        f'fill="#241d19"/>'
    )


def _shank(canvas: Canvas, h: float) -> None:
    """The sole from the ball of the foot up to the heel."""
    d = (
        f"M-205 -8C-196 2 -120 3 -84 1C-36 -2 10 {n(-h * 0.52)} 112 {n(-h + 4)}L189 "
        f"{n(-h - 14)}L189 {n(-h - 24)}L100 {n(-h - 8)}C0 {n(-h * 0.6)} -40 -10 -90 -8Z"
    )
    canvas.add(f'<path d="{d}" fill="#33261e"/>')
