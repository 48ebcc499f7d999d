"""Train and publish the models of a workspace: a job of its own, never beside requests on purpose."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from maatwerk.app.concluding import conclude_due, move_allocations
from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.searching import choices_of, meaning_of_catalog
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.decisions.recommend.neighbors import NeighborSettings
from maatwerk.decisions.recommend.neighbors import train as train_neighbors
from maatwerk.engines.files.models import OWN_LIST, ModelFiles
from maatwerk.engines.numba import neighbors as fast
from maatwerk.events.forgetting import Cleared
from maatwerk.flows.erase import watermark
from maatwerk.flows.train import forget_in_models, train

QUICK_ROWS = 100_000
"""With fewer views than this a session encoder has little to learn from; the neighbors alone take seconds."""

TRAIN_NOW = "train-now"

FITTED = frozenset({"predicted", "personas", "segments"})
"""Models that are parameters fitted to everybody: they stay in force until the next training."""

QUICK = NeighborSettings(encoder_size=0, check_events_max=6_000)


def train_workspace(
    parts: Parts,
    said: Callable[[Sealed], None] = lambda sealed: None,
    settings: NeighborSettings | None = None,
) -> list[str]:
    """Train all models on what the workspace knows now; names of what was published.

    Without ``settings`` the session model is trained as befits the size of the shop. What was learnt before
    an erasure is deleted then.
    """
    parts.knowledge.load()
    catalog = parts.knowledge.catalogs.of("default")
    learn = partial(train_neighbors, describe=fast.describe) if fast.available() else train_neighbors
    settings = settings or neighbor_settings(parts)
    parts.knowledge.refresh_models()
    now = parts.clock()
    published = train(
        parts.lake,
        parts.log,
        catalog,
        parts.models,
        now,
        learn,
        settings,
        parts.settings.currency,
        parts.knowledge.models.sealed,
        said,
        erasures=lambda: watermark(parts.records),
    )
    begun = watermark(parts.records)
    for sealed in (
        meaning_of_catalog(catalog, str(now), _digest(parts)),
        choices_of(parts.log, catalog, str(now)),
    ):
        if sealed is not None and watermark(parts.records) == begun:
            sealed = msgspec.structs.replace(sealed, facts=sealed.facts | {"erasures": begun})
            parts.models.publish(sealed)
            said(sealed)
            published.append(sealed.name)
    parts.models.forget(watermark(parts.records))
    return published


def _digest(parts: Parts) -> str:
    """Of the texts that the space of meaning in force was learnt from; it is dear, and they seldom change."""
    version = parts.models.versions().get("meaning")
    if not version:
        return ""
    with contextlib.suppress(OSError, ValueError):
        return str(parts.models.read("meaning", version).facts.get("digest", ""))
    return ""


def retrain_without(parts: Parts, erasures: int) -> Cleared:
    """Take an erasure over into the models: those in force are made anew, everything older is deleted."""
    parts.knowledge.load()
    former = ModelFiles(parts.workspace.models).changed() or {}
    if any(not name.startswith(OWN_LIST) for name in former):
        forget_in_models(
            parts.lake,
            parts.log,
            parts.knowledge.catalogs.of("default"),
            parts.models,
            parts.clock(),
            erasures,
            former,
        )
    return parts.models.forget(erasures, until_trained=FITTED)


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
        conclude_due(parts)
        move_allocations(parts)
    finally:
        parts.close()


def request_training(folder: Path) -> None:
    """Ask the running background process to train now rather than at its next turn."""
    (folder / TRAIN_NOW).touch()


def take_request(folder: Path) -> bool:
    """Whether training was asked for; asking is thereby answered."""
    try:
        (folder / TRAIN_NOW).unlink()
    except FileNotFoundError:
        return False
    return True
