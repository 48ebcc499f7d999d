"""What conditions may ask of happenings, what they answer, and how they refuse."""

import pytest

from maatwerk.core import conditions
from maatwerk.core.conditions import RefusedCondition
from maatwerk.core.conditions.clauses import clause_of
from maatwerk.core.conditions.walking import tallies
from maatwerk.views.audience.vocabulary import SCHEMA

DAY = 86_400_000
NOW = 1_000 * DAY


class Rows:
    """Rows by clause: (days ago, columns…)."""

    def __init__(self, *rows: tuple[object, ...]) -> None:
        self.given = [[NOW - int(row[0] * DAY), place, 0, *row[1:]] for place, row in enumerate(rows)]  # type: ignore[operator]
        self.given.sort(key=lambda row: -int(str(row[0])))

    def rows(self, clause_id: str) -> list[list[object]]:
        return self.given

    def product(self, sku: str) -> object:
        return {"brand": "X", "categories": ["women", "women/tops"]} if sku == "A" else None


def answer(text: str, *rows: tuple[object, ...], **facts: object) -> object:
    checked = conditions.check(conditions.parse(text), SCHEMA)
    return conditions.compile_value(checked)({"now": NOW, "@": Rows(*rows), **facts})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('event("x").count() == 3', True),
        ('event("x").within(days(5)).count() == 2', True),
        ('event("x").within(days(10)).count() == 2', True),  # what happened exactly then is out
        ('event("x").before(days(10)).count() == 1', True),  # and in here
        ('event("x").within(hours(1)).count() == 0', True),
        ('now - event("x").latest() >= days(1)', True),
        ('now - event("x").earliest() == days(10)', True),
        ('event("x").since(orders.last_at).count() == 1', True),
        ('event("x").until(orders.last_at).count() == 2', True),
        ('event("x").exists(e, e.time > timestamp("1970-01-02T00:00:00Z"))', True),
        ('event("x").followedBy(event("x"), days(4)).count() == 1', True),
        ('event("x").notFollowedBy(event("x"), days(2)).count() == 2', True),
        ('event("x").notFollowedBy(event("x"), days(4)).count() == 1', True),  # of the newest it is too soon
    ],
)
def test_windows_recency_and_sequences(text: str, expected: object) -> None:
    assert answer(text, (1,), (4.5,), (10,), orders={"last_at": NOW - 2 * DAY}) is expected


def test_sums_and_distinct_values_skip_what_cannot_be_told() -> None:
    rows = ((1, 10.0), (2, None), (3, 5.5))
    assert answer('item("x").sum(e, e.price) == 15.5', *rows)
    assert answer('item("x").average(e, e.price) == 7.75', *rows)
    assert answer('item("x").greatest(e, e.price) == 10.0', *rows)
    assert answer('item("x").within(hours(1)).sum(e, e.price) == 0.0', *rows)
    assert answer('item("x").within(hours(1)).average(e, e.price) > 0.0', *rows) is None
    assert answer('event("x").distinct(e, e.properties["color"]) == 2', (1, "red"), (2, "blue"), (3, "red"))


def test_the_catalog_is_asked_as_it_is() -> None:
    rows = ((1, "A"), (2, "B"), (3, "A"))
    assert answer('item("x").where(e, e.product.brand == "X").count() == 2', *rows)
    assert answer('item("x").where(e, "women" in e.product.categories).within(days(2)).count() == 1', *rows)


def test_audiences_share_what_is_kept_whatever_their_windows() -> None:
    texts = (
        'event("Viewed Product").within(days(3)).sum(e, e.price) > 1.0',
        'event("Product Viewed").sum(x, x.price) > 9.0',
    )
    kept = {
        clause_of(tally.of, tally).id
        for text in texts
        for tally in tallies(conditions.check(conditions.parse(text), SCHEMA).root)
    }
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("event(name).count() >= 1", "condition_type", 1),
        ('event("x")', "condition_type", 1),
        ('event("x").count() >= 500', "condition_value", 0),
        ('event("x").where(e, e.colour == "red").count() >= 1', "condition_unknown_name", 23),
        ('event("x").where(e, orders.count > 1).count() >= 1', "condition_type", 34),
        ('event("x").within(3).count() >= 1', "condition_type", 19),
        ('event("x").since(now).count() >= 1', "condition_type", 18),
        ('event("x").followedBy(event("y"), days(1), "colour").count() >= 1', "condition_type", 44),
        ("days(0) > days(1)", "condition_value", 1),
        ("orders.count.within(days(1))", "condition_type", 14),
        ('event("x").all(e, e.price > 1.0)', "condition_type", 12),
        ('cart.skus.exists(s, event("x").count() > 1)', "condition_type", 21),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(text: str, code: str, column: int) -> None:
    with pytest.raises(RefusedCondition) as refused:
        conditions.check(conditions.parse(text), SCHEMA)
    assert (refused.value.code, refused.value.column) == (code, column), str(refused.value)


def test_the_next_moment_is_computed() -> None:
    def next_change(text: str, *rows: tuple[object, ...], **facts: object) -> float | None:
        checked = conditions.check(conditions.parse(text), SCHEMA)
        at = conditions.next_change(checked, {})({"now": NOW, "@": Rows(*rows), **facts})
        return None if at == conditions.NEVER else (at - NOW) / DAY

    assert next_change('event("x").within(days(5)).count() >= 1', (1,), (4.5,), (10,)) == 0.5
    assert next_change('event("x").before(days(11)).count() >= 1', (1,), (4.5,), (10,)) == 1
    assert next_change('event("x").count() >= 1', (1,)) is None
    assert next_change('event("x").notFollowedBy(event("y"), days(3)).count() >= 1', (1,)) == 2
    assert next_change("now - orders.last_at > days(90)", orders={"last_at": NOW - 30 * DAY}) == 60
    assert next_change("orders.last_at < now - days(90)", orders={"last_at": NOW - 30 * DAY}) == 60
    assert next_change("now - orders.last_at > days(90)", orders={}) is None
