"""Trousers and skirts."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, mirrored, n
from maatwerk.demo.pictures.colors import darken, lighten
from maatwerk.demo.pictures.drape import Hem, creases, falls, gathers, hem, sheen
from maatwerk.demo.pictures.fabric import Fabric

# cut -> (half-width of the leg at the hem, where its middle is, inseam end)
_LEGS = {
    "wide": (58.0, 74.0, 660.0), "tapered": (27.0, 50.0, 640.0), "straight": (37.0, 54.0, 660.0),
    "culotte": (64.0, 76.0, 540.0), "drawstring": (34.0, 54.0, 640.0),
}  # fmt: skip
_TOP = 110.0
_SKIRT_HEMS = {"mini": 400.0, "midi": 540.0, "maxi": 610.0}
_SKIRTS = {
    "pleated": (152.0, 8, 6.0, 0.5), "aline": (128.0, 4, 5.0, 0.55), "pencil": (78.0, 1, 0.0, 0.9),
    "wrapskirt": (120.0, 4, 7.0, 0.45), "slipskirt": (100.0, 3, 5.0, 0.55),
}  # fmt: skip


def trouser_extent(attributes: dict[str, str]) -> tuple[float, float]:
    """The top and bottom of the drawing, for placing it in the frame."""
    return _TOP - 14, _LEGS[attributes["cut"]][2] + 14


def skirt_extent(attributes: dict[str, str]) -> tuple[float, float]:
    """The top and bottom of the drawing, for placing it in the frame."""
    return _TOP - 34, _SKIRT_HEMS[attributes["length"]] + 34


def trousers(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """Trousers seen from the front, around x = 0."""
    cut = attributes["cut"]
    half_leg, middle, end = _LEGS[cut]
    men = attributes["gender"] == "men"
    waist, hip = (80.0, 104.0) if men else (68.0, 100.0)
    crotch = 286.0
    out, inner = middle + half_leg, middle - half_leg
    back = f"M{n(-waist)} {_TOP}Q0 {_TOP - 14} {n(waist)} {_TOP}Q0 {_TOP + 20} {n(-waist)} {_TOP}Z"
    canvas.add(f'<path d="{back}" fill="{darken(fabric.color, 0.55)}"/>')
    leg = (
        f"M0 {_TOP + 9}Q{n(waist * 0.6)} {_TOP + 8} {n(waist)} {_TOP}C{n(waist + 8)} "
        f"{_TOP + 60} {n(hip)} {_TOP + 100} {n(hip)} {_TOP + 160}"
        f"C{n(hip + (out - hip) * 0.3)} {n(_TOP + 160 + (end - _TOP - 160) * 0.36)} "
        f"{n(hip + (out - hip) * 0.7)} "
        f"{n(_TOP + 160 + (end - _TOP - 160) * 0.68)} {n(out)} {n(end)}"
        f"Q{n(middle)} {n(end + 12)} {n(inner)} {n(end)}C{n(inner)} {n(end - 180)} 8 "
        f"{n(crotch + 90)} 0 {n(crotch)}Z"
    )
    crease = f"M{n(waist * 0.56)} {_TOP + 60}Q{n(middle * 0.98)} {n(crotch + 80)} {n(middle)} {n(end + 4)}"
    knee = [
        f"M{n(middle + half_leg * 0.9)} {n(crotch + 176)}Q{n(middle)} {n(crotch + 192)} "
        f"{n(inner + 12)} {n(crotch + 182)}",
        f"M6 {n(crotch + 6)}Q{n(hip * 0.4)} {n(crotch - 20)} {n(hip * 0.74)} {n(crotch - 34)}",
        f"M{n(out - 6)} {n(end - 60)}Q{n(middle)} {n(end - 42)} {n(inner + 8)} {n(end - 56)}",
    ]
    flow = [crease] if cut in {"wide", "culotte"} else []
    inside = creases(canvas, fabric, knee + flow, 11, 0.32)
    if fabric.material == "denim":
        inside += (
            f'<path d="{crease}" fill="none" stroke="#fff" stroke-opacity=".3" '
            f'stroke-width="34" {canvas.blur(16)}/>'
        )
    with canvas.twice():
        canvas.piece(leg, fabric.color, pattern=fabric.pattern, depth=19, inside=inside)
        if cut in {"tapered", "wide"}:
            canvas.line(crease, darken(fabric.color, 0.45), 1.4, 0.5)
    _front(canvas, fabric, cut, waist, hip, crotch, end, half_leg, middle)


def _front(
    canvas: Canvas,
    fabric: Fabric,
    cut: str,
    waist: float,
    hip: float,
    crotch: float,
    end: float,
    leg: float,
    middle: float,
) -> None:
    """Waistband, fly, pockets and seams."""
    jeans = fabric.material == "denim"
    seam = darken(fabric.color, 0.55)
    stitch = "#c98f4e" if jeans else seam
    band = (
        f"M{n(-waist)} {_TOP}Q0 {_TOP + 20} {n(waist)} {_TOP}L{n(waist + 4)} {_TOP + 26}"
        f"Q0 {_TOP + 46} {n(-waist - 4)} {_TOP + 26}Z"
    )
    canvas.shadow(band, fabric.dark, 0.4, 0, 4, 3)
    canvas.piece(band, darken(fabric.color, 0.05), pattern=fabric.turned, depth=7, shade=0.34)
    if cut in {"drawstring", "culotte"}:
        canvas.add(gathers(canvas, fabric, -waist + 4, waist - 4, _TOP + 34, 40, 13))
        canvas.add(gathers(canvas, fabric, -waist + 4, waist - 4, _TOP + 10, 18, 15))
        if cut == "drawstring":
            cord = lighten(fabric.color, 0.7)
            canvas.line(
                f"M-4 {_TOP + 26}Q-22 {_TOP + 66} -14 {_TOP + 104}M4 {_TOP + 26}Q20 {_TOP + 60} "
                f"16 {_TOP + 92}",
                cord,
                4,
                1,
            )
    else:
        canvas.line(f"M0 {_TOP + 36}L0 {n(crotch)}", seam, 1.4, 0.6)
        canvas.line(
            f"M17 {_TOP + 36}Q18 {_TOP + 100} 2 {_TOP + 122}",
            stitch,
            1.3,
            0.8 if jeans else 0.4,
            "4 2.4" if jeans else "",
        )
        for x in (-waist * 0.62, waist * 0.62):
            canvas.add(
                f'<rect x="{n(x - 4)}" y="{_TOP + 6}" width="8" height="32" rx="1.5" '
                f'fill="{darken(fabric.color, 0.2)}"/>'
            )
        metal = "#b9854d" if jeans else darken(fabric.color, 0.5)
        canvas.add(
            f'<circle cx="2" cy="{_TOP + 23}" r="6.4" fill="{metal}"/><circle cx="1" '
            f'cy="{_TOP + 21.6}" r="2.4" fill="#fff" fill-opacity=".4"/>'
        )
    with canvas.twice():
        if jeans:
            canvas.line(
                f"M{n(waist * 0.4)} {_TOP + 40}Q{n(waist * 0.5)} {_TOP + 76} {n(hip - 4)} {_TOP + 82}",
                stitch,
                1.4,
                0.9,
                "4 2.4",
            )
            canvas.line(
                f"M{n(middle - leg + 5)} {n(end - 13)}Q{n(middle)} {n(end)} "
                f"{n(middle + leg - 4)} {n(end - 13)}",
                stitch,
                1.3,
                0.9,
                "4 2.4",
            )
        else:
            canvas.line(f"M{n(waist * 0.66)} {_TOP + 38}L{n(hip - 3)} {_TOP + 118}", seam, 1.6, 0.55)
        if cut == "tapered":
            canvas.line(f"M{n(waist * 0.34)} {_TOP + 40}L{n(waist * 0.4)} {_TOP + 100}", seam, 2, 0.4)


def skirt(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    """A skirt of the product's cut and length, around x = 0."""
    cut = attributes["cut"]
    width, lobes, amplitude, gather = _SKIRTS[cut]
    width *= {"mini": 0.86, "midi": 1.0, "maxi": 1.1}[attributes["length"]]
    edge = hem(canvas, width, _SKIRT_HEMS[attributes["length"]], lobes, amplitude, 15)
    waist, y = 66.0, _TOP + 6
    back = f"M{n(-waist)} {_TOP}Q0 {_TOP - 14} {n(waist)} {_TOP}Q0 {_TOP + 20} {n(-waist)} {_TOP}Z"
    canvas.add(f'<path d="{back}" fill="{darken(fabric.color, 0.55)}"/>')
    low = (
        f"M{n(-width * 0.8)} {n(edge.y - 30)}L{n(width * 0.8)} {n(edge.y - 30)}"
        f"L{n(width * 0.95)} {n(edge.y - 3)}Q0 {n(edge.y + 25)} {n(-width * 0.95)} "
        f"{n(edge.y - 3)}Z"
    )
    canvas.add(f'<path d="{low}" fill="{darken(fabric.color, 0.5)}"/>')
    drop = edge.y - y
    if cut in {"pencil", "slipskirt"}:
        side = (
            f"C{n(waist + 6)} {n(y + 40)} 96 {n(y + 70)} 97 {n(y + 120)}C98 "
            f"{n(y + drop * 0.62)} {n(width)} {n(edge.y - 80)} {n(width)} {n(edge.y)}"
        )
    else:
        side = f"C{n(waist + 14)} {n(y + 40)} {n(width * 0.82)} {n(y + drop * 0.4)} {n(width)} {n(edge.y)}"
    body = mirrored(f"M0 {n(y + 8)}Q{n(waist * 0.6)} {n(y + 7)} {n(waist)} {n(y)}{side}", edge.path)
    inside = falls(canvas, fabric, edge, y + 30, gather, 0.5 if cut in {"pencil", "slipskirt"} else 1.05)
    inside += sheen(
        canvas,
        fabric,
        f"M-30 {n(y + 60)}C-46 {n(y + 150)} {n(-width * 0.5)} {n(edge.y - 120)} "
        f"{n(-width * 0.44)} {n(edge.y)}",
        26,
    )
    if cut == "pleated":
        inside += _pleats(fabric, waist, edge, y)
    canvas.piece(body, fabric.color, pattern=fabric.pattern, depth=19, inside=inside)
    _skirt_details(canvas, fabric, cut, waist, edge)


