"""Read rows from csv, tsv or jsonl files, gzipped or not."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from maatwerk.core.errors import Refused

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")


def is_jsonl(path: Path) -> bool:
    return bare_name(path).endswith(JSON_SUFFIXES)


def bare_name(path: Path) -> str:
    return path.name.lower().removesuffix(".gz")


def open_text(path: Path) -> TextIO:
    """The file as text, unpacked where its name ends in .gz; raises Refused where it cannot be opened."""
    try:
        if path.name.lower().endswith(".gz"):
            return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as problem:
        raise Refused(
            "unreadable_file", f"{path} cannot be opened: {problem.strerror}", hint="check the path"
        ) from problem


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """One object a line, empty lines passed over; raises Refused naming the line that is not an object."""
    with open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as problem:
                raise Refused(
                    "bad_json", f"{path.name}, line {number} is not JSON", hint=str(problem)
                ) from problem
            if not isinstance(row, dict):
                raise Refused("bad_json", f"{path.name}, line {number} is not an object", hint="write {...}")
            yield row


def read_columns(
    path: Path, wanted: dict[str, tuple[str, ...]], optional: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    """Columns of a table by our names, as text.

    `wanted` maps our name to the headings it goes by (compared without case); the separator is a tab where
    the header has one, then a semicolon, else a comma. A .jsonl file is read as a table too. Raises Refused
    naming the missing column. Columns in `optional` are left out of the answer where the file lacks them.
    """
    if is_jsonl(path):
        rows = list(read_json_lines(path))
        heading = list(rows[0]) if rows else []
        places = find_columns(path, heading, wanted, optional)
        return {name: [str(row.get(heading[at], "")) for row in rows] for name, at in places.items()}
    with open_text(path) as lines:
        first = lines.readline()
        separator = next((mark for mark in "\t;" if mark in first), ",")
        heading = next(csv.reader([first], delimiter=separator), [])
        places = find_columns(path, heading, wanted, optional)
        columns: dict[str, list[str]] = {name: [] for name in places}
        for number, row in enumerate(csv.reader(lines, delimiter=separator), 2):
            if not row:
                continue
            if len(row) != len(heading):
                raise Refused(
                    "bad_row",
                    f"{path.name}, line {number} has {len(row)} cells and the header {len(heading)}",
                    hint="write one cell for each column",
                )
            for name, at in places.items():
                columns[name].append(row[at])
    return columns


def find_columns(
    path: Path, heading: list[str], wanted: dict[str, tuple[str, ...]], optional: tuple[str, ...]
) -> dict[str, int]:
    lower = [name.strip().lower() for name in heading]
    places = {}
    for name, aliases in wanted.items():
        found = next((lower.index(alias.lower()) for alias in aliases if alias.lower() in lower), None)
        if found is not None:
            places[name] = found
        elif name not in optional:
            raise Refused(
                "missing_column",
                f"{path.name} has no such column; it has {', '.join(heading) or 'none'}",
                field=name,
                hint=f"name one of its columns {' or '.join(aliases)}",
            )
    return places


def to_seconds(value: str, path: Path) -> float:
    """A time as seconds since 1970: a number as it stands, or RFC 3339."""
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError as problem:
        raise Refused(
            "bad_time",
            f"{path.name} holds the time {value!r}",
            field="time",
            hint="write seconds or RFC 3339",
        ) from problem
