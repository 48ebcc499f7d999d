"""Train and publish the models of a workspace: a job of its own, never beside requests on purpose."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from maatwerk.app.parts import Parts, open_parts
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.decisions.recommend.neighbors import NeighborSettings
from maatwerk.decisions.recommend.neighbors import train as train_neighbors
from maatwerk.engines.numba import neighbors as fast
from maatwerk.flows.train import train

QUICK_ROWS = 100_000
"""With fewer views than this a session encoder has little to learn from; the neighbors alone take seconds."""

QUICK = NeighborSettings(encoder_size=0, check_events_max=6_000)


def train_workspace(
    parts: Parts,
    said: Callable[[Sealed], None] = lambda sealed: None,
    settings: NeighborSettings | None = None,
) -> list[str]:
    """Train all models on what the workspace knows now; names of what was published.

    Without ``settings`` the session model is trained as befits the size of the shop.
    """
    parts.knowledge.load()
    catalog = parts.knowledge.catalogs.of("default")
    learn = partial(train_neighbors, describe=fast.describe) if fast.available() else train_neighbors
    settings = settings or neighbor_settings(parts)
    currency = parts.settings.currency
    parts.knowledge.refresh_models()
    former = parts.knowledge.models.sealed
    return train(
        parts.lake, parts.log, catalog, parts.models, parts.clock(), learn, settings, currency, former, said
    )


def neighbor_settings(parts: Parts) -> NeighborSettings:
    """Small shops train often and at once; large ones get the encoder."""
    if parts.log.last_offset() < QUICK_ROWS * 4:
        return QUICK
    return NeighborSettings()


def run_job(folder: Path) -> None:
    """The job's process."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(19)
    parts = open_parts(folder)
    try:
        train_workspace(parts)
    finally:
        parts.close()
