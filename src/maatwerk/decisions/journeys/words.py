"""The words of who is inside: rows of those who wait, of what is counted, and of stock and wishes."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.time import DAY
from maatwerk.events.event import Event

MAILS_PER_PIECE = 3
"""So many are told of one piece in stock at a time; not all of them will buy."""
ROUND_MS = DAY
"""After so long without a sale the next ones are told of the same pieces."""
WISH_MS = 180 * DAY
"""A wish that waited longer is not answered any more."""
SKUS = 20
"""Products named in one message."""
TOLD = 10
"""Carts, orders and dates remembered of one person and journey: the newest."""


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

ON, DOCUMENT, INSIDE, DUE = "journey_on", "journey_document", "journey_inside", "journey_due"
COUNT, PAST, SWEEP = "journey_count", "journey_past", "journey_sweep"
WISH, STOCK, BACK = "journey_wish", "journey_stock", "journey_back"
WATCH, PRICE, DROPPED = "journey_watch", "journey_price", "journey_dropped"
TABLES = (ON, DOCUMENT, INSIDE, DUE, COUNT, PAST, SWEEP, WISH, STOCK, BACK, WATCH, PRICE, DROPPED)

PRICES = "price "
"""How the name of a sweep over those who watch a price begins."""
START = ""
"""The node of who is inside and took no step yet."""


class Inside(msgspec.Struct, array_like=True):
    """One person in one journey, about one thing. Due at ``due``, having waited at ``node``.

    ``entered`` and ``number`` name this turn of hers: an event about another one does not count.
    ``touched`` is when what began it last happened; ``heard`` the event she waited for, once it came.
    """

    version: int
    entered: int
    due: int
    node: str = START
    number: int = 0
    touched: int = 0
    store: str = ""
    occurrence: str = ""
    waits: tuple[str, ...] = ()
    heard: str = ""
    data: dict[str, Any] = {}


class Past(msgspec.Struct, array_like=True):
    """What is remembered of one person in one journey: when she last began it, how it ended, what was said.

    ``told`` is, by occurrence, the steps queued. ``sent`` is when the last was; ``goal`` of which message the
    goal was counted. ``subject`` and ``touched`` are of what ended with ``code``.
    """

    entered: int = 0
    times: int = 0
    code: str = ""
    subject: str = ""
    touched: int = 0
    store: str = ""
    sent: int = 0
    goal: int = 0
    version: int = 0
    told: dict[str, tuple[str, ...]] = {}


class Count(msgspec.Struct, array_like=True):
    """Of one step: who waits there now, and how many passed."""

    inside: int = 0
    passed: int = 0


class Sweep(msgspec.Struct, array_like=True):
    """How far a scheduled run came through its audience."""

    run: str = ""
    cursor: str = ""
    entered: int = 0
    done: bool = False


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


class Price(msgspec.Struct, array_like=True):
    """Of one product, in minor units; -1: none is known. ``watched``: how many wait for it to fall."""

    price: int = -1
    sale_price: int = -1
    currency: str = ""
    watched: int = 0

    def lowest(self) -> int:
        """The reduced price where there is one."""
        return self.sale_price if self.sale_price >= 0 else self.price


def inside_key(who: str, journey: str, subject: str) -> str:
    """Sorts by person."""
    return f"{who}\t{journey}\t{subject}"


def parse_inside(key: str) -> tuple[str, str, str]:
    """Who, journey and subject."""
    who, journey, subject = key.split("\t", 2)
    return who, journey, subject


def due_key(journey: str, due: int, inside: str) -> str:
    """Sorts by journey, then by time."""
    return f"{journey}\t{due:013d}\t{inside}"


def count_key(journey: str, version: int, node: str) -> str:
    """Of a step; ``!code`` counts those who left with a code."""
    return f"{journey}\t{version:016d}\t{node}"


def wish_key(store: str, sku: str, asked: int, who: str) -> str:
    """Sorts by product, and then by who came first."""
    return f"{store}\t{sku}\t{asked:013d}\t{who}"


encode = msgspec.msgpack.Encoder().encode
decode_inside = msgspec.msgpack.Decoder(Inside).decode
decode_past = msgspec.msgpack.Decoder(Past).decode
decode_count = msgspec.msgpack.Decoder(Count).decode
decode_sweep = msgspec.msgpack.Decoder(Sweep).decode
decode_price = msgspec.msgpack.Decoder(Price).decode
decode_stock = msgspec.msgpack.Decoder(Stock).decode
