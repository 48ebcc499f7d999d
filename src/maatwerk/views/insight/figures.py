"""The metrics: what each means, how it is counted, its value over a period. They are defined here alone.

Every page, answer and file that names a metric takes it from here, so that numbers agree everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from maatwerk.core.time import DAY
from maatwerk.views.insight.prepared import Tables
from maatwerk.views.insight.sql import text as sql_text

TOTALS, DAYS = "totals", "days"
CLICK_HOURS = 24
SEASON_DAYS = 364
"""The same days a year ago, on the same weekdays."""

Unit = Literal["count", "share", "money", "number", "hours"]


class Sums(msgspec.Struct, frozen=True):
    """What one period comes to. Amounts in minor units of the reporting currency.

    ``priced`` counts the orders that are in ``revenue_minor``; ``orders`` also those in another
    currency or without a stated amount. ``returning`` are the buyers who had ordered before.
    """

    visitors: int = 0
    sessions: int = 0
    orders: int = 0
    buyers: int = 0
    returning: int = 0
    revenue_minor: int = 0
    priced: int = 0
    refunded_minor: int = 0
    discount_minor: int = 0
    clicked_minor: int = 0
    clicked_orders: int = 0

    @property
    def conversion(self) -> float | None:
        """Buyers a visitor, in [0, 1]; None without visitors."""
        return self.buyers / self.visitors if self.visitors else None

    @property
    def order_value(self) -> float | None:
        """Minor units an order; None without an order that has an amount."""
        return self.revenue_minor / self.priced if self.priced else None

    @property
    def orders_per_buyer(self) -> float | None:
        """Orders a buyer; None without buyers."""
        return self.orders / self.buyers if self.buyers else None

    @property
    def revenue_per_visitor(self) -> float | None:
        """Minor units a visitor; None without visitors."""
        return self.revenue_minor / self.visitors if self.visitors else None

    @property
    def repeat_rate(self) -> float | None:
        """The share of buyers who had ordered before; None without buyers."""
        return self.returning / self.buyers if self.buyers else None

    @property
    def clicked_share(self) -> float | None:
        """The share of revenue that followed a click on a personal element; None without revenue."""
        return self.clicked_minor / self.revenue_minor if self.revenue_minor else None

    @property
    def refund_share(self) -> float | None:
        """What went back, as a share of what was paid at first; None without revenue."""
        gross = self.revenue_minor + self.refunded_minor
        return self.refunded_minor / gross if gross else None

    @property
    def discount_share(self) -> float | None:
        """What was taken off, as a share of what the orders would have come to; None without revenue."""
        gross = self.revenue_minor + self.refunded_minor + self.discount_minor
        return self.discount_minor / gross if gross else None

    def value(self, key: str) -> float | None:
        """A metric's value by its key; None where it cannot be said."""
        if key == "clicked_minor" and not self.orders:
            return None
        derived = {
            "conversion": self.conversion,
            "order_value": self.order_value,
            "orders_per_buyer": self.orders_per_buyer,
            "revenue_per_visitor": self.revenue_per_visitor,
            "repeat_rate": self.repeat_rate,
            "refund_share": self.refund_share,
            "discount_share": self.discount_share,
        }
        return derived[key] if key in derived else float(getattr(self, key))


class Day(msgspec.Struct, frozen=True):
    """24 hours of the period, number 0 the oldest."""

    day: int
    visitors: int = 0
    orders: int = 0
    buyers: int = 0
    revenue_minor: int = 0


class Figures(msgspec.Struct, frozen=True):
    """A period of ``days``, the one before, the same a year ago, and the days of the first two, oldest first.

    ``season`` is None where the history does not reach back that far.
    """

    days: int
    since: int
    until: int
    currency: str
    now: Sums
    before: Sums
    season: Sums | None
    daily: tuple[Day, ...]
    daily_before: tuple[Day, ...]


class Metric(msgspec.Struct, frozen=True):
    """A metric: its name, what it means in words, its unit, and the query that it is read from.

    ``good``: 1 where more is better, -1 where less is, 0 where neither is said.
    """

    key: str
    title: str
    meaning: str
    query: str
    unit: Unit
    good: int = 1


