"""`bench search`: personal queries with four facets over a synthetic catalog, in the answering process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import perf_counter, perf_counter_ns
from typing import Any

import numpy as np

from maatwerk.cli.evaluate.metrics import machine, peak_memory_mb
from maatwerk.decisions.pipeline.merchandise import Occasion
from maatwerk.decisions.pipeline.where import Where
from maatwerk.decisions.pipeline.words import Situation
from maatwerk.decisions.recommend.taste import catalog_baseline, known
from maatwerk.decisions.recommend.tasteful import taste_match
from maatwerk.decisions.search.answer import Sources, answer
from maatwerk.decisions.search.describe import Describer, entry_of
from maatwerk.decisions.search.meaning import Meaning
from maatwerk.decisions.search.rank import Signals
from maatwerk.decisions.search.rows import RowsById
from maatwerk.decisions.search.spelling import Vocabulary, counted
from maatwerk.decisions.search.understand import Reader
from maatwerk.decisions.search.words import Query
from maatwerk.engines.tantivy.reader import TantivyReader
from maatwerk.engines.tantivy.stems import stem
from maatwerk.engines.tantivy.writer import TantivyWriter
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product

FACETS = ("category", "brand", "color", "price")
_COLORS = ("red", "blue", "green", "black", "white", "grey", "pink", "sand", "navy", "olive", "rust", "plum")
_SOUNDS = ("ba", "ko", "ri", "ma", "tel", "vos", "nu", "sar", "pim", "dor", "len", "wik", "ha", "jo", "cre")
_SIZE = 64
_WARM = 50
_CHANGES = 5


def bench_search(
    *, products: int, queries: int, seed: int, say: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Milliseconds of one personal query with four facets, a filter in every third; the size and time of the
    index; and the time from a written change to its being found (without the wait for its turn)."""
    random = Random(seed)
    say(f"making {products:,} products")
    catalog, words = _catalog(products, random)
    describer = Describer("en", stem)
    vocabulary = Vocabulary(counted(describer.words(catalog.product(r)) for r in range(2_000)), "en", stem)
    with tempfile.TemporaryDirectory() as folder:
        say("building the index")
        began = perf_counter()
        writer = TantivyWriter(Path(folder), "en")
        entries = (entry_of(catalog, row, describer, vocabulary) for row in range(catalog.size))
        writer.put(entry for entry in entries if entry is not None)
        writer.commit(1)
        built = perf_counter() - began
        index = TantivyReader(Path(folder))
        index.refresh()
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        reader = Reader(Vocabulary(index.words(), "en", stem), stem)
        by_id = RowsById(catalog)
        sources = Sources(catalog, index, reader, by_id, _signals(catalog, words, random))
        say(f"asking {queries:,} queries")
        times, totals = _asked(sources, words, queries, random)
        found = [_until_found(catalog, index, writer, describer, sources, n) for n in range(_CHANGES)]
        writer.close()
    p50, p95, p99 = (round(float(np.percentile(times, q)) / 1e6, 2) for q in (50, 95, 99))
    return {
        "bench": "search", "products": products, "queries": queries, "facets": len(FACETS),
        "p50_ms": p50, "p95_ms": p95, "p99_ms": p99,
        "matches_median": int(np.median(totals)), "matches_most": int(max(totals)),
        "index_mb": round(size / 1e6, 1), "build_seconds": round(built, 1),
        "change_to_found_ms": round(float(np.median(found)) * 1e3, 1),
        "peak_memory_mb": peak_memory_mb(), "machine": machine(),
    }  # fmt: skip


def as_text(found: dict[str, Any]) -> str:
    """The same for people."""
    return "\n".join(f"{name:22} {value}" for name, value in found.items())


def _catalog(count: int, random: Random) -> tuple[Catalog, list[str]]:
    """Names of three to six words whose frequencies fall as words' do (Zipf)."""
    words = sorted({"".join(random.choices(_SOUNDS, k=random.randint(2, 4))) for _ in range(30_000)})[:20_000]
    random.shuffle(words)
    weights = np.cumsum(1.0 / (np.arange(len(words)) + 20.0)).tolist()
    catalog = Catalog()
    for number in range(count):
        name = random.choices(words, cum_weights=weights, k=random.randint(3, 6))
        body = random.choices(words, cum_weights=weights, k=20)
        place = f"{words[number % 12]}/{words[12 + number % 60]}"
        catalog.put(
            Product(
                sku=f"P{number:07d}", name=" ".join(name), description=" ".join(body),
                brand=words[100 + random.randrange(300)], categories=(place,), currency="EUR",
                price_minor=random.randint(500, 30_000), stock=random.randint(0, 40),
                attributes={"color": random.choice(_COLORS)},
            )
        )  # fmt: skip
    return catalog, words


def _signals(catalog: Catalog, words: list[str], random: Random) -> Signals:
    """A shopper of forty actions, a space of meaning of the usual size, a crowd."""
    rng = np.random.default_rng(random.randrange(1 << 30))
    vectors = rng.standard_normal((len(words), _SIZE)).astype(np.float32)
    products = rng.standard_normal((catalog.size, _SIZE)).astype(np.float32)
    products /= np.linalg.norm(products, axis=1, keepdims=True)
    terms = {stem("en", word): place for place, word in enumerate(words)}
    actions = [(n * 1000, "view", catalog.skus[random.randrange(catalog.size)]) for n in range(40)]
    who = known(actions, (), catalog, catalog_baseline(catalog), 50_000)
    situation = Situation(now=50_000, seed="", catalog=catalog, known=who)
    liking = rng.random(catalog.size)
    return Signals(
        meaning=Meaning(products, terms, vectors),
        earlier=products[0],
        liking=lambda rows: liking[np.minimum(rows, len(liking) - 1)],
        taste=lambda rows: taste_match(situation, rows),
    )


def _asked(sources: Sources, words: list[str], count: int, random: Random) -> tuple[list[int], list[int]]:
    """One word, or two, or three, mistyped in every tenth; common and rare as names have them."""
    weights = np.cumsum(1.0 / (np.arange(len(words)) + 20.0)).tolist()
    times, totals = [], []
    for number in range(count + _WARM):
        text = " ".join(random.choices(words, cum_weights=weights, k=1 + number % 3))
        if number % 10 == 9:
            text = text[:2] + text[3:]
        began = perf_counter_ns()
        where = None
        if number % 3 == 2:
            where = Where(f'color in ["red", "blue"] && price < {50 + number % 200}', sources.catalog)
        query = Query(text, where=where, facets=FACETS)
        found = answer(query, Occasion("search", 50_000), sources)
        if number >= _WARM:
            times.append(perf_counter_ns() - began)
            totals.append(found.total)
    return times, totals


def _until_found(
    catalog: Catalog,
    index: TantivyReader,
    writer: TantivyWriter,
    describer: Describer,
    sources: Sources,
    n: int,
) -> float:
    catalog.put(Product(sku=f"NEW-{n}", name=f"Zyxwvuts{n} thing", currency="EUR", price_minor=100, stock=1))
    began = perf_counter()
    entry = entry_of(catalog, catalog.row(f"NEW-{n}"), describer, None)
    writer.put([entry] if entry else [])
    writer.commit(2 + n)
    index.refresh()
    hits = answer(Query(f"zyxwvuts{n}", facets=()), Occasion("search", 50_000), sources).hits
    took = perf_counter() - began
    return took if any(catalog.skus[hit.row] == f"NEW-{n}" for hit in hits) else float("nan")
