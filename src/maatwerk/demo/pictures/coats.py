"""Coats and jackets: blazer, overcoat, trench, parka, quilted, bomber."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, mirrored, n
from maatwerk.demo.pictures.colors import darken, lighten, luminance
from maatwerk.demo.pictures.drape import creases
from maatwerk.demo.pictures.fabric import Fabric
from maatwerk.demo.pictures.torso import Build, buttons, chest, ribs, sleeves

_HEMS = {
    "blazer": 452.0,
    "overcoat": 610.0,
    "trench": 600.0,
    "parka": 500.0,
    "quilted": 446.0,
    "bomber": 420.0,
}
_LAPELS = {"blazer": 296.0, "overcoat": 306.0, "trench": 262.0}


def extent(attributes: dict[str, str]) -> tuple[float, float]:
    """The top and bottom of the drawing, for placing it in the frame."""
    hem = _HEMS[attributes["cut"]]
    return 64.0, max(hem, 470.0) + 24


def coat(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A coat or jacket of the product's cut, around x = 0."""
    cut = attributes["cut"]
    broad = 12 if attributes["gender"] == "men" else 0
    b = Build(
        neck=38,
        shoulder=102 + broad,
        arm=94 + broad,
        waist=(80 if cut == "blazer" else 88) + broad,
        arm_y=222,
    )
    hem = _HEMS[cut]
    _lining(canvas, fabric, b, cut)
    sleeves(canvas, b, fabric, "long", cuff=False)
    _sleeve_ends(canvas, fabric, b, cut)
    foot = b.waist + {"overcoat": 22, "trench": 34, "parka": 12, "bomber": -4}.get(cut, 10)
    opening = _LAPELS.get(cut, 150.0)
    half = (
        f"M0 {n(opening)}L{n(b.neck)} {n(b.top - 4)}L{n(b.shoulder)} {n(b.shoulder_y)}"
        f"C{n(b.shoulder - 4)} {n(b.shoulder_y + 40)} {n(b.arm - 8)} {n(b.arm_y - 22)} "
        f"{n(b.arm)} {n(b.arm_y)}"
        f"C{n(b.arm - 2)} {n(b.arm_y + 40)} {n(b.waist)} {n(b.waist_y - 40)} {n(b.waist)} {n(b.waist_y)}"
        f"C{n(b.waist + 2)} {n(b.waist_y + 50)} {n(foot)} {n(hem - 80)} {n(foot)} {n(hem)}"
    )
    inside = chest(canvas, b, fabric) + creases(canvas, fabric, _falls(canvas, b, foot, hem), 14, 0.3)
    body = mirrored(half, f"Q0 {n(hem + 16)} {n(-foot)} {n(hem)}")
    canvas.piece(body, fabric.color, pattern=fabric.pattern, depth=24, inside=inside)
    _front(canvas, fabric, b, cut, opening, hem)
    _DETAILS[cut](canvas, fabric, b, hem)


def _lining(canvas: Canvas, fabric: Fabric, b: Build, cut: str) -> None:
    """The back of the neck and the lining seen in the opening."""
    low = _LAPELS.get(cut, 150.0) + 6
    silk = darken(fabric.color, 0.5) if luminance(fabric.color) > 0.3 else lighten(fabric.color, 0.16)
    paint = canvas.linear([(0, silk), (1, darken(silk, 0.35))], 0, 0, 0, 1)
    canvas.add(
        f'<path d="M{n(-b.neck)} {n(b.top - 6)}Q0 {n(b.top + 8)} {n(b.neck)} '
        f'{n(b.top - 6)}L0 {n(low)}Z" fill="{paint}"/>'
    )
    canvas.add(f'<path d="M-14 {n(b.top + 8)}h28v12h-28z" fill="#f5efe4" fill-opacity=".9"/>')


