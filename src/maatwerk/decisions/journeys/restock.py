"""Products that were sold out and are back, and who asked to be told: part of `JourneysView`."""

from __future__ import annotations

from typing import Any

from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.rows import Overlay
from maatwerk.decisions.journeys.words import Stock
from maatwerk.events.event import Event
from maatwerk.events.messages import MessageQueued, MessageSettled
from maatwerk.events.names import body
from maatwerk.views.catalog.change import key_of
from maatwerk.views.catalog.words import DEFAULT_STORE


class Restock:
    """Stock by store and SKU, wishes in the order they came in, and what may be told of."""

    def __init__(self, rows: Overlay) -> None:
        self._rows = rows

    def catalog(self, event: Event) -> None:
        """A product came, changed or went: it may be back, and its parent with it."""
        store, sku = key_of(event)
        row = self._row(store, sku)
        before, old_parent = row.pieces(), row.parent
        _change(row, event)
        self._settle(store, sku, row, before, event.time)
        for parent in {old_parent, row.parent} - {"", sku}:
            above = self._row(store, parent)
            had = above.pieces()
            if parent == row.parent and event.name != "Product Deleted":
                above.variants[sku] = row.pieces()
            else:
                above.variants.pop(sku, None)
            self._settle(store, parent, above, had, event.time)

    def wish(self, event: Event) -> None:
        """She waits, after all who came before."""
        said, who = body(event), words.who_of(event)
        if not said.sku or "\t" in said.sku or not who:
            return
        store = event.context.store
        if self._rows.get(words.STOCK, _key(store, said.sku)) is None:
            store = DEFAULT_STORE
        key = words.wish_key(store, said.sku, event.time, who)
        if self._rows.get(words.WISH, key) is None:
            row = self._row(store, said.sku)
            if row.pieces():
                row.later += 1  # it is there: she waits for the next time
            else:
                row.waiting += 1
            self._rows.put(words.WISH, key, b"")
            self._settle(store, said.sku, row, row.pieces(), event.time)

    def outcome(self, event: Event, said: MessageQueued | MessageSettled) -> None:
        """She was told, or will not be: she waits no longer."""
        store, sku, asked = parse_occurrence(said.occurrence)
        key = words.wish_key(store, sku, asked, words.named(event))
        if self._rows.get(words.WISH, key) is None:
            return
        self._rows.drop(words.WISH, key)
        row = self._row(store, sku)
        self._left(row, asked)
        if isinstance(said, MessageQueued):
            fresh = event.time - row.released_at < words.ROUND_MS
            row.released = row.released + 1 if fresh else 1
            row.released_at = event.time
        self._settle(store, sku, row, row.pieces(), event.time)

    def forget(self, wish: str) -> None:
        """A wish goes, by its key; whoever waited behind it moves up."""
        store, sku, asked, _ = wish.split("\t")
        self._rows.drop(words.WISH, wish)
        row = self._row(store, sku)
        self._left(row, int(asked))
        self._settle(store, sku, row, row.pieces(), row.released_at)

    def _left(self, row: Stock, asked: int) -> None:
        """One who asked then waits no longer."""
        if row.back_at and asked > row.back_at:
            row.later = max(0, row.later - 1)
        else:
            row.waiting = max(0, row.waiting - 1)

    def _settle(self, store: str, sku: str, row: Stock, before: int, now: int) -> None:
        pieces = row.pieces()
        if pieces <= 0:
            row.back_at = 0
        elif before <= 0:
            row.back_at, row.released = now, 0
            row.waiting, row.later = row.waiting + row.later, 0
        elif pieces > before:
            row.released = 0  # more of it came in: the next ones may be told at once
        key = _key(store, sku)
        self._rows.put(words.STOCK, key, words.encode(row))
        if row.waiting and row.back_at:
            self._rows.put(words.BACK, key, b"")
        else:
            self._rows.drop(words.BACK, key)

    def _row(self, store: str, sku: str) -> Stock:
        stored = self._rows.get(words.STOCK, _key(store, sku))
        return words.decode_stock(stored) if stored else Stock(variants={})


def occurrence(store: str, sku: str, asked: int) -> str:
    """Names one wish."""
    return f"{store}\t{sku}\t{asked}"


def parse_occurrence(text: str) -> tuple[str, str, int]:
    """Store, SKU and moment of a wish."""
    store, sku, asked = (*text.split("\t"), "", "", "")[:3]
    return store, sku, int(asked) if asked.isdigit() else 0


def _change(row: Stock, event: Event) -> None:
    """The fields that matter here, as `maatwerk.views.catalog.change` reads them."""
    if event.name == "Product Deleted":
        row.published, row.stock, row.parent = False, 0, ""
        return
    record = body(event)
    fields: dict[str, Any] = record.product if event.name == "Product Published" else record.fields
    if event.name == "Product Published":
        row.published, row.stock, row.parent = True, -1, ""
    if fields.get("published") is not None:
        row.published = bool(fields["published"])
    if fields.get("parent") is not None:
        row.parent = str(fields["parent"])
    if "stock" in fields:
        row.stock = -1 if fields["stock"] is None else max(0, int(fields["stock"]))


def _key(store: str, sku: str) -> str:
    return f"{store}\t{sku}"
