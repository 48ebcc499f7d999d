"""How cloth hangs: hems that wave, folds that fall from a seam, gathers, and the sheen of silk."""

from __future__ import annotations

from dataclasses import dataclass

from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.fabric import Fabric


@dataclass(frozen=True, slots=True)
class Hem:
    """A wavy hem from right to left: its path, the x of what recedes and of what comes forward."""

    path: str
    recesses: tuple[float, ...]
    lobes: tuple[float, ...]
    width: float
    y: float


def hem(canvas: Canvas, width: float, y: float, lobes: int, amplitude: float, sag: float = 14) -> Hem:
    """A hem of half-width ``width`` at ``y`` that starts at the right side and ends at the left.

    ``lobes`` counts the waves that come forward; between them the cloth recedes. ``sag`` lowers the middle,
    as seen from slightly above.
    """
    count = 2 * lobes - 1
    weights = [canvas.random.uniform(0.75, 1.25) * (1.25 if i % 2 == 0 else 0.75) for i in range(count)]
    scale = 2 * width / sum(weights)
    x, path, middles = width, "", []
    for i, weight in enumerate(weights):
        step = weight * scale
        middle, end = x - step / 2, x - step
        level = y + sag * (1 - (end / width) ** 2) if width else y
        bend = amplitude if i % 2 == 0 else -amplitude * 0.7
        height = y + sag * (1 - (middle / width) ** 2) + bend * 1.6
        path += f"Q{n(middle)} {n(height)} {n(end)} {n(level)}"
        middles.append(middle)
        x = end
    return Hem(path, tuple(middles[1::2]), tuple(middles[0::2]), width, y)


def falls(canvas: Canvas, fabric: Fabric, edge: Hem, top: float, gather: float, strength: float = 1.0) -> str:
    """Folds from a seam at ``top`` down to a hem, as markup to put inside the piece.

    ``gather`` is how far the folds draw together at the top: the ratio of widths there and at the hem.
    """
    soft = canvas.blur(4.5)
    dark = "".join(_wedge(canvas, x, edge, top, gather, 11) for x in edge.recesses)
    light = "".join(_wedge(canvas, x - 4, edge, top, gather, 9) for x in edge.lobes)
    depth = round(0.5 * strength, 2)
    glow = round((0.2 + 0.3 * fabric.shiny) * strength, 2)
    return (
        f'<path d="{dark}" fill="{fabric.dark}" fill-opacity="{depth}" {soft}/>'
        f'<path d="{light}" fill="{fabric.light}" fill-opacity="{glow}" {soft}/>'
    )


def _wedge(canvas: Canvas, x: float, edge: Hem, top: float, gather: float, half: float) -> str:
    """A fold as a long wedge: fine at the top, wide at the hem."""
    start = top + canvas.random.uniform(0, 0.22) * (edge.y - top)
    head = x * (gather + (1 - gather) * (start - top) / max(1.0, edge.y - top))
    low = edge.y + 40
    middle = (start + low) / 2
    bow = x * 0.72 if abs(x) > 20 else x
    return (
        f"M{n(head)} {n(start)}Q{n((head + bow) / 2 - half * 0.4)} {n(middle)} {n(x - half)} {n(low)}"
        f"L{n(x + half)} {n(low)}Q{n((head + bow) / 2 + half * 0.5)} {n(middle)} {n(head)} {n(start)}Z"
    )


def gathers(
    canvas: Canvas, fabric: Fabric, left: float, right: float, y: float, length: float, count: int
) -> str:
    """Short pleats below a seam, from ``left`` to ``right``."""
    wedges = ""
    for i in range(count):
        x = left + (right - left) * (i + 0.5) / count + canvas.random.uniform(-4, 4)
        drop = length * canvas.random.uniform(0.5, 1.15)
        foot, half = x * 1.06, canvas.random.uniform(2.0, 4.2)
        wedges += (
            f"M{n(x - half)} {n(y)}Q{n(x)} {n(y + drop * 0.4)} {n(foot)} {n(y + drop)}"
            f"Q{n(x + half * 0.6)} {n(y + drop * 0.4)} {n(x + half)} {n(y)}Z"
        )
    return f'<path d="{wedges}" fill="{fabric.dark}" fill-opacity=".5" {canvas.blur(1.8)}/>'


def creases(canvas: Canvas, fabric: Fabric, lines: list[str], width: float = 9, strength: float = 0.3) -> str:
    """Soft creases along the given paths: a shadow, and light beside it."""
    d = "".join(lines)
    return (
        f'<path d="{d}" fill="none" stroke="{fabric.dark}" stroke-opacity="{strength}" '
        f'stroke-width="{n(width)}" '
        f'stroke-linecap="round" {canvas.blur(width * 0.55)}/>'
        f'<path d="{d}" fill="none" stroke="{fabric.light}" stroke-opacity="{round(strength * 0.8, 2)}" '
        f'stroke-width="{n(width * 0.7)}" stroke-linecap="round" transform="translate({n(-width)} -2)" '
        f"{canvas.blur(width * 0.5)}/>"
    )


def sheen(canvas: Canvas, fabric: Fabric, d: str, width: float = 22) -> str:
    """A soft reflection along a path; nothing on matte cloth."""
    if fabric.shiny < 0.28:
        return ""
    return (
        f'<path d="{d}" fill="none" stroke="#fff" stroke-opacity="{round(fabric.shiny * 0.42, 2)}" '
        f'stroke-width="{n(width)}" stroke-linecap="round" {canvas.blur(width * 0.42)}/>'
    )