def _falls(canvas: Canvas, b: Build, foot: float, hem: float) -> list[str]:
    return [
        f"M{n(side * b.waist * 0.62)} {n(b.waist_y + 10)}Q{n(side * foot * 0.7)} "
        f"{n((hem + b.waist_y) / 2)} {n(side * foot * 0.66)} {n(hem + 10)}"
        for side in (-1, 1)
    ] + [
        f"M{n(b.waist - 2)} {n(b.waist_y - 24)}Q{n(b.waist * 0.6)} {n(b.waist_y - 8)} "
        f"{n(b.waist * 0.4)} {n(b.waist_y - 26)}"
    ]


def _front(canvas: Canvas, fabric: Fabric, b: Build, cut: str, opening: float, hem: float) -> None:
    """The edge where the fronts meet, with the shadow the upper one casts."""
    edge = f"M0 {n(opening)}Q6 {n((opening + hem) / 2)} 4 {n(hem + 8)}"
    canvas.add(
        f'<path d="{edge}" fill="none" stroke="{fabric.dark}" stroke-opacity=".5" '
        f'stroke-width="9" transform="translate(5 0)" {canvas.blur(4)}/>'
    )
    canvas.line(edge, darken(fabric.color, 0.6), 1.6, 0.75)


def _sleeve_ends(canvas: Canvas, fabric: Fabric, b: Build, cut: str) -> None:
    x, y = b.shoulder, b.shoulder_y
    with canvas.twice():
        if cut in {"bomber", "quilted"}:
            d = (
                f"M{n(x + 57)} {n(y + 286)}Q{n(x + 40)} {n(y + 294)} {n(x + 20)} {n(y + 290)}"
                f"L{n(x + 25)} {n(y + 326)}Q{n(x + 44)} {n(y + 330)} {n(x + 59)} {n(y + 320)}Z"
            )
            canvas.piece(d, darken(fabric.color, 0.12), pattern=ribs(canvas, fabric), depth=8, shade=0.4)
        elif cut == "trench":
            d = (
                f"M{n(x + 54)} {n(y + 262)}L{n(x + 18)} {n(y + 268)}L{n(x + 19)} {n(y + 282)}"
                f"L{n(x + 57)} {n(y + 276)}Z"
            )
            canvas.piece(d, darken(fabric.color, 0.06), depth=5, shade=0.5)
        else:
            for i in range(3):
                canvas.add(
                    f'<circle cx="{n(x + 51 - i * 0.6)}" cy="{n(y + 306 - i * 12)}" r="3" '
                    f'fill="{darken(fabric.color, 0.55)}"/>'
                )


def _lapels(canvas: Canvas, fabric: Fabric, b: Build, low: float, wide: float) -> None:
    """Notched lapels over the opening, the collar above them."""
    x, y = b.neck, b.top
    lapel = (
        f"M1 {n(low)}C{n(x * 0.5)} {n(low - 70)} {n(x * 0.72)} {n(y + 70)} {n(x * 0.94)} "
        f"{n(y + 26)}L{n(x + wide * 0.55)} {n(y + 62)}"
        f"L{n(x + wide)} {n(y + 52)}C{n(x + wide * 0.9)} {n(y + 104)} {n(x * 0.9)} {n(low - 54)} 1 {n(low)}Z"
    )
    top = (
        f"M{n(x * 0.9)} {n(y + 30)}Q{n(x * 0.98)} {n(y)} {n(x * 0.7)} {n(y - 20)}"
        f"Q{n(x * 1.14)} {n(y - 24)} {n(x * 1.32)} {n(y - 2)}"
        f"L{n(x + wide * 0.78)} {n(y + 44)}L{n(x + wide * 0.52)} {n(y + 62)}Z"
    )
    band = (
        f"M{n(-x * 0.95)} {n(y + 2)}Q{n(-x * 0.8)} {n(y - 26)} 0 {n(y - 26)}"
        f"Q{n(x * 0.8)} {n(y - 26)} {n(x * 0.95)} {n(y + 2)}Q0 {n(y + 4)} {n(-x * 0.95)} "
        f"{n(y + 2)}Z"
    )
    canvas.piece(band, darken(fabric.color, 0.22), pattern=fabric.turned, depth=7)
    with canvas.twice():
        for d in (lapel, top):
            canvas.shadow(d, fabric.dark, 0.5, 2, 6, 4)
            canvas.piece(d, lighten(fabric.color, 0.05), pattern=fabric.turned, depth=8, shade=0.3)
            canvas.line(d, darken(fabric.color, 0.5), 0.9, 0.45)


