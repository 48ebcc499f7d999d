"""The order in which the best of the eligible are shown."""

from __future__ import annotations

from collections.abc import Sequence

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
    plain = diversity <= 0 or len(rows) <= 1
    best = _in_order(rows, scores, situation.catalog.skus, limit if plain else len(rows))
    if plain:
        return best[:limit].astype(np.int32)
    pool = _pool(best, situation.catalog.facets["category"][rows[best]], limit)
    top = float(scores[pool].max()) or 1.0
    value = (1.0 - diversity) * scores[pool] / abs(top)
    category = situation.catalog.facets["category"][rows[pool]]
    brand = situation.catalog.facets["brand"][rows[pool]]
    likeness = np.zeros(len(pool))
    chosen: list[int] = []
    while len(chosen) < min(limit, len(pool)):
        place = int((value - diversity * likeness).argmax())
        chosen.append(int(pool[place]))
        value[place] = -np.inf
        alike = _SAME_CATEGORY * (category == category[place])
        if brand[place] > 0:
            alike += _SAME_BRAND * (brand == brand[place])
        np.maximum(likeness, alike, out=likeness)
    return np.array(chosen, dtype=np.int32)


def _in_order(rows: Rows, scores: Scores, skus: Sequence[str], needed: int) -> NDArray[np.int64]:
    """Places best first, of equal scores in order of their SKUs. Few are equal: only these are compared,
    and only where they are among the first ``needed``."""
    best = np.argsort(-scores, kind="stable")
    ordered = scores[best]
    after = -1
    for first in np.flatnonzero(ordered[1:] == ordered[:-1]).tolist():
        if first >= needed:
            break
        if first < after:
            continue  # of a run that is in order already
        after = int(np.searchsorted(-ordered, -ordered[first], side="right"))
        run = best[first:after]
        names = [skus[row] for row in rows[run].tolist()]
        run[:] = run[sorted(range(len(names)), key=names.__getitem__)]
    return best


def _pool(best: NDArray[np.int64], category: NDArray[np.int32], limit: int) -> NDArray[np.int64]:
    """Of places that stand best first those that a varied choice looks at."""
    order = np.argsort(category, kind="stable")
    starts = np.searchsorted(category[order], category[order], side="left")
    rank = np.empty(len(best), np.int64)
    rank[order] = np.arange(len(best)) - starts
    near = np.arange(len(best)) < limit * _POOL
    return best[near | (rank < _OF_EACH)]
