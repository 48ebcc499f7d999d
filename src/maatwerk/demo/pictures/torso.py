"""The upper body that dresses, tops and coats share: neckline, shoulders, sleeves, collars."""

from __future__ import annotations

from dataclasses import dataclass

from maatwerk.demo.pictures.canvas import Canvas, flip, mirrored, n
from maatwerk.demo.pictures.colors import darken, lighten
from maatwerk.demo.pictures.drape import creases, gathers, sheen
from maatwerk.demo.pictures.fabric import Fabric


@dataclass(frozen=True, slots=True)
class Build:
    """Where a body has its corners, half-widths from the middle: neck, shoulder, underarm, waist."""

    neck: float = 38
    top: float = 112
    shoulder: float = 88
    slope: float = 20
    arm: float = 78
    arm_y: float = 214
    waist: float = 64
    waist_y: float = 318

    @property
    def shoulder_y(self) -> float:
        """The height of the shoulder's end."""
        return self.top + self.slope


def neckline(build: Build, kind: str) -> str:
    """The right half of a neckline, from its middle up to the neck point."""
    x, y = build.neck, build.top
    if kind in {"v", "wrap"}:
        return f"M0 {n(y + 92)}Q{n(x * 0.55)} {n(y + 52)} {n(x)} {n(y)}"
    if kind == "square":
        return f"M0 {n(y + 62)}L{n(x * 1.02)} {n(y + 60)}Q{n(x * 1.05)} {n(y + 30)} {n(x * 1.12)} {n(y + 2)}"
    if kind == "collar":
        return f"M0 {n(y + 40)}Q{n(x * 0.6)} {n(y + 22)} {n(x)} {n(y)}"
    if kind == "boat":
        return f"M0 {n(y + 24)}Q{n(x * 1.1)} {n(y + 20)} {n(x * 1.35)} {n(y + 3)}"
    if kind == "roll":
        return f"M0 {n(y + 6)}Q{n(x * 0.85)} {n(y + 6)} {n(x)} {n(y)}"
    if kind == "crew":
        return f"M0 {n(y + 30)}Q{n(x * 0.85)} {n(y + 30)} {n(x)} {n(y)}"
    return f"M0 {n(y + 54)}Q{n(x * 0.95)} {n(y + 52)} {n(x * 1.08)} {n(y)}"


def upper(build: Build, kind: str) -> str:
    """The right half of a sleeved or sleeveless body, from the neckline's middle down to the waist."""
    b = build
    return (
        f"{neckline(b, kind)}L{n(b.shoulder)} {n(b.shoulder_y)}"
        f"C{n(b.shoulder - 4)} {n(b.shoulder_y + 40)} {n(b.arm - 8)} {n(b.arm_y - 22)} "
        f"{n(b.arm)} {n(b.arm_y)}"
        f"C{n(b.arm - 2)} {n(b.arm_y + 40)} {n(b.waist)} {n(b.waist_y - 40)} {n(b.waist)} {n(b.waist_y)}"
    )


def upper_with_straps(build: Build, deep: float = 0) -> str:
    """The right half of a bodice on thin straps, from the neckline's middle down to the waist."""
    b = build
    y = b.top + 84
    return (
        f"M0 {n(y + 34 + deep)}Q{n(b.neck * 0.6)} {n(y + 26)} {n(b.neck + 12)} {n(y)}"
        f"Q{n(b.arm - 12)} {n(y + 18)} {n(b.arm - 4)} {n(b.arm_y + 18)}"
        f"C{n(b.arm - 4)} {n(b.arm_y + 50)} {n(b.waist)} {n(b.waist_y - 40)} {n(b.waist)} {n(b.waist_y)}"
    )