def _flap(canvas: Canvas, fabric: Fabric, x: float, y: float, w: float, h: float, tilt: float = 0) -> None:
    d = (
        f"M{n(x - w / 2)} {n(y + tilt)}L{n(x + w / 2)} {n(y - tilt)}L{n(x + w / 2)} "
        f"{n(y + h - tilt)}Q{n(x)} {n(y + h + 4)} {n(x - w / 2)} {n(y + h + tilt)}Z"
    )
    canvas.shadow(d, fabric.dark, 0.45, 1, 5, 3)
    canvas.piece(d, lighten(fabric.color, 0.03), pattern=fabric.pattern, depth=6, shade=0.36)
    canvas.line(d, darken(fabric.color, 0.5), 0.9, 0.5)


def _blazer(canvas: Canvas, fabric: Fabric, b: Build, hem: float) -> None:
    _lapels(canvas, fabric, b, _LAPELS["blazer"], 46)
    for side in (-1, 1):
        _flap(canvas, fabric, side * b.waist * 0.6, 362, 58, 20, side * 3)
    canvas.line(f"M{n(b.arm * 0.36)} 232L{n(b.arm * 0.78)} 226", darken(fabric.color, 0.55), 2, 0.6)
    _dark_buttons(canvas, fabric, [(3, 308), (4, 350)], 7)


def _overcoat(canvas: Canvas, fabric: Fabric, b: Build, hem: float) -> None:
    _lapels(canvas, fabric, b, _LAPELS["overcoat"], 58)
    for side in (-1, 1):
        _flap(canvas, fabric, side * b.waist * 0.64, 402, 62, 22, side * 3)
    _dark_buttons(canvas, fabric, [(4, 322), (5, 378), (5, 434)], 8)


def _trench(canvas: Canvas, fabric: Fabric, b: Build, hem: float) -> None:
    _lapels(canvas, fabric, b, _LAPELS["trench"], 60)
    storm = (
        f"M{n(b.neck * 1.5)} {n(b.top + 16)}L{n(b.shoulder - 2)} {n(b.shoulder_y + 2)}"
        f"L{n(b.arm - 6)} {n(b.arm_y - 6)}Q{n(b.arm * 0.72)} {n(b.arm_y + 18)} "
        f"{n(b.neck * 1.1)} {n(b.arm_y - 10)}Z"
    )
    canvas.piece(storm, fabric.color, depth=9, shade=0.34)
    canvas.line(storm, darken(fabric.color, 0.5), 1, 0.5)
    _dark_buttons(canvas, fabric, [(x, y) for y in (274, 376, 424) for x in (-30, 36)], 7.5)
    w, y = b.waist + 3, b.waist_y
    band = (
        f"M{n(-w)} {n(y - 13)}Q0 {n(y + 2)} {n(w)} {n(y - 13)}L{n(w)} {n(y + 13)}Q0 "
        f"{n(y + 28)} {n(-w)} {n(y + 13)}Z"
    )
    canvas.shadow(band, fabric.dark, 0.5, 0, 7, 4)
    canvas.piece(band, darken(fabric.color, 0.08), depth=7, shade=0.4)
    tail = f"M30 {n(y + 8)}Q52 {n(y + 60)} 40 {n(y + 128)}L62 {n(y + 132)}Q70 {n(y + 60)} 50 {n(y + 4)}Z"
    canvas.piece(tail, darken(fabric.color, 0.06), depth=6, shade=0.4)
    canvas.add(
        f'<rect x="14" y="{n(y - 12)}" width="32" height="34" rx="5" fill="none" '
        f'stroke="{darken(fabric.color, 0.65)}" stroke-width="6"/>'
    )
    with canvas.twice():
        _flap(canvas, fabric, b.waist * 0.74, 436, 22, 66)


