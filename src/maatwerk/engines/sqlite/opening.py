"""How a file is opened: pragmas, format, and the lock at which writers of several processes queue."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from maatwerk.core.errors import Refused, Unavailable

if sys.platform != "win32":
    import fcntl

Synchronous = Literal["FULL", "NORMAL"]

BUSY_MS = 5_000
WAL_PAGES = 8_000  # 32 MiB between checkpoints: an index page touched again meanwhile is written once
WAL_KEPT_BYTES = 64 * 1024 * 1024
CACHE_KIB = 64 * 1024


class Lock:
    """An advisory lock on a file beside the database, for writers of several processes.

    SQLite's own busy handler sleeps and tries again; the kernel wakes the next writer at once. Before the
    lock stands a gate, held by whoever is next: without it a busy writer that lets go takes the lock again
    before the other has woken, and one worker's shoppers wait for seconds while the other's are served.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")
        self._gate = path.with_name(path.name + "-gate").open("a")
        self._threads = threading.Lock()  # the file's lock is the process's: threads need one more

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock, and hold it."""
        with self._threads:
            if sys.platform == "win32":
                yield  # BEGIN IMMEDIATE alone keeps processes apart there, at SQLite's own pace
                return
            fcntl.flock(self._gate, fcntl.LOCK_EX)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX)
            finally:
                fcntl.flock(self._gate, fcntl.LOCK_UN)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()
        self._gate.close()


def connect(path: Path, synchronous: Synchronous) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any thread (one at a time)."""
    connection = sqlite3.connect(
        path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        f"synchronous={synchronous}",
        "secure_delete=ON",
        f"wal_autocheckpoint={WAL_PAGES}",
        f"journal_size_limit={WAL_KEPT_BYTES}",
        f"cache_size=-{CACHE_KIB}",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def prepare(path: Path, schema: str, version: int) -> Lock:
    """Make the file where it is missing; refuse it where a newer Maatwerk wrote it. The writers' lock."""
    try:
        lock = Lock(path.with_name(path.name + "-lock"))
    except OSError as error:
        raise Unavailable(f"cannot open {path.name}: {error}") from error
    try:
        _prepare(path, lock, schema, version)
    except BaseException:
        lock.close()
        raise
    return lock


def _prepare(path: Path, lock: Lock, schema: str, version: int) -> None:
    with lock.held():
        try:
            connection = connect(path, "FULL")
        except sqlite3.Error as error:
            raise Unavailable(f"cannot open {path.name}: {error}") from error
        try:
            _make(connection, path, schema, version)
        except sqlite3.Error as error:
            raise Unavailable(f"cannot prepare {path.name}: {error}") from error
        finally:
            connection.close()


def _make(connection: sqlite3.Connection, path: Path, schema: str, version: int) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found == version:
        return
    if found > version:
        raise Refused(
            "format_newer",
            f"{path.name} has format {found}; this Maatwerk reads up to {version}",
            hint="start the newer Maatwerk that wrote it, or restore a backup made before the upgrade",
        )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(f"BEGIN IMMEDIATE;\n{schema}\nPRAGMA user_version={version};\nCOMMIT;")
