"""Which products share baskets, and whether that is more than chance: support, confidence, lift, p."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import chdtrc

Longs = NDArray[np.int64]
Doubles = NDArray[np.float64]


class Rules(NamedTuple):
    """Rules ``item -> other``, both directions of each pair, the highest lift first.

    ``shared`` counts the baskets with both, ``support`` is their share of all, ``confidence`` the share of
    the baskets with ``item`` that hold ``other``, ``lift`` that against the other's own share. ``p`` is of
    the log-likelihood ratio (Dunning 1993) with one degree of freedom, ``q`` corrected for all pairs that
    were kept (Benjamini and Hochberg 1995).
    """

    item: Longs
    other: Longs
    shared: Longs
    support: Doubles
    confidence: Doubles
    lift: Doubles
    p: Doubles
    q: Doubles
    baskets: int


def rules_of(basket: Longs, item: Longs, least: int) -> Rules:
    """Rules over lines: basket int64[E] and item int64[E] are numbers from 0; a line that
    repeats counts once. Pairs in fewer than ``least`` baskets are left out."""
    baskets, items = int(basket.max(initial=-1)) + 1, int(item.max(initial=-1)) + 1
    lines = np.unique(basket * np.int64(max(items, 1)) + item)
    ones = np.ones(len(lines), np.int32)
    held = sparse.csr_matrix((ones, (lines // max(items, 1), lines % max(items, 1))), shape=(baskets, items))
    filled = int((np.diff(held.indptr) > 0).sum())
    single = np.asarray(held.sum(axis=0)).ravel().astype(np.int64)
    both = sparse.csr_matrix(held.T @ held)
    both.data[both.data < least] = 0
    both.eliminate_zeros()
    pairs = sparse.triu(both, k=1).tocoo()
    count = pairs.data.astype(np.int64)
    p = significance(count, single[pairs.row], single[pairs.col], filled)
    q = corrected(p)
    one = np.concatenate((pairs.row, pairs.col)).astype(np.int64)
    other = np.concatenate((pairs.col, pairs.row)).astype(np.int64)
    shared = np.concatenate((count, count))
    support = shared / max(filled, 1)
    confidence = shared / np.maximum(single[one], 1)
    lift = confidence / np.maximum(single[other] / max(filled, 1), 1e-300)
    order = np.lexsort((other, one, -shared, -lift))
    twice = order % max(len(count), 1)
    return Rules(
        one[order],
        other[order],
        shared[order],
        support[order],
        confidence[order],
        lift[order],
        p[twice],
        q[twice],
        filled,
    )


def significance(both: Longs, one: Longs, other: Longs, baskets: int) -> Doubles:
    """p of the log-likelihood ratio of the table of two products over all baskets."""
    cells = np.stack((both, one - both, other - both, baskets - one - other + both)).astype(np.float64)
    rows = np.stack((one, one, baskets - one, baskets - one)).astype(np.float64)
    columns = np.stack((other, baskets - other, other, baskets - other)).astype(np.float64)
    expected = rows * columns / max(baskets, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(cells > 0, cells * np.log(cells / expected), 0.0)
    found: Doubles = chdtrc(1.0, np.maximum(2 * parts.sum(axis=0), 0.0))
    return found


def corrected(p: Doubles) -> Doubles:
    """False discovery rates: the least level at which each would be called significant."""
    order = np.argsort(-p, kind="stable")
    ranks = np.arange(len(p), 0, -1)
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate(np.minimum(p[order] * len(p) / ranks, 1.0))
    return q
