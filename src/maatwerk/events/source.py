"""Where a happening came from, in a word: a file, a till, the shop's back office, a browser.

What a public key says of its own source is not believed: it is a browser's.
"""

from __future__ import annotations

from maatwerk.events.event import Event
from maatwerk.events.names import is_back_office

BROWSER, SERVER, SIGNED, SHOP, IMPORT, OURS = (
    "browser",
    "server",
    "signed-in visitor",
    "shop",
    "import",
    "maatwerk",
)

RECORD, TOLD, CLAIMED = 60, 50, 0
"""Priorities where a source states none: the shop's own record, anything else proven, and what was only
claimed. A source states another with ``context.source.priority`` (1 to 100) or in its mapping."""


def source_of(event: Event) -> str:
    """The source's name."""
    if event.origin == "internal":
        return OURS
    if not event.proven:
        return BROWSER
    if event.context.source:
        return event.context.source
    if event.origin == "imported":
        return IMPORT
    if is_back_office(event.said):
        return SHOP
    return SIGNED if event.context.browser else SERVER


def priority_of(event: Event) -> int:
    """How much the source's word weighs against others': the greater wins, then the newer."""
    if not event.proven:
        return CLAIMED
    if event.context.source_priority:
        return event.context.source_priority
    return RECORD if is_record(event) else TOLD


def is_record(event: Event) -> bool:
    """Whether it is the shop's own book that says so: an export, the back office, a till."""
    return event.proven and (
        event.origin == "imported" or bool(event.context.source) or is_back_office(event.said)
    )
