"""Import decoded rows: products or messages, every refusal with its file and line.

Stopping in between does no harm: what was written stays, and importing again adds nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec

from maatwerk.flows.put_products import Current, put_products_blocking
from maatwerk.flows.record import Asked, Recorded, Recording, Wire, record_blocking

KEPT = 10_000
"""Refusals and warnings kept with their words; more are only counted."""

_ENCODER = msgspec.json.Encoder()


class Decoded(Protocol):
    """A decoded row; see `maatwerk.surfaces.files.Row`."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def value(self) -> dict[str, Any] | None: ...
    @property
    def code(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def warnings(self) -> tuple[tuple[str, str, str], ...]: ...
    @property
    def lines(self) -> int: ...


class Remark(msgspec.Struct, frozen=True):
    """A row that was refused, or kept with something left out."""

    file: str
    line: int
    code: str
    field: str
    detail: str


class Imported(msgspec.Struct):
    """Totals so far. ``records`` are of the file (an order is several), ``rows`` what they made."""

    records: int = 0
    rows: int = 0
    new: int = 0
    same: int = 0
    dropped: int = 0
    refused: int = 0
    warned: int = 0
    refusals: list[Remark] = []
    warnings: list[Remark] = []


def import_products(recording: Recording, rows: Iterable[Decoded], current: Current) -> Iterator[Imported]:
    """Products, in chunks; answers the totals after each. What would change nothing is not written."""
    yield from _import(rows, lambda values: put_products_blocking(recording, values, current))


def import_messages(
    recording: Recording,
    rows: Iterable[Decoded],
    dialect: str,
    matched: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda value: value,
) -> Iterator[Imported]:
    """Orders, customers and events, in chunks; answers the totals after each.

    ``matched`` puts a record under its person (`maatwerk.flows.match_people`), or answers None where it
    belongs to
    nobody known and is to be refused.
    """
    asked = Asked(proven=True, dialect=dialect, origin="imported")
    yield from _import(rows, lambda values: record_blocking(recording, values, asked), matched)


def _import(
    rows: Iterable[Decoded],
    write: Callable[[Iterable[Wire]], Iterator[Recorded]],
    matched: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda value: value,
) -> Iterator[Imported]:
    totals = Imported()
    places: dict[int, Decoded] = {}
    counted = 0

    def values() -> Iterator[Wire]:
        nonlocal counted
        for row in rows:
            totals.records += row.lines
            for code, field, detail in row.warnings:
                _remark(totals.warnings, Remark(row.file, row.line, code, field, detail))
                totals.warned += 1
            if row.value is None:
                totals.refused += 1
                _remark(totals.refusals, Remark(row.file, row.line, row.code, row.field, row.detail))
                continue
            value = matched(row.value)
            if value is None:
                totals.refused += 1
                why = (
                    "no identifier of the record leads to a known customer; the mapping refuses such records"
                )
                _remark(totals.refusals, Remark(row.file, row.line, "nobody_matched", "match", why))
                continue
            places[counted] = row
            counted += 1
            totals.rows += 1
            yield msgspec.Raw(_ENCODER.encode(value))

    for recorded in write(values()):
        totals.new += recorded.accepted
        totals.same += recorded.duplicates
        totals.dropped += recorded.dropped
        for rejection in recorded.rejected:
            row = places[rejection.index]
            totals.refused += 1
            remark = Remark(row.file, row.line, rejection.code, rejection.field, rejection.detail)
            _remark(totals.refusals, remark)
        for warning in recorded.warnings:
            row = places[warning.index]
            totals.warned += 1
            _remark(totals.warnings, Remark(row.file, row.line, warning.code, warning.field, warning.detail))
        places.clear()
        yield totals
    yield totals


def _remark(kept: list[Remark], remark: Remark) -> None:
    if len(kept) < KEPT:
        kept.append(remark)


def by_code(remarks: Sequence[Remark]) -> dict[str, int]:
    """How many remarks of each code, the most frequent first."""
    counts: dict[str, int] = {}
    for remark in remarks:
        counts[remark.code] = counts.get(remark.code, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