def straps(canvas: Canvas, build: Build, fabric: Fabric, deep: float = 0) -> None:
    """Two thin straps that meet the back, and the back's edge seen through the opening."""
    x, y = build.neck + 12, build.top + 84
    half = f"M0 {n(y + 36 + deep)}Q{n(build.neck * 0.6)} {n(y + 27)} {n(x)} {n(y)}"
    paint = canvas.linear([(0, darken(fabric.color, 0.34)), (1, darken(fabric.color, 0.58))], 0, 0, 0, 1)
    canvas.add(f'<path d="{mirrored(half, f"Q0 {n(y + 22)} {n(-x)} {n(y)}")}" fill="{paint}"/>')
    back = f"M{n(x - 5)} {n(y - 66)}Q{n(x - 15)} {n(y - 40)} {n(x - 17)} {n(y + 8)}"
    front = f"M{n(x)} {n(y + 3)}Q{n(x + 2)} {n(y - 46)} {n(x - 5)} {n(y - 66)}"
    for d in (back, flip(back)):
        canvas.line(d, darken(fabric.color, 0.35), 3, 0.95)
    for d in (front, flip(front)):
        canvas.line(d, darken(fabric.color, 0.06), 4, 1)


def inside_of_neck(canvas: Canvas, build: Build, fabric: Fabric, kind: str) -> None:
    """The back of the neck seen through the opening, with a small label."""
    half = neckline(build, kind)
    x, y = (float(number) for number in half.rsplit(" ", 2)[-2:])
    d = mirrored(half, f"Q0 {n(y + 15)} {n(-x)} {n(y)}")
    paint = canvas.linear([(0, darken(fabric.color, 0.34)), (1, darken(fabric.color, 0.6))], 0, 0, 0, 1)
    canvas.add(f'<path d="{d}" fill="{paint}" stroke="{darken(fabric.color, 0.3)}"/>')
    label = lighten(fabric.color, 0.82)
    canvas.add(f'<path d="M-11 {n(y + 11)}h22v9h-22z" fill="{label}" fill-opacity=".9"/>')


def sleeves(canvas: Canvas, build: Build, fabric: Fabric, kind: str, cuff: bool = True) -> None:
    """A pair of sleeves (short, long, puff), behind the body."""
    shape = _sleeve(build, kind)
    if not shape:
        return
    b = build
    inside = creases(canvas, fabric, _sleeve_creases(b, kind), 10, 0.3)
    if kind == "puff":
        inside += gathers(canvas, fabric, b.shoulder - 6, b.shoulder + 44, b.shoulder_y + 2, 44, 7)
    shadow = (
        f"M{n(b.arm - 8)} {n(b.shoulder_y)}Q{n(b.arm - 2)} {n(b.arm_y)} {n(b.arm + 10)} {n(b.arm_y + 130)}"
    )
    inside += (
        f'<path d="{shadow}" fill="none" stroke="{fabric.dark}" stroke-opacity=".55" '
        f'stroke-width="26" {canvas.blur(9)}/>'
    )
    with canvas.twice():
        canvas.piece(shape, fabric.color, pattern=fabric.turned, depth=15, inside=inside)
        if cuff:
            _cuff(canvas, b, fabric, kind)


def _sleeve(b: Build, kind: str) -> str:
    x, y = b.shoulder, b.shoulder_y
    if kind == "short":
        return (
            f"M{n(x - 14)} {n(y - 5)}Q{n(x + 8)} {n(y)} {n(x + 18)} {n(y + 24)}L{n(x + 46)} {n(y + 108)}"
            f"Q{n(x + 22)} {n(y + 124)} {n(b.arm + 2)} {n(y + 122)}L{n(b.arm - 10)} {n(b.arm_y - 6)}Z"
        )
    if kind == "puff":
        return (
            f"M{n(x - 16)} {n(y - 4)}C{n(x + 12)} {n(y - 16)} {n(x + 50)} {n(y + 16)} {n(x + 50)} {n(y + 80)}"
            f"C{n(x + 49)} {n(y + 104)} {n(x + 40)} {n(y + 112)} {n(x + 34)} {n(y + 120)}"
            f"Q{n(x + 16)} {n(y + 132)} {n(x - 4)} {n(y + 128)}C{n(b.arm - 4)} {n(y + 118)} "
            f"{n(b.arm - 8)} {n(b.arm_y)} {n(b.arm - 12)} {n(b.arm_y - 14)}Z"
        )
    if kind == "long":
        return (
            f"M{n(x - 14)} {n(y - 5)}Q{n(x + 10)} {n(y)} {n(x + 18)} {n(y + 30)}C{n(x + 36)} "
            f"{n(y + 120)} {n(x + 52)} {n(y + 210)} {n(x + 60)} {n(y + 318)}"
            f"Q{n(x + 44)} {n(y + 328)} {n(x + 24)} {n(y + 324)}C{n(x + 14)} {n(y + 230)} "
            f"{n(b.arm + 4)} {n(b.arm_y + 60)} {n(b.arm - 10)} {n(b.arm_y - 6)}Z"
        )
    return ""


