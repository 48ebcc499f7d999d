"""A request worker: stateless, one of several on one port."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn

from maatwerk.app.claiming import offering_of
from maatwerk.app.contract import OPERATIONS, RULE_SCHEMAS
from maatwerk.app.erasing import asking
from maatwerk.app.judging import asking_of
from maatwerk.app.messaging import add_messages, topics_of, unsubscribing
from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.patience import Patience
from maatwerk.app.reporting import reporting_of
from maatwerk.app.searching import searching_of
from maatwerk.core.errors import Unavailable
from maatwerk.decisions.recommend.neighbors import NeighborSettings, train
from maatwerk.decisions.recommend.recommender import Predict
from maatwerk.engines.numba import neighbors as fast
from maatwerk.events.event import Event
from maatwerk.flows.choose import Choosing
from maatwerk.flows.export import Exporting
from maatwerk.flows.group import find_alike
from maatwerk.flows.train import tail
from maatwerk.surfaces.admin import add_admin
from maatwerk.surfaces.admin.experiments import ResultsSurface
from maatwerk.surfaces.admin.foretold import add_foretold
from maatwerk.surfaces.admin.insight import InsightSurface
from maatwerk.surfaces.admin.rules import RulesSurface
from maatwerk.surfaces.collect.dialect import Dialect
from maatwerk.surfaces.collect.segment import Segment
from maatwerk.surfaces.http.cors import Cors
from maatwerk.surfaces.http.counters import Counters
from maatwerk.surfaces.http.health import add_health
from maatwerk.surfaces.http.openapi import add_description
from maatwerk.surfaces.http.protocol import GuardedProtocol
from maatwerk.surfaces.http.request import App
from maatwerk.surfaces.http.routes import Routes
from maatwerk.surfaces.storefront.audiences import AudienceSurface
from maatwerk.surfaces.storefront.cart import CartSurface
from maatwerk.surfaces.storefront.choices import add_choices
from maatwerk.surfaces.storefront.decide import DecideSurface
from maatwerk.surfaces.storefront.erasures import add_erasures
from maatwerk.surfaces.storefront.experiments import ExperimentSurface
from maatwerk.surfaces.storefront.privacy import PrivacySurface
from maatwerk.surfaces.storefront.profiles import ProfileSurface
from maatwerk.surfaces.storefront.sdk_route import add_sdk
from maatwerk.surfaces.storefront.search import SearchSurface
from maatwerk.surfaces.storefront.taste import TasteSurface
from maatwerk.surfaces.storefront.unsubscribe import add_unsubscribe
from maatwerk.views.catalog.words import Product
from maatwerk.views.predicted.lookalike import Alike
from maatwerk.views.profile.find import Owners
from maatwerk.views.profile.words import ALARMS
from maatwerk.views.projector import Projector

MODELS_SECONDS = 1.0
SESSION_MODEL = "neighbors"
DRAIN_SECONDS = 10
_FLUSH_SECONDS = 3.0
_SWITCH_SECONDS = 0.0002
"""A request gives the interpreter away at each of its dozen reads, and waits this long to have it back from a
thread that computes."""
_COLLECT_AFTER = (20_000, 20, 50)
_log = logging.getLogger("maatwerk.worker")


class Worker:
    """The application of one worker process. Ready once `load` has run."""

    def __init__(self, parts: Parts, number: int = 0, fallback: App | None = None) -> None:
        self.parts = parts
        self.loaded = False
        self._warming = False
        self.counters = Counters(self._gauges, worker=str(number))
        origins = parts.settings.origins
        self.routes = Routes(parts.keys, cors=Cors(origins), counters=self.counters, fallback=fallback)
        for dialect in dialects(parts.settings.public_url):
            dialect.add_routes(self.routes, parts.recording)
        DecideSurface(parts.deciding, parts.models.read).add_to(self.routes)
        add_admin(
            self.routes,
            parts.recording,
            owners_of=self._owners_of,
            figures=self._figures,
            current=self._current,
        )
        InsightSurface(reporting_of(parts)).add_to(self.routes)
        add_foretold(self.routes, parts.deciding.predicting, self._alike)
        ProfileSurface(parts.deciding).add_to(self.routes)
        TasteSurface(parts.deciding).add_to(self.routes)
        ExperimentSurface(parts.deciding).add_to(self.routes)
        ResultsSurface(parts.deciding, parts.lake).add_to(self.routes)
        exporting = Exporting(parts.log, parts.log, parts.store, lambda: parts.deciding.belonging.signals)
        PrivacySurface(parts.deciding, exporting, parts.settings.name).add_to(self.routes)
        add_erasures(self.routes, asking(parts))
        RulesSurface(parts.deciding).add_to(self.routes)
        AudienceSurface(parts.deciding, asking_of(parts)).add_to(self.routes)
        self.searching = searching_of(parts)
        SearchSurface(self.searching).add_to(self.routes)
        CartSurface(offering_of(parts)).add_to(self.routes)
        add_sdk(self.routes)
        leaving = unsubscribing(parts)
        add_unsubscribe(self.routes, leaving, parts.settings.name, lambda: topics_of(parts))
        add_messages(self.routes, parts)
        choosing = Choosing(leaving, parts.log, parts.store, parts.recording.consent_default)
        add_choices(self.routes, choosing, parts.settings.name, parts.settings.public_url)
        add_health(self.routes, self.counters, self._unready)
        add_description(self.routes, OPERATIONS, tuple(RULE_SCHEMAS.values()))

    def load(self) -> None:
        """Read the stored views and models; the worker is ready then."""
        knowledge = self.parts.knowledge
        knowledge.load()
        knowledge.refresh_models()
        for store in knowledge.catalogs.stores():
            knowledge.baseline(knowledge.catalogs.of(store))
            knowledge.catalogs.of(store).newest()
        self.loaded = True

    def _alike(self, seeds: Sequence[str]) -> tuple[Alike, list[str]]:
        parts = self.parts
        catalog, newer = parts.knowledge.catalogs.of("default"), tail(parts.lake, parts.log)
        return find_alike(parts.lake, newer, parts.clock(), catalog, parts.settings.currency, seeds)

    async def keep_up(self) -> None:
        """Take over new models and keys as they come; what is damaged leaves those before it in force."""
        patience = Patience(_log)
        while True:
            await asyncio.sleep(MODELS_SECONDS)
            with patience.over("taking over models"):
                knowledge = self.parts.knowledge
                knowledge.take_over(await asyncio.to_thread(knowledge.new_models))
                self.warm()
            with patience.over("reading the words of the search index"):
                await asyncio.to_thread(self.searching.keep_up)
            with patience.over("taking over keys"):
                self.parts.keys.refresh()

    def warm(self) -> None:
        """Compile the fast kernels aside, once there is a model for them; until they are there, and without
        them, numpy's serve."""
        if self._warming or SESSION_MODEL not in self.parts.knowledge.models.sealed:
            return
        self._warming = True
        threading.Thread(target=self._warm, name="warm-kernels", daemon=True).start()

    def _warm(self) -> None:
        kernel = fast_predict()
        if kernel is not None:
            self.parts.deciding.predict = kernel

    def _current(self, store: str, sku: str) -> Product | None:
        self.parts.knowledge.refresh(self.parts.clock())
        return self.parts.knowledge.catalogs.of(store).find(sku)

    def _unready(self) -> list[str]:
        """What keeps this worker from its work; decisions are still answered while the disk is full."""
        if not self.loaded:
            return ["the catalog and the rules are still being read"]
        trouble = self.parts.log.trouble
        return [f"events cannot be written: {trouble}"] if trouble else []

    def _owners_of(self, events: list[Event]) -> list[str | None]:
        with self.parts.store.snapshot() as snapshot:
            owners = Owners(snapshot, self.parts.log)
            return [owners.of(event) or None for event in events]

    def _figures(self) -> Mapping[str, Any]:
        lag = Projector(self.parts.log, self.parts.store, self.parts.views()).lag(self.parts.clock())
        with self.parts.store.snapshot() as snapshot:
            alarms = snapshot.count(ALARMS)
        return {
            "lag_seconds": round(lag.seconds, 3),
            "lag_events": lag.offsets,
            "identity_alarms": alarms,
        }

    def _gauges(self) -> Mapping[str, float]:
        figures = {name: float(value) for name, value in self.parts.log.counts().items()}
        try:
            return figures | {name: float(value) for name, value in self._figures().items()}
        except Unavailable:
            return figures


