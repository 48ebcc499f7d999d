"""What a report is: an answer as a sentence, and tables whose every column says what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import digits_of
from maatwerk.core.time import DAY
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.prepared import Tables

Unit = Literal["text", "count", "number", "share", "money", "hours", "day", "by_row"]
"""``money`` in minor units of the reporting currency; ``day`` in ms; ``by_row``: the row's own ``unit``."""

DAYS_LEAST, DAYS_MOST = 1, 400
STEPS_MOST = 8
_NAME_CHARS = 120


class Column(msgspec.Struct, frozen=True):
    """One column. ``drawn``: its figures are drawn too, as a ``bar`` or as a shade (``heat``)."""

    key: str
    title: str
    unit: Unit = "text"
    meaning: str = ""
    drawn: Literal["", "bar", "heat"] = ""


class Chart(msgspec.Struct, frozen=True):
    """How a table is drawn above itself.

    ``columns``: ``y`` as columns with ``before`` as a thin line; ``band``: ``y`` as a line, ``low`` to
    ``high``
    as a band around it; ``curve``: ``y`` over ``x`` in [0, 1]. Each names columns of the table.
    """

    kind: Literal["columns", "band", "curve"]
    x: str
    y: str
    before: str = ""
    low: str = ""
    high: str = ""


class Table(msgspec.Struct, frozen=True):
    """Rows under columns, and the queries that they were read with."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]
    queries: tuple[str, ...]
    note: str = ""
    chart: Chart | None = None

    def records(self) -> list[dict[str, Any]]:
        """The rows by the columns' keys."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]


class Report(msgspec.Struct, frozen=True):
    """The answer: ``title`` says it in a sentence, ``notes`` what must be known to read it rightly."""

    title: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True):
    """What somebody wants to know. Checked by `check`."""

    days: int = 30
    steps: tuple[str, ...] = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")
    within: Literal["session", "period"] = "period"
    by: Literal["device", "channel", "country", "store", "campaign"] = "channel"
    lookback: int = 30
    half_life: float = 7.0
    weights: tuple[float, float, float] = (40.0, 20.0, 40.0)
    """Of the first touch, all between, and the last, in percent, for the model of one's own."""
    start: str = ""
    """Paths from this deed on; nothing: from the beginning of the session."""


def check(asked: Asked) -> Asked:
    """The same, or `Refused` with the field that is wrong."""
    _between("days", asked.days, DAYS_LEAST, DAYS_MOST)
    _between("lookback", asked.lookback, 1, 365)
    _between("half_life", asked.half_life, 0.1, 365)
    if not 2 <= len(asked.steps) <= STEPS_MOST:
        raise Refused("steps_wrong", f"a funnel has 2 to {STEPS_MOST} steps", field="steps")
    if any(not step.strip() or len(step) > _NAME_CHARS for step in (*asked.steps, asked.start or "x")):
        raise Refused("step_not_valid", "a step is the name of an event", field="steps")
    if min(asked.weights) < 0 or sum(asked.weights) <= 0:
        raise Refused("weights_wrong", "three weights, none below zero, not all zero", field="weights")
    return asked


def _between(field: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise Refused("out_of_range", f"{field} is from {low} to {high}", field=field)


class Situation(msgspec.Struct, frozen=True):
    """What a report is read from: the tables, the moment, the shop's products, its currency.

    ``shift`` is what the shop's clock is ahead of UTC (ms), for days, weekdays and months. ``begun`` is when
    the first decision was made (ms; 0: none yet), ``share`` the holdout's.
    """

    tables: Tables
    now: int
    asked: Asked
    catalog: Catalog
    currency: str = "EUR"
    shift: int = 0
    begun: int = 0
    share: float = 0.0

    @property
    def since(self) -> int:
        """The beginning of the period."""
        return self.now - self.asked.days * DAY

    def name_of(self, sku: str) -> str:
        """A product's name; its SKU where the catalog has none."""
        product = self.catalog.find(sku)
        return product.name if product is not None and product.name else sku

    def amount(self, minor: float | None) -> str:
        """An amount in words of a sentence."""
        if minor is None:
            return "–"
        unit = 10 ** digits_of(self.currency)
        return (
            f"{minor / unit:,.0f} {self.currency}"
            if abs(minor) >= 1000 * unit
            else (f"{minor / unit:,.2f} {self.currency}")
        )


class Kind(msgspec.Struct, frozen=True):
    """A report that can be asked for. ``fields`` of `Asked` change it."""

    key: str
    title: str
    question: str
    run: Callable[[Situation], Report]
    fields: tuple[str, ...] = ("days",)


def percent(value: float | None, digits: int = 1) -> str:
    """A share in words of a sentence."""
    return "–" if value is None else f"{value * 100:.{digits}f} %"


def ratio(part: float, whole: float) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None
