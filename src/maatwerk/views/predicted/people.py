"""What predictions read of shoppers, in columns: of one from her folds, of all from a query over history.

`person_of` and `views/insight/sql/people.sql` mean the same; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from maatwerk.core.money import digits_of
from maatwerk.core.time import DAY
from maatwerk.views.predicted.families import Buyers, Floats
from maatwerk.views.profile import folds
from maatwerk.views.profile.folds.activity import ADD, CLICK, SEARCH_CLICK, VIEW
from maatwerk.views.profile.folds.orders import Reversal, placed
from maatwerk.views.profile.shopper import Shopper

WEEK_MS, MONTH_MS = 7 * DAY, 30 * DAY
_ACTS = (VIEW, CLICK, SEARCH_CLICK, ADD)


class Person(msgspec.Struct, frozen=True):
    """One shopper at a moment. Days are UTC days since 1970, -1 without an order; amounts in minor units.

    ``order_days`` days with an order; ``paid`` orders that came to more than nothing, ``paid_minor`` their
    sum; ``discounted`` of ``orders`` had a discount; ``open_adds`` put into the cart in 30 days, and since
    her last order; ``days_30`` days on which she looked at products.
    """

    order_days: int = 0
    first_day: int = -1
    last_day: int = -1
    paid: int = 0
    paid_minor: int = 0
    orders: int = 0
    discounted: int = 0
    seen_at: int = 0
    views_7: int = 0
    views_30: int = 0
    adds_7: int = 0
    adds_30: int = 0
    open_adds: int = 0
    days_30: int = 0


FIELDS = tuple(Person.__struct_fields__)


class People:
    """Many, one column a field of `Person`, at the moment ``now``."""

    def __init__(self, columns: Mapping[str, Floats], now: int) -> None:
        self.columns = columns
        self.now = now

    @classmethod
    def of(cls, persons: Sequence[Person], now: int) -> People:
        """Rows made columns."""
        return cls(
            {name: np.array([getattr(one, name) for one in persons], np.float64) for name in FIELDS}, now
        )

    @classmethod
    def read(cls, rows: Sequence[Mapping[str, Any]], now: int) -> People:
        """Of the query's rows."""
        return cls({name: np.array([row[name] for row in rows], np.float64) for name in FIELDS}, now)

    def __len__(self) -> int:
        return len(self.columns["orders"])

    def __getitem__(self, name: str) -> Floats:
        return self.columns[name]

    def part(self, chosen: Any) -> People:
        """Some of them."""
        return People({name: column[chosen] for name, column in self.columns.items()}, self.now)

    def buyers(self) -> Buyers:
        """How they order, in weeks; who never ordered is as one who ordered today."""
        has = self["order_days"] > 0
        today = float(self.now // DAY)
        first, last = np.where(has, self["first_day"], today), np.where(has, self["last_day"], today)
        x = np.maximum(self["order_days"] - 1, 0)
        age = np.maximum(today - first, last - first) / 7
        return Buyers(x, (last - first) / 7, age, np.ones(len(self)))


def person_of(shopper: Shopper, now: int, currency: str) -> Person:
    """What her folds say at ``now``; what they hold of later moments is left out.

    Her folds keep her newest 400 acts and 200 discounts; who does more in a month is taken to do so much.
    """
    state = shopper.orders
    rows = [(key, order) for key, order in placed(state) if order.time <= now]
    days = {order.time // DAY for _, order in rows}
    paid = [minor for key, order in rows if (minor := _paid(state.reversals.get(key), order, currency)) > 0]
    savings = shopper.of(folds.SAVINGS).orders
    ordered_at = max((order.time for _, order in rows), default=0)
    acts = [act for act in shopper.activity.actions if act.kind in _ACTS and act.time <= now]
    month = [act for act in acts if act.time > now - MONTH_MS]
    adds = [act.time for act in month if act.kind == ADD]
    views = [act.time for act in month if act.kind == VIEW]
    return Person(
        order_days=len(days),
        first_day=min(days, default=-1),
        last_day=max(days, default=-1),
        paid=len(paid),
        paid_minor=sum(paid),
        orders=len(rows),
        discounted=sum(1 for key, _ in rows if key in savings and savings[key].discounted),
        seen_at=max(acts[-1].time if acts else 0, ordered_at),
        views_7=_since(views, now - WEEK_MS),
        views_30=len(views),
        adds_7=_since(adds, now - WEEK_MS),
        adds_30=len(adds),
        open_adds=_since(adds, ordered_at),
        days_30=len({act.time // DAY for act in month}),
    )


def _since(times: Iterable[int], after: int) -> int:
    return sum(1 for time in times if time > after)


def _paid(reversal: Reversal | None, order: Any, currency: str) -> int:
    """What the order came to in the shop's own currency, refunds taken off; 0 where that cannot be told."""
    if order.total_minor < 0 or (order.currency and order.currency != currency):
        return 0
    total: int = order.total_minor
    if not order.currency:
        total = total * 10 ** digits_of(currency) // 100
    back = sum(max(0, amount) for amount in reversal.refunds.values()) if reversal else 0
    return total - back