METRICS = (
    Metric(
        "revenue_minor",
        "Revenue",
        "What the period's orders come to, as their customers paid them: discounts are off, and refunds are "
        "taken off the day of the order. Cancelled orders are left out, and so are orders in "
        "another currency or "
        "without an amount.",
        TOTALS,
        "money",
    ),
    Metric(
        "revenue_per_visitor",
        "Revenue per visitor",
        "What the period's orders come to, refunds taken off, divided by its visitors.",
        TOTALS,
        "money",
    ),
    Metric(
        "visitors",
        "Visitors",
        "Distinct shoppers of whom anything happened in the period: a customer on all her devices is one, "
        "a device of nobody's is one. Bots, and those who denied analytics, are left out.",
        TOTALS,
        "count",
    ),
    Metric(
        "sessions",
        "Sessions",
        "Stretches of one visitor's deeds in the shop with less than 30 minutes between them, "
        "by their beginning.",
        TOTALS,
        "count",
    ),
    Metric(
        "orders", "Orders", "Orders placed in the period and not cancelled, in any currency.", TOTALS, "count"
    ),
    Metric("conversion", "Conversion", "The share of visitors who ordered in the period.", TOTALS, "share"),
    Metric(
        "order_value",
        "Average order value",
        "What an order comes to on average, as its customer paid it, refunds taken off. Cancelled orders are "
        "left out, and so are orders in another currency or without an amount.",
        TOTALS,
        "money",
    ),
    Metric(
        "orders_per_buyer",
        "Orders per buyer",
        "Orders of the period divided by its buyers.",
        TOTALS,
        "number",
    ),
    Metric(
        "repeat_rate",
        "Repeat rate",
        "Of those who ordered in the period, the share who had ordered before.",
        TOTALS,
        "share",
    ),
    Metric(
        "refund_share",
        "Refunded",
        "What went back of the period's orders, whenever it did, as a share of what was paid at first.",
        TOTALS,
        "share",
        -1,
    ),
    Metric(
        "discount_share",
        "Discounts",
        "What was taken off the period's orders, as a share of what they would have come to without.",
        TOTALS,
        "share",
        0,
    ),
    Metric(
        "clicked_minor",
        "Revenue after personal clicks",
        f"Order lines whose product the same visitor had clicked or added on a personal element in the "
        f"{CLICK_HOURS} hours before. It says what personal elements were part of, not what they added.",
        TOTALS,
        "money",
    ),
)
BY_KEY = {metric.key: metric for metric in METRICS}


def totals(tables: Tables, periods: Sequence[tuple[int, int]]) -> list[Sums]:
    """What each period, from its first to before its last moment, comes to."""
    given = {"since": [since for since, _ in periods], "until": [until for _, until in periods]}
    return [_sums(row) for row in tables.ask(sql_text(TOTALS), given)]


def figures(tables: Tables, *, now: int, days: int, currency: str) -> Figures:
    """The figures of the ``days`` (of 24 hours) before ``now``, as many before those, and a year ago."""
    since = now - days * DAY
    before = since - days * DAY
    year = (since - SEASON_DAYS * DAY, now - SEASON_DAYS * DAY)
    found = totals(tables, [(before, since), (since, now), year])
    both = tables.ask(sql_text(DAYS), {"since": before, "until": now})
    daily = _daily(both, 2 * days)
    season = found[2] if found[2].visitors else None
    return Figures(days, since, now, currency, found[1], found[0], season, daily[days:], daily[:days])


def _sums(row: Mapping[str, Any]) -> Sums:
    said = {field: row[field] for field in Sums.__struct_fields__}
    return Sums(**(said | {"clicked_minor": round(row["clicked_minor"])}))


def _daily(rows: Sequence[Mapping[str, Any]], count: int) -> tuple[Day, ...]:
    found = {
        row["day"]: Day(row["day"], row["visitors"], row["orders"], row["buyers"], int(row["revenue_minor"]))
        for row in rows
    }
    return tuple(found.get(day, Day(day)) for day in range(count))
