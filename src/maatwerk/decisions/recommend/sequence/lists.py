"""Count the lists of the sequence model: what follows what, what is had together, what is alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import sparse

from maatwerk.decisions.recommend.sequence.words import Floats, Ints, Longs, Mask, Sequences

KEPT = 100
KEPT_ON_THE_WAY = 50
GAP_MOST = 20
SOON = 5
TOGETHER_MOST = 50
"""Newest items of one person that count as had together; keeps one tireless visitor from owning the pairs."""
ALIKE_LEAST = 0.2
_CHUNK = 2_000

Lists = tuple[Longs, Ints, Floats]


def count_lists(steps: Sequences) -> dict[str, Lists]:
    """All lists over ``steps``: for each item its `KEPT` best others.

    A pair's count is divided by powers of how often each of the two occurs (0.5 and 0.3: what is popular
    keeps some of its lead, as it does with shoppers).
    """
    people = people_of(steps)
    later = pairs(steps, lambda gap: 1.0 / gap, GAP_MOST)
    walked = scaled(later + 0.5 * later.T, people, 0.5, 0.3)
    counted = {
        "next": scaled(pairs(steps, lambda gap: 1.0, 1), people, 0.5, 0.3),
        "soon": scaled(pairs(steps, lambda gap: 0.7 ** (gap - 1), SOON), people, 0.5, 0.3),
        "later": scaled(later, people, 0.5, 0.3),
        "before": scaled(sparse.csr_matrix(later.T), people, 0.5, 0.3),
        "together": scaled(together(steps, None), people, 0.7, 0.3),
        "bought": scaled(together(steps, steps.bought), people, 0.7, 0.3),
    }
    lists = {name: best(matrix, KEPT) for name, matrix in counted.items()}
    lists["beyond"] = beyond(walked)
    lists["alike"] = liked(steps, people)
    return lists


def people_of(steps: Sequences) -> Longs:
    """How many people had each item."""
    distinct = np.unique(steps.actor * np.int64(steps.items) + steps.item)
    return np.bincount(distinct % steps.items, minlength=steps.items).astype(np.int64)


def pairs(steps: Sequences, weight: Callable[[int], float], most: int) -> sparse.csr_matrix:
    """Items by items: the weights of the distances at which one came after the other, added up."""
    total = sparse.csr_matrix((steps.items, steps.items), dtype=np.float32)
    for gap in range(1, most + 1):
        same = steps.actor[:-gap] == steps.actor[gap:]
        if not same.any():
            break
        first, second = steps.item[:-gap][same], steps.item[gap:][same]
        values = np.full(len(first), weight(gap), np.float32)
        total = total + sparse.csr_matrix((values, (first, second)), shape=total.shape)
    return without_self(total)


def together(steps: Sequences, only: Mask | None) -> sparse.csr_matrix:
    """Items by items: how many people had both, of each person the newest `TOGETHER_MOST`."""
    actor, item = (steps.actor, steps.item) if only is None else (steps.actor[only], steps.item[only])
    if not len(actor):
        return sparse.csr_matrix((steps.items, steps.items), dtype=np.float32)
    ends = np.flatnonzero(np.diff(actor, append=actor[-1] + 1))
    number = np.searchsorted(ends, np.arange(len(actor)))
    near = ends[number] - np.arange(len(actor)) < TOGETHER_MOST
    ones = np.ones(int(near.sum()), np.float32)
    held = sparse.csr_matrix((ones, (number[near], item[near])), shape=(len(ends), steps.items))
    held.data[:] = 1.0
    return without_self(sparse.csr_matrix(held.T @ held))


def without_self(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    matrix = matrix.tocoo()
    apart = matrix.row != matrix.col
    return sparse.csr_matrix(
        (matrix.data[apart].astype(np.float32), (matrix.row[apart], matrix.col[apart])), shape=matrix.shape
    )


def scaled(matrix: sparse.csr_matrix, people: Longs, of: float, to: float) -> sparse.csr_matrix:
    """Each entry over a power of how many had the first item, and one of how many had the second."""
    had = np.maximum(people, 1).astype(np.float64)
    return sparse.csr_matrix(sparse.diags(had**-of) @ matrix @ sparse.diags(had**-to), dtype=np.float32)


def beyond(walked: sparse.csr_matrix) -> Lists:
    """Two steps on: the lists of what is on an item's list."""
    thin = matrix_of(best(walked, KEPT_ON_THE_WAY), walked.shape[0])
    parts = []
    for start in range(0, thin.shape[0], _CHUNK):
        reached = without_own(sparse.csr_matrix(thin[start : start + _CHUNK] @ thin), start)
        parts.append(best(reached, KEPT))
    return joined(parts)


