"""What is to be expected of shoppers, one or many: the same figures either way, the same for the same
folds.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import msgspec
import numpy as np
from scipy.special import betaincinv

from maatwerk.core.time import DAY
from maatwerk.views.predicted import say
from maatwerk.views.predicted.cells import (
    RATE,
    Habits,
    expected,
    habits,
    likelihoods,
    order_quantiles,
    ordered_within,
)
from maatwerk.views.predicted.families import Buyers, Floats
from maatwerk.views.predicted.forecast import ENOUGH_GAPS, Forecast
from maatwerk.views.predicted.people import People, person_of
from maatwerk.views.predicted.words import HORIZON_DAYS, Estimate, Likeness, Predicted
from maatwerk.views.profile.shopper import Shopper

_AT_ONCE = 2_000
_TIMES = np.array(
    [0.5, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365, 545, 730]
)
"""Days from now at which the chance of an order is reckoned; between them it is drawn straight."""
_WEEKS = HORIZON_DAYS / 7
_LONELY = 0.15
"""Below this chance of ever ordering again a date would mislead."""
_PAUSES = 0.8
"""The share of pauses that a silence is to outlast before it says something."""
_SHORTEST, _LONGEST = 7.0, 365.0
_DISCOUNT_PRIOR = 4.0
_SHOP_PRIOR = (1.5, 5.0)


def predicted(
    forecast: Forecast, shopper: Shopper, now: int, currency: str, persona: Likeness | None = None
) -> Predicted:
    """Of one shopper, from her own folds. Takes about a millisecond: ask when it is wanted, not on every
    page.
    """
    people = People.of([person_of(shopper, now, currency)], now)
    found = next(iter(predict_all(forecast, people, currency)))
    return msgspec.structs.replace(found, persona=persona) if persona else found


def predict_all(forecast: Forecast, people: People, currency: str) -> Iterator[Predicted]:
    """Of many, in their order; the same figures as `predicted` gives of each."""
    for start in range(0, len(people), _AT_ONCE):
        yield from _some(forecast, people.part(slice(start, start + _AT_ONCE)), currency)


class _Figures(msgspec.Struct):
    """Columns over some shoppers; an interval is ``(value, low, high)``."""

    orders: tuple[Floats, Floats, Floats]
    alive: tuple[Floats, Floats, Floats]
    reached: Floats
    """(n, times) chances of an order within each of `_TIMES`."""
    quiet: tuple[Floats, Floats, Floats]
    threshold: Floats
    each: Floats
    each_spread: Floats
    chance: tuple[Floats, Floats, Floats]


def _some(forecast: Forecast, people: People, currency: str) -> Iterator[Predicted]:
    found = _figures(forecast, people)
    words = say.Words(forecast, people, currency)
    moved = forecast.propensity.moved(people)
    for row in range(len(people)):
        customer = people["order_days"][row] > 0
        told = _customer if customer else _prospect
        yield told(forecast, people, found, words, row, moved[row])


def _figures(forecast: Forecast, people: People) -> _Figures:
    buyers = people.buyers()
    made = likelihoods(buyers)
    own = habits(forecast.weights, buyers, made)
    threshold = _threshold(own)
    reached = own.alive @ _within()
    quiet = 1 - _at(reached, threshold)
    orders = own.alive @ expected(_WEEKS)
    low_orders, high_orders = order_quantiles(own, _WEEKS, (0.1, 0.9)).T.astype(np.float64)
    alive_doubt, quiet_doubt, order_doubt = _doubts(forecast, buyers, made, threshold)
    alive = own.p_alive
    chance = forecast.propensity.chance(people)
    return _Figures(
        orders=(orders, np.maximum(np.minimum(low_orders, orders) - order_doubt, 0),
                np.maximum(high_orders, orders) + order_doubt),
        alive=(alive, np.clip(alive - alive_doubt, 0, 1), np.clip(alive + alive_doubt, 0, 1)),
        reached=reached,
        quiet=(quiet, np.clip(quiet - quiet_doubt, 0, 1), np.clip(quiet + quiet_doubt, 0, 1)),
        threshold=threshold,
        each=forecast.spend.mean(people["paid"], people["paid_minor"] / np.maximum(people["paid"], 1)),
        each_spread=forecast.spend.spread(
            people["paid"], people["paid_minor"] / np.maximum(people["paid"], 1)
        ),
        chance=(chance, forecast.propensity.chance(people, -1.2816), forecast.propensity.chance(people,
        1.2816)), )  # fmt: skip


def _doubts(
    forecast: Forecast, buyers: Buyers, made: tuple[Floats, Floats, Floats], threshold: Floats
) -> tuple[Floats, Floats, Floats]:
    """What is not known of the shop's habits, as the reach of the chance to be a customer, of silence, of
    orders.
    """
    squares = np.zeros((3, len(buyers)))
    for lower, upper in forecast.doubts():
        ends = []
        for weights in (lower, upper):
            own = habits(weights, buyers, made)
            reached = _at(own.alive @ _within(), threshold)
            ends.append((own.p_alive, 1 - reached, own.alive @ expected(_WEEKS)))
        squares += np.array([(high - low) ** 2 / 4 for low, high in zip(*ends, strict=True)])
    alive, quiet, orders = np.sqrt(squares)
    return alive, quiet, orders


@lru_cache(maxsize=1)
def _within() -> Floats:
    return ordered_within(_TIMES / 7)


@lru_cache(maxsize=1)
def _ended() -> Floats:
    """(cells, times) the share of pauses that are over by each of `_TIMES`, of one who stays."""
    found: Floats = 1 - np.exp(-np.outer(RATE, _TIMES / 7))
    return found


def _at(reached: Floats, days: Floats) -> Floats:
    """(n,) the chance of an order within each one's own number of days."""
    place = np.clip(np.searchsorted(_TIMES, days), 1, len(_TIMES) - 1)
    rows = np.arange(len(days))
    share = np.clip((days - _TIMES[place - 1]) / (_TIMES[place] - _TIMES[place - 1]), 0, 1)
    found: Floats = reached[rows, place - 1] * (1 - share) + reached[rows, place] * share
    return found


