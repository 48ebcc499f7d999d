"""Lamps, lit: table, floor, pendant and desk."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, mirrored, n
from maatwerk.demo.pictures.colors import darken, lighten, mix
from maatwerk.demo.pictures.fabric import Fabric
from maatwerk.demo.pictures.solids import solid


def glow(canvas: Canvas, cut: str) -> None:
    """The warm glow around a lit lamp."""
    x, y, r = {
        "table": (300, 270, 250),
        "floor": (300, 170, 240),
        "pendant": (300, 440, 260),
        "desk": (214, 330, 200),
    }[cut]
    paint = canvas.radial([(0, "#ffdf9e"), (0.45, "#ffe3ab"), (1, "#ffe9c2")], opacities=(0.5, 0.22, 0))
    canvas.add(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{paint}" style="mix-blend-mode:soft-light"/>')


def _shade(canvas: Canvas, top: float, bottom: float, upper: float, lower: float) -> None:
    """A linen lampshade, lit from inside."""
    d = (
        f"M{n(-upper)} {n(top)}Q0 {n(top - 12)} {n(upper)} {n(top)}L{n(lower)} "
        f"{n(bottom)}Q0 {n(bottom + 18)} {n(-lower)} {n(bottom)}Z"
    )
    paint = canvas.linear([(0, "#dccbb0"), (0.3, "#f8ead0"), (0.55, "#fff4dd"), (1, "#d3bf9f")])
    canvas.piece(d, "#efe0c4", paint=paint, depth=14, shade=0.2)
    canvas.line(f"M{n(-upper)} {n(top)}Q0 {n(top - 12)} {n(upper)} {n(top)}", "#bda682", 3, 0.8)
    canvas.line(f"M{n(-lower)} {n(bottom)}Q0 {n(bottom + 18)} {n(lower)} {n(bottom)}", "#bda682", 3, 0.8)


def table_lamp(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    form = canvas.random.randrange(3)
    half = (
        "M0 -206L22 -206Q24 -186 60 -160C108 -120 104 -40 62 -8L62 0L0 0",
        "M0 -206L20 -206Q22 -184 34 -170C70 -150 72 -118 44 -106C92 -92 96 -40 66 -24L74 0L0 0",
        "M0 -206L30 -206C40 -150 74 -90 84 0L0 0",
    )[form]
    canvas.line("M0 -230L0 -200", "#b08d4f", 10, 1)
    solid(canvas, fabric, mirrored(half), gloss="M-44 -116Q-58 -70 -44 -36")
    _shade(canvas, -420, -226, 104, 164)
    canvas.line("M70 -4Q190 4 250 30", "#6b5847", 3, 0.6)


def floor_lamp(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    if canvas.random.random() < 0.5:
        for x in (-120, 120, 18):
            canvas.line(f"M0 -420L{x} {-4 if x != 18 else -30}", darken(fabric.color, 0.4), 12, 1)
            canvas.line(f"M-1 -420L{x - 1} {-4 if x != 18 else -30}", fabric.color, 8.5, 1)
    else:
        canvas.line("M0 -440L0 -10", darken(fabric.color, 0.4), 12, 1)
        canvas.line("M-1 -440L-1 -10", lighten(fabric.color, 0.1), 7, 1)
        canvas.piece(
            "M-92 -4Q-90 -18 0 -20Q90 -18 92 -4Q90 8 0 10Q-90 8 -92 -4Z", fabric.color, depth=8, shade=0.45
        )
    _shade(canvas, -620, -424, 112, 158)


def pendant(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    canvas.line("M0 -430L0 -190", "#4a3f36", 4, 1)
    canvas.add('<path d="M-26 -420L26 -420L18 -396L-18 -396Z" fill="#4a3f36"/>')
    material = attributes["material"]
    if material in {"paper", "rattan"}:
        paint = canvas.radial(
            [(0, "#fff6df"), (0.6, mix(fabric.color, "#ffe9bd", 0.5)), (1, darken(fabric.color, 0.18))],
            0.45,
            0.5,
            0.62,
        )
        d = (
            "M0 -196C150 -196 214 -110 214 -20C214 80 130 150 0 150C-130 150 -214 80 -214 "
            "-20C-214 -110 -150 -196 0 -196Z"
        )
        lines = "".join(
            f"M{n(-x)} {y}Q0 {y + 20} {n(x)} {y}"
            for y, x in (
                (-160, 110),
                (-120, 166),
                (-80, 198),
                (-40, 212),
                (0, 212),
                (40, 200),
                (80, 174),
                (120, 118),
            )
        )
        canvas.piece(d, fabric.color, paint=paint, depth=26, shade=0.28)
        canvas.line(lines, darken(fabric.color, 0.35), 2.6, 0.5)
        if material == "rattan":
            canvas.line(
                "".join(f"M{n(x * 0.2)} -194Q{x} -20 {n(x * 0.2)} 148" for x in range(-280, 281, 40)),
                darken(fabric.color, 0.4),
                3,
                0.55,
            )
        return
    half = "M0 -196L22 -196Q26 -160 70 -130C150 -90 190 -10 200 60L0 60"
    solid(canvas, fabric, mirrored(half, "Q0 92 -200 60"), 30, "M-120 -60Q-160 -10 -170 40")
    canvas.add(
        f'<ellipse cx="0" cy="62" rx="196" ry="24" fill="{darken(fabric.color, 0.4)}"/>'
        f'<ellipse cx="0" cy="64" rx="178" ry="17" fill="#fff0cc"/>'
    )


def desk_lamp(canvas: Canvas, fabric: Fabric, attributes: dict[str, str]) -> None:
    canvas.piece(
        "M10 -4Q12 -22 90 -24Q168 -22 170 -4Q168 8 90 10Q12 8 10 -4Z", fabric.color, depth=9, shade=0.45
    )
    for d in ("M92 -18L150 -220", "M150 -220L-40 -350"):
        canvas.line(d, darken(fabric.color, 0.5), 15, 1)
        canvas.line(d, fabric.color, 11, 1)
        canvas.line(d, lighten(fabric.color, 0.5), 3, 0.6)
    canvas.add(
        f'<circle cx="150" cy="-220" r="15" fill="{darken(fabric.color, 0.3)}"/><circle '
        f'cx="147" cy="-223" r="6" fill="{lighten(fabric.color, 0.5)}"/>'
    )
    canvas.add(
        f'<path d="M-196 -208L-4 -262L60 -4L-330 0Z" fill="#ffe7b0" fill-opacity=".2" {canvas.blur(14)}/>'
    )
    canvas.piece(
        "M-74 -380Q-20 -392 -8 -356L12 -264Q-90 -200 -196 -206Q-170 -330 -74 -380Z",
        fabric.color,
        depth=18,
        shade=0.4,
    )
    canvas.add('<path d="M12 -264Q-90 -200 -196 -206Q-120 -262 12 -264Z" fill="#fff0c8"/>')
