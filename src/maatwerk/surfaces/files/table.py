"""A table of text, record by record: commas, semicolons or tabs, quoted fields over several lines.

A record that does not fit its header is yielded with its reason instead of its fields, so that whoever reads
can count that nothing is lost.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Protocol

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.opening import BROKEN, bounded_lines, open_text
from maatwerk.surfaces.files.rows import Reading

COLUMNS = 1_000
_SEPARATORS = ",;\t"


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record: where it starts, and its fields, or why it cannot be read."""

    line: int
    fields: list[str]
    refused: Refused | None = None


class _Reader(Protocol):
    """What `csv.reader` makes."""

    line_num: int

    def __next__(self) -> list[str]: ...


class Table:
    """A header and the records below it; made by `open_table`."""

    def __init__(self, file: str, columns: list[str], reader: _Reader, lines_before: int) -> None:
        self.file = file
        self.columns = columns
        """Names as in the file, stripped; see `place` to find one whatever its case."""
        self._places: dict[str, int] = {}
        for place, column in enumerate(columns):
            self._places.setdefault(fold(column), place)
        self._reader = reader
        self._lines_before = lines_before

    def place(self, column: str) -> int:
        """Which field of a record is this column; -1 where the file has none."""
        return self._places.get(fold(column), -1)

    def need(self, *columns: str) -> list[int]:
        """The places of columns that must be there; raises `Refused` (``column_missing``) otherwise."""
        missing = [column for column in columns if self.place(column) < 0]
        if missing:
            raise Refused(
                "column_missing",
                f"{self.file} has no column {', '.join(missing)}; its columns are: {_named(self.columns)}",
                field=missing[0],
                hint=f"the first line must name the columns, among them {', '.join(columns)}",
            )
        return [self.place(column) for column in columns]

    def records(self) -> Iterator[Record]:
        """Every record that is not an empty line, in the file's order."""
        reader, width = self._reader, len(self.columns)
        before = self._lines_before
        while True:
            line = before + reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Record(line, [], _broken(error, line, before + reader.line_num))
                continue
            except Refused as error:  # a line without end: nothing after it can be told apart
                yield Record(line, [], error)
                return
            except BROKEN:
                yield Record(line, [], damaged("the file is cut off or damaged here"))
                return
            if len(fields) == width:
                if "\0" in "".join(fields):
                    yield Record(
                        line, [], Refused("nul_byte", "the record has NUL bytes", hint="export it as text")
                    )
                else:
                    yield Record(line, fields)
            elif fields:
                yield Record(line, [], _misfit(len(fields), width, line, before + reader.line_num))


@contextmanager
def open_table(path: Path, reading: Reading | None = None) -> Iterator[Table]:
    """Open a file and read its header. Raises `Refused` where there is none (``header_missing``)."""
    with open_text(path, reading) as text:
        try:
            lines = bounded_lines(text, path.name)
            skipped, header = 0, ""
            for header in lines:
                if header.strip():
                    break
                skipped += 1
            if not header.replace("\t", " ").strip().isprintable():
                raise Refused("not_a_table", f"{path.name} is not text", hint="give a CSV or TSV file")
            reader = csv.reader(chain([header], lines), delimiter=separator_of(header))
            columns = [column.strip() for column in next(reader, [])]
        except BROKEN:
            raise damaged(f"{path.name} is cut off or damaged") from None
        except csv.Error as error:
            raise Refused("header_missing", f"{path.name} has no readable header: {error}") from None
        if not any(columns):
            raise Refused(
                "header_missing", f"{path.name} is empty", hint="the first line must name the columns"
            )
        if len(columns) > COLUMNS:
            raise Refused("too_many_columns", f"{path.name} has {len(columns)} columns, more than {COLUMNS}")
        yield Table(path.name, columns, reader, skipped)


def separator_of(header: str) -> str:
    """What separates the header's names, quoted text left aside; a comma where nothing does."""
    outside = "".join(header.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def fold(column: str) -> str:
    """A column's name without regard to case, spaces, underscores and the feed prefix ``g:``."""
    return column.strip().lower().removeprefix("g:").replace("_", "").replace(" ", "")


def damaged(detail: str) -> Refused:
    """The rest of a file cannot be read."""
    return Refused("file_damaged", detail, hint="export or copy it again")


def _named(columns: Iterable[str]) -> str:
    names = list(columns)
    return ", ".join(names[:30]) + (", …" if len(names) > 30 else "")


def _broken(error: csv.Error, first: int, last: int) -> Refused:
    if "field larger" in str(error):
        return Refused(
            "field_too_long",
            f"a field is longer than {csv.field_size_limit()} characters; lines {first}-{last} were not read",
            hint="is a closing quotation mark missing?",
        )
    return Refused("record_not_readable", f"cannot read lines {first} to {last}: {error}")


def _misfit(found: int, wanted: int, first: int, last: int) -> Refused:
    where = "the record" if first == last else f"the record on lines {first}-{last}"
    remedy = "put text that holds the separator between quotation marks"
    return Refused(
        "wrong_number_of_fields",
        f"{where} has {found} fields, the header {wanted}",
        hint=remedy if first == last else f"{remedy}, and see that each mark is closed",
    )