def _sleeve_creases(b: Build, kind: str) -> list[str]:
    x, y = b.shoulder, b.shoulder_y
    if kind == "long":
        return [
            f"M{n(x + 44)} {n(y + 150)}Q{n(x + 26)} {n(y + 165)} {n(x + 12)} {n(y + 160)}",
            f"M{n(x + 48)} {n(y + 190)}Q{n(x + 34)} {n(y + 200)} {n(x + 16)} {n(y + 190)}",
            f"M{n(x + 16)} {n(y + 40)}Q{n(x + 14)} {n(y + 90)} {n(x)} {n(y + 120)}",
        ]
    if kind == "puff":
        return [f"M{n(x + 38)} {n(y + 30)}Q{n(x + 44)} {n(y + 80)} {n(x + 32)} {n(y + 116)}"]
    return [f"M{n(x + 14)} {n(y + 30)}Q{n(x + 22)} {n(y + 80)} {n(x + 18)} {n(y + 118)}"]


def _cuff(canvas: Canvas, b: Build, fabric: Fabric, kind: str) -> None:
    x, y = b.shoulder, b.shoulder_y
    seam = darken(fabric.color, 0.5)
    if kind == "long":
        canvas.line(
            f"M{n(x + 58)} {n(y + 292)}Q{n(x + 40)} {n(y + 302)} {n(x + 21)} {n(y + 297)}", seam, 1.4, 0.6
        )
        canvas.add(
            f'<circle cx="{n(x + 50)}" cy="{n(y + 308)}" r="2.6" '
            f'fill="{lighten(fabric.color, 0.7)}" fill-opacity=".9"/>'
        )
    elif kind == "puff":
        canvas.line(
            f"M{n(x + 41)} {n(y + 108)}Q{n(x + 18)} {n(y + 120)} {n(x - 3)} {n(y + 116)}", seam, 1.6, 0.6
        )
    else:
        canvas.line(
            f"M{n(x + 43)} {n(y + 99)}Q{n(x + 20)} {n(y + 115)} {n(b.arm + 1)} {n(y + 113)}", seam, 1.2, 0.45
        )


def collar(canvas: Canvas, build: Build, fabric: Fabric, tall: float = 1.0) -> None:
    """A shirt collar: the stand behind, two leaves in front."""
    x, y = build.neck, build.top
    stand = (
        f"M{n(-x)} {n(y + 2)}C{n(-x * 0.7)} {n(y - 20 * tall)} {n(x * 0.7)} "
        f"{n(y - 20 * tall)} {n(x)} {n(y + 2)}Q0 {n(y + 20)} {n(-x)} {n(y + 2)}Z"
    )
    canvas.add(f'<path d="{stand}" fill="{darken(fabric.color, 0.3)}"/>')
    leaf = (
        f"M1 {n(y + 40)}C{n(x * 0.45)} {n(y + 26)} {n(x * 0.75)} {n(y + 8)} {n(x * 0.84)} {n(y - 12 * tall)}"
        f"Q{n(x * 1.2)} {n(y - 8)} {n(x * 1.36)} {n(y + 14)}L{n(x * 0.98)} {n(y + 66)}Z"
    )
    with canvas.twice():
        canvas.shadow(leaf, fabric.dark, 0.4, 1, 5, 3)
        canvas.piece(leaf, lighten(fabric.color, 0.06), pattern=fabric.turned, depth=6, shade=0.3)
        canvas.line(leaf, darken(fabric.color, 0.5), 0.9, 0.45)


