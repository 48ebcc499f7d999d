"""Writing an index: batches of products, made durable by a commit that names how far it counts."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from maatwerk.decisions.search.index import Entry
from maatwerk.engines.files.workspace import write_whole
from maatwerk.engines.tantivy.layout import FORMAT, MARK, Mark, on_disk, open_index, read_mark

_HEAP_BYTES = 64_000_000


class TantivyWriter:
    """One store's index; see `maatwerk.decisions.search.index.IndexWriter`.

    An index in another format or language is thrown away: it can always be built from the catalog.
    """

    def __init__(self, folder: Path, language: str) -> None:
        self._folder = folder
        self.language = language
        known = read_mark(folder)
        fits = known is not None and known.format == FORMAT and known.language == language
        self.mark = known.offset if known is not None and fits else -1
        if not fits:
            shutil.rmtree(folder, ignore_errors=True)
        self._index = open_index(folder)
        with on_disk():
            self._writer: Any = self._index.writer(_HEAP_BYTES, 1)

    def put(self, entries: Iterable[Entry]) -> None:
        """Add products, or replace them."""
        import tantivy

        for entry in entries:
            if self.mark >= 0:
                self._delete(entry.id)
            document = tantivy.Document()
            document.add_unsigned("id", entry.id)
            for field, text in entry.fields.items():
                if text:
                    document.add_text(field, text)
            document.add_text("words", entry.words)
            document.add_text("sku", " ".join(entry.skus))
            for place in entry.categories:
                document.add_text("place", place)
            with on_disk():
                self._writer.add_document(document)

    def remove(self, ids: Iterable[int]) -> None:
        """Take products out."""
        for each in ids:
            self._delete(each)

    def _delete(self, each: int) -> None:
        """By a query: a term would be read as a signed number, and match nothing."""
        import tantivy

        self._writer.delete_documents_by_query(tantivy.Query.term_query(self._index.schema, "id", each))

    def clear(self) -> None:
        """Take all products out."""
        self._writer.delete_all_documents()
        self.mark = -1

    def commit(self, mark: int) -> None:
        """Durable first, named after: a crash between the two only does the batch again."""
        with on_disk():
            self._writer.commit()
            write_whole(self._folder / MARK, msgspec.json.encode(Mark(mark, FORMAT, self.language)))
        self.mark = mark

    def close(self) -> None:
        """Let go of the folder."""
        self._writer.wait_merging_threads()
