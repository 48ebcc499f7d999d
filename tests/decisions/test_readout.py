"""What a holdout says: the references, an interval that may be looked at, and plain refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.decisions.experiments.assign import held_out
from maatwerk.decisions.experiments.intervals import Sample, difference, sample, srm
from maatwerk.decisions.experiments.readout import (
    CONVERSIONS_LEAST,
    USERS_LEAST,
    Arm,
    readout,
    split,
)

SEED = 20_261_122

values = st.lists(st.integers(0, 100_000).map(float), max_size=30)


@given(values, values)
def test_sums_of_parts_are_the_sum(left: list[float], right: list[float]) -> None:
    both, whole = sample(left) + sample(right), sample(left + right)
    assert both.n == whole.n
    assert both.total == pytest.approx(whole.total)
    assert both.squares == pytest.approx(whole.squares)


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=40))
def test_mean_and_variance(numbers: list[float]) -> None:
    found = sample(numbers)
    assert found.mean == pytest.approx(float(np.mean(numbers)), abs=1e-6)
    assert found.variance == pytest.approx(float(np.var(numbers, ddof=1)), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("control", "treated", "tuning", "se", "low", "high"),
    [
        # count, sum, sum of squares of each arm; what gbstats 0.8.0 (GrowthBook, MIT) says of them
        (
            (1_000, 52_000.0, 4_704_000.0),
            (1_010, 54_540.0, 5_045_000.0),
            5_000,
            2.0155661642103757,
            -4.294039285676345,
            8.294039285676345,
        ),
        (
            (20_000, 61_000.0, 2_450_000.0),
            (19_950, 65_000.0, 2_640_000.0),
            5_000,
            0.10845036734590258,
            -0.14019659819040603,
            0.5564873250074491,
        ),
        (
            (20_000, 61_000.0, 2_450_000.0),
            (19_950, 65_000.0, 2_640_000.0),
            50_000,
            0.10845036734590258,
            -0.12159005032100162,
            0.5378807771380447,
        ),
        (
            (12, 60.0, 330.0),
            (11, 66.0, 430.0),
            50_000,
            0.7323685113135575,
            -28.73277835859604,
            30.73277835859604,
        ),
    ],
)
def test_the_interval_is_the_reference_s(
    control: tuple[int, float, float],
    treated: tuple[int, float, float],
    tuning: int,
    se: float,
    low: float,
    high: float,
) -> None:
    found = difference(Sample(*treated), Sample(*control), tuning=tuning)
    assert found.estimate == pytest.approx(treated[1] / treated[0] - control[1] / control[0])
    assert found.se == pytest.approx(se, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def test_an_arm_of_one_says_nothing() -> None:
    assert math.isnan(difference(Sample(1, 5.0, 25.0), Sample(10, 50.0, 260.0)).low)


@pytest.mark.parametrize(
    ("users", "weights", "p"),
    [
        ((5_000, 5_000), (0.5, 0.5), 1.0),
        ((5_000, 5_210), (0.5, 0.5), 0.037682535473058755),
        ((5_000, 5_330), (0.5, 0.5), 0.0011668510973414706),
        ((9_000, 1_100), (0.9, 0.1), 0.002834749080259389),
        ((3_300, 3_400, 3_300), (1, 1, 1), 0.36787944117144245),
        ((821_588, 815_482), (0.5, 0.5), 1.8217928726191858e-06),
        ((0, 0), (0.5, 0.5), 1.0),
        ((10_000, 10_500, 9_500, 10_000), (0.25, 0.25, 0.25, 0.25), 7.989179244951495e-11),
    ],
)
def test_sample_ratio(users: tuple[int, ...], weights: tuple[float, ...], p: float) -> None:
    assert srm(users, weights) == pytest.approx(p, rel=1e-6)


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=8), st.integers(0, 3), st.floats(0, 1e6)), max_size=60)
)
def test_everyone_is_in_the_arm_that_decides(visitors: list[tuple[str, int, float]]) -> None:
    treated, holdout = split(visitors, 0.3)
    held = [each for each in visitors if held_out(each[0], 0.3)]
    assert holdout.visitors == len(held)
    assert treated.visitors == len(visitors) - len(held)
    assert holdout.converted == sum(orders > 0 for _, orders, _ in held)
    assert holdout.revenue.total == pytest.approx(math.fsum(revenue for _, _, revenue in held))


def arm(n: int, buyers: int, paid: float) -> Arm:
    """So many visitors, of whom some pay the same."""
    return Arm(Sample(n, buyers * paid, buyers * paid * paid), buyers)


def test_it_says_what_is_missing() -> None:
    few = readout(arm(8_000, 300, 5_000), arm(890, 20, 5_000), 0.1)
    assert few.state == "too_few"
    assert few.added_minor is None
    assert few.missing == (
        f"890 of {USERS_LEAST:,} visitors in the holdout",
        f"20 of {CONVERSIONS_LEAST} buyers in the holdout",
    )


def test_without_a_holdout_nothing_is_measured() -> None:
    assert readout(arm(8_000, 300, 5_000), Arm(), 0.0).state == "no_holdout"


def test_a_wrong_split_blocks_the_verdict() -> None:
    wrong = readout(arm(80_000, 8_000, 5_000), arm(12_000, 300, 5_000), 0.1)
    assert wrong.state == "mismatch"
    assert wrong.difference is None


def test_a_clear_difference_is_money_with_its_interval() -> None:
    found = readout(arm(90_000, 9_000, 5_000), arm(10_000, 600, 5_000), 0.1)
    assert found.state == "adds"
    assert found.added_minor is not None
    estimate, low, high = found.added_minor
    assert estimate == pytest.approx((500 - 300) * 90_000)
    assert 0 < low < estimate < high
    assert found.lift == pytest.approx(2 / 3)
    assert readout(arm(90_000, 5_400, 5_000), arm(10_000, 1_000, 5_000), 0.1).state == "costs"


def test_what_holds_zero_is_undecided() -> None:
    assert readout(arm(18_000, 900, 5_000), arm(2_000, 99, 5_000), 0.1).state == "undecided"


def wrong_verdicts(runs: int, looks: int, users: int) -> float:
    """The share of runs without any difference in which some look said that there is one."""
    random = np.random.default_rng(SEED)
    wrong = 0
    at = np.linspace(users / looks, users, looks).astype(int) - 1
    for _ in range(runs):
        held = random.random(users) < 0.1
        bought = random.random(users) < 0.05
        paid = np.where(bought, np.round(np.exp(random.normal(8.0, 1.0, users))), 0.0)
        sides = [
            [
                np.cumsum(values)[at].tolist()
                for values in (side, side * paid, side * paid * paid, side * bought)
            ]
            for side in (~held, held)
        ]
        arms = [
            [
                Arm(Sample(int(n), total, squares), int(buyers))
                for n, total, squares, buyers in zip(*side, strict=True)
            ]
            for side in sides
        ]
        wrong += any(readout(treated, holdout, 0.1).known for treated, holdout in zip(*arms, strict=True))
    return wrong / runs


def test_looking_every_day_makes_no_wrong_verdicts() -> None:
    print("seed", SEED)
    share = wrong_verdicts(runs=200, looks=20, users=24_000)
    assert share <= 0.06


@pytest.mark.prove
def test_looking_a_hundred_times_makes_no_wrong_verdicts() -> None:
    print("seed", SEED)
    share = wrong_verdicts(runs=2_000, looks=100, users=40_000)
    print(f"false positives of the holdout's readout, log-normal revenue, 100 looks: {share:.4f}")
    assert share <= 0.06
