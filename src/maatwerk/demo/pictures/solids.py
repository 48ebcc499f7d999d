"""Turned, thrown and blown bodies: ceramics, stone, metal and glass."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas
from maatwerk.demo.pictures.colors import darken, lighten
from maatwerk.demo.pictures.fabric import Fabric


def solid(canvas: Canvas, fabric: Fabric, d: str, depth: float = 26, gloss: str = "") -> None:
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


def ball(canvas: Canvas, fabric: Fabric) -> str:
    """The paint of a small lit ball: a button, a knob."""
    return canvas.radial([(0, lighten(fabric.color, 0.35)), (1, darken(fabric.color, 0.3))], 0.37, 0.31, 0.8)
