"""Product feeds in XML (RSS 2.0 and Atom with Google's ``g:`` attributes), read as a stream.

A document type is refused before anything is read: feeds need none, and entity definitions are how small
files become large ones or fetch others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.google import Families, Item, attribute_name, rows_of
from maatwerk.surfaces.files.opening import BROKEN, open_bytes
from maatwerk.surfaces.files.rows import Row, refusal
from maatwerk.surfaces.files.scope import Scope
from maatwerk.surfaces.files.table import damaged

DEPTH = 32
VALUE_CHARS = 64 * 1024
VALUES = 500
"""Bounds of one item: how deep its elements nest, the length of a value, the number of values."""

_BLOCK_BYTES = 64 * 1024
_GOOGLE = "http://base.google.com/ns/1.0"
_ITEMS = frozenset({"item", "entry"})


class _Items:
    """Handlers that gather items; only an item's own children count, not what nests in those."""

    def __init__(self, file: str) -> None:
        self.ready: list[tuple[int, Item | Refused]] = []
        self._file = file
        self._depth = 0
        self._item_depth = 0
        self._line = 0
        self._item: Item = {}
        self._count = 0
        self._text: list[str] = []
        self._chars = 0
        self._refused: Refused | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise Refused(
            "xml_doctype",
            f"{self._file} declares a document type",
            hint="a product feed needs none: leave it out",
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise Refused("xml_too_deep", f"{self._file} nests elements more than {DEPTH} deep")
        if not self._item_depth and _local(name) in _ITEMS:
            self._item_depth, self._line = self._depth, self.parser.CurrentLineNumber
            self._item, self._count, self._refused = {}, 0, None
        elif self._item_depth and self._depth == self._item_depth + 1:
            self._text, self._chars = [], 0
            if _local(name) == "link" and attributes.get("href"):  # Atom writes the address as an attribute
                self._text.append(attributes["href"])

    def _characters(self, data: str) -> None:
        if self._item_depth and self._depth == self._item_depth + 1:
            self._chars += len(data)
            if self._chars > VALUE_CHARS:
                self._refused = Refused(
                    "value_too_long", f"a value has more than {VALUE_CHARS} characters", hint="shorten it"
                )
            else:
                self._text.append(data)

    def _end(self, name: str) -> None:
        if self._item_depth and self._depth == self._item_depth + 1:
            self._keep(name, "".join(self._text).strip())
        elif self._depth == self._item_depth:
            self.ready.append((self._line, self._refused or self._item))
            self._item_depth = 0
        self._depth -= 1

    def _keep(self, name: str, value: str) -> None:
        self._count += 1
        if self._count > VALUES:
            self._refused = Refused("too_many_values", f"an item has more than {VALUES} values")
        elif value:
            values = self._item.setdefault(attribute_name(_local(name)), [])
            # RSS has title, link and description too: Google's own win over them.
            values.insert(0, value) if name.startswith(_GOOGLE) and _local(
                name
            ) in _SHARED else values.append(value)


_SHARED = frozenset({"title", "link", "description", "id"})


def products(path: Path, scope: Scope, families: Families) -> Iterator[Row]:
    """The items of a feed. Where the XML breaks, the last row says so and that the rest was not read."""
    with open_bytes(path, scope.reading) as stream:
        items = _Items(path.name)
        more = True
        while more:
            more, broken = _feed(items, stream)
            for line, item in items.ready:
                if isinstance(item, Refused):
                    yield refusal(item, line, path.name)
                else:
                    yield from rows_of(item, line, path.name, scope, families)
            items.ready.clear()
            if broken is not None:
                yield refusal(broken, items.parser.CurrentLineNumber, path.name)
                return


def _feed(items: _Items, stream: IO[bytes]) -> tuple[bool, Refused | None]:
    """Parse one block: whether there is more, and what broke."""
    try:
        block = stream.read(_BLOCK_BYTES)
        items.parser.Parse(block, not block)
    except BROKEN:
        return False, damaged("the file is cut off or damaged here; the rest was not read")
    except Refused as error:
        if error.code == "xml_doctype":  # nothing was read yet, and nothing will be
            raise
        return False, error
    except expat.ExpatError as error:
        return False, Refused(
            "xml_malformed",
            f"{error}; the rest of the file was not read",
            hint="check the feed with an XML validator",
        )
    return bool(block), None


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
