"""What the statistics promise, counted in simulated experiments: false findings, coverage, ratios, CUPED.

The long forms print their tables (`make prove`); the short forms are in every run. Seeds are printed.
"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from maatwerk.decisions.experiments import compare
from maatwerk.decisions.experiments.intervals import SRM_ALPHA, Sample, srm
from maatwerk.decisions.experiments.summaries import Proportion, Summary, cuped, mean_of, pairs

SEED = 20_261_128
Floats = NDArray[np.float64]
Drawn = Callable[[np.random.Generator, int], Floats]


def conversion(random: np.random.Generator, n: int) -> Floats:
    """One shopper in twenty buys."""
    return (random.random(n) < 0.05).astype(np.float64)


def revenue(random: np.random.Generator, n: int) -> Floats:
    """One shopper in twenty buys, for a log-normal amount."""
    return np.where(random.random(n) < 0.05, np.exp(random.normal(4.0, 1.0, n)), 0.0)


def experiments(draw: Drawn, runs: int, users: int, looks: int, least: int) -> dict[str, float]:
    """The share of runs without any difference that a rule calls a difference: once at the end by Welch's t,
    at any of the looks by the sequential interval, and at any look by a chance to win of 95 %."""
    random = np.random.default_rng(SEED)
    at = np.linspace(least, users, looks).astype(int)
    wrong = {"once, at the end": 0, "sequential, every look": 0, "chance to win 95 %, every look": 0}
    for _ in range(runs):
        arms = [draw(random, users) for _ in range(2)]
        sums = [
            [
                Sample(int(n), float(a), float(b))
                for n, a, b in zip(at, total[at - 1], squares[at - 1], strict=True)
            ]
            for total, squares in ((np.cumsum(arm), np.cumsum(arm * arm)) for arm in arms)
        ]
        pairs_seen = [(mean_of(a), mean_of(b)) for a, b in zip(*sums, strict=True)]
        last = compare.compared(*pairs_seen[-1], method=compare.TWO_SIDED)
        wrong["once, at the end"] += last.p_value < 0.05
        looked = [compare.compared(a, b) for a, b in pairs_seen]
        wrong["sequential, every look"] += any(each.p_value < 0.05 for each in looked)
        scores = [abs(each.estimate / each.se) for each in looked]
        wrong["chance to win 95 %, every look"] += max(scores) > 1.6449
    return {name: count / runs for name, count in wrong.items()}


def covered(draw: Drawn, truth: float, runs: int, users: int) -> float:
    """How often Welch's 95 % interval of no difference holds zero."""
    random = np.random.default_rng(SEED + 1)
    held = 0
    for _ in range(runs):
        a, b = (_summary(draw(random, users)) for _ in range(2))
        found = compare.compared(a, b, method=compare.TWO_SIDED)
        held += (found.low or 0.0) <= truth <= (found.high or 0.0)
    return held / runs


def _summary(values: Floats) -> Summary:
    return mean_of(Sample(len(values), float(values.sum()), float(values @ values)))


def alarms(share: float, users: int, runs: int) -> float:
    """How often the check of the sample ratio calls a mismatch where half was meant."""
    random = np.random.default_rng(SEED + 2)
    first = random.binomial(users, share, runs)
    return sum(srm((int(n), users - int(n)), (0.5, 0.5)) < SRM_ALPHA for n in first) / runs


def variance_kept(rho: float, runs: int, users: int) -> float:
    """The variance after CUPED as a share of the one before; 1 - rho squared is the most it can cut."""
    random = np.random.default_rng(SEED + 3)
    shares = []
    for _ in range(runs):
        before = random.normal(50, 10, 2 * users)
        after = rho * before + np.sqrt(1 - rho**2) * random.normal(50, 10, 2 * users)
        plain = [after[:users], after[users:]]
        adjusted = cuped(pairs(plain[0], before[:users]), pairs(plain[1], before[users:]))
        shares.append(
            sum(each.error for each in adjusted) / sum(float(each.var(ddof=1)) / users for each in plain)
        )
    return float(np.mean(shares))


def test_short_forms() -> None:
    print("seed", SEED)
    found = experiments(conversion, 120, 4_000, 15, 1_000)
    assert found["once, at the end"] <= 0.12
    assert found["sequential, every look"] <= 0.06
    assert found["chance to win 95 %, every look"] > 0.12  # what a peekable verdict would have cost
    assert 0.9 <= covered(revenue, 0.0, 200, 2_000) <= 0.99
    assert alarms(0.5, 100_000, 500) <= 0.01
    assert alarms(0.52, 100_000, 100) >= 0.99
    assert abs(variance_kept(0.7, 20, 1_000) - (1 - 0.7**2)) <= 0.03


def test_the_smallest_experiments_are_refused_not_guessed() -> None:
    """A proportion that nobody met has no variance, and no interval."""
    nobody = Proportion(500, 0).summary()
    with pytest.raises(Exception, match="nothing has happened yet"):
        compare.compared(nobody, nobody)


@pytest.mark.prove
@pytest.mark.parametrize("draw", [conversion, revenue])
def test_false_positives(draw: Drawn) -> None:
    found = experiments(draw, 2_000, 20_000, 100, 200)
    print(f"\n{draw.__name__}: 2,000 A/A runs, 20,000 users an arm, 100 looks from 200 on, seed {SEED}")
    for name, share in found.items():
        print(f"  {name:32} {share:.4f}")
    assert abs(found["once, at the end"] - 0.05) <= 0.015
    assert found["sequential, every look"] <= 0.06


@pytest.mark.prove
def test_coverage_sample_ratio_and_cuped() -> None:
    print(f"\nseed {SEED}")
    for draw in (conversion, revenue):
        share = covered(draw, 0.0, 4_000, 10_000)
        print(f"  95 % interval, {draw.__name__:12} covers {share:.4f} of 4,000")
        assert 0.94 <= share <= 0.96
    fair, unfair = alarms(0.5, 100_000, 20_000), alarms(0.52, 100_000, 2_000)
    print(f"  sample ratio alarm: fair {fair:.5f}, 50/52 at 100,000 users {unfair:.4f}")
    assert fair <= 0.002
    assert unfair >= 0.99
    for rho in (0.3, 0.5, 0.7, 0.9):
        kept = variance_kept(rho, 200, 2_000)
        print(f"  CUPED rho {rho}: variance {kept:.4f} of plain, 1 - rho^2 is {1 - rho**2:.4f}")
        assert abs(kept - (1 - rho**2)) <= 0.02
