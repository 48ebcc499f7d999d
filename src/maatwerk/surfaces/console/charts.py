"""Charts drawn on the server: inline SVG in the colors of the tokens. Each stands over a table."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 720, 180


def columns(values: Sequence[float], before: Sequence[float], label: str, wide: bool = True) -> Markup:
    """Columns from zero, the newest marked; the period before as a thin line; ``label`` is for hearing."""
    width, height = (WIDTH, HEIGHT) if wide else (240, 56)
    top = max([*values, *before, 0.0]) or 1.0
    step = width / max(len(values), 1)
    room = step * (0.28 if wide else 0.22)
    drawn = [f'<svg class="chart{"" if wide else " chart-small"}" viewBox="0 0 {width} {height}" role="img" ']
    drawn.append(Markup('preserveAspectRatio="none" aria-label="{}">').format(label))
    floor = height - 1
    for place, value in enumerate(values):
        tall = max((floor - 4) * value / top, 1.0 if value else 0.0)
        kind = "bar bar-last" if place == len(values) - 1 else "bar"
        drawn.append(
            f'<rect class="{kind}" x="{place * step + room / 2:.1f}" y="{floor - tall:.1f}" '
            f'width="{step - room:.1f}" height="{tall:.1f}"/>'
        )
    if before and any(before):
        points = " ".join(
            f"{(place + 0.5) * step:.1f},{floor - (floor - 4) * value / top:.1f}"
            for place, value in enumerate(before)
        )
        drawn.append(f'<polyline class="before" points="{points}"/>')
    drawn.append(f'<line class="floor" x1="0" x2="{width}" y1="{floor + 0.5}" y2="{floor + 0.5}"/></svg>')
    return Markup("".join(drawn))


def interval(low: float, middle: float, high: float, truth: float | None, label: str) -> Markup:
    """An interval with its estimate against zero, and the true value where it is known."""
    ends = [low, high, 0.0, *([truth] if truth is not None else [])]
    least, most = min(ends), max(ends)
    room = (most - least) * 0.08 or 1.0
    least, most = least - room, most + room

    def at(value: float) -> str:
        return f"{(value - least) / (most - least) * 360:.1f}"

    drawn: list[str] = [
        Markup('<svg class="interval" viewBox="0 0 360 34" role="img" aria-label="{}">').format(label)
    ]
    drawn.append(f'<line class="zero" x1="{at(0)}" x2="{at(0)}" y1="2" y2="32"/>')
    drawn.append(f'<line class="reach" x1="{at(low)}" x2="{at(high)}" y1="18" y2="18"/>')
    drawn.extend(
        f'<line class="reach" x1="{at(end)}" x2="{at(end)}" y1="14" y2="22"/>' for end in (low, high)
    )
    drawn.append(f'<circle class="middle" cx="{at(middle)}" cy="18" r="3.5"/>')
    if truth is not None:
        drawn.append(f'<path class="truth" d="M{at(truth)} 12l-4 -6h8z"/>')
    drawn.append("</svg>")
    return Markup("".join(drawn))


def bar(value: float, label: str) -> Markup:
    """A share in [0, 1] as a bar."""
    width = max(0.0, min(value, 1.0)) * 100
    return Markup(
        '<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="meter-room" width="100" height="6"/>'
        '<rect class="meter-full" width="{}" height="6"/></svg>'
    ).format(label, f"{width:.1f}")


def band(
    values: Sequence[float], low: Sequence[float | None], high: Sequence[float | None], label: str
) -> Markup:
    """A line from zero; where it has bounds it is a forecast: dashed, with a band around it."""
    top = max([*values, *(each for each in high if each is not None), 0.0]) or 1.0
    step = WIDTH / max(len(values) - 1, 1)
    floor = HEIGHT - 1

    def at(place: int, value: float) -> str:
        return f"{place * step:.1f},{floor - (floor - 6) * value / top:.1f}"

    first = next((place for place, each in enumerate(low) if each is not None), len(values))
    past = " ".join(at(place, values[place]) for place in range(first))
    drawn: list[str] = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" preserveAspectRatio="none" ',
        Markup('aria-label="{}">').format(label),
    ]
    if first < len(values):
        ahead = range(first, len(values))
        upper = [at(place, high[place] or 0.0) for place in ahead]
        lower = [at(place, low[place] or 0.0) for place in reversed(ahead)]
        drawn.append(f'<polygon class="band" points="{" ".join([*upper, *lower])}"/>')
        start = max(first - 1, 0)
        future = " ".join(at(place, values[place]) for place in range(start, len(values)))
        drawn.append(f'<polyline class="ahead" points="{future}"/>')
    drawn.append(f'<polyline class="line" points="{past}"/>')
    drawn.append(f'<line class="floor" x1="0" x2="{WIDTH}" y1="{floor + 0.5}" y2="{floor + 0.5}"/></svg>')
    return Markup("".join(drawn))


def curve(points: Sequence[tuple[float, float]], label: str) -> Markup:
    """How a whole is spread: shares over shares, both in [0, 1], against the line of an even spread."""
    side = 240
    path = " ".join(f"{x * side:.1f},{(1 - y) * side:.1f}" for x, y in [(0.0, 0.0), *points])
    return Markup(
        '<svg class="curve" viewBox="-2 -2 {} {}" role="img" aria-label="{}">'
        '<line class="before" x1="0" y1="{}" x2="{}" y2="0"/><polyline class="line" points="{}"/>'
        '<path class="floor" d="M0 0V{}H{}" fill="none"/></svg>'
    ).format(side + 4, side + 4, label, side, side, path, side, side)
