"""All models from one reading of the log; each is sealed under one version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from maatwerk.decisions.recommend.alike_train import train_alike
from maatwerk.decisions.recommend.complements_train import train_complements
from maatwerk.decisions.recommend.interactions import select, session_numbers
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.decisions.recommend.neighbors import NeighborModel, NeighborSettings
from maatwerk.decisions.recommend.pairs_train import KINDS, train_pairs
from maatwerk.decisions.recommend.popular_train import train_popularity
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.lake import CLICK, VIEW, Interactions

Learn = Callable[..., NeighborModel]
"""`maatwerk.decisions.recommend.neighbors.train`, or a faster one with its signature."""

NEIGHBOR_ROWS = 3_000_000
"""Newest views that the neighbors learn from."""


def train_all(
    log: Interactions, catalog: Catalog, now: int, version: str, learn: Learn, settings: NeighborSettings
) -> Iterator[Sealed]:
    """The models one after another, so that each can be published as soon as it is there."""
    facts: dict[str, Any] = {"offset": log.offset, "rows": len(log), "now": now}
    skus = log.skus
    if len(log):
        yield Sealed("popularity", version, skus, train_popularity(log, now), facts)
        # What goes with what keeps; a shop that imports last year's orders has its lists from them.
        until = min(now, int(log.time.max()))
        for name in KINDS:
            yield Sealed(name, version, skus, train_pairs(log, until, name), facts)
        paths, arrays = train_complements(log, catalog, until)
        yield Sealed("complements", version, paths, arrays, facts)
    alike_skus, arrays = train_alike(catalog)
    yield Sealed("alike", version, alike_skus, arrays, facts)
    neighbors = train_neighbors(log, now, learn, settings)
    if neighbors is not None:
        yield Sealed("neighbors", version, skus, neighbors.arrays(), facts)


def train_neighbors(
    log: Interactions, now: int, learn: Learn, settings: NeighborSettings
) -> NeighborModel | None:
    """The session model from the newest views; None where there are too few sessions to learn from."""
    rows = np.flatnonzero(select(log, (VIEW, CLICK), 0, now + 1))
    if len(rows) < 200:
        return None
    sessions = session_numbers(log)[rows]
    order = np.lexsort((log.time[rows], sessions))
    rows, sessions = rows[order], sessions[order]
    # numbered by when they began: the newest sessions are the ones kept and the ones that teach
    _, first, numbers = np.unique(sessions, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(log.time[rows][first], kind="stable")] = np.arange(len(first))
    numbers = rank[numbers]
    order = np.argsort(numbers, kind="stable")
    order = order[-NEIGHBOR_ROWS:]
    numbers = numbers[order] - numbers[order[0]]
    return learn(numbers, log.item[rows][order], item_count=len(log.skus), settings=settings)
