"""What a process of a workspace works with, opened in one place."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from maatwerk.app.ledger import ConsentLedger
from maatwerk.decisions.journeys.inside import JourneysView
from maatwerk.decisions.recommend.neighbors import predict
from maatwerk.effects.ledger import LedgerView
from maatwerk.effects.outbox import OutboxView
from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.engines.files.clock import WorkspaceClock
from maatwerk.engines.files.keys import Keys, erasure_key
from maatwerk.engines.files.models import ModelFiles
from maatwerk.engines.files.tombstones import Tombstones
from maatwerk.engines.files.workspace import Workspace
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.records import SqliteRecords
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.engines.uaparser.device import Devices
from maatwerk.events.tcf import Terms
from maatwerk.flows.belong import audiences_now, signals_with
from maatwerk.flows.decide import Deciding
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.price_cart import Offering
from maatwerk.flows.record import Recording
from maatwerk.settings import Settings, read_settings
from maatwerk.views.audience.fold import Behavior
from maatwerk.views.audience.touched import AudienceView
from maatwerk.views.catalog.fold import CatalogView
from maatwerk.views.profile.namespaces import Policy
from maatwerk.views.profile.project import ProfileView
from maatwerk.views.projector import Projector, View
from maatwerk.views.rules.book import RulesView


@dataclass
class Parts:
    """Everything open. ``close`` when done."""

    workspace: Workspace
    settings: Settings
    clock: WorkspaceClock
    keys: Keys
    log: SqliteLog
    store: SqliteStore
    records: SqliteRecords
    lake: ParquetLake
    models: ModelFiles
    tombstones: Tombstones
    knowledge: Knowledge
    recording: Recording
    deciding: Deciding
    stopping: Callable[[], bool] = lambda: False
    """Whether the server is to end: open streams end then."""
    offering: Offering | None = None
    """Opened when it is first needed; see `maatwerk.app.claiming`."""
    _behavior: Behavior | None = None

    def policy(self) -> Policy:
        """How identifiers lead to people."""
        return Policy(self.settings.identity.email_merge, self.settings.identity.namespaces)

    def views(self) -> list[View]:
        """All views that the projector keeps. A new one is one line here."""
        profiles = ProfileView(self.log, signals_with(self.behavior()), self.policy())
        messages: list[View] = [OutboxView(), LedgerView(self.settings.currency)]
        return [CatalogView(), RulesView(), profiles, AudienceView(), JourneysView(), *messages]

    def behavior(self) -> Behavior:
        """The fold of what audiences ask for, under the rules in force. One to a process that projects: it
        must know them before it folds."""
        if self._behavior is None:
            self._behavior = Behavior(self.settings.currency)
            self._behavior.know(audiences_now(self.log, self.store).clauses.values())
        return self._behavior

    def projector(self) -> Projector:
        """The projector over them; one process alone may run it."""
        return Projector(self.log, self.store, self.views())

    def close(self) -> None:
        """Write what is queued and let go of the files."""
        if self.offering is not None:
            self.offering.minting.claims.close()
        self.log.close()
        self.store.close()
        self.records.close()


def open_parts(
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    projects: bool = False,
    settings: Settings | None = None,
    writer: Path | None = None,
) -> Parts:
    """Open a workspace. ``projects``: this process writes the views; ``writer``: the socket of the process
    that writes the log for this one. Raises `Refused` for what is wrong."""
    workspace = Workspace(folder)
    settings = settings or read_settings(folder, environment)
    clock = WorkspaceClock(workspace.clock, settings.clock_speed)
    keys = Keys(workspace, clock, write_key=settings.write_key, secret_key=settings.secret_key)
    log = SqliteLog(workspace.log, clock=clock, writer=writer)
    log.start()
    store = SqliteStore(workspace.views, writable=projects)
    models = ModelFiles(workspace.models)
    tombstones = Tombstones(workspace.erasures, erasure_key(workspace))
    knowledge = Knowledge(log, store, models.changed)
    recording = Recording(
        log=log,
        clock=clock,
        chance=os.urandom,
        device_of=Devices(),
        signed=keys.signed,
        currency=settings.currency,
        consent_default=msgspec.structs.asdict(settings.consent),
        ledger=ConsentLedger(log, store, clock),
        terms=Terms(**msgspec.structs.asdict(settings.tcf)),
        erased=tombstones,
    )
    deciding = Deciding(
        recording=recording,
        knowledge=knowledge,
        recent=log,
        store=store,
        predict=predict,
        chance=os.urandom,
        deadline_ms=settings.decide_deadline_ms,
        holdout_share=settings.holdout_share,
        sample_share=settings.sample_share,
        seed=settings.seed,
        navigation=settings.navigation,
    )
    return Parts(
        workspace=workspace,
        settings=settings,
        clock=clock,
        keys=keys,
        log=log,
        store=store,
        records=SqliteRecords(workspace.records),
        lake=ParquetLake(workspace.lake, currency=settings.currency),
        models=models,
        tombstones=tombstones,
        knowledge=knowledge,
        recording=recording,
        deciding=deciding,
    )
