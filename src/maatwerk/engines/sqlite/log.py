"""The log on SQLite: `Log` and `Recent` in one file, ``log.db``, shared by the processes of a workspace."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence, Set
from pathlib import Path

from maatwerk.core.errors import Impossible, Unavailable
from maatwerk.core.limits import DECISIONS_DAYS, REJECTED_DAYS
from maatwerk.core.time import DAY, Clock
from maatwerk.engines.sqlite import retiring
from maatwerk.engines.sqlite.opening import connect, prepare
from maatwerk.engines.sqlite.queue import Append, Queue, Ticket
from maatwerk.engines.sqlite.reading import LogReader
from maatwerk.engines.sqlite.rows import FORMAT, SCHEMA, event_rows
from maatwerk.engines.sqlite.sending import Sender
from maatwerk.engines.sqlite.writing import Writer
from maatwerk.events.event import Event
from maatwerk.events.log import DecisionRow, Rejected, RetiredEvents

_EXPIRED_AT_ONCE = 500  # rows in one transaction: an append waits no longer than for these


class SqliteLog(LogReader):
    """Appends from any number of processes; reads from any thread.

    ``start`` before the first append, ``close`` when done. Opening raises `Refused` for a file of a
    newer format and `Unavailable` where the disk fails. ``writer`` is the socket of the process that writes
    for this one; without it a thread of this process writes, as it does in any case for who blocks.
    """

    def __init__(self, path: Path, *, clock: Clock, writer: Path | None = None) -> None:
        self.path = path
        self._clock = clock
        self._lock = prepare(path, SCHEMA, FORMAT)
        super().__init__(path)
        self._own = Queue()
        self._sender = Sender(writer) if writer is not None else None
        self._queue = self._own if self._sender is None else self._sender.queue
        self._writer: Writer | None = None

    def start(self) -> None:
        """Start this process's writer. After a fork, open the log anew instead."""
        if self._writer is None:
            self._writer = Writer(self.path, self._own, self._lock)
            self._writer.start()

    def attach(self) -> None:
        """From now on send to the writer's process from the running loop, where there is such a process."""
        if self._sender is not None:
            self._sender.attach(asyncio.get_running_loop())

    async def detach(self, seconds: float) -> None:
        """Wait until the writer's process has written all, at most so long, and hang up."""
        if self._sender is not None:
            await self._sender.detach(seconds)

    def close(self) -> None:
        """Write what is queued, and let go of the files."""
        for queue in {self._own, self._queue}:
            queue.close()
        if self._writer is not None:
            self._writer.join()
        if not self._queue.empty():  # the writer's process is gone, or was never there
            left = Writer(self.path, self._queue, self._lock)
            left.start()
            left.join()
        super().close()
        self._lock.close()

    def reader(self) -> LogReader:
        """The reading half alone, on connections of its own: for a thread that reads much."""
        return LogReader(self.path)

    async def append(
        self,
        events: Sequence[Event],
        decisions: Sequence[DecisionRow] = (),
        rejected: Sequence[Rejected] = (),
    ) -> list[bool]:
        """Durable when it returns; see `Log.append`."""
        ticket = self._put(self._queue, events, decisions, rejected, asyncio.get_running_loop())
        assert isinstance(ticket.answer, asyncio.Future)
        return await ticket.answer

    def append_now(
        self,
        events: Sequence[Event],
        decisions: Sequence[DecisionRow] = (),
        rejected: Sequence[Rejected] = (),
    ) -> list[bool]:
        """The same, blocking."""
        ticket = self._put(self._own, events, decisions, rejected, None)
        assert not isinstance(ticket.answer, asyncio.Future)
        return ticket.answer.result()

    def note(self, decision: DecisionRow) -> None:
        """Queue a decision record without waiting; see `Log.note`."""
        self._queue.note(decision)

    @property
    def notes_dropped(self) -> int:
        """Decision records lost to a full queue since start."""
        return self._queue.notes_dropped

    @property
    def trouble(self) -> str:
        """Why this process could not write the last time it tried, at most a second ago; else empty."""
        return self._queue.trouble

    def count(self, what: str, by: int = 1) -> None:
        """Add to a durable counter, with the next commit."""
        self._queue.count(what, by)

    def counts(self) -> dict[str, int]:
        """Every counter: as committed, plus what this process has yet to write."""
        counters = super().counts()
        for queue in {self._own, self._queue}:
            for name, by in queue.pending_counts().items():
                counters[name] = counters.get(name, 0) + by
        return counters

    def discard_rejected(self, ids: Sequence[int]) -> None:
        """Forget rejected messages."""
        for start in range(0, len(ids), _EXPIRED_AT_ONCE):
            some = ids[start : start + _EXPIRED_AT_ONCE]
            self._delete(f"DELETE FROM rejected WHERE id IN ({','.join('?' * len(some))})", *some)

    def expire_decisions(self, before_ms: int | None = None) -> int:
        """Delete decisions made before a time (90 days ago where none is given); how many."""
        before = self._clock() - DECISIONS_DAYS * DAY if before_ms is None else before_ms
        return self._expire(
            "DELETE FROM decision WHERE rowid IN (SELECT rowid FROM decision WHERE time < ? LIMIT ?)", before
        )

    def expire_rejected(self, before_ms: int | None = None) -> int:
        """Delete rejected messages received before a time (30 days ago where none is given); how many."""
        before = self._clock() - REJECTED_DAYS * DAY if before_ms is None else before_ms
        return self._expire(
            "DELETE FROM rejected WHERE id IN (SELECT id FROM rejected WHERE received < ? LIMIT ?)", before
        )

    def retire(
        self, after: int, before_ms: int, *, kept: Set[str] = frozenset(), only: Set[str] = frozenset()
    ) -> RetiredEvents:
        """Delete some old events; see `Log.retire`."""
        return retiring.retire(self.path, self._lock, after, before_ms, kept, only)

    def empty_wal(self) -> bool:
        """Clear the file of what deleted rows leave behind; False where readers were in the way."""
        return retiring.empty_wal(self.path, self._lock)

    def _put(
        self,
        queue: Queue,
        events: Sequence[Event],
        decisions: Sequence[DecisionRow],
        rejected: Sequence[Rejected],
        loop: asyncio.AbstractEventLoop | None,
    ) -> Ticket:
        if self._writer is None:
            raise Impossible("the log was not started")
        internal = [event.origin == "internal" for event in events]
        ticket = Ticket(Append(event_rows(events), internal, decisions, rejected), loop)
        queue.put(ticket)
        return ticket

    def _expire(self, sql: str, before_ms: int) -> int:
        total = 0
        while deleted := self._delete(sql, before_ms, _EXPIRED_AT_ONCE):
            total += deleted
        return total

    def _delete(self, sql: str, *values: object) -> int:
        try:
            connection = connect(self.path, "FULL")
            try:
                with self._lock.held():
                    return connection.execute(sql, values).rowcount
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise Unavailable(f"cannot delete from the log: {error}") from error
