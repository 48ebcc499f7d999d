"""Sessions and sets out of the flat log of interactions; what every training step begins with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from maatwerk.core.time import MINUTE
from maatwerk.views.insight.lake import Interactions

SESSION_GAP_MS = 30 * MINUTE
PEOPLE_LEAST = 5
"""A count or a pair that rests on fewer people is not published: it would tell of one of them."""

Longs = NDArray[np.int64]


def select(log: Interactions, kinds: tuple[int, ...], since: int, until: int) -> NDArray[np.bool_]:
    """Rows of these kinds with ``since <= time < until``."""
    mask: NDArray[np.bool_] = np.isin(log.kind, kinds) & (log.time >= since) & (log.time < until)
    return mask


def session_numbers(log: Interactions) -> Longs:
    """For each row the number of its session: one actor's rows without a gap of 30 minutes."""
    order = np.lexsort((log.time, log.actor))
    actor, time = log.actor[order], log.time[order]
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = (actor[1:] != actor[:-1]) | (time[1:] - time[:-1] > SESSION_GAP_MS)
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(begins) - 1
    return numbers


def distinct(groups: Longs, items: NDArray[np.int32], size: int) -> Longs:
    """How many different groups each of ``size`` items occurs in."""
    if not len(items):
        return np.zeros(size, np.int64)
    pairs = np.unique(groups.astype(np.int64) * size + items)
    return np.bincount(pairs % size, minlength=size).astype(np.int64)


def matrix(groups: Longs, items: NDArray[np.int32], time: Longs, size: int, most: int) -> sparse.csr_matrix:
    """Groups by items, 1 where the item occurs in the group; of each group the newest ``most`` items.

    The cap keeps one tireless visitor (or bot) from owning the co-occurrences, and their number linear.
    """
    newest = np.lexsort((-time, groups))
    groups, items = groups[newest], items[newest]
    _, first = np.unique(groups * np.int64(size) + items, return_index=True)
    first.sort()
    groups, items = groups[first], items[first]
    _, numbers, counts = np.unique(groups, return_inverse=True, return_counts=True)
    rank = np.arange(len(groups)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = rank < most
    ones = np.ones(int(kept.sum()), dtype=np.float32)
    return sparse.csr_matrix((ones, (numbers[kept], items[kept])), shape=(len(counts), size))
