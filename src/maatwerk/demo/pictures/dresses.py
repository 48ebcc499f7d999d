"""Dresses, in six cuts and three lengths."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, mirrored, n
from maatwerk.demo.pictures.colors import darken
from maatwerk.demo.pictures.drape import Hem, creases, falls, gathers, hem, sheen
from maatwerk.demo.pictures.fabric import Fabric
from maatwerk.demo.pictures.torso import (
    Build,
    buttons,
    chest,
    collar,
    inside_of_neck,
    roll_neck,
    sleeves,
    straps,
    upper,
    upper_with_straps,
)

_HEMS = {"mini": 520.0, "midi": 622.0, "maxi": 684.0}
# cut -> (half-width of the hem at midi, waves, their amplitude, how far folds gather at the waist)
_SKIRTS = {
    "slip": (104.0, 3, 5.0, 0.5), "wrap": (138.0, 4, 8.0, 0.38), "shirt": (132.0, 4, 7.0, 0.5),
    "flare": (168.0, 6, 10.0, 0.36), "tiered": (164.0, 7, 8.0, 0.5), "column": (88.0, 2, 3.0, 0.8),
}  # fmt: skip


def extent(attributes: dict[str, str]) -> tuple[float, float]:
    """The top and bottom of the drawing, for placing it in the frame."""
    return (126.0 if attributes["sleeve"] == "strap" else 76.0), _HEMS[attributes["length"]] + 16


def dress(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A dress of the product's cut, length, sleeve and neckline, around x = 0."""
    cut, length = attributes["cut"], attributes["length"]
    sleeve, neck = attributes["sleeve"], attributes["neckline"]
    loose = cut == "tiered"
    build = Build(
        waist=(82 if loose else 70 if cut == "column" else 61) * canvas.random.uniform(0.97, 1.05),
        waist_y=300 if loose else 306,
        shoulder=84 if sleeve == "none" else 90,
    )
    edge = _hem(canvas, cut, length)
    if sleeve == "strap":
        deep = 18 if cut == "slip" else 0
        straps(canvas, build, fabric, deep)
        half = upper_with_straps(build, deep)
    else:
        if neck != "roll":
            inside_of_neck(canvas, build, fabric, "v" if cut == "wrap" else neck)
        sleeves(canvas, build, fabric, sleeve, cuff=cut in {"shirt", "flare", "tiered"})
        half = upper(build, "v" if cut == "wrap" else neck)
    _underside(canvas, fabric, edge)
    folds = falls(
        canvas, fabric, edge, build.waist_y, _SKIRTS[cut][3], 0.55 if cut in {"column", "slip"} else 1.0
    )
    body = mirrored(half + _side(build, edge, cut), edge.path)
    canvas.piece(
        body,
        fabric.color,
        pattern=fabric.pattern,
        depth=20,
        inside=folds + chest(canvas, build, fabric) + _shine(canvas, fabric, edge),
    )
    _details(canvas, fabric, build, edge, cut, neck)


def _hem(canvas: Canvas, cut: str, length: str) -> Hem:
    width, lobes, amplitude, _ = _SKIRTS[cut]
    factor = {"mini": 0.88, "midi": 1.0, "maxi": 1.1}[length] * canvas.random.uniform(0.95, 1.06)
    return hem(canvas, width * factor, _HEMS[length] + canvas.random.uniform(-8, 8), lobes, amplitude)


def _side(b: Build, edge: Hem, cut: str) -> str:
    """From the waist down the right side to the hem."""
    hip, drop = edge.y - b.waist_y, b.waist_y
    if cut in {"slip", "column"}:
        return (
            f"C{n(b.waist + 2)} {n(drop + 40)} 88 {n(drop + 60)} 89 {n(drop + 110)}"
            f"C90 {n(drop + hip * 0.6)} {n(edge.width - 4)} {n(edge.y - 60)} {n(edge.width)} {n(edge.y)}"
        )
    if cut == "flare":
        return (
            f"C{n(b.waist + 6)} {n(drop + 46)} {n(edge.width * 0.74)} {n(drop + hip * 0.42)} "
            f"{n(edge.width)} {n(edge.y)}"
        )
    return (
        f"C{n(b.waist + 14)} {n(drop + 30)} {n(edge.width * 0.82)} "
        f"{n(drop + hip * 0.36)} {n(edge.width)} {n(edge.y)}"
    )


