"""The words of journeys: journeys and their steps, who waits, and the rows that say so."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, HOUR, MINUTE
from maatwerk.events.event import Event

ABANDONED_CART, BACK_IN_STOCK = "abandoned-cart", "back-in-stock"

MAILS_PER_PIECE = 3
"""So many are told of one piece in stock at a time; not all of them will buy."""
ROUND_MS = DAY
"""After so long without a sale the next ones are told of the same pieces."""
WISH_MS = 180 * DAY
"""A wish that waited longer is not answered any more."""
SKUS = 20
"""Products named in one message."""


class Step(msgspec.Struct, frozen=True, array_like=True):
    """A message of a journey: due ``after_ms`` of quiet, and not sent later than ``window_ms`` after that."""

    key: str
    after_ms: int
    window_ms: int


class Journey(msgspec.Struct, frozen=True, array_like=True):
    """Steps in their order. ``daily`` is how many mails one address gets from journeys in 24 hours."""

    key: str
    steps: tuple[Step, ...]
    daily: int

    def step(self, key: str) -> Step | None:
        """A step by its key."""
        return next((step for step in self.steps if step.key == key), None)

    def after(self, key: str) -> Step | None:
        """The step that follows."""
        keys = [step.key for step in self.steps]
        place = keys.index(key) + 1 if key in keys else len(keys)
        return self.steps[place] if place < len(keys) else None


SHIPPED = {
    ABANDONED_CART: Journey(
        ABANDONED_CART,
        (Step("first", 30 * MINUTE, 6 * HOUR), Step("second", 24 * HOUR, 12 * HOUR)),
        daily=3,
    ),
    BACK_IN_STOCK: Journey(BACK_IN_STOCK, (Step("alert", 0, 24 * HOUR),), daily=10),
}


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of kind ``journey``. ``after_minutes``: how long each step waits, in their order."""

    enabled: bool = True
    after_minutes: tuple[int, ...] | None = None


def parse_journey(key: str, document: dict[str, Any]) -> Journey | None:
    """The journey a rule asks for; None where it is switched off. Raises `Refused`."""
    shipped = SHIPPED.get(key)
    if shipped is None:
        raise Refused(
            "journey_not_known",
            f"there is no journey {key[:60]!r}",
            field="key",
            hint=f"one of {', '.join(SHIPPED)}",
        )
    try:
        said = msgspec.convert(document, Document)
    except msgspec.ValidationError as fault:
        raise Refused("journey_not_valid", str(fault), field=f"journey.{key}") from None
    if not said.enabled:
        return None
    if said.after_minutes is None:
        return shipped
    steps = shipped.steps
    waits = said.after_minutes
    within = all(0 <= wait <= 43_200 for wait in waits) and list(waits) == sorted(waits)
    if len(waits) != len(steps) or not within:
        raise Refused(
            "journey_not_valid",
            f"{len(steps)} step(s) need as many minutes, from 0 to 43200, none before the one it follows",
            field=f"journey.{key}.after_minutes",
        )
    timed = [Step(step.key, wait * MINUTE, step.window_ms) for step, wait in zip(steps, waits, strict=True)]
    return msgspec.structs.replace(shipped, steps=tuple(timed))


# -- who -----------------------------------------------------------------------------------------


def who_of(event: Event) -> str:
    """Whose an event is: of a proven user (``u/…``), else of a device (``a/…``), else nobody's."""
    if event.user_id and event.proven:
        return f"u/{event.user_id}"
    return f"a/{event.anonymous_id}" if event.anonymous_id else ""


def named(event: Event) -> str:
    """Who an event of ours is about: it carries one identifier, so that it never signs anybody in."""
    return f"u/{event.user_id}" if event.user_id else f"a/{event.anonymous_id}"


def identity(who: str) -> dict[str, Any]:
    """The fields of `Event` that name one of these."""
    kind, _, value = who.partition("/")
    return {"user_id": value, "proven": True} if kind == "u" else {"anonymous_id": value}


# -- rows ----------------------------------------------------------------------------------------

ON, CART, DUE = "journey_on", "journey_cart", "journey_due"
WISH, STOCK, BACK = "journey_wish", "journey_stock", "journey_back"
TABLES = (ON, CART, DUE, WISH, STOCK, BACK)

TOLD = 10


class CartWait(msgspec.Struct, array_like=True):
    """One person's carts. ``due`` 0: nothing waits, and ``ended`` says why where something did.

    ``told`` is, by occurrence, the steps queued: the newest carts.
    """

    touched: int = 0
    due: int = 0
    step: str = ""
    store: str = ""
    ended: str = ""
    told: dict[str, tuple[str, ...]] = {}


class Stock(msgspec.Struct, array_like=True):
    """What there is of a product, and how many wait. ``stock`` -1 is not counted, which is enough for all.

    ``variants`` holds what there is of each; ``back_at`` is when there was some again (0: there is none);
    ``waiting`` asked before that, ``later`` after. ``released`` were told since ``back_at``, the last at
    ``released_at``.
    """

    stock: int = 0
    published: bool = False
    parent: str = ""
    variants: dict[str, int] = {}
    waiting: int = 0
    later: int = 0
    back_at: int = 0
    released: int = 0
    released_at: int = 0

    def pieces(self) -> int:
        """How many there are; those not counted are very many."""
        if not self.published:
            return 0
        return sum(self.variants.values()) if self.variants else UNCOUNTED if self.stock < 0 else self.stock


UNCOUNTED = 1_000_000


def due_key(due: int, what: str) -> str:
    """Sorts by time."""
    return f"{due:013d}\t{what}"


def wish_key(store: str, sku: str, asked: int, who: str) -> str:
    """Sorts by product, and then by who came first."""
    return f"{store}\t{sku}\t{asked:013d}\t{who}"


encode = msgspec.msgpack.Encoder().encode
decode_cart = msgspec.msgpack.Decoder(CartWait).decode
decode_stock = msgspec.msgpack.Decoder(Stock).decode
decode_journey = msgspec.msgpack.Decoder(Journey).decode
