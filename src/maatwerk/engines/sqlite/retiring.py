"""Letting go of old events: some rows a transaction, oldest first, so that no append waits for long."""

from __future__ import annotations

import sqlite3
from collections.abc import Set
from pathlib import Path

from maatwerk.core.errors import Unavailable
from maatwerk.engines.sqlite.opening import Lock, connect
from maatwerk.events.event import decode
from maatwerk.events.log import RetiredEvents

ROWS = 500


def retire(
    path: Path, lock: Lock, after: int, before_ms: int, kept: Set[str], only: Set[str]
) -> RetiredEvents:
    """Delete, of the next rows above an offset, what was received before a time.

    Catalog and rules stay: they are the shop's, not a person's. Of the others those of a name in ``kept``
    stay; ``only``: where it names any, no others go. Raises `Unavailable`.
    """
    try:
        connection = connect(path, "FULL")
        try:
            rows = connection.execute(
                "SELECT offset, payload FROM event WHERE offset > ? AND subject IS NULL"
                " ORDER BY offset LIMIT ?",
                (after, ROWS),
            ).fetchall()
            events = [decode(payload, offset) for offset, payload in rows]
            old = [event for event in events if event.received < before_ms]
            gone = [event for event in old if event.name not in kept and (not only or event.name in only)]
            if gone:
                with lock.held():
                    connection.execute("BEGIN IMMEDIATE")
                    connection.executemany(
                        "DELETE FROM event WHERE offset = ?", [(event.offset,) for event in gone]
                    )
                    connection.execute("COMMIT")
        finally:
            connection.close()  # rolls back what is open
    except sqlite3.Error as error:
        raise Unavailable(f"old events cannot be deleted: {error}") from error
    reached = old[-1].offset if old else after
    return RetiredEvents(tuple(gone), reached, whole=len(events) < ROWS or not old)


def empty_wal(path: Path, lock: Lock, patience_ms: int = 200) -> bool:
    """Move the write-ahead log into its file and empty it, so that deleted rows are nowhere any more.

    False where readers were in the way: the next time will do.
    """
    try:
        connection = connect(path, "FULL")
        try:
            connection.execute(f"PRAGMA busy_timeout={patience_ms}")
            with lock.held():
                row = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not row[0]
        finally:
            connection.close()
    except sqlite3.Error:
        return False
