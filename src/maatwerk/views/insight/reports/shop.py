"""The shop: each metric against the period before and a year ago, and what drove the change of revenue."""

from __future__ import annotations

import math

from maatwerk.core.time import DAY
from maatwerk.views.insight.figures import DAYS, METRICS, TOTALS, Figures, Sums, figures
from maatwerk.views.insight.reports.words import Chart, Column, Kind, Report, Situation, Table, percent
from maatwerk.views.insight.sql import text as sql_text

_FACTORS = (
    ("visitors", "Visitors", "count"),
    ("conversion", "Conversion", "share"),
    ("orders_per_buyer", "Orders per buyer", "number"),
    ("order_value", "Revenue per order", "money"),
)


def _shop(situation: Situation) -> Report:
    found = figures(
        situation.tables, now=situation.now, days=situation.asked.days, currency=situation.currency
    )
    worth = situation.tables.ask(sql_text("worth"))[0]
    return Report(
        _title(found, situation),
        (_metrics(found, worth), _days(found), _drivers(found), _groups(situation, found)),
        (
            "Before is the same number of days just before; the season is the same weekdays 52 weeks ago.",
            "A change has many causes: what drove it says which factor moved, not why it did.",
        ),
    )


def _title(found: Figures, situation: Situation) -> str:
    now, before = found.now.revenue_minor, found.before.revenue_minor
    text = f"{situation.amount(now)} in {found.days} days"
    if not before:
        return text
    change = now / before - 1
    if abs(change) < 0.0005:
        return f"{text}, as before"
    return f"{text}, {'up' if change > 0 else 'down'} {percent(abs(change))}"


def _metrics(found: Figures, worth: dict[str, float]) -> Table:
    rows: list[tuple[object, ...]] = []
    for metric in METRICS:
        now, before = found.now.value(metric.key), found.before.value(metric.key)
        season = found.season.value(metric.key) if found.season else None
        change = now / before - 1 if now is not None and before else None
        rows.append((metric.title, now, before, change, season, metric.meaning, metric.unit))
    rows.append(
        (
            "Lifetime value so far",
            worth["paid_minor"],
            None,
            None,
            None,
            "What a customer has paid on average since her first order, over all customers and all history.",
            "money",
        )
    )
    return Table(
        "metrics",
        "Metrics",
        (
            Column("metric", "Metric"),
            Column("now", "Now", "by_row"),
            Column("before", "Before", "by_row"),
            Column("change", "Change", "share", "Relative to before."),
            Column("season", "A year ago", "by_row"),
            Column("meaning", "What it means"),
            Column("unit", "Unit"),
        ),
        rows,
        (TOTALS, "worth"),
    )


def _days(found: Figures) -> Table:
    rows = [
        (
            found.since + place * DAY,
            day.visitors,
            day.buyers,
            day.orders,
            day.revenue_minor,
            old.revenue_minor,
        )
        for place, (day, old) in enumerate(zip(found.daily, found.daily_before, strict=True))
    ]
    return Table(
        "days",
        "Day by day",
        (
            Column("day", "24 hours from", "day"),
            Column("visitors", "Visitors", "count"),
            Column("buyers", "Buyers", "count"),
            Column("orders", "Orders", "count"),
            Column("revenue", "Revenue", "money"),
            Column("revenue_before", "Revenue before", "money", "The same day of the period before."),
        ),
        rows,
        (DAYS,),
        chart=Chart("columns", "day", "revenue", before="revenue_before"),
    )


def drivers(now: Sums, before: Sums) -> list[tuple[str, float, float, str, float]] | None:
    """What each factor moved revenue by, in minor units; together exactly the change.

    Logarithmic mean Divisia index (Ang, Energy Policy 2005): revenue is visitors × conversion × orders a
    buyer ×
    revenue an order. None where a period has no revenue: no factor can be told from another then.
    """
    if now.revenue_minor <= 0 or before.revenue_minor <= 0 or not before.visitors or not now.visitors:
        return None
    change = now.revenue_minor - before.revenue_minor
    weight = (
        change / math.log(now.revenue_minor / before.revenue_minor) if change else float(now.revenue_minor)
    )
    found = []
    for key, title, unit in _FACTORS:
        new, old = _factor(now, key), _factor(before, key)
        found.append((title, new, old, unit, weight * math.log(new / old)))
    return found


def _factor(sums: Sums, key: str) -> float:
    if key == "order_value":
        return sums.revenue_minor / sums.orders
    value = sums.value(key)
    assert value, "revenue without visitors or buyers"
    return value


def _drivers(found: Figures) -> Table:
    rows = [
        (title, new, old, moved, unit)
        for title, new, old, unit, moved in drivers(found.now, found.before) or ()
    ]
    return Table(
        "drivers",
        "What drove the change",
        (
            Column("factor", "Factor"),
            Column("now", "Now", "by_row"),
            Column("before", "Before", "by_row"),
            Column("moved", "Moved revenue by", "money", "The factors' parts add up to the change exactly."),
            Column("unit", "Unit"),
        ),
        rows,
        (TOTALS,),
        note="" if rows else "Not yet known: it needs revenue in both periods.",
    )


def _groups(situation: Situation, found: Figures) -> Table:
    given = {"before": found.since - found.days * DAY, "since": found.since, "until": found.until}
    rows = situation.tables.ask(sql_text("sale_groups"), given)
    return Table(
        "groups",
        "Whose revenue changed",
        (
            Column("customers", "Customers"),
            Column("channel", "Sold through"),
            Column("orders", "Orders", "count"),
            Column("revenue", "Revenue", "money"),
            Column("before", "Before", "money"),
            Column("moved", "Moved revenue by", "money"),
        ),
        [
            (
                row["customers"],
                row["channel"],
                row["orders"],
                row["now_minor"],
                row["before_minor"],
                row["now_minor"] - row["before_minor"],
            )
            for row in rows
        ],
        ("sale_groups",),
    )


SHOP = Kind("shop", "The shop", "How is the shop doing, and what drove the change?", _shop)
