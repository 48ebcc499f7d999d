"""The next step for one person: to send, or not, and why not. Pure: facts in, a code out.

No code means go on. Consent and stock are asked once more when the message is sent (`checks`).
"""

from __future__ import annotations

import msgspec

from maatwerk.core.time import DAY
from maatwerk.decisions.journeys.words import Journey, Step
from maatwerk.views.profile.folds.cart import LIMIT, CartState, cart
from maatwerk.views.profile.folds.wishes import BACK_IN_STOCK, Wish

GAP_MS = 14 * DAY
"""A cart nobody touched for so long is another cart when it is touched again."""


class CartFacts(msgspec.Struct, frozen=True):
    """What is known when a cart's step is due. ``told``: the steps queued for this cart before.

    ``ordered_at`` is her newest order, 0 where there is none; ``changed_at`` the cart's last change.
    """

    filled: bool
    changed_at: int
    ordered_at: int
    told: tuple[str, ...]
    address: bool


def cart_code(step: Step, due: int, now: int, facts: CartFacts) -> str:
    """Why the step is not taken; nothing where it is."""
    if now > due + step.window_ms:
        return "late"
    if facts.ordered_at and facts.ordered_at >= facts.changed_at:
        return "purchased"
    if not facts.filled:
        return "emptied"
    if step.key in facts.told:
        return "repeated"
    if facts.changed_at + step.after_ms > now:
        return "continued"
    return "" if facts.address else "no_address"


def wish_code(asked: int, now: int, longest_ms: int, open_wishes: list[Wish], sku: str, address: bool) -> str:
    """Why nobody is told that a product is back; nothing where she is."""
    if now > asked + longest_ms:
        return "late"
    wish = next((wish for wish in open_wishes if wish.kind == BACK_IN_STOCK and wish.sku == sku), None)
    if wish is None:
        return "withdrawn"
    if wish.asked_at != asked:
        return "repeated"
    return "" if address else "no_address"


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


def next_step(journey: Journey, key: str) -> Step:
    """The step of a key; the first where the journey has no such step any more."""
    return journey.step(key) or journey.steps[0]
