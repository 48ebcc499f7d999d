"""Read history for the audiences that ask something new, a little at a time, beside the projector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maatwerk.core.conditions import Clause
from maatwerk.events.log import Log
from maatwerk.views.audience import rows
from maatwerk.views.audience.fold import Behavior
from maatwerk.views.audience.refill import refilled
from maatwerk.views.profile import words
from maatwerk.views.projector import Projector
from maatwerk.views.store import Store

CHUNK = 2_000
"""Events read in one turn: some twenty milliseconds."""

WRITER = "audience_judged"
"""The name under which rows of audiences are written that no view folds."""


@dataclass
class _Job:
    behavior: Behavior
    until: int
    at: int = 0


@dataclass
class Refilling:
    """What it needs, and how far it is. To be used by the process that projects, between its turns."""

    log: Log
    store: Store
    projector: Projector
    currency: str
    jobs: list[_Job] = field(default_factory=list)

    def know(self, clauses: Mapping[str, Clause]) -> None:
        """The clauses in force from now on, the projector's fold knowing them already."""
        with self.store.snapshot() as read:
            stored = {key for key, _ in read.scan(rows.FILLED, limit=100_000) if not key.startswith("\t")}
            until = read.checkpoint(words.VIEW)
        asked = {key for job in self.jobs for key in job.behavior.clauses}
        fresh = [clause for key, clause in clauses.items() if key not in stored | asked]
        gone = sorted(stored - clauses.keys())
        if gone:
            self.store.write(WRITER, 0, {}, {rows.FILLED: gone})
        if fresh:
            behavior = Behavior(self.currency)
            behavior.know(fresh)
            self.jobs.append(_Job(behavior, until))

    def turn(self, limit: int = CHUNK) -> bool:
        """Read on; whether there was anything to read."""
        if not self.jobs:
            return False
        job = self.jobs[0]
        events = self.log.read(job.at, limit) if job.at < job.until else []
        if events:
            self.projector.amend(
                words.VIEW, lambda read: ({words.SHARDS: refilled(events, read, job.behavior)}, {})
            )
            job.at = events[-1].offset
        if not events or job.at >= job.until:
            self.store.write(WRITER, 0, {rows.FILLED: dict.fromkeys(job.behavior.clauses, b"")})
            self.jobs.pop(0)
        return True
