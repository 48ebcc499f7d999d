"""Likeness of meaning, learnt from the shop's own words: latent semantic analysis (Deerwester et al., 1990).

Products and words lie in one space of some dozens of dimensions; a product is near a query whose words it
does not have, when products with these words have its other words too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from maatwerk.decisions.pipeline.words import Rows, Scores

Floats = NDArray[np.float32]

SIZE = 128
_TITLE_WEIGHT = 3.0
_WORDS_MOST = 60_000
_LEARNT_FROM = 200_000
"""Products the space is learnt from; all are placed in it."""


class Meaning:
    """A space bound to rows. ``products``: unit vectors by row (zeros where unknown); ``terms``: stem to
    place in ``vectors``."""

    def __init__(self, products: Floats, terms: Mapping[str, int], vectors: Floats) -> None:
        self.products, self.terms, self.vectors = products, terms, vectors

    def of_words(self, stems: Sequence[str]) -> Floats | None:
        """The direction of some words; None where none of them is known."""
        places = [self.terms[stem] for stem in dict.fromkeys(stems) if stem in self.terms]
        return _unit(self.vectors[places].sum(axis=0)) if places else None

    def of_products(self, rows: Rows, weights: Scores) -> Floats | None:
        """The direction of some products."""
        return _unit(weights.astype(np.float32) @ self._of(rows))

    def likeness(self, direction: Floats, rows: Rows) -> Scores:
        """The cosine of each product with a direction; 0 where either is unknown."""
        found: Scores = (self._of(rows) @ direction).astype(np.float64)
        return found

    def nearest(self, direction: Floats, most: int) -> Rows:
        """The products nearest a direction, best first."""
        scores = self.products @ direction
        most = min(most, len(scores))
        best = np.argpartition(-scores, most - 1)[:most] if most else np.empty(0, np.int64)
        return best[np.argsort(-scores[best], kind="stable")].astype(np.int32)

    def _of(self, rows: Rows) -> Floats:
        size = len(self.products)
        if len(rows) and int(rows.max()) >= size:
            known = (rows < size).astype(np.float32)
            return self.products[np.minimum(rows, size - 1)] * known[:, None]
        return self.products[rows]


def train_meaning(
    titles: Sequence[Sequence[str]], bodies: Sequence[Sequence[str]], size: int = SIZE
) -> tuple[list[str], dict[str, NDArray[Any]]]:
    """The words of the space and its arrays: ``products`` (float16, unit vectors in the order given) and
    ``vectors`` (float32, a row a word, weighted by how telling the word is).

    A name counts three times its description; counts are damped by the logarithm, words by their inverse
    frequency. Nothing is learnt from fewer than three products.
    """
    from scipy.sparse.linalg import svds  # here: a process that only serves need not load it

    places, matrix = _counts(titles, bodies)
    words = list(places)
    if matrix.shape[0] < 3 or matrix.shape[1] < 3:
        nothing = np.zeros((len(titles), 1), np.float16)
        return [], {"products": nothing, "vectors": np.zeros((0, 1), np.float32)}
    present = np.bincount(matrix.indices, minlength=len(words))
    idf = np.log((1.0 + matrix.shape[0]) / (1.0 + present)).astype(np.float32) + 1.0
    matrix.data = 1.0 + np.log(matrix.data)
    matrix = matrix @ sparse.diags_array(idf)
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix = (sparse.diags_array(1.0 / np.maximum(norms, 1e-9)) @ matrix).tocsr().astype(np.float32)
    sample = matrix[:: max(1, -(-matrix.shape[0] // _LEARNT_FROM))]
    size = min(size, min(sample.shape) - 1)
    start = np.ones(min(sample.shape), np.float32)
    _, _, right = svds(sample, k=size, v0=start, random_state=0)
    basis = np.ascontiguousarray(right.T, np.float32)
    products = np.asarray(matrix @ basis, np.float32)
    products /= np.maximum(np.linalg.norm(products, axis=1, keepdims=True), 1e-9)
    return words, {"products": products.astype(np.float16), "vectors": basis * idf[:, None]}


def _counts(
    titles: Sequence[Sequence[str]], bodies: Sequence[Sequence[str]]
) -> tuple[dict[str, int], sparse.csr_array]:
    """Products by words, of words that two products have; the commonest where there are too many."""
    frequency: dict[str, int] = {}
    for title, body in zip(titles, bodies, strict=True):
        for word in {*title, *body}:
            frequency[word] = frequency.get(word, 0) + 1
    kept = sorted((word for word, n in frequency.items() if n > 1), key=lambda word: (-frequency[word], word))
    places = {word: place for place, word in enumerate(kept[:_WORDS_MOST])}
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, (title, body) in enumerate(zip(titles, bodies, strict=True)):
        counts: dict[int, float] = {}
        for weight, stems in ((_TITLE_WEIGHT, title), (1.0, body)):
            for word in stems:
                place = places.get(word)
                if place is not None:
                    counts[place] = counts.get(place, 0.0) + weight
        rows.extend([row] * len(counts))
        columns.extend(counts)
        values.extend(counts.values())
    shape = (len(titles), len(places))
    return places, sparse.csr_array((np.array(values, np.float32), (rows, columns)), shape=shape)


def _unit(vector: Floats) -> Floats | None:
    length = float(np.linalg.norm(vector))
    return (vector / length).astype(np.float32) if length > 1e-9 else None
