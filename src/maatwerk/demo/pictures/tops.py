"""Tops, shirts and knitwear: what ends at the hip."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, mirrored, n
from maatwerk.demo.pictures.colors import darken, lighten
from maatwerk.demo.pictures.drape import creases
from maatwerk.demo.pictures.fabric import Fabric
from maatwerk.demo.pictures.torso import (
    Build,
    buttons,
    chest,
    collar,
    inside_of_neck,
    neckline,
    ribs,
    roll_neck,
    sleeves,
    straps,
    upper,
    upper_with_straps,
)

_KNITS = {"sweater", "cardigan", "vest"}
_HEM = 428.0
# how far the hem stands out from the waist
_OUT = {"cami": 12, "tank": 6, "blouse": 8, "vest": -2, "sweater": -2, "cardigan": -2}


def extent(attributes: dict[str, str]) -> tuple[float, float]:
    """The top and bottom of the drawing, for placing it in the frame."""
    top = 126.0 if attributes["sleeve"] == "strap" else 62.0 if attributes["neckline"] == "roll" else 88.0
    bottom = 468.0 if attributes["sleeve"] == "long" else _HEM + 12
    return top - 20, bottom + 20


def top(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A top, shirt or knit of the product's cut, sleeve and neckline, around x = 0."""
    cut, sleeve, neck = attributes["cut"], attributes["sleeve"], attributes["neckline"]
    build = _build(canvas, attributes)
    hem = _HEM + (10 if cut in {"overshirt", "shirt"} else 0)
    if sleeve == "strap":
        straps(canvas, build, fabric)
        half = upper_with_straps(build)
    else:
        if neck != "roll":
            inside_of_neck(canvas, build, fabric, neck)
        sleeves(canvas, build, fabric, sleeve, cuff=cut not in _KNITS)
        if cut in _KNITS and sleeve == "long":
            _knit_cuffs(canvas, fabric, build)
        half = upper(build, neck)
    inside = chest(canvas, build, fabric) + creases(
        canvas, fabric, _waist_creases(canvas, build, hem), 10, 0.26
    )
    body = mirrored(half + _side(build, hem, cut), _lower_edge(build, hem, cut))
    canvas.piece(body, fabric.color, pattern=fabric.pattern, depth=20, inside=inside)
    if cut in _KNITS:
        _knit_bands(canvas, fabric, build, hem, cut, neck)
    else:
        _details(canvas, fabric, build, hem, cut, neck)


def _build(canvas: Canvas, attributes: dict[str, str]) -> Build:
    """Men's shoulders are broader, knitwear is roomier, a camisole close."""
    men = attributes["gender"] == "men"
    room = {"sweater": 10, "cardigan": 8, "overshirt": 10, "blouse": 6, "shirt": 4, "cami": -8, "tank": -8}
    extra = room.get(attributes["cut"], 0) + canvas.random.uniform(-2, 3)
    if men:
        return Build(neck=38, shoulder=106 + extra, arm=96 + extra, waist=92 + extra, arm_y=222, slope=22)
    sleeveless = attributes["sleeve"] == "none"
    return Build(shoulder=(82 if sleeveless else 92) + extra, arm=80 + extra, waist=72 + extra)


def _side(b: Build, hem: float, cut: str) -> str:
    x = b.waist + _OUT.get(cut, 4)
    return f"C{n(b.waist)} {n(b.waist_y + 40)} {n(x)} {n(hem - 50)} {n(x)} {n(hem)}"


def _lower_edge(b: Build, hem: float, cut: str) -> str:
    """Shirts have a curved tail, others a nearly straight hem."""
    x = b.waist + _OUT.get(cut, 4)
    if cut in {"shirt", "blouse"}:
        return (f"C{n(x * 0.85)} {n(hem + 6)} {n(x * 0.6)} {n(hem + 34)} 0 {n(hem + 34)}"
                f"C{n(-x * 0.6)} {n(hem + 34)} {n(-x * 0.85)} {n(hem + 6)} {n(-x)} {n(hem)}")  # fmt: skip
    return f"Q0 {n(hem + 16)} {n(-x)} {n(hem)}"


