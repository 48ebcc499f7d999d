"""The figures of random shops, against plain Python over the same events."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import tried

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_minor
from maatwerk.core.time import DAY, HOUR
from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.engines.duckdb.prepared import OpenTables, build
from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.flows.insight import EXPOSED
from maatwerk.testing.events import START
from maatwerk.views.insight.figures import METRICS, Sums, figures
from maatwerk.views.insight.prepared import Ground
from maatwerk.views.insight.sql import text as sql_text
from maatwerk.views.profile.ownership import replayed, run_at

NOWHERE = Path("nowhere")  # nothing is sealed: all is tail
NOW = START + 30 * DAY
DAYS = 7
VARIANTS = {"DR01-S": "DR01", "DR01-M": "DR01"}
UNCOUNTED = {"bot", "analytics_denied"}

_amounts = st.sampled_from(["12.50", 59.95, 20, None, "nonsense", "0"])
_skus = st.sampled_from(["DR01", "DR01-S", "DR01-M", "SH02", "BG03"])
_tracking = st.sampled_from(["", "t-1.0", "t-2.1"])
_prices = st.sampled_from(["10.00", 25, None])
_lines = st.lists(
    st.fixed_dictionaries({"sku": _skus, "price": _prices, "quantity": st.sampled_from([1, 2, None])}),
    max_size=3,
)
_said: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "Page Viewed": st.just({}),
    "Signed In": st.just({}),
    "Signed Out": st.just({}),
    "Product Clicked": st.fixed_dictionaries({"sku": _skus, "tracking": _tracking}),
    "Product Added": st.fixed_dictionaries({"sku": _skus, "tracking": _tracking}),
    "Order Completed": st.fixed_dictionaries(
        {
            "order_id": st.sampled_from(["", *(f"o-{number}" for number in range(12))]),
            "total": _amounts,
            "currency": st.sampled_from(["", "EUR", "USD"]),
            "products": _lines,
        }
    ),
    "Order Refunded": st.fixed_dictionaries(
        {"order_id": st.sampled_from(["o-1", "o-2", "o-3"]), "total": st.sampled_from(["5.00", 2, None])}
    ),
    "Order Cancelled": st.fixed_dictionaries({"order_id": st.sampled_from(["o-4", "o-5"])}),
}
_names = ["Page Viewed", "Product Clicked", "Product Added", "Order Completed", "Order Completed", *_said]


@st.composite
def shops(draw: st.DrawFn) -> list[Event]:
    """A log of a small shop: few ids and few hours, so that windows, owners and orders collide."""
    events = []
    for offset in range(1, draw(st.integers(0, 60)) + 1):
        name = draw(st.sampled_from(_names))
        said = {key: value for key, value in draw(_said[name]).items() if value is not None}
        days = draw(st.sampled_from([0, 1, 2, DAYS - 1, DAYS, DAYS + 1, 2 * DAYS, 2 * DAYS + 3]))
        time = NOW - days * DAY - draw(st.integers(0, 4)) * 6 * HOUR - draw(st.sampled_from([0, 1, 1]))
        events.append(
            Event(
                name,
                f"m-{offset}",
                time,
                time,
                anonymous_id=draw(st.sampled_from(["", "a-1", "a-2", "a-3", "a-4"])),
                user_id=draw(st.sampled_from(["", "", "", "u-1", "u-2"])),
                proven=draw(st.booleans()),
                origin=draw(st.sampled_from(["collected", "collected", "collected", "imported", "internal"])),
                properties=msgspec.Raw(msgspec.json.encode(said)),
                flags=draw(
                    st.sampled_from(
                        [(), (), (), ("bot",), ("analytics_denied",), ("personalization_denied",)]
                    )
                ),
                offset=offset,
            )
        )
    return events


@tried(6)
@given(shops())
def test_figures_are_those_of_plain_python(events: list[Event]) -> None:
    with prepared(events) as tables:
        found = figures(tables, now=NOW, days=DAYS, currency="EUR")
    plain = Plain(events)
    assert found.now == plain.sums(NOW - DAYS * DAY, NOW)
    assert found.before == plain.sums(NOW - 2 * DAYS * DAY, NOW - DAYS * DAY)
    for day in found.daily:
        sums = plain.sums(found.since + (day.day - DAYS) * DAY, found.since + (day.day - DAYS + 1) * DAY)
        if sums.visitors:  # a day is listed where somebody came
            assert (day.visitors, day.orders, day.buyers, day.revenue_minor) == (
                sums.visitors, sums.orders, sums.buyers, sums.revenue_minor
            )  # fmt: skip


@tried(6)
@given(shops())
def test_who_was_exposed_and_what_they_bought_since(events: list[Event]) -> None:
    since = NOW - 8 * DAY
    with prepared(events, since, lambda device: device in ("a-1", "a-3")) as tables:
        rows = tables.ask(sql_text(EXPOSED), {"since": since})
    plain = Plain(events)
    first: dict[str, Event] = {}
    for event in sorted(plain.deeds, key=moment):
        if event.time >= since and event.origin == "collected" and event.anonymous_id:
            first.setdefault(plain.visitor(event), event)
    arms: dict[bool, list[tuple[bool, int]]] = {}
    for visitor, event in first.items():
        bought = [
            order for order in plain.orders() if plain.visitor(order) == visitor and order.time >= since
        ]
        paid = sum(value for order in bought if (value := plain.paid(order)) is not None and euro(order))
        arms.setdefault(event.anonymous_id in ("a-1", "a-3"), []).append((bool(bought), paid))
    assert {
        row["held"]: (row["visitors"], row["buyers"], row["revenue_minor"], row["squares"]) for row in rows
    } == {
        held: (len(them), sum(bought for bought, _ in them), sum(paid for _, paid in them),
               sum(paid * paid for _, paid in them))
        for held, them in arms.items()
    }  # fmt: skip


def test_every_figure_names_a_query_that_exists() -> None:
    for metric in METRICS:
        assert sql_text(metric.query).startswith("--")
        assert metric.meaning.endswith(".")
        assert isinstance(getattr(Sums(), metric.key), (int, type(None)))


def test_what_has_no_visitors_has_no_rate() -> None:
    nothing = Sums()
    assert nothing.conversion is None
    assert nothing.order_value is None
    assert nothing.revenue_per_visitor is None
    assert nothing.repeat_rate is None


@pytest.mark.parametrize(
    ("minutes_before", "sku", "tracking", "counts"),
    [
        (60, "DR01", "t-1.0", True),
        (24 * 60, "DR01", "t-1.0", True),
        (24 * 60 + 1, "DR01", "t-1.0", False),
        (60, "DR01", "", False),
        (60, "SH02", "t-1.0", False),
        (60, "DR01-M", "t-1.0", True),
        (-1, "DR01", "t-1.0", False),
    ],
)
def test_revenue_after_a_personal_click(minutes_before: int, sku: str, tracking: str, counts: bool) -> None:
    """An order of the variant DR01-S, 12 hours ago, after a click some time before."""
    at = NOW - 12 * HOUR
    click = told(1, "Product Clicked", at - minutes_before * 60_000, {"sku": sku, "tracking": tracking})
    order = told(
        2,
        "Order Completed",
        at,
        {"order_id": "o-1", "total": "30.00", "products": [
            {"sku": "DR01-S", "price": "10.00", "quantity": 2}, {"sku": "BG03", "price": "10.00"}]},
    )  # fmt: skip
    with prepared([click, order]) as tables:
        found = figures(tables, now=NOW, days=DAYS, currency="EUR")
    assert found.now.clicked_minor == (2_000 if counts else 0)
    assert found.now.revenue_minor == 3_000


@contextmanager
def prepared(
    events: list[Event], since: int = 0, held: Callable[[str], bool] | None = None
) -> Iterator[OpenTables]:
    """The tables that reports read, made of events alone."""
    lake = ParquetLake(NOWHERE, currency="EUR", memory_mb=256)
    with lake.opened(events) as connection:
        build(connection, Ground(events, "EUR", VARIANTS, since, held))
        yield OpenTables(connection, 0, 0)


def told(offset: int, name: str, time: int, said: dict[str, Any]) -> Event:
    properties = msgspec.Raw(msgspec.json.encode(said))
    return Event(name, f"m-{offset}", time, time, anonymous_id="a-1", properties=properties, offset=offset)


class Plain:
    """The same figures, event by event."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events
        self._owners = {
            device: replayed(event for event in events if event.anonymous_id == device)
            for device in {event.anonymous_id for event in events}
        }
        self.deeds = [
            event
            for event in events
            if UNCOUNTED.isdisjoint(event.flags)
            and event.origin != "internal"
            and (event.anonymous_id or event.user_id)
        ]

    def visitor(self, event: Event) -> str:
        if not event.anonymous_id:
            return f"u:{event.user_id}"
        run = run_at(self._owners[event.anonymous_id], (event.time, event.offset))
        stitched = "personalization_denied" not in event.flags
        return f"u:{run.owner}" if run and run.owner and stitched else f"a:{event.anonymous_id}"

    def orders(self) -> list[Event]:
        """One report an order, as documented; cancelled ones left out."""
        cancelled = {body(event).order_id for event in self._events if event.name == "Order Cancelled"}
        found: dict[str, Event] = {}
        for event in self.deeds:
            order_id = body(event).order_id if event.name == "Order Completed" else ""
            if order_id and order_id not in cancelled:
                before = found.get(order_id)
                found[order_id] = event if before is None else min(before, event, key=self._rank)
        return list(found.values())

    def _rank(self, event: Event) -> tuple[bool, bool, int, int]:
        return not event.proven, stated(event) is None, event.time, event.offset

    def paid(self, order: Event) -> int | None:
        value = stated(order)
        return None if value is None else value - self._back(order)

    def _back(self, order: Event) -> int:
        back = {
            (event.time, minor)
            for event in self._events
            if event.name == "Order Refunded" and body(event).order_id == body(order).order_id
            if (minor := minor_of(body(event).total)) is not None and minor > 0
        }
        return sum(minor for _, minor in back)

    def _sessions(self, since: int, until: int) -> int:
        """How many begin in the period: a deed in the shop with no other of hers in the 30 minutes before."""
        inside: dict[str, list[int]] = {}
        for event in sorted(self.deeds, key=moment):
            if event.anonymous_id:
                inside.setdefault(self.visitor(event), []).append(event.time)
        return sum(
            since <= at < until and (place == 0 or at - times[place - 1] >= 30 * 60_000)
            for times in inside.values()
            for place, at in enumerate(times)
        )

    def sums(self, since: int, until: int) -> Sums:
        orders = sorted(self.orders(), key=moment)
        inside = [order for order in orders if since <= order.time < until]
        priced = [value for order in inside if euro(order) and (value := self.paid(order)) is not None]
        buyers = {self.visitor(order) for order in inside}
        returning = {
            self.visitor(order)
            for order in inside
            if any(
                self.visitor(each) == self.visitor(order) and moment(each) < moment(order) for each in orders
            )
        }
        clicked = [(order, self._clicked(order)) for order in inside if euro(order)]
        return Sums(
            sessions=self._sessions(since, until),
            refunded_minor=sum(self._back(order) for order in inside if euro(order)),
            visitors=len({self.visitor(event) for event in self.deeds if since <= event.time < until}),
            orders=len(inside),
            buyers=len(buyers),
            returning=len(returning),
            revenue_minor=sum(priced),
            priced=len(priced),
            clicked_minor=round(sum(amount for _, amounts in clicked for amount in amounts)),
            clicked_orders=sum(1 for _, amounts in clicked if amounts),
        )

    def _clicked(self, order: Event) -> list[float]:
        touches = {
            VARIANTS.get(body(event).sku, body(event).sku)
            for event in self.deeds
            if event.name in ("Product Clicked", "Product Added")
            and body(event).tracking
            and self.visitor(event) == self.visitor(order)
            and order.time - DAY <= event.time
            and moment(event) < moment(order)
        }
        return [
            (minor_of(line.price) or 0) * float(line.quantity or 1)
            for line in body(order).products
            if VARIANTS.get(line.sku, line.sku) in touches
        ]


def moment(event: Event) -> tuple[int, int]:
    return event.time, event.offset


def euro(order: Event) -> bool:
    return (body(order).currency or "EUR") == "EUR"


def stated(order: Event) -> int | None:
    """What was paid: the total where it can be read, else what the lines come to."""
    said = body(order)
    total = minor_of(said.total)
    if total is not None:
        return total
    lines = [(minor_of(line.price), float(line.quantity or 1)) for line in said.products]
    known = [price * quantity for price, quantity in lines if price is not None]
    return round(sum(known)) if known else None


def minor_of(value: Any) -> int | None:
    if value is None:
        return None
    try:
        return parse_minor(value, "EUR")
    except Refused:
        return None
