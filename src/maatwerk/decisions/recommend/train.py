"""All models from one reading of the log; each is sealed under one version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.recommend.alike_train import train_alike
from maatwerk.decisions.recommend.complements_train import train_complements
from maatwerk.decisions.recommend.interactions import select, session_numbers
from maatwerk.decisions.recommend.learn_order import (
    FOR_YOU,
    NEXT_BASKET,
    learn_for_you,
    learn_next_basket,
    recounted,
)
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.decisions.recommend.neighbors import NeighborModel, NeighborSettings, reindexed
from maatwerk.decisions.recommend.pairs_train import KINDS, train_pairs
from maatwerk.decisions.recommend.popular_train import train_popularity
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.lake import CLICK, VIEW, Interactions

Learn = Callable[..., NeighborModel]
"""`maatwerk.decisions.recommend.neighbors.train`, or a faster one with its signature."""

NEIGHBOR_ROWS = 3_000_000
"""Newest views that the neighbors learn from."""


def train_all(
    log: Interactions,
    catalog: Catalog,
    now: int,
    version: str,
    learn: Learn,
    settings: NeighborSettings,
) -> Iterator[Sealed]:
    """The models one after another, so that each can be published as soon as it is there."""
    facts: dict[str, Any] = {"offset": log.offset, "rows": len(log), "now": now}
    yield from train_counted(log, catalog, now, version, facts)
    alike_skus, arrays = train_alike(catalog)
    yield Sealed("alike", version, alike_skus, arrays, facts)
    yield from train_order(log, catalog, Sealed("alike", version, alike_skus, arrays), version)
    neighbors = train_neighbors(log, now, learn, settings)
    if neighbors is not None:
        yield Sealed("neighbors", version, log.skus, neighbors.arrays(), facts)


def train_order(log: Interactions, catalog: Catalog, alike: Sealed, version: str) -> Iterator[Sealed]:
    """Those of what comes next, their blends taught and judged on held-out time."""
    for sealed in (
        learn_for_you(log, catalog, alike, version),
        learn_next_basket(log, catalog, version),
    ):
        if sealed is not None:
            yield sealed


def train_counted(
    log: Interactions, catalog: Catalog, now: int, version: str, facts: dict[str, Any]
) -> Iterator[Sealed]:
    """Those that are counted out in seconds."""
    skus = log.skus
    if len(log):
        yield Sealed("popularity", version, skus, train_popularity(log, now), facts)
        # What goes with what keeps; a shop that imports last year's orders has its lists from them.
        until = min(now, int(log.time.max()))
        for name in KINDS:
            yield Sealed(name, version, skus, train_pairs(log, until, name), facts)
        paths, arrays = train_complements(log, catalog, until)
        yield Sealed("complements", version, paths, arrays, facts)


def without_gone(
    log: Interactions, catalog: Catalog, now: int, former: Mapping[str, Sealed]
) -> Iterator[Sealed]:
    """The same models without somebody whom the history has let go, as fast as can be.

    Those that are counted are counted anew, and so are the lists of what comes next, with the blend they had.
    The session model of ``former`` keeps what it learnt of items and looks its neighbors up among the
    sessions that are left, until it is trained anew as well.
    """
    facts: dict[str, Any] = {"offset": log.offset, "rows": len(log), "now": now}
    yield from train_counted(log, catalog, now, str(now), facts)
    for name in (FOR_YOU, NEXT_BASKET):
        if name in former:
            yield recounted(former[name], log, catalog, former.get("alike"), str(now))
    before = former.get("neighbors")
    if before is None:
        return
    sessions, items = view_sessions(log, now)
    number = {sku: place for place, sku in enumerate(before.skus)}
    items = np.array([number.get(sku, -1) for sku in log.skus], np.int32)[items]
    known = items >= 0
    if known.any():
        model = reindexed(NeighborModel.from_arrays(before.arrays), sessions[known], items[known])
        yield Sealed("neighbors", str(now), before.skus, model.arrays(), before.facts | facts)


def train_neighbors(
    log: Interactions, now: int, learn: Learn, settings: NeighborSettings
) -> NeighborModel | None:
    """The session model from the newest views; None where there are too few sessions to learn from."""
    numbers, items = view_sessions(log, now)
    if len(items) < 200:
        return None
    return learn(numbers, items, item_count=len(log.skus), settings=settings)


def view_sessions(log: Interactions, now: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Session numbers, oldest session first, and items of the newest views, in order."""
    rows = np.flatnonzero(select(log, (VIEW, CLICK), 0, now + 1))
    if not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int32)
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
    return numbers[order] - numbers[order[0]], log.item[rows][order]