def buttons(
    canvas: Canvas, fabric: Fabric, top: float, bottom: float, count: int, x: float = 0, size: float = 4.4
) -> None:
    """A row of mother-of-pearl buttons down the front."""
    pearl = canvas.radial(
        [(0, "#fffdf8"), (0.7, lighten(fabric.color, 0.62)), (1, darken(fabric.color, 0.25))], 0.4, 0.35, 0.7
    )
    button = canvas.define(
        f'<g id="{{id}}"><circle cx=".8" cy="1.8" r="{n(size)}" fill="{fabric.dark}" fill-opacity=".5"/>'
        f'<circle r="{n(size)}" fill="{pearl}"/></g>'
    )
    rows = (top + (bottom - top) * i / max(1, count - 1) for i in range(count))
    canvas.add("".join(f'<use href="#{button}" x="{n(x)}" y="{n(y)}"/>' for y in rows))


def roll_neck(canvas: Canvas, build: Build, fabric: Fabric) -> None:
    """A folded-over tube around the neck."""
    x, y = build.neck * 1.06, build.top
    d = (
        f"M{n(-x * 0.92)} {n(y - 44)}Q0 {n(y - 54)} {n(x * 0.92)} {n(y - 44)}"
        f"Q{n(x * 1.12)} {n(y - 16)} {n(x * 1.08)} {n(y + 8)}"
        f"Q0 {n(y + 34)} {n(-x * 1.08)} {n(y + 8)}Q{n(-x * 1.12)} {n(y - 16)} {n(-x * 0.92)} {n(y - 44)}Z"
    )
    hollow = (
        f"M{n(-x * 0.84)} {n(y - 43)}Q0 {n(y - 51)} {n(x * 0.84)} {n(y - 43)}Q0 "
        f"{n(y - 30)} {n(-x * 0.84)} {n(y - 43)}Z"
    )
    canvas.piece(d, fabric.color, pattern=ribs(canvas, fabric), depth=12)
    canvas.add(f'<path d="{hollow}" fill="{darken(fabric.color, 0.55)}"/>')


def ribs(canvas: Canvas, fabric: Fabric) -> str:
    """A paint of vertical ribs, for bands of knitwear."""
    dark, light = darken(fabric.color, 0.4), lighten(fabric.color, 0.35)
    tile = (
        '<pattern id="{id}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<path d="M1.5 0V8" stroke="{dark}" stroke-opacity=".42" stroke-width="2.4"/>'
        f'<path d="M5 0V8" stroke="{light}" stroke-opacity=".32" stroke-width="2.6"/></pattern>'
    )
    return f"url(#{canvas.define(tile)})"


def chest(canvas: Canvas, build: Build, fabric: Fabric) -> str:
    """The light and the pull of cloth over the chest, as markup to put inside the body."""
    b = build
    pulls = [
        f"M{n(b.arm - 4)} {n(b.arm_y + 4)}Q{n(b.arm * 0.66)} {n(b.arm_y + 12)} "
        f"{n(b.arm * 0.4)} {n(b.arm_y + 40)}",
        f"M{n(4 - b.arm)} {n(b.arm_y + 4)}Q{n(-b.arm * 0.66)} {n(b.arm_y + 10)} "
        f"{n(-b.arm * 0.36)} {n(b.arm_y + 34)}",
    ]
    glow = (
        f"M{n(-b.arm * 0.46)} {n(b.arm_y - 34)}Q{n(-b.arm * 0.5)} {n(b.arm_y + 30)} "
        f"{n(-b.waist * 0.46)} {n(b.waist_y)}"
    )
    return creases(canvas, fabric, pulls, 9, 0.24) + sheen(canvas, fabric, glow, 26)
