"""Who has to be judged again, because something happened: the newest mark of every identifier."""

from __future__ import annotations

from collections.abc import Sequence

from maatwerk.events.event import Event
from maatwerk.events.names import CATALOG_NAMES, JOURNEY_NAMES, RULE_NAMES
from maatwerk.views.audience import rows
from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot

_OURS = CATALOG_NAMES | RULE_NAMES | JOURNEY_NAMES | {"Audience Entered", "Audience Exited"}


class AudienceView:
    """Marks of those to judge; see `maatwerk.views.projector.View`. What they belong to is written by
    `maatwerk.flows.judge`, which takes the marks off."""

    name = "audience"
    version = 1
    tables = (rows.TOUCHED,)
    names: frozenset[str] = frozenset()

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        """Mark a stretch of the log."""
        marks: dict[str, bytes] = {}
        for event in events:
            if event.name in _OURS:
                continue
            if event.anonymous_id:
                marks[f"a/{event.anonymous_id}"] = b""
            if event.user_id:
                marks[f"u/{event.user_id}"] = b""
        return {rows.TOUCHED: marks}, {}
