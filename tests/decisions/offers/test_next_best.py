"""The next best offer: honest about chance, fair to what is new, silent with those who would buy anyway."""

from __future__ import annotations

from collections import Counter

import pytest

from maatwerk.cli.evaluate.next_offer import evaluate_next_offer
from maatwerk.decisions.offers.next_best import FLOOR, SILENCE, Earned, next_best, odds


def earned(shown: int, mean: float, spread: float = 5.0) -> Earned:
    return Earned(shown, shown * mean, shown * (mean * mean + spread * spread))


def test_chances_sum_to_one_keep_a_floor_and_are_what_happens() -> None:
    known = {SILENCE: earned(400, 4.0), "tenth": earned(400, 4.4), "dear": earned(400, 1.0)}
    chances = odds(known, ["tenth", "dear"])
    assert sum(chances.values()) == pytest.approx(1.0)
    assert min(chances.values()) >= FLOOR
    assert chances == odds(known, ["dear", "tenth"])
    count = 4_000
    seen = Counter(next_best(known, ["tenth", "dear"], f"u-{n}", "s").offer for n in range(count))
    statistic = sum((seen[arm] - count * share) ** 2 / (count * share) for arm, share in chances.items())
    assert statistic < 13.8  # chi squared, two degrees of freedom, p .001


def test_a_new_offer_starts_in_the_middle_and_not_as_the_worst() -> None:
    known = {SILENCE: earned(500, 4.0), "old": earned(500, 4.1)}
    assert odds(known, ["old", "new"])["new"] > 0.15
    assert all(share > 0.2 for share in odds({}, ["a", "b"]).values())


def test_who_would_buy_anyway_is_left_alone_and_it_says_so() -> None:
    known = {SILENCE: earned(2_000, 9.0), "tenth": earned(2_000, 8.0)}
    assert odds(known, ["tenth"])[SILENCE] > 0.95
    chosen = next_best(known, ["tenth"], "u-1", "s", "bought often")
    assert (chosen.offer, "would buy anyway" in chosen.reason, "bought often" in chosen.reason) == (
        SILENCE, True, True
    )  # fmt: skip
    better = {SILENCE: earned(2_000, 4.0), "tenth": earned(2_000, 5.0)}
    assert "it earned +1.00 a shopper" in next_best(better, ["tenth"], "u-1", "s").reason


def test_it_earns_more_than_nothing_in_a_small_simulation() -> None:
    found = evaluate_next_offer(seeds=3, visits=1_500)
    assert found["against"]["nothing"]["mean"] > 0.3
    assert found == evaluate_next_offer(seeds=3, visits=1_500)


@pytest.mark.prove
def test_it_earns_more_than_ten_percent_for_all_and_than_nothing_over_twenty_seeds() -> None:
    found = evaluate_next_offer(seeds=20, visits=5_000, say=print)
    print(found)
    assert found["against"]["ten_percent_for_all"]["low"] > 0
    assert found["against"]["nothing"]["low"] > 0
