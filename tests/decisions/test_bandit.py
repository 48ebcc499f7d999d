"""Allocation that moves: odds sum to one and are met; what is best gets most, and soon after a change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare

from maatwerk.decisions.experiments.assign import bucket, choose, ranges
from maatwerk.decisions.experiments.bandit import (
    BATCH,
    Evidence,
    best_of_means,
    best_of_proportions,
    floored,
    learned,
    weighed,
)

VECTORS = json.loads((Path(__file__).parent / "statistics.json").read_text(encoding="utf-8"))
SEED = 20_261_128
Floats = NDArray[np.float64]


def test_chances_to_be_best_are_those_of_drawing() -> None:
    for arms, gaussian, beta, with_floor in VECTORS["best"]:
        units, sums = np.array([each[0] for each in arms], float), np.array([each[1] for each in arms], float)
        rate = sums / units
        found = best_of_proportions(sums, units)
        assert np.allclose(found, beta, atol=0.005)
        assert np.allclose(best_of_means(rate, rate * (1 - rate) / units), gaussian, atol=0.006)
        assert np.allclose(floored(np.array(gaussian), 0.01), with_floor, atol=0.005)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=30), st.booleans())
def test_weights_sum_to_one_and_no_arm_has_none(arms: list[tuple[int, int]], binary: bool) -> None:
    evidence = [Evidence(won + lost, won, won, won + lost) for won, lost in arms]
    found = weighed(evidence, [1 / len(arms)] * len(arms), 0.01, binary=binary)
    assert found.sum() == pytest.approx(1)
    assert found.min() >= min(0.01, 0.1 / len(arms)) - 1e-9


def test_observed_shares_are_the_stated_odds() -> None:
    weights = floored(np.array([0.7, 0.25, 0.05]), 0.01)
    stretches = ranges(weights.tolist())
    counts = np.bincount([choose(bucket("odds", f"a-{n}"), stretches) for n in range(30_000)], minlength=3)
    assert chisquare(counts, weights * 30_000).pvalue > 0.001


def test_until_every_arm_was_seen_the_plan_stands() -> None:
    evidence = [Evidence(500, 50, 50, 500), Evidence(20, 9, 9, 20)]
    assert np.allclose(weighed(evidence, [0.9, 0.1], 0.0, binary=True), [0.9, 0.1])


class Simulated:
    """Shoppers who come in batches to arms with these rates."""

    def __init__(self, rates: Floats, memory: float, seed: int) -> None:
        self.rates = rates
        self.memory = memory
        self.random = np.random.default_rng(seed)
        self.n, self.won = np.zeros(len(rates)), np.zeros(len(rates))
        self.seen = np.zeros(len(rates), int)
        self.share = np.full(len(rates), 1 / len(rates))

    def batch(self, size: int = BATCH) -> float:
        """One batch; its regret: what always the best would have brought more."""
        evidence = [Evidence(n, w, w, int(s)) for n, w, s in zip(self.n, self.won, self.seen, strict=True)]
        self.share = weighed(evidence, [1 / len(self.rates)] * len(self.rates), 0.01, binary=True)
        counts = self.random.multinomial(size, self.share)
        self.n = self.n * self.memory + counts
        self.won = self.won * self.memory + self.random.binomial(counts, self.rates)
        self.seen += counts
        return float(counts @ (self.rates.max() - self.rates))


def regrets(runs: int, memory: float, users: int, *, swap: bool) -> dict[str, Any]:
    """Regret as a share of that of uniform allocation, the share of the best at the end, and after a swap of
    best and worst how many users it took until the new best had more than half."""
    shares, ends, back = [], [], []
    rates = np.array([0.04, 0.05, 0.06])
    for run in range(runs):
        simulated = Simulated(rates.copy(), memory, SEED + run)
        lost, found = 0.0, 99_999
        for number in range(users // BATCH):
            if swap and number == users // BATCH // 2:
                simulated.rates = rates[::-1].copy()
            lost += simulated.batch()
            after = (number + 1) * BATCH - users // 2
            if swap and after > 0 and found == 99_999 and simulated.share[0] > 0.5:
                found = after
        shares.append(lost / (users * float(rates.max() - rates.mean())))
        ends.append(float(simulated.share[int(simulated.rates.argmax())]))
        back.append(found)
    return {
        "regret": float(np.mean(shares)),
        "regret_p90": float(np.quantile(shares, 0.9)),
        "best_at_the_end": float(np.mean(ends)),
        "back_median": float(np.median(back)),
        "back_p90": float(np.quantile(back, 0.9)),
        "back_within_10000": float(np.mean(np.array(back) <= 10_000)),
    }


class Tastes:
    """Shoppers with tastes over eight kinds of things, and eighty things of these kinds: what pleases her
    depends on both. About one in twenty clicks on a thing picked at random."""

    def __init__(self, seed: int, arms: int = 80, kinds: int = 8) -> None:
        self.random = np.random.default_rng(seed)
        self.kind = np.arange(arms) % kinds
        self.quality = self.random.gamma(4.0, 0.25, arms)
        self.kinds = kinds

    def shopper(self) -> tuple[Floats, Floats]:
        """Her features, and how probable a click on each thing is."""
        taste = self.random.dirichlet(np.full(self.kinds, 0.3))
        chance = np.minimum(0.05 * self.quality * (0.3 + 0.7 * self.kinds * taste[self.kind]), 0.9)
        return np.concatenate([[1.0], taste]), chance


def against_random(seed: int, rounds: int, *, contextual: bool) -> float:
    """Clicks as a multiple of those of random choice, whose expectation is exact here."""
    world = Tastes(seed)
    arms = len(world.kind)
    xs: list[Floats] = []
    chosen: list[int] = []
    rewards: list[float] = []
    won, expected = 0.0, 0.0
    weights, model = np.full(arms, 1 / arms), None
    for number in range(rounds):
        if number % BATCH == 0 and number:
            x, a, r = np.array(xs), np.array(chosen), np.array(rewards)
            if contextual:
                model = learned(x, a, r, arms, seed=number)
            else:
                seen, clicks = np.bincount(a, minlength=arms), np.bincount(a, r, arms)
                evidence = [
                    Evidence(float(n), float(c), float(c), int(n)) for n, c in zip(seen, clicks, strict=True)
                ]
                weights = weighed(evidence, [1 / arms] * arms, 0.01, binary=True)
        features, chance = world.shopper()
        odds = model.weights(features, 0.01) if model is not None else weights
        arm = int(world.random.choice(arms, p=odds))
        reward = float(world.random.random() < chance[arm])
        xs.append(features)
        chosen.append(arm)
        rewards.append(reward)
        won += chance[arm]
        expected += float(chance.mean())
    return won / expected


def test_short_forms() -> None:
    print("seed", SEED)
    still = regrets(6, 1.0, 20_000, swap=False)
    assert still["regret"] < 0.5
    moved = regrets(6, 0.95, 20_000, swap=True)
    assert moved["back_median"] < 9_000
    assert against_random(SEED, 2_500, contextual=True) > 1.1


@pytest.mark.prove
def test_regret_stationary_and_after_a_swap() -> None:
    print(f"\narms .04 .05 .06, 50,000 users, batches of 500, floor 1 %, 100 runs, seed {SEED}")
    for memory, swap in ((1.0, False), (0.95, False), (1.0, True), (0.95, True), (0.9, True)):
        found = regrets(100, memory, 50_000, swap=swap)
        print(
            f"  {'swap' if swap else 'still':6} memory {memory}", {k: round(v, 3) for k, v in found.items()}
        )
        if memory == 0.95 and swap:
            assert found["back_within_10000"] >= 0.9
        if memory == 0.95 and not swap:
            assert found["regret"] <= 0.3
        if memory == 1.0 and not swap:
            assert found["regret"] <= 0.16


@pytest.mark.prove
def test_eighty_arms_against_random() -> None:
    rows = {kind: [against_random(SEED + run, 20_000, contextual=kind == "contextual") for run in range(5)]
            for kind in ("contextual", "thompson")}  # fmt: skip
    for kind, found in rows.items():
        print(f"\n  {kind}: 20,000 rounds, 80 arms, 5 worlds: {np.round(found, 3).tolist()}")
    assert min(rows["contextual"]) >= 1.65
