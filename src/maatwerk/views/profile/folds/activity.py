"""What she did with products: viewed, clicked, added, removed, bought, wished for."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.views.profile.folds.newest import merged, with_one

VIEW, CLICK, ADD, REMOVE = "view", "click", "add", "remove"
PURCHASE, WISH, SEARCH_CLICK = "purchase", "wish", "search-click"

LIMIT = 400
_LINES = 50

_KINDS = {
    "Product Viewed": VIEW,
    "Product Clicked": CLICK,
    "Product Added": ADD,
    "Product Removed": REMOVE,
    "Product Added to List": WISH,
    "Back In Stock Requested": WISH,
    "Price Alert Requested": WISH,
    "Order Completed": PURCHASE,
}


class Action(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """One act on one product. ``ref`` joins it to an order (purchase) or a search (search-click)."""

    time: int
    kind: str
    sku: str
    ref: str = ""


class Actions(msgspec.Struct, frozen=True, array_like=True):
    """The newest 400 acts, oldest first."""

    actions: tuple[Action, ...] = ()


class Activity:
    """The fold behind affinity, recently viewed and what a session is about."""

    name = "activity"
    version = 1
    names = frozenset(_KINDS)
    state = Actions

    def step(self, state: Actions, event: Event) -> Actions:
        """See `maatwerk.views.fold.Fold`."""
        kept = state.actions
        for action in _actions(event):
            kept = with_one(kept, action, LIMIT)
        return state if kept is state.actions else Actions(kept)

    def merge(self, left: Actions, right: Actions) -> Actions:
        """See `maatwerk.views.fold.Fold`."""
        return Actions(merged(left.actions, right.actions, LIMIT))


def _actions(event: Event) -> list[Action]:
    said = body(event)
    kind = _KINDS[event.name]
    if kind is PURCHASE:
        skus = [item.key for item in said.products[:_LINES]]
        ref = said.order_id
    elif kind is WISH:
        skus = [said.sku or getattr(said, "product_id", "")]
        skus += [item.key for item in getattr(said, "products", ())[:_LINES]]
        ref = ""
    else:
        skus = [said.key]
        ref = said.query_id
        if kind is CLICK and ref:
            kind = SEARCH_CLICK
    return [Action(event.time, kind, sku, ref) for sku in skus if sku]
