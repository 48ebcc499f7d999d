"""What she wants to be told: back in stock, or a price below."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.views.profile.folds.amounts import minor_of
from maatwerk.views.profile.folds.newest import by_key

BACK_IN_STOCK = "back-in-stock"
PRICE = "price"

LIMIT = 100
_LINES = 100

_KINDS = {"Back In Stock Requested": BACK_IN_STOCK, "Price Alert Requested": PRICE}


class Asked(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """When she asked; ``below_minor`` is -1 where any lower price will do."""

    time: int
    below_minor: int = -1


class Bought(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """When she last bought it."""

    time: int


class WishState(msgspec.Struct, frozen=True, array_like=True):
    """Wishes by kind and SKU (``price/DR01``), purchases by SKU, and when she last wanted no more mail."""

    asked: dict[str, Asked] = {}
    bought: dict[str, Bought] = {}
    unsubscribed: int = 0


class Wish(msgspec.Struct, frozen=True):
    """An open wish. ``below_minor`` is in the currency she shops in; None: any lower price."""

    kind: str
    sku: str
    asked_at: int
    below_minor: int | None = None


class Wishes:
    """The fold of wishes and what ends them: a purchase, or unsubscribing from mail."""

    name = "wishes"
    version = 1
    names = frozenset({*_KINDS, "Order Completed", "Unsubscribed"})
    state = WishState

    def step(self, state: WishState, event: Event) -> WishState:
        """See `maatwerk.views.fold.Fold`."""
        said = body(event)
        if event.name == "Unsubscribed":
            out = said.channel == "email" and not said.topic
            return self.merge(state, WishState(unsubscribed=event.time)) if out else state
        if event.name == "Order Completed":
            bought = {item.key: Bought(event.time) for item in said.products[:_LINES] if item.key}
            return self.merge(state, WishState(bought=bought)) if bought else state
        if not said.sku:
            return state
        below = minor_of(said.below, event.context.currency)
        return self.merge(state, WishState({f"{_KINDS[event.name]}/{said.sku}": Asked(event.time, below)}))

    def merge(self, left: WishState, right: WishState) -> WishState:
        """See `maatwerk.views.fold.Fold`."""
        asked = dict(left.asked)
        for key, wish in right.asked.items():
            asked[key] = max(asked[key], wish) if key in asked else wish
        bought = dict(left.bought)
        for sku, purchase in right.bought.items():
            bought[sku] = max(bought[sku], purchase) if sku in bought else purchase
        return WishState(
            by_key(asked, LIMIT), by_key(bought, 2 * LIMIT), max(left.unsubscribed, right.unsubscribed)
        )


def open_wishes(state: WishState) -> list[Wish]:
    """Wishes that neither a purchase nor an unsubscription has ended, oldest first."""
    found = []
    for key, asked in state.asked.items():
        kind, _, sku = key.partition("/")
        bought = state.bought.get(sku)
        if asked.time > state.unsubscribed and not (bought and bought.time >= asked.time):
            below = None if asked.below_minor < 0 else asked.below_minor
            found.append(Wish(kind, sku, asked.time, below))
    return sorted(found, key=lambda wish: (wish.asked_at, wish.kind, wish.sku))
