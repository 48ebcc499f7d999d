"""One search from beginning to end: understood, matched, filtered, ranked, steered, counted, paged."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from maatwerk.decisions.pipeline.merchandise import Occasion, Rule, Steered, applying, steer
from maatwerk.decisions.pipeline.words import Rows, Scores
from maatwerk.decisions.search.facets import facets
from maatwerk.decisions.search.index import SearchIndex, Wanted
from maatwerk.decisions.search.rank import Signals, terms_of
from maatwerk.decisions.search.rows import RowsById
from maatwerk.decisions.search.text import fold, words
from maatwerk.decisions.search.understand import Reader, Understood
from maatwerk.decisions.search.words import Found, Hit, Query
from maatwerk.views.catalog.columns import Catalog

CANDIDATES = 1_000
CANDIDATES_FILTERED = 5_000
"""How many matches are ranked by all that is known; the rest keeps the order of the crowd's liking."""
_NEAREST = 24


class Sources(NamedTuple):
    """What a search is answered from. ``metrics``: by name a function of rows, for rules' weights."""

    catalog: Catalog
    reads: SearchIndex
    reader: Reader
    by_id: RowsById
    signals: Signals
    rules: Sequence[Rule] = ()
    metrics: Mapping[str, Any] = {}
    now: int = 0


class _Matched(NamedTuple):
    rows: Rows
    text: Scores
    everything: Rows
    relaxed: tuple[str, ...]


_NONE = np.empty(0, np.int32)


def answer(query: Query, occasion: Occasion, sources: Sources) -> Found:
    """One page of hits, best first, with facets of all that was found."""
    understood = sources.reader.understand(query.text, typing=False) if query.text else None
    rules = applying(sources.rules, occasion)
    matched = _match(query, understood, sources) if understood else _shelf(query, sources)
    catalog, now = sources.catalog, sources.now
    whole = _on_sale(catalog, matched.everything)
    kept = query.where.mask(catalog, now, whole) if query.where else np.ones(len(whole), np.bool_)
    inside = np.zeros(catalog.size, np.bool_)
    inside[whole[kept]] = True
    place = inside[matched.rows] if len(matched.rows) else np.empty(0, np.bool_)
    rows, text = matched.rows[place], matched.text[place]
    signals = _signals(query, understood, rules, sources.signals)
    terms = terms_of(catalog, rows, text, signals)
    scores = np.sum(list(terms.values()), axis=0) if len(rows) else np.empty(0)
    steered = steer(rules, catalog, now, rows, scores, sources.metrics)
    order = _order(query, rules, catalog, rows, steered)
    ranked = _with_pins(rows[order], steered.pins, catalog)
    tail = _tail(catalog, whole[kept], ranked, rows, signals)
    hidden = rows[~steered.stays]
    everything = np.concatenate((ranked, tail)) if len(tail) else ranked
    first = (query.page - 1) * query.per_page
    shown = everything[first : first + query.per_page]
    scored = {int(row): place for place, row in enumerate(rows.tolist())}
    hits = tuple(_hit(int(row), scored, steered, terms, understood) for row in shown.tolist())
    counted = whole if not len(hidden) else np.setdiff1d(whole, hidden)
    names = _facet_names(query, rules)
    found_facets = facets(catalog, counted, query.where, now, names, query.category)
    return Found(
        hits,
        len(everything),
        found_facets,
        _applied(understood, matched, rules),
        understood.said if understood else (),
    )


def _match(query: Query, understood: Understood, sources: Sources) -> _Matched:
    """Products with all the words; where they are few, those with most of them; where there are none, those
    nearest in meaning."""
    concepts = understood.concepts
    limit = CANDIDATES_FILTERED if query.where is not None else CANDIDATES
    required = len(concepts)
    wanted = Wanted(concepts, required, understood.phrase, query.category)
    matches = sources.reads.find(wanted, limit)
    while matches.total < query.fill and required > 1:
        required -= 1
        wanted = msgspec.structs.replace(wanted, required=required)
        matches = sources.reads.find(wanted, limit)
    rows = sources.by_id.rows(matches.ids)
    known = rows >= 0
    rows, text = rows[known], matches.scores[known]
    everything = rows
    if matches.total > len(matches.ids):
        everything = sources.by_id.rows(sources.reads.every(wanted))
        everything = everything[everything >= 0]
    relaxed = understood.said if required < len(concepts) else ()
    if not len(rows) and sources.signals.chosen:
        rows = np.array(list(sources.signals.chosen), np.int32)
        return _Matched(rows, np.zeros(len(rows)), rows, understood.said)
    if not len(rows) and sources.signals.meaning is not None:
        direction = sources.signals.meaning.of_words(understood.phrase)
        if direction is not None:
            rows = sources.signals.meaning.nearest(direction, _NEAREST)
            rows = rows[rows < sources.catalog.size]
            return _Matched(rows, np.zeros(len(rows)), rows, understood.said)
    return _Matched(rows, text, everything, relaxed)


def _shelf(query: Query, sources: Sources) -> _Matched:
    catalog = sources.catalog
    if query.category:
        rows = np.flatnonzero(catalog.in_category(query.category)).astype(np.int32)
    else:
        rows = np.arange(catalog.size, dtype=np.int32)
    return _Matched(rows, np.zeros(len(rows)), rows, ())


def _on_sale(catalog: Catalog, rows: Rows) -> Rows:
    kept: Rows = rows[catalog.shown[rows] & (catalog.parent[rows] < 0)]
    return kept


