"""The ports of the log: append durably, read from an offset, find a shopper's newest.

``append`` answers when what it accepted is fsynced. Offsets grow with commit order, so that a
reader that remembers one misses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Protocol

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.verdict import Rejection


class Rejected(msgspec.Struct, frozen=True):
    """A message kept with the reason it was not accepted."""

    id: int
    received: int
    rejection: Rejection
    message: bytes
    proven: bool = False


class DecisionRow(msgspec.Struct, frozen=True):
    """One row of the decisions stream; ``payload`` is a `maatwerk.events.decisions.DecisionMade`, encoded."""

    id: str
    time: int
    anonymous_id: str
    user_id: str
    payload: bytes


class RetiredEvents(msgspec.Struct, frozen=True):
    """Events deleted at one go, the offset that was reached, and whether nothing older is left."""

    gone: tuple[Event, ...]
    reached: int
    whole: bool


class Overloaded(Exception):
    """The writer's queue is full: the caller answers 429 with Retry-After."""


class Log(Protocol):
    """Happenings, rejected messages and decisions."""

    async def append(
        self,
        events: Sequence[Event],
        decisions: Sequence[DecisionRow] = (),
        rejected: Sequence[Rejected] = (),
    ) -> list[bool]:
        """Durable when it returns: for each event whether it is new (False: its id was known).

        All of one call is one transaction. Raises `Overloaded`, or `Unavailable` (disk full,
        failed fsync)."""

    def append_now(
        self,
        events: Sequence[Event],
        decisions: Sequence[DecisionRow] = (),
        rejected: Sequence[Rejected] = (),
    ) -> list[bool]:
        """The same, blocking: for commands and background work."""

    def note(self, decision: DecisionRow) -> None:
        """Queue a decision record without waiting; a full queue drops the oldest (``notes_dropped``)."""

    @property
    def notes_dropped(self) -> int:
        """Decision records lost to a full queue since start."""

    def read(self, after: int, limit: int) -> list[Event]:
        """Events with a higher offset, in offset order."""

    def last_offset(self) -> int:
        """The highest offset; 0 when empty."""

    def rules_and_catalog(self, after: int, limit: int = 10_000) -> list[Event]:
        """Only catalog and rule events after an offset: every request asks, so it must cost microseconds."""

    def decision(self, decision_id: str) -> DecisionRow | None:
        """One decision record."""

    def decisions(self, before: str = "", limit: int = 100, anonymous_id: str = "") -> list[DecisionRow]:
        """Newest first; ``before`` is the id to go on from."""

    def decisions_for(self, user_id: str, limit: int) -> list[DecisionRow]:
        """Those made for a user, newest first. They have no index: the whole stream is looked through."""

    def rejected(self, after: int = 0, limit: int = 100) -> list[Rejected]:
        """Messages kept with their reasons, oldest first."""

    def discard_rejected(self, ids: Sequence[int]) -> None:
        """Forget rejected messages (after they were replayed)."""

    def retire(
        self, after: int, before_ms: int, *, kept: Set[str] = frozenset(), only: Set[str] = frozenset()
    ) -> RetiredEvents:
        """Delete some of the events above an offset that were received before a time.

        Catalog and rules stay, and names in ``kept``; where ``only`` has names, nothing else goes."""

    def count(self, what: str, by: int = 1) -> None:
        """Add to a durable counter (``dropped_consent``, ``no_identity``); written with the next commit."""

    def counts(self) -> dict[str, int]:
        """``events_total`` (distinct collected ids), ``internal_total``, ``decisions_total``,
        ``rejected_total`` and every counter of `count`; cheap however large the log is."""


class Recent(Protocol):
    """A shopper's own newest events, in offset order."""

    def tail(
        self,
        *,
        anonymous_ids: Sequence[str] = (),
        user_ids: Sequence[str] = (),
        after: int = 0,
        limit: int = 500,
    ) -> list[Event]:
        """Events of any of these identifiers with a higher offset; the newest ``limit`` of them."""
