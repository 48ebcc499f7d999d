"""Search from end to end: who asks, what she means, what is found, and that it was shown.

A worker keeps, for each store, the index it reads, the words in it, and how they bind to its catalog. All of
it is opened with the first search, and brought up to date before each.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import numpy as np

from maatwerk.core.errors import Refused
from maatwerk.core.ids import new_id
from maatwerk.decisions.offers.prices import price_wire
from maatwerk.decisions.pipeline.merchandise import Occasion, Rule, parse_merchandising
from maatwerk.decisions.pipeline.where import Where
from maatwerk.decisions.pipeline.words import Page, Situation
from maatwerk.decisions.recommend.crowd import liking_of, metrics_of
from maatwerk.decisions.recommend.models import Bound
from maatwerk.decisions.recommend.tasteful import taste_match
from maatwerk.decisions.search.answer import Sources, answer, highlighted
from maatwerk.decisions.search.choices import chosen, key_of
from maatwerk.decisions.search.facets import Bucket, Facet
from maatwerk.decisions.search.index import SearchIndex
from maatwerk.decisions.search.meaning import Floats, Meaning
from maatwerk.decisions.search.rank import Signals
from maatwerk.decisions.search.rows import RowsById
from maatwerk.decisions.search.spelling import Vocabulary
from maatwerk.decisions.search.synonyms import Synonyms, parse_synonyms, table
from maatwerk.decisions.search.text import Stem, fold
from maatwerk.decisions.search.understand import LETTERS_MOST, Reader
from maatwerk.decisions.search.words import SORTS, Found, Hit, Query
from maatwerk.events.decisions import ShownItem, SlotDecided
from maatwerk.flows.asking import Asker, asker, note, record_of
from maatwerk.flows.decide import Ask, Circumstances, Deciding
from maatwerk.flows.record import Asked
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.profile.folds.searches import searches
from maatwerk.views.rules.book import RuleBook

PER_PAGE_MOST = 250
_EARLIER = 5
_SHOWN_KEPT = 60


class SearchAsk(msgspec.Struct, frozen=True, rename="camel"):
    """A search, as the HTTP contract writes it."""

    q: str = ""
    filter: str = ""
    facets: tuple[str, ...] | None = None
    sort: str = "relevance"
    page: int = 1
    per_page: int = msgspec.field(default=24, name="per_page")
    category: str = ""
    dial: float = 50.0
    anonymous_id: str = ""
    user_id: str = ""
    user_signature: str = ""
    session_id: str = ""
    write_key: str = ""
    context: Circumstances = Circumstances()
    explain: bool = False


class Desk:
    """One store's index in one worker, with the words in it."""

    def __init__(self, index: SearchIndex, language: Callable[[], str], catalog: Catalog, stem: Stem) -> None:
        self.index = index
        self.by_id = RowsById(catalog)
        self.language = language
        self.stem = stem
        self.vocabulary = Vocabulary({}, "en", stem)
        self._read = -1

    def look(self) -> None:
        """Take over what was committed, and its words where they were never read."""
        self.index.refresh()
        if self._read < 0 and self.index.generation:
            self.read_words()

    def read_words(self) -> bool:
        """Read the words anew where the index changed; dear, so it is done beside the requests."""
        if self._read == self.index.generation:
            return False
        self._read = self.index.generation
        self.vocabulary = Vocabulary(self.index.words(), self.language(), self.stem)
        return True


