"""Reading an index: what is wanted becomes tantivy's queries."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from maatwerk.decisions.search.index import FIELDS, OTHERS, Alternative, Concept, Ids, Matches, Term, Wanted
from maatwerk.engines.tantivy.layout import MARK, open_index, read_mark

if TYPE_CHECKING:
    import tantivy

_PHRASE = 1.0
_SKU_WEIGHT = 8.0
_WORDS_MOST = 400_000


class TantivyReader:
    """One store's index in one process; see `maatwerk.decisions.search.index.SearchIndex`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp = 0
        self.language = "en"
        self._index: Any = None
        self._searcher: Any = None
        self.generation = 0

    def refresh(self) -> bool:
        """Take over what was committed since, if anything was."""
        try:
            stamp = os.stat(self._folder / MARK).st_mtime_ns
        except OSError:
            return False  # nothing was ever committed
        if stamp == self._stamp:
            return False
        if self._index is None:
            self._index = open_index(self._folder)
        mark = read_mark(self._folder)
        self.language = mark.language if mark is not None else self.language
        self._index.reload()
        self._searcher = self._index.searcher()
        self._stamp = stamp
        self.generation += 1
        return True

    def find(self, wanted: Wanted, limit: int) -> Matches:
        """The best matches."""
        if self._searcher is None:
            return Matches(np.empty(0, np.uint64), np.empty(0), 0)
        result = self._searcher.search(self._query(wanted), limit=limit)
        hits = result.hits
        addresses = [hit[1] for hit in hits]
        ids = np.array(self._searcher.fast_field_values("id", addresses), np.uint64)
        return Matches(
            ids, np.fromiter((hit[0] for hit in hits), np.float64, len(hits)), int(result.count or 0)
        )

    def every(self, wanted: Wanted) -> Ids:
        """Numbers of all that match."""
        if self._searcher is None:
            return np.empty(0, np.uint64)
        most = max(int(self._searcher.num_docs), 1)
        result = self._searcher.search(self._query(wanted), limit=most, count=False, order_by_field="id")
        return np.array([hit[0] for hit in result.hits], np.uint64)

    def words(self, prefix: str = "") -> Mapping[str, int]:
        """Unstemmed words and in how many products each occurs."""
        if self._searcher is None:
            return {}
        found: list[tuple[str, int]] = self._searcher.terms_with_prefix("words", prefix, limit=_WORDS_MOST)
        return dict(found)

    @property
    def size(self) -> int:
        """Products in it."""
        return 0 if self._searcher is None else int(self._searcher.num_docs)

    def _query(self, wanted: Wanted) -> tantivy.Query:
        import tantivy

        query, occur = tantivy.Query, tantivy.Occur
        schema = self._index.schema
        clauses: list[Any] = []
        concepts = [(occur.Should, self._concept(each, wanted)) for each in wanted.concepts]
        if concepts:
            required = min(wanted.required, len(concepts))
            clauses.append((occur.Must, query.boolean_query(concepts, minimum_number_should_match=required)))
        if len(wanted.phrase) > 1:
            phrase = query.phrase_query(schema, "title", list(wanted.phrase), slop=1)
            clauses.append((occur.Should, query.boost_query(phrase, _PHRASE)))
        if wanted.category:
            place = query.term_query(schema, "place", wanted.category)
            clauses.append((occur.Must, query.const_score_query(place, 0.0)))
        if wanted.ids:
            these = query.term_set_query(schema, "id", list(wanted.ids))
            clauses.append((occur.Must, query.const_score_query(these, 0.0)))
        return query.boolean_query(clauses) if clauses else query.all_query()

    def _concept(self, concept: Concept, wanted: Wanted) -> tantivy.Query:
        import tantivy

        ways = [self._alternative(each, wanted) for each in concept.alternatives]
        return ways[0] if len(ways) == 1 else tantivy.Query.disjunction_max_query(ways)

    def _alternative(self, alternative: Alternative, wanted: Wanted) -> tantivy.Query:
        import tantivy

        query = tantivy.Query
        terms = [self._term(term, wanted) for term in alternative.terms]
        if len(terms) == 1:
            together = terms[0]
        else:
            together = query.boolean_query([(tantivy.Occur.Must, term) for term in terms])
        return together if alternative.weight == 1.0 else query.boost_query(together, alternative.weight)

    def _term(self, term: Term, wanted: Wanted) -> tantivy.Query:
        import tantivy

        query, schema = tantivy.Query, self._index.schema
        if term.kind == "prefix":
            begins = query.fuzzy_term_query(schema, "words", term.text, distance=0, prefix=True)
            return query.boost_query(begins, 4.0)
        if term.kind == "sku":
            begins = query.fuzzy_term_query(schema, "sku", term.text, distance=0, prefix=True)
            return query.boost_query(begins, _SKU_WEIGHT)
        fields = [
            query.boost_query(query.term_query(schema, field, term.stem), weight)
            for field, weight in zip(FIELDS, wanted.weights, strict=True)
            if weight > 0
        ]
        return query.disjunction_max_query(fields, OTHERS)
