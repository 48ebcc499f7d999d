"""Learn what predictions go by, from the shop's order days and from shoppers as they were at past moments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maatwerk.core.time import DAY
from maatwerk.views.predicted import propensity
from maatwerk.views.predicted.choose import Orders, choose, names_of, rivals_of
from maatwerk.views.predicted.families import Floats
from maatwerk.views.predicted.forecast import Forecast, Rhythm
from maatwerk.views.predicted.people import People
from maatwerk.views.predicted.spend import fit_spend

MOMENTS = 3
"""Past moments at which shoppers are looked at, the newest of them for calibration."""
_PRIOR_GAPS = 5.0
_BUYERS_MOST = 60_000


def moments(first: int, now: int) -> tuple[list[int], int]:
    """Moments to learn at, oldest first, and the days after each in which to see who bought.

    With a history of 60 days or more it is 30 days; a younger shop learns over half of its own life at most.
    """
    history = max((now - first) / DAY, 0.0)
    days = int(min(propensity.DAYS, max(1, history // 3)))
    if history < 2:
        return [], propensity.DAYS
    count = min(MOMENTS, max(1, int(history // days) - 1))
    return [now - step * days * DAY for step in range(count, 0, -1)], days


def learn(
    orders: Orders,
    people: People,
    examples: Sequence[tuple[People, Floats]],
    days: int,
    now: int,
    version: str,
    history_days: int,
) -> Forecast:
    """All of it. ``people`` is everyone now; ``examples`` are shoppers at the `moments`, and who then
    bought.
    """
    chosen, listed = choose(_sampled(orders), now // DAY)
    known = people["paid"] > 0
    paid = people["paid"][known]
    return Forecast(
        weights=chosen.weights,
        rivals=rivals_of(chosen, listed),
        propensity=propensity.learn(examples, days),
        spend=fit_spend(paid, people["paid_minor"][known] / np.maximum(paid, 1)),
        rhythm=rhythm_of(orders),
        orders=int(people["orders"].sum()),
        discounted=int(people["discounted"].sum()),
        buyers=int((people["order_days"] > 0).sum()),
        repeats=int((people["order_days"] > 1).sum()),
        model=chosen.name,
        version=version,
        held_out=names_of(listed),
        history_days=history_days,
    )


def rhythm_of(orders: Orders) -> Rhythm:
    """The shop's pauses between orders, drawn to a general shop's by `_PRIOR_GAPS` pauses."""
    same = orders.buyer[1:] == orders.buyer[:-1]
    logs = np.log(np.maximum((orders.day[1:] - orders.day[:-1])[same], 1).astype(np.float64))
    usual = Rhythm()
    total = len(logs) + _PRIOR_GAPS
    mean = (logs.sum() + _PRIOR_GAPS * usual.log_days) / total
    square = ((logs - mean) ** 2).sum() + _PRIOR_GAPS * usual.spread**2
    return Rhythm(float(mean), float(np.sqrt(square / total)), len(logs))


def _sampled(orders: Orders) -> Orders:
    """Every so many'th buyer where there are more than need be looked at."""
    if not len(orders.buyer):
        return orders
    step = 1 + int(orders.buyer.max()) // _BUYERS_MOST
    rows: NDArray[np.bool_] = orders.buyer % step == 0
    return Orders(orders.buyer[rows], orders.day[rows])
