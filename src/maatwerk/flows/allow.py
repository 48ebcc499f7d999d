"""Allow: may this event be handed on for a purpose, as of now? For whatever leaves the workspace.

What she said when it happened counts (the event's flag), and what she says now: a withdrawal, an objection
or a privacy signal holds for all that is handed on from then on, whoever sent the event.
"""

from __future__ import annotations

from maatwerk.events.consent import Standing
from maatwerk.events.event import Event
from maatwerk.flows.record import Recording

PURPOSES = ("analytics", "personalization", "advertising")
"""What events can be handed on for."""

_REMEMBERED = 10_000


class Allowing:
    """Asks the ledger once a person. One serves one export: it does not notice what is said meanwhile."""

    def __init__(self, recording: Recording, purpose: str) -> None:
        self._purpose = purpose
        self._default = recording.consent_default.get(purpose, False)
        self._ledger = recording.ledger
        self._standing: dict[tuple[str, str], bool] = {}

    def __call__(self, event: Event) -> bool:
        """Whether it may."""
        if f"{self._purpose}_denied" in event.flags:
            return False
        who = (event.anonymous_id, event.user_id)
        known = self._standing.get(who)
        if known is None:
            if len(self._standing) >= _REMEMBERED:
                self._standing.clear()
            known = self._standing[who] = self._now(*who)
        return known

    def _now(self, anonymous_id: str, user_id: str) -> bool:
        standing = Standing()
        if self._ledger is not None and (anonymous_id or user_id):
            standing = self._ledger.standing(anonymous_id, user_id)
        return self._purpose not in standing.refused and standing.words.get(self._purpose, self._default)