def dialects(public_url: str) -> Iterator[Dialect]:
    """The wire formats that are spoken: our own, and those of installed plug-ins."""
    yield Segment(public_url)
    for plugin in entry_points(group="maatwerk.dialects"):
        yield plugin.load()(public_url)


def fast_predict() -> Predict | None:
    """The compiled kernel of the session model, or None where numba is not installed.

    Tried on a tiny model, so that what it costs to compile is paid here and not by a shopper.
    """
    if not fast.available():
        return None
    sessions = np.repeat(np.arange(8, dtype=np.int64), 3)
    items = (np.arange(24) % 5).astype(np.int32)
    model = train(sessions, items, 5, NeighborSettings(encoder_size=4, encoder_epochs=1))
    fast.predict(model, np.array([0, 1], np.int32), 3)
    return fast.predict


def calm() -> None:
    """Keep the interpreter from pausing requests: what was loaded is never collected, so it need not be
    looked through; and a thread that computes (kernels, new models) lets go of the interpreter sooner."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    sys.setswitchinterval(_SWITCH_SECONDS)


def serve_worker(
    folder: Path,
    opened: socket.socket,
    number: int,
    mount: Callable[[Parts], App] | None = None,
    writer: Path | None = None,
) -> None:
    """Answer requests until told to stop; requests in flight are finished."""
    parts = open_parts(folder, writer=writer)
    worker = Worker(parts, number, mount(parts) if mount else None)
    worker.load()
    calm()
    worker.warm()
    config = uvicorn.Config(
        worker.routes,
        http=GuardedProtocol,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=30,
        backlog=2048,
    )

    server = uvicorn.Server(config)
    parts.stopping = lambda: server.should_exit
    # uvicorn raises the signal again when it is done: what is queued must still be written then.
    signal.signal(signal.SIGTERM, lambda *_: setattr(server, "should_exit", True))

    async def run() -> None:
        parts.log.attach()
        keeping = asyncio.create_task(worker.keep_up())
        beating = asyncio.create_task(worker.routes.pulse.beat())
        await server.serve(sockets=[opened])
        keeping.cancel()
        beating.cancel()
        await parts.log.detach(_FLUSH_SECONDS)

    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(run())
    finally:
        parts.close()
