"""Likeness of products by what is said of them; needs no visitor, so it works from day one.

Terms of name, categories, attributes and description, weighted by tf-idf, compared by cosine. Aware
of the gender line: a women's product is never like a men's one, however alike the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product

KEPT = 50
COMMON_SHARE = 0.2
"""A term in more than this share of the products tells them apart no more."""

_WORD = re.compile(r"[^\W_]{2,}")
_CHUNK = 512
_FIELD_WEIGHTS = {"name": 3.0, "category": 2.0, "attribute": 2.0, "brand": 1.0, "description": 1.0}


def train_alike(catalog: Catalog) -> tuple[list[str], dict[str, NDArray[Any]]]:
    """The vocabulary (SKUs of products, not variants) and a list each of at most 50 like it:
    ``indptr``, ``items``, ``scores`` (cosine)."""
    rows = np.flatnonzero(catalog.tops() & catalog.shown[: catalog.size])
    skus = [catalog.skus[row] for row in rows]
    vectors = _vectors([catalog.product(int(row)) for row in rows])
    lines = catalog.facets["gender"][rows]
    neutral = np.isin(lines, [0, catalog.codes["gender"].find("unisex")])
    indptr, items, scores = [0], [], []
    across = vectors.T.tocsr()
    for start in range(0, len(rows), _CHUNK):
        cosine = (vectors[start : start + _CHUNK] @ across).tocsr()
        for place in range(cosine.shape[0]):
            own = start + place
            near = cosine.indices[cosine.indptr[place] : cosine.indptr[place + 1]]
            value = cosine.data[cosine.indptr[place] : cosine.indptr[place + 1]]
            fits = (near != own) & (neutral[own] | neutral[near] | (lines[near] == lines[own]))
            near, value = _best(near[fits], value[fits])
            items.append(near.astype(np.int32))
            scores.append(value.astype(np.float32))
            indptr.append(indptr[-1] + len(near))
    return skus, {
        "indptr": np.array(indptr, np.int64),
        "items": np.concatenate(items) if items else np.empty(0, np.int32),
        "scores": np.concatenate(scores) if scores else np.empty(0, np.float32),
    }


def _best(near: NDArray[Any], value: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The `KEPT` highest, best first, of equals the first rows. Only what reaches the last one's value is
    sorted: in a large shop a product shares a word with tens of thousands."""
    if len(value) > KEPT:
        reaches = value >= np.partition(value, len(value) - KEPT)[len(value) - KEPT]
        near, value = near[reaches], value[reaches]
    best = np.lexsort((near, -value))[:KEPT]
    return near[best], value[best]


def _vectors(products: list[Product]) -> sparse.csr_matrix:
    """Products by terms: tf-idf, each row of length 1."""
    numbers: dict[str, int] = {}
    row: list[int] = []
    column: list[int] = []
    value: list[float] = []
    for place, product in enumerate(products):
        weights: dict[int, float] = {}
        for term, weight in _terms(product):
            number = numbers.setdefault(term, len(numbers))
            weights[number] = weights.get(number, 0.0) + weight
        row.extend([place] * len(weights))
        column.extend(weights)
        value.extend(weights.values())
    counts = sparse.csr_matrix((value, (row, column)), shape=(len(products), max(len(numbers), 1)))
    spread = np.bincount(np.array(column, dtype=np.int64), minlength=counts.shape[1])
    rarity = np.log((1 + len(products)) / (1 + spread))
    rarity[spread > max(COMMON_SHARE * len(products), 20)] = 0.0
    weighted = sparse.csr_matrix(counts.multiply(rarity[np.newaxis, :]))
    weighted.eliminate_zeros()
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1.0 / np.maximum(length, 1e-12)) @ weighted)


def _terms(product: Product) -> Iterator[tuple[str, float]]:
    for word in _words(product.name):
        yield f"w:{word}", _FIELD_WEIGHTS["name"]
    for word in _words(product.description):
        yield f"w:{word}", _FIELD_WEIGHTS["description"]
    for category in product.categories:
        yield f"c:{category}", _FIELD_WEIGHTS["category"]
    if product.brand:
        yield f"b:{product.brand.lower()}", _FIELD_WEIGHTS["brand"]
    for name, value in product.attributes.items():
        for each in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(each, (str, int, float, bool)) and each != "":
                yield f"a:{name}={str(each).lower()}", _FIELD_WEIGHTS["attribute"]


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text.lower()):
        word = match.group()
        yield word[:-1] if len(word) > 4 and word.endswith("s") else word
