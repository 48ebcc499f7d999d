"""What ends what a journey is about: a cart that was bought or emptied, a wish that was answered. Pure."""

from __future__ import annotations

import msgspec

from maatwerk.core.time import DAY
from maatwerk.decisions.journeys.words import WISH_MS
from maatwerk.views.profile.folds.cart import LIMIT, CartState, cart
from maatwerk.views.profile.folds.wishes import BACK_IN_STOCK, PRICE, Wish

GAP_MS = 14 * DAY
"""A cart nobody touched for so long is another cart when it is touched again."""


class CartFacts(msgspec.Struct, frozen=True):
    """What is known when a cart's step is due. ``touched_at`` is what the journey knows of, ``changed_at``
    the cart's last change; ``ordered_at`` her newest order, 0 where there is none."""

    filled: bool
    touched_at: int
    changed_at: int
    ordered_at: int


def cart_over(facts: CartFacts) -> str:
    """Why nothing more is said of a cart; nothing where there is something to say."""
    if facts.ordered_at and facts.ordered_at >= facts.changed_at:
        return "purchased"
    if not facts.filled:
        return "emptied"
    return "continued" if facts.changed_at > facts.touched_at else ""


def wish_over(asked: int, now: int, open_wishes: list[Wish], sku: str) -> str:
    """Why nobody is told of what she asked for; nothing where she is."""
    if now > asked + WISH_MS:
        return "late"
    wish = next(
        (wish for wish in open_wishes if wish.kind in (BACK_IN_STOCK, PRICE) and wish.sku == sku), None
    )
    if wish is None:
        return "withdrawn"
    return "repeated" if wish.asked_at != asked else ""


def released(pieces: int, per_piece: int, told: int) -> int:
    """How many more may be told of so many pieces."""
    return max(0, per_piece * pieces - told)


def occurrence(state: CartState) -> str:
    """Names one cart: her cart's id where it is told, and the moment before which she had another."""
    return f"{cart(state).cart_id}@{begun(state)}"


def begun(state: CartState) -> int:
    """When the cart was last empty, or was begun again after two weeks; 0 where neither is known."""
    operations = state.operations
    for place in range(len(operations) - 1, -1, -1):
        if not cart(CartState(operations[: place + 1])).lines:
            return operations[place].time
        if place and operations[place].time - operations[place - 1].time > GAP_MS:
            return operations[place].time
    return operations[0].time if len(operations) >= LIMIT else 0