def without_own(matrix: sparse.csr_matrix, start: int) -> sparse.csr_matrix:
    entries = matrix.tocoo()
    apart = entries.row + start != entries.col
    return sparse.csr_matrix(
        (entries.data[apart], (entries.row[apart], entries.col[apart])), shape=matrix.shape
    )


def liked(steps: Sequences, people: Longs) -> Lists:
    """What is alike, by cosine times the logarithm of how many had it; what nobody had is not shut out."""
    if steps.alike is None:
        return np.zeros(steps.items + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32)
    start, items, scores = steps.alike
    weighted = scores * (np.log1p(people[items]) + 0.1)
    matrix = sparse.csr_matrix((weighted.astype(np.float32), items, start), shape=(steps.items, steps.items))
    return best(matrix, KEPT)


def alike_by_values(values: Sequence[Sequence[str]]) -> Lists:
    """Cosines of items by the values said of them, rarer values counting more (tf-idf)."""
    numbers: dict[str, int] = {}
    rows = [row for row, said in enumerate(values) for _ in said]
    columns = [numbers.setdefault(value, len(numbers)) for said in values for value in said]
    held = sparse.csr_matrix(
        (np.ones(len(rows), np.float32), (rows, columns)), shape=(len(values), max(len(numbers), 1))
    )
    held.data[:] = 1.0
    spread = np.maximum(np.asarray(held.sum(axis=0)).ravel(), 1)
    held = sparse.csr_matrix(held @ sparse.diags(np.log(len(values) / spread)))
    length = np.sqrt(np.asarray(held.multiply(held).sum(axis=1)).ravel())
    unit = sparse.csr_matrix(sparse.diags(1 / np.maximum(length, 1e-9)) @ held, dtype=np.float32)
    across = sparse.csr_matrix(unit.T)
    parts = []
    for begin in range(0, unit.shape[0], _CHUNK):
        cosine = without_own(sparse.csr_matrix(unit[begin : begin + _CHUNK] @ across), begin)
        cosine.data[cosine.data < ALIKE_LEAST] = 0
        cosine.eliminate_zeros()
        parts.append((cosine.indptr, cosine.indices, cosine.data))
    return joined(parts)


def best(matrix: sparse.csr_matrix, most: int) -> Lists:
    """The highest ``most`` of each row, best first, of equals the lower item."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -matrix.data, row))
    rank = np.arange(len(row)) - matrix.indptr[row]
    kept = rank < most
    start = np.zeros(matrix.shape[0] + 1, np.int64)
    np.cumsum(np.minimum(np.diff(matrix.indptr), most), out=start[1:])
    chosen = order[kept]
    return start, matrix.indices[chosen].astype(np.int32), matrix.data[chosen].astype(np.float32)


def matrix_of(lists: Lists, size: int) -> sparse.csr_matrix:
    """Lists as a matrix again."""
    start, items, scores = lists
    return sparse.csr_matrix((scores, items, start), shape=(size, size))


def joined(parts: Sequence[Lists]) -> Lists:
    """Lists of one stretch of items after another."""
    counts = np.concatenate([np.diff(start) for start, _, _ in parts])
    start = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    items = np.concatenate([items for _, items, _ in parts]).astype(np.int32)
    return start, items, np.concatenate([scores for _, _, scores in parts]).astype(np.float32)
