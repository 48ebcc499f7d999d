"""Journeys: the next step as a function of facts, and the views of who waits as folds of the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, HOUR, MINUTE
from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.advance import (
    GAP_MS,
    CartFacts,
    begun,
    cart_code,
    occurrence,
    released,
    wish_code,
)
from maatwerk.decisions.journeys.waiting import JourneysView
from maatwerk.decisions.journeys.words import (
    ABANDONED_CART,
    BACK_IN_STOCK,
    SHIPPED,
    parse_journey,
)
from maatwerk.effects.outbox import OutboxView
from maatwerk.events.event import Event
from maatwerk.events.names import with_body
from maatwerk.testing.events import START
from maatwerk.views.profile.folds.cart import ADDED, ORDERED, REMOVED, CartState, Operation
from maatwerk.views.profile.folds.wishes import Wish
from maatwerk.views.projector import View

FIRST = SHIPPED[ABANDONED_CART].steps[0]
DUE = START + FIRST.after_ms
FACTS = CartFacts(filled=True, changed_at=START, ordered_at=0, told=(), address=True)


@pytest.mark.parametrize(
    ("change", "now", "code"),
    [
        ({}, DUE, ""),
        ({}, DUE + FIRST.window_ms + 1, "late"),
        ({"ordered_at": START}, DUE, "purchased"),
        ({"ordered_at": START - 1}, DUE, ""),
        ({"filled": False}, DUE, "emptied"),
        ({"told": ("first",)}, DUE, "repeated"),
        ({"changed_at": START + 1}, DUE, "continued"),
        ({"address": False}, DUE, "no_address"),
    ],
)
def test_a_cart_s_step(change: dict[str, Any], now: int, code: str) -> None:
    facts = CartFacts(**({name: getattr(FACTS, name) for name in FACTS.__struct_fields__} | change))
    assert cart_code(FIRST, DUE, now, facts) == code


@pytest.mark.parametrize(
    ("asked", "wishes", "address", "code"),
    [
        (START, [Wish("back-in-stock", "A", START)], True, ""),
        (START, [Wish("back-in-stock", "A", START)], False, "no_address"),
        (START, [Wish("back-in-stock", "A", START + 1)], True, "repeated"),
        (START, [Wish("price", "A", START)], True, "withdrawn"),
        (START, [], True, "withdrawn"),
        (START - DAY - HOUR, [Wish("back-in-stock", "A", START)], True, "late"),
    ],
)
def test_a_wish_s_step(asked: int, wishes: list[Wish], address: bool, code: str) -> None:
    assert wish_code(asked, START, DAY, wishes, "A", address) == code


def test_so_many_are_told_of_so_many_pieces() -> None:
    assert [released(2, 3, told) for told in (0, 5, 6, 9)] == [6, 1, 0, 0]


def op(minute: int, kind: int, cart_id: str = "", sku: str = "A") -> Operation:
    lines = () if kind == ORDERED else ((sku, 1, 100),)
    return Operation(START + minute * MINUTE, kind, cart_id, "EUR", lines)


def test_a_cart_begins_when_the_one_before_is_over() -> None:
    assert begun(CartState()) == 0
    assert begun(CartState((op(0, ADDED), op(1, ADDED)))) == 0
    ordered = CartState((op(0, ADDED), op(1, ORDERED), op(2, ADDED), op(3, ADDED)))
    assert begun(ordered) == START + MINUTE
    assert begun(CartState((op(0, ADDED), op(1, REMOVED), op(2, ADDED)))) == START + MINUTE
    late = START + GAP_MS + 2 * MINUTE
    assert begun(CartState((op(0, ADDED), Operation(late, ADDED, "", "EUR", (("B", 1, 1),))))) == late
    assert occurrence(CartState((op(0, ADDED, "c-1"),))) != occurrence(CartState((op(0, ADDED, "c-2"),)))


def test_a_cart_s_name_does_not_change_as_it_grows() -> None:
    operations = (
        op(0, ADDED, "c-1"),
        op(1, ORDERED, "c-1"),
        *(op(n, ADDED, "c-2", f"S{n}") for n in range(2, 90)),
    )
    names = {occurrence(CartState(operations[:end])) for end in range(3, len(operations))}
    assert len(names) == 1


STOPS = {
    "enabled": (False, "disabled"),
    "late": (True, "late"),
    "unsubscribed": (True, "unsubscribed"),
    "consented": (False, "no_consent"),
    "address": (False, "no_address"),
    "purchased": (True, "purchased"),
    "over": ("withdrawn", "withdrawn"),
    "products": (0, "sold_out"),
}


def test_a_rule_says_whether_and_when() -> None:
    assert parse_journey(BACK_IN_STOCK, {}) == SHIPPED[BACK_IN_STOCK]
    assert parse_journey(ABANDONED_CART, {"enabled": False}) is None
    told = parse_journey(ABANDONED_CART, {"enabled": True, "after_minutes": [5, 60]})
    assert told is not None
    assert [step.after_ms for step in told.steps] == [5 * MINUTE, HOUR]
    assert told.after("first") == told.steps[1]
    assert told.after("second") is None


@pytest.mark.parametrize(
    ("key", "document", "field"),
    [
        ("no-such", {}, "key"),
        (ABANDONED_CART, {"on": True}, "journey.abandoned-cart"),
        (ABANDONED_CART, {"enabled": "yes"}, "journey.abandoned-cart"),
        (ABANDONED_CART, {"after_minutes": [5]}, "journey.abandoned-cart.after_minutes"),
        (ABANDONED_CART, {"after_minutes": [60, 5]}, "journey.abandoned-cart.after_minutes"),
        (ABANDONED_CART, {"after_minutes": [-1, 5]}, "journey.abandoned-cart.after_minutes"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(key: str, document: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_journey(key, document)
    assert refused.value.field == field


# -- the views are folds: however the log is divided, the rows are the same ------------------------


class Tables:
    """Tables in memory, as a projector's store holds them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, bytes]] = {}

    def write(self, puts: Mapping[str, Mapping[str, bytes]], deletes: Mapping[str, Sequence[str]]) -> None:
        for table, rows in puts.items():
            self.rows.setdefault(table, {}).update(rows)
        for table, keys in deletes.items():
            for key in keys:
                self.rows.get(table, {}).pop(key, None)

    def checkpoint(self, view: str) -> int:
        return 0

    def get(self, table: str, key: str) -> bytes | None:
        return self.rows.get(table, {}).get(key)

    def get_many(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: value for key in keys if (value := self.get(table, key)) is not None}

    def scan(
        self, table: str, prefix: str = "", after: str = "", limit: int = 1_000
    ) -> list[tuple[str, bytes]]:
        rows = sorted(self.rows.get(table, {}).items())
        return [(key, value) for key, value in rows if key.startswith(prefix) and key > after][:limit]

    def count(self, table: str) -> int:
        return len(self.rows.get(table, {}))


