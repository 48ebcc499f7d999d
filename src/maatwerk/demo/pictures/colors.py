"""Arithmetic on colors written as ``#rrggbb``."""

from __future__ import annotations

WARM_DARK = "#1d1512"
WARM_LIGHT = "#fffaf2"


def mix(first: str, second: str, share: float) -> str:
    """The color ``share`` of the way from the first to the second; share in [0, 1]."""
    one, two = _channels(first), _channels(second)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(one, two, strict=True))


def darken(color: str, share: float) -> str:
    """Toward a warm black."""
    return mix(color, WARM_DARK, share)


def lighten(color: str, share: float) -> str:
    """Toward a warm white."""
    return mix(color, WARM_LIGHT, share)


def luminance(color: str) -> float:
    """Perceived brightness in [0, 1] (Rec. 709 weights on the encoded values)."""
    red, green, blue = _channels(color)
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
