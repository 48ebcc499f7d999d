"""The stored catalog: one row a product and store, written by the projector."""

from __future__ import annotations

from collections.abc import Sequence

from maatwerk.events.event import Event
from maatwerk.events.names import CATALOG_NAMES
from maatwerk.views.catalog.change import changed, key_of
from maatwerk.views.catalog.words import Product, decode, encode
from maatwerk.views.store import Snapshot

TABLE = "product"


class CatalogView:
    """Folds catalog events into the table ``product``; keys are ``store`` and SKU, tab between."""

    name = "catalog"
    version = 1
    tables = (TABLE,)
    names = CATALOG_NAMES

    def apply(
        self, events: Sequence[Event], read: Snapshot
    ) -> tuple[dict[str, dict[str, bytes]], dict[str, list[str]]]:
        """Rows to put and to delete for a stretch of the log."""
        mine = [(event, key_of(event)) for event in events if event.name in CATALOG_NAMES]
        stored = read.get_many(TABLE, list({_key(*key) for _, key in mine}))
        products: dict[str, Product | None] = {key: decode(value) for key, value in stored.items()}
        for event, (store, sku) in mine:
            key = _key(store, sku)
            products[key] = changed(products.get(key), event)
        touched = {_key(*key) for _, key in mine}
        puts = {key: encode(product) for key in touched if (product := products.get(key)) is not None}
        return {TABLE: puts}, {TABLE: [key for key in touched if products.get(key) is None]}


def _key(store: str, sku: str) -> str:
    return f"{store}\t{sku}"
