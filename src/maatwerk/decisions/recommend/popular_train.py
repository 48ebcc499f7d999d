"""Counts of sessions and shoppers per product: what is viewed, added, bought, rising, converting."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maatwerk.core.time import DAY, HOUR
from maatwerk.decisions.recommend.interactions import PEOPLE_LEAST, distinct, select, session_numbers
from maatwerk.views.insight.lake import ADD, CLICK, PURCHASE, VIEW, Interactions

WINDOW_DAYS = 7
INTEREST_DAYS = 180
FOREGROUND_MS, BACKGROUND_MS = 24 * HOUR, 72 * HOUR
TREND_PRIOR = 10.0
"""Sessions a day like the item's own past that a surge must stand out from."""
CONVERSION_PRIOR = 30.0
"""Sessions that convert like the shop's average, added to each item's own."""


def train_popularity(log: Interactions, now: int) -> dict[str, NDArray[Any]]:
    """Arrays over ``log.skus``.

    ``viewed``, ``added``, ``bought``: sessions of the last 7 days with the action. ``buyers``,
    ``viewers``: shoppers, the same. ``day``, ``three_days``: sessions that viewed it in the last 24 and
    72 hours. ``trend``: the day's rate over that of three days, shrunk to 1. ``converts``,
    ``converts_to_cart``: of the sessions that viewed it the share that bought or added it, shrunk to
    the shop's. ``interest``: sessions that viewed it in 180 days. What fewer than `PEOPLE_LEAST` shoppers did
    with a product counts 0.
    """
    size = len(log.skus)
    sessions = session_numbers(log)

    def count(kinds: tuple[int, ...], span: int, groups: NDArray[Any] = sessions) -> NDArray[np.int64]:
        rows = select(log, kinds, now - span, now + 1)
        people = distinct(log.actor[rows].astype(np.int64), log.item[rows], size)
        counted = people if groups is log.actor else distinct(groups[rows], log.item[rows], size)
        return np.where(people >= PEOPLE_LEAST, counted, 0)

    week = WINDOW_DAYS * DAY
    viewed = count((VIEW,), week)
    added = count((ADD,), week)
    bought = count((PURCHASE,), week)
    day = count((VIEW, CLICK), FOREGROUND_MS)
    three_days = count((VIEW, CLICK), BACKGROUND_MS)
    trend = (day + TREND_PRIOR / 3) / (three_days / 3 + TREND_PRIOR / 3)
    return {
        "viewed": viewed,
        "added": added,
        "bought": bought,
        "buyers": count((PURCHASE,), week, log.actor),
        "viewers": count((VIEW,), week, log.actor),
        "day": day,
        "three_days": three_days,
        "trend": trend,
        "converts": shrunk(np.minimum(bought, viewed), viewed),
        "converts_to_cart": shrunk(np.minimum(added, viewed), viewed),
        "interest": count((VIEW,), INTEREST_DAYS * DAY),
    }


def shrunk(successes: NDArray[np.int64], tries: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rates drawn to the common one by `CONVERSION_PRIOR` tries, so that one lucky view does not lead."""
    common = successes.sum() / max(int(tries.sum()), 1)
    rate: NDArray[np.float64] = (successes + CONVERSION_PRIOR * common) / (tries + CONVERSION_PRIOR)
    return rate
