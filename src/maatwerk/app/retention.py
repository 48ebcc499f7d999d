"""Retention, wired: the periods of the settings, and what lets go of what is past them."""

from __future__ import annotations

from maatwerk.app.parts import Parts
from maatwerk.flows.belong import signals_with
from maatwerk.flows.judge import Judging
from maatwerk.flows.retire import Periods, Retiring
from maatwerk.settings import Settings
from maatwerk.views.projector import Projector


def periods_of(settings: Settings) -> Periods:
    """How long each class is kept."""
    return Periods(
        events=settings.events_days,
        proofs=max(settings.proofs_days, settings.events_days),
        decisions=settings.decisions_days,
        rejected=settings.rejected_days,
    )


def retiring_of(parts: Parts, projector: Projector, judging: Judging) -> Retiring:
    """What the background process retires with."""

    def clear() -> None:
        parts.log.empty_wal()
        parts.store.fold_away()

    return Retiring(
        log=parts.log,
        recent=parts.log,
        lake=parts.lake,
        records=parts.records,
        projector=projector,
        periods=periods_of(parts.settings),
        expire_decisions=parts.log.expire_decisions,
        expire_rejected=parts.log.expire_rejected,
        clear=clear,
        signals=signals_with(parts.behavior()),
        let_go=judging.let_go,
    )
