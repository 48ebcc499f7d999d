"""Clears what SQLite's files still hold of rows that are gone: the write-ahead log, unused bytes of pages.

``secure_delete`` zeroes a deleted row where it lies. But rows are moved between pages as trees grow, and the
bytes they were moved from may stay in the unused middle of a page (file format, 1.6: the region between the
cell pointers and the cell content). Rewriting the file (VACUUM) would stop writers of a large log for
seconds. Zeroing that region does not: nothing ever reads it.

It is done with every writer kept out by the writers' lock, the write-ahead log empty, and no page changed
but in its unused bytes; then one commit makes every connection read its pages anew, so that none writes an
old copy back.

To be run in a process that has no other connection to the file: closing a file lets go of all locks that its
process holds on it (POSIX), and with them of SQLite's.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from maatwerk.core.errors import Unavailable
from maatwerk.engines.files.searching import Needles, occurrences
from maatwerk.engines.sqlite.opening import Lock, connect

PAGES_AT_ONCE = 2_000
PATIENCE_MS = 50
TRIES_SECONDS = 20.0
_AGAIN_SECONDS = 0.05
_HEADER = 100  # bytes of the file's own header, on its first page
_TREE_PAGES = {2: 12, 5: 12, 10: 8, 13: 8}  # kind of a tree's page to the size of its header
_PAGES_MOST = 2 << 24  # beyond it, an overflow page's first byte could be taken for the kind of a tree's page


class Scrubbed(msgspec.Struct):
    """What was done to one database: pages looked at and cleared, bytes read, and what is still found."""

    store: str
    pages: int = 0
    cleared: int = 0
    bytes: int = 0
    found: int = 0


def scrub(path: Path, traces: Sequence[bytes]) -> Scrubbed:
    """Empty the write-ahead log, clear unused bytes, then look for these traces in the raw files.

    Raises `Unavailable` where readers kept the write-ahead log from being emptied: to be tried again.
    """
    lock = Lock(path.with_name(path.name + "-lock"))
    descriptor = os.open(path, os.O_RDWR)
    try:
        connection = connect(path, "FULL")
        try:
            done = _scrub(path, connection, lock, descriptor)
        finally:
            connection.close()
        needles = Needles(traces)
        for file in (path, path.with_name(f"{path.name}-wal")):
            if file.exists():
                size, places = occurrences(file, needles)
                done.bytes += size
                done.found += len(places)
    except sqlite3.Error as error:
        raise Unavailable(f"cannot clear {path.name}: {error}") from error
    finally:
        os.close(descriptor)
        lock.close()
    return done


def _scrub(path: Path, connection: sqlite3.Connection, lock: Lock, descriptor: int) -> Scrubbed:
    connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    _emptied(connection, lock, descriptor, size, [])
    pages = os.fstat(descriptor).st_size // size
    done = Scrubbed(path.stem, pages)
    if pages > _PAGES_MOST:
        raise Unavailable(f"{path.name} is too large to be cleared in place", code="too_large_to_clear")
    dirty = [
        number
        for number in range(1, pages)  # the first holds the schema, and is rewritten by the commit
        if _unused(os.pread(descriptor, size, number * size), number) is not None
    ]
    for start in range(0, len(dirty), PAGES_AT_ONCE):
        done.cleared += _emptied(connection, lock, descriptor, size, dirty[start : start + PAGES_AT_ONCE])
    return done


def _emptied(
    connection: sqlite3.Connection, lock: Lock, descriptor: int, size: int, dirty: Sequence[int]
) -> int:
    """Empty the write-ahead log and, with it empty and writers kept out, clear these pages; how many were."""
    until = time.monotonic() + TRIES_SECONDS
    while True:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()  # most of it, while others write
        with lock.held():
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return _clear(connection, descriptor, size, dirty) if dirty else 0
        if time.monotonic() > until:
            raise Unavailable("readers keep the write-ahead log from being emptied", code="wal_in_use")
        time.sleep(_AGAIN_SECONDS)


def _clear(connection: sqlite3.Connection, descriptor: int, size: int, dirty: Sequence[int]) -> int:
    cleared = 0
    connection.execute("BEGIN IMMEDIATE")
    for number in dirty:
        region = _unused(os.pread(descriptor, size, number * size), number)
        if region is not None:
            begin, end = region
            os.pwrite(descriptor, bytes(end - begin), number * size + begin)
            cleared += 1
    os.fsync(descriptor)
    version = connection.execute("PRAGMA application_id").fetchone()[0]
    connection.execute(f"PRAGMA application_id={(version + 1) % 2**31}")
    connection.execute("COMMIT")
    return cleared


def _unused(page: bytes, number: int) -> tuple[int, int] | None:
    """The unused middle of a tree's page where anything but zeros lies in it, as a range of the page."""
    at = _HEADER if number == 0 else 0
    header = _TREE_PAGES.get(page[at])
    if header is None:
        return None
    cells = int.from_bytes(page[at + 3 : at + 5], "big")
    content = int.from_bytes(page[at + 5 : at + 7], "big") or 65_536
    begin = at + header + 2 * cells
    if not begin < content <= len(page):
        return None
    return (begin, content) if page.count(0, begin, content) != content - begin else None
