"""The tables that reports read: sessions, orders, what was sold, prepared from the history once for all.

A report over ten million events must answer in a second; who owned a device when, and where a session begins,
take longer than that. So these are worked out once, kept, and worked out anew as often as they cost: a small
shop's at every look, a large one's every few minutes. Each report says up to which offset it counts.

They name visitors by a number of their own. No identifier is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from maatwerk.events.event import Event

TABLES = ("who", "act", "visit", "sale", "sold", "shelf")
"""In the order in which they build on each other; the query of each is in `sql`."""
KEPT = ("act", "visit", "sale", "sold", "shelf", "arm")
"""Those that are kept. ``arm`` (visitor, held) is made of ``first_seen`` by whoever knows the arms."""


class Ground(msgspec.Struct, frozen=True):
    """What the tables are prepared from, beside the sealed history.

    ``tail`` is the log above the lake's watermark; ``product_of`` maps a variant's SKU to its product's;
    ``held`` says of the device somebody first came with since ``since`` (ms; 0: nothing decided yet) whether
    she is in the holdout.
    """

    tail: Sequence[Event]
    currency: str
    product_of: Mapping[str, str]
    since: int = 0
    held: Callable[[str], bool] | None = None


class Tables(Protocol):
    """Prepared tables, open for questions."""

    upto: int
    """The log offset that they count up to."""
    made_at: int
    """When they were made, in real milliseconds."""

    def ask(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of a query over them. Raises `Unavailable` where they cannot be read."""


class Prepared(Protocol):
    """Opens them; makes them first where there are none, or where making them anew costs next to nothing."""

    def open(self, ground: Callable[[], Ground], newest: int) -> AbstractContextManager[Tables]:
        """``ground`` is asked only where they are made; ``newest`` is the log's last offset."""
