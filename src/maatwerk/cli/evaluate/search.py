"""`evaluate search`: index products, answer queries with what serves a shop, compare with judgements."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any, NamedTuple

import numpy as np

from maatwerk.cli.evaluate.metrics import machine, peak_memory_mb, percentiles_ms
from maatwerk.cli.evaluate.read import read_columns
from maatwerk.core.errors import Refused
from maatwerk.decisions.pipeline.merchandise import Occasion
from maatwerk.decisions.search.answer import Sources, answer
from maatwerk.decisions.search.describe import Describer, entry_of
from maatwerk.decisions.search.meaning import Meaning, train_meaning
from maatwerk.decisions.search.rank import Signals
from maatwerk.decisions.search.rows import RowsById
from maatwerk.decisions.search.spelling import Vocabulary, counted
from maatwerk.decisions.search.text import language_of
from maatwerk.decisions.search.understand import Reader
from maatwerk.decisions.search.words import Query
from maatwerk.engines.tantivy.reader import TantivyReader
from maatwerk.engines.tantivy.stems import stem
from maatwerk.engines.tantivy.writer import TantivyWriter
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product

K = 10
_WARM = 20
_SAMPLE = 500


class Shop(NamedTuple):
    """What queries are answered from, and what it cost to make."""

    sources: Sources
    index_seconds: float
    meaning_seconds: float
    language: str
    words: int


def evaluate_search(
    products: Path,
    queries: Path,
    judgements: Path | None = None,
    predictions: Path | None = None,
    *,
    k: int = K,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """NDCG@k over the queries that have a judged product, and how long a query took.

    A product without a judgement has gain 0; gains are taken as they are. ``predictions`` receives
    ``query<TAB>product`` lines in rank order. Raises `Refused` for files that cannot be read.
    """
    say = progress or (lambda _: None)
    asked = read_columns(queries, {"id": ("id", "query_id"), "query": ("query", "q", "text")})
    if not asked["id"]:
        raise Refused("no_cases", f"{queries.name} holds no query", hint="write one a line")
    with tempfile.TemporaryDirectory() as folder:
        say(f"indexing {products.name}")
        shop = open_shop(products, Path(folder))
        say(f"answering {len(asked['id']):,} queries")
        found, nanoseconds = _answers(shop.sources, asked["query"], k)
    if predictions:
        lines = [f"{query}\t{sku}\n" for query, skus in zip(asked["id"], found, strict=True) for sku in skus]
        predictions.write_text("".join(lines), encoding="utf-8")
    quality: dict[str, Any] = {}
    if judgements:
        scores = _ndcg(asked["id"], found, judgements, k)
        error = float(np.std(scores) / math.sqrt(len(scores))) if scores else 0.0
        quality = {
            f"ndcg_at_{k}": round(float(np.mean(scores)), 4) if scores else None,
            "standard_error": round(error, 4),
            "n_judged": len(scores),
        }
    return {
        "evaluation": "search",
        "k": k,
        "n": len(asked["id"]),
        **quality,
        "without_results": sum(not skus for skus in found),
        **percentiles_ms(nanoseconds),
        "products": shop.sources.catalog.size,
        "words": shop.words,
        "language": shop.language,
        "index_seconds": round(shop.index_seconds, 2),
        "meaning_seconds": round(shop.meaning_seconds, 2),
        "peak_memory_mb": peak_memory_mb(),
        "machine": machine(),
    }


def open_shop(products: Path, folder: Path) -> Shop:
    """A catalog, an index and a space of meaning of a file of products; as a shop's own are made."""
    columns = read_columns(
        products,
        {"id": ("id", "product_id", "sku"), "title": ("title", "name"), "description": ("description",)},
        optional=("description",),
    )
    bodies = columns.get("description") or [""] * len(columns["id"])
    catalog = Catalog()
    for sku, title, body in zip(columns["id"], columns["title"], bodies, strict=True):
        catalog.put(Product(sku=sku, name=title, description=body))
    if not catalog.size:
        raise Refused("no_products", f"{products.name} holds no product")
    some = [catalog.product(row) for row in range(0, catalog.size, max(1, catalog.size // _SAMPLE))]
    language = language_of(f"{each.name} {each.description[:400]}" for each in some)
    describer = Describer(language, stem)
    began = perf_counter()
    words = counted(describer.words(catalog.product(row)) for row in range(catalog.size))
    vocabulary = Vocabulary(words, language, stem)
    writer = TantivyWriter(folder, language)
    entries = (entry_of(catalog, row, describer, vocabulary) for row in range(catalog.size))
    writer.put(entry for entry in entries if entry is not None)
    writer.commit(1)
    writer.close()
    indexed = perf_counter()
    every = [catalog.product(row) for row in range(catalog.size)]
    terms, arrays = train_meaning(list(map(describer.stems, every)), list(map(describer.body_stems, every)))
    places = {word: place for place, word in enumerate(terms)}
    meaning = Meaning(arrays["products"].astype(np.float32), places, arrays["vectors"]) if terms else None
    learnt = perf_counter()
    index = TantivyReader(folder)
    index.refresh()
    reader = Reader(Vocabulary(index.words(), language, stem), stem)
    sources = Sources(catalog, index, reader, RowsById(catalog), Signals(meaning=meaning))
    return Shop(sources, indexed - began, learnt - indexed, language, len(reader.vocabulary))


def _answers(sources: Sources, queries: list[str], k: int) -> tuple[list[list[str]], list[int]]:
    asked = [Query(text, per_page=k, fill=k, facets=()) for text in queries]
    for query in asked[:_WARM]:
        answer(query, Occasion("search", 0), sources)
    found, nanoseconds = [], []
    for query in asked:
        began = perf_counter_ns()
        hits = answer(query, Occasion("search", 0), sources).hits
        nanoseconds.append(perf_counter_ns() - began)
        found.append([sources.catalog.skus[hit.row] for hit in hits])
    return found, nanoseconds


def _ndcg(ids: list[str], found: list[list[str]], judgements: Path, k: int) -> list[float]:
    table = read_columns(
        judgements, {"query_id": ("query_id",), "product_id": ("product_id",), "gain": ("gain", "relevance")}
    )
    gains: dict[str, dict[str, float]] = {}
    for query, product, gain in zip(table["query_id"], table["product_id"], table["gain"], strict=True):
        gains.setdefault(query, {})[product] = float(gain)
    scores = []
    for query, skus in zip(ids, found, strict=True):
        judged = gains.get(query, {})
        ideal = sum(g / math.log2(r + 2) for r, g in enumerate(sorted(judged.values(), reverse=True)[:k]))
        if ideal > 0:
            reached = sum(judged.get(sku, 0.0) / math.log2(rank + 2) for rank, sku in enumerate(skus[:k]))
            scores.append(reached / ideal)
    return scores