def _pleats(fabric: Fabric, waist: float, edge: Hem, y: float) -> str:
    """Knife pleats: fine straight lines from the waistband to the hem, each with its shadow."""
    lines = ""
    for i in range(-7, 8):
        share = i / 7.5
        lines += (
            f"M{n(share * waist)} {n(y + 34)}Q{n(share * (waist + edge.width) * 0.53)} "
            f"{n((y + edge.y) / 2)} {n(share * edge.width)} {n(edge.y + 20)}"
        )
    return (
        f'<path d="{lines}" fill="none" stroke="{fabric.dark}" stroke-opacity=".55" stroke-width="1.8"/>'
        f'<path d="{lines}" fill="none" stroke="{fabric.light}" stroke-opacity=".3" '
        f'stroke-width="3" transform="translate(-4 0)"/>'
    )


def _skirt_details(canvas: Canvas, fabric: Fabric, cut: str, waist: float, edge: Hem) -> None:
    seam = darken(fabric.color, 0.55)
    tall = 14 if cut == "slipskirt" else 28
    band = (
        f"M{n(-waist)} {_TOP}Q0 {_TOP + 18} {n(waist)} {_TOP}L{n(waist + 3)} "
        f"{_TOP + tall}Q0 {_TOP + tall + 20} {n(-waist - 3)} {_TOP + tall}Z"
    )
    canvas.shadow(band, fabric.dark, 0.4, 0, 4, 3)
    canvas.piece(band, darken(fabric.color, 0.05), pattern=fabric.turned, depth=7, shade=0.34)
    if cut == "aline":
        for height in range(int(_TOP) + 56, int(edge.y) - 20, 46):
            canvas.add(
                f'<circle cx="0" cy="{height + 8}" r="6" fill="{darken(fabric.color, 0.55)}"/>'
                f'<circle cx="-1.5" cy="{height + 6}" r="2" fill="#fff" fill-opacity=".45"/>'
            )
        canvas.line(
            f"M-13 {_TOP + 46}L-14 {n(edge.y + 14)}M13 {_TOP + 46}L14 {n(edge.y + 14)}", seam, 1.1, 0.45
        )
    elif cut == "pencil":
        canvas.line(
            f"M{n(-waist * 0.5)} {_TOP + 44}L{n(-waist * 0.6)} {_TOP + 110}M{n(waist * 0.5)} "
            f"{_TOP + 44}L{n(waist * 0.6)} {_TOP + 110}",
            seam,
            1.3,
            0.5,
        )
        canvas.line(
            f"M{n(edge.width * 0.5)} {n(edge.y - 90)}L{n(edge.width * 0.48)} {n(edge.y + 12)}", seam, 1.6, 0.6
        )
    elif cut == "wrapskirt":
        over = (
            f"M{n(-waist * 0.2)} {_TOP + 44}C{n(waist * 0.5)} {n(_TOP + 150)} "
            f"{n(edge.width * 0.36)} {n(edge.y - 120)} {n(edge.width * 0.3)} "
            f"{n(edge.y + 14)}"
        )
        canvas.add(creases(canvas, fabric, [over], 9, 0.4))
        canvas.line(over, seam, 1.6, 0.6)
        x, y = waist * 0.7, _TOP + 22
        for d in (
            f"M{n(x)} {n(y)}Q{n(x + 10)} {n(y + 60)} {n(x - 4)} {n(y + 120)}L{n(x + 12)} "
            f"{n(y + 124)}Q{n(x + 24)} {n(y + 60)} {n(x + 10)} {n(y)}Z",
            f"M{n(x)} {n(y)}Q{n(x + 34)} {n(y - 34)} {n(x + 44)} {n(y - 8)}Q{n(x + 42)} "
            f"{n(y + 14)} {n(x)} {n(y + 6)}Z",
            f"M{n(x + 4)} {n(y)}Q{n(x - 30)} {n(y - 26)} {n(x - 38)} {n(y - 2)}Q{n(x - 34)} "
            f"{n(y + 16)} {n(x + 4)} {n(y + 7)}Z",
        ):
            canvas.piece(d, darken(fabric.color, 0.08), pattern=fabric.turned, depth=5, shade=0.45)