def _waist_creases(canvas: Canvas, b: Build, hem: float) -> list[str]:
    r = canvas.random
    return [
        f"M{n(b.waist - 2)} {n(b.waist_y - 20)}Q{n(b.waist * 0.6)} {n(b.waist_y - 4)} "
        f"{n(b.waist * 0.3)} {n(b.waist_y - 22 + r.uniform(-8, 8))}",
        f"M{n(2 - b.waist)} {n(b.waist_y + 6)}Q{n(-b.waist * 0.66)} {n(b.waist_y + 20)} "
        f"{n(-b.waist * 0.3)} {n(b.waist_y + 6 + r.uniform(-8, 8))}",
        f"M{n(b.waist * 0.5)} {n(b.waist_y + 20)}Q{n(b.waist * 0.44)} {n(hem - 50)} "
        f"{n(b.waist * 0.52)} {n(hem)}",
        f"M{n(-b.waist * 0.42)} {n(b.waist_y + 30)}Q{n(-b.waist * 0.5)} {n(hem - 40)} "
        f"{n(-b.waist * 0.44)} {n(hem)}",
    ]


def _details(canvas: Canvas, fabric: Fabric, b: Build, hem: float, cut: str, neck: str) -> None:
    seam = darken(fabric.color, 0.55)
    if cut in {"shirt", "overshirt"} or (cut == "blouse" and neck == "collar"):
        low = hem + (30 if cut != "overshirt" else 6)
        canvas.line(f"M-10 {n(b.top + 44)}L-10 {n(low)}", seam, 1, 0.4)
        canvas.line(f"M10 {n(b.top + 44)}L10 {n(low)}", seam, 1.2, 0.55)
        buttons(canvas, fabric, b.top + 66, hem - 16, 6, size=5 if cut == "overshirt" else 4)
        if cut == "overshirt":
            for side in (-1, 1):
                _pocket(canvas, fabric, side * b.arm * 0.52, b.arm_y + 4, 50, 58, flap=True)
        elif cut == "shirt":
            _pocket(canvas, fabric, b.arm * 0.5, b.arm_y + 2, 42, 48)
    elif cut == "polo":
        canvas.line(
            f"M-9 {n(b.top + 42)}L-9 {n(b.top + 116)}L9 {n(b.top + 116)}L9 {n(b.top + 42)}", seam, 1.1, 0.5
        )
        buttons(canvas, fabric, b.top + 62, b.top + 102, 3, size=3.6)
    if neck == "collar":
        collar(canvas, b, fabric)
    elif cut in {"tee", "tank"}:
        _neckband(canvas, fabric, b, neck)
    if cut in {"tee", "tank", "polo", "overshirt"}:
        x = b.waist + 3
        canvas.line(f"M{n(-x)} {n(hem - 11)}Q0 {n(hem + 5)} {n(x)} {n(hem - 11)}", seam, 1, 0.4, "3 2.4")
    if cut == "blouse" and neck != "collar":
        canvas.line(neckline(b, neck), seam, 1.4, 0.4)


def _pocket(
    canvas: Canvas, fabric: Fabric, x: float, y: float, w: float, h: float, flap: bool = False
) -> None:
    d = (
        f"M{n(x - w / 2)} {n(y)}L{n(x + w / 2)} {n(y)}L{n(x + w / 2)} {n(y + h - 9)}"
        f"L{n(x)} {n(y + h)}L{n(x - w / 2)} {n(y + h - 9)}Z"
    )
    canvas.piece(d, fabric.color, pattern=fabric.pattern, depth=4, shade=0.3)
    canvas.line(d, darken(fabric.color, 0.5), 1, 0.5)
    if flap:
        f = (
            f"M{n(x - w / 2 - 2)} {n(y - 2)}L{n(x + w / 2 + 2)} {n(y - 2)}"
            f"L{n(x + w / 2 + 2)} {n(y + 14)}L{n(x)} {n(y + 22)}L{n(x - w / 2 - 2)} "
            f"{n(y + 14)}Z"
        )
        canvas.piece(f, lighten(fabric.color, 0.03), pattern=fabric.turned, depth=5, shade=0.4)
        buttons(canvas, fabric, y + 12, y + 12, 1, x, 3.6)


