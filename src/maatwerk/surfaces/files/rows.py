"""What a decoder hands over: rows, notes about whole files, and the reading that yields them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any

import msgspec

from maatwerk.core.errors import Refused

PIECES = 1_000_000_000
"""The most pieces a record may speak of, in stock or sold."""

NOTES = 1_000
WARNINGS = 100
"""Of one row; the last one then says how many more there were."""

Warned = tuple[str, str, str]
"""(code, field, detail) of something that was left out of a row that was kept."""


class Row(msgspec.Struct, frozen=True):
    """One decoded row, or the reason why it was refused.

    ``line`` is the 1-based line of ``file`` where the record starts. ``value`` is a product in the shape of
    ``PUT /v1/catalog/products``, or a Segment message; None where the record was refused: then ``code``,
    ``field`` and ``detail`` say why and what mends it. ``lines`` is how many records of the file this row
    answers for: several for an order made of lines, 0 for a product derived beside another (the parent of a
    Google item group).
    """

    line: int
    file: str
    value: dict[str, Any] | None
    code: str = ""
    field: str = ""
    detail: str = ""
    warnings: tuple[Warned, ...] = ()
    lines: int = 1


class Note(msgspec.Struct, frozen=True):
    """Something about a file as a whole: skipped and why, its encoding, a column that is missing."""

    file: str
    code: str
    detail: str


class Reading(Iterator[Row]):
    """An iterator of rows; ``notes`` and ``category_titles`` fill while it is read.

    ``category_titles`` gives the shop's own words for the slugs in ``categories``: for
    ``men/tops/hoodies-sweatshirts`` it has ``Hoodies & Sweatshirts``.
    """

    def __init__(self, rows: Callable[[Reading], Iterator[Row]], total_bytes: int = 0) -> None:
        self.notes: list[Note] = []
        self.category_titles: dict[str, str] = {}
        self._total_bytes = total_bytes
        self._done_bytes = 0
        self._open: IO[bytes] | None = None
        self._rows = rows(self)

    def __iter__(self) -> Reading:
        return self

    def __next__(self) -> Row:
        return next(self._rows)

    @property
    def share_read(self) -> float:
        """How much of the files' bytes has been read, in [0, 1]: for a progress bar."""
        if not self._total_bytes:
            return 0.0
        here = self._open.tell() if self._open is not None and not self._open.closed else 0
        return min(1.0, (self._done_bytes + here) / self._total_bytes)

    def note(self, file: str, code: str, detail: str) -> None:
        """Keep a note, once, up to `NOTES` of them."""
        note = Note(file, code, detail)
        if len(self.notes) < NOTES and note not in self.notes:
            self.notes.append(note)

    def watch(self, raw: IO[bytes]) -> None:
        """Measure progress by this file from now on."""
        self._open = raw

    def finished(self, size_bytes: int) -> None:
        """A file of ``size_bytes`` has been read to its end."""
        self._open = None
        self._done_bytes += size_bytes


def refusal(error: Refused, line: int, file: str, lines: int = 1) -> Row:
    """The row that says why a record was refused."""
    detail = f"{error.detail}; {error.hint}" if error.hint else error.detail
    return Row(line, file, None, error.code, error.field, detail, (), lines)


def bounded(warnings: list[Warned]) -> tuple[Warned, ...]:
    """At most `WARNINGS` of them."""
    if len(warnings) <= WARNINGS:
        return tuple(warnings)
    more = len(warnings) - WARNINGS + 1
    return (*warnings[: WARNINGS - 1], ("more_warnings", "", f"and {more} more of this row"))