def _threshold(own: Habits) -> Floats:
    """(n,) days of silence that eight in ten pauses of one like her, a customer still, do not reach.

    Her own rate and the shop's, as her weights hold them: pauses that have not ended yet count too, which a
    mean of those that have would leave out.
    """
    ended = own.alive @ _ended() / np.maximum(own.p_alive, 1e-12)[:, None]
    found = [np.interp(_PAUSES, each, _TIMES) for each in ended]
    days: Floats = np.clip(np.array(found), _SHORTEST, _LONGEST).round()
    return days


def _customer(
    forecast: Forecast, people: People, found: _Figures, words: say.Words, row: int, moved: Floats
) -> Predicted:
    orders = _estimate(found.orders, row, words.orders(row), words.few_buyers())
    each, spread = float(found.each[row]), float(found.each_spread[row])
    value = Estimate()
    if forecast.spend.buyers and orders.value is not None:
        low, high = (orders.low or 0.0) * max(each - spread, 0), (orders.high or 0.0) * (each + spread)
        mean = orders.value * each
        value = Estimate(
            mean, min(low, mean), max(high, mean), words.value(row, orders, each), orders.not_enough
        )
    else:
        value = Estimate(reasons=("no order of the shop has an amount yet",), not_enough=words.few_amounts())
    silent = int(found.threshold[row])
    return Predicted(
        currency=words.currency,
        lifetime_value=value,
        orders=orders,
        p_alive=_estimate(found.alive, row, words.alive(row), words.few_buyers()),
        next_order=_next_order(found.reached[row], people.now, words, row),
        propensity=_estimate(found.chance, row, words.propensity(row, moved), words.few_bought()),
        propensity_days=forecast.propensity.days,
        churn_risk=_estimate(found.quiet, row, words.silence(row, silent), words.few_gaps(ENOUGH_GAPS)),
        threshold_days=silent,
        discount_affinity=_discount(forecast, people, words, row),
        model=forecast.model,
        version=forecast.version,
    )


def _prospect(
    forecast: Forecast, people: People, found: _Figures, words: say.Words, row: int, moved: Floats
) -> Predicted:
    """Of one who has not ordered: her chance to, and what a new customer comes to."""
    chance = _estimate(found.chance, row, words.propensity(row, moved), words.few_bought())
    share, low, high = chance.value or 0.0, chance.low or 0.0, chance.high or 0.0
    later, later_low, later_high = (float(part[row]) for part in found.orders)
    each = float(found.each[row])
    why = words.prospect(share, each)
    value = Estimate(reasons=why, not_enough=words.few_amounts())
    if forecast.spend.buyers:
        value = Estimate(share * (1 + later) * each, low * (1 + later_low) * each,
                         high * (1 + later_high) * each, why, words.few_buyers())  # fmt: skip
    nothing = Estimate(reasons=("she has not ordered yet",))
    return Predicted(
        currency=words.currency,
        lifetime_value=value,
        orders=Estimate(share * (1 + later), low, high * (1 + later_high), why, words.few_buyers()),
        p_alive=nothing,
        next_order=nothing,
        propensity=chance,
        propensity_days=forecast.propensity.days,
        churn_risk=nothing,
        discount_affinity=_discount(forecast, people, words, row),
        model=forecast.model,
        version=forecast.version,
    )


def _estimate(
    columns: tuple[Floats, Floats, Floats], row: int, reasons: tuple[str, ...], not_enough: str
) -> Estimate:
    value, low, high = (float(column[row]) for column in columns)
    return Estimate(value, min(low, value), max(high, value), reasons, not_enough)


def _next_order(reached: Floats, now: int, words: say.Words, row: int) -> Estimate:
    """When, if she orders again within two years: the middle of that, and its tenth and ninetieth part."""
    ever = float(reached[-1])
    if ever < _LONELY:
        return Estimate(reasons=words.no_order(ever), not_enough=words.few_buyers())
    places = np.concatenate([[0.0], reached / ever])
    low, middle, high = np.interp((0.1, 0.5, 0.9), places, np.concatenate([[0.0], _TIMES]))
    at = [float(now + round(days * DAY)) for days in (middle, low, high)]
    return Estimate(
        at[0], at[1], at[2], reasons=words.next_order(row, float(middle), ever), not_enough=words.few_buyers()
    )


def _discount(forecast: Forecast, people: People, words: say.Words, row: int) -> Estimate:
    """Her share of orders with a discount, drawn to the shop's by `_DISCOUNT_PRIOR` orders."""
    first, both = _SHOP_PRIOR
    shop = (forecast.discounted + first) / (forecast.orders + both)
    had, orders = float(people["discounted"][row]), float(people["orders"][row])
    a, b = had + _DISCOUNT_PRIOR * shop, orders - had + _DISCOUNT_PRIOR * (1 - shop)
    low, high = float(betaincinv(a, b, 0.1)), float(betaincinv(a, b, 0.9))
    value = a / (a + b)
    return Estimate(
        value, min(low, value), max(high, value), words.discount(row, shop, value), words.few_orders()
    )