def _signals(query: Query, understood: Understood | None, rules: Sequence[Rule], signals: Signals) -> Signals:
    dials = [rule.said.dial for rule in rules if rule.said.dial is not None]
    direction = None
    if understood is not None and signals.meaning is not None:
        direction = signals.meaning.of_words(understood.phrase)
    return signals._replace(dial=dials[0] if dials else query.dial, direction=direction)


def _order(query: Query, rules: Sequence[Rule], catalog: Catalog, rows: Rows, steered: Steered) -> Any:
    sort = query.sort
    if sort == "relevance":
        sort = next((rule.said.sort for rule in rules if rule.said.sort), sort)
    stays = np.flatnonzero(steered.stays)
    kept = rows[stays]
    if sort in ("price", "-price"):
        price = catalog.price[kept].astype(np.float64)
        price[price < 0] = np.inf if sort == "price" else -np.inf
        keys = price if sort == "price" else -price
    elif sort == "newest":
        keys = -catalog.created[kept].astype(np.float64)
    elif sort == "name":
        names = [fold(catalog.product(row).name) for row in kept.tolist()]
        return stays[np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)] if names else stays
    else:
        keys = -steered.scores[stays]
    # of equal score the order is that of SKUs, whatever the order of candidates was
    best = np.argsort(keys, kind="stable")
    equal = keys[best]
    if len(best) > 1 and (equal[1:] == equal[:-1]).any():
        skus = [catalog.skus[row] for row in kept.tolist()]
        best = np.array(sorted(range(len(skus)), key=lambda at: (keys[at], skus[at])), np.int64)
    return stays[best]


def _with_pins(ranked: Rows, pins: Mapping[int, int], catalog: Catalog) -> Rows:
    """Pinned products at their places, whether or not the words found them; never what is not on sale."""
    here = {place: row for place, row in pins.items() if catalog.shown[row]}
    if not here:
        return ranked
    pinned = set(here.values())
    rest = [row for row in ranked.tolist() if row not in pinned]
    for place in sorted(here):
        rest.insert(place, here[place])
    return np.array(rest, np.int32)


def _tail(catalog: Catalog, kept: Rows, ranked: Rows, scored: Rows, signals: Signals) -> Rows:
    """What was found beyond the ranked candidates, so that paging has no ceiling."""
    if len(kept) <= len(scored):
        return _NONE
    taken = np.zeros(catalog.size, np.bool_)
    taken[scored] = True
    taken[ranked] = True
    rest = kept[~taken[kept]]
    liking = signals.liking(rest) if signals.liking is not None else np.zeros(len(rest))
    order = np.lexsort((rest, -liking, ~catalog.available[rest]))
    tail: Rows = rest[order]
    return tail


def _facet_names(query: Query, rules: Sequence[Rule]) -> tuple[str, ...] | None:
    if query.facets is not None:
        return query.facets
    pinned = dict.fromkeys(name for rule in rules for name in rule.said.facets)
    return tuple(pinned) or None


def _hit(
    row: int,
    scored: Mapping[int, int],
    steered: Steered,
    terms: Mapping[str, Scores],
    understood: Understood | None,
) -> Hit:
    rules = tuple(steered.notes.get(row, ()))
    place = scored.get(row)
    if place is None:
        return Hit(row, 0.0, _reason({}, rules, understood), {}, rules)
    mine = {name: round(float(values[place]), 6) for name, values in terms.items() if values[place]}
    if steered.terms[place]:
        mine["rules"] = round(float(steered.terms[place]), 6)
    return Hit(row, round(float(steered.scores[place]), 6), _reason(mine, rules, understood), mine, rules)


def _reason(terms: Mapping[str, float], rules: Sequence[str], understood: Understood | None) -> str:
    """The one thing that most put it here beyond the words, in words."""
    pinned = next((rule for rule in rules if "pinned" in rule), "")
    if pinned:
        return "chosen by the shop"
    if terms.get("taste", 0.0) > 0.12:
        return "fits your taste"
    if terms.get("earlier", 0.0) > 0.12:
        return "near what you searched for before"
    if terms.get("learnt", 0.0) > 0.2:
        return "chosen by others after the same words"
    if understood is None:
        return "popular here" if terms.get("liking", 0.0) > 0.3 else "in this category"
    if not terms.get("words"):
        return "like what you asked for"
    return f"matches “{understood.corrected or understood.text}”"


def _applied(understood: Understood | None, matched: _Matched, rules: Sequence[Rule]) -> dict[str, Any]:
    applied: dict[str, Any] = {}
    if understood is not None:
        if understood.corrected:
            applied["corrected"] = understood.corrected
        if understood.synonyms:
            applied["synonyms"] = list(understood.synonyms)
        if matched.relaxed:
            applied["relaxed"] = " ".join(matched.relaxed)
    if rules:
        applied["rules"] = [rule.key for rule in rules]
        redirect = next((rule.said.redirect for rule in rules if rule.said.redirect), "")
        banner = next((rule.said.banner for rule in rules if rule.said.banner), None)
        if redirect:
            applied["redirect"] = redirect
        if banner:
            applied["banner"] = banner
    return applied


def highlighted(name: str, said: Sequence[str], reader: Reader) -> str:
    """A name as HTML, the words that were asked for in ``<em>``."""
    stems = {reader.term(word).stem for word in said}
    pieces = []
    for piece in re.split(r"(\w+)", name):
        found = words(piece) if piece and piece[0].isalnum() else []
        safe = html.escape(piece, quote=False)
        pieces.append(f"<em>{safe}</em>" if any(reader.term(word).stem in stems for word in found) else safe)
    return "".join(pieces)
