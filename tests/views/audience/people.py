"""One shop on real files: a log, views, the judge of audiences, and a clock that a test moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from maatwerk.core.time import DAY, HOUR
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.events.event import Context, Event
from maatwerk.events.names import with_body
from maatwerk.flows.belong import Belonging
from maatwerk.flows.judge import Judging
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.publish import publish
from maatwerk.flows.refill import Refilling
from maatwerk.views.audience import rows
from maatwerk.views.audience.touched import AudienceView
from maatwerk.views.catalog.fold import CatalogView
from maatwerk.views.profile.project import ProfileView
from maatwerk.views.projector import Projector, View
from maatwerk.views.rules.book import RulesView

START = 1_764_547_200_000


class People:
    """Says what happened; ``now`` is what the clock says."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.log = SqliteLog(folder / "log.db", clock=lambda: self.now)
        self.log.start()
        self.store = SqliteStore(folder / "views.db", writable=True)
        self.knowledge = Knowledge(self.log, self.store, lambda: None)
        self.belonging = Belonging(self.knowledge, "EUR")
        self.profiles = ProfileView(self.log, self.belonging.signals)
        views: list[View] = [CatalogView(), RulesView(), self.profiles, AudienceView()]
        self.projector = Projector(self.log, self.store, views)
        self.projector.prepare()
        refilling = Refilling(self.log, self.store, self.projector, "EUR")
        self.judging = Judging(self.log, self.store, self.log, self.knowledge, self.belonging, refilling)
        self._number = 0

    def rule(self, key: str, when: str | None, *, kind: str = "audience", **more: Any) -> None:
        document = None if when is None else {"name": key, "when": when, **more}
        self.rules({(kind, key): document})

    def rules(self, wanted: dict[tuple[str, str], dict[str, Any] | None]) -> None:
        self.knowledge.refresh(self.now)
        publish(
            self.log,
            self.knowledge.rules,
            wanted,
            clock=lambda: self.now,
            chance=lambda size: self._number.to_bytes(size, "big"),
            author="test",
        )
        self._number += 1

    def product(self, sku: str, **fields: Any) -> None:
        self._number += 1
        event = with_body(
            "Product Published",
            {"product": {"sku": sku, "name": sku, "currency": "EUR", **fields}},
            id=f"c-{self._number}",
            time=self.now,
            received=self.now,
            origin="internal",
        )
        self.log.append_now([event])

    def make(self, name: str, anon: str = "", user: str = "", *, days_ago: float = 0, **more: Any) -> Event:
        self._number += 1
        at = self.now - int(days_ago * DAY)
        fields = {key: more.pop(key) for key in ("flags", "context", "origin", "proven") if key in more}
        traits = msgspec.Raw(msgspec.json.encode(more.pop("traits", {})))
        return with_body(
            name,
            more,
            id=f"m-{self._number}",
            time=at,
            received=self.now,
            anonymous_id=anon,
            user_id=user,
            traits=traits,
            **fields,
        )

    def send(self, name: str, anon: str = "", user: str = "", **more: Any) -> Event:
        event = self.make(name, anon, user, **more)
        self.log.append_now([event])
        return event

    def settle(self) -> None:
        """Until everything is folded and everybody judged."""
        for _ in range(100):
            folded = self.projector.run_once()
            judged = self.judging.turn(self.now)
            if not folded and not judged and not self.judging.refilling.jobs and not self.judging.sweeping:
                return
        raise AssertionError("it never settles")

    def wait(self, hours: float) -> None:
        self.now += int(hours * HOUR)
        self.settle()

    def members(self, key: str) -> list[str]:
        with self.store.snapshot() as read:
            return [row.partition("\t")[2] for row, _ in read.scan(rows.MEMBERS, prefix=f"{key}\t")]

    def told(self) -> list[tuple[str, str, str]]:
        """Entries and exits so far: which, whose, which audience."""
        found = []
        for event in self.log.read(0, 10_000):
            if event.name in ("Audience Entered", "Audience Exited"):
                said = msgspec.json.decode(event.properties)
                who = f"u/{event.user_id}" if event.user_id else f"a/{event.anonymous_id}"
                found.append((event.name.partition(" ")[2], who, said["audience"]))
        return found

    def close(self) -> None:
        self.log.close()
        self.store.close()


BROWSER = Context(device="mobile", country="NL", currency="EUR")
