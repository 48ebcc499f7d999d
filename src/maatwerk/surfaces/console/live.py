"""What is happening now: events and decisions as they arrive, and one shopper's profile as it changes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from maatwerk.decisions.experiments.assign import held_out
from maatwerk.events.event import Event
from maatwerk.events.names import CATALOG_NAMES
from maatwerk.surfaces.console import words
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.kept import Kept
from maatwerk.surfaces.console.portraits import portrait
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.telling import tell

LISTENERS = 20
"""Open streams of one worker; past it a page asks every few seconds instead."""
_TICK_SECONDS = 0.6
_STREAM_SECONDS = 600
_ROWS = 25
"""Rows sent at one tick; what more there was is counted."""
_FIRST_ROWS = 40
_SEEN = 400


class Cursor(msgspec.Struct):
    """How far a reader has seen: the log's offset, and the decisions of the last moments."""

    offset: int = 0
    decided_at: int = 0
    seen: deque[str] = msgspec.field(default_factory=lambda: deque(maxlen=_SEEN))


class Row(msgspec.Struct, frozen=True):
    """One line of the stream as HTML, with whose it is."""

    key: str
    html: str
    anonymous_id: str


class LivePages:
    """The routes of the live page."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._listeners = 0
        self._profiles = Kept(0.3, stale_factor=1)

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/live", self.live, "GET"),
            ("/live/stream", self.stream, "GET"),
            ("/live/recent", self.recent, "GET"),
            ("/live/profile", self.profile, "GET"),
        ]

    async def live(self, request: Request) -> Response:
        """The page with what happened last."""
        chosen = _chosen(request)
        cursor = Cursor()
        rows = await asyncio.to_thread(self._first, cursor, chosen)
        beside = chosen or next((row.anonymous_id for row in rows if row.anonymous_id), "")
        return self._rendering.page(
            request,
            "live.html",
            section="live",
            rows=rows,
            chosen=chosen,
            beside=beside,
            profile=await self._portrait(beside),
            cursor=f"{cursor.offset}.{cursor.decided_at}",
            query=f"anonymous_id={quote(chosen)}" if chosen else "",
        )

    async def stream(self, request: Request) -> Response:
        """Server-sent events: a row of HTML each."""
        if self._listeners >= LISTENERS:
            return JSONResponse({"detail": "too many pages listen; ask again"}, 503, {"retry-after": "5"})
        cursor = _cursor(request.headers.get("last-event-id") or request.query_params.get("after", ""))
        return StreamingResponse(
            self._lines(request, cursor, _chosen(request)),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )

    async def recent(self, request: Request) -> Response:
        """The same rows for a page that cannot listen."""
        cursor = _cursor(request.query_params.get("after", ""))
        rows = await asyncio.to_thread(self._newer, cursor, _chosen(request))
        return JSONResponse(
            {
                "rows": [msgspec.to_builtins(row) for row in rows],
                "after": f"{cursor.offset}.{cursor.decided_at}",
            }
        )

    async def profile(self, request: Request) -> Response:
        """The profile beside the stream."""
        anonymous_id = _chosen(request)
        found = await self._portrait(anonymous_id)
        return HTMLResponse(self._rendering.part("live_profile.html", profile=found, beside=anonymous_id))

    async def _portrait(self, anonymous_id: str) -> Any:
        if not anonymous_id:
            return None
        share = self._access.deciding.holdout_share
        return await self._profiles.get(
            anonymous_id,
            lambda: portrait(self._access, "anonymous_id", anonymous_id, held_out(anonymous_id, share)),
        )

    async def _lines(self, request: Request, cursor: Cursor, chosen: str) -> AsyncIterator[bytes]:
        self._listeners += 1
        until = time.monotonic() + _STREAM_SECONDS
        try:
            yield b"retry: 2000\n\n"
            while time.monotonic() < until and not self._access.stopping():
                if await request.is_disconnected():
                    break
                self._access.fresh()
                rows = await asyncio.to_thread(self._newer, cursor, chosen)
                for row in rows:
                    data = msgspec.json.encode(row)
                    yield b"id: %d.%d\ndata: %b\n\n" % (cursor.offset, cursor.decided_at, data)
                if not rows:
                    yield b": still here\n\n"
                await asyncio.sleep(_TICK_SECONDS)
        finally:
            self._listeners -= 1

    def _first(self, cursor: Cursor, chosen: str) -> list[Row]:
        access = self._access
        now = access.now()
        last = access.log.last_offset()
        if chosen:
            events = access.deciding.recent.tail(anonymous_ids=[chosen], limit=_FIRST_ROWS)
        else:
            events = [
                event for event in access.log.read(max(0, last - 400), 400) if event.name not in CATALOG_NAMES
            ][-_FIRST_ROWS:]
        decisions = access.log.decisions(limit=_FIRST_ROWS // 2, anonymous_id=chosen)
        cursor.offset, cursor.decided_at = last, max((row.time for row in decisions), default=now)
        since = events[0].time if events else 0
        told = [
            (row.time, self._decision(row), row.anonymous_id, f"d{row.id}")
            for row in decisions
            if row.time >= since
        ]
        rows = [
            (event.time, self._event(event), event.anonymous_id, f"e{event.offset}") for event in events
        ] + told
        rows.sort(key=lambda each: each[0], reverse=True)
        return [Row(key, html, anonymous_id) for _, html, anonymous_id, key in rows[:_FIRST_ROWS]]

    def _newer(self, cursor: Cursor, chosen: str) -> list[Row]:
        """What came since, oldest first, at most a tick's worth; moves the cursor."""
        access = self._access
        if chosen:
            events = access.deciding.recent.tail(anonymous_ids=[chosen], after=cursor.offset, limit=_ROWS)
        else:
            events = access.log.read(cursor.offset, 10 * _ROWS)
        if events:
            cursor.offset = events[-1].offset
        rows = [
            (event.time, Row(f"e{event.offset}", self._event(event), event.anonymous_id))
            for event in events[-_ROWS:]
        ]
        decisions = [
            row
            for row in access.log.decisions(limit=_ROWS, anonymous_id=chosen)
            if row.time >= cursor.decided_at and row.id not in cursor.seen
        ]
        if decisions:
            cursor.seen.extend(row.id for row in decisions)
        rows += [(row.time, Row(f"d{row.id}", self._decision(row), row.anonymous_id)) for row in decisions]
        rows.sort(key=lambda each: each[0])
        return [row for _, row in rows]

    def _event(self, event: Event) -> str:
        return self._rendering.part(
            "live_event.html",
            event=event,
            act=words.act(event, self._access.catalog),
            who=words.shopper(event.anonymous_id, event.user_id),
        )

    def _decision(self, row: Any) -> str:
        return self._rendering.part("live_decision.html", told=tell(self._access, row))


def _chosen(request: Request) -> str:
    return request.query_params.get("anonymous_id", "").strip()[:255]


def _cursor(text: str) -> Cursor:
    offset, _, at = text.partition(".")
    good = all(part.isascii() and part.isdigit() and len(part) < 19 for part in (offset, at))
    return Cursor(int(offset), int(at)) if good else Cursor(2**62, 2**62)
