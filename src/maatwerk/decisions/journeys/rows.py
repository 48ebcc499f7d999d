"""Rows being changed: what a stretch of the log has written so far, over what is stored."""

from __future__ import annotations

from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot


class Overlay:
    """Tables as they will stand after this stretch."""

    def __init__(self, read: Snapshot) -> None:
        self._read = read
        self._changed: dict[tuple[str, str], bytes | None] = {}

    def get(self, table: str, key: str) -> bytes | None:
        """One value."""
        if (table, key) in self._changed:
            return self._changed[table, key]
        return self._read.get(table, key)

    def put(self, table: str, key: str, value: bytes) -> None:
        """Set one."""
        self._changed[table, key] = value

    def drop(self, table: str, key: str) -> None:
        """Delete one, if it is there."""
        self._changed[table, key] = None

    def written(self) -> Rows:
        """All changes, for the projector."""
        puts: dict[str, dict[str, bytes]] = {}
        deletes: dict[str, list[str]] = {}
        for (table, key), value in self._changed.items():
            if value is None:
                deletes.setdefault(table, []).append(key)
            else:
                puts.setdefault(table, {})[key] = value
        return puts, deletes
