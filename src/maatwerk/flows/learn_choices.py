"""From the log's newest events to what was shown after each query and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from maatwerk.core.time import DAY
from maatwerk.decisions.search.choices import Shown, key_of
from maatwerk.decisions.search.text import Stem
from maatwerk.events.event import Event
from maatwerk.events.log import Log
from maatwerk.events.names import body

EVENTS_MOST = 300_000
"""Newest events of the log that are looked through."""

ASKERS_LEAST = 3
_CHUNK = 5_000
_KEPT_MOST = 500_000
_UNCOUNTED = frozenset({"bot", "analytics_denied", "personalization_denied"})


def shown_and_chosen(log: Log, language: str, stem: Stem) -> Iterator[Shown]:
    """What was shown after queries that several asked (one alone may have typed a name). A purchase counts
    for the search that led to it within a day."""
    shown: dict[tuple[str, str], list[Any]] = {}
    led_by: dict[tuple[str, str], tuple[int, str]] = {}
    askers: dict[str, set[str]] = {}
    after = max(0, log.last_offset() - EVENTS_MOST)
    while events := log.read(after, _CHUNK):
        after = events[-1].offset
        for event in events:
            if _UNCOUNTED.isdisjoint(event.flags) and len(shown) < _KEPT_MOST:
                _take(event, shown, led_by, askers, language, stem)
    for (_, sku), (query, place, clicked, added, bought) in shown.items():
        if len(askers.get(query, ())) >= ASKERS_LEAST:
            yield Shown(query, sku, place, clicked, added, bought)


def _take(
    event: Event,
    shown: dict[tuple[str, str], list[Any]],
    led_by: dict[tuple[str, str], tuple[int, str]],
    askers: dict[str, set[str]],
    language: str,
    stem: Stem,
) -> None:
    if event.name == "Search Results Received":
        said = body(event)
        query = key_of(said.query, language, stem) if said.query_id else ""
        who = askers.setdefault(query, set())
        if len(who) < ASKERS_LEAST:
            who.add(event.anonymous_id or event.user_id)
        for place, item in enumerate(said.products if query else (), 1):
            shown.setdefault((said.query_id, item.key), [query, place, False, False, False])
    elif event.name in ("Product Clicked", "Product Added", "Product Viewed"):
        said = body(event)
        found = shown.get((said.query_id, said.key)) if said.query_id else None
        if found is not None:
            found[3 if event.name == "Product Added" else 2] = True
            led_by[event.anonymous_id, said.key] = (event.time, said.query_id)
    elif event.name == "Order Completed":
        for item in body(event).products:
            at, query_id = led_by.get((event.anonymous_id, item.key), (0, ""))
            if query_id and event.time - at <= DAY and (found := shown.get((query_id, item.key))):
                found[4] = True
