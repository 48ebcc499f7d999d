"""Read orders, customers or events as Segment messages, through a mapping."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_currency
from maatwerk.surfaces.files.browsing import events
from maatwerk.surfaces.files.customers import customers
from maatwerk.surfaces.files.mapping import Mapping
from maatwerk.surfaces.files.orders import orders
from maatwerk.surfaces.files.rows import Reading, Row

_READERS = {"orders": orders, "events": events, "customers": customers}


def read_messages(path: Path | str, mapping: Mapping, *, currency: str | None = None) -> Reading:
    """The messages of a file of orders, customers or events, as an iterator of rows.

    A message's ``messageId`` is made of the mapping's name and the record's own id or content, so that the
    same file read again gives the same ids. ``currency`` is for files whose mapping and columns name none.
    Raises `Refused` where file, columns or currency are not usable (for columns, at the first row).
    """
    path = Path(path)
    if not path.is_file():
        raise Refused("file_not_readable", f"there is no file {path}", hint="check the path")
    money = parse_currency(currency) if currency else None
    read = _READERS[mapping.kind]

    def rows(reading: Reading) -> Iterator[Row]:
        yield from read(path, mapping, reading, money)

    return Reading(rows, path.stat().st_size)
