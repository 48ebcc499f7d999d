"""The stage of the wide pictures: a room in window light, a niche, plinths, a rail, paper tags."""

from __future__ import annotations

from maatwerk.demo.pictures.canvas import Canvas, n
from maatwerk.demo.pictures.colors import darken, lighten

WIDTH, HEIGHT = 1600, 720
_HORIZON = 584.0


def room(canvas: Canvas, wall: str) -> None:
    """Wall and floor, and a tall window's light with its bars falling across both."""
    light = canvas.radial([(0, lighten(wall, 0.5)), (0.55, wall), (1, darken(wall, 0.1))], 0.6, 0.22, 0.75)
    canvas.add(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{light}"/>')
    floor = canvas.linear(
        [(0, darken(wall, 0.16)), (0.5, darken(wall, 0.05)), (1, lighten(wall, 0.12))], 0, 0, 0, 1
    )
    canvas.add(f'<rect y="{n(_HORIZON)}" width="{WIDTH}" height="{n(HEIGHT - _HORIZON)}" fill="{floor}"/>')
    shift = canvas.random.uniform(-60, 60)
    panes = ""
    for column in range(3):
        for row in range(3):
            x, y = 640 + shift + column * 196 - row * 52, -60.0 + row * 214
            panes += (
                f"M{n(x)} {n(y)}L{n(x + 172)} {n(y + 12)}L{n(x + 124)} {n(y + 206)}L{n(x - 48)} {n(y + 194)}Z"
            )
    canvas.add(f'<path d="{panes}" fill="#fff8ea" fill-opacity=".34" {canvas.blur(9)}/>')
    leaves = ""
    for _ in range(13):
        x, y = 1180 + shift + canvas.random.uniform(-250, 330), canvas.random.uniform(-40, 230)
        leaves += (
            f'<ellipse cx="{n(x)}" cy="{n(y)}" rx="{n(canvas.random.uniform(34, 66))}" '
            f'ry="11" transform="rotate({canvas.random.randrange(-70, 20)} {n(x)} {n(y)})"/>'
        )
    canvas.add(f'<g fill="{darken(wall, 0.5)}" fill-opacity=".1" {canvas.blur(10)}>{leaves}</g>')


def arch(canvas: Canvas, wall: str, x: float, width: float, top: float) -> None:
    """A shallow niche with a round head."""
    r = width / 2
    d = (
        f"M{n(x - r)} {n(_HORIZON + 1)}L{n(x - r)} {n(top + r)}C{n(x - r)} "
        f"{n(top + r * 0.44)} {n(x - r * 0.56)} {n(top)} {n(x)} {n(top)}"
        f"C{n(x + r * 0.56)} {n(top)} {n(x + r)} {n(top + r * 0.44)} {n(x + r)} "
        f"{n(top + r)}L{n(x + r)} {n(_HORIZON + 1)}Z"
    )
    tone = canvas.linear([(0, darken(wall, 0.2)), (0.4, darken(wall, 0.09)), (1, darken(wall, 0.02))])
    canvas.piece(d, darken(wall, 0.1), paint=tone, depth=14, shade=0.3)


def plinth(canvas: Canvas, wall: str, x: float, width: float, height: float, y: float) -> None:
    """A round plaster plinth that stands at ``y``."""
    r, top, e = width / 2, y - height, width * 0.085
    tone = canvas.linear(
        [
            (0, darken(wall, 0.04)),
            (0.3, lighten(wall, 0.42)),
            (0.62, lighten(wall, 0.1)),
            (1, darken(wall, 0.22)),
        ]
    )
    canvas.add(
        f'<ellipse cx="{n(x + 26)}" cy="{n(y + e)}" rx="{n(r * 1.2)}" ry="{n(e * 2)}" '
        f'fill="#4a3a2c" fill-opacity=".34" {canvas.blur(14)}/>'
    )
    canvas.add(
        f'<path d="M{n(x - r)} {n(top)}L{n(x - r)} {n(y)}Q{n(x)} {n(y + e * 2)} '
        f'{n(x + r)} {n(y)}L{n(x + r)} {n(top)}Z" fill="{tone}"/>'
    )
    canvas.add(f'<ellipse cx="{n(x)}" cy="{n(top)}" rx="{n(r)}" ry="{n(e)}" fill="{lighten(wall, 0.5)}"/>')


def rail(canvas: Canvas, left: float, right: float, y: float) -> None:
    """A brass rail on two stands."""
    for x in (left, right):
        canvas.line(f"M{n(x)} {n(y)}L{n(x)} {n(_HORIZON + 70)}", "#6f5527", 11, 1)
        canvas.line(f"M{n(x - 2)} {n(y)}L{n(x - 2)} {n(_HORIZON + 70)}", "#cfae6d", 5, 1)
        canvas.line(f"M{n(x - 44)} {n(_HORIZON + 76)}L{n(x + 44)} {n(_HORIZON + 70)}", "#6f5527", 10, 1)
    canvas.line(f"M{n(left - 14)} {n(y)}L{n(right + 14)} {n(y)}", "#6f5527", 12, 1)
    canvas.line(f"M{n(left - 12)} {n(y - 2)}L{n(right + 12)} {n(y - 2)}", "#d9bd82", 5, 1)


def tag(canvas: Canvas, x: float, y: float) -> None:
    """A paper tag on a string, with a percent sign drawn on it."""
    turn = canvas.random.uniform(-12, 12)
    canvas.line(f"M{n(x - 26)} {n(y - 96)}Q{n(x + 6)} {n(y - 66)} {n(x)} {n(y - 32)}", "#5b4a3a", 2, 0.8)
    canvas.add(
        f'<g transform="translate({n(x)} {n(y)}) rotate({n(turn)})"><path d="M-27 -20'
        f'L-12 -40L12 -40L27 -20L27 46L-27 46Z" fill="#3b2c20" fill-opacity=".35" '
        f'transform="translate(4 7)" {canvas.blur(5)}/><path d="M-27 -20L-12 -40L12 -40'
        f'L27 -20L27 46L-27 46Z" fill="#fbf5ea"/><circle cy="-28" r="4" fill="#8d7a63"/>'
        '<g fill="none" stroke="#b0452f" stroke-width="4.4" stroke-linecap="round">'
        '<circle cx="-9" cy="2" r="6.4"/><circle cx="9" cy="24" r="6.4"/><path d="M11 '
        '-4L-11 30"/></g></g>'
    )
