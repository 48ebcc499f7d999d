"""Cloth: the color, the pattern printed or woven into it, and how it catches the light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maatwerk.demo.brands import SHADES
from maatwerk.demo.pictures.canvas import Canvas
from maatwerk.demo.pictures.colors import darken, lighten, luminance, mix


@dataclass(frozen=True, slots=True)
class Fabric:
    """``pattern`` and ``turned`` are paints to lay over ``color`` (turned: for sleeves), "" where plain."""

    color: str
    dark: str
    light: str
    accent: str
    pattern: str
    turned: str
    material: str
    shiny: float  # how much it reflects, in [0, 1]
    weave: tuple[float, float, float]  # noise frequency in x and y, and height of the relief


_WEAVES: dict[str, tuple[float, float, float]] = {
    "linen": (0.03, 0.02, 2.6), "cotton": (0.018, 0.012, 3.2), "silk": (0.014, 0.004, 5.0),
    "satin": (0.012, 0.004, 6.0), "viscose": (0.014, 0.005, 4.0), "crepe": (0.016, 0.01, 2.6),
    "wool": (0.06, 0.06, 0.7), "cashmere": (0.05, 0.05, 0.7), "alpaca": (0.09, 0.08, 0.9),
    "merino": (0.03, 0.03, 1.0), "lambswool": (0.06, 0.06, 0.9), "mohair": (0.1, 0.1, 1.2),
    "denim": (0.03, 0.02, 1.6), "velvet": (0.012, 0.016, 5.0), "corduroy": (0.02, 0.01, 2.5),
    "nylon": (0.018, 0.022, 2.6), "leather": (0.05, 0.05, 0.7), "suede": (0.16, 0.16, 0.7),
    "canvas": (0.1, 0.1, 0.7), "stoneware": (0.12, 0.12, 0.5), "travertine": (0.01, 0.06, 1.6),
    "terracotta": (0.14, 0.14, 0.6), "straw": (0.05, 0.05, 0.8), "paper": (0.05, 0.05, 1.0),
}  # fmt: skip
_SHINE = {"satin": 0.9, "silk": 0.75, "leather": 0.7, "nylon": 0.5, "velvet": 0.45, "viscose": 0.3}


def fabric_of(canvas: Canvas, product: Mapping[str, Any]) -> Fabric:
    """The cloth of a product, its pattern defined on the canvas."""
    attributes = product["attributes"]
    color = SHADES[attributes["shade"]][1]
    material = attributes["material"]
    accent = _accent(color, canvas)
    pattern = _pattern(canvas, _pattern_kind(product), color, accent)
    turned = ""
    if pattern:
        markup = f'<pattern id="{{id}}" href="#{pattern}" patternTransform="rotate(-9)"/>'
        turned = f"url(#{canvas.define(markup)})"
    return Fabric(
        color=color,
        dark=darken(color, 0.45),
        light=lighten(color, 0.45),
        accent=accent,
        pattern=f"url(#{pattern})" if pattern else "",
        turned=turned,
        material=material,
        shiny=_SHINE.get(material, 0.1),
        weave=_WEAVES.get(material, (0.01, 0.01, 0.6)),
    )


def finish(canvas: Canvas, fabric: Fabric, shadow: float = 0.26) -> str:
    """A filter attribute for the whole garment: the relief of the cloth, and its soft shadow on the wall."""
    fx, fy, height = fabric.weave
    seed = canvas.random.randrange(1, 999)
    markup = (
        '<filter id="{id}" x="-15%" y="-8%" width="130%" height="122%" color-interpolation-filters="sRGB">'
        f'<feTurbulence type="fractalNoise" baseFrequency="{fx} {fy}" numOctaves="4" seed="{seed}"/>'
        f'<feDiffuseLighting surfaceScale="{height}" lighting-color="#fff"><feDistantLight azimuth="235" '
        'elevation="58"/></feDiffuseLighting><feComponentTransfer><feFuncR type="linear" intercept="-.35"/>'
        '<feFuncG type="linear" intercept="-.35"/><feFuncB type="linear" '
        'intercept="-.35"/></feComponentTransfer>'
        '<feBlend mode="soft-light" in2="SourceGraphic"/><feComposite operator="in" in2="SourceAlpha"/>'
        f'<feDropShadow dx="9" dy="15" stdDeviation="13" flood-color="#4a3a2c" '
        f'flood-opacity="{shadow}"/></filter>'
    )
    return f'filter="url(#{canvas.define(markup)})"'


def _accent(color: str, canvas: Canvas) -> str:
    """A second color for prints: light on dark cloth, deep on light cloth."""
    if luminance(color) < 0.5:
        return canvas.random.choice(
            (lighten(color, 0.8), "#f0e4cf", mix(lighten(color, 0.6), "#e9c9a0", 0.4))
        )
    return canvas.random.choice(
        (darken(color, 0.62), "#2f3c5c", mix(darken(color, 0.4), "#a2483a", 0.55), "#3f5a49")
    )


def _pattern_kind(product: Mapping[str, Any]) -> str:
    """Which way a stripe runs depends on what wears it; plain denim shows its twill."""
    attributes = product["attributes"]
    leaf = product["categories"][0].split("/")[1]
    if attributes["pattern"] == "plain" and attributes["material"] == "denim":
        return "twill"
    if attributes["pattern"] == "stripe":
        across = leaf in {"knitwear", "throws", "vases", "tableware"} or attributes["cut"] in {
            "tee",
            "tank",
            "polo",
        }
        down = leaf in {"trousers", "skirts", "shirts"} or attributes["cut"] == "shirt"
        return "sailor" if across or (not down and product["sku"][-1] in "02468") else "pinstripe"
    return str(attributes["pattern"])


def _pattern(canvas: Canvas, kind: str, color: str, accent: str) -> str:
    """The id of the pattern, "" for plain cloth."""
    draw = _PATTERNS.get(kind)
    return canvas.define(draw(canvas, color, accent)) if draw else ""


def _tile(width: float, height: float, content: str, turn: float = 0) -> str:
    rotated = f' patternTransform="rotate({turn})"' if turn else ""
    return (
        f'<pattern id="{{id}}" width="{width}" height="{height}" '
        f'patternUnits="userSpaceOnUse"{rotated}>{content}</pattern>'
    )


def _pinstripe(canvas: Canvas, color: str, accent: str) -> str:
    """Fine vertical shirting."""
    step = canvas.random.choice((9, 13, 17))
    return _tile(
        step,
        step,
        f'<path d="M3 0V{step}" stroke="{accent}" stroke-opacity=".55" stroke-width="{step / 7:.1f}"/>',
    )


def _sailor(canvas: Canvas, color: str, accent: str) -> str:
    """A horizontal stripe with air between."""
    step, width = canvas.random.choice(((15, 4), (18, 6), (26, 13)))
    return _tile(step, step, f'<rect width="{step}" height="{width}" fill="{accent}" fill-opacity=".78"/>')


def _check(canvas: Canvas, color: str, accent: str) -> str:
    style = canvas.random.randrange(3)
    if style == 0:  # gingham
        bars = "".join(
            f'<rect {size} fill="{accent}" fill-opacity=".42"/>'
            for size in ('width="22" height="11"', 'width="11" height="22"')
        )
        return _tile(22, 22, bars)
    if style == 1:  # windowpane
        return _tile(
            46, 46, f'<path d="M0 1H46M1 0V46" stroke="{accent}" stroke-opacity=".6" stroke-width="1.8"/>'
        )
    second = lighten(color, 0.6) if luminance(color) < 0.5 else darken(color, 0.35)
    return _tile(
        60, 60,
        f'<path d="M0 14H60M14 0V60" stroke="{second}" stroke-opacity=".4" stroke-width="16"/>'
        f'<path d="M0 42H60M42 0V60" stroke="{accent}" stroke-opacity=".45" stroke-width="5"/>'
        f'<path d="M0 14H60M14 0V60" stroke="{accent}" stroke-opacity=".35" stroke-width="1.6"/>',
    )  # fmt: skip


def _dot(canvas: Canvas, color: str, accent: str) -> str:
    radius = canvas.random.choice((2.2, 3, 4.4))
    step = radius * 6.5
    dots = "".join(
        f'<circle cx="{x * step}" cy="{y * step}" r="{radius}"/>' for x, y in ((0.25, 0.25), (0.75, 0.75))
    )
    return _tile(step, step, f'<g fill="{accent}" fill-opacity=".88">{dots}</g>')


def _floral(canvas: Canvas, color: str, accent: str) -> str:
    """Small five-petaled flowers with leaves, scattered, in two print colors."""
    random = canvas.random
    leaf = "#6f8a63" if luminance(color) > 0.45 else "#9db08c"
    second = random.choice(("#e7b7a0", "#d98a7b", "#e8cf8f", "#b9c4dd", "#f3e6d8"))
    petal = canvas.define(
        '<g id="{id}">'
        + "".join(
            f'<ellipse cy="-5.4" rx="3.3" ry="5" transform="rotate({turn})"/>' for turn in range(0, 360, 72)
        )
        + '<circle r="2.3" fill="#e4b95a"/></g>'
    )
    spray = []
    for x, y in ((14.0, 18.0), (48, 10), (74, 34), (30, 52), (62, 70), (10, 78)):
        x, y = x + random.uniform(-4, 4), y + random.uniform(-4, 4)
        turn, size = random.randrange(360), random.uniform(0.6, 1.25)
        spray.append(
            f'<g transform="translate({x:.0f} {y:.0f}) rotate({turn}) scale({size:.2f})">'
            f'<path d="M5 7q9 0 12 9q-10 0-12-9M-5 6q-2 8-10 9q0-8 10-9" '
            f'fill="{leaf}" fill-opacity=".85"/><use href="#{petal}" '
            f'fill="{random.choice((accent, second, second))}"/></g>'
        )
    return _tile(88, 92, "".join(spray))


def _knit(canvas: Canvas, color: str, accent: str) -> str:
    """Rows of small v: stockinette."""
    dark, light = darken(color, 0.34), lighten(color, 0.3)
    return _tile(
        11, 9,
        f'<path d="M.8 1L5.5 6.4L10.2 1" fill="none" stroke="{dark}" stroke-opacity=".5" stroke-width="2"/>'

            f'<path d="M.8-.6L5.5 4.8L10.2-.6M.8 8.4L5.5 13.8L10.2 8.4" fill="none" '
            f'stroke="{light}" stroke-opacity=".4" stroke-width="1.5"/>'
        ,
    )  # fmt: skip


def _cable(canvas: Canvas, color: str, accent: str) -> str:
    """Braids between ribs."""
    dark, light = darken(color, 0.4), lighten(color, 0.35)
    braid = "M16 0C16 12 34 14 34 26M34 0C34 12 16 14 16 26M16 26C16 38 34 40 34 52M34 26C34 38 16 40 16 52"
    return _tile(
        64, 52,
        f'<g fill="none"><path d="{braid}" stroke="{dark}" stroke-opacity=".42" stroke-width="9"/>'
        f'<path d="{braid}" stroke="{mix(color, light, 0.35)}" stroke-width="6"/>'

            f'<path d="M6 0V52M44 0V52M50 0V52M56 0V52" stroke="{dark}" stroke-opacity=".35" '
            f'stroke-width="2.2"/></g>'
        ,
    )  # fmt: skip


def _quilt(canvas: Canvas, color: str, accent: str) -> str:
    """Diamonds with a lit upper side."""
    dark, light = darken(color, 0.5), lighten(color, 0.5)
    return _tile(
        44, 44,
        f'<path d="M22 3L41 22H3Z" fill="{light}" fill-opacity=".16"/>'
        f'<path d="M0 0L44 44M44 0L0 44" stroke="{dark}" stroke-opacity=".55" stroke-width="1.6"/>'

            f'<path d="M0 2.4L22 24.4L44 2.4" fill="none" stroke="{light}" '
            f'stroke-opacity=".3" stroke-width="1.2"/>'
        ,
    )  # fmt: skip


def _cord(canvas: Canvas, color: str, accent: str) -> str:
    return _tile(7, 7,
        f'<path d="M1 0V7" stroke="{darken(color, 0.5)}" stroke-opacity=".4" '
        f'stroke-width="1.8"/>'


                           f'<path d="M4 0V7" stroke="{lighten(color, 0.5)}" stroke-opacity=".25" '
                           f'stroke-width="2"/>'
                       )  # fmt: skip


def _twill(canvas: Canvas, color: str, accent: str) -> str:
    return _tile(
        5, 5, f'<path d="M0 0V5" stroke="{lighten(color, 0.6)}" stroke-opacity=".22" stroke-width="1.6"/>', 28
    )


def _weave(canvas: Canvas, color: str, accent: str) -> str:
    dark, light = darken(color, 0.45), lighten(color, 0.4)
    return _tile(
        24, 24,

            f'<path d="M1 6H11M13 18H23" stroke="{light}" stroke-opacity=".6" '
            f'stroke-width="8" stroke-linecap="round"/>'


            f'<path d="M18 1V11M6 13V23" stroke="{dark}" stroke-opacity=".35" '
            f'stroke-width="8" stroke-linecap="round"/>'

        f'<path d="M0 0H24M0 12H24M12 0V24M0 0V24" stroke="{dark}" stroke-opacity=".25"/>',
    )  # fmt: skip


_PATTERNS = {
    "pinstripe": _pinstripe, "sailor": _sailor, "check": _check, "dot": _dot, "floral": _floral,
    "knit": _knit, "cable": _cable,
    "quilt": _quilt, "cord": _cord, "twill": _twill, "weave": _weave,
}  # fmt: skip
