"""The first figures of a shop: what each means, its query, and its value against the period before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from maatwerk.core.time import DAY
from maatwerk.events.event import Event
from maatwerk.views.insight.lake import Lake
from maatwerk.views.insight.sql import text as sql_text

SHOP, DAYS, CLICKS = "shop_figures", "shop_days", "after_clicks"
CLICK_HOURS = 24


class Sums(msgspec.Struct, frozen=True):
    """What one period comes to. Amounts in minor units of the reporting currency.

    ``priced`` counts the orders that are in ``revenue_minor``; ``orders`` also those in another
    currency or without a stated amount. ``returning`` are the buyers who had ordered before.
    """

    visitors: int = 0
    orders: int = 0
    buyers: int = 0
    returning: int = 0
    revenue_minor: int = 0
    priced: int = 0
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


class Day(msgspec.Struct, frozen=True):
    """24 hours of the period, number 0 the oldest."""

    day: int
    visitors: int = 0
    orders: int = 0
    buyers: int = 0
    revenue_minor: int = 0


class Figures(msgspec.Struct, frozen=True):
    """A period of ``days``, the one before it, and the days of both, oldest first."""

    days: int
    since: int
    until: int
    currency: str
    now: Sums
    before: Sums
    daily: tuple[Day, ...]
    daily_before: tuple[Day, ...]


class Definition(msgspec.Struct, frozen=True):
    """A figure in words, and the query it is read from."""

    key: str
    title: str
    meaning: str
    query: str
    unit: str
    """``count``, ``share`` or ``money``."""


DEFINITIONS = (
    Definition(
        "revenue_per_visitor",
        "Revenue per visitor",
        "What the period's orders come to, refunds taken off, divided by its visitors.",
        SHOP,
        "money",
    ),
    Definition(
        "visitors",
        "Visitors",
        "Distinct shoppers of whom anything happened in the period: a customer on all her devices is one, "
        "a device of nobody's is one. Bots, and those who denied analytics, are left out.",
        SHOP,
        "count",
    ),
    Definition("conversion", "Conversion", "The share of visitors who ordered in the period.", SHOP, "share"),
    Definition(
        "order_value",
        "Average order value",
        "What an order comes to on average, as its customer paid it, refunds taken off. Cancelled orders are "
        "left out, and so are orders in another currency or without an amount.",
        SHOP,
        "money",
    ),
    Definition(
        "repeat_rate",
        "Repeat rate",
        "Of those who ordered in the period, the share who had ordered before.",
        SHOP,
        "share",
    ),
    Definition(
        "clicked_minor",
        "Revenue after personal clicks",
        f"Order lines whose product the same visitor had clicked or added on a personal element in the "
        f"{CLICK_HOURS} hours before. It says what personal elements were part of, not what they added.",
        CLICKS,
        "money",
    ),
)


def figures(
    lake: Lake,
    *,
    now: int,
    days: int,
    currency: str,
    product_of: Mapping[str, str],
    tail: Sequence[Event] = (),
) -> Figures:
    """The figures of the ``days`` (of 24 hours) before ``now``, and of as many before those.

    ``product_of`` maps a variant's SKU to its product's; ``tail`` is the log above the lake's watermark.
    """
    since = now - days * DAY
    window = {"since": since, "until": now, "before": since - days * DAY, "currency": currency}
    rows = lake.query(sql_text(SHOP), window, tail=tail)
    clicks = lake.query(
        sql_text(CLICKS),
        window | {"variant_skus": list(product_of), "variant_products": list(product_of.values())},
        tail=tail,
    )
    both = lake.query(
        sql_text(DAYS), {"since": window["before"], "until": now, "currency": currency}, tail=tail
    )
    daily = _daily(both, 2 * days)
    return Figures(
        days,
        since,
        now,
        currency,
        _sums(rows[1], clicks[1]),
        _sums(rows[0], clicks[0]),
        daily[days:],
        daily[:days],
    )


def _sums(row: Mapping[str, Any], clicks: Mapping[str, Any]) -> Sums:
    return Sums(
        visitors=row["visitors"],
        orders=row["orders"],
        buyers=row["buyers"],
        returning=row["returning"],
        revenue_minor=int(row["revenue_minor"]),
        priced=row["priced"],
        clicked_minor=round(clicks["revenue_minor"]),
        clicked_orders=clicks["orders"],
    )


def _daily(rows: Sequence[Mapping[str, Any]], count: int) -> tuple[Day, ...]:
    found = {
        row["day"]: Day(row["day"], row["visitors"], row["orders"], row["buyers"], int(row["revenue_minor"]))
        for row in rows
    }
    return tuple(found.get(day, Day(day)) for day in range(count))
