"""Rows being changed: what a stretch of the log has written so far, over what is stored."""

from __future__ import annotations

from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot


class Overlay:
    """Tables as they will stand after this stretch."""

    def __init__(self, read: Snapshot) -> None:
        self._read = read
        self._changed: dict[str, dict[str, bytes | None]] = {}
        self._heads: dict[str, dict[str, set[str]]] = {}
        """Of tables that were scanned: the changed keys by what stands before their first tab."""

    def get(self, table: str, key: str) -> bytes | None:
        """One value."""
        changed = self._changed.get(table, _NONE)
        return changed[key] if key in changed else self._read.get(table, key)

    def scan(self, table: str, prefix: str) -> list[tuple[str, bytes]]:
        """Rows whose key starts so, in key order; ``prefix`` holds a tab. Meant for few."""
        heads = self._heads.get(table)
        changed = self._changed.get(table, _NONE)
        if heads is None:
            heads = self._heads[table] = {}
            for key in changed:
                heads.setdefault(key.partition("\t")[0], set()).add(key)
        found = dict(self._read.scan(table, prefix=prefix))
        for key in heads.get(prefix.partition("\t")[0], ()):
            if key.startswith(prefix):
                value = changed[key]
                if value is None:
                    found.pop(key, None)
                else:
                    found[key] = value
        return sorted(found.items())

    def put(self, table: str, key: str, value: bytes) -> None:
        """Set one."""
        self._set(table, key, value)

    def drop(self, table: str, key: str) -> None:
        """Delete one, if it is there."""
        self._set(table, key, None)

    def _set(self, table: str, key: str, value: bytes | None) -> None:
        self._changed.setdefault(table, {})[key] = value
        if table in self._heads:
            self._heads[table].setdefault(key.partition("\t")[0], set()).add(key)

    def written(self) -> Rows:
        """All changes, for the projector."""
        puts: dict[str, dict[str, bytes]] = {}
        deletes: dict[str, list[str]] = {}
        for table, rows in self._changed.items():
            for key, value in rows.items():
                if value is None:
                    deletes.setdefault(table, []).append(key)
                else:
                    puts.setdefault(table, {})[key] = value
        return puts, deletes


_NONE: dict[str, bytes | None] = {}
