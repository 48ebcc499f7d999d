"""The port of the lake: sealed rows up to a watermark, the log's tail above it, read as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.events.event import Event

VIEW, CLICK, ADD, REMOVE, PURCHASE, LIST, SEARCH, PAGE, SHOWN = range(9)
"""Kinds of interactions. LIST: a list came into view; SHOWN: a personal element came into view."""


VIEWS = ("link", "deed", "purchase")
"""Queries that every other query may read as tables, in the order in which they build on each other."""


class Interactions(msgspec.Struct, frozen=True):
    """The shop's interactions in columns, in order of time.

    ``time`` in ms; ``kind`` as above; ``actor`` numbers the owner at event time (a user where the
    device was linked to one, else the device), ``item`` indexes ``skus``; ``order`` numbers the
    order of a purchase (-1: none). Bots and what was denied for analytics are left out.
    """

    time: NDArray[np.int64]
    kind: NDArray[np.int8]
    actor: NDArray[np.int32]
    item: NDArray[np.int32]
    order: NDArray[np.int32]
    quantity: NDArray[np.float32]
    skus: list[str]
    offset: int = 0
    """The log offset that all this counts up to."""

    def __len__(self) -> int:
        return len(self.time)


class Lake(Protocol):
    """Sealed history plus tail. One process seals; any may read."""

    def watermark(self) -> int:
        """The log offset up to which everything is sealed."""

    def seal(self, events: Sequence[Event]) -> int:
        """Write the next stretch of the log as one sealed file; answers the new watermark."""

    def retire(self, upto: int) -> int:
        """Let go of sealed rows up to a log offset; how many."""

    def query(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, tail: Sequence[Event] = ()
    ) -> list[dict[str, Any]]:
        """Rows of a portable query over the tables ``event`` and ``line`` (one row an item of an event),
        sealed rows and tail together, and over the views: ``link`` (which device belonged to whom, and
        when), ``deed`` (what shoppers did, with the visitor who did it), ``purchase`` (one row an order)."""

    def interactions(self, since: int, *, tail: Sequence[Event] = ()) -> Interactions:
        """What training reads."""