def _neckband(canvas: Canvas, fabric: Fabric, b: Build, neck: str) -> None:
    half = neckline(b, neck)
    with canvas.twice():
        canvas.line(half, darken(fabric.color, 0.2), 9, 1, cap="butt")
        canvas.line(half, fabric.color, 6.5, 1, cap="butt")
        canvas.line(half, lighten(fabric.color, 0.4), 1.2, 0.5)


def _knit_cuffs(canvas: Canvas, fabric: Fabric, b: Build) -> None:
    x, y = b.shoulder, b.shoulder_y
    d = (
        f"M{n(x + 56)} {n(y + 278)}Q{n(x + 40)} {n(y + 286)} {n(x + 19)} {n(y + 284)}"
        f"L{n(x + 24)} {n(y + 326)}"
        f"Q{n(x + 44)} {n(y + 330)} {n(x + 60)} {n(y + 320)}Z"
    )
    with canvas.twice():
        canvas.piece(d, fabric.color, pattern=ribs(canvas, fabric), depth=8, shade=0.4)


def _knit_bands(canvas: Canvas, fabric: Fabric, b: Build, hem: float, cut: str, neck: str) -> None:
    rib = ribs(canvas, fabric)
    x = b.waist - 1
    band = (
        f"M{n(-x)} {n(hem - 30)}Q0 {n(hem - 14)} {n(x)} {n(hem - 30)}L{n(x - 4)} "
        f"{n(hem + 6)}Q0 {n(hem + 22)} {n(4 - x)} {n(hem + 6)}Z"
    )
    canvas.piece(band, fabric.color, pattern=rib, depth=9, shade=0.36)
    if cut == "cardigan":
        front = f"M-11 {n(b.top + 92)}L11 {n(b.top + 92)}L11 {n(hem + 15)}L-11 {n(hem + 15)}Z"
        canvas.piece(front, fabric.color, pattern=rib, depth=5, shade=0.3)
        canvas.line(f"M11 {n(b.top + 92)}L11 {n(hem + 15)}", darken(fabric.color, 0.6), 1.4, 0.6)
        buttons(canvas, fabric, b.top + 112, hem, 5, size=6)
    if neck == "roll":
        roll_neck(canvas, b, fabric)
        return
    half = neckline(b, neck)
    with canvas.twice():
        canvas.line(half, darken(fabric.color, 0.3), 17, 1, cap="butt")
        canvas.line(half, fabric.color, 14, 1, cap="butt")
        canvas.line(half, darken(fabric.color, 0.35), 14, 0.55, "1.6 4.4", "butt")
    if cut == "vest":
        _armholes(canvas, fabric, b)


def _armholes(canvas: Canvas, fabric: Fabric, b: Build) -> None:
    d = (
        f"M{n(b.shoulder - 4)} {n(b.shoulder_y)}C{n(b.shoulder - 8)} "
        f"{n(b.shoulder_y + 40)} {n(b.arm - 12)} {n(b.arm_y - 22)} "
        f"{n(b.arm - 4)} {n(b.arm_y)}"
    )
    with canvas.twice():
        canvas.line(d, darken(fabric.color, 0.3), 13, 1, cap="butt")
        canvas.line(d, fabric.color, 10, 1, cap="butt")
        canvas.line(d, darken(fabric.color, 0.35), 10, 0.55, "1.6 4.4", "butt")
