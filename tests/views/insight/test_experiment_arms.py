"""An experiment's arms in sums, against plain Python over the same events; and the whole way to its end."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from maatwerk.app.concluding import conclude_due
from maatwerk.app.parts import open_parts
from maatwerk.app.starting import make_workspace
from maatwerk.core.time import DAY, HOUR
from maatwerk.decisions.experiments.board import assigned
from maatwerk.decisions.experiments.summaries import cap_at
from maatwerk.decisions.experiments.words import parse_experiment
from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.events.event import Event
from maatwerk.flows.publish import publish
from maatwerk.flows.results import QUERY
from maatwerk.testing.events import START
from maatwerk.views.insight.sql import text as sql_text

NOW = START + 60 * DAY
NOWHERE = Path("nowhere")
SEED = 20_261_128


class Told:
    """Events of a small shop, in the order in which they are told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def say(self, name: str, who: str, time: int, user: str = "", **said: Any) -> None:
        offset = len(self.events) + 1
        self.events.append(
            Event(
                name, f"m-{offset}", time, time, anonymous_id=who, user_id=user, offset=offset,
                origin="internal" if name == "Experiment Viewed" else "collected",
                properties=msgspec.Raw(msgspec.json.encode(said)),
            )
        )  # fmt: skip

    def shown(self, who: str, variant: str, time: int) -> None:
        self.say("Experiment Viewed", who, time, experiment_id="e", variation_id=variant)

    def order(self, who: str, number: int, time: int, price: float, total: float) -> None:
        items = [{"sku": "S1", "price": price, "quantity": 2}]
        self.say(
            "Order Completed", who, time, order_id=f"o-{number}", total=total, currency="EUR", products=items
        )


def arms(events: list[Event], **window: Any) -> dict[str, dict[str, Any]]:
    rows = ParquetLake(NOWHERE, currency="EUR").query(
        sql_text(QUERY),
        {"experiment": "e", "since": 0, "now": NOW, "currency": "EUR", "winsorize": 0.9}
        | {"margin_skus": ["S1"], "margin_shares": [0.4]}
        | window,
        tail=events,
    )
    return {row["variant"]: row for row in rows}


def test_sums_are_those_of_plain_python() -> None:
    random = np.random.default_rng(SEED)
    told = Told()
    revenue: dict[str, dict[str, float]] = {"old": defaultdict(float), "new": defaultdict(float)}
    margin: dict[str, dict[str, float]] = {"old": defaultdict(float), "new": defaultdict(float)}
    number = 0
    for shopper in range(60):
        who, variant = f"a-{shopper}", ("old", "new")[shopper % 2]
        at = NOW - 20 * DAY + shopper * HOUR
        revenue[variant][who] = margin[variant][who] = 0.0
        if shopper % 4 == 0:
            told.order(who, number, at - 3 * DAY, 10, 20)
            number += 1
        told.shown(who, variant, at)
        told.shown(who, "old" if variant == "new" else "new", at + HOUR)  # a later one does not count
        for _ in range(int(random.integers(0, 3))):
            price = float(random.integers(10, 90))
            total = 2 * price * float(random.choice([1.0, 0.8]))
            told.order(who, number, at + DAY, price, total)
            back = number % 5 == 0
            if back:
                told.say(
                    "Order Refunded",
                    who,
                    at + 2 * DAY,
                    order_id=f"o-{number}",
                    total=total / 2,
                    currency="EUR",
                )
            kept = 0.5 if back else 1.0
            revenue[variant][who] += 100 * total * kept
            margin[variant][who] += 100 * (2 * price * 0.4 - (2 * price - total)) * kept
            number += 1
    found = arms(told.events)
    cap = cap_at([value for each in revenue.values() for value in each.values()], 0.9)
    for variant, each in revenue.items():
        values = np.minimum(list(each.values()), cap)
        assert found[variant]["visitors"] == 30
        assert found[variant]["buyers"] == int((values > 0).sum())
        assert found[variant]["revenue"] == pytest.approx(float(values.sum()))
        assert found[variant]["revenue_squares"] == pytest.approx(float(values @ values))
    assert found["old"]["before"] == pytest.approx(2_000 * 15)
    plain = arms(told.events, winsorize=1.0)
    for variant, each in margin.items():
        assert plain[variant]["margin"] == pytest.approx(sum(each.values()))
        assert plain[variant]["known"] == plain[variant]["listed"]


def test_a_person_is_one_unit_and_her_first_exposure_counts() -> None:
    told = Told()
    at = NOW - 20 * DAY
    told.shown("phone", "new", at)
    told.say("Signed In", "phone", at + HOUR, user="u-1")
    told.shown("laptop", "old", at + 2 * HOUR)
    told.say("Signed In", "laptop", at + 3 * HOUR, user="u-1")
    told.say("Product Clicked", "laptop", at + 4 * HOUR, sku="S1", tracking="t-1.0")
    told.say("Page Viewed", "laptop", at + 9 * DAY)
    found = arms(told.events)
    assert list(found) == ["new"]
    assert found["new"]["visitors"] == 1
    assert (found["new"]["clicks"], found["new"]["ripe"], found["new"]["returned"]) == (1, 1, 1)
    assert arms(told.events, since=at + HOUR) == {}, "who was exposed before is nobody's newcomer"


def test_it_ends_by_itself_when_its_plan_is_met(tmp_path: Path) -> None:
    """2,400 visitors of whom many more buy in one arm, over the real log, lake and rules."""
    make_workspace(tmp_path / "shop")
    parts = open_parts(tmp_path / "shop", projects=True)
    parts.projector().prepare()
    parts.knowledge.load()
    document = {
        "state": "running",
        "variants": [{"key": "old"}, {"key": "new"}],
        "plan": {"publish": True, "minimum_days": 2, "holdback": 0.1},
    }
    publish(
        parts.log, parts.knowledge.rules, {("experiment", "e"): document},
        clock=parts.clock, chance=os.urandom, author="test",
    )  # fmt: skip
    experiment, now, events = parse_experiment("e", document), parts.clock(), []
    for number in range(2_400):
        who, at = f"a-{number}", now - 5 * DAY + number * 1_000
        arm = assigned("e", experiment, who)
        said = {"experiment_id": "e", "variation_id": arm.variant}
        events.append(event(f"x-{number}", "Experiment Viewed", who, at, "internal", said))
        if number % (4 if arm.variant == "new" else 12) == 0:
            bought = {"order_id": f"o-{number}", "total": 40, "currency": "EUR"}
            events.append(event(f"b-{number}", "Order Completed", who, at + HOUR, "collected", bought))
    parts.log.append_now(events)
    assert conclude_due(parts) == ["e"]
    parts.knowledge.refresh(parts.clock())
    rule = parts.knowledge.rules.get("experiment", "e")
    assert rule is not None
    assert rule.author == "its plan"
    ended = parse_experiment("e", rule.document or {})
    assert (ended.state, ended.winner) == ("concluded", "new")
    assert ended.verdict.startswith("Publish new:")
    assert conclude_due(parts) == []
    parts.close()


def event(key: str, name: str, who: str, at: int, origin: str, said: dict[str, Any]) -> Event:
    raw = msgspec.Raw(msgspec.json.encode(said))
    return Event(name, key, at, at, anonymous_id=who, origin=origin, properties=raw)


def test_nothing_is_divided_by_nothing() -> None:
    told = Told()
    told.shown("a-1", "new", NOW - DAY)
    (row,) = arms(told.events).values()
    assert (row["visitors"], row["orders"], row["ripe"]) == (1, 0, 0)
    assert not any(isinstance(value, float) and math.isnan(value) for value in row.values())
