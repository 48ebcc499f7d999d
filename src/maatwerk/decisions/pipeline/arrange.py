"""The order in which the best of the eligible are shown."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.pipeline.words import Rows, Scores, Situation

_SAME_CATEGORY = 0.6
_SAME_BRAND = 0.4
_POOL = 4
"""How many times the slot's size is looked at for a more varied choice."""


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
    pool = best[: limit * _POOL]
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
        alike = _SAME_CATEGORY * (category == category[place]) + _SAME_BRAND * (brand == brand[place])
        likeness = np.maximum(likeness, alike)
    return np.array(chosen, dtype=np.int32)
