"""Which of her orders had a discount: a coupon, or an amount off the order or one of its lines."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.events.orders import OrderCompleted, with_discount
from maatwerk.views.profile.folds.newest import by_key
from maatwerk.views.profile.folds.orders import order_key

LIMIT = 200


class Saving(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """An order's first moment, and whether any report of it names a discount."""

    time: int
    discounted: bool = False


class SavingState(msgspec.Struct, frozen=True, array_like=True):
    """The newest 200 orders by id."""

    orders: dict[str, Saving] = {}


class Savings:
    """The fold of discounts."""

    name = "savings"
    version = 2
    names = frozenset({"Order Completed"})
    state = SavingState

    def step(self, state: SavingState, event: Event) -> SavingState:
        """See `maatwerk.views.fold.Fold`."""
        said: OrderCompleted = body(event)
        if not said.order_id:
            return state
        return self.merge(
            state, SavingState({order_key(said.order_id): Saving(event.time, with_discount(said))})
        )

    def merge(self, left: SavingState, right: SavingState) -> SavingState:
        """See `maatwerk.views.fold.Fold`."""
        orders = dict(left.orders)
        for key, saving in right.orders.items():
            known = orders.get(key)
            if known is not None:
                saving = Saving(min(known.time, saving.time), known.discounted or saving.discounted)
            orders[key] = saving
        return SavingState(by_key(orders, LIMIT))