def _parka(canvas: Canvas, fabric: Fabric, b: Build, hem: float) -> None:
    hood = (
        f"M{n(-b.neck - 20)} {n(b.top + 16)}C{n(-b.neck - 34)} {n(b.top - 40)} -40 "
        f"{n(b.top - 52)} 0 {n(b.top - 50)}C40 {n(b.top - 52)} {n(b.neck + 34)} "
        f"{n(b.top - 40)} {n(b.neck + 20)} {n(b.top + 16)}Q0 {n(b.top + 60)} "
        f"{n(-b.neck - 20)} {n(b.top + 16)}Z"
    )
    hollow = (
        f"M{n(-b.neck + 4)} {n(b.top + 6)}C{n(-b.neck)} {n(b.top - 30)} {n(b.neck)} "
        f"{n(b.top - 30)} {n(b.neck - 4)} {n(b.top + 6)}Q0 {n(b.top + 44)} "
        f"{n(4 - b.neck)} {n(b.top + 6)}Z"
    )
    canvas.piece(hood, fabric.color, depth=15)
    canvas.piece(hollow, darken(fabric.color, 0.5), depth=10, shade=0.6)
    fly = f"M-15 {n(b.top + 36)}L15 {n(b.top + 36)}L16 {n(hem + 12)}L-14 {n(hem + 12)}Z"
    canvas.piece(fly, lighten(fabric.color, 0.03), depth=6, shade=0.34)
    buttons(canvas, fabric, b.top + 64, hem - 14, 6, size=5.5)
    seam = darken(fabric.color, 0.55)
    canvas.line(
        f"M{n(-b.waist)} {n(b.waist_y)}Q0 {n(b.waist_y + 10)} {n(b.waist)} {n(b.waist_y)}", seam, 1.4, 0.5
    )
    for side in (-1, 1):
        _flap(canvas, fabric, side * b.waist * 0.58, 374, 62, 26)
        canvas.line(
            f"M{n(side * b.waist * 0.58 - 31)} 398L{n(side * b.waist * 0.58 - 31)} 448"
            f"L{n(side * b.waist * 0.58 + 31)} 448L{n(side * b.waist * 0.58 + 31)} 398",
            seam,
            1.1,
            0.5,
        )
        _flap(canvas, fabric, side * b.arm * 0.56, 226, 50, 20)
        canvas.line(
            f"M{n(side * 26)} {n(b.top + 34)}q3 20 {n(side * 2)} 46", lighten(fabric.color, 0.7), 2.4, 0.9
        )


def _quilted(canvas: Canvas, fabric: Fabric, b: Build, hem: float) -> None:
    _stand_collar(canvas, fabric, b, darken(fabric.color, 0.3))
    _dark_buttons(canvas, fabric, [(4, y) for y in (178, 244, 310, 376)], 5)
    for side in (-1, 1):
        d = (
            f"M{n(side * b.waist * 0.34)} 356L{n(side * b.waist * 0.34)} 420"
            f"L{n(side * b.waist * 0.96)} 416L{n(side * b.waist * 0.96)} 352Z"
        )
        canvas.piece(d, fabric.color, pattern=fabric.pattern, depth=6, shade=0.4)
        canvas.line(
            f"M{n(side * b.waist * 0.34)} 357L{n(side * b.waist * 0.96)} 353", darken(fabric.color, 0.3), 7, 1
        )
    x = b.waist + 9
    canvas.line(
        f"M{n(-x)} {n(hem - 2)}Q0 {n(hem + 14)} {n(x)} {n(hem - 2)}", darken(fabric.color, 0.32), 6, 1
    )