_who = st.sampled_from([("a-1", "", False), ("a-1", "u-1", True), ("a-2", "u-1", False), ("", "u-1", True)])
_skus = st.sampled_from(["A", "A-S", "B"])
_stocks = st.sampled_from([0, 0, 1, 5, None])
_about = st.fixed_dictionaries(
    {
        "message_id": st.sampled_from(["m-1", "m-2", "m-3"]),
        "journey": st.sampled_from([ABANDONED_CART, BACK_IN_STOCK]),
        "step": st.sampled_from(["first", "second"]),
        "channel": st.just("email"),
        "occurrence": st.sampled_from(
            ["c-1@0", "c-2@0", f"default\tA\t{START}", f"default\tB\t{START + HOUR}"]
        ),
    }
)
_codes = st.sampled_from(["no_address", "repeated", "sold_out", "late"])
_bodies: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "Product Added": st.fixed_dictionaries({"sku": _skus}),
    "Cart Viewed": st.just({}),
    "Order Completed": st.just({"order_id": "o-1"}),
    "Identified": st.just({}),
    "Consent Changed": st.just({}),
    "Back In Stock Requested": st.fixed_dictionaries({"sku": _skus}),
    "Product Published": st.fixed_dictionaries({"sku": _skus, "stock": _stocks}).map(
        lambda product: {"product": product | ({"parent": "A"} if product["sku"] == "A-S" else {})}
    ),
    "Product Changed": st.builds(lambda sku, stock: {"sku": sku, "fields": {"stock": stock}}, _skus, _stocks),
    "Product Deleted": st.fixed_dictionaries({"sku": _skus}),
    "Rule Published": st.builds(
        lambda on: {"kind": "journey", "key": ABANDONED_CART, "document": {"enabled": on}}, st.booleans()
    ),
    "Rule Withdrawn": st.just({"kind": "journey", "key": ABANDONED_CART}),
    "Message Queued": st.builds(
        lambda about, due: about | {"due": due}, _about, st.integers(START, START + DAY)
    ),
    "Message Suppressed": st.builds(lambda about, code: about | {"code": code}, _about, _codes),
    "Message Sent": _about,
}


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    events = []
    for offset in range(1, draw(st.integers(1, 40))):
        name = draw(st.sampled_from(sorted(_bodies)))
        anonymous_id, user_id, proven = draw(_who)
        at = START + draw(st.integers(0, 48)) * HOUR // 2
        own = name.startswith(("Message", "Product P", "Product C", "Product D", "Rule"))
        events.append(
            with_body(
                name,
                draw(_bodies[name]),
                id=f"e-{offset}",
                time=at,
                received=at,
                anonymous_id="" if own and user_id else anonymous_id,
                user_id=user_id,
                proven=proven,
                origin="internal" if own else "collected",
                offset=offset,
            )
        )
    return events


def folded(view: View, parts: Sequence[Sequence[Event]]) -> dict[str, dict[str, bytes]]:
    tables = Tables()
    for part in parts:
        tables.write(*view.apply(part, tables))
    return {table: rows for table, rows in tables.rows.items() if rows}


@pytest.mark.parametrize("view", [JourneysView(), OutboxView()], ids=["journeys", "outbox"])
@given(events=logs(), cuts=st.sets(st.integers(1, 39)))
def test_however_the_log_is_divided_the_rows_are_the_same(
    view: View, events: list[Event], cuts: set[int]
) -> None:
    ends = [*sorted(cut for cut in cuts if cut < len(events)), len(events)]
    parts = [events[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    assert folded(view, parts) == folded(view, [events])


@given(events=logs())
def test_what_is_due_and_who_waits_agree(events: list[Event]) -> None:
    """Every due row has its cart, and every cart that waits one due row; the same for wishes and stock."""
    rows = folded(JourneysView(), [events])
    carts = {who: words.decode_cart(row) for who, row in rows.get(words.CART, {}).items()}
    due = {words.due_key(row.due, who) for who, row in carts.items() if row.due}
    assert set(rows.get(words.DUE, {})) == due
    for key, stored in rows.get(words.STOCK, {}).items():
        row = words.decode_stock(stored)
        waiting = [wish for wish in rows.get(words.WISH, {}) if wish.startswith(f"{key}\t")]
        assert row.waiting + row.later == len(waiting)
        assert (key in rows.get(words.BACK, {})) == bool(row.waiting and row.back_at)
        assert bool(row.back_at) == (row.pieces() > 0)
