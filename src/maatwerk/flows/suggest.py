"""What is offered while she types: queries, products, categories, and her own recent searches."""

from __future__ import annotations

from typing import Any

from maatwerk.decisions.offers.prices import price_wire
from maatwerk.decisions.pipeline.words import Page
from maatwerk.decisions.recommend.crowd import metrics_of
from maatwerk.decisions.search.answer import Sources, answer
from maatwerk.decisions.search.text import fold, words
from maatwerk.decisions.search.understand import Reader
from maatwerk.decisions.search.words import Query
from maatwerk.flows.asking import asker
from maatwerk.flows.record import Asked
from maatwerk.flows.search import SearchAsk, Searching, as_ask, occasion_of, signals_of, wire_hit
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.profile.folds.searches import searches

QUERIES, PRODUCTS, CATEGORIES, RECENT = 6, 6, 4, 5
_WORDS_LOOKED_AT = 200


def suggest(searching: Searching, ask: SearchAsk, asked: Asked, *, signed: bool) -> dict[str, Any]:
    """The answer of the HTTP contract; nothing is recorded. Raises `Refused`."""
    deciding = searching.deciding
    now = deciding.recording.clock()
    deciding.knowledge.refresh(now)
    who = asker(deciding, as_ask(ask, Page(type="search", query=ask.q)), asked, now, signed=signed)
    catalog = who.question.catalog
    desk = searching.desk(catalog)
    reader = searching.reader(desk, catalog.store)
    typed = " ".join(fold(word) for word in ask.q.split())
    own = [each.query for each in searches(who.shopper.searches)] if who.personal else []
    recent = [query for query in dict.fromkeys(own) if fold(query).startswith(typed)][:RECENT]
    if not typed:
        return {"queries": [], "products": [], "categories": [], "recent": recent}
    signals = signals_of(searching, who, ask.q, reader)
    sources = Sources(
        catalog, desk.index, Typing(reader), desk.by_id, signals,
        searching.rules, metrics_of(deciding.knowledge.models, catalog), now,
    )  # fmt: skip
    query = Query(ask.q, per_page=PRODUCTS, facets=(), dial=ask.dial)
    found = answer(query, occasion_of(ask, who, "search"), sources)
    return {
        "queries": completions(reader, ask.q),
        "products": [
            wire_hit(
                catalog,
                hit,
                rank,
                now,
                found.said,
                reader,
                price_wire(deciding.offers, catalog, catalog.skus[hit.row], now, who.question.audiences),
                explain=False,
            )
            for rank, hit in enumerate(found.hits, 1)
        ],
        "categories": categories(catalog, typed),
        "recent": recent,
    }


class Typing(Reader):
    """Understands a query whose last word may be unfinished."""

    def __init__(self, reader: Reader) -> None:
        self.__dict__.update(reader.__dict__)

    def understand(self, text: str, *, typing: bool = True) -> Any:
        """See `Reader`; always as she types."""
        return super().understand(text, typing=True)


def completions(reader: Reader, text: str) -> list[str]:
    """What the last word may become, the commonest in the catalog first, behind the words before it."""
    said = words(text)
    if not said:
        return []
    *before, last = said
    known = reader.vocabulary.begins(last, _WORDS_LOOKED_AT)
    ordered = sorted(known, key=lambda word: (-reader.vocabulary.counts[word], word))
    forms: dict[str, str] = {}
    for word in ordered:  # of a word's forms the commonest
        if not word[0].isdigit():
            forms.setdefault(reader.term(word).stem, word)
    return [" ".join((*before, word)) for word in list(forms.values())[:QUERIES]]


def categories(catalog: Catalog, typed: str) -> list[dict[str, Any]]:
    """Categories one of whose words begins with what was typed, those with most products first."""
    found: list[dict[str, Any]] = []
    for path in catalog.codes["category"].values[1:]:
        name = path.rsplit("/", 1)[-1]
        plain = fold(name.replace("-", " "))
        if plain.startswith(typed) or f" {typed}" in f" {plain}":
            count = int(
                (catalog.in_category(path) & catalog.available[: catalog.size] & catalog.tops()).sum()
            )
            if count:
                found.append({"category": path, "name": name.replace("-", " ").capitalize(), "count": count})
    return sorted(found, key=lambda each: (-each["count"], each["category"]))[:CATEGORIES]
