"""Prices that fell, and who asked to be told: part of `JourneysView`."""

from __future__ import annotations

from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_minor
from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.restock import parse_occurrence
from maatwerk.decisions.journeys.rows import Overlay
from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.views.catalog.change import key_of
from maatwerk.views.catalog.words import DEFAULT_STORE


class Prices:
    """The price of every product, who watches one, and which are to be looked at because they changed."""

    def __init__(self, rows: Overlay) -> None:
        self._rows = rows

    def catalog(self, event: Event) -> None:
        """A price came or changed; where somebody watches it, it is looked at."""
        if event.name == "Product Deleted":
            return
        said = body(event)
        fields: dict[str, Any] = said.product if event.name == "Product Published" else said.fields
        if "price" not in fields and "sale_price" not in fields:
            return
        store, sku = key_of(event)
        key = f"{store}\t{sku}"
        stored = self._rows.get(words.PRICE, key)
        row = words.decode_price(stored) if stored else words.Price()
        before = row.lowest()
        row.currency = str(fields.get("currency") or row.currency)
        for name in ("price", "sale_price"):
            if name in fields:
                setattr(row, name, _minor(fields[name], row.currency))
        self._rows.put(words.PRICE, key, words.encode(row))
        if 0 <= row.lowest() < before and row.watched:
            self._rows.put(words.DROPPED, key, str(event.time).encode())

    def wish(self, event: Event) -> None:
        """She watches it from the price it has now."""
        said, who = body(event), words.who_of(event)
        if not said.sku or "\t" in said.sku or not who:
            return
        store = event.context.store
        if self._rows.get(words.PRICE, f"{store}\t{said.sku}") is None:
            store = DEFAULT_STORE
        key = f"{store}\t{said.sku}"
        stored = self._rows.get(words.PRICE, key)
        row = words.decode_price(stored) if stored else words.Price()
        row.watched += 1
        self._rows.put(words.PRICE, key, words.encode(row))
        wish = words.wish_key(store, said.sku, event.time, who)
        self._rows.put(words.WATCH, wish, str(row.lowest()).encode())

    def outcome(self, event: Event, occurrence: str) -> None:
        """She was told, or will not be: she watches it no longer."""
        store, sku, asked = parse_occurrence(occurrence)
        self.forget(words.wish_key(store, sku, asked, words.named(event)))

    def forget(self, wish: str) -> None:
        """A wish goes, by its key."""
        if self._rows.get(words.WATCH, wish) is None:
            return
        self._rows.drop(words.WATCH, wish)
        key = "\t".join(wish.split("\t")[:2])
        stored = self._rows.get(words.PRICE, key)
        if stored is not None:
            row = words.decode_price(stored)
            row.watched = max(0, row.watched - 1)
            self._rows.put(words.PRICE, key, words.encode(row))

    def looked(self, key: str) -> None:
        """All who watch it were looked at."""
        self._rows.drop(words.DROPPED, key)


def _minor(value: object, currency: str) -> int:
    try:
        return -1 if value is None else parse_minor(value, currency)
    except Refused:
        return -1


def low_enough(price: int | None, below: int | None, was: int, drop: float) -> bool:
    """Whether a price is what she waited for: below what she named, else so much lower than it was."""
    if price is None:
        return False
    return price <= below if below is not None else 0 <= price <= was * (1 - drop)
