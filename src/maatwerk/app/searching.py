"""Search, wired: who reads the indexes, who writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

from maatwerk.app.parts import Parts
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.decisions.search.choices import train_choices
from maatwerk.decisions.search.describe import Describer
from maatwerk.decisions.search.index import SearchIndex
from maatwerk.decisions.search.meaning import train_meaning
from maatwerk.decisions.search.text import language_of
from maatwerk.engines.tantivy.reader import TantivyReader
from maatwerk.engines.tantivy.stems import stem
from maatwerk.engines.tantivy.writer import TantivyWriter
from maatwerk.events.log import Log
from maatwerk.flows.index import Indexing
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.learn_choices import shown_and_chosen
from maatwerk.flows.search import Searching
from maatwerk.views.catalog.columns import Catalog

_LARGE = 50_000
_SIZE, _SIZE_LARGE = 128, 64


def folder_of(parts: Parts, store: str) -> Path:
    """Where a store's index lies; stores may be named anything."""
    plain = (
        store if store.isascii() and store.isalnum() else blake2b(store.encode(), digest_size=8).hexdigest()
    )
    return parts.workspace.folder / "search" / plain


def searching_of(parts: Parts) -> Searching:
    """What a worker searches with. Nothing is opened before the first search."""

    def open_index(store: str) -> tuple[SearchIndex, Callable[[], str]]:
        reader = TantivyReader(folder_of(parts, store))
        return reader, lambda: reader.language

    return Searching(parts.deciding, open_index, stem)


def indexing_of(parts: Parts, knowledge: Knowledge) -> Indexing:
    """What keeps the indexes; for one process alone."""
    return Indexing(
        parts.log, knowledge, lambda store, language: TantivyWriter(folder_of(parts, store), language), stem
    )


def choices_of(log: Log, catalog: Catalog, version: str) -> Sealed | None:
    """What shoppers chose after each query; None where nobody has searched."""
    language = language_of(_texts(catalog))
    queries, skus, arrays = train_choices(shown_and_chosen(log, language, stem))
    return (
        Sealed("choices", version, skus, arrays, {"queries": queries, "language": language})
        if queries
        else None
    )


def _texts(catalog: Catalog) -> Iterator[str]:
    for row in range(0, catalog.size, max(1, catalog.size // 500)):
        if catalog.shown[row]:
            product = catalog.product(row)
            yield f"{product.name} {product.description[:400]}"


def meaning_of_catalog(catalog: Catalog, version: str, known: str = "") -> Sealed | None:
    """The space of meaning of a catalog's texts; None where it would be the one with the digest ``known``."""
    rows = [row for row in range(catalog.size) if catalog.shown[row] and catalog.parent[row] < 0]
    products = [catalog.product(row) for row in rows]
    digest = blake2b(digest_size=16)
    for product in products:
        digest.update(f"{product.sku}\0{product.name}\0{product.description}\0".encode())
    if not rows or digest.hexdigest() == known:
        return None
    language = language_of(
        f"{each.name} {each.description[:400]}" for each in products[:: max(1, len(rows) // 500)]
    )
    describer = Describer(language, stem)
    words, arrays = train_meaning(
        [describer.stems(product) for product in products],
        [describer.body_stems(product) for product in products],
        _SIZE if len(rows) <= _LARGE else _SIZE_LARGE,
    )
    facts: dict[str, object] = {
        "of_persons": False,
        "words": words,
        "digest": digest.hexdigest(),
        "products": len(rows),
        "language": language,
    }
    return Sealed("meaning", version, [product.sku for product in products], arrays, facts)
