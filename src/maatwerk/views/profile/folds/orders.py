"""Her orders: each once, by its ids, however many routes report it; the shop's own record wins on amounts."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.events.orders import OrderCompleted, OrderReversed
from maatwerk.events.source import is_record
from maatwerk.views.profile.folds.amounts import UNKNOWN, lines_of, minor_of
from maatwerk.views.profile.folds.newest import by_key

LIMIT = 1_000
DETAILED = 50
"""Orders whose lines are kept, the newest."""
STORE = "store"
"""The channel of what was sold over the counter."""
_LINES = 100
_ALSO = 4
_OFFLINE = frozenset({"store", "pos", "till", "retail", "offline", "in-store", "instore", "counter"})

RECORD, PROVEN, CLAIMED = 0, 1, 2
"""Who reports an order: the shop's own book, a proven event, a mere claim."""

Line = tuple[str, int, int]
"""``(sku, quantity, price_minor)``; a price of -1 is unknown."""


class Order(msgspec.Struct, frozen=True, array_like=True, order=True):
    """An order as its best report tells it: the shop's record before a proven report before a claim, and of
    two of one kind the earliest."""

    time: int
    authority: int
    total_minor: int
    """What the customer paid; -1 where it was not told."""
    currency: str
    lines: tuple[Line, ...] = ()
    channel: str = ""
    """``store`` for sales over the counter, else nothing."""
    also: tuple[str, ...] = ()
    """Other ids the same order goes by."""


