"""Her cart: what went in and out since the last order, in whatever order we hear of it."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.views.profile.folds.amounts import lines_of, minor_of, quantity_of
from maatwerk.views.profile.folds.newest import merged, with_one

SEEN, ADDED, REMOVED, ORDERED = 0, 1, 2, 3
"""Kinds of operations, in the order that those of one millisecond are read in."""

LIMIT = 150
_LINES = 100

_KINDS = {
    "Cart Opened": SEEN,
    "Cart Viewed": SEEN,
    "Checkout Started": SEEN,
    "Product Added": ADDED,
    "Product Removed": REMOVED,
    "Order Completed": ORDERED,
}

Line = tuple[str, int, int]
"""``(sku, quantity, price_minor)``; a price of -1 is unknown, a quantity of 0 in a removal is all of it."""


class Operation(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Something done to the cart."""

    time: int
    kind: int
    cart_id: str
    currency: str
    lines: tuple[Line, ...]


class CartState(msgspec.Struct, frozen=True, array_like=True):
    """The newest 150 operations, oldest first."""

    operations: tuple[Operation, ...] = ()


class CartLine(msgspec.Struct, frozen=True):
    """A product in the cart. ``price_minor`` is of one piece when it was added (-1: not told)."""

    sku: str
    quantity: int
    price_minor: int
    added_at: int


class Cart(msgspec.Struct, frozen=True):
    """The cart as it stands; ``updated_at`` is when it last changed, 0 where it never did."""

    cart_id: str = ""
    currency: str = ""
    lines: tuple[CartLine, ...] = ()
    updated_at: int = 0


class Carts:
    """The fold of cart operations."""

    name = "cart"
    version = 1
    names = frozenset(_KINDS)
    state = CartState

    def step(self, state: CartState, event: Event) -> CartState:
        """See `maatwerk.views.fold.Fold`."""
        operation = _operation(event)
        return CartState(with_one(state.operations, operation, LIMIT)) if operation else state

    def merge(self, left: CartState, right: CartState) -> CartState:
        """See `maatwerk.views.fold.Fold`."""
        return CartState(merged(left.operations, right.operations, LIMIT))


def cart(state: CartState) -> Cart:
    """The cart after all operations: what was seen of it whole counts from then on; an order empties it."""
    lines: dict[str, CartLine] = {}
    cart_id = currency = ""
    updated = 0
    for operation in state.operations:
        if operation.kind == ORDERED:
            if operation.cart_id and cart_id and operation.cart_id != cart_id:
                continue  # another cart of hers was ordered
            lines, cart_id = {}, ""
        else:
            lines = _applied(lines, operation)
            cart_id = operation.cart_id or cart_id
        currency = operation.currency or currency
        updated = operation.time
    return Cart(cart_id, currency, tuple(lines.values()), updated)


def _applied(lines: dict[str, CartLine], operation: Operation) -> dict[str, CartLine]:
    after = {} if operation.kind == SEEN else dict(lines)
    for sku, quantity, price in operation.lines:
        before = lines.get(sku)
        had, since = (before.quantity, before.added_at) if before else (0, operation.time)
        if operation.kind == SEEN:
            known = price if price >= 0 or not before else before.price_minor
            had = after[sku].quantity if sku in after else 0  # one product on two lines of the cart
            after[sku] = CartLine(sku, had + quantity, known, since)
        elif operation.kind == ADDED:
            known = price if price >= 0 or not before else before.price_minor
            after[sku] = CartLine(sku, had + quantity, known, operation.time)
        elif before and quantity and had > quantity:
            after[sku] = CartLine(sku, had - quantity, before.price_minor, since)
        else:
            after.pop(sku, None)
    return after


def _operation(event: Event) -> Operation | None:
    said = body(event)
    kind = _KINDS[event.name]
    currency = said.currency or event.context.currency
    if kind == ORDERED:
        return Operation(event.time, kind, said.cart_id, currency, ())
    if kind == SEEN:
        lines = lines_of(said.products, currency, _LINES)
        # Without its lines the sight of a cart says nothing about them.
        return Operation(event.time, kind, said.cart_id, currency, lines) if lines else None
    if not said.key:
        return None
    quantity = quantity_of(said.quantity, default=1 if kind == ADDED else 0)
    if kind == ADDED and not quantity:
        return None
    line = (said.key, quantity, minor_of(said.price, currency))
    return Operation(event.time, kind, said.cart_id, currency, (line,))
