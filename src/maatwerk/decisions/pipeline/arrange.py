"""The order in which the best of the eligible are shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.pipeline.words import Rows, Scores, Situation

_SAME_CATEGORY = 0.6
_SAME_BRAND = 0.4
_POOL = 4
_OF_EACH = 2
"""A varied choice looks at four times the slot's size, and at the best two of every category."""


def arrange(rows: Rows, scores: Scores, situation: Situation, limit: int, diversity: float) -> Rows:
    """Places into ``rows``, best first, at most ``limit``.

    With ``diversity`` above 0 each next item is the one whose score, less a penalty for likeness to
    what stands there already, is highest: maximal marginal relevance (Carbonell and Goldstein, 1998),
    likeness being a shared first category (0.6) and a shared brand (0.4). Equal scores keep the order
    of SKUs, so that the answer does not hang on the order of candidates.
    """
    skus = situation.catalog.skus
    best = np.lexsort((np.array([skus[row] for row in rows.tolist()]), -scores))
    if diversity <= 0 or len(rows) <= 1:
        return best[:limit].astype(np.int32)
    pool = _pool(best, situation.catalog.facets["category"][rows[best]], limit)
    top = float(scores[pool].max()) or 1.0
    value = (1.0 - diversity) * scores[pool] / abs(top)
    category = situation.catalog.facets["category"][rows[pool]]
    brand = situation.catalog.facets["brand"][rows[pool]]
    likeness = np.zeros(len(pool))
    free = np.ones(len(pool), dtype=np.bool_)
    chosen: list[int] = []
    while len(chosen) < min(limit, len(pool)):
        place = int(np.argmax(np.where(free, value - diversity * likeness, -np.inf)))
        chosen.append(int(pool[place]))
        free[place] = False
        same_brand = (brand == brand[place]) & (brand > 0)
        alike = _SAME_CATEGORY * (category == category[place]) + _SAME_BRAND * same_brand
        likeness = np.maximum(likeness, alike)
    return np.array(chosen, dtype=np.int32)


def _pool(best: NDArray[np.int64], category: NDArray[np.int32], limit: int) -> NDArray[np.int64]:
    """Of places that stand best first those that a varied choice looks at."""
    order = np.argsort(category, kind="stable")
    starts = np.searchsorted(category[order], category[order], side="left")
    rank = np.empty(len(best), np.int64)
    rank[order] = np.arange(len(best)) - starts
    near = np.arange(len(best)) < limit * _POOL
    return best[near | (rank < _OF_EACH)]
