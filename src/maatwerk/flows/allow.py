"""Allow: may this be handed on for a purpose, as of now? For whatever leaves the workspace.

What she said when it happened counts (the event's flag), and what she says now: a withdrawal, an objection
or a privacy signal holds for all that is handed on from then on, whoever sent the event.
"""

from __future__ import annotations

from maatwerk.core.errors import Refused
from maatwerk.events.consent import PURPOSES, Standing
from maatwerk.events.event import Event
from maatwerk.flows.record import Recording

WITHHELD = "withheld"
"""The log's counter of people and events left out of what was handed on."""

_REMEMBERED = 10_000


class Allowing:
    """Asks the ledger once a person. One serves one export: it does not notice what is said meanwhile.

    Raises `Refused` for a purpose that is none.
    """

    def __init__(self, recording: Recording, purpose: str) -> None:
        if purpose not in PURPOSES:
            raise Refused(
                "purpose_not_known",
                f"{purpose[:40]!r} is no purpose to hand something on for",
                field="purpose",
                hint=f"use {', '.join(PURPOSES)}",
            )
        self._purpose = purpose
        self._log = recording.log
        self._default = recording.consent_default.get(purpose, False)
        self._ledger = recording.ledger
        self._standing: dict[tuple[str, str], bool] = {}

    def event(self, event: Event) -> bool:
        """Whether an event may."""
        if f"{self._purpose}_denied" in event.flags:
            return self._told(allowed=False)
        return self.person(event.anonymous_id, event.user_id)

    def person(self, anonymous_id: str, user_id: str) -> bool:
        """Whether what is known of somebody may."""
        who = (anonymous_id, user_id)
        known = self._standing.get(who)
        if known is None:
            if len(self._standing) >= _REMEMBERED:
                self._standing.clear()
            known = self._standing[who] = self._now(anonymous_id, user_id)
        return self._told(allowed=known)

    def _told(self, *, allowed: bool) -> bool:
        if not allowed:
            self._log.count(WITHHELD)
        return allowed

    def _now(self, anonymous_id: str, user_id: str) -> bool:
        standing = Standing()
        if self._ledger is not None and (anonymous_id or user_id):
            standing = self._ledger.standing(anonymous_id, user_id)
        return self._purpose not in standing.refused and standing.words.get(self._purpose, self._default)