class Reversal(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A cancellation (the first) or refunds (by their ids, else moments, so that each counts once)."""

    time: int
    cancelled: bool = False
    refunds: dict[str, int] = {}
    """The refund's id (``#…``), else time and amount as text, to minor units (-1: not told)."""


class OrderState(msgspec.Struct, frozen=True, array_like=True):
    """Orders and what became of them, by order id."""

    orders: dict[str, Order] = {}
    reversals: dict[str, Reversal] = {}


class Summary(msgspec.Struct, frozen=True):
    """What the orders come to, in minor units by currency; cancelled ones left out, refunds taken off.

    ``in_store`` of ``count`` were sold over the counter.
    """

    count: int = 0
    revenue: dict[str, int] = {}
    refunded: dict[str, int] = {}
    cancelled: int = 0
    first_at: int = 0
    last_at: int = 0
    in_store: int = 0


class Orders:
    """The fold of orders and their reversals."""

    name = "orders"
    version = 2
    names = frozenset({"Order Completed", "Order Cancelled", "Order Refunded"})
    state = OrderState

    def step(self, state: OrderState, event: Event) -> OrderState:
        """See `maatwerk.views.fold.Fold`."""
        said = body(event)
        key = order_key(said.order_id)
        if not key:
            return state
        currency = said.currency or event.context.currency
        if event.name == "Order Completed":
            order = _order(event, said, key, currency)
            return self.merge(state, OrderState({key: order}))
        if event.name == "Order Cancelled":
            reversal = Reversal(event.time, True)
        else:
            reversal = Reversal(event.time, False, _refunds(event, said, currency))
        return self.merge(state, OrderState({}, {key: reversal}))

    def merge(self, left: OrderState, right: OrderState) -> OrderState:
        """See `maatwerk.views.fold.Fold`."""
        orders = dict(left.orders)
        for key, order in right.orders.items():
            known = orders.get(key)
            orders[key] = order if known is None else _better(known, order)
        reversals = dict(left.reversals)
        for key, reversal in right.reversals.items():
            before = reversals.get(key)
            reversals[key] = reversal if before is None else _both(before, reversal)
        return OrderState(_trimmed(by_key(orders, LIMIT)), by_key(reversals, LIMIT))


def order_key(order_id: str) -> str:
    """The id orders are counted by: ``#1001`` and ``1001`` are one order."""
    return order_id.strip().removeprefix("#").strip()


def placed(state: OrderState) -> list[tuple[str, Order]]:
    """Orders that were not cancelled, with their ids, newest first."""
    rows = [(ids[0], order) for ids, order in _once(state) if not _cancelled(state, ids)]
    return sorted(rows, key=lambda row: (row[1].time, row[0]), reverse=True)


def bought(state: OrderState) -> dict[str, int]:
    """SKU to the time it was last bought, over the orders whose lines are kept."""
    times: dict[str, int] = {}
    for _, order in placed(state):
        for sku, _, _ in order.lines:
            times[sku] = max(times.get(sku, 0), order.time)
    return times


def reckoned(state: OrderState) -> tuple[int, int]:
    """How many orders were not cancelled, and when the first was (0: none): what every decision asks."""
    if not state.orders:
        return 0, 0
    times = [order.time for ids, order in _once(state) if not _cancelled(state, ids)]
    return len(times), min(times, default=0)


def summary(state: OrderState) -> Summary:
    """Counts and sums."""
    every = _once(state)
    rows = [(ids, order) for ids, order in every if not _cancelled(state, ids)]
    revenue: dict[str, int] = {}
    refunded: dict[str, int] = {}
    for ids, order in rows:
        back = _back(state, ids)
        if back:
            refunded[order.currency] = refunded.get(order.currency, 0) + back
        if order.total_minor >= 0:
            revenue[order.currency] = revenue.get(order.currency, 0) + order.total_minor - back
    times = [order.time for _, order in rows]
    return Summary(
        count=len(rows),
        revenue=revenue,
        refunded=refunded,
        cancelled=len(every) - len(rows),
        first_at=min(times, default=0),
        last_at=max(times, default=0),
        in_store=sum(order.channel == STORE for _, order in rows),
    )


def _once(state: OrderState) -> list[tuple[tuple[str, ...], Order]]:
    """Every order once, with all ids it goes by, that of its best report first."""
    if not any(order.also for order in state.orders.values()):
        return [((key,), order) for key, order in state.orders.items()]
    leads: dict[str, str] = {}

    def leader(name: str) -> str:
        while leads.setdefault(name, name) != name:
            name = leads[name]
        return name

    for key, order in state.orders.items():
        for other in order.also:
            leads[leader(other)] = leader(key)
    groups: dict[str, list[str]] = {}
    for key in state.orders:
        groups.setdefault(leader(key), []).append(key)
    answer = []
    for keys in groups.values():
        best = min(keys, key=lambda key: (_rank(state.orders[key]), key))
        names = dict.fromkeys([best, *keys, *(other for key in keys for other in state.orders[key].also)])
        answer.append((tuple(names), state.orders[best]))
    return answer


def _order(event: Event, said: OrderCompleted, key: str, currency: str) -> Order:
    lines = lines_of(said.products, currency, _LINES)
    told = (said.total, said.value, said.revenue, said.subtotal)
    total = next((minor for value in told if (minor := minor_of(value, currency)) != UNKNOWN), UNKNOWN)
    if total == UNKNOWN and lines and all(price >= 0 for _, _, price in lines):
        total = sum(quantity * price for _, quantity, price in lines)
    authority = RECORD if is_record(event) else PROVEN if event.proven else CLAIMED
    number = order_key(said.number)
    also = (number,) if number and number != key else ()
    return Order(event.time, authority, total, currency, lines, channel_of(event, said), also)


def channel_of(event: Event, said: OrderCompleted) -> str:
    """``store`` for what was sold over the counter, else nothing."""
    told = (said.channel or event.context.channel).lower()
    return STORE if told in _OFFLINE or event.context.source.lower() in _OFFLINE else ""


def _refunds(event: Event, said: OrderReversed, currency: str) -> dict[str, int]:
    if said.refunds:
        listed = [
            (refund.id, minor_of(refund.amount, refund.currency or currency)) for refund in said.refunds
        ]
    else:
        listed = [(said.refund_id, minor_of(said.total, currency))]
    return {f"#{name}" if name else f"{event.time}/{amount}": amount for name, amount in listed}


def _rank(order: Order) -> tuple[int, bool, int, int, str, tuple[Line, ...], str]:
    return (
        order.authority,
        order.total_minor < 0,
        order.time,
        -order.total_minor,
        order.currency,
        order.lines,
        order.channel,
    )


def _better(left: Order, right: Order) -> Order:
    """The better report, with every other id either names."""
    best = min(left, right, key=_rank)
    also = tuple(sorted({*left.also, *right.also})[:_ALSO])
    return best if best.also == also else msgspec.structs.replace(best, also=also)


def _both(left: Reversal, right: Reversal) -> Reversal:
    refunds = dict(left.refunds)
    for name, amount in right.refunds.items():
        refunds[name] = max(amount, refunds.get(name, UNKNOWN))
    kept = dict(sorted(refunds.items())[:20])
    return Reversal(min(left.time, right.time), left.cancelled or right.cancelled, kept)


def _back(state: OrderState, ids: tuple[str, ...]) -> int:
    """What went back. A refund that one route tells with its id and another without is one refund."""
    told: dict[str, int] = {}
    for key in ids:
        told |= state.reversals[key].refunds if key in state.reversals else {}
    named = [amount for name, amount in told.items() if name.startswith("#")]
    total = sum(max(0, amount) for amount in named)
    for name, amount in told.items():
        if name.startswith("#"):
            continue
        if amount in named:
            named.remove(amount)
        else:
            total += max(0, amount)
    return total


def _cancelled(state: OrderState, ids: tuple[str, ...]) -> bool:
    if not state.reversals:
        return False
    return any(key in state.reversals and state.reversals[key].cancelled for key in ids)


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
