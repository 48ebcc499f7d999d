"""The ledger of consent: from a person's events to entries that are only ever added to. Pure.

An entry is what she answered, with the text she was shown and where, and what a message stated, where that
was another word than the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from maatwerk.core.time import format_time
from maatwerk.events.consent import OBJECTIONS, PURPOSES
from maatwerk.events.event import Event
from maatwerk.events.names import body


class Entry(msgspec.Struct, frozen=True):
    """One word of hers. ``kind``: ``consent`` (``granted`` or not) or ``objection`` (made or taken back).

    ``source``: where it was said (``banner``, ``preferences``, ``import``, ``one_click``, ``tcf``, ``gcm``,
    ``gpc``, ``api``, or what the shop calls it); ``proven``: that it was she is more than a claim.
    """

    time: int
    kind: str
    subject: str
    granted: bool
    source: str
    text_version: str = ""
    proven: bool = False
    message_id: str = ""

    def wire(self) -> dict[str, Any]:
        """As the API and the export write it."""
        said = {"granted": self.granted} if self.kind == "consent" else {"objected": not self.granted}
        return {
            "time": format_time(self.time),
            "kind": self.kind,
            "purpose" if self.kind == "consent" else "objection": self.subject,
            **said,
            "source": self.source,
            "text_version": self.text_version or None,
            "proven": self.proven,
            "messageId": self.message_id,
        }


def ledger(events: Sequence[Event]) -> list[Entry]:
    """Every entry, in the order in which the words came in (``events`` are in order of the log)."""
    entries: list[Entry] = []
    words: dict[str, bool] = {}
    for event in events:
        for entry in _entries(event):
            stated = event.name not in _ANSWERS
            if stated and words.get(entry.subject) is entry.granted:
                continue  # browsers repeat an old word with every event
            if entry.kind == "consent":
                words[entry.subject] = entry.granted
            entries.append(entry)
    return entries


_ANSWERS = frozenset({"Consent Changed", "Objection Changed", "Unsubscribed"})


def _entries(event: Event) -> Iterator[Entry]:
    if event.name == "Consent Changed":
        said = body(event)
        source = said.source or _source(event)
        for purpose, granted in sorted(said.purposes.items()):
            if purpose in PURPOSES:
                yield _entry(event, "consent", purpose, granted, source, said.text_version)
    elif event.name == "Objection Changed":
        said = body(event)
        for to, objected in sorted(said.objections.items()):
            if to in OBJECTIONS:
                yield _entry(
                    event, "objection", to, not objected, said.source or _source(event), said.text_version
                )
    elif event.name == "Unsubscribed":
        said = body(event)
        if said.channel in PURPOSES and not said.topic:
            yield _entry(event, "consent", said.channel, False, said.source or "one_click")
    else:
        for purpose, granted in sorted(event.context.consent.items()):
            if purpose in PURPOSES:
                by_signal = "gpc" in event.flags and purpose == "advertising"
                yield _entry(event, "consent", purpose, granted, "gpc" if by_signal else _source(event))


def _entry(event: Event, kind: str, subject: str, granted: bool, source: str, text: str = "") -> Entry:
    proven = event.proven or event.origin == "internal"
    return Entry(event.time, kind, subject, granted, source, text, proven, event.id)


def _source(event: Event) -> str:
    """Where something was said that does not say so itself."""
    if event.origin == "imported":
        return "import"
    return event.context.consent_by or "api"
