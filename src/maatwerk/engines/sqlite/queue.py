"""What waits for the log's writer: bounded, in order, answered all at once when its group is durable."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress

import msgspec

from maatwerk.core.errors import Unavailable
from maatwerk.core.limits import APPEND_QUEUE_EVENTS, DECISION_QUEUE
from maatwerk.engines.sqlite.rows import EventRow
from maatwerk.events.log import DecisionRow, Overloaded, Rejected

FAILED_WRITES = "failed_writes"
"""The counter of transactions that the disk refused."""

GROUP_EVENTS = 4_000  # at most, in one transaction: its waiters share one fsync
NOTES_AFTER_SECONDS = 0.1  # a decision noted alone is written this much later, or with the next commit


class Append(msgspec.Struct, frozen=True, array_like=True):
    """What is to be written together: event rows, for each whether the engine itself said it, and more."""

    rows: list[EventRow]
    internal: list[bool]
    decisions: Sequence[DecisionRow] = ()
    rejected: Sequence[Rejected] = ()

    @property
    def size(self) -> int:
        """What it takes of the queue."""
        return len(self.rows) + len(self.decisions) + len(self.rejected) or 1


class Ticket:
    """One append, and where its answer goes."""

    __slots__ = ("answer", "append", "loop")

    def __init__(self, append: Append, loop: asyncio.AbstractEventLoop | None) -> None:
        self.append = append
        self.loop = loop
        self.answer: asyncio.Future[list[bool]] | Future[list[bool]] = (
            loop.create_future() if loop else Future()
        )


class Group:
    """What is taken at one go."""

    __slots__ = ("counts", "last", "notes", "size", "tickets")

    def __init__(
        self, tickets: list[Ticket], notes: list[DecisionRow], counts: dict[str, int], last: bool
    ) -> None:
        self.tickets = tickets
        self.notes = notes
        self.counts = counts
        self.last = last
        self.size = sum(ticket.append.size for ticket in tickets)

    def __bool__(self) -> bool:
        return bool(self.tickets or self.notes or self.counts)


class Queue:
    """Appends, decision notes and counts of this process, for its one writer.

    ``wake`` is told that something came: at once (0 seconds) or so many later.
    """

    def __init__(self, wake: Callable[[float], None] = lambda seconds: None) -> None:
        self._wake = wake
        self._changed = threading.Condition()
        self._tickets: deque[Ticket] = deque()
        self._waiting = 0
        self._notes: deque[DecisionRow] = deque()
        self._counts: dict[str, int] = {}
        self._in_hand: Counter[str] = Counter()
        self._lazy_since = 0.0
        self._closed = False
        self.notes_dropped = 0
        self.trouble = ""
        """Why the last group could not be written; empty where it was."""

    def put(self, ticket: Ticket) -> None:
        """Wait for the writer; raises `Overloaded` where too much already does."""
        with self._changed:
            if self._closed:
                raise Overloaded("the log is closed")
            size = ticket.append.size
            if self._waiting and self._waiting + size > APPEND_QUEUE_EVENTS:
                raise Overloaded(f"{self._waiting} events wait for the log")
            self._tickets.append(ticket)
            self._waiting += size
            self._changed.notify()
        self._wake(0.0)

    def note(self, decision: DecisionRow) -> None:
        """Keep a decision for the next commit; the oldest makes room, and is counted."""
        with self._changed:
            if len(self._notes) >= DECISION_QUEUE:
                self._notes.popleft()
                self.notes_dropped += 1
            self._notes.append(decision)
            first = self._wake_later()
        if first:
            self._wake(NOTES_AFTER_SECONDS)

    def count(self, what: str, by: int) -> None:
        """Add to a counter with the next commit."""
        with self._changed:
            self._counts[what] = self._counts.get(what, 0) + by
            first = self._wake_later()
        if first:
            self._wake(NOTES_AFTER_SECONDS)

    def pending_counts(self) -> dict[str, int]:
        """Counts not yet written, those in the writer's hands included."""
        with self._changed:
            return dict(self._in_hand + Counter(self._counts))

    def take(self, patience_seconds: float) -> Group:
        """What is queued, as soon as something is; an empty group when nothing came in the time given."""
        with self._changed:
            until = time.monotonic() + patience_seconds
            while not (self._tickets or self._closed):
                now = time.monotonic()
                due = min(until, self._lazy_since + NOTES_AFTER_SECONDS) if self._lazy_since else until
                if due <= now:
                    break
                self._changed.wait(due - now)
            return self._group()

    def take_now(self) -> Group:
        """What is queued at this moment."""
        with self._changed:
            return self._group()

    def empty(self) -> bool:
        """Whether nothing waits."""
        with self._changed:
            return not (self._tickets or self._notes or self._counts)

    def put_back(self, group: Group) -> None:
        """What could not be written and nobody waits for is tried again with the next commit."""
        with self._changed:
            self._in_hand.subtract(group.counts)
            room = max(0, DECISION_QUEUE - len(self._notes))
            kept = group.notes[len(group.notes) - room :] if room < len(group.notes) else group.notes
            self.notes_dropped += len(group.notes) - len(kept)
            self._notes.extendleft(reversed(kept))
            for what, by in group.counts.items():
                self._counts[what] = self._counts.get(what, 0) + by
            again = bool(self._notes or self._counts)
            if again:
                self._lazy_since = time.monotonic() + 10 * NOTES_AFTER_SECONDS
        if again:
            self._wake(11 * NOTES_AFTER_SECONDS)

    def written(self, group: Group, answers: Sequence[list[bool]]) -> None:
        """A group is durable."""
        self.trouble = ""
        with self._changed:
            self._in_hand.subtract(group.counts)
        settle(list(zip(group.tickets, answers, strict=True)))

    def refused(self, group: Group, why: str) -> None:
        """The disk refused a group: whoever waits is told; the rest is tried again, every second."""
        self.trouble = why
        self.put_back(group)
        self.count(FAILED_WRITES, 1)
        trouble = Unavailable(f"the log cannot be written: {why}", code="log_unavailable")
        settle([(ticket, trouble) for ticket in group.tickets])

    def close(self) -> None:
        """Nothing more comes in; the writer finishes what waits."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def fail(self, group: Group, error: Exception) -> None:
        """The writer is gone: tell all who wait, and take no more."""
        with self._changed:
            self._closed = True
            waiting = [*group.tickets, *self._tickets]
            self._tickets.clear()
            self._waiting = 0
        settle([(ticket, error) for ticket in waiting])

    def _wake_later(self) -> bool:
        if self._lazy_since:
            return False
        self._lazy_since = time.monotonic()
        self._changed.notify()
        return True

    def _group(self) -> Group:
        tickets: list[Ticket] = []
        size = 0
        while self._tickets and (not tickets or size + self._tickets[0].append.size <= GROUP_EVENTS):
            ticket = self._tickets.popleft()
            tickets.append(ticket)
            size += ticket.append.size
        self._waiting -= size
        notes, counts = list(self._notes), self._counts
        self._notes.clear()
        self._counts = {}
        self._in_hand.update(counts)
        self._lazy_since = 0.0
        return Group(tickets, notes, counts, last=self._closed and not self._tickets)


def settle(answers: Sequence[tuple[Ticket, list[bool] | Exception]]) -> None:
    """Answer every waiter; those of one event loop are woken together."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Ticket, list[bool] | Exception]]] = {}
    for ticket, answer in answers:
        if ticket.loop is None:
            _settle_one(ticket, answer)
        else:
            by_loop.setdefault(ticket.loop, []).append((ticket, answer))
    for loop, theirs in by_loop.items():
        with suppress(RuntimeError):  # a loop that closed meanwhile has nobody left who waits
            loop.call_soon_threadsafe(_settle_all, theirs)


def _settle_all(answers: Sequence[tuple[Ticket, list[bool] | Exception]]) -> None:
    for ticket, answer in answers:
        _settle_one(ticket, answer)


def _settle_one(ticket: Ticket, answer: list[bool] | Exception) -> None:
    if ticket.answer.done():
        return  # cancelled by a caller that went away: what it sent is durable all the same
    if isinstance(answer, Exception):
        ticket.answer.set_exception(answer)
    else:
        ticket.answer.set_result(answer)