@dataclass
class Searching:
    """What searching needs. ``open_index(store)`` answers the reader and its language."""

    deciding: Deciding
    open_index: Callable[[str], tuple[SearchIndex, Callable[[], str]]]
    stem: Stem
    rules: tuple[Rule, ...] = ()
    synonyms: tuple[Synonyms, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._desks: dict[str, Desk] = {}
        self._readers: dict[str, tuple[Vocabulary, tuple[Synonyms, ...], Reader]] = {}
        self.deciding.knowledge.on_rules.append(self._ready)

    def _ready(self, book: RuleBook) -> None:
        rules, synonyms = [], []
        self.refused = {}
        for kind in ("merchandising", "synonyms"):
            for each in book.of(kind):
                try:
                    if kind == "merchandising":
                        rules.append(parse_merchandising(each.key, each.document or {}))
                    else:
                        synonyms.append(parse_synonyms(each.key, each.document or {}))
                except Refused as refused:
                    self.refused[f"{kind}/{each.key}"] = str(refused)
        self.rules, self.synonyms = tuple(rules), tuple(synonyms)

    def desk(self, catalog: Catalog) -> Desk:
        """A store's index, opened when first asked for."""
        desk = self._desks.get(catalog.store)
        if desk is None or desk.by_id.catalog is not catalog:
            index, language = self.open_index(catalog.store)
            desk = self._desks[catalog.store] = Desk(index, language, catalog, self.stem)
        desk.look()
        return desk

    def keep_up(self) -> None:
        """Read the words of what changed; runs beside the requests."""
        for desk in list(self._desks.values()):
            desk.read_words()

    def reader(self, desk: Desk, store: str) -> Reader:
        """What understands queries, made anew with new words or synonyms."""
        known = self._readers.get(store)
        if known is not None and known[0] is desk.vocabulary and known[1] is self.synonyms:
            return known[2]
        made = Reader(desk.vocabulary, self.stem, table(self.synonyms, desk.vocabulary.language, self.stem))
        self._readers[store] = (desk.vocabulary, self.synonyms, made)
        return made


def search(
    searching: Searching,
    ask: SearchAsk,
    asked: Asked,
    *,
    signed: bool,
    record: bool = True,
    rules: tuple[Rule, ...] | None = None,
) -> dict[str, Any]:
    """The answer of the HTTP contract; ``rules``: by these merchandising rules instead of those in force.
    Raises `Refused`."""
    deciding = searching.deciding
    now = deciding.recording.clock()
    deciding.knowledge.refresh(now)
    kind: Literal["search", "category"] = "search" if ask.q.strip() else "category"
    page = Page(type=kind, query=ask.q[:LETTERS_MOST], category=ask.category)
    as_page = as_ask(ask, page)
    who = asker(deciding, as_page, asked, now, signed=signed)
    catalog = who.question.catalog
    query = query_of(ask, catalog)
    desk = searching.desk(catalog)
    reader = searching.reader(desk, catalog.store)
    occasion = occasion_of(ask, who, kind)
    sources = Sources(
        catalog, desk.index, reader, desk.by_id, signals_of(searching, who, ask.q, reader),
        searching.rules if rules is None else rules,
        metrics_of(deciding.knowledge.models, catalog), now,
    )  # fmt: skip
    found = answer(query, occasion, sources)
    query_id = new_id("q", now, deciding.chance(10))
    if record:
        made = record_of(deciding, as_page, asked, who, query_id, signed=signed)
        slot = _slot(catalog, found, query_id, kind, ask)
        note(deciding, msgspec.structs.replace(made, slots=(slot,)), kept=who.consent["storage"])
    return {
        "query_id": query_id,
        "personal": who.personal and query.dial > 0,
        "hits": [
            wire_hit(
                catalog,
                hit,
                rank,
                now,
                found.said,
                reader,
                price_wire(deciding.offers, catalog, catalog.skus[hit.row], now, who.question.audiences),
                explain=ask.explain,
            )
            for rank, hit in enumerate(found.hits, (query.page - 1) * query.per_page + 1)
        ],
        "total": found.total,
        "page": query.page,
        "per_page": query.per_page,
        "facets": [wire_facet(facet) for facet in found.facets],
        "applied": found.applied,
    }


def as_ask(ask: SearchAsk, page: Page) -> Ask:
    """The same request as a page's, so that who asks is found the same way."""
    context = msgspec.structs.replace(ask.context, page=page)
    return Ask(
        anonymous_id=ask.anonymous_id,
        user_id=ask.user_id,
        user_signature=ask.user_signature,
        session_id=ask.session_id,
        context=context,
        placements=(),
        explain=ask.explain,
    )


def query_of(ask: SearchAsk, catalog: Catalog) -> Query:
    """What is asked of a catalog. Raises `Refused`, naming the field."""
    if ask.sort not in SORTS:
        raise Refused(
            "sort_not_known", f"{ask.sort!r} is no order", field="sort", hint=f"one of {', '.join(SORTS)}"
        )
    if not 1 <= ask.per_page <= PER_PAGE_MOST:
        raise Refused("per_page_not_valid", f"per_page is 1 to {PER_PAGE_MOST}", field="per_page")
    if ask.page < 1:
        raise Refused("page_not_valid", "pages count from 1", field="page")
    if not 0 <= ask.dial <= 100:
        raise Refused("dial_not_valid", "the dial is 0 to 100", field="dial")
    where = None
    if ask.filter.strip():
        text = ask.filter
        where = catalog.once(("filter", text), lambda: Where(text, catalog))
    return Query(ask.q, ask.category, where, ask.sort, ask.page, ask.per_page, ask.facets, ask.dial)


def occasion_of(ask: SearchAsk, who: Asker, surface: str) -> Occasion:
    """Where and for whom, as merchandising rules ask."""
    question = who.question
    shopper = {
        "known": who.personal,
        "orders": question.known.orders,
        "country": question.country,
        "device": question.device,
        "locale": question.locale,
    }
    query = " ".join(fold(word) for word in ask.q[:LETTERS_MOST].split())
    return Occasion(surface, question.now, query, ask.category, question.audiences, shopper)


def signals_of(searching: Searching, who: Asker, text: str, reader: Reader) -> Signals:
    """What orders results besides words: the models in force, the crowd, and her."""
    deciding, catalog = searching.deciding, who.question.catalog
    models = deciding.knowledge.models
    meaning = meaning_of(models.get("meaning", catalog), catalog)
    crowd = models.get("popularity", catalog)
    situation = Situation(now=who.question.now, seed="", catalog=catalog, known=who.question.known)
    return Signals(
        meaning=meaning,
        chosen=_chosen(models.get("choices", catalog), text, reader),
        earlier=_earlier(who, text, meaning, reader) if who.personal else None,
        liking=liking_of(crowd, catalog),
        taste=(lambda rows: taste_match(situation, rows)) if who.personal else None,
    )


def _chosen(bound: Bound | None, text: str, reader: Reader) -> dict[int, float]:
    """What shoppers chose after the same words."""
    if bound is None or not text:
        return {}

    def make() -> dict[str, int]:
        return {query: place for place, query in enumerate(bound.sealed.facts["queries"])}

    key = key_of(text, bound.sealed.facts["language"], reader.stem)
    return chosen(key, bound.once("queries", make), bound.row_of, bound.arrays)


def _earlier(who: Asker, text: str, meaning: Meaning | None, reader: Reader) -> Floats | None:
    """The direction of what she searched for before, even where she clicked nothing."""
    if meaning is None:
        return None
    queries = dict.fromkeys(each.query for each in searches(who.shopper.searches) if each.query != text)
    stems = [stem for query in list(queries)[:_EARLIER] for stem in reader.understand(query).phrase]
    return meaning.of_words(stems)


def meaning_of(bound: Bound | None, catalog: Catalog) -> Meaning | None:
    """The space of meaning bound to rows; None where none was learnt."""
    if bound is None or not len(bound.arrays["vectors"]):
        return None

    def make() -> Meaning:
        given = bound.arrays["products"]
        products = np.zeros((catalog.size, given.shape[1]), np.float32)
        known = np.flatnonzero(bound.word_of >= 0)
        products[known] = given[bound.word_of[known]]
        words = bound.sealed.facts["words"]
        return Meaning(
            products, {word: n for n, word in enumerate(words)}, np.asarray(bound.arrays["vectors"])
        )

    return bound.once("meaning", make)


def wire_hit(
    catalog: Catalog,
    hit: Hit,
    rank: int,
    now: int,
    said: tuple[str, ...],
    reader: Reader,
    special: Mapping[str, Any],
    *,
    explain: bool,
) -> dict[str, Any]:
    """One hit as the HTTP contract writes it; ``special`` is what a catalog offer makes of its price."""
    product = catalog.product(hit.row)
    name = highlighted(product.name, said, reader) if said else html.escape(product.name, quote=False)
    wire: dict[str, Any] = {
        "sku": product.sku,
        "rank": rank,
        "score": hit.score,
        "reason": hit.reason,
        "highlights": {"name": name},
        "product": {
            "name": product.name,
            "brand": product.brand,
            "url": product.url,
            "image": product.images[0] if product.images else "",
            "available": bool(catalog.available[hit.row]),
            **product.price_wire(now),
            **special,
        },
    }
    if explain:
        wire["explanation"] = {"terms": hit.terms, "rules": list(hit.rules)}
    return wire


def wire_facet(facet: Facet) -> dict[str, Any]:
    """One facet as the HTTP contract writes it."""
    buckets = [_wire_bucket(bucket, facet.type) for bucket in facet.buckets]
    return {"attribute": facet.attribute, "title": facet.title, "type": facet.type, "buckets": buckets}


def _wire_bucket(bucket: Bucket, kind: str) -> dict[str, Any]:
    ends = {"from": bucket.from_, "to": bucket.to} if kind == "price" else {"value": bucket.value}
    return {**ends, "count": bucket.count, "selected": bucket.selected}


def _slot(catalog: Catalog, found: Found, query_id: str, kind: str, ask: SearchAsk) -> SlotDecided:
    first = (ask.page - 1) * ask.per_page
    items = tuple(
        ShownItem(
            catalog.skus[hit.row], first + rank, hit.score, "primary", hit.reason,
            int(catalog.price[hit.row]), int(catalog.stock[hit.row]),
        )
        for rank, hit in enumerate(found.hits[:_SHOWN_KEPT], 1)
    )  # fmt: skip
    content = {"query": ask.q[:LETTERS_MOST], "total": found.total, "applied": found.applied}
    return SlotDecided(kind, kind, kind, tracking=f"t-{query_id[2:]}.0", items=items, content=content)
