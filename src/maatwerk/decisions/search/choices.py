"""What shoppers chose after the same words, corrected for where it stood.

A click tells of the place as well as of the product: what stands first is seen most. The position-based model
(Craswell et al., 2008) takes a click for the product of being seen at a place and being wanted; both are
learnt together by expectation maximization.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.search.text import Stem, telling, words

PLACES = 50
QUERIES_MOST, PRODUCTS_MOST = 20_000, 50
ADD, BUY = 3.0, 5.0
_ROUNDS = 20
_PRIOR_SEEN, _PRIOR_WANTED = 2.0, 0.1
_SURE_AT = 5.0
"""Weighted choices at which half the full effect is reached."""


class Shown(NamedTuple):
    """One product shown after a query, at a place from 1, and what she did with it."""

    query: str
    sku: str
    place: int
    clicked: bool = False
    added: bool = False
    bought: bool = False


def key_of(text: str, language: str, stem: Stem) -> str:
    """What queries of the same words have in common, in whatever form and order they stand."""
    return " ".join(sorted({stem(language, word) for word in telling(words(text, language), language)}))


def train_choices(shown: Iterable[Shown]) -> tuple[list[str], list[str], dict[str, NDArray[Any]]]:
    """Queries, SKUs, and arrays: ``start`` (where each query's products begin; one more than queries),
    ``product`` (place in the SKUs, best first) and ``worth`` in [0, 1]."""
    counts: dict[tuple[str, str, int], list[float]] = {}
    more: dict[tuple[str, str], float] = {}
    for each in shown:
        place = min(max(each.place, 1), PLACES) - 1
        cell = counts.setdefault((each.query, each.sku, place), [0.0, 0.0])
        cell[0] += 1.0
        cell[1] += each.clicked
        pair = (each.query, each.sku)
        more[pair] = more.get(pair, 0.0) + each.clicked + ADD * each.added + BUY * each.bought
    pairs = sorted(more)
    number = {pair: n for n, pair in enumerate(pairs)}
    keys = list(counts)
    pair_of = np.array([number[query, sku] for query, sku, _ in keys], np.int64)
    place_of = np.array([place for _, _, place in keys], np.int64)
    table = np.array([counts[key] for key in keys], np.float64).reshape(-1, 2)
    wanted = _wanted(pair_of, place_of, table, len(pairs))
    weight = np.array([more[pair] for pair in pairs])
    worth = wanted * weight / (weight + _SURE_AT)
    return _packed(pairs, worth)


def _wanted(
    pair_of: NDArray[np.int64], place_of: NDArray[np.int64], table: NDArray[np.float64], pairs: int
) -> NDArray[np.float64]:
    """How likely each product is wanted after its query, were it seen."""
    seen = 1.0 / (1.0 + np.arange(PLACES)) ** 0.5
    wanted = np.full(pairs, _PRIOR_WANTED)
    shown, clicked = table[:, 0], np.minimum(table[:, 1], table[:, 0])
    for _ in range(_ROUNDS):
        at, of = seen[place_of], wanted[pair_of]
        not_clicked = (shown - clicked) / np.maximum(1.0 - at * of, 1e-9)
        was_seen = clicked + not_clicked * at * (1.0 - of)
        was_wanted = clicked + not_clicked * of * (1.0 - at)
        by_place = np.bincount(place_of, was_seen, PLACES), np.bincount(place_of, shown, PLACES)
        seen = (by_place[0] + _PRIOR_SEEN * seen) / (by_place[1] + _PRIOR_SEEN)
        seen = np.clip(seen / max(float(seen[0]), 1e-9), 1e-3, 1.0)
        by_pair = np.bincount(pair_of, was_wanted, pairs), np.bincount(pair_of, shown, pairs)
        wanted = (by_pair[0] + _PRIOR_SEEN * _PRIOR_WANTED) / (by_pair[1] + _PRIOR_SEEN)
    return wanted


def _packed(
    pairs: list[tuple[str, str]], worth: NDArray[np.float64]
) -> tuple[list[str], list[str], dict[str, NDArray[Any]]]:
    by_query: dict[str, list[tuple[float, str]]] = {}
    for (query, sku), value in zip(pairs, worth.tolist(), strict=True):
        if value > 0.01:
            by_query.setdefault(query, []).append((-value, sku))
    kept = sorted(by_query, key=lambda query: (min(by_query[query])[0], query))[:QUERIES_MOST]
    skus: dict[str, int] = {}
    start, product, value_of = [0], [], []
    for query in kept:
        for value, sku in sorted(by_query[query])[:PRODUCTS_MOST]:
            product.append(skus.setdefault(sku, len(skus)))
            value_of.append(-value)
        start.append(len(product))
    top = max(value_of, default=1.0)
    arrays: dict[str, NDArray[Any]] = {
        "start": np.array(start, np.int64),
        "product": np.array(product, np.int32),
        "worth": (np.array(value_of, np.float64) / top).astype(np.float32),
    }
    return kept, list(skus), arrays


def chosen(
    key: str, queries: Mapping[str, int], row_of: NDArray[np.int32], arrays: Mapping[str, NDArray[Any]]
) -> dict[int, float]:
    """Rows that were chosen after these words, with their worth; nothing for words nobody searched."""
    place = queries.get(key)
    if place is None:
        return {}
    part = slice(int(arrays["start"][place]), int(arrays["start"][place + 1]))
    rows = row_of[arrays["product"][part]].tolist()
    found: dict[int, float] = {}
    for row, worth in zip(rows, arrays["worth"][part].tolist(), strict=True):
        if row >= 0:
            found[row] = max(found.get(row, 0.0), worth)
    return found