def _underside(canvas: Canvas, fabric: Fabric, edge: Hem) -> None:
    """The inside of the back hem, seen where the front recedes."""
    w, y = edge.width, edge.y
    d = (
        f"M{n(-w * 0.8)} {n(y - 30)}L{n(w * 0.8)} {n(y - 30)}L{n(w * 0.95)} {n(y - 3)}Q0 "
        f"{n(y + 24)} {n(-w * 0.95)} {n(y - 3)}Z"
    )
    canvas.add(f'<path d="{d}" fill="{darken(fabric.color, 0.5)}"/>')


def _shine(canvas: Canvas, fabric: Fabric, edge: Hem) -> str:
    w, y = edge.width, edge.y
    return sheen(
        canvas,
        fabric,
        f"M-34 330C-50 420 {n(-w * 0.5)} {n(y - 120)} {n(-w * 0.42)} {n(y)}M30 380"
        f"Q{n(w * 0.4)} {n(y - 130)} {n(w * 0.3)} {n(y - 10)}",
        24,
    )


def _details(canvas: Canvas, fabric: Fabric, b: Build, edge: Hem, cut: str, neck: str) -> None:
    seam = darken(fabric.color, 0.55)
    waist = f"M{n(-b.waist)} {n(b.waist_y)}Q0 {n(b.waist_y + 12)} {n(b.waist)} {n(b.waist_y)}"
    if cut == "flare":
        canvas.line(waist, seam, 1.6, 0.55)
        canvas.add(gathers(canvas, fabric, -b.waist + 6, b.waist - 6, b.waist_y + 8, 46, 12))
    elif cut == "wrap":
        _wrap_front(canvas, fabric, b, edge)
    elif cut == "shirt":
        canvas.line(
            f"M-9 {n(b.top + 44)}V{n(edge.y + 8)}M9 {n(b.top + 44)}V{n(edge.y + 10)}".replace(
                "V", "L-9 ", 1
            ).replace("V", "L9 "),
            seam,
            1,
            0.4,
        )
        buttons(canvas, fabric, b.top + 62, edge.y - 60, 9)
        _belt(canvas, fabric, b)
    elif cut == "tiered":
        _tiers(canvas, fabric, b, edge)
    elif cut == "column" and neck != "crew":
        canvas.line(
            f"M{n(-b.waist * 0.6)} {n(b.arm_y + 50)}Q{n(-b.waist * 0.52)} {n(b.waist_y)} "
            f"{n(-b.waist * 0.6)} {n(b.waist_y + 70)}",
            seam,
            1.1,
            0.4,
        )
        canvas.line(
            f"M{n(b.waist * 0.6)} {n(b.arm_y + 50)}Q{n(b.waist * 0.52)} {n(b.waist_y)} "
            f"{n(b.waist * 0.6)} {n(b.waist_y + 70)}",
            seam,
            1.1,
            0.4,
        )
    if neck == "collar":
        collar(canvas, b, fabric)
    elif neck == "roll":
        roll_neck(canvas, b, fabric)


def _belt(canvas: Canvas, fabric: Fabric, b: Build) -> None:
    w, y = b.waist + 2, b.waist_y
    band = (
        f"M{n(-w)} {n(y - 9)}Q0 {n(y + 3)} {n(w)} {n(y - 9)}L{n(w)} {n(y + 9)}Q0 "
        f"{n(y + 21)} {n(-w)} {n(y + 9)}Z"
    )
    canvas.piece(band, darken(fabric.color, 0.1), pattern=fabric.turned, depth=6, shade=0.4)
    tail = f"M14 {n(y + 4)}Q26 {n(y + 60)} 20 {n(y + 112)}L34 {n(y + 112)}Q40 {n(y + 60)} 26 {n(y)}Z"
    canvas.piece(tail, darken(fabric.color, 0.08), pattern=fabric.turned, depth=4, shade=0.4)
    knot = (
        f"M4 {n(y - 8)}Q22 {n(y - 12)} 30 {n(y - 2)}Q32 {n(y + 14)} 18 {n(y + 18)}Q4 "
        f"{n(y + 16)} 4 {n(y - 8)}Z"
    )
    canvas.piece(knot, darken(fabric.color, 0.06), depth=5, shade=0.45)


