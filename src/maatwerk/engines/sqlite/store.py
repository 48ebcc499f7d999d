"""The views' store on SQLite: ``views.db``, written by the projector alone, read by everyone.

synchronous=NORMAL: after a power cut the file may have lost its last transactions, never half of
one, and what is lost is folded again from the log, because the checkpoint is lost with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from maatwerk.core.errors import Impossible, Unavailable
from maatwerk.engines.sqlite.opening import connect, prepare
from maatwerk.engines.sqlite.reading import Connections

FORMAT = 1

_SCHEMA = """
CREATE TABLE checkpoint (view TEXT PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID;
"""
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz_")
_KEYS_AT_ONCE = 32
_ROWS_AT_ONCE = 500
_AFTER_ALL = "\U0010ffff"


class SqliteSnapshot:
    """One read transaction; see `maatwerk.views.store.Snapshot`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def checkpoint(self, view: str) -> int:
        """Up to which offset this view counts."""
        row = self._connection.execute("SELECT offset FROM checkpoint WHERE view = ?", (view,)).fetchone()
        return row[0] if row else 0

    def get(self, table: str, key: str) -> bytes | None:
        """One value."""
        rows = self._rows(f"SELECT value FROM {physical(table)} WHERE key = ?", key)
        return rows[0][0] if rows else None

    def get_many(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Those of the keys that exist."""
        found: dict[str, bytes] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            some = keys[start : start + _KEYS_AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._rows(f"SELECT key, value FROM {physical(table)} WHERE key IN ({marks})", *some)
            found.update(rows)
        return found

    def scan(
        self, table: str, prefix: str = "", after: str = "", limit: int = 1_000
    ) -> list[tuple[str, bytes]]:
        """Rows whose key starts with ``prefix`` and sorts after ``after``, in key order."""
        where = "WHERE key >= ? AND key > ? AND key < ? ORDER BY key LIMIT ?"
        sql = f"SELECT key, value FROM {physical(table)} {where}"
        rows = self._rows(sql, prefix, after, prefix + _AFTER_ALL, limit)
        return [(key, value) for key, value in rows]

    def count(self, table: str) -> int:
        """Rows of a table."""
        rows = self._rows(f"SELECT count(*) FROM {physical(table)}")
        return rows[0][0] if rows else 0

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []  # created when first written
            raise


class SqliteStore:
    """Tables of bytes with checkpoints; see `maatwerk.views.store.Store`.

    ``writable`` in the one process that projects. Raises `Unavailable` where the disk fails.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self.path = path
        self._lock = prepare(path, _SCHEMA, FORMAT)
        self._connections = Connections(path)
        self._writable = writable
        self._writer: sqlite3.Connection | None = None
        self._known: set[str] = set()

    @contextmanager
    def snapshot(self) -> Iterator[SqliteSnapshot]:
        """A moment to read from; short-lived."""
        try:
            connection = self._connections.take()
            try:
                connection.execute("BEGIN")
                yield SqliteSnapshot(connection)
                connection.execute("COMMIT")
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise Unavailable(f"cannot read the views: {error}") from error
        self._connections.give(connection)

    def write(
        self,
        view: str,
        offset: int,
        puts: Mapping[str, Mapping[str, bytes]],
        deletes: Mapping[str, Sequence[str]] = {},
        *,
        after: int | None = None,
    ) -> None:
        """Rows by table and key, and the view's checkpoint, in one transaction."""
        with self._transaction() as connection:
            if after is not None and SqliteSnapshot(connection).checkpoint(view) != after:
                raise Unavailable(f"another process writes the view {view!r}", code="two_projectors")
            for table, rows in puts.items():
                self._create(connection, table)
                connection.executemany(
                    f"INSERT INTO {physical(table)} (key, value) VALUES (?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    rows.items(),
                )
            for table, keys in deletes.items():
                self._create(connection, table)
                connection.executemany(
                    f"DELETE FROM {physical(table)} WHERE key = ?", [(key,) for key in keys]
                )
            self._checkpoint(connection, view, offset)

    def clear(self, view: str, tables: Sequence[str]) -> None:
        """Empty these tables and put the view's checkpoint at 0."""
        with self._transaction() as connection:
            for table in tables:
                self._create(connection, table)
                connection.execute(f"DELETE FROM {physical(table)}")
            self._checkpoint(connection, view, 0)

    def swap(self, view: str, other: str, tables: Mapping[str, str]) -> None:
        """Put the other's rows in the place of this view's, with its checkpoint, in one transaction."""
        with self._transaction() as connection:
            for ours, theirs in tables.items():
                self._create(connection, theirs)
                connection.execute(f"DROP TABLE IF EXISTS {physical(ours)}")
                connection.execute(f"ALTER TABLE {physical(theirs)} RENAME TO {physical(ours)}")
                self._known.discard(theirs)
                self._known.add(ours)
            found = connection.execute("SELECT offset FROM checkpoint WHERE view = ?", (other,)).fetchone()
            connection.execute("DELETE FROM checkpoint WHERE view = ?", (other,))
            self._checkpoint(connection, view, found[0] if found else 0)

    def every(self, table: str) -> Iterator[tuple[str, bytes]]:
        """All rows, in key order, in short reads: rows written meanwhile may or may not be among them."""
        after = ""
        while True:
            with self.snapshot() as read:
                rows = read.scan(table, after=after, limit=_ROWS_AT_ONCE)
            yield from rows
            if len(rows) < _ROWS_AT_ONCE:
                return
            after = rows[-1][0]

    def fold_away(self) -> None:
        """Move the write-ahead log into the file and empty it, where no reader is in the way."""
        with suppress(sqlite3.Error):
            connection = self._writing()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Let go of the files."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._connections.close()
        self._lock.close()

    def _writing(self) -> sqlite3.Connection:
        if not self._writable:
            raise Impossible("this store was opened for reading")
        if self._writer is None:
            self._writer = connect(self.path, "NORMAL")
        return self._writer

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock.held():
                connection = self._writing()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    self._known.clear()  # what was created in it is gone
                    connection.close()
                    self._writer = None
                    raise
        except sqlite3.Error as error:
            raise Unavailable(f"cannot write the views: {error}") from error

    def _create(self, connection: sqlite3.Connection, table: str) -> None:
        if table not in self._known:
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {physical(table)}"
                " (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
            )
            self._known.add(table)

    def _checkpoint(self, connection: sqlite3.Connection, view: str, offset: int) -> None:
        connection.execute(
            "INSERT INTO checkpoint (view, offset) VALUES (?, ?)"
            " ON CONFLICT (view) DO UPDATE SET offset = excluded.offset",
            (view, offset),
        )


def physical(table: str) -> str:
    """The table's name in the file; raises `Impossible` for anything but letters and underscores."""
    if not table or not _LETTERS.issuperset(table):
        raise Impossible(f"{table!r} is no name for a table: use a-z and _")
    return f"view_{table}"
