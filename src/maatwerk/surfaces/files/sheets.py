"""A file of records as a table: CSV as it is, JSON with a column for every path, lines of an order exploded.

``{"billing": {"email": "a@x"}}`` has the column ``billing.email``. The entries of the list that a mapping
names in
``rows`` become records of their own that share the fields around them; of any other list the values of one
path
stand in one cell, parted by ``|``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.mapping import Mapping
from maatwerk.surfaces.files.opening import BROKEN, open_bytes
from maatwerk.surfaces.files.rows import Reading
from maatwerk.surfaces.files.table import COLUMNS, Record, Table, damaged, open_table

JSON_BYTES = 512 * 1024 * 1024
_START_BYTES = 1024
_WRAPPERS = ("orders", "customers", "items", "data", "records")
Flat = dict[str, str]


@contextmanager
def open_sheet(path: Path, mapping: Mapping, reading: Reading | None = None) -> Iterator[Table]:
    """The file's records. Raises `Refused` where it is neither a table nor JSON."""
    if is_json(path):
        with open_bytes(path, reading) as stream:
            yield _json_table(path, stream.read(JSON_BYTES + 1), mapping.rows, mapping.skip)
        return
    with open_table(path, reading) as table:
        yield _Exploded(table, mapping.rows) if mapping.rows.endswith("*") else table


def is_json(path: Path) -> bool:
    """Whether the file begins as JSON does."""
    with open_bytes(path) as stream:
        try:
            start = stream.read(_START_BYTES)
        except BROKEN:
            return False
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def columns_of(path: Path) -> list[str]:
    """The names of a table's columns, or the paths of the first records of JSON with every list's opened."""
    if not is_json(path):
        with open_table(path) as table:
            return table.columns
    with open_bytes(path) as stream:
        records = _records(path, stream.read(JSON_BYTES + 1))
    return list(dict.fromkeys(name for record in records[:50] for name in _flat(record)))


class _Exploded(Table):
    """A table whose cells ``line_item_1``, ``line_item_2`` … (``name:Album|sku:A|quantity:1``) are lines."""

    def __init__(self, table: Table, rows: str) -> None:
        self._table = table
        stem = rows.removesuffix("*")
        self._lines = [
            n for n, column in enumerate(table.columns) if re.fullmatch(re.escape(stem) + r"\d+", column)
        ]
        self._keys: list[str] = []
        super().__init__(table.file, [*table.columns, *(stem + key for key in _LINE_KEYS)], iter(()), 0)  # type: ignore[arg-type]

    def records(self) -> Iterator[Record]:
        """One record a line; an order without lines is one record."""
        for record in self._table.records():
            if record.refused is not None:
                yield record
                continue
            lines = [cell for place in self._lines if (cell := record.fields[place].strip())] or [""]
            for cell in lines:
                said = dict(part.split(":", 1) for part in cell.split("|") if ":" in part)
                said.setdefault("price", _each(said))
                yield Record(
                    record.line, [*record.fields, *(said.get(key, "").strip() for key in _LINE_KEYS)]
                )


_LINE_KEYS = ("name", "product_id", "sku", "quantity", "total", "sub_total", "price")


def _each(said: Flat) -> str:
    """The price of one piece, where a line says what all of them cost."""
    try:
        return str(
            Decimal(said.get("sub_total") or said.get("total", "")) / Decimal(said.get("quantity") or "1")
        )
    except ArithmeticError:
        return ""


class _Lines:
    """What `csv.reader` makes, of records that are read already; a record counts as a line."""

    def __init__(self, records: list[list[str]]) -> None:
        self._records = iter(records)
        self.line_num = 0

    def __next__(self) -> list[str]:
        fields = next(self._records)
        self.line_num += 1
        return fields


def _json_table(path: Path, text: bytes, rows: str, skip: str) -> Table:
    flat: list[Flat] = []
    for record in _records(path, text):
        for line in _lines(record, rows):
            if not (skip and line.get(skip)):
                flat.append(line)  # noqa: PERF401 - two loops and a condition read better as they are
    columns = list(dict.fromkeys(name for line in flat for name in line))
    if len(columns) > COLUMNS * 5:
        raise Refused("too_many_columns", f"{path.name} has {len(columns)} different fields")
    return Table(path.name, columns, _Lines([[line.get(name, "") for name in columns] for line in flat]), 0)


def _records(path: Path, text: bytes) -> list[dict[str, Any]]:
    if len(text) > JSON_BYTES:
        raise Refused(
            "file_too_large", f"{path.name} is larger than {JSON_BYTES} bytes", hint="export it in parts"
        )
    try:
        said = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError):
        said = _by_line(path, text)
    while isinstance(said, dict):
        inner = next(
            (said[name] for name in _WRAPPERS if isinstance(said.get(name), list) and not _is_one(said)), None
        )
        said = [said] if inner is None else inner
    found = [record for record in said if isinstance(record, dict)] if isinstance(said, list) else []
    if not found:
        raise Refused(
            "header_missing", f"{path.name} has no records", hint="a list of objects, or one a line"
        )
    return found


def _is_one(said: dict[str, Any]) -> bool:
    """Whether an object is a record itself, though it has a list of its own (an order's ``items``)."""
    return any(name in said for name in ("id", "increment_id", "entity_id", "order_id", "email"))


def _by_line(path: Path, text: bytes) -> list[Any]:
    try:
        return [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    except (msgspec.DecodeError, RecursionError) as fault:
        raise damaged(f"{path.name} is not JSON: {str(fault)[:200]}") from None


def _lines(record: dict[str, Any], rows: str) -> Iterator[Flat]:
    around = _flat(record)
    entries = _at(record, rows) if rows else None
    if not isinstance(entries, list) or not entries:
        yield around
        return
    others = {name: value for name, value in around.items() if not name.startswith(f"{rows}.")}
    for entry in entries:
        yield others | (_flat(entry, f"{rows}.") if isinstance(entry, dict) else {rows: _text(entry)})


def _at(record: dict[str, Any], path: str) -> Any:
    value: Any = record
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _flat(value: dict[str, Any], before: str = "") -> Flat:
    found: Flat = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            found |= _flat(inner, f"{before}{name}.")
        elif isinstance(inner, list) and any(isinstance(each, dict) for each in inner):
            for each in inner:
                for path, text in _flat(each, f"{before}{name}.").items() if isinstance(each, dict) else ():
                    found[path] = f"{found[path]}|{text}" if path in found else text
        else:
            found[before + name] = "|".join(map(_text, inner)) if isinstance(inner, list) else _text(inner)
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
