"""Assignment equals GrowthBook's published conformance cases."""

from __future__ import annotations

from maatwerk.decisions.experiments.assign import bucket, choose, held_out, ranges

# value, seed, version, expected: of GrowthBook's published "hash" cases
CASES = [
    ("a", "", 1, 0.22),
    ("b", "", 1, 0.077),
    ("ab", "", 1, 0.946),
    ("def", "", 1, 0.652),
    ("8952klfjas09ujkasdf", "", 1, 0.549),
    ("123", "", 1, 0.011),
    ("a", "seed", 2, 0.0505),
    ("b", "seed", 2, 0.2696),
]


def test_hash_of_both_versions() -> None:
    for value, seed, version, expected in CASES:
        assert bucket(seed, value, version) == expected


def test_choice_by_range() -> None:
    assert ranges([0.5, 0.5], 0.4) == [(0.0, 0.2), (0.5, 0.7)]
    assert choose(0.1, ranges([0.5, 0.5], 0.4)) == 0
    assert choose(0.3, ranges([0.5, 0.5], 0.4)) == -1
    assert choose(0.6, ranges([0.5, 0.5], 0.4)) == 1


def test_holdout_share_is_met_and_nobody_without_id() -> None:
    share = sum(held_out(f"a-{n}", 0.1) for n in range(20_000)) / 20_000
    assert abs(share - 0.1) < 0.007
    assert not held_out("", 0.9)
