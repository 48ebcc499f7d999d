"""Judging audiences, wired for the process that projects."""

from __future__ import annotations

from maatwerk.app.parts import Parts
from maatwerk.flows.belong import Belonging
from maatwerk.flows.everyone import Asking
from maatwerk.flows.judge import Judging
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.refill import Refilling
from maatwerk.views.projector import Projector


def asking_of(parts: Parts) -> Asking:
    """What asks an audience of everybody, for a request worker."""
    return Asking(parts.log, parts.log, parts.store, parts.lake, parts.deciding.belonging)


def judging_of(parts: Parts, projector: Projector) -> Judging:
    """Everything it needs, with knowledge of its own: other threads' must not change under it."""
    knowledge = Knowledge(parts.log, parts.store, parts.models.changed)
    knowledge.load()
    knowledge.refresh_models()
    currency = parts.settings.currency
    return Judging(
        log=parts.log,
        store=parts.store,
        recent=parts.log,
        knowledge=knowledge,
        belonging=Belonging(knowledge, currency, parts.behavior()),
        refilling=Refilling(parts.log, parts.store, projector, currency),
    )
