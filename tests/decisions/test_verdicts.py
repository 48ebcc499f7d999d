"""Verdicts: what they say, when they are final, and that nothing is said that is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.decisions.experiments.board import assigned
from maatwerk.decisions.experiments.conclude import concluded
from maatwerk.decisions.experiments.judge import judged
from maatwerk.decisions.experiments.metrics import ArmSums
from maatwerk.decisions.experiments.verdicts import Results
from maatwerk.decisions.experiments.words import parse_experiment

NOW = 1_800_000_000_000
SEED = 20_261_128
RUNNING: dict[str, Any] = {
    "state": "running",
    "variants": [{"key": "old"}, {"key": "new"}],
    "primary": "conversion",
    "plan": {"minimum_days": 7, "maximum_days": 40},
}


def arm(variant: str, visitors: int = 20_000, buyers: int = 1_000, days: float = 14, **more: Any) -> ArmSums:
    """Buyers who pay 50.00 each with a margin of 20.00, unless said otherwise."""
    paid = more.pop("paid", 5_000.0)
    earned = more.pop("earned", 2_000.0)
    return ArmSums(
        variant,
        visitors,
        first_at=NOW - int(days * DAY),
        buyers=buyers,
        orders=buyers,
        orders_squares=buyers,
        revenue=buyers * paid,
        revenue_squares=buyers * paid**2 * 1.3,
        revenue_orders=buyers * paid,
        margin=buyers * earned,
        margin_squares=buyers * earned**2 * 1.3,
        listed=buyers * paid,
        known=buyers * paid,
        **more,
    )


def read(*arms: ArmSums, **fields: Any) -> Results:
    return judged(parse_experiment("e", {**RUNNING, **fields}), arms, now=NOW, currency="EUR")


def test_a_known_gain_is_published_when_the_plan_is_met() -> None:
    found = read(arm("old"), arm("new", buyers=1_400)).verdict
    assert found.state == "better"
    assert (found.winner, found.final) == ("new", True)
    assert found.sentence.startswith("Publish new: +2.00 points conversion against old (+")
    assert "+40.0%" in found.sentence
    waiting = read(arm("old", days=3), arm("new", buyers=1_400, days=3)).verdict
    assert (waiting.state, waiting.final) == ("early", False)
    assert waiting.sentence.startswith("Wait 4 days: new leads")


def test_a_loss_keeps_the_control() -> None:
    found = read(arm("old"), arm("new", buyers=700)).verdict
    assert (found.state, found.winner, found.final) == ("worse", "old", True)
    assert found.sentence.startswith("Keep old: new does worse")


def test_a_guardrail_that_is_hurt_blocks_the_winner() -> None:
    found = read(
        arm("old"), arm("new", buyers=1_400, earned=500.0), guardrails=["margin", "order_value"]
    ).verdict
    assert (found.state, found.winner, found.final) == ("guardrail", "", False)
    assert "at the cost of" in found.sentence
    assert "margin a visitor" in found.sentence


def test_a_wrong_split_blocks_every_verdict() -> None:
    found = read(arm("old"), arm("new", visitors=22_000, buyers=1_900))
    assert found.verdict.state == "mismatch"
    assert found.verdict.winner == ""
    assert "20,000 visitors have old, where 21,000 were meant to" in found.verdict.sentence


def test_what_is_wanting_is_said() -> None:
    assert read().verdict.state == "nobody"
    few = read(arm("old", 800, 30), arm("new", 810, 31)).verdict
    assert few.sentence == (
        "Too early to say: 800 of 1,000 visitors have old, 810 of 1,000 visitors have new."
    )
    assert "20 of 25 buyers with new" in read(arm("old"), arm("new", buyers=20)).verdict.sentence
    unsure = read(arm("old"), arm("new", buyers=1_010)).verdict
    assert (unsure.state, unsure.final) == ("undecided", False)
    assert "At this pace a difference of 5% would show in about" in unsure.change
    over = read(arm("old", days=41), arm("new", buyers=1_010, days=41)).verdict
    assert (over.state, over.winner, over.final) == ("no_difference", "old", True)


def test_margin_is_not_said_where_it_is_not_known() -> None:
    half = arm("new", buyers=1_400)
    half = ArmSums(**{**{f: getattr(half, f) for f in half.__struct_fields__}, "known": half.listed / 2})
    found = read(arm("old"), half)
    (margin,) = (each for each in found.differences if each.metric == "margin")
    assert margin.why
    assert not margin.up


def test_many_arms_share_the_level() -> None:
    three = {"variants": [{"key": "old"}, {"key": "new"}, {"key": "newer"}]}
    pair = read(arm("old"), arm("new", buyers=1_150)).differences[0]
    many = read(arm("old"), arm("new", buyers=1_150), arm("newer"), **three).differences[0]
    assert many.high - many.low > pair.high - pair.low


def test_concluding_is_one_more_version_and_needs_something_that_runs() -> None:
    after = concluded("e", RUNNING, "new", "Publish new.", NOW)
    experiment = parse_experiment("e", after)
    assert (experiment.state, experiment.winner, experiment.verdict) == ("concluded", "new", "Publish new.")
    assert assigned("e", experiment, "").variant == "new"
    with pytest.raises(Refused):
        concluded("e", after, "old", "", NOW)


def false_verdicts(runs: int, looks: int, users: int) -> float:
    """How often some look at an experiment without any difference says that there is one."""
    random = np.random.default_rng(SEED)
    at = np.linspace(users / looks, users, looks).astype(int)
    wrong = 0
    for _ in range(runs):
        sums = []
        for _ in range(2):
            bought = random.random(users) < 0.05
            paid = np.where(bought, np.exp(random.normal(8.0, 1.0, users)), 0.0)
            columns = (bought, paid, paid * paid, paid * bought)
            sums.append([np.cumsum(column)[at - 1].tolist() for column in columns])
        verdicts = [
            read(
                *(
                    ArmSums(
                        key, int(n), NOW - 20 * DAY, buyers=int(each[0][look]), orders=each[0][look],
                        orders_squares=each[0][look], revenue=each[1][look], revenue_squares=each[2][look],
                        revenue_orders=each[3][look],
                    )
                    for key, each in zip(("old", "new"), sums, strict=True)
                ),
                primary="revenue",
            ).verdict.state
            for look, n in enumerate(at)
        ]  # fmt: skip
        wrong += any(state in ("better", "worse") for state in verdicts)
    return wrong / runs


def test_looking_every_day_makes_no_false_verdicts() -> None:
    print("seed", SEED)
    assert false_verdicts(40, 12, 6_000) <= 0.1


@pytest.mark.prove
def test_looking_a_hundred_times_makes_no_false_verdicts() -> None:
    share = false_verdicts(1_000, 100, 20_000)
    print(f"\nfalse verdicts on log-normal revenue, 100 looks, 1,000 runs, seed {SEED}: {share:.4f}")
    assert share <= 0.06
