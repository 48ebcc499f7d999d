"""Scarves: a long one over a rail, a silk square laid flat."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.colors import darken, lighten
from maatwerk.demo.pictures.drape import creases
from maatwerk.demo.pictures.fabric import Fabric


def scarf(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A long scarf hung over a rail: two ends with fringes, one lower than the other."""
    canvas.line("M-250 -268L250 -268", "#a98a62", 15, 1)
    canvas.line("M-250 -272L250 -272", "#d8bd94", 4, 0.7)
    for x, wide, low, dark in ((44, 92, 190, 0.12), (-62, 100, 236, 0.0)):
        color = darken(fabric.color, dark)
        d = (
            f"M{n(x - wide * 0.72)} -270C{n(x - wide * 0.8)} -100 {n(x - wide)} 60 {n(x - wide * 0.96)} {low}"
            f"Q{n(x)} {low + 12} {n(x + wide * 0.96)} {low - 4}C{n(x + wide)} 40 "
            f"{n(x + wide * 0.8)} -100 {n(x + wide * 0.72)} -270"
            f"Q{n(x)} -292 {n(x - wide * 0.72)} -270Z"
        )
        _fringe(canvas, color, x - wide * 0.94, x + wide * 0.94, low, 24)
        folds = [
            f"M{n(x + s * wide)} -262Q{n(x + s * wide * 1.4)} 0 {n(x + s * wide * 1.2)} {low}"
            for s in (-0.36, 0.08, 0.44)
        ]
        canvas.piece(
            d, color, pattern=fabric.pattern, depth=20, inside=creases(canvas, fabric, folds, 16, 0.42)
        )


def foulard(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A silk square, softly folded, with a border."""
    border = fabric.accent
    square = "M-214 -206Q-20 -226 206 -214Q222 -10 212 210Q10 222 -210 212Q-224 10 -214 -206Z"
    inner = "M-180 -172Q-10 -188 172 -180Q186 0 178 176Q0 186 -176 178Q-188 0 -180 -172Z"
    folds = ["M-200 -120Q-40 -60 60 -210", "M-210 60Q40 20 200 -140", "M-120 214Q0 90 210 60"]
    canvas.piece(square, border, depth=22, inside=creases(canvas, fabric, folds, 20, 0.3))
    canvas.piece(
        inner,
        fabric.color,
        pattern=fabric.pattern,
        depth=3,
        shade=0.2,
        inside=creases(canvas, fabric, folds, 20, 0.4),
    )
    canvas.line(
        "M-197 -189Q-15 -207 189 -197Q204 -5 195 193Q5 204 -193 195Q-206 5 -197 -189Z",
        lighten(border, 0.6),
        2,
        0.6,
    )
    corner = "M206 -214Q120 -206 70 -210Q150 -150 208 -60Q216 -140 206 -214Z"
    canvas.add(
        f'<path d="{corner}" fill="#3b2a20" fill-opacity=".35" transform="translate(-8 '
        f'10)" {canvas.blur(8)}/>'
    )
    canvas.piece(corner, lighten(border, 0.15), depth=12, shade=0.4)


def _fringe(
    canvas: Canvas, color: str, left: float, right: float, y: float, count: int, length: float = 34
) -> None:
    strokes = ""
    for i in range(count):
        x = left + (right - left) * i / (count - 1)
        strokes += (
            f"M{n(x)} {n(y - 2)}Q{n(x + canvas.random.uniform(-4, 4))} {n(y + length / 2)} "
            f"{n(x + canvas.random.uniform(-3, 3))} "
            f"{n(y + length + canvas.random.uniform(-4, 4))}"
        )
    canvas.line(strokes, darken(color, 0.4), 4.6, 1)
    canvas.line(strokes, color, 3, 1)
