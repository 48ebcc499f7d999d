"""The port of the views' store: small tables of bytes, written together with a checkpoint.

One writer (the projector), many readers. A read inside ``snapshot`` sees one moment: the stored
state and the checkpoint that says up to which offset it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol


class Snapshot(Protocol):
    """Reads of one moment. Short-lived: an open one keeps old pages alive."""

    def checkpoint(self, view: str) -> int:
        """Up to which log offset this view counts; 0 where it has not begun."""

    def get(self, table: str, key: str) -> bytes | None:
        """One value."""

    def get_many(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Those of the keys that exist."""

    def scan(
        self, table: str, prefix: str = "", after: str = "", limit: int = 1_000
    ) -> list[tuple[str, bytes]]:
        """Rows whose key starts with ``prefix`` and sorts after ``after``, in key order."""

    def count(self, table: str) -> int:
        """Rows of a table."""


class Store(Protocol):
    """Tables by name (letters and underscores), created when first written."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """A moment to read from."""

    def write(
        self,
        view: str,
        offset: int,
        puts: Mapping[str, Mapping[str, bytes]],
        deletes: Mapping[str, Sequence[str]] = {},
        *,
        after: int | None = None,
    ) -> None:
        """Rows by table and key, and the view's checkpoint, in one transaction.

        ``after``: only if the checkpoint still stands there; `Unavailable` where somebody else wrote.
        """

    def clear(self, view: str, tables: Sequence[str]) -> None:
        """Empty these tables and put the view's checkpoint at 0."""

    def swap(self, view: str, other: str, tables: Mapping[str, str]) -> None:
        """Put the rows of ``other``'s tables in the place of ``view``'s (``tables``: its table to the
        other's), with its checkpoint, in one transaction. Of ``other`` nothing stays."""

    def every(self, table: str) -> Iterator[tuple[str, bytes]]:
        """All rows, in key order, in short reads."""
