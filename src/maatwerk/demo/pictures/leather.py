"""What all shoes share: the gleam on leather, the lining inside, how high the heel lifts the foot."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.colors import luminance
from maatwerk.demo.pictures.fabric import Fabric


def gleam(canvas: Canvas, fabric: Fabric, d: str, width: float = 10) -> str:
    """The reflection on polished leather; soft on suede."""
    strength = 0.6 if fabric.shiny > 0.5 else 0.2
    return (
        f'<path d="{d}" fill="none" stroke="#fff" stroke-opacity="{strength}" '
        f'stroke-width="{n(width)}" stroke-linecap="round" {canvas.blur(width * 0.45)}/>'
    )


def lining(fabric: Fabric) -> str:
    """The color of the leather inside."""
    return "#c9ab86" if luminance(fabric.color) < 0.6 else "#d9c4a5"


def lift(heel: str) -> float:
    """How high the heel of the foot stands."""
    return {"high": 112.0, "mid": 76.0, "block": 62.0, "kitten": 50.0}.get(heel, 10.0)
