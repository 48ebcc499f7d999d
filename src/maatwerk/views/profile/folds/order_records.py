"""Her newest orders in full: lines with names and categories, payment, shipping, and each step since.

Kept apart from `orders`, which every decision reads: this is read where an order itself is looked at.
"""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.events.source import is_record, source_of
from maatwerk.views.profile.folds.orders import CLAIMED, PROVEN, RECORD, channel_of, order_key

LIMIT = 30
STEPS = 20
DETAIL_BYTES = 8 * 1024
_STEPS = {
    "Order Cancelled": "cancelled",
    "Order Refunded": "refunded",
    "Order Invoiced": "invoiced",
    "Order Shipped": "shipped",
    "Shipment Completed": "shipment completed",
    "Return Initiated": "return initiated",
    "Return Completed": "return completed",
}


class Step(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """What became of an order: when, what, who says so, and the event's own fields as JSON."""

    time: int
    step: str
    source: str
    detail: str


class Record(msgspec.Struct, frozen=True, array_like=True, order=True):
    """One order. ``placed`` is its best report (authority, time, source, channel, fields as JSON)."""

    placed: tuple[int, int, str, str, str] | None = None
    steps: tuple[Step, ...] = ()

    @property
    def at(self) -> int:
        """When it was placed, else first heard of."""
        return self.placed[1] if self.placed else min((step.time for step in self.steps), default=0)


class Records(msgspec.Struct, frozen=True, array_like=True):
    """By order id."""

    orders: dict[str, Record] = {}


class OrderRecords:
    """The fold of orders in full."""

    name = "order-records"
    version = 1
    names = frozenset({"Order Completed", *_STEPS})
    state = Records

    def step(self, state: Records, event: Event) -> Records:
        """See `maatwerk.views.fold.Fold`."""
        said = body(event)
        key = order_key(said.order_id)
        if not key:
            return state
        detail = _detail(said)
        if event.name == "Order Completed":
            authority = RECORD if is_record(event) else PROVEN if event.proven else CLAIMED
            one = Record((authority, event.time, source_of(event), channel_of(event, said), detail))
        else:
            one = Record(None, (Step(event.time, _STEPS[event.name], source_of(event), detail),))
        return self.merge(state, Records({key: one}))

    def merge(self, left: Records, right: Records) -> Records:
        """See `maatwerk.views.fold.Fold`."""
        orders = dict(left.orders)
        for key, record in right.orders.items():
            orders[key] = _both(orders[key], record) if key in orders else record
        return Records(_newest(orders))


def _detail(said: msgspec.Struct) -> str:
    """The fields as JSON; of an order of hundreds of lines the first twenty, or its head alone."""
    products = getattr(said, "products", ())
    for lines in (len(products), 20, 0):
        detail: str = _ENCODE(msgspec.structs.replace(said, products=products[:lines])).decode()
        if len(detail) <= DETAIL_BYTES:
            return detail
    return "{}"


def _both(left: Record, right: Record) -> Record:
    placed = min((each.placed for each in (left, right) if each.placed), default=None)
    return Record(placed, tuple(sorted({*left.steps, *right.steps})[:STEPS]))


def _newest(orders: dict[str, Record]) -> dict[str, Record]:
    if len(orders) > LIMIT:
        orders = dict(sorted(orders.items(), key=lambda row: (row[1].at, row[0]))[-LIMIT:])
    return dict(sorted(orders.items()))


_ENCODE = msgspec.json.encode
