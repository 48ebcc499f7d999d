"""The log's writer: one thread a process, one transaction for whatever is queued as soon as it is free.

Many rows go in with one statement. That is not only faster: each step of a statement lets go of the
interpreter's lock, and a busy request thread would take it for milliseconds every time.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TypeVar

from maatwerk.core.errors import Impossible, Unavailable
from maatwerk.engines.sqlite.folding import Folding
from maatwerk.engines.sqlite.opening import Lock, connect
from maatwerk.engines.sqlite.queue import Group, Queue, Ticket, settle
from maatwerk.engines.sqlite.rows import EventRow, decision_values, rejected_values

FAILED_WRITES = "failed_writes"
"""The counter of transactions that the disk refused."""

R = TypeVar("R")

_PATIENCE_SECONDS = 60.0

_CHUNKS = (256, 32, 4, 1)
_INSERT = {
    size: "INSERT OR IGNORE INTO event (offset, key, anonymous, user, subject, payload) VALUES "
    + ",".join(["(?,?,?,?,?,?)"] * size)
    for size in _CHUNKS
}
_DECIDED = {
    size: "INSERT OR IGNORE INTO decision (id, time, anonymous_id, user_id, payload) VALUES "
    + ",".join(["(?,?,?,?,?)"] * size)
    for size in _CHUNKS
}
_KNOWN = {size: f"SELECT key, offset FROM event WHERE key IN ({','.join('?' * size)})" for size in _CHUNKS}


class Writer:
    """Takes groups from the queue until it is closed. An error of the disk fails its group and no more."""

    def __init__(self, path: Path, queue: Queue, lock: Lock) -> None:
        self._path = path
        self._queue = queue
        self._lock = lock
        self._folding = Folding(path, lock)
        self._connection: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._run, name=f"writer of {path.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._folding.start()
        self._thread.start()

    def join(self) -> None:
        """Wait until all that was queued is written."""
        self._thread.join()
        self._folding.close()

    def _run(self) -> None:
        last = False
        while not last:
            group = self._queue.take(_PATIENCE_SECONDS)
            last = group.last
            if group:
                self._settle(group)
        self._drop()

    def _settle(self, group: Group) -> None:
        try:
            with self._lock.held():
                answers = self._write(group)
        except (sqlite3.Error, OSError) as error:
            # After a failed commit the connection's view of the file is not to be trusted: it is opened anew.
            self._drop()
            self._queue.trouble = str(error)
            self._queue.count(FAILED_WRITES, 1)  # what is left to write tries the disk again, every second
            self._queue.put_back(group)
            trouble = Unavailable(f"the log cannot be written: {error}", code="log_unavailable")
            settle([(ticket, trouble) for ticket in group.tickets])
        except BaseException as error:
            self._queue.fail(group, Impossible(f"the log's writer died: {error!r}"))
            raise
        else:
            self._queue.trouble = ""
            settle(list(zip(group.tickets, answers, strict=True)))
            self._folding.wrote(sum(map(len, answers)))

    def _write(self, group: Group) -> list[list[bool]]:
        if self._connection is None:
            self._connection = connect(self._path, "FULL")
            self._connection.execute("PRAGMA wal_autocheckpoint=0")  # `Folding` does it
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        counts = dict(group.counts)
        answers = self._append(connection, group.tickets, counts)
        decisions = [row for ticket in group.tickets for row in ticket.decisions] + group.notes
        if decisions:
            written = sum(
                connection.execute(
                    _DECIDED[len(chunk)], list(chain.from_iterable(map(decision_values, chunk)))
                ).rowcount
                for chunk in _chunks(decisions)
            )
            counts["decisions_total"] = counts.get("decisions_total", 0) + written
        rejected = [row for ticket in group.tickets for row in ticket.rejected]
        if rejected:
            connection.executemany(
                "INSERT INTO rejected (received, place, code, field, detail, message, proven)"
                " VALUES (?,?,?,?,?,?,?)",
                map(rejected_values, rejected),
            )
            counts["rejected_total"] = counts.get("rejected_total", 0) + len(rejected)
        _add(connection, counts)
        connection.execute("COMMIT")
        return answers

    def _append(
        self, connection: sqlite3.Connection, tickets: Sequence[Ticket], counts: dict[str, int]
    ) -> list[list[bool]]:
        rows = [row for ticket in tickets for row in ticket.rows]
        if not rows:
            return [[] for _ in tickets]
        found = connection.execute("SELECT value FROM counter WHERE name = 'offset'").fetchone()
        base = found[0] + 1 if found else 1
        fresh = _insert(connection, base, rows)
        counts["offset"] = len(rows)
        answers: list[list[bool]] = []
        position = ours = 0
        for ticket in tickets:
            answer = fresh[position : position + len(ticket.rows)]
            position += len(answer)
            ours += sum(map(bool.__and__, answer, ticket.internal))
            answers.append(answer)
        counts["internal_total"] = counts.get("internal_total", 0) + ours
        counts["events_total"] = counts.get("events_total", 0) + sum(fresh) - ours
        return answers

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()  # rolls back what is open
            self._connection = None


def _insert(connection: sqlite3.Connection, base: int, rows: Sequence[EventRow]) -> list[bool]:
    """Insert what is new, row ``i`` at offset ``base + i``; for each row whether it was.

    A known id leaves a gap in the offsets, which no reader minds.
    """
    fresh: list[bool] = []
    for chunk in _chunks(rows):
        first, size = base + len(fresh), len(chunk)
        values = list(chain.from_iterable((first + i, *row) for i, row in enumerate(chunk)))
        if connection.execute(_INSERT[size], values).rowcount == size:
            fresh += [True] * size
        else:
            kept = dict(connection.execute(_KNOWN[size], [row[0] for row in chunk]).fetchall())
            fresh += [kept[row[0]] == first + i for i, row in enumerate(chunk)]
    return fresh


def _chunks(rows: Sequence[R]) -> Iterator[Sequence[R]]:
    """All rows in order, in chunks of the sizes that statements are made for."""
    start = 0
    while start < len(rows):
        size = next(size for size in _CHUNKS if size <= len(rows) - start)
        yield rows[start : start + size]
        start += size


def _add(connection: sqlite3.Connection, counts: dict[str, int]) -> None:
    added = [(name, by) for name, by in counts.items() if by]
    if added:
        connection.execute(
            f"INSERT INTO counter (name, value) VALUES {','.join(['(?,?)'] * len(added))}"
            " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            list(chain.from_iterable(added)),
        )
