"""What lies where: a folder an index, its fields, and the mark of what it counts up to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from maatwerk.core.errors import Unavailable
from maatwerk.decisions.search.index import FIELDS

if TYPE_CHECKING:
    import tantivy

FORMAT = 1
"""Raise it when fields or analysis change: the index is built anew then."""

MARK = "mark.json"


class Mark(msgspec.Struct):
    """The log offset an index counts up to, in which format and language it was built."""

    offset: int
    format: int
    language: str


def schema() -> tantivy.Schema:
    """Stems by field, unstemmed words for prefixes and corrections, ends of SKUs, categories with parents."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=False, indexed=True, fast=True)
    for field in FIELDS:
        option = "position" if field == "title" else "freq"
        builder.add_text_field(field, tokenizer_name="whitespace", index_option=option)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("sku", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("place", tokenizer_name="raw", index_option="basic")
    return builder.build()


@contextmanager
def on_disk() -> Iterator[None]:
    """Tell a disk that fails as what it is: the library says it as a plain `ValueError`."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise Unavailable(f"the search index cannot be written: {error}") from error


def open_index(folder: Path) -> Any:
    """The index in a folder, made where there is none. Readers reload when told to."""
    import tantivy

    with on_disk():
        folder.mkdir(parents=True, exist_ok=True)
        index = tantivy.Index(schema(), path=str(folder))
        index.config_reader("manual")
    return index


def read_mark(folder: Path) -> Mark | None:
    """What an index counts up to; None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / MARK).read_bytes(), type=Mark)
    except (OSError, msgspec.DecodeError):
        return None
