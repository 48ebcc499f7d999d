"""Cells by our own field names, and how their numbers and times are read."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.ids import derived_id
from maatwerk.core.limits import ID_CHARS
from maatwerk.core.money import digits_of, parse_currency, parse_minor
from maatwerk.surfaces.files.dates import time_reader
from maatwerk.surfaces.files.mapping import Mapping
from maatwerk.surfaces.files.rows import PIECES
from maatwerk.surfaces.files.table import Table

LIBRARY = {"name": "maatwerk-import"}
_CACHED_PRICES = 10_000
_COUNTRY_CODE = 2  # letters, ISO 3166-1; a longer name stays in the properties


class Columns:
    """A table seen through a mapping. Raises `Refused` (``column_missing``) where it lacks one."""

    def __init__(self, table: Table, mapping: Mapping, currency: str | None) -> None:
        self.places = {
            field: [place for column in mapping.names(field) if (place := table.place(column)) >= 0]
            for field in mapping.columns
        }
        for field, places in self.places.items():
            if not places and field not in mapping.optional:
                table.need(mapping.names(field)[0])
        self.file = table.file
        self._mapping = mapping
        self._currency = currency or mapping.currency
        self._prices: dict[tuple[str, str], int] = {}
        self.read_time = time_reader(mapping.date.format, mapping.date.timezone, self.name_of("date"))
        self._words = {
            field: {word.lower(): ours for word, ours in words.items()}
            for field, words in mapping.values.items()
        }
        self._whole = frozenset(mapping.whole_numbers)

    def has(self, field: str) -> bool:
        """Whether the file has this field at all."""
        return bool(self.places.get(field))

    def name_of(self, field: str) -> str:
        """The file's own name of a field, for messages."""
        return next(iter(self._mapping.names(field)), field)

    def text(self, fields: list[str], field: str) -> str:
        """The first filled cell of a field's columns, stripped; empty where the file has none."""
        text = next((text for place in self.places.get(field, ()) if (text := fields[place].strip())), "")
        if field in self._whole and text.endswith(".0"):
            text = text[:-2]
        if field in self._words:
            text = self._words[field].get(text.lower(), text)
        return text

    def first(self, records: Iterable[list[str]], field: str) -> str:
        """The first cell that is not empty."""
        if not self.has(field):
            return ""
        return next((text for fields in records if (text := self.text(fields, field))), "")

    def currency(self, records: Iterable[list[str]]) -> str:
        """The currency of these records; raises `Refused` (``currency_missing``) where nothing says it."""
        text = self.first(records, "currency") or self._currency
        if not text:
            raise Refused(
                "currency_missing",
                "nothing says in which currency the prices are",
                field=self.name_of("currency"),
                hint="fill the column, put currency into the mapping, or give --currency",
            )
        return parse_currency(text, self.name_of("currency"))

    def context(self, records: list[list[str]]) -> dict[str, Any]:
        """The message's context: who imported it and from where, the store, and the country where it is a
        code."""
        mapping = self._mapping
        source: dict[str, Any] = {"name": mapping.source or mapping.name}
        if mapping.priority:
            source["priority"] = mapping.priority
        context: dict[str, Any] = {"library": LIBRARY, "source": source}
        if mapping.channel:
            context["channel"] = mapping.channel
        if store := self.first(records, "store"):
            context["store"] = store
        if len(country := self.first(records, "country")) == _COUNTRY_CODE:
            context["location"] = {"country": country.upper()}
        return context

    def minor(self, text: str, currency: str, field: str) -> int:
        """Minor units of an amount; may be negative."""
        key = (text, currency)
        found = self._prices.get(key)
        if found is None:
            if len(self._prices) >= _CACHED_PRICES:
                self._prices.clear()
            plain = text.replace(".", "").replace(",", ".") if self._mapping.decimal == "," else text
            if self._mapping.rounding:
                plain = rounded(plain, currency)
            found = self._prices[key] = parse_minor(plain, currency, self.name_of(field))
        return found

    def quantity(self, fields: list[str]) -> int:
        """Whole pieces, 1 where the file does not say; may be negative. Raises `Refused` otherwise."""
        text = self.text(fields, "quantity")
        if not text:
            return 1
        whole = text.removeprefix("-")
        number = int(text) if len(whole) < 16 and whole.isdecimal() else self._from_decimal(text)
        if abs(number) > PIECES:
            raise Refused(
                "quantity_out_of_range", f"{text} pieces are too many", field=self.name_of("quantity")
            )
        return number

    def _from_decimal(self, text: str) -> int:
        try:
            number = float(text.replace(",", ".").replace("_", "?"))
            if number == int(number):
                return int(number)
        except (ValueError, OverflowError):
            pass
        raise Refused(
            "quantity_not_whole",
            f"cannot read {text[:40]!r} as a number of pieces",
            field=self.name_of("quantity"),
            hint="give whole pieces",
        )


def rounded(text: str, currency: str) -> str:
    """An amount with as many decimals as its currency has; what is no number stays as it is."""
    try:
        exact = Decimal(text)
        return str(exact.quantize(Decimal(1).scaleb(-digits_of(currency)))) if exact.is_finite() else text
    except ArithmeticError:
        return text


def message_id(mapping: str, *parts: str) -> str:
    """The same id for the same record, so that an import repeated adds nothing."""
    text = ":".join(("import", mapping, *parts))
    return text if len(text) <= ID_CHARS else derived_id("import", text)
