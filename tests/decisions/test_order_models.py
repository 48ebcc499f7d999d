"""What comes next: the lists by hand, the blend that must win to be served, and the two models in a unit."""

from __future__ import annotations

import numpy as np
import pytest

from maatwerk.decisions.recommend import basket, sequence
from maatwerk.decisions.recommend.sequence.lists import alike_by_values, count_lists
from maatwerk.decisions.recommend.sequence.words import Sequences, Split

ITEMS, TRAIL, PEOPLE = 60, 6, 700


def trails(seed: int = 5) -> Sequences:
    """People who walk along one of ten rows of six items, mostly one step on; some walk anywhere."""
    chance = np.random.default_rng(seed)
    actor, item = [], []
    for who in range(PEOPLE):
        row, at = int(chance.integers(ITEMS // TRAIL)), int(chance.integers(3))
        for _ in range(4):
            actor.append(who)
            item.append(row * TRAIL + at if chance.random() < 0.9 else int(chance.integers(ITEMS)))
            at = (at + 1) % TRAIL
    return Sequences(
        actor=np.array(actor, np.int64),
        item=np.array(item, np.int32),
        items=ITEMS,
        bought=np.zeros(len(item), np.bool_),
    )


def last_out(steps: Sequences, teach: float = 0.7) -> Split:
    last = np.flatnonzero(np.diff(steps.actor, append=-1))
    older = np.ones(len(steps.item), np.bool_)
    older[last] = False
    cut = int(len(last) * teach)
    return Split(older=older, teach=last[:cut], check=last[cut:])


@pytest.fixture(scope="module")
def trained() -> sequence.Trained:
    steps = trails()
    return sequence.train(steps, last_out(steps))


def test_lists_say_what_follows_what_and_never_the_item_itself() -> None:
    steps = Sequences(
        actor=np.array([0, 0, 0, 1, 1]),
        item=np.array([0, 1, 2, 0, 1], np.int32),
        items=4,
        bought=np.array([False, True, True, False, False]),
    )
    lists = count_lists(steps)

    def of(name: str, item: int) -> list[int]:
        start, items, _ = lists[name]
        found: list[int] = items[start[item] : start[item + 1]].tolist()
        return found

    assert of("next", 0) == [1]
    assert of("later", 0) == [1, 2]
    assert of("before", 2) == [1, 0]
    assert of("together", 2) == [1, 0] or of("together", 2) == [0, 1]
    assert of("bought", 1) == [2]
    assert of("bought", 0) == []
    assert of("next", 3) == []


def test_rare_values_make_items_more_alike_than_common_ones() -> None:
    start, items, scores = alike_by_values([["soap", "rose"], ["soap", "rose"], ["soap", "mint"], ["soap"]])
    near = dict(zip(items[start[0] : start[1]].tolist(), scores[start[0] : start[1]].tolist(), strict=True))
    assert near == {1: pytest.approx(1.0)}


def test_the_blend_learns_the_rows_and_beats_each_part(trained: sequence.Trained) -> None:
    verdict = trained.verdict
    assert verdict is not None
    blend = verdict.by["learnt blend"]
    assert blend.recall > 0.8
    assert blend.ndcg > max(q.ndcg for name, q in verdict.by.items() if name != "learnt blend") - 0.02
    assert verdict.by["popularity"].coverage < blend.coverage
    assert trained.wins == (verdict.lead > 0)


def test_what_she_had_is_never_proposed_and_the_same_question_has_the_same_answer(
    trained: sequence.Trained,
) -> None:
    had = np.array([0, 1], np.int32)
    items, scores = sequence.predict(trained.model, had, 10)
    assert items[0] == 2
    assert not set(items.tolist()) & {0, 1}
    assert (np.diff(scores) <= 0).all()
    again, _ = sequence.predict(trained.model, had, 10)
    assert again.tolist() == items.tolist()
    assert len(sequence.predict(trained.model, np.empty(0, np.int32), 5)[0]) == 5


def test_a_blend_that_nothing_could_teach_is_not_in_force() -> None:
    steps = trails()
    few = Split(older=np.ones(len(steps.item), np.bool_), teach=np.array([3, 7]), check=np.array([11]))
    found = sequence.train(steps, few)
    assert found.verdict is None
    assert not found.wins


def test_a_model_is_the_same_after_it_was_saved_and_forgets_who_is_gone(trained: sequence.Trained) -> None:
    saved = sequence.SequenceModel.from_arrays(trained.model.arrays())
    had = np.array([12, 13], np.int32)
    mine = sequence.predict(trained.model, had, 5)[0].tolist()
    assert sequence.predict(saved, had, 5)[0].tolist() == mine
    nobody = Sequences(
        actor=np.empty(0, np.int64), item=np.empty(0, np.int32), items=ITEMS, bought=np.empty(0, np.bool_)
    )
    empty = sequence.recount(trained.model, nobody)
    assert not empty.popularity.any()
    assert all(not len(items) for _, items, _ in empty.lists.values())


def habits(seed: int = 2) -> basket.Baskets:
    """Everyone has two staples that she buys in two of three baskets, and a treat that is never the same."""
    chance = np.random.default_rng(seed)
    person, number, item, at = [], [], [], 0
    for who in range(450):
        staples = chance.choice(30, 2, replace=False)
        for _ in range(6):
            line = {int(each) for each in staples if chance.random() < 0.66} | {int(chance.integers(30, 80))}
            person += [who] * len(line)
            number += [at] * len(line)
            item += sorted(line)
            at += 1
    return basket.Baskets(
        person=np.array(person, np.int64),
        basket=np.array(number, np.int64),
        item=np.array(item, np.int32),
        items=80,
    )


def test_the_next_basket_begins_with_her_own_staples() -> None:
    baskets = habits()
    last = baskets.basket[np.flatnonzero(np.diff(baskets.person, append=-1))]
    found = basket.train(baskets, basket.Split(teach=last[:360], check=last[360:]))
    assert found.verdict is not None
    assert found.verdict.by["learnt blend"].recall > 2 * found.verdict.by["popularity"].recall
    items, _ = basket.predict(
        found.model, np.array([3, 9, 50, 3, 9, 60, 3, 70], np.int32), np.array([2, 2, 2, 1, 1, 1, 0, 0]), 2
    )
    assert set(items.tolist()) == {3, 9}
