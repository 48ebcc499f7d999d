"""Experiments as rules: documents, arms, mutual exclusion, conclusions; and what they change on a page."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.board import Assigned, Board, assigned
from maatwerk.decisions.experiments.words import Experiment, check_change, parse_experiment
from maatwerk.decisions.recommend.varied import Varied, check_experiments

AB: dict[str, Any] = {"state": "running", "variants": [{"key": "old"}, {"key": "new"}]}
UNITS = [f"a-{number}" for number in range(4_000)]
units = st.sampled_from(UNITS)


def made(**fields: Any) -> Experiment:
    return parse_experiment("e", {**AB, **fields})


def arms(experiment: Experiment, **options: Any) -> list[Assigned]:
    return [assigned("e", experiment, unit, **options) for unit in UNITS]


def test_half_and_half_and_the_same_every_time() -> None:
    found = arms(made())
    assert found == arms(made())
    assert all(each.counted for each in found)
    assert Counter(each.variant for each in found)["new"] == pytest.approx(2_000, abs=130)
    assert {each.propensity for each in found} == {0.5}


@given(units, st.floats(0.01, 1), st.floats(0.01, 1))
def test_ramping_up_moves_nobody(unit: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    small, large = (assigned("e", made(share=share), unit) for share in (less, more))
    if small.counted:
        assert large == small


def test_who_cannot_take_part_has_the_control_and_is_not_counted() -> None:
    control = Assigned("e", "old")
    assert assigned("e", made(), "") == control
    assert assigned("e", made(), "a-1", eligible=False) == control
    assert arms(made(state="paused")) == [control] * len(UNITS)


def test_of_two_that_exclude_each_other_nobody_is_in_both() -> None:
    one = made(exclusive={"group": "g", "from": 0.0, "to": 0.4})
    other = made(exclusive={"group": "g", "from": 0.4, "to": 1.0})
    counted = [(a.counted, b.counted) for a, b in zip(arms(one), arms(other), strict=True)]
    assert (True, True) not in counted
    assert sum(a for a, _ in counted) == pytest.approx(0.4 * len(UNITS), rel=0.1)


def test_a_concluded_one_gives_the_winner_and_holds_a_few_of_the_former_control_back() -> None:
    ended = made(state="concluded", winner="new", plan={"holdback": 0.1})
    for before, after in zip(arms(made()), arms(ended), strict=True):
        if after.variant == "old":
            assert before.variant == "old"  # she never saw what won
    held = sum(each.variant == "old" for each in arms(ended))
    assert held == pytest.approx(0.1 * len(UNITS), rel=0.2)
    assert assigned("e", ended, "").variant == "new"
    kept = made(state="concluded", winner="old")
    assert arms(kept) == [Assigned("e", "old")] * len(UNITS)


def test_moving_weights_keep_who_was_there() -> None:
    moved = made(allocation="thompson")
    for unit in UNITS[:200]:
        first = assigned("e", moved, unit, weights=(0.9, 0.1))
        again = assigned("e", moved, unit, weights=(0.1, 0.9), pinned=first.variant)
        assert again.variant == first.variant
    shares = Counter(each.variant for each in arms(moved, weights=(0.9, 0.1)))
    assert shares["new"] == pytest.approx(0.1 * len(UNITS), rel=0.2)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"variants": [{"key": "only"}]}, "variants"),
        ({"variants": [{"key": "a"}, {"key": "a"}]}, "variants"),
        ({"variants": [{"key": "a"}, {"key": "b", "weight": -1}]}, "variants"),
        ({"variants": [{"key": "a"}, {"key": "b", "changes": {"offer/x": {}}}]}, "variants.changes"),
        ({"share": 0}, "share"),
        ({"primary": "happiness"}, "primary"),
        ({"guardrails": ["happiness"]}, "guardrails"),
        ({"exclusive": {"group": "g", "from": 0.6, "to": 0.4}}, "exclusive"),
        ({"state": "concluded", "winner": "nobody"}, "winner"),
        ({"plan": {"minimum_days": 50, "maximum_days": 10}}, "plan"),
        ({"floor": 0.6}, "floor"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], at: str) -> None:
    with pytest.raises(Refused) as refused:
        made(**fields)
    assert refused.value.field == f"experiment.e.{at}"


def test_what_was_begun_cannot_be_changed_under_way() -> None:
    check_change("e", AB, {**AB, "share": 0.5})
    check_change("e", {**AB, "state": "draft"}, {**AB, "primary": "revenue"})
    for change in ({"variants": [{"key": "old", "weight": 3}, {"key": "new"}]}, {"primary": "revenue"}):
        with pytest.raises(Refused, match=r"cannot"):
            check_change("e", AB, {**AB, **change})


def rules(**experiments: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """A product page with one slot, and units to try in it."""
    return {
        ("unit", "newest"): {"recommender": "newest"},
        ("unit", "bestsellers"): {"recommender": "bestsellers", "fallback": ["newest"]},
        ("placement", "slot"): {"page": "product", "unit": "bestsellers"},
        ("placement", "other"): {"page": "product", "unit": "newest"},
        **{("experiment", key): document for key, document in experiments.items()},
    }


def changing(**fields: Any) -> dict[str, Any]:
    new = {"key": "new", "changes": {"placement/slot": {"unit": "newest", "title": "Just in"}}}
    return {**AB, "variants": [{"key": "old"}, new], **fields}


def test_a_variant_changes_fields_of_a_rule_for_its_arm_alone() -> None:
    documents = [(kind, key, 1, document) for (kind, key), document in rules(e=changing()).items()]
    varied = Varied(documents)
    assert varied.touching("slot") == ("e",)
    assert varied.touching("other") == ()
    assert varied.desk_of({"e": "old"}) is varied.desk
    changed = varied.desk_of({"e": "new"})
    assert changed is varied.desk_of({"e": "new"})
    assert changed.placements["slot"].title == "Just in"
    assert varied.desk.placements["slot"].title == ""
    draft = Varied([(k, n, 1, d) for (k, n), d in rules(e=changing(state="draft")).items()])
    assert draft.touching("slot") == ()


def test_an_arm_fails_closed() -> None:
    board = Board([("experiment", "e", 1, AB)])
    assert board.has("e/new", {"e": "new"})
    assert not board.has("e/new", {"e": "old"})
    assert not board.has("e/new", {})
    assert not Board([("experiment", "e", 1, {**AB, "state": "draft"})]).has("e/new", {"e": "new"})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({("unit", "armed"): {"recommender": "newest", "arm": "gone/new"}}, "does not exist"),
        ({("unit", "armed"): {"recommender": "newest", "arm": "e/gone"}}, "none of its variants"),
        ({("unit", "armed"): {"recommender": "newest", "arm": "e"}}, "no arm"),
        ({("experiment", "f"): changing()}, "both change placement/slot"),
        ({("placement", "slot"): {"page": "moon"}}, "would not be valid"),
    ],
)
def test_experiments_are_held_against_the_rules_they_meet(
    more: dict[tuple[str, str], dict[str, Any]], words: str
) -> None:
    check_experiments(rules(e=changing()))
    with pytest.raises(Refused, match=words):
        check_experiments(rules(e=changing()) | more)


def test_two_that_never_meet_may_change_one_rule() -> None:
    first = changing(exclusive={"group": "g", "from": 0.0, "to": 0.5})
    second = changing(exclusive={"group": "g", "from": 0.5, "to": 1.0})
    check_experiments(rules(e=first, f=second))
