"""Taking a person out of the log: her rows by index, then everything that names her by one reading.

Rows go in small transactions, so that no append waits long. What they leave behind in the file (the
write-ahead log, the unused part of a page) is `maatwerk.engines.sqlite.scrub`'s to clear.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from maatwerk.core.errors import Unavailable
from maatwerk.core.traces import plain
from maatwerk.engines.files.searching import Needles
from maatwerk.engines.sqlite.opening import Lock, connect
from maatwerk.engines.sqlite.rows import event_rows, number_of
from maatwerk.events.event import Event, decode
from maatwerk.events.forgetting import Cleared, Gone, Looked, redacted

ROWS_READ = 4_000
ROWS_CHANGED = 200
ERASED_EVENTS = "erased_events_total"
"""The counter of events that went with their persons."""


class ForgettableLog:
    """`Forgettable` over ``log.db``: events, rejected messages and decisions."""

    name = "log"

    def __init__(self, path: Path) -> None:
        self._path = path

    def forget(self, gone: Gone) -> Cleared:
        """Her events, what else names her, rejected messages and decisions. Raises `Unavailable`."""
        needles = Needles(set().union(*map(plain, gone.traceable()), set()))
        with self._opened() as (connection, lock):
            doing = _Forgetting(connection, lock, gone, needles)
            doing.events_by_index()
            doing.events_by_text()
            doing.decisions()
            doing.rejected()
        return doing.cleared

    def scan(self, traces: Sequence[bytes]) -> Looked:
        """Look through every row's payload; what lies beside the rows is the scrub's to look at."""
        needles, looked = Needles(traces), Looked(self.name)
        with self._opened() as (connection, _):
            for table, columns in _TEXTS.items():
                found = 0
                for rows in _pages(connection, f"SELECT rowid, {columns} FROM {table}"):
                    texts = [_joined(row[1:]) for row in rows]
                    looked.scanned += len(rows)
                    looked.bytes += sum(map(len, texts))
                    found += len(needles.among(texts))
                if found:
                    looked.found += found
                    looked.where.append(f"{found} rows of {table}")
        return looked

    def seen_since(self, gone: Gone) -> frozenset[str]:
        """Her identifiers under which something happened after she was forgotten."""
        again: set[str] = set()
        with self._opened() as (connection, _):
            for column, values in (("user", gone.user_ids), ("anonymous", gone.anonymous_ids)):
                for value in values:
                    for event in _of(connection, column, value):
                        if not gone.holds(event):
                            again.add(value)
        return frozenset(again)

    @contextmanager
    def _opened(self) -> Iterator[tuple[sqlite3.Connection, Lock]]:
        lock = Lock(self._path.with_name(self._path.name + "-lock"))
        try:
            connection = connect(self._path, "FULL")
            try:
                yield connection, lock
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise Unavailable(f"cannot forget in the log: {error}") from error
        finally:
            lock.close()


_TEXTS = {"event": "payload", "decision": "anonymous_id, user_id, payload", "rejected": "message, detail"}


class _Forgetting:
    """One person's forgetting, with its figures."""

    def __init__(self, connection: sqlite3.Connection, lock: Lock, gone: Gone, needles: Needles) -> None:
        self._connection = connection
        self._lock = lock
        self._gone = gone
        self._needles = needles
        self.cleared = Cleared(ForgettableLog.name)

    def events_by_index(self) -> None:
        gone = self._gone
        devices = {*gone.anonymous_ids, *(stretch.anonymous_id for stretch in gone.stretches)}
        for column, values in (("user", gone.user_ids), ("anonymous", sorted(devices))):
            for value in values:
                self._delete_events([e for e in _of(self._connection, column, value) if gone.holds(e)])

    def events_by_text(self) -> None:
        """What names her and stands under nobody's identifier goes; others' events lose her name."""
        for rows in _pages(self._connection, "SELECT offset AS rowid, payload FROM event", key="offset"):
            self.cleared.scanned += len(rows)
            payloads = [payload for _, payload in rows]
            events = [decode(payloads[place], rows[place][0]) for place in self._needles.among(payloads)]
            older = [e for e in events if e.time <= self._gone.at or e.origin == "internal"]
            nobodys = [
                e for e in older if self._gone.holds(e) or not (e.anonymous_id or e.user_id or _ours(e))
            ]
            self._delete_events(nobodys)
            gone = {event.offset for event in nobodys}
            kept = [
                e
                for e in older
                if e.offset not in gone and not self._gone.named(e.anonymous_id, e.user_id) and not _ours(e)
            ]
            self._redact(kept)

    def decisions(self) -> None:
        gone = self._gone
        devices = {stretch.anonymous_id for stretch in gone.stretches}

        def hers(row: tuple[Any, ...], named: bool) -> bool:
            _, time, anonymous_id, user_id, _ = row
            if time > gone.at:
                return False
            shared = anonymous_id in devices and not user_id and gone.had(anonymous_id, (time, 0))
            return gone.named(anonymous_id, user_id) or shared or named

        self._rows("decision", "rowid, time, anonymous_id, user_id, payload", 4, hers)

    def rejected(self) -> None:
        self._rows(
            "rejected",
            "id, received, message",
            2,
            lambda row, named: named and row[1] <= self._gone.at,
        )

    def _rows(
        self, table: str, columns: str, text: int, hers: Callable[[tuple[Any, ...], bool], bool]
    ) -> None:
        for rows in _pages(self._connection, f"SELECT {columns} FROM {table}"):
            self.cleared.scanned += len(rows)
            named = set(self._needles.among([bytes(row[text]) for row in rows]))
            wanted = [row for place, row in enumerate(rows) if hers(row, place in named)]
            for some in _some(wanted):
                marks = ",".join("?" * len(some))
                with self._lock.held():
                    cursor = self._connection.execute(
                        f"DELETE FROM {table} WHERE rowid IN ({marks})", [row[0] for row in some]
                    )
                self.cleared.removed += cursor.rowcount
                self.cleared.bytes += sum(len(row[text]) for row in some)

    def _delete_events(self, events: Sequence[Event]) -> None:
        for some in _some(events):
            marks = ",".join("?" * len(some))
            with self._writing():
                found = self._connection.execute(
                    f"SELECT offset, length(payload) FROM event WHERE offset IN ({marks})",
                    [event.offset for event in some],
                ).fetchall()
                here = {offset for offset, _ in found}
                self._connection.execute(f"DELETE FROM event WHERE offset IN ({','.join(map(str, here))})")
                internal = sum(event.origin == "internal" for event in some if event.offset in here)
                self._count("internal_total", -internal)
                self._count("events_total", internal - len(here))
                self._count(ERASED_EVENTS, len(here))
            self.cleared.removed += len(here)
            self.cleared.bytes += sum(size for _, size in found)

    def _redact(self, events: Sequence[Event]) -> None:
        values = self._gone.traceable()
        for some in _some(events):
            changed = [redacted(event, values) for event in some]
            rows = [
                (payload, event.offset)
                for event, (_, _, _, _, payload) in zip(changed, event_rows(changed), strict=True)
            ]
            with self._writing():
                self._connection.executemany("UPDATE event SET payload = ? WHERE offset = ?", rows)
            self.cleared.changed += len(rows)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock.held():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def _count(self, name: str, by: int) -> None:
        if by:
            self._connection.execute(
                "INSERT INTO counter (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                (name, by),
            )


