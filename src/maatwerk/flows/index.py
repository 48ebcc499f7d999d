"""Keep the search index at the catalog's heels: in batches, by one process, from the folded catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from maatwerk.core.errors import Unavailable
from maatwerk.decisions.search.describe import Describer, entry_of
from maatwerk.decisions.search.index import IndexWriter, id_of
from maatwerk.decisions.search.spelling import Vocabulary, counted
from maatwerk.decisions.search.text import Stem, language_of
from maatwerk.events.event import Event
from maatwerk.events.log import Log
from maatwerk.events.names import CATALOG_NAMES, body
from maatwerk.flows.knowledge import Knowledge
from maatwerk.views.catalog.change import key_of
from maatwerk.views.catalog.columns import Catalog

BATCH = 20_000
"""Products between two commits of a first building: what is there can be found already."""

_EVENTS = 10_000
_SAMPLE = 500
_LIVE = frozenset({"price", "sale_price", "sale_from", "sale_to", "stock", "margin", "currency"})
"""Fields that searches read from the live catalog: their change touches no index."""


class Indexing:
    """The indexes of one workspace. ``writer(store, language)`` opens one."""

    def __init__(
        self, log: Log, knowledge: Knowledge, writer: Callable[[str, str], IndexWriter], stem: Stem
    ) -> None:
        self._log = log
        self._knowledge = knowledge
        self._open = writer
        self._stem = stem
        self._writers: dict[str, IndexWriter] = {}
        self._describers: dict[str, Describer] = {}
        self._vocabularies: dict[str, Vocabulary] = {}
        self._read_to: int | None = None

    def turn(self, now: int) -> int:
        """Take in what changed since the last turn; how many products were written. Raises `Unavailable`
        where the disk fails; every index is then opened anew by the next turn."""
        try:
            return self._turn(now)
        except Unavailable:
            self._writers.clear()
            self._read_to = None
            raise

    def _turn(self, now: int) -> int:
        self._knowledge.refresh(now)
        catalogs = self._knowledge.catalogs
        written = 0
        for store in catalogs.stores():
            if store not in self._writers and catalogs.of(store).size:
                written += self._begin(store, catalogs.of(store))
        if self._read_to is None:
            marks = [writer.mark for writer in self._writers.values()]
            self._read_to = min(marks) if marks else self._knowledge.offset
        events = self._log.rules_and_catalog(self._read_to, _EVENTS)
        if not events:
            return written
        self._knowledge.refresh(now)
        written += self._follow(events)
        self._read_to = events[-1].offset
        return written

    def _begin(self, store: str, catalog: Catalog) -> int:
        """Open a store's index, and build it where there is none that fits."""
        language = language_of(_sample(catalog))
        describer = self._describers[store] = Describer(language, self._stem)
        words = (describer.words(catalog.product(row)) for row in range(catalog.size) if catalog.shown[row])
        self._vocabularies[store] = Vocabulary(counted(words), language, self._stem)
        writer = self._writers[store] = self._open(store, language)
        if writer.mark >= 0:
            return 0
        mark = self._knowledge.offset
        rows = range(catalog.size)
        for first in range(0, catalog.size, BATCH):
            writer.put(self._entries(store, catalog, rows[first : first + BATCH]))
            writer.commit(-1 if first + BATCH < catalog.size else mark)
        return catalog.size

    def _follow(self, events: list[Event]) -> int:
        touched: dict[str, dict[str, None]] = {}
        for event in events:
            if event.name in CATALOG_NAMES and not _only_live(event):
                store, sku = key_of(event)
                touched.setdefault(store, {})[sku] = None
        written = 0
        for store, writer in self._writers.items():
            skus = touched.get(store)
            if not skus:
                continue
            catalog = self._knowledge.catalogs.of(store)
            rows = dict.fromkeys(catalog.item(sku) for sku in skus)
            rows.pop(-1, None)
            entries = list(self._entries(store, catalog, rows))
            kept = {entry.id for entry in entries}
            # a variant, or what is no longer on sale, is not found by itself
            writer.remove(each for sku in skus if (each := id_of(sku)) not in kept)
            writer.put(entries)
            writer.commit(events[-1].offset)
            written += len(entries)
        return written

    def _entries(self, store: str, catalog: Catalog, rows: Iterable[int]) -> Iterator[Any]:
        describer, vocabulary = self._describers[store], self._vocabularies[store]
        for row in rows:
            entry = entry_of(catalog, row, describer, vocabulary)
            if entry is not None:
                yield entry


def _only_live(event: Event) -> bool:
    fields = getattr(body(event), "fields", None)
    return event.name == "Product Changed" and bool(fields) and set(fields or ()) <= _LIVE


def _sample(catalog: Catalog) -> Iterator[str]:
    for row in range(0, catalog.size, max(1, catalog.size // _SAMPLE)):
        if catalog.shown[row]:
            product = catalog.product(row)
            yield f"{product.name} {product.description[:400]}"