def _bomber(canvas: Canvas, fabric: Fabric, b: Build, hem: float) -> None:
    x = b.waist - 3
    rib = ribs(canvas, fabric)
    band = (
        f"M{n(-x)} {n(hem - 30)}Q0 {n(hem - 12)} {n(x)} {n(hem - 30)}L{n(x - 8)} "
        f"{n(hem + 8)}Q0 {n(hem + 26)} {n(8 - x)} {n(hem + 8)}Z"
    )
    canvas.piece(band, darken(fabric.color, 0.12), pattern=rib, depth=9, shade=0.4)
    _stand_collar(canvas, fabric, b, darken(fabric.color, 0.12), rib)
    metal = canvas.linear([(0, "#d9d6cf"), (0.5, "#8e8b86"), (1, "#d9d6cf")])
    canvas.add(
        f'<path d="M-3.5 {n(b.top + 38)}L3.5 {n(b.top + 38)}L7 {n(hem + 14)}L0 '
        f'{n(hem + 14)}Z" fill="{metal}"/>'
    )
    canvas.line(f"M2 {n(b.top + 40)}L4 {n(hem + 12)}", "#55524d", 1, 0.9, "2 2")
    with canvas.twice():
        canvas.line(f"M{n(b.waist * 0.36)} 372L{n(b.waist * 0.72)} 312", darken(fabric.color, 0.55), 3, 0.7)


def _stand_collar(canvas: Canvas, fabric: Fabric, b: Build, color: str, pattern: str = "") -> None:
    x, y = b.neck, b.top
    d = (
        f"M{n(-x * 1.05)} {n(y + 2)}Q{n(-x)} {n(y - 24)} {n(-x * 0.8)} {n(y - 24)}Q0 "
        f"{n(y - 12)} {n(x * 0.8)} {n(y - 24)}Q{n(x)} {n(y - 24)} {n(x * 1.05)} "
        f"{n(y + 2)}Q{n(x * 0.6)} {n(y + 34)} 2 {n(y + 46)}Q{n(-x * 0.6)} {n(y + 34)} "
        f"{n(-x * 1.05)} {n(y + 2)}Z"
    )
    hole = (
        f"M{n(-x * 0.8)} {n(y - 24)}Q0 {n(y - 34)} {n(x * 0.8)} {n(y - 24)}Q{n(x * 0.6)} "
        f"{n(y + 14)} 2 {n(y + 24)}Q{n(-x * 0.6)} {n(y + 14)} {n(-x * 0.8)} {n(y - 24)}Z"
    )
    canvas.piece(d, color, pattern=pattern, depth=8)
    canvas.add(f'<path d="{hole}" fill="{darken(fabric.color, 0.62)}"/>')


def _dark_buttons(canvas: Canvas, fabric: Fabric, places: list[tuple[float, float]], size: float) -> None:
    horn = darken(fabric.color, 0.6) if luminance(fabric.color) > 0.3 else "#57473a"
    paint = canvas.radial([(0, lighten(horn, 0.4)), (1, darken(horn, 0.3))], 0.38, 0.32, 0.75)
    button = canvas.define(
        f'<g id="{{id}}"><circle cx="1" cy="3" r="{n(size)}" fill-opacity=".28"/>'
        f'<circle r="{n(size)}" fill="{paint}"/></g>'
    )
    canvas.add("".join(f'<use href="#{button}" x="{n(x)}" y="{n(y)}"/>' for x, y in places))


_DETAILS = {
    "blazer": _blazer, "overcoat": _overcoat, "trench": _trench, "parka": _parka, "quilted": _quilted,
    "bomber": _bomber,
}  # fmt: skip
