"""A log and a store in memory, for laws that are tried on hundreds of histories: no file, no fsync."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from maatwerk.core.errors import Unavailable
from maatwerk.events.event import Event
from maatwerk.views.store import Snapshot


class MemoryLog:
    """Keeps events in a list; the part of `Log` and `Recent` that views read."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._ids: set[str] = set()

    def append_now(self, events: Sequence[Event]) -> list[bool]:
        fresh = []
        for event in events:
            fresh.append(event.id not in self._ids)
            if fresh[-1]:
                self._ids.add(event.id)
                self._events.append(msgspec.structs.replace(event, offset=len(self._events) + 1))
        return fresh

    def read(self, after: int, limit: int) -> list[Event]:
        return self._events[after : after + limit]

    def last_offset(self) -> int:
        return len(self._events)

    def tail(
        self,
        *,
        anonymous_ids: Sequence[str] = (),
        user_ids: Sequence[str] = (),
        after: int = 0,
        limit: int = 500,
    ) -> list[Event]:
        devices, users = {*anonymous_ids} - {""}, {*user_ids} - {""}
        found = [e for e in self._events[after:] if e.anonymous_id in devices or e.user_id in users]
        return found[-limit:]

    def close(self) -> None:
        self._events.clear()


class MemoryStore:
    """Keeps tables in dictionaries, and what a snapshot reads in copies of them."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, bytes]] = {}
        self._checkpoints: dict[str, int] = {}

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        yield _Moment({name: dict(rows) for name, rows in self._tables.items()}, dict(self._checkpoints))

    def write(
        self,
        view: str,
        offset: int,
        puts: Mapping[str, Mapping[str, bytes]],
        deletes: Mapping[str, Sequence[str]] = {},
        *,
        after: int | None = None,
    ) -> None:
        if after is not None and self._checkpoints.get(view, 0) != after:
            raise Unavailable("another wrote")
        for table, rows in puts.items():
            self._tables.setdefault(table, {}).update(rows)
        for table, keys in deletes.items():
            for key in keys:
                self._tables.setdefault(table, {}).pop(key, None)
        self._checkpoints[view] = offset

    def clear(self, view: str, tables: Sequence[str]) -> None:
        self._tables.update({table: {} for table in tables})
        self._checkpoints[view] = 0

    def swap(self, view: str, other: str, tables: Mapping[str, str]) -> None:
        for ours, theirs in tables.items():
            self._tables[ours] = self._tables.pop(theirs, {})
        self._checkpoints[view] = self._checkpoints.pop(other, 0)

    def every(self, table: str) -> Iterator[tuple[str, bytes]]:
        yield from sorted(self._tables.get(table, {}).items())

    def close(self) -> None:
        self._tables.clear()


class _Moment:
    def __init__(self, tables: dict[str, dict[str, bytes]], checkpoints: dict[str, int]) -> None:
        self._tables = tables
        self._checkpoints = checkpoints

    def checkpoint(self, view: str) -> int:
        return self._checkpoints.get(view, 0)

    def get(self, table: str, key: str) -> bytes | None:
        return self._tables.get(table, {}).get(key)

    def get_many(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        rows = self._tables.get(table, {})
        return {key: rows[key] for key in keys if key in rows}

    def scan(
        self, table: str, prefix: str = "", after: str = "", limit: int = 1_000
    ) -> list[tuple[str, bytes]]:
        rows: list[tuple[str, Any]] = sorted(self._tables.get(table, {}).items())
        return [row for row in rows if row[0].startswith(prefix) and row[0] > after][:limit]

    def count(self, table: str) -> int:
        return len(self._tables.get(table, {}))
