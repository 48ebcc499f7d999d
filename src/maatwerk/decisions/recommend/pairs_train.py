"""Which products go together in people's behavior, disproportionately often.

The log-likelihood ratio of co-occurrence (Dunning, 1993) asks how surprising a pair's count is given
how often each occurs, so that bestsellers do not go with everything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from maatwerk.core.time import DAY
from maatwerk.decisions.recommend.interactions import PEOPLE_LEAST, matrix, select
from maatwerk.views.insight.lake import PURCHASE, VIEW, Interactions

DAYS = 180
KEPT = 50
ITEMS_PER_SHOPPER = 200
_CHUNK = 2_000
Floats = NDArray[np.float64]

KINDS = {
    "viewed-viewed": ((VIEW,), (VIEW,)),
    "viewed-bought": ((VIEW,), (PURCHASE,)),
    "bought-bought": ((PURCHASE,), (PURCHASE,)),
}
"""Model name to: what was done with the first product, what with the second, by one shopper."""


def train_pairs(log: Interactions, now: int, name: str) -> dict[str, NDArray[Any]]:
    """A list a product, of at most 50, best first: ``indptr``, ``items``, ``scores`` (log-likelihood
    ratio), ``counts`` (shoppers who did both)."""
    first, second = KINDS[name]
    size = len(log.skus)
    left = _shoppers(log, now, first, size)
    right = left if first == second else _shoppers(log, now, second, size)
    people = len(np.unique(log.actor[select(log, tuple({*first, *second}), now - DAYS * DAY, now + 1)]))
    return lists(left, right, people, symmetric=first == second)


def lists(
    left: sparse.csr_matrix, right: sparse.csr_matrix, people: int, *, symmetric: bool
) -> dict[str, NDArray[Any]]:
    """The lists from two matrices of people by items (rows are the same people). A pair that fewer than
    `PEOPLE_LEAST` of them have is left out."""
    size = left.shape[1]
    in_left = np.asarray(left.sum(axis=0)).ravel()
    in_right = np.asarray(right.sum(axis=0)).ravel()
    across = left.T.tocsr()
    indptr = np.zeros(size + 1, np.int64)
    items, scores, counts = [], [], []
    for start in range(0, size, _CHUNK):
        both = (across[start : start + _CHUNK] @ right).tocoo()
        row, column, together = both.row + start, both.col, both.data.astype(np.float64)
        apart = row != column
        row, column, together = row[apart], column[apart], together[apart]
        surprise = log_likelihood_ratio(together, in_left[row], in_right[column], people)
        kept = (surprise > 0) & (together >= PEOPLE_LEAST)
        row, column, together, surprise = row[kept], column[kept], together[kept], surprise[kept]
        order = np.lexsort((column, -surprise, row))
        row, column, together, surprise = row[order], column[order], together[order], surprise[order]
        per_row = np.bincount(row - start, minlength=min(_CHUNK, size - start))
        rank = np.arange(len(row)) - np.repeat(np.cumsum(per_row) - per_row, per_row)
        top = rank < KEPT
        indptr[start + 1 : start + 1 + len(per_row)] = np.minimum(per_row, KEPT)
        items.append(column[top].astype(np.int32))
        scores.append(surprise[top].astype(np.float32))
        counts.append(together[top].astype(np.int32))
    return {
        "indptr": np.cumsum(indptr),
        "items": np.concatenate(items) if items else np.empty(0, np.int32),
        "scores": np.concatenate(scores) if scores else np.empty(0, np.float32),
        "counts": np.concatenate(counts) if counts else np.empty(0, np.int32),
    }


def log_likelihood_ratio(together: Floats, first: Floats, second: Floats, total: int) -> Floats:
    """Twice the log of how much likelier the counts are if the two go together; 0 where they
    occur together less often than by chance.

    With k11 = together, k12 = first - together, k21 = second - together, k22 = the rest:
    G2 = 2 (H(k) - H(rows) - H(columns)), H(x) = sum x log x - (sum x) log(sum x).
    """
    k11, k12, k21 = together, first - together, second - together
    k22 = np.maximum(total - first - second + together, 0.0)
    whole = k11 + k12 + k21 + k22

    def xlogx(x: Floats) -> Floats:
        return x * np.log(np.maximum(x, 1e-300))

    cells = xlogx(k11) + xlogx(k12) + xlogx(k21) + xlogx(k22)
    rows = xlogx(k11 + k12) + xlogx(k21 + k22)
    columns = xlogx(k11 + k21) + xlogx(k12 + k22)
    ratio = 2.0 * (cells - rows - columns + xlogx(whole))
    return np.where(k11 * whole > first * second, np.maximum(ratio, 0.0), 0.0)


def _shoppers(log: Interactions, now: int, kinds: tuple[int, ...], size: int) -> sparse.csr_matrix:
    rows = select(log, kinds, now - DAYS * DAY, now + 1)
    people = int(log.actor.max()) + 1 if len(log) else 0
    found = matrix_of_people(log, rows, size, people)
    return found


def matrix_of_people(log: Interactions, rows: NDArray[np.bool_], size: int, people: int) -> sparse.csr_matrix:
    """People by items; every person has a row, so that two such matrices can be multiplied."""
    part = matrix(log.actor[rows].astype(np.int64), log.item[rows], log.time[rows], size, ITEMS_PER_SHOPPER)
    actors = np.unique(log.actor[rows])
    full = sparse.coo_matrix(part)
    return sparse.csr_matrix((full.data, (actors[full.row], full.col)), shape=(people, size))
