"""Moves the write-ahead log into its file beside the writer, so that no append waits for it.

A passive checkpoint runs while others write; only where the write-ahead log has grown long does the
writer stop for the short rest that came meanwhile, so that it can start over.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from maatwerk.engines.sqlite.opening import WAL_PAGES, Lock, connect

EVERY_SECONDS = 1.0
QUIET_ROUNDS = 2  # without a commit, before the write-ahead log is emptied
ROWS = 20_000  # written since the last time: sooner than every second

_PATIENCE_MS = 50  # for readers that are in the way, while the writer stands still


class Folding:
    """One thread beside a writer; `wrote` tells it that there is something to do."""

    def __init__(self, path: Path, lock: Lock) -> None:
        self._path = path
        self._lock = lock
        self._rows = 0
        self._quiet = QUIET_ROUNDS
        self._closed = False
        self._wake = threading.Event()
        self._connection: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._run, name=f"folding of {path.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wrote(self, rows: int) -> None:
        """A commit of so many rows is done."""
        self._rows += rows or 1
        if self._rows >= ROWS:
            self._wake.set()

    def close(self) -> None:
        """Fold what is left, and stop."""
        self._closed = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(EVERY_SECONDS)
            self._wake.clear()
            self._round()
        self._checkpoint("TRUNCATE")
        if self._connection is not None:
            self._connection.close()

    def _round(self) -> None:
        if self._rows:
            self._rows = 0
            self._quiet = 0
            if self._checkpoint("PASSIVE") > WAL_PAGES:
                self._checkpoint("RESTART")
        elif self._quiet < QUIET_ROUNDS:
            self._quiet += 1
            if self._quiet == QUIET_ROUNDS:
                self._checkpoint("TRUNCATE")

    def _checkpoint(self, mode: str) -> int:
        """Pages in the write-ahead log. What fails here loses nothing: the log stays as it is."""
        with suppress(sqlite3.Error):
            if self._connection is None:
                self._connection = connect(self._path, "FULL")
                self._connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
            if mode == "PASSIVE":
                return self._pages(mode)
            with self._lock.held():
                return self._pages(mode)
        return 0

    def _pages(self, mode: str) -> int:
        assert self._connection is not None
        row = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return int(row[1])
