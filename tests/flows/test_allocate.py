"""Traffic that moves, over the real log: learnt from exposures, sealed, obeyed, and its odds written down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.flows.test_expose import exposed, parts, put, show
from tests.views.insight.test_experiment_arms import event

from maatwerk.app.concluding import move_allocations
from maatwerk.app.parts import Parts
from maatwerk.core.time import HOUR
from maatwerk.decisions.experiments.context import WIDTH, features
from maatwerk.decisions.experiments.words import parse_experiment
from maatwerk.events.decisions import decode
from maatwerk.flows.allocate import contextual, moved

__all__ = ["parts"]

MOVING: dict[str, Any] = {
    "state": "running",
    "allocation": "thompson",
    "variants": [{"key": "old"}, {"key": "new", "changes": {"placement/slot": {"title": "Just in"}}}],
}


def test_traffic_goes_to_what_does_better_and_the_odds_are_in_the_record(parts: Parts) -> None:
    put(parts, "unit", "newest-alone", {"recommender": "newest"})
    put(parts, "placement", "slot", {"page": "other", "unit": "newest-alone"})
    put(parts, "experiment", "e", MOVING)
    now, events = parts.clock(), []
    for number in range(900):
        who, variant = f"b-{number}", ("old", "new")[number % 2]
        said = {"experiment_id": "e", "variation_id": variant}
        events.append(event(f"x-{number}", "Experiment Viewed", who, now - HOUR, "internal", said))
        if number % (12 if variant == "old" else 3) == 0:
            order = {"order_id": f"o-{number}", "total": 40, "currency": "EUR"}
            events.append(event(f"y-{number}", "Order Completed", who, now - HOUR + 1, "collected", order))
    parts.log.append_now(events)
    assert show(parts, "a-1")["placements"]["slot"]["experiment"]["key"] == "e"
    assert move_allocations(parts)
    parts.knowledge.refresh_models()
    weights = parts.knowledge.models.sealed["allocation"].facts["weights"]["e"]
    assert sum(weights) == pytest.approx(1)
    assert weights[1] > 0.9
    before = len(exposed(parts))
    answers = [show(parts, f"a-{number}") for number in range(40, 100)]
    got = [answer["placements"]["slot"]["experiment"]["variant"] for answer in answers]
    assert got.count("new") > 50
    assert len(exposed(parts)) == before + 60
    row = parts.log.decision(answers[0]["decisionId"])
    assert row is not None
    record = decode(row.payload)
    assert record.slots[0].propensity == pytest.approx(weights[("old", "new").index(got[0])])
    assert "allocation" in record.models
    first = show(parts, "a-1")["placements"]["slot"]["experiment"]["variant"]
    assert first == show(parts, "a-1")["placements"]["slot"]["experiment"]["variant"]


def test_what_is_old_fades() -> None:
    experiment = parse_experiment("e", MOVING | {"memory": 0.5})
    new = [{"variant": "new", "orders": n % 3 == 0, "revenue": 0, "clicks": 0} for n in range(1_500)]
    old = [{"variant": "old", "orders": n % 6 == 0, "revenue": 0, "clicks": 0} for n in range(1_500)]
    mixed = [row for pair in zip(new, old, strict=True) for row in pair]
    other = [row | {"variant": "old" if row["variant"] == "new" else "new"} for row in mixed]
    assert moved(experiment, mixed + other * 3)[1] > 0.9, "the newest come first, and count most"


def test_each_kind_of_shopper_gets_what_suits_it() -> None:
    experiment = parse_experiment("e", MOVING | {"allocation": "contextual"})
    random = np.random.default_rng(5)
    kinds = {
        name: features(
            personal=True, orders=0, settled=False, device="", foreign=False, interests={name: 1.0}
        )
        for name in ("women", "men")
    }
    assert kinds["women"] != kinds["men"]
    assert all(len(each) == WIDTH for each in kinds.values())
    rows = []
    for number in range(3_000):
        name, variant = ("women", "men")[number % 2], ("old", "new")[int(random.integers(2))]
        likes = (name == "women") == (variant == "new")
        text = " ".join(f"{each:g}" for each in kinds[name])
        ordered = random.random() < (0.3 if likes else 0.05)
        rows.append({"variant": variant, "features": text, "orders": ordered, "revenue": 0, "clicks": 0})
    found = contextual(experiment, rows, seed=1)
    assert found is not None
    women, men = (found.weights(np.array(kinds[name]), 0.01) for name in ("women", "men"))
    assert women[1] > 0.9
    assert men[0] > 0.9
    assert women.sum() == pytest.approx(1)
    assert contextual(experiment, rows[:100], seed=1) is None
