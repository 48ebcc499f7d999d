"""The log's writer: one transaction for whatever is queued as soon as it is free.

Request workers send what they have to the writer's process (`maatwerk.engines.sqlite.receiving`); every
other process writes with a thread of its own.

Many rows go in with one statement. That is not only faster: each step of a statement lets go of the
interpreter's lock, and a busy request thread would take it for milliseconds every time.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TypeVar

from maatwerk.core.errors import Impossible
from maatwerk.engines.sqlite.folding import Folding
from maatwerk.engines.sqlite.opening import Lock, connect
from maatwerk.engines.sqlite.queue import Append, Group, Queue
from maatwerk.engines.sqlite.rows import EventRow, decision_values, rejected_values
from maatwerk.events.log import DecisionRow

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


class Transactions:
    """Writes appends, each call one transaction under the writers' lock.

    Raises `sqlite3.Error` and `OSError` of the disk; nothing of the call was written then.
    """

    def __init__(self, path: Path, lock: Lock) -> None:
        self._path = path
        self._lock = lock
        self._connection: sqlite3.Connection | None = None

    def write(
        self, appends: Sequence[Append], notes: Sequence[DecisionRow], counts: Mapping[str, int]
    ) -> list[list[bool]]:
        """Write it all; for each append, for each of its events, whether it was new."""
        try:
            with self._lock.held():
                return self._write(appends, notes, dict(counts))
        except (sqlite3.Error, OSError):
            # After a failed commit the connection's view of the file is not to be trusted: it is opened anew.
            self.close()
            raise

    def _write(
        self, appends: Sequence[Append], notes: Sequence[DecisionRow], counts: dict[str, int]
    ) -> list[list[bool]]:
        if self._connection is None:
            self._connection = connect(self._path, "FULL")
            self._connection.execute("PRAGMA wal_autocheckpoint=0")  # `Folding` does it
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        answers = self._append(connection, appends, counts)
        decisions = [row for each in appends for row in each.decisions] + list(notes)
        if decisions:
            written = sum(
                connection.execute(
                    _DECIDED[len(chunk)], list(chain.from_iterable(map(decision_values, chunk)))
                ).rowcount
                for chunk in _chunks(decisions)
            )
            counts["decisions_total"] = counts.get("decisions_total", 0) + written
        rejected = [row for each in appends for row in each.rejected]
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
        self, connection: sqlite3.Connection, appends: Sequence[Append], counts: dict[str, int]
    ) -> list[list[bool]]:
        rows = [row for each in appends for row in each.rows]
        if not rows:
            return [[] for _ in appends]
        found = connection.execute("SELECT value FROM counter WHERE name = 'offset'").fetchone()
        base = found[0] + 1 if found else 1
        fresh = _insert(connection, base, rows)
        counts["offset"] = len(rows)
        answers: list[list[bool]] = []
        position = ours = 0
        for each in appends:
            answer = fresh[position : position + len(each.rows)]
            position += len(answer)
            ours += sum(map(bool.__and__, answer, each.internal))
            answers.append(answer)
        counts["internal_total"] = counts.get("internal_total", 0) + ours
        counts["events_total"] = counts.get("events_total", 0) + sum(fresh) - ours
        return answers

    def close(self) -> None:
        """Let go of the file; the next write opens it anew."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()  # rolls back what is open
            self._connection = None


class Writer:
    """A thread that takes groups from the queue until it is closed. An error of the disk fails its group
    and no more."""

    def __init__(self, path: Path, queue: Queue, lock: Lock) -> None:
        self._queue = queue
        self._transactions = Transactions(path, lock)
        self._folding = Folding(path, lock)
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
        self._transactions.close()

    def _settle(self, group: Group) -> None:
        try:
            appends = [ticket.append for ticket in group.tickets]
            answers = self._transactions.write(appends, group.notes, group.counts)
        except (sqlite3.Error, OSError) as error:
            self._queue.refused(group, str(error))
        except BaseException as error:
            self._queue.fail(group, Impossible(f"the log's writer died: {error!r}"))
            raise
        else:
            self._queue.written(group, answers)
            self._folding.wrote(sum(map(len, answers)))


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
