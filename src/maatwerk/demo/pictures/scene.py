"""The studio: a soft wall, sometimes a floor, and light that falls in from the upper left."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.colors import darken, lighten, luminance, mix

_WALLS = ("#efe9e1", "#ece8e2", "#ebe6df", "#e9e7e2", "#efe8e2", "#e8e8e3")


def wall(canvas: Canvas, color: str) -> None:
    """The backdrop: a little deeper behind pale things, with a breath of the thing's color."""
    paper = canvas.random.choice(_WALLS)
    if luminance(color) > 0.72:
        paper = darken(paper, 0.09)
    paper = mix(paper, color, 0.045)
    width, height = canvas.width, canvas.height
    glow = canvas.radial(
        [(0, lighten(paper, 0.62)), (0.65, paper), (1, darken(paper, 0.07))], 0.36, 0.26, 0.95
    )
    canvas.add(f'<rect width="{width}" height="{height}" fill="{glow}"/>')
    slant = canvas.random.uniform(-60, 60)
    beams = "".join(
        f"M{n(x + slant)} -20L{n(x + 78 + slant)} -20L{n(x - 160 + slant)} {height + 20}"
        f"L{n(x - 238 + slant)} {height + 20}Z"
        for x in (330, 440)
    )
    canvas.add(f'<path d="{beams}" fill="#fff" fill-opacity=".3" {canvas.blur(16)}/>')


def floor(canvas: Canvas, horizon: float = 545) -> None:
    """A table or floor below the horizon, with a soft edge."""
    if not canvas.floors:
        return
    width, height = canvas.width, canvas.height
    shade = canvas.linear([(0, "#6b5847"), (0.3, "#6b5847"), (1, "#6b5847")], 0, 0, 0, 1, (0.13, 0.05, 0.02))
    canvas.add(f'<rect y="{n(horizon)}" width="{width}" height="{n(height - horizon)}" fill="{shade}"/>')


def contact(canvas: Canvas, cx: float, cy: float, rx: float, ry: float = 12, opacity: float = 0.34) -> None:
    """What a standing thing throws on the floor: dark where it touches, wide and soft around."""
    canvas.add(
        f'<ellipse cx="{n(cx + rx * 0.16)}" cy="{n(cy + ry * 0.5)}" rx="{n(rx * 1.16)}" '
        f'ry="{n(ry * 1.8)}" fill="#4a3a2c" '
        f'fill-opacity="{round(opacity * 0.55, 2)}" {canvas.blur(14)}/>'
        f'<ellipse cx="{n(cx)}" cy="{n(cy)}" rx="{n(rx)}" ry="{n(ry * 0.6)}" '
        f'fill="#2c2119" fill-opacity="{opacity}" {canvas.blur(5)}/>'
    )
