"""Her orders: each once, by its ``order_id``, however many routes report it."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.events.orders import OrderCompleted
from maatwerk.views.profile.folds.amounts import UNKNOWN, lines_of, minor_of
from maatwerk.views.profile.folds.newest import by_key

LIMIT = 1_000
DETAILED = 50
"""Orders whose lines are kept, the newest."""
_LINES = 100

Line = tuple[str, int, int]
"""``(sku, quantity, price_minor)``; a price of -1 is unknown."""


class Order(msgspec.Struct, frozen=True, array_like=True, order=True):
    """An order as its best report tells it: a proven one before a claimed one, then the earliest."""

    time: int
    claimed: bool
    total_minor: int
    """What the customer paid; -1 where it was not told."""
    currency: str
    lines: tuple[Line, ...] = ()


class Reversal(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A cancellation (the first) or refunds (by their moments, so that each counts once)."""

    time: int
    cancelled: bool = False
    refunds: dict[str, int] = {}
    """Time and amount as text, to minor units (-1: not told)."""


class OrderState(msgspec.Struct, frozen=True, array_like=True):
    """Orders and what became of them, by order id."""

    orders: dict[str, Order] = {}
    reversals: dict[str, Reversal] = {}


class Summary(msgspec.Struct, frozen=True):
    """What the orders come to, in minor units by currency; cancelled ones left out, refunds taken off."""

    count: int = 0
    revenue: dict[str, int] = {}
    refunded: dict[str, int] = {}
    cancelled: int = 0
    first_at: int = 0
    last_at: int = 0


class Orders:
    """The fold of orders and their reversals."""

    name = "orders"
    version = 1
    names = frozenset({"Order Completed", "Order Cancelled", "Order Refunded"})
    state = OrderState

    def step(self, state: OrderState, event: Event) -> OrderState:
        """See `maatwerk.views.fold.Fold`."""
        said = body(event)
        if not said.order_id:
            return state
        currency = said.currency or event.context.currency
        if event.name == "Order Completed":
            order = _order(event, said, currency)
            return self.merge(state, OrderState({said.order_id: order}))
        amount = minor_of(said.total, currency)
        if event.name == "Order Cancelled":
            reversal = Reversal(event.time, True)
        else:
            reversal = Reversal(event.time, False, {f"{event.time}/{amount}": amount})
        return self.merge(state, OrderState({}, {said.order_id: reversal}))

    def merge(self, left: OrderState, right: OrderState) -> OrderState:
        """See `maatwerk.views.fold.Fold`."""
        orders = dict(left.orders)
        for key, order in right.orders.items():
            known = orders.get(key)
            orders[key] = order if known is None else min(known, order, key=_rank)
        reversals = dict(left.reversals)
        for key, reversal in right.reversals.items():
            before = reversals.get(key)
            reversals[key] = reversal if before is None else _both(before, reversal)
        return OrderState(_trimmed(by_key(orders, LIMIT)), by_key(reversals, LIMIT))


def placed(state: OrderState) -> list[tuple[str, Order]]:
    """Orders that were not cancelled, with their ids, newest first."""
    rows = [(key, order) for key, order in state.orders.items() if not _cancelled(state, key)]
    return sorted(rows, key=lambda row: (row[1].time, row[0]), reverse=True)


def bought(state: OrderState) -> dict[str, int]:
    """SKU to the time it was last bought, over the orders whose lines are kept."""
    times: dict[str, int] = {}
    for _, order in placed(state):
        for sku, _, _ in order.lines:
            times[sku] = max(times.get(sku, 0), order.time)
    return times


def summary(state: OrderState) -> Summary:
    """Counts and sums."""
    rows = placed(state)
    revenue: dict[str, int] = {}
    refunded: dict[str, int] = {}
    for key, order in rows:
        back = sum(max(0, amount) for amount in state.reversals.get(key, Reversal(0)).refunds.values())
        if back:
            refunded[order.currency] = refunded.get(order.currency, 0) + back
        if order.total_minor >= 0:
            revenue[order.currency] = revenue.get(order.currency, 0) + order.total_minor - back
    times = [order.time for _, order in rows]
    return Summary(
        count=len(rows),
        revenue=revenue,
        refunded=refunded,
        cancelled=len(state.orders) - len(rows),
        first_at=min(times, default=0),
        last_at=max(times, default=0),
    )


def _order(event: Event, said: OrderCompleted, currency: str) -> Order:
    lines = lines_of(said.products, currency, _LINES)
    told = (said.total, said.value, said.revenue, said.subtotal)
    total = next((minor for value in told if (minor := minor_of(value, currency)) != UNKNOWN), UNKNOWN)
    if total == UNKNOWN and lines and all(price >= 0 for _, _, price in lines):
        total = sum(quantity * price for _, quantity, price in lines)
    return Order(event.time, not event.proven, total, currency, lines)


def _rank(order: Order) -> tuple[bool, bool, int, int, str, tuple[Line, ...]]:
    return order.claimed, order.total_minor < 0, order.time, -order.total_minor, order.currency, order.lines


def _both(left: Reversal, right: Reversal) -> Reversal:
    refunds = left.refunds | right.refunds
    kept = dict(sorted(refunds.items())[:20])
    return Reversal(min(left.time, right.time), left.cancelled or right.cancelled, kept)


def _cancelled(state: OrderState, key: str) -> bool:
    reversal = state.reversals.get(key)
    return reversal is not None and reversal.cancelled


def _trimmed(orders: dict[str, Order]) -> dict[str, Order]:
    """Lines are kept of the newest alone."""
    if len(orders) <= DETAILED:
        return orders
    newest = sorted(orders, key=lambda key: (orders[key].time, key))[-DETAILED:]
    kept = set(newest)
    return {
        key: order if key in kept or not order.lines else msgspec.structs.replace(order, lines=())
        for key, order in orders.items()
    }