def _wrap_front(canvas: Canvas, fabric: Fabric, b: Build, edge: Hem) -> None:
    """The overlapping edge from the left shoulder to the right hip and down, with a bow at the side."""
    over = f"M{n(-b.neck)} {n(b.top)}C-22 {n(b.top + 70)} 20 {n(b.top + 128)} {n(b.waist - 8)} {n(b.waist_y)}"
    down = f"M{n(b.waist - 8)} {n(b.waist_y)}C40 {n(b.waist_y + 90)} 26 {n(edge.y - 120)} 34 {n(edge.y + 4)}"
    canvas.add(
        creases(
            canvas,
            fabric,
            [
                f"{over[:0]}M{n(-b.neck + 12)} {n(b.top + 40)}C-6 {n(b.top + 110)} 24 "
                f"{n(b.top + 146)} {n(b.waist - 10)} {n(b.waist_y + 6)}",
                down,
            ],
            8,
            0.36,
        )
    )
    canvas.line(over, darken(fabric.color, 0.5), 1.5, 0.6)
    canvas.line(down, darken(fabric.color, 0.5), 1.5, 0.6)
    pulls = [
        f"M{n(b.waist - 12)} {n(b.waist_y + 2)}Q0 {n(b.waist_y - 12 - i * 17)} "
        f"{n(-b.waist + 8)} {n(b.waist_y - 22 - i * 24)}"
        for i in range(3)
    ]
    canvas.add(creases(canvas, fabric, pulls, 6, 0.26))
    _belt_bow(canvas, fabric, b)


def _belt_bow(canvas: Canvas, fabric: Fabric, b: Build) -> None:
    x, y = b.waist - 8, b.waist_y
    for d in (
        f"M{n(x)} {n(y)}Q{n(x + 8)} {n(y + 60)} {n(x - 6)} {n(y + 122)}L{n(x + 9)} "
        f"{n(y + 126)}Q{n(x + 20)} {n(y + 60)} {n(x + 8)} {n(y)}Z",
        f"M{n(x)} {n(y)}Q{n(x + 26)} {n(y + 46)} {n(x + 24)} {n(y + 96)}L{n(x + 37)} "
        f"{n(y + 92)}Q{n(x + 36)} {n(y + 40)} {n(x + 8)} {n(y - 2)}Z",
        f"M{n(x)} {n(y)}Q{n(x + 34)} {n(y - 34)} {n(x + 44)} {n(y - 10)}Q{n(x + 42)} "
        f"{n(y + 10)} {n(x)} {n(y + 6)}Z",
        f"M{n(x + 4)} {n(y - 1)}Q{n(x - 30)} {n(y - 26)} {n(x - 36)} {n(y - 4)}"
        f"Q{n(x - 32)} {n(y + 14)} {n(x + 4)} {n(y + 6)}Z",
        f"M{n(x - 6)} {n(y - 8)}Q{n(x + 8)} {n(y - 12)} {n(x + 12)} {n(y)}Q{n(x + 10)} "
        f"{n(y + 13)} {n(x - 4)} {n(y + 11)}Z",
    ):
        canvas.piece(d, darken(fabric.color, 0.06), pattern=fabric.turned, depth=5, shade=0.45)


def _tiers(canvas: Canvas, fabric: Fabric, b: Build, edge: Hem) -> None:
    """Two gathered seams across the skirt."""
    for share in (0.14, 0.56):
        y = b.waist_y + (edge.y - b.waist_y) * share
        w = b.waist + (edge.width - b.waist) * share**0.72
        canvas.line(f"M{n(-w)} {n(y)}Q0 {n(y + 16)} {n(w)} {n(y)}", darken(fabric.color, 0.5), 1.8, 0.55)
        canvas.add(gathers(canvas, fabric, -w + 8, w - 8, y + 12, 50, 15))
