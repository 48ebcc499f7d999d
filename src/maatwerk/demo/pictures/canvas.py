"""The sheet a product is drawn on: definitions, shapes and filters, with ids that never clash on one page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from random import Random

from maatwerk.demo.pictures.colors import darken, lighten, luminance

WIDTH, HEIGHT = 600, 750
_ID = '"{id}"'
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def n(value: float) -> str:
    """A coordinate: one decimal where it is small, none where nobody would see it."""
    return f"{value:.0f}" if abs(value) >= 30 else f"{value:.1f}".removesuffix(".0")


def flip(d: str) -> str:
    """A path of absolute M, L, C, Q and Z commands, mirrored at x = 0."""
    place = iter(range(10_000))
    return _NUMBER.sub(lambda m: n(-float(m[0])) if next(place) % 2 == 0 else m[0], d)


def mirrored(half: str, hem: str = "") -> str:
    """A closed outline from its right half, top center down; ``hem`` leads over to the left side."""
    segments = [
        (letter, [float(number) for number in _NUMBER.findall(numbers)])
        for letter, numbers in re.findall(r"([MLCQ])([^MLCQZ]*)", half)
    ]
    back = []
    for position in range(len(segments) - 1, 0, -1):
        letter, numbers = segments[position]
        points = list(zip(numbers[0::2], numbers[1::2], strict=True))
        target = segments[position - 1][1][-2:]
        route = [*reversed(points[:-1]), (target[0], target[1])]
        back.append(letter + " ".join(f"{n(-x)} {n(y)}" for x, y in route))
    last = segments[-1][1][-2:]
    return f"{half}{hem or f'L{n(-last[0])} {n(last[1])}'}{''.join(back)}Z"


class Canvas:
    """One picture in the making. ``prefix`` starts every id; ``random`` gives the small irregularities.

    Without ``floors`` things bring no floor of their own: they stand in a larger scene.
    """

    def __init__(
        self, prefix: str, random: Random, width: int = WIDTH, height: int = HEIGHT, floors: bool = True
    ) -> None:
        self.prefix = prefix
        self.random = random
        self.width = width
        self.height = height
        self.floors = floors
        self._defs: list[str] = []
        self._body: list[str] = []
        self._known: dict[str, str] = {}
        self._count = 0

    def define(self, markup: str) -> str:
        """Keep a definition (``{id}`` stands for its id) and return the id; the same markup is kept once."""
        if markup not in self._known:
            self._count += 1
            name = f"{self.prefix}_{self._count}"
            self._known[markup] = name
            self._defs.append(markup.replace("{id}", name))
        return self._known[markup]

    def add(self, markup: str) -> None:
        """Draw on top of what is there."""
        self._body.append(markup)

    def linear(
        self,
        stops: Sequence[tuple[float, str]],
        x1: float = 0,
        y1: float = 0,
        x2: float = 1,
        y2: float = 0,
        opacities: Sequence[float] = (),
    ) -> str:
        """A linear gradient over the shape's box, as a paint."""
        marks = _stops(stops, opacities)
        axis = f'x1="{n(x1)}" y1="{n(y1)}" x2="{n(x2)}" y2="{n(y2)}"'
        return f"url(#{self.define(f'<linearGradient id={_ID} {axis}>{marks}</linearGradient>')})"

    def radial(
        self,
        stops: Sequence[tuple[float, str]],
        cx: float = 0.5,
        cy: float = 0.5,
        r: float = 0.5,
        opacities: Sequence[float] = (),
    ) -> str:
        """A radial gradient over the shape's box, as a paint."""
        marks = _stops(stops, opacities)
        circle = f'cx="{cx}" cy="{cy}" r="{r}"'
        return f"url(#{self.define(f'<radialGradient id={_ID} {circle}>{marks}</radialGradient>')})"

    def blur(self, deviation: float) -> str:
        """A filter attribute that softens by so many units."""
        markup = (
            f'<filter id="{{id}}" filterUnits="userSpaceOnUse" x="-{self.width}" '
            f'y="-{self.height}" width="{2 * self.width}" '
            f'height="{2 * self.height}"><feGaussianBlur stdDeviation="{n(deviation)}"/></filter>'
        )
        return f'filter="url(#{self.define(markup)})"'

    def clip(self, d: str) -> tuple[str, str]:
        """The id of a path and a clip-path attribute that cuts to it."""
        shape = self.define(f'<path id="{{id}}" d="{d}"/>')
        cut = self.define(f'<clipPath id="{{id}}"><use href="#{shape}"/></clipPath>')
        return shape, f'clip-path="url(#{cut})"'

    def piece(self, d: str, color: str, *, pattern: str = "", depth: float = 16, shade: float = 0.34,
              inside: str = "", paint: str = "", sheen: float = 0.14) -> None:  # fmt: skip
        """A soft body of one color: darker toward its right and lower edge, lit from the upper left.

        ``pattern`` is a paint laid over the color, ``inside`` is markup cut to the shape (folds, shadows of
        what lies on top), ``depth`` how far the edge shading reaches, ``shade`` and ``sheen`` how strong
        shadow and light are.
        """
        shape, cut = self.clip(d)
        self.add(f'<use href="#{shape}" fill="{paint or color}"/>')
        if pattern:
            self.add(f'<use href="#{shape}" fill="{pattern}"/>')
        dark, light = darken(color, 0.62), lighten(color, 0.75)
        shade = round(shade * (0.88 + 0.4 * luminance(color)), 2)
        glow = (
            f'<use href="#{shape}" fill="none" stroke="{light}" stroke-opacity="{sheen}" '
            f'stroke-width="{n(depth)}" '
            f'x="{n(depth * 0.75)}" y="{n(depth * 0.6)}" {self.blur(depth * 0.5)}/>'
        )
        self.add(
            f'<g {cut}>{inside}<use href="#{shape}" fill="none" stroke="{dark}" stroke-opacity="{shade}" '
            f'stroke-width="{n(depth * 2)}" x="{n(-depth * 0.2)}" y="{n(-depth * 0.25)}" '
            f"{self.blur(depth * 0.7)}/>"
            f"{glow if depth >= 8 else ''}</g>"
        )

    @contextmanager
    def aside(self) -> Iterator[list[str]]:
        """What is drawn inside is collected in the list instead of shown."""
        whole, self._body = self._body, []
        parts = self._body
        yield parts
        self._body = whole

    @contextmanager
    def twice(self) -> Iterator[None]:
        """What is drawn inside appears twice: as drawn, and mirrored at x = 0."""
        with self.aside() as parts:
            yield
        half = self.define(f'<g id="{{id}}">{"".join(parts)}</g>')
        self.add(f'<use href="#{half}" transform="scale(-1 1)"/><use href="#{half}"/>')

    def line(self, d: str, color: str, width: float = 1.2, opacity: float = 0.55, dash: str = "",
             cap: str = "round") -> None:  # fmt: skip
        """A seam, a stitch or an edge."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        known = self._known.get(f'<path id="{{id}}" d="{d}"/>')
        shape = f'<use href="#{known}"' if known else f'<path d="{d}"'
        self.add(
            f'{shape} fill="none" stroke="{color}" stroke-width="{n(width)}" stroke-opacity="{opacity}" '
            f'stroke-linecap="{cap}"{dashes}/>'
        )

    def shadow(self, d: str, color: str, opacity: float, dx: float, dy: float, soft: float) -> None:
        """The shadow that a piece of this shape throws on what lies below it."""
        shape, _ = self.clip(d)
        self.add(
            f'<use href="#{shape}" fill="{color}" fill-opacity="{opacity}" x="{n(dx)}" '
            f'y="{n(dy)}" {self.blur(soft)}/>'
        )

    def svg(self, title: str) -> str:
        """The whole picture as one SVG document; ``title`` is escaped and read aloud by screen readers."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img"><title>{escape(title)}</title>'
            f"<defs>{''.join(self._defs)}</defs>{''.join(self._body)}</svg>"
        )


def _stops(stops: Sequence[tuple[float, str]], opacities: Sequence[float]) -> str:
    alphas = [f' stop-opacity="{alpha}"' for alpha in opacities] or [""] * len(stops)
    return "".join(
        f'<stop offset="{n(offset * 100)}%" stop-color="{color}"{alpha}/>'
        for (offset, color), alpha in zip(stops, alphas, strict=True)
    )
