"""The first page: how the shop is doing, and what personalization adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from maatwerk.core.money import digits_of
from maatwerk.decisions.experiments.readout import CONVERSIONS_LEAST, USERS_LEAST, Readout
from maatwerk.flows.insight import Insight, insight
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.kept import Kept
from maatwerk.surfaces.console.rendering import Rendering, count, money, share
from maatwerk.views.insight.figures import BY_KEY, Day, Figures, Metric, Sums

WINDOWS = (7, 30)
_SECONDS = 20.0
_CARDS = ("revenue_per_visitor", "visitors", "conversion", "order_value", "repeat_rate", "clicked_minor")


class OverviewPages:
    """The routes of the first page."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._kept = Kept(_SECONDS)

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [("/", self.overview, "GET")]

    async def overview(self, request: Request) -> Response:
        """How the shop is doing."""
        asked = request.query_params.get("days", "")
        days = int(asked) if asked in map(str, WINDOWS) else WINDOWS[0]
        found = await self._kept.get(days, lambda: self._insight(days))
        return self._rendering.page(
            request,
            "overview.html",
            section="overview",
            days=days,
            windows=WINDOWS,
            title=headline(found.figures),
            cards=[card(BY_KEY[key], found.figures) for key in _CARDS],
            figures=found.figures,
            added=found.added,
            added_since=found.added_since,
            verdict=verdict(found.added, self._access.currency),
            truth=self._truth(),
            least=(USERS_LEAST, CONVERSIONS_LEAST),
        )

    def _insight(self, days: int) -> Insight:
        return insight(self._access.reporting, days)

    def _truth(self) -> Mapping[str, Any] | None:
        return self._access.truth()


def headline(figures: Figures) -> str:
    """The answer as a sentence."""
    now, before = figures.now.revenue_per_visitor, figures.before.revenue_per_visitor
    if now is None:
        return "No visitors yet"
    text = f"Revenue per visitor {money(now, figures.currency)}"
    if before is None:
        return text
    change = round(now - before)
    if not change:
        return f"{text}, as in the {figures.days} days before"
    return f"{text}, {'up' if change > 0 else 'down'} {money(abs(change), figures.currency, unit=False)}"


def card(definition: Metric, figures: Figures) -> dict[str, Any]:
    """One figure: its value, its change in words, and its days."""
    key, unit = definition.key, definition.unit
    value, before = figures.now.value(key), figures.before.value(key)
    return {
        "definition": definition,
        "value": _write(value, unit, figures.currency),
        "unit": figures.currency if unit == "money" and value is not None else "",
        "change": _change(value, before, unit, figures.currency),
        "better": 0 if value is None or before is None else (value > before) - (value < before),
        "daily": [_daily(day, key) for day in figures.daily],
        "daily_before": [_daily(day, key) for day in figures.daily_before],
        "note": _note(figures.now, key, figures.currency),
    }


def verdict(added: Readout, currency: str) -> str:
    """What Maatwerk adds, or that it is not yet known and why."""
    if added.state == "no_holdout":
        return "Not measured: the shop keeps no holdout"
    if added.state == "mismatch":
        return "Not known: the arms are not the size they were meant to be"
    if added.state == "too_few":
        return "Not yet known"
    assert added.added_minor is not None
    estimate, low, high = added.added_minor
    if added.state == "undecided":
        return f"Not yet known: between {_rough(low, currency)} and {_rough(high, currency, sign=True)}"
    word = "adds" if added.state == "adds" else "costs"
    return f"Maatwerk {word} {_rough(abs(estimate), currency)}"


def _write(value: float | None, unit: str, currency: str) -> str:
    if unit == "money":
        return money(value, currency, unit=False)
    return share(value) if unit == "share" else count(value)


def _change(value: float | None, before: float | None, unit: str, currency: str) -> str:
    if value is None or before is None:
        return "nothing to compare with yet"
    if unit == "money":
        return f"{money(value - before, currency, sign=True, unit=False) if round(value - before) else '±0'}"
    if unit == "share":
        return f"{'+' if value >= before else '−'}{abs(value - before) * 100:.1f} points"
    if not before:
        return "nothing to compare with yet"
    if value > 10 * before:
        return f"from {count(before)}"
    return share(value / before - 1, sign=True)


def _note(sums: Sums, key: str, currency: str) -> str:
    if key == "conversion":
        return f"{count(sums.buyers)} of {count(sums.visitors)} visitors ordered"
    if key == "order_value":
        return f"{_orders(sums.orders)}, {money(sums.revenue_minor, currency)}"
    if key == "repeat_rate":
        return f"{count(sums.returning)} of {count(sums.buyers)} buyers came back"
    if key == "clicked_minor":
        return f"{share(sums.clicked_share)} of revenue, {_orders(sums.clicked_orders)}"
    if key == "revenue_per_visitor":
        return f"{money(sums.revenue_minor, currency)} from {count(sums.visitors)} visitors"
    return "distinct shoppers"


def _rough(minor: float, currency: str, *, sign: bool = False) -> str:
    """An estimate in whole units where it is thousands: more digits than are known say nothing."""
    unit = 10 ** digits_of(currency)
    if abs(minor) < 1_000 * unit:
        return money(minor, currency, sign=sign)
    mark = "−" if minor < 0 else "+" if sign else ""
    return f"{mark}{abs(minor) / unit:,.0f} {currency}"


def _orders(number: int) -> str:
    return f"{count(number)} order{'' if number == 1 else 's'}"


_DAILY: dict[str, Callable[[Day], float]] = {
    "visitors": lambda day: day.visitors,
    "conversion": lambda day: day.buyers / day.visitors if day.visitors else 0.0,
    "order_value": lambda day: day.revenue_minor / day.orders if day.orders else 0.0,
    "revenue_per_visitor": lambda day: day.revenue_minor / day.visitors if day.visitors else 0.0,
}


def _daily(day: Day, key: str) -> float:
    return _DAILY[key](day) if key in _DAILY else 0.0
