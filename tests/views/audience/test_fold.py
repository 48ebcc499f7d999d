"""The laws of what is kept for audiences, and the shape of its bound."""

import msgspec
from hypothesis import given, settings

from maatwerk.core import conditions
from maatwerk.testing.events import histories
from maatwerk.testing.folds import check_fold
from maatwerk.views.audience.fold import LISTS, Behavior, Kept, rows_of
from maatwerk.views.audience.vocabulary import SCHEMA

CONDITIONS = (
    'event("Product Viewed").within(days(3)).count() >= 2',
    'item("Order Completed").where(p, p.price > 20.0).sum(p, p.quantity) >= 2.0',
    'event("Order Completed").distinct(e, e.order_id) > 1',
    'item("Product Viewed").notFollowedBy(item("Order Completed"), days(2), "sku").count() >= 1',
    'now - event("Product Added").latest() > days(3)',
)


def behavior() -> Behavior:
    made = Behavior("EUR")
    made.know(
        clause
        for text in CONDITIONS
        for clause in conditions.clauses(conditions.check(conditions.parse(text), SCHEMA).root)
    )
    return made


@settings(max_examples=60, deadline=None)
@given(histories())
def test_what_is_kept_obeys_the_laws_of_folds(events):  # type: ignore[no-untyped-def]
    check_fold(behavior(), events)


@settings(max_examples=40, deadline=None)
@given(histories(["Product Viewed", "Order Completed"]))
def test_history_folded_twice_is_folded_once(events):  # type: ignore[no-untyped-def]
    fold = behavior()
    state = Kept()
    for event in (*events, *events):
        state = fold.step(state, event)
    once = Kept()
    for event in events:
        once = fold.step(once, event)
    assert msgspec.msgpack.encode(state) == msgspec.msgpack.encode(once)


def test_a_count_that_is_compared_keeps_no_more_than_decides(people) -> None:  # type: ignore[no-untyped-def]
    fold = behavior()
    state = Kept()
    for number in range(50):
        state = fold.step(state, people.make("Product Viewed", "a-1", sku=f"S{number}"))
    sizes = {fold.clauses[key].columns: len(rows_of(state, key)) for key in state.rows}
    assert sizes == {(): 3, (("sku",),): 50}


def test_lists_obey_the_laws_too(people) -> None:  # type: ignore[no-untyped-def]
    events = [
        people.make("Audience Listed", "a-1", audience=f"list-{number % 2}", listed=number % 3 == 0)
        for number in range(8)
    ]
    numbered = [msgspec.structs.replace(event, offset=at) for at, event in enumerate(events, 1)]
    check_fold(LISTS, numbered)
