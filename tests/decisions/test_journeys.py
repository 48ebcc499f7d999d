"""Journeys: the next steps as a function of facts, and the views of who waits as folds of the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, HOUR, MINUTE, parse_time
from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.check import check
from maatwerk.decisions.journeys.document import Journey, duration, read
from maatwerk.decisions.journeys.draw import picture
from maatwerk.decisions.journeys.inside import JourneysView
from maatwerk.decisions.journeys.moments import last_time, next_time, parse_until, yearly
from maatwerk.decisions.journeys.over import (
    GAP_MS,
    CartFacts,
    begun,
    cart_over,
    occurrence,
    released,
    wish_over,
)
from maatwerk.decisions.journeys.ready_made import ABANDONED_CART, BACK_IN_STOCK, journey_of, shipped
from maatwerk.decisions.journeys.walk import Reach, Walk, walk
from maatwerk.decisions.journeys.words import Inside
from maatwerk.effects.outbox import OutboxView
from maatwerk.events.event import Event
from maatwerk.events.names import with_body
from maatwerk.testing.events import START
from maatwerk.views.profile.folds.cart import ADDED, ORDERED, REMOVED, CartState, Operation
from maatwerk.views.profile.folds.wishes import Wish
from maatwerk.views.projector import View

CART = CartFacts(filled=True, touched_at=START, changed_at=START, ordered_at=0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"ordered_at": START}, "purchased"),
        ({"ordered_at": START - 1}, ""),
        ({"filled": False}, "emptied"),
        ({"changed_at": START + 1}, "continued"),
    ],
)
def test_what_ends_a_cart(change: dict[str, Any], code: str) -> None:
    facts = CartFacts(**({name: getattr(CART, name) for name in CART.__struct_fields__} | change))
    assert cart_over(facts) == code


@pytest.mark.parametrize(
    ("asked", "wishes", "code"),
    [
        (START, [Wish("back-in-stock", "A", START)], ""),
        (START, [Wish("price", "A", START)], ""),
        (START, [Wish("back-in-stock", "A", START + 1)], "repeated"),
        (START, [], "withdrawn"),
        (START - words.WISH_MS - 1, [Wish("back-in-stock", "A", START)], "late"),
    ],
)
def test_what_ends_a_wish(asked: int, wishes: list[Wish], code: str) -> None:
    assert wish_over(asked, START, wishes, "A") == code


def test_so_many_are_told_of_so_many_pieces() -> None:
    assert [released(2, 3, told) for told in (0, 5, 6, 9)] == [6, 1, 0, 0]


# -- the walk: from where she waits to where she waits next ----------------------------------------


class Known:
    """A shopper as a test has her; see `maatwerk.decisions.journeys.walk.Seen`."""

    def __init__(self, **known: Any) -> None:
        self.zone = known.get("zone", "Europe/Amsterdam")
        self.told: tuple[str, ...] = known.get("told", ())
        self._known = known

    def holds(self, condition: str) -> bool:
        return condition in self._known.get("holds", ())

    def fact(self, path: tuple[str, ...]) -> object:
        return self._known.get("facts", {}).get(".".join(path))

    def variant(self, experiment: str) -> str:
        return str(self._known.get("variant", ""))

    def draw(self, step: str) -> float:
        return float(self._known.get("draw", 0.0))

    def over(self) -> str:
        return str(self._known.get("over", ""))

    def sold_out(self) -> bool:
        return bool(self._known.get("sold_out"))

    def reach(self, channels: tuple[str, ...]) -> Reach:
        hers = [each for each in channels if each in self._known.get("channels", ("email",))]
        return Reach(hers[0], tuple(hers[1:])) if hers else Reach("email", (), "no_consent")

    def outranked(self, priority: int) -> int:
        return int(self._known.get("outranked", 0))


def journey(*steps: dict[str, Any], **more: Any) -> Journey:
    made = read("test", {"name": "Test", "trigger": {"api": True}, "steps": [*steps], **more})
    check("test", made, {})
    return made


def went(found: Walk) -> tuple[tuple[str, ...], list[tuple[str, str]], str, int, str]:
    acts = [(act.step.key, act.code or act.channel) for act in found.acts]
    return found.path, acts, found.node, found.due - START if found.due else 0, found.code


HERE = Inside(1, START, START, touched=START)
SEND = {"key": "hello", "send": "welcome"}
FORK = (
    {"key": "fork", "if": "orders.count > 0", "then": "old", "else": "new"},
    {"key": "new", "send": "welcome", "next": "end"},
    {"key": "old", "send": "thanks"},
    {"key": "end", "exit": "done"},
)


@pytest.mark.parametrize(
    ("steps", "known", "came"),
    [
        ([SEND], {}, (("hello",), [("hello", "email")], "", 0, "finished")),
        ([SEND], {"channels": ()}, (("hello",), [("hello", "no_consent")], "", 0, "no_consent")),
        ([SEND], {"told": ("hello",)}, (("hello",), [], "", 0, "finished")),
        ([SEND], {"over": "purchased"}, ((), [("hello", "purchased")], "", 0, "purchased")),
        ([SEND], {"outranked": START + HOUR}, ((), [], "=hello", HOUR, "")),
        ([SEND], {"outranked": START + DAY}, (("hello",), [("hello", "outranked")], "", 0, "finished")),
        ([{"key": "w", "wait": "2h"}, SEND], {}, (("w",), [], "w", 2 * HOUR, "")),
        (
            [*FORK],
            {"holds": ("orders.count > 0",)},
            (("fork", "old", "end"), [("old", "email")], "", 0, "done"),
        ),
        ([*FORK], {}, (("fork", "new", "end"), [("new", "email")], "", 0, "done")),
        (
            [{"key": "s", "split": {"hello": 1, "end": 3}}, SEND, {"key": "end", "exit": "out"}],
            {"draw": 0.25},
            (("s", "end"), [], "", 0, "out"),
        ),
        (
            [{"key": "x", "experiment": "mail", "arms": {"b": "end"}}, SEND, {"key": "end", "exit": "out"}],
            {"variant": "b"},
            (("x", "end"), [], "", 0, "out"),
        ),
        (
            [{"key": "f", "wait_for": "Order Completed", "within": "3d"}, SEND],
            {},
            (("f",), [], "f", 3 * DAY, ""),
        ),
        (
            [{"key": "u", "until": "predicted.next_order", "offset": "-1d"}, SEND],
            {"facts": {"predicted.next_order": START + 5 * DAY}},
            (("u",), [], "u", 4 * DAY, ""),
        ),
        (
            [{"key": "j", "jump": "end"}, SEND, {"key": "end", "exit": "out"}],
            {},
            (("j", "end"), [], "", 0, "out"),
        ),
    ],
)
def test_where_a_step_leads(steps: list[dict[str, Any]], known: dict[str, Any], came: Any) -> None:
    assert went(walk(journey(*steps), HERE, Known(**known), START)) == came


def test_what_she_waited_for_leads_elsewhere_than_time_does() -> None:
    steps = (
        {"key": "f", "wait_for": "Order Completed", "within": "3d", "then": "end"},
        SEND,
        {"key": "end", "exit": "bought"},
    )
    waits = Inside(1, START, START + 3 * DAY, "f", touched=START)
    came = Inside(1, START, START + DAY, "f", touched=START, heard="Order Completed")
    assert walk(journey(*steps), waits, Known(), START + 3 * DAY).told == ("hello",)
    assert walk(journey(*steps), came, Known(), START + DAY).code == "bought"


def test_what_is_asked_before_every_step() -> None:
    steps = ({"key": "w", "wait": "1h"}, SEND)
    waited = Inside(1, START, START + HOUR, "w", touched=START)
    leaves = journey(*steps, when="orders.count == 0", exit={"when": "cart.size == 0", "sold_out": True})
    now = START + HOUR
    assert walk(leaves, waited, Known(holds=("orders.count == 0",)), now).told == ("hello",)
    assert walk(leaves, waited, Known(), now).code == "not_for_her"
    assert walk(leaves, waited, Known(holds=("orders.count == 0", "cart.size == 0")), now).code == "exited"
    assert walk(leaves, waited, Known(holds=("orders.count == 0",), sold_out=True), now).code == "sold_out"
    assert walk(leaves, waited, Known(over="emptied"), now).code == "emptied"


def test_a_journey_is_drawn_with_all_that_leads_anywhere() -> None:
    shown = picture(journey(*FORK, {"key": "never", "send": "welcome"}))
    assert [(box.key, box.row, box.column) for box in shown.boxes] == [
        ("fork", 0, 0),
        ("new", 1, 1),
        ("old", 2, 1),
        ("end", 3, 1),
        ("never", 4, 0),
    ]
    assert [tuple(line) for line in shown.lines] == [
        (0, 2, "yes"),
        (0, 1, "no"),
        (1, 3, ""),
        (2, 3, ""),
    ]
    for made in shipped().values():
        assert len(picture(made).boxes) == len(made.steps)


def test_after_an_outage_what_is_too_late_is_left_out_and_the_rest_goes_on() -> None:
    steps = (SEND | {"window": "6h"}, {"key": "w", "wait": "24h"}, {"key": "again", "send": "welcome"})
    found = walk(journey(*steps), HERE, Known(), START + 7 * HOUR)
    assert went(found) == (("hello", "w"), [("hello", "late")], "w", DAY, "")


@pytest.mark.parametrize(
    ("text", "after", "zone", "moment"),
    [
        ("09:00", "2026-03-28T12:00:00Z", "Europe/Amsterdam", "2026-03-29T07:00:00Z"),
        ("02:30", "2026-03-28T12:00:00Z", "Europe/Amsterdam", "2026-03-29T01:00:00Z"),
        ("02:30", "2026-10-24T12:00:00Z", "Europe/Amsterdam", "2026-10-25T00:30:00Z"),
        ("mon 08:15", "2026-11-28T12:00:00Z", "America/New_York", "2026-11-30T13:15:00Z"),
        ("02:15", "2026-10-03T12:00:00Z", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("09:00", "2026-11-28T12:00:00Z", "Asia/Kathmandu", "2026-11-29T03:15:00Z"),
        ("09:00", "2026-11-28T12:00:00Z", "No/Such", "2026-11-29T09:00:00Z"),
        ("2026-12-24T09:00:00+01:00", "2026-11-28T12:00:00Z", "Asia/Tokyo", "2026-12-24T08:00:00Z"),
    ],
)
def test_a_time_of_day_in_her_own_zone(text: str, after: str, zone: str, moment: str) -> None:
    assert next_time(parse_until(text), parse_time(after), zone) == parse_time(moment)
    assert last_time(parse_until(text), parse_time(moment), zone) == parse_time(moment)


def test_a_date_that_comes_back_every_year() -> None:
    after = parse_time("2026-11-28T12:00:00Z")
    assert yearly("1990-11-28", 0, after, 540, "UTC") == parse_time("2027-11-28T09:00:00Z")
    assert yearly("1990-12-01", -7, after, 540, "UTC") == parse_time("2027-11-24T09:00:00Z")
    assert yearly("2000-02-29", 0, after, 540, "UTC") == parse_time("2027-02-28T09:00:00Z")
    assert yearly("soon", 0, after, 540, "UTC") == 0


@given(st.integers(0, 800), st.sampled_from(["Europe/Amsterdam", "America/St_Johns", "Pacific/Apia"]))
def test_time_goes_on_whatever_the_clocks_do(hours: int, zone: str) -> None:
    """The next nine o'clock is after now, within 26 hours, and the one after that is another day."""
    now = START + hours * 11 * HOUR
    first = next_time(parse_until("09:00"), now, zone)
    assert now < first <= now + 26 * HOUR
    assert 22 * HOUR <= next_time(parse_until("09:00"), first, zone) - first <= 26 * HOUR


