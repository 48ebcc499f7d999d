"""What is claimed under a lock, in ``records.db``: leases, server secrets, small settings of the machine.

Not rebuilt from the log, so it is fsynced (synchronous=FULL), and holds only what must be here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from maatwerk.core.errors import Unavailable
from maatwerk.engines.sqlite.opening import connect, prepare
from maatwerk.engines.sqlite.reading import Connections

FORMAT = 1

_SCHEMA = """
CREATE TABLE lease (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL,
    outcome TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX lease_until ON lease (kind, until);
CREATE TABLE value (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
"""


class SqliteRecords:
    """Leases and values, shared by a workspace's processes. Raises `Unavailable` where the disk fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = prepare(path, _SCHEMA, FORMAT)
        self._connections = Connections(path)

    def claim(self, kind: str, key: str, by: str, now_ms: int, until_ms: int) -> bool:
        """Whether ``by`` now holds this until then: it was free, run out, or its own; never once settled."""
        with self._transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO lease (kind, key, holder, until) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (kind, key) DO UPDATE SET holder = excluded.holder, until = excluded.until"
                " WHERE outcome = '' AND (until <= ? OR holder = excluded.holder)",
                (kind, key, by, until_ms, now_ms),
            )
            return cursor.rowcount == 1

    def release(self, kind: str, key: str, by: str) -> bool:
        """Give back a lease that is held; whether it was."""
        with self._transaction() as connection:
            cursor = connection.execute(
                "DELETE FROM lease WHERE kind = ? AND key = ? AND holder = ? AND outcome = ''",
                (kind, key, by),
            )
            return cursor.rowcount == 1

    def settle(self, kind: str, key: str, by: str, outcome: str) -> bool:
        """End what was claimed for good, with how it ended; False where it is another's or ended already."""
        with self._transaction() as connection:
            cursor = connection.execute(
                "UPDATE lease SET outcome = ? WHERE kind = ? AND key = ? AND holder = ? AND outcome = ''",
                (outcome, kind, key, by),
            )
            return cursor.rowcount == 1

    def outcome(self, kind: str, key: str) -> str:
        """How it ended; nothing where it has not."""
        row = self._one("SELECT outcome FROM lease WHERE kind = ? AND key = ?", kind, key)
        return row[0] if row else ""

    def holder(self, kind: str, key: str, now_ms: int) -> str:
        """Who holds it now; nothing where it is free or ended."""
        row = self._one(
            "SELECT holder FROM lease WHERE kind = ? AND key = ? AND until > ? AND outcome = ''",
            kind,
            key,
            now_ms,
        )
        return row[0] if row else ""

    def take(self, kind: str, places: Sequence[tuple[str, int, int]], by: str, now_ms: int) -> str:
        """Take a place in each of these counts, or in none; the name of the first that is full, else nothing.

        A count is its name, how long a place stays taken (ms), and how many there are. Who has a place keeps
        it, with a new term.
        """
        with self._transaction() as connection:
            for name, _, most in places:
                row = connection.execute(
                    "SELECT COUNT(*) FROM lease WHERE kind = ? AND key > ? AND key < ? AND until > ?"
                    " AND holder <> ?",
                    (kind, f"{name}/", f"{name}0", now_ms, by),
                ).fetchone()
                if row[0] >= most:
                    return name
            connection.executemany(
                "INSERT INTO lease (kind, key, holder, until) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (kind, key) DO UPDATE SET until = excluded.until",
                [(kind, f"{name}/{by}", by, now_ms + window) for name, window, _ in places],
            )
        return ""

    def give_back(self, kind: str, names: Sequence[str], by: str) -> None:
        """Free the places taken in these counts."""
        with self._transaction() as connection:
            connection.executemany(
                "DELETE FROM lease WHERE kind = ? AND key = ?", [(kind, f"{name}/{by}") for name in names]
            )

    def expire(self, kind: str, before_ms: int) -> int:
        """Forget leases of a kind, settled ones too, that ran out before a time; how many."""
        with self._transaction() as connection:
            cursor = connection.execute("DELETE FROM lease WHERE kind = ? AND until < ?", (kind, before_ms))
            return cursor.rowcount

    def get(self, kind: str, key: str) -> bytes | None:
        """One value."""
        row = self._one("SELECT value FROM value WHERE kind = ? AND key = ?", kind, key)
        return row[0] if row else None

    def items(self, kind: str) -> dict[str, bytes]:
        """All values of a kind."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT key, value FROM value WHERE kind = ? ORDER BY key", (kind,)
            ).fetchall()
        return dict(rows)

    def newest(self, kind: str, limit: int, before: str = "") -> list[tuple[str, bytes]]:
        """The last values by key, newest first; those before a key where one is given."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT key, value FROM value WHERE kind = ? AND (? = '' OR key < ?) ORDER BY "
                "key DESC LIMIT ?",
                (kind, before, before, limit),
            ).fetchall()
        return [(key, value) for key, value in rows]

    def trim(self, kind: str, keep: int) -> int:
        """Forget all values of a kind but the last so many by key; how many."""
        with self._transaction() as connection:
            cursor = connection.execute(
                "DELETE FROM value WHERE kind = ? AND key < (SELECT key FROM value WHERE kind = ?"
                " ORDER BY key DESC LIMIT 1 OFFSET ?)",
                (kind, kind, keep - 1),
            )
            return cursor.rowcount

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Keep a value."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO value (kind, key, value) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
                (kind, key, value),
            )

    def put_once(self, kind: str, key: str, value: bytes) -> bytes:
        """Keep a value where there is none yet; the kept one. For secrets made by whoever comes first."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO value (kind, key, value) VALUES (?, ?, ?)", (kind, key, value)
            )
            row = connection.execute(
                "SELECT value FROM value WHERE kind = ? AND key = ?", (kind, key)
            ).fetchone()
        kept: bytes = row[0]
        return kept

    def drop(self, kind: str, key: str) -> None:
        """Forget a value."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM value WHERE kind = ? AND key = ?", (kind, key))

    def close(self) -> None:
        """Let go of the files."""
        self._connections.close()
        self._lock.close()

    def _one(self, sql: str, *values: object) -> tuple | None:  # type: ignore[type-arg]
        with self._reading() as connection:
            row: tuple | None = connection.execute(sql, values).fetchone()  # type: ignore[type-arg]
        return row

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._connections.take()
            yield connection
        except sqlite3.Error as error:
            raise Unavailable(f"cannot read the records: {error}") from error
        self._connections.give(connection)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = connect(self.path, "FULL")
            try:
                with self._lock.held():
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    connection.execute("COMMIT")
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise Unavailable(f"cannot write the records: {error}") from error
