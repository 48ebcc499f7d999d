"""Trends: what sold when, what to expect of the next weeks, and the days that were not as expected,
explained."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

from maatwerk.core.time import DAY
from maatwerk.views.insight.forecast import LEAST, WEEK, Forecast, forecast
from maatwerk.views.insight.holidays import day_of, holiday
from maatwerk.views.insight.reports.words import Chart, Column, Kind, Report, Situation, Table
from maatwerk.views.insight.sql import text as sql_text

AHEAD = 28
_PAST = 400
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FACTORS = (("visitors", "visitors"), ("conversion", "conversion"), ("value", "revenue per order"))
_WEEKS = 8


def _trends(situation: Situation) -> Report:
    # Whole days of the shop's clock: today is not over, and would look like a fall.
    today = (situation.now + situation.shift) // DAY * DAY - situation.shift
    days = _days(situation, today)
    found = forecast([day["revenue_minor"] for day in days], AHEAD)
    return Report(
        _title(days, found, situation),
        (_ahead(days, found, today, situation), _odd(days, found), _weekdays(days), _months(days)),
        (
            "The forecast continues what the days so far show: level, trend and week. It knows of no plan of "
            "yours, and of no holiday; holidays ahead are named so that you can.",
            "The interval holds a day with a probability of 90 %.",
        ),
    )


def _days(situation: Situation, today: int) -> list[dict[str, Any]]:
    since = today - _PAST * DAY
    found = {
        row["day"]: row for row in situation.tables.ask(sql_text("days"), {"since": since, "until": today})
    }
    first = min((day for day, row in found.items() if row["orders"] or row["visitors"]), default=_PAST)
    nothing = {"visitors": 0, "orders": 0, "buyers": 0, "revenue_minor": 0}
    return [
        nothing
        | found.get(place, {})
        | {"at": since + place * DAY, "date": day_of(since + place * DAY + situation.shift)}
        for place in range(first, _PAST)
    ]


def _title(days: list[dict[str, Any]], found: Forecast | None, situation: Situation) -> str:
    if found is None:
        return f"Not yet known: a forecast needs {LEAST} days, and there are {len(days)}"
    return (
        f"The next {AHEAD} days should bring about {situation.amount(float(found.middle.sum()))}; "
        f"the last {AHEAD} brought {situation.amount(sum(day['revenue_minor'] for day in days[-AHEAD:]))}"
    )


def _ahead(days: list[dict[str, Any]], found: Forecast | None, today: int, situation: Situation) -> Table:
    rows: list[tuple[Any, ...]] = [
        (day["at"], float(day["revenue_minor"]), None, None, holiday(day["date"]))
        for day in days[-8 * WEEK :]
    ]
    if found is not None:
        rows += [
            (
                at := today + place * DAY,
                float(found.middle[place]),
                float(found.low[place]),
                float(found.high[place]),
                holiday(day_of(at + situation.shift)),
            )
            for place in range(AHEAD)
        ]
    return Table(
        "forecast",
        "Revenue by day: eight weeks back, four ahead",
        (
            Column("day", "Day", "day"),
            Column("revenue", "Revenue", "money", "Ahead: what is expected."),
            Column("low", "At least", "money"),
            Column("high", "At most", "money"),
            Column("holiday", "Holiday"),
        ),
        rows,
        ("days",),
        chart=Chart("band", "day", "revenue", low="low", high="high"),
    )


def _odd(days: list[dict[str, Any]], found: Forecast | None) -> Table:
    rows = []
    if found is not None:
        for place in [int(each) for each in found.odd.nonzero()[0]][-20:]:
            day = days[place]
            rows.append(
                (
                    day["at"],
                    float(day["revenue_minor"]),
                    float(found.expected[place]),
                    _why(days, place),
                    holiday(day["date"]),
                )
            )
    return Table(
        "odd",
        "Days that were not as expected",
        (
            Column("day", "Day", "day"),
            Column("revenue", "Revenue", "money"),
            Column("expected", "Expected", "money"),
            Column("why", "What moved", meaning="Against the same weekday of the eight weeks before."),
            Column("holiday", "Holiday"),
        ),
        list(reversed(rows)),
        ("days",),
        note="" if rows else "None: every day was within what the days before it led one to expect.",
    )


def _why(days: list[dict[str, Any]], place: int) -> str:
    """The factor that moved most against the same weekday of the weeks before, in words."""
    alike = [days[each] for each in range(place - WEEK, max(place - WEEK * _WEEKS, 0) - 1, -WEEK)]
    moved = []
    for key, words in _FACTORS:
        usual = median([_factor(day, key) for day in alike]) if alike else 0.0
        now = _factor(days[place], key)
        if usual > 0 and now > 0:
            moved.append((abs(math.log(now / usual)), now / usual - 1, words))
        elif usual > 0:
            moved.append((math.inf, -1.0, words))
    if not moved:
        return "nothing to compare with"
    _, change, words = max(moved)
    return f"{words} {'+' if change >= 0 else '−'}{abs(change) * 100:.0f} %"


def _factor(day: dict[str, Any], key: str) -> float:
    if key == "visitors":
        return float(day["visitors"])
    part, whole = ("buyers", "visitors") if key == "conversion" else ("revenue_minor", "orders")
    return day[part] / day[whole] if day[whole] else 0.0


def _weekdays(days: list[dict[str, Any]]) -> Table:
    by_day: dict[int, list[dict[str, Any]]] = {number: [] for number in range(WEEK)}
    for day in days[-52 * WEEK :]:
        by_day[day["date"].weekday()].append(day)
    rows = [
        (
            _WEEKDAYS[number],
            len(of) and sum(day["revenue_minor"] for day in of) / len(of),
            len(of) and sum(day["orders"] for day in of) / len(of),
            len(of) and sum(day["visitors"] for day in of) / len(of),
        )
        for number, of in by_day.items()
    ]
    return Table(
        "weekdays",
        "An average day of the week",
        (
            Column("weekday", "Weekday"),
            Column("revenue", "Revenue", "money", drawn="bar"),
            Column("orders", "Orders", "number"),
            Column("visitors", "Visitors", "number"),
        ),
        rows,
        ("days",),
    )


def _months(days: list[dict[str, Any]]) -> Table:
    by_month: dict[str, list[dict[str, Any]]] = {}
    for day in days:
        by_month.setdefault(f"{day['date']:%Y-%m}", []).append(day)
    rows = [
        (
            month,
            sum(day["revenue_minor"] for day in of),
            sum(day["orders"] for day in of),
            len(of),
        )
        for month, of in sorted(by_month.items(), reverse=True)
    ]
    return Table(
        "months",
        "Month by month",
        (
            Column("month", "Month"),
            Column("revenue", "Revenue", "money", drawn="bar"),
            Column("orders", "Orders", "count"),
            Column("days", "Days counted", "count"),
        ),
        rows,
        ("days",),
    )


TRENDS = Kind("trends", "Trends", "What sells when, and what is to be expected?", _trends, ())
