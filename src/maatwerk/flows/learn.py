"""From the history to the sealed model of predictions: order days, people now, people at past moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from maatwerk.core.time import DAY
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.events.event import Event
from maatwerk.views.insight.lake import Lake
from maatwerk.views.insight.sql import text as sql_text
from maatwerk.views.predicted.choose import Orders
from maatwerk.views.predicted.families import Floats
from maatwerk.views.predicted.forecast import NAME
from maatwerk.views.predicted.learn import learn, moments
from maatwerk.views.predicted.people import People

PEOPLE, ORDER_DAYS = "people", "order_days"
_EVER = 180 * DAY
"""Of who was not seen for so long, a chance to buy teaches nothing new."""


def learn_predicted(lake: Lake, newer: Sequence[Event], now: int, currency: str, version: str) -> Sealed:
    """Learn and seal. Reads the history several times: a job's work, not a request's."""
    rows = lake.query(sql_text(ORDER_DAYS), {"now": now}, tail=newer)
    numbers: dict[str, int] = {}
    for row in rows:
        numbers.setdefault(row["visitor"], len(numbers))
    orders = Orders(
        np.array([numbers[row["visitor"]] for row in rows], np.int64),
        np.array([row["day"] for row in rows], np.int64),
    )
    first = first_time(lake, newer, now)
    at, days = moments(first, now)
    examples = [_examples(lake, newer, moment, days, currency) for moment in at]
    people, _ = people_at(lake, newer, now, now, currency)
    found = learn(orders, people, examples, days, now, version, max(0, (now - first) // DAY))
    arrays, facts = found.sealed()
    offset = newer[-1].offset if newer else lake.watermark()
    return Sealed(NAME, version, [], arrays, facts | {"offset": offset, "now": now})


def people_at(
    lake: Lake, newer: Sequence[Event], now: int, until: int, currency: str
) -> tuple[People, list[dict[str, Any]]]:
    """Everyone as of ``now``, and the rows that say it (``visitor``; ``orders_after``, up to ``until``)."""
    asked = {"now": now, "until": until, "currency": currency}
    rows = lake.query(sql_text(PEOPLE), asked, tail=newer)
    return People.read(rows, now), rows


def _examples(
    lake: Lake, newer: Sequence[Event], moment: int, days: int, currency: str
) -> tuple[People, Floats]:
    people, rows = people_at(lake, newer, moment, moment + days * DAY, currency)
    bought = np.array([row["orders_after"] > 0 for row in rows], np.float64)
    lately = people["seen_at"] > moment - _EVER
    return people.part(lately), bought[lately]


def first_time(lake: Lake, newer: Sequence[Event], now: int) -> int:
    """When the history begins; ``now`` where there is none."""
    found = lake.query("SELECT MIN(time) AS first FROM deed WHERE time <= $now", {"now": now}, tail=newer)
    first: int | None = found[0]["first"]
    return now if first is None else first
