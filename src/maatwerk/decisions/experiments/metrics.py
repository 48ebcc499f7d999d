"""The metrics of an experiment: from an arm's sums to what is compared, and how each is said in words."""

from __future__ import annotations

import math

import msgspec

from maatwerk.core.money import decimal_text
from maatwerk.decisions.experiments.intervals import Sample
from maatwerk.decisions.experiments.summaries import (
    Pairs,
    Proportion,
    Summary,
    cuped,
    mean_of,
    plainly,
)

MARGIN_KNOWN = 0.9
"""The least share of what was sold whose margin must be known for margin to be said."""


class ArmSums(msgspec.Struct, frozen=True):
    """One arm in sums over its visitors (`experiment_arms.sql`). Amounts in minor units.

    ``before`` is revenue of the 28 days before exposure; ``ripe`` are visitors exposed two weeks ago or
    earlier, ``returned`` those of them who came back in the second week; ``listed`` is what was sold at list
    price, ``known`` the part of it whose margin is known.
    """

    variant: str
    visitors: int = 0
    first_at: int = 0
    last_at: int = 0
    buyers: int = 0
    orders: float = 0.0
    orders_squares: float = 0.0
    revenue: float = 0.0
    revenue_squares: float = 0.0
    revenue_orders: float = 0.0
    before: float = 0.0
    before_squares: float = 0.0
    revenue_before: float = 0.0
    margin: float = 0.0
    margin_squares: float = 0.0
    margin_before: float = 0.0
    listed: float = 0.0
    known: float = 0.0
    clicks: float = 0.0
    clicks_squares: float = 0.0
    ripe: int = 0
    returned: int = 0

    def value(self, metric: str) -> float:
        """The metric's plain value in this arm; NaN where there is nothing to divide by."""
        tops = {
            "conversion": (self.buyers, self.visitors),
            "revenue": (self.revenue, self.visitors),
            "margin": (self.margin, self.visitors),
            "order_value": (self.revenue, self.orders),
            "clicks": (self.clicks, self.visitors),
            "retention": (self.returned, self.ripe),
        }
        top, bottom = tops[metric]
        return top / bottom if bottom else math.nan

    def counted(self, metric: str) -> int:
        """How often what the metric rests on has happened: orders, clicks, returns."""
        return {"clicks": int(self.clicks), "retention": self.returned}.get(metric, self.buyers)


class Wording(msgspec.Struct, frozen=True):
    """How a metric is said: its unit, and what more of it is called."""

    title: str
    unit: str
    """``share``, ``money`` or ``number``."""
    each: str
    """What it is a figure of: a visitor, an order."""
    meaning: str
    counted: str = "buyers"
    """What it rests on a number of."""


WORDINGS = {
    "conversion": Wording(
        "Conversion", "share", "of visitors order", "The share of visitors who ordered after their exposure."
    ),
    "revenue": Wording(
        "Revenue a visitor", "money", "a visitor", "What they paid after their exposure, refunds taken off."
    ),
    "margin": Wording(
        "Margin a visitor",
        "money",
        "a visitor",
        "What is left of it: price times the product's margin, less discounts, less what came back.",
    ),
    "order_value": Wording(
        "Order value", "money", "an order", "Revenue an order; its error by the delta method over visitors."
    ),
    "clicks": Wording(
        "Clicks", "number", "a visitor", "Clicks on personal elements after the exposure.", "clicks"
    ),
    "retention": Wording(
        "Retention",
        "share",
        "come back",
        "Of those exposed two weeks ago, the share back in the second week.",
        "returns",
    ),
}


def summaries(metric: str, control: ArmSums, treated: ArmSums) -> tuple[Summary, Summary]:
    """Control and treated of a metric, ready to be compared. Revenue and margin are adjusted for what the
    same visitors had bought before (CUPED), where they had."""
    if metric in ("revenue", "margin"):
        return cuped(_with_before(metric, control), _with_before(metric, treated))
    return _summary(metric, control), _summary(metric, treated)


def _with_before(metric: str, arm: ArmSums) -> Pairs:
    if metric == "revenue":
        sums = (arm.revenue, arm.revenue_squares, arm.before, arm.before_squares, arm.revenue_before)
    else:
        sums = (arm.margin, arm.margin_squares, arm.before, arm.before_squares, arm.margin_before)
    return Pairs(arm.visitors, *sums)


def _summary(metric: str, arm: ArmSums) -> Summary:
    if metric == "conversion":
        return Proportion(arm.visitors, arm.buyers).summary()
    if metric == "retention":
        return Proportion(arm.ripe, arm.returned).summary() if arm.ripe else plainly(0, math.nan, math.nan)
    if metric == "clicks":
        return mean_of(Sample(arm.visitors, arm.clicks, arm.clicks_squares))
    sums = (arm.revenue, arm.revenue_squares, arm.orders, arm.orders_squares, arm.revenue_orders)
    return Pairs(arm.visitors, *sums).ratio()


def said(metric: str, value: float, currency: str, *, signed: bool = False) -> str:
    """A value or a difference in the metric's unit, as people read it."""
    sign = ("+" if value > 0 else "−" if value < 0 else "±") if signed else ("−" if value < 0 else "")
    value = abs(value)
    unit = WORDINGS[metric].unit
    if unit == "money":
        return f"{sign}{decimal_text(round(value), currency)} {currency}"
    if unit == "share":
        return f"{sign}{value * 100:.2f} {'points' if signed else '%'}"
    return f"{sign}{value:.3f}"
