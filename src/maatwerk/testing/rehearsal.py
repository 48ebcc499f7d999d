"""A rehearsal of journeys: a clock that is told, what happens, and what would be said to whom.

For a shop's own journeys: open it over any `Log` and `Store`, let things happen, let time pass, and look at
``said``. Nothing is sent. The same runs `maatwerk journeys simulate` over a shop's own log.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import msgspec

from maatwerk.core.time import HOUR
from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.document import duration
from maatwerk.decisions.journeys.inside import JourneysView
from maatwerk.events.event import Event
from maatwerk.events.log import Log, Recent
from maatwerk.events.names import body, with_body
from maatwerk.flows.advance import Advancing, advance
from maatwerk.flows.knowledge import Knowledge
from maatwerk.views.catalog.fold import CatalogView
from maatwerk.views.profile.project import ProfileView
from maatwerk.views.projector import Projector, View
from maatwerk.views.rules.book import RulesView
from maatwerk.views.store import Store

_TURNS_MOST = 100_000


class Journal(Log, Recent, Protocol):
    """A log that finds a shopper's newest, too."""


class Said(NamedTuple):
    """A message that would go, or with ``code`` why it would not."""

    at: int
    who: str
    journey: str
    step: str
    channel: str
    code: str = ""
    template: str = ""
    topic: str = ""


class Rehearsal:
    """Journeys in a world of their own. ``now`` is in milliseconds, and goes on by `pass_time` alone."""

    def __init__(
        self,
        log: Journal,
        store: Store,
        now: int,
        *,
        currency: str = "EUR",
        zone: str = "UTC",
        channels: frozenset[str] = frozenset({"email"}),
    ) -> None:
        self.now = now
        self._log, self._store = log, store
        views: list[View] = [CatalogView(), RulesView(), ProfileView(log), JourneysView()]
        self._projector = Projector(log, store, views)
        self._projector.prepare()
        knowledge = Knowledge(log, store, lambda: None)
        knowledge.load()
        self._advancing = Advancing(
            log, store, log, knowledge, currency, zone, messages=1_000_000, channels=channels
        )
        self._numbers = itertools.count(1)
        self._read = 0
        self._said: list[Said] = []

    def publish(self, key: str, document: dict[str, Any], kind: str = "journey") -> None:
        """Put a rule in force."""
        self.happen("Rule Published", origin="internal", proven=True, kind=kind, key=key, document=document)

    def happen(self, name: str, anonymous_id: str = "", user_id: str = "", **more: Any) -> Event:
        """Something happens now. ``traits``, ``context``, ``proven`` and ``origin`` are the event's, all else
        its properties."""
        fields = {key: more.pop(key) for key in ("origin", "proven", "context") if key in more}
        traits = msgspec.Raw(msgspec.json.encode(more.pop("traits", {})))
        event = with_body(
            name,
            more,
            id=f"rehearsed-{next(self._numbers)}",
            time=self.now,
            received=self.now,
            anonymous_id=anonymous_id,
            user_id=user_id,
            traits=traits,
            **fields,
        )
        self.take([event])
        return event

    def take(self, events: Iterable[Event]) -> None:
        """Events as they are, such as those of a log."""
        self._log.append_now(list(events))

    def fold(self) -> None:
        """What happened becomes what is known; no step is taken."""
        while self._projector.run_once(20_000):
            pass

    def pass_time(self, time: str | int) -> None:
        """So much time goes by (``"30m"``, or milliseconds), and every step is taken as it falls due."""
        until = self.now + (duration(time) if isinstance(time, str) else time)
        self._turn()
        for _ in range(_TURNS_MOST):
            due = self._next_due()
            following = min(due, self.now + HOUR)  # a schedule falls due without a row that says so
            if following > until:
                break
            self.now = max(self.now, following)
            self._turn()
        self.now = until
        self._turn()

    @property
    def said(self) -> list[Said]:
        """What would have been said, and what not, in order."""
        for event in self._log.read(self._read, 1_000_000):
            self._read = event.offset
            if event.name in ("Message Queued", "Message Suppressed"):
                one = body(event)
                topic = getattr(one, "data", {}).get("topic", "")
                self._said.append(
                    Said(
                        event.time,
                        words.named(event),
                        one.journey,
                        one.step,
                        one.channel,
                        getattr(one, "code", ""),
                        getattr(one, "template", ""),
                        topic if isinstance(topic, str) else "",
                    )
                )
        return self._said

    def _turn(self) -> None:
        self.fold()
        for _ in range(_TURNS_MOST):
            before = self._log.last_offset()
            advance(self._advancing, self.now)
            if self._log.last_offset() == before:
                return
            self.fold()

    def _next_due(self) -> int:
        with self._store.snapshot() as read:
            keys = [key.partition("\t")[2] for key, _ in read.scan(words.ON, prefix="on\t")]
            heads = [read.scan(words.DUE, prefix=f"{key}\t", limit=1) for key in keys]
        moments = [int(rows[0][0].split("\t")[1]) for rows in heads if rows]
        return min((at for at in moments if at > self.now), default=self.now + HOUR)