def test_durations_are_read() -> None:
    assert [duration(text) for text in ("30m", "1d12h", "-2d")] == [30 * MINUTE, 36 * HOUR, -2 * DAY]
    for text in ("", "5", "1y", "d", "9999999d", "500d"):
        with pytest.raises(Refused):
            duration(text)


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


def test_every_shipped_journey_is_valid_and_can_be_changed() -> None:
    for key, made in shipped().items():
        check(key, made, {})
    told = journey_of(ABANDONED_CART, {"enabled": False, "waits": {"quiet": "5m"}})
    assert not told.enabled
    assert told.step("quiet") is not None
    assert told.steps[0].wait == "5m"


@pytest.mark.parametrize(
    ("key", "document", "field"),
    [
        ("no-such", {}, "key"),
        (ABANDONED_CART, {"on": True}, "journey.abandoned-cart"),
        (ABANDONED_CART, {"enabled": "yes"}, "journey.abandoned-cart"),
        (ABANDONED_CART, {"waits": {"first": "5m"}}, "journey.abandoned-cart.waits"),
        (ABANDONED_CART, {"waits": {"quiet": "soon"}}, "journey.abandoned-cart.steps.quiet"),
        (ABANDONED_CART, {"trigger": {}}, "journey.abandoned-cart.trigger"),
        (ABANDONED_CART, {"trigger": {"enters": "vip"}}, "journey.abandoned-cart.trigger"),
        (ABANDONED_CART, {"steps": []}, "journey.abandoned-cart.steps"),
        (ABANDONED_CART, {"steps": [SEND, SEND]}, "journey.abandoned-cart.steps"),
        (ABANDONED_CART, {"steps": [{"key": "x"}]}, "journey.abandoned-cart.steps.x"),
        (ABANDONED_CART, {"steps": [{"key": "x", "jump": "y"}]}, "journey.abandoned-cart.steps.x"),
        (ABANDONED_CART, {"steps": [{"key": "x", "jump": "x"}]}, "journey.abandoned-cart.steps.x"),
        (ABANDONED_CART, {"steps": [SEND | {"channels": ["pigeon"]}]}, "journey.abandoned-cart.steps.hello"),
        (ABANDONED_CART, {"when": "orders.cuont > 1"}, "journey.abandoned-cart.when"),
        (ABANDONED_CART, {"when": 'event("Order Completed").count() > 1'}, "journey.abandoned-cart.when"),
        (ABANDONED_CART, {"priority": 101}, "journey.abandoned-cart.priority"),
    ],
)
def test_a_journey_that_cannot_be_meant_is_refused(key: str, document: dict[str, Any], field: str) -> None:
    own = {"name": "Mine", "trigger": {"api": True}} if "steps" in document else {}

    def checked() -> None:
        check(key, journey_of(key, own | document), {})

    with pytest.raises(Refused) as refused:
        checked()
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
    "Journey Entered": st.fixed_dictionaries({"journey": st.just(ABANDONED_CART)}),
    "Journey Moved": st.builds(
        lambda entered, number, node: {
            "journey": ABANDONED_CART,
            "subject": "",
            "entered": START + entered * HOUR // 2,
            "number": number,
            "path": ["first"],
            "node": node,
            "due": START + DAY if node else 0,
            "occurrence": "c-1@0",
            "told": ["first"],
        },
        st.integers(0, 48),
        st.integers(0, 1),
        st.sampled_from(["", "day"]),
    ),
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
        own = name.startswith(("Message", "Journey", "Product P", "Product C", "Product D", "Rule"))
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
    """Everybody inside has one due row and is counted once; the same for wishes and stock."""
    rows = folded(JourneysView(), [events])
    inside = {key: words.decode_inside(row) for key, row in rows.get(words.INSIDE, {}).items()}
    due = {words.due_key(words.parse_inside(key)[1], row.due, key) for key, row in inside.items()}
    assert set(rows.get(words.DUE, {})) == due
    counted = sum(words.decode_count(row).inside for row in rows.get(words.COUNT, {}).values())
    assert counted == len(inside)
    for key, stored in rows.get(words.STOCK, {}).items():
        row = words.decode_stock(stored)
        waiting = [wish for wish in rows.get(words.WISH, {}) if wish.startswith(f"{key}\t")]
        assert row.waiting + row.later == len(waiting)
        assert (key in rows.get(words.BACK, {})) == bool(row.waiting and row.back_at)
        assert bool(row.back_at) == (row.pieces() > 0)
