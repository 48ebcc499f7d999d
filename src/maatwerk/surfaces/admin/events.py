"""`GET /v1/admin/events`: the log as newline-delimited JSON, to be read on from where one stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time
from maatwerk.events.event import Event
from maatwerk.events.log import Log
from maatwerk.events.names import canonical_name
from maatwerk.events.reading import KINDS
from maatwerk.flows.allow import Allowing
from maatwerk.flows.record import Recording
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import NDJSON, Response
from maatwerk.surfaces.http.routes import Access, Routes

_PAGE = 500
_LARGEST = 1_000_000
_COLLECTED = frozenset({"collected", "imported"})
_ORIGINS: dict[str, frozenset[str]] = {
    "collected": _COLLECTED,
    "imported": frozenset({"imported"}),
    "internal": frozenset({"internal"}),
    "all": _COLLECTED | {"internal"},
}
_ENCODER = msgspec.json.Encoder()


class Wanted(msgspec.Struct, frozen=True):
    """Which events are asked for. ``type`` is a kind (``track``) or an event's name, in any spelling.

    ``may``: whether one may be handed on for the purpose that was named.
    """

    type: str = ""
    origins: frozenset[str] = _COLLECTED
    may: Callable[[Event], bool] | None = None

    def allowed(self, events: list[Event]) -> list[Event]:
        """Those of a page that may be handed on; reads the ledger."""
        may = self.may
        return events if may is None else [event for event in events if may(event)]

    def has(self, event: Event) -> bool:
        """Whether an event is one of them."""
        if event.origin not in self.origins:
            return False
        if not self.type:
            return True
        if self.type in KINDS:
            return event.kind == self.type
        return self.type in (event.name, event.said) or canonical_name("track", self.type) == event.name


def add_events(
    routes: Routes, recording: Recording, owners_of: Callable[[list[Event]], list[str | None]] | None
) -> None:
    """Serve it: what was collected, or what ``?origin=`` says.

    A line's ``offset`` is the cursor that goes on after it (``?since=``); the header ``X-Next-Cursor`` is
    the last offset that this answer reaches. ``?purpose=advertising`` leaves out what may not be handed on
    for it.
    """
    log = recording.log

    async def events(request: Request) -> Response:
        wanted = _wanted(request, recording)
        after = request.whole_number("since", 0, 0, 2**62)
        limit = request.whole_number("limit", _LARGEST, 1, _LARGEST)
        last = await asyncio.to_thread(log.last_offset)
        if "limit" not in request.query:
            lines = _lines(log, owners_of, wanted, after, last, limit)
            return Response(
                lines, content_type=NDJSON, headers=[(b"x-next-cursor", str(max(after, last)).encode())]
            )
        # With a limit the cursor is known only once the page is read, so the page is gathered first.
        page: list[bytes] = []
        reached = after
        async for offset, line in _matching(log, owners_of, wanted, after, last, limit):
            reached = offset
            if line:
                page.append(line)
        headers = [(b"x-next-cursor", str(reached).encode())]
        return Response(b"".join(page), content_type=NDJSON, headers=headers)

    routes.add("GET", "/v1/admin/events", events, Access.SECRET)


def line_of(event: Event, owner: str | None) -> bytes:
    """One event on one line: fields as they were sent, times in RFC 3339, and what we made of it."""
    line: dict[str, Any] = {
        "offset": event.offset,
        "messageId": event.id,
        "type": event.kind,
        "event": (event.said or event.name) if event.kind == "track" else None,
        "name": event.name,
        "anonymousId": event.anonymous_id or None,
        "userId": event.user_id or None,
        "profile_id": owner,
        "timestamp": format_time(event.time),
        "receivedAt": format_time(event.received),
        "properties": event.properties,
        "traits": event.traits,
        "context": event.context,
        "flags": event.flags,
        "origin": event.origin,
        "dialect": event.dialect,
        "proven": event.proven,
    }
    return _ENCODER.encode(line) + b"\n"


def _wanted(request: Request, recording: Recording) -> Wanted:
    origin = request.query.get("origin") or "collected"
    if origin not in _ORIGINS:
        raise Refused(
            "origin_not_known",
            f"{origin[:40]!r} is not an origin",
            field="origin",
            hint="use collected (imported events among them), internal, imported or all",
        )
    purpose = request.query.get("purpose", "")
    may = Allowing(recording, purpose).event if purpose else None
    return Wanted(request.query.get("type", ""), _ORIGINS[origin], may)


async def _lines(
    log: Log,
    owners_of: Callable[[list[Event]], list[str | None]] | None,
    wanted: Wanted,
    after: int,
    last: int,
    limit: int,
) -> AsyncIterator[bytes]:
    async for _, line in _matching(log, owners_of, wanted, after, last, limit):
        if line:
            yield line


async def _matching(
    log: Log,
    owners_of: Callable[[list[Event]], list[str | None]] | None,
    wanted: Wanted,
    after: int,
    last: int,
    limit: int,
) -> AsyncIterator[tuple[int, bytes]]:
    """Lines with their offsets; an empty line says only how far was read."""
    left = limit
    while left > 0 and after < last:
        page = await asyncio.to_thread(log.read, after, _PAGE)
        if not page:
            return
        asked = [event for event in page if event.offset <= last and wanted.has(event)]
        found = (await asyncio.to_thread(wanted.allowed, asked) if wanted.may else asked)[:left]
        owners = await asyncio.to_thread(owners_of, found) if owners_of and found else [None] * len(found)
        for event, owner in zip(found, owners, strict=True):
            yield event.offset, line_of(event, owner)
        left -= len(found)
        after = page[-1].offset if left > 0 else found[-1].offset
        yield after, b""
