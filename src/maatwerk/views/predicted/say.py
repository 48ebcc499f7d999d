"""Predictions in words: what a figure rests on, said so that a shopper could hear it read out."""

from __future__ import annotations

import numpy as np

from maatwerk.core.money import Money
from maatwerk.core.time import DAY
from maatwerk.views.predicted.families import Floats
from maatwerk.views.predicted.forecast import ENOUGH_BUYERS, ENOUGH_DISCOUNTS, Forecast
from maatwerk.views.predicted.people import People
from maatwerk.views.predicted.propensity import ENOUGH, FEATURES
from maatwerk.views.predicted.words import Estimate

_TOLD = 3
_SLIGHT = 0.1


class Words:
    """The sentences about some shoppers."""

    def __init__(self, forecast: Forecast, people: People, currency: str) -> None:
        self.forecast = forecast
        self.people = people
        self.currency = currency

    # -- what is too little

    def few_buyers(self) -> str:
        return enough(self.forecast.buyers, ENOUGH_BUYERS, "customers")

    def few_amounts(self) -> str:
        return enough(self.forecast.spend.buyers, ENOUGH_BUYERS, "customers with a paid order")

    def few_gaps(self, wanted: int) -> str:
        return enough(self.forecast.rhythm.gaps, wanted, "pauses between two orders")

    def few_bought(self) -> str:
        return enough(self.forecast.propensity.bought, ENOUGH, "shoppers who went on to buy")

    def few_orders(self) -> str:
        return enough(self.forecast.orders, ENOUGH_DISCOUNTS, "orders")

    # -- what it rests on

    def rhythm(self, row: int) -> str:
        """What she ordered, and when."""
        people = self.people
        days = int(people["order_days"][row])
        last = int(people.now // DAY - people["last_day"][row])
        since = int(people["last_day"][row] - people["first_day"][row])
        if days == 1:
            return f"one order, {_ago(last)}"
        return f"orders on {days} days within {_stretch(since)}, the last {_ago(last)}"

    def alive(self, row: int) -> tuple[str, ...]:
        """Why she is, or is not, thought a customer still."""
        people = self.people
        days = int(people["order_days"][row])
        last = float(people.now // DAY - people["last_day"][row])
        if days == 1:
            usual = np.exp(self.forecast.rhythm.log_days)
            return (self.rhythm(row), f"a second order usually takes {_stretch(round(usual))} here")
        pause = float(people["last_day"][row] - people["first_day"][row]) / (days - 1)
        times = last / max(pause, 1.0)
        told = (
            "she is well within her usual pause" if times < 1 else
            f"silent for {times:.1f} times her usual pause" if times >= 1.15 else
            "her usual pause is just over"
        )  # fmt: skip
        return (self.rhythm(row), f"her usual pause is {_stretch(round(pause))}", told)

    def orders(self, row: int) -> tuple[str, ...]:
        """Why so many."""
        return (self.rhythm(row), f"as customers of this shop with such a past order ({self._model()})")

    def value(self, row: int, orders: Estimate, each: float) -> tuple[str, ...]:
        """Orders times what one comes to."""
        paid = int(self.people["paid"][row])
        mean = self.money(self.people["paid_minor"][row] / max(paid, 1))
        own = (
            f"her {_many(paid, 'paid order')} came to {mean} on average"
            if paid
            else "no amount of hers is known: the shop's average stands in"
        )
        return (
            f"{orders.value or 0:.1f} orders in a year, at {self.money(each)} each",
            own,
            self.rhythm(row),
        )

    def silence(self, row: int, days: int) -> tuple[str, ...]:
        """What pause would mean that she has left."""
        own = int(self.people["order_days"][row]) - 1
        of = f"her own {_many(own, 'pause')} and " if own else ""
        return (
            f"the chance of no order within {days} days",
            f"eight in ten pauses of such a customer are shorter, by {of}the shop's",
            self.rhythm(row),
        )

    def next_order(self, row: int, days: float, ever: float) -> tuple[str, ...]:
        """When, and how surely at all."""
        return (
            f"in about {_stretch(round(days))}, if she orders again: a chance of {ever:.0%}",
            self.rhythm(row),
        )

    def no_order(self, ever: float) -> tuple[str, ...]:
        """Why no date is named."""
        return (f"another order within two years has a chance of {ever:.0%}: no date would mean anything",)

    def prospect(self, chance: float, each: float) -> tuple[str, ...]:
        """What a shopper without an order may come to."""
        days = self.forecast.propensity.days
        first = f"she has not ordered yet: a chance of {chance:.1%} that she does within {days} days"
        if not self.forecast.spend.buyers:
            return (first, "no order of the shop has an amount yet")
        return (first, f"times what a new customer comes to, at {self.money(each)} an order")

    def propensity(self, row: int, moved: Floats) -> tuple[str, ...]:
        """What of her doings weighs most."""
        told = [self._feature(row, FEATURES[place]) for place in np.argsort(-np.abs(moved[1:]))[:8] + 1
                if abs(moved[place]) > _SLIGHT]  # fmt: skip
        found = tuple(dict.fromkeys(sentence for sentence in told if sentence))[:_TOLD]
        return found or ("nothing of her yet that tells her from others",)

    def discount(self, row: int, shop: float, value: float) -> tuple[str, ...]:
        """Her share of discounts against the shop's."""
        had, orders = int(self.people["discounted"][row]), int(self.people["orders"][row])
        usual = f"in this shop {shop:.0%} of orders had one"
        if not orders:
            return ("she has not ordered yet", usual)
        lean = (
            "so she sooner waits for a discount than others" if value > shop + 0.05 else
            "so she would mostly have bought anyway" if value < shop - 0.05 else
            "so she is as others are"
        )  # fmt: skip
        return (f"{had} of her {_many(orders, 'order')} had a discount", usual, lean)

    def money(self, minor: float) -> str:
        return f"{Money(round(minor), self.currency).decimal()} {self.currency}"

    def _model(self) -> str:
        learnt = self.forecast.buyers
        return f"learnt from {learnt:,} customers" if learnt else "a general shop's: nothing learnt yet"

    def _feature(self, row: int, name: str) -> str:
        people = self.people
        said = {
            "customer": lambda: self.rhythm(row) if people["orders"][row] else "",
            "orders": lambda: self.rhythm(row) if people["orders"][row] else "",
            "since_order": lambda: self.rhythm(row) if people["orders"][row] else "",
            "views_7": lambda: f"{_many(int(people['views_7'][row]), 'product')} viewed in the last 7 days",
            "views_30": lambda: (
                f"{_many(int(people['views_30'][row]), 'product')} viewed in the last 30 days"
            ),
            "adds_7": lambda: (
                f"{_many(int(people['adds_7'][row]), 'product')} added to the cart in the last 7 days"
            ),
            "open_adds": lambda: (
                f"{_many(int(people['open_adds'][row]), 'product')} added to the cart and not bought"
            ),
            "days_30": lambda: f"here on {_many(int(people['days_30'][row]), 'day')} of the last 30",
            "since_seen": lambda: (
                f"last looked at a product {_ago(int((people.now - people['seen_at'][row]) // DAY))}"
                if people["seen_at"][row]
                else "no product viewed yet"
            ),
        }
        return str(said[name]())


def enough(has: int, wanted: int, of: str) -> str:
    """``not enough data yet: 12 of 50 …``, or nothing."""
    return "" if has >= wanted else f"not enough data yet: {has} of {wanted} {of}"


def _many(count: int, of: str) -> str:
    return f"{count} {of}" if count == 1 else f"{count} {of}s"


def _ago(days: int) -> str:
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{_stretch(days)} ago"


def _stretch(days: int) -> str:
    """Days in the unit that people would use."""
    if days < 60:
        return _many(max(days, 1), "day")
    if days < 730:
        return f"{round(days / 30.4)} months"
    return f"{days / 365.25:.1f} years"