def _ours(event: Event) -> bool:
    """Whether it is the shop's own word: its catalog, its rules, the audit trail."""
    return event.origin == "internal" and not event.anonymous_id and not event.user_id


def _of(connection: sqlite3.Connection, column: str, value: str) -> list[Event]:
    rows = connection.execute(
        f"SELECT offset, payload FROM event WHERE {column} = ? ORDER BY offset", (number_of(value),)
    ).fetchall()
    events = [decode(payload, offset) for offset, payload in rows]
    return [e for e in events if (e.user_id if column == "user" else e.anonymous_id) == value]


def _pages(connection: sqlite3.Connection, query: str, key: str = "rowid") -> Iterator[list[Any]]:
    """All rows in order of their first column, in short reads."""
    after = -1
    while True:
        rows = connection.execute(
            f"{query} WHERE {key} > ? ORDER BY {key} LIMIT ?", (after, ROWS_READ)
        ).fetchall()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _some(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), ROWS_CHANGED):
        yield rows[start : start + ROWS_CHANGED]


def _joined(values: Sequence[Any]) -> bytes:
    return b"\0".join(each if isinstance(each, bytes) else str(each).encode() for each in values)


class ForgettableTables:
    """`Forgettable` over any database of ours whose rows stand by themselves: the views, the records."""

    def __init__(self, path: Path, *, keeps: frozenset[str] = frozenset()) -> None:
        """``keeps``: values of the column ``kind`` whose rows are not looked at."""
        self.name = path.stem
        self._path = path
        self._keeps = keeps

    def forget(self, gone: Gone) -> Cleared:
        """Delete the rows that name her."""
        needles, cleared = Needles(set().union(*map(plain, gone.traceable()), set())), Cleared(self.name)
        lock = Lock(self._path.with_name(self._path.name + "-lock"))
        try:
            connection = connect(self._path, "FULL")
            try:
                for table, keys in self._tables(connection):
                    rows = self._rows(connection, table)
                    texts = [_joined(row) for row in rows]
                    cleared.scanned += len(rows)
                    for place in needles.among(texts):
                        where = " AND ".join(f'"{key}" = ?' for key in keys)
                        values = connection.execute(f'SELECT * FROM "{table}" LIMIT 0').description
                        at = [name for name, *_ in values]
                        key_values = [rows[place][at.index(key)] for key in keys]
                        with lock.held():
                            cursor = connection.execute(f'DELETE FROM "{table}" WHERE {where}', key_values)
                        cleared.removed += cursor.rowcount
                        cleared.bytes += len(texts[place])
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise Unavailable(f"cannot forget in {self._path.name}: {error}") from error
        finally:
            lock.close()
        return cleared

    def scan(self, traces: Sequence[bytes]) -> Looked:
        """Look through every value of every row."""
        needles, looked = Needles(traces), Looked(self.name)
        connection = connect(self._path, "NORMAL")
        try:
            for table, _ in self._tables(connection):
                found = 0
                texts = [_joined(row) for row in self._rows(connection, table)]
                for some in _some(texts):
                    looked.scanned += len(some)
                    looked.bytes += sum(map(len, some))
                    found += len(needles.among(some))
                if found:
                    looked.found += found
                    looked.where.append(f"{found} rows of {table}")
        finally:
            connection.close()
        return looked

    def _tables(self, connection: sqlite3.Connection) -> list[tuple[str, list[str]]]:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        found = []
        for (name,) in names:
            if name.startswith("sqlite_"):
                continue
            columns = connection.execute(f'PRAGMA table_info("{name}")').fetchall()
            keys = [column[1] for column in columns if column[5]] or [column[1] for column in columns]
            found.append((name, keys))
        return found

    def _rows(self, connection: sqlite3.Connection, table: str) -> list[Any]:
        rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        return [row for row in rows if row[0] not in self._keeps]
