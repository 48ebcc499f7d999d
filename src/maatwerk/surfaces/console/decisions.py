"""One decision: what was shown and why, what was left out, and whether it can be said again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.events.decisions import decode
from maatwerk.events.log import DecisionRow
from maatwerk.flows.replay import Replayed, replay
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need
from maatwerk.surfaces.console.telling import Told, tell

_AT_ONCE = 2
"""Replays that one worker runs at a time: each folds a shopper's past anew."""


class DecisionPages:
    """The routes of decisions."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._room = asyncio.Semaphore(_AT_ONCE)

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/decisions/{id}", self.show, "GET"),
            ("/decisions/{id}/replay", self.again, "POST", Need.SEE),
        ]

    async def show(self, request: Request) -> Response:
        """The record in words."""
        row = await asyncio.to_thread(self._row, request)
        return await self._page(request, row, None)

    async def again(self, request: Request) -> Response:
        """Rerun it; a script gets the verdict alone."""
        row = await asyncio.to_thread(self._row, request)
        async with self._room:
            done = await asyncio.to_thread(self._replay, row)
        if request.headers.get("x-part"):
            return HTMLResponse(self._rendering.part("replayed.html", replayed=done))
        return await self._page(request, row, done)

    async def _page(self, request: Request, row: DecisionRow, done: Replayed | None) -> Response:
        told = await asyncio.to_thread(self._told, row)
        return self._rendering.page(request, "decision.html", section="live", told=told, replayed=done)

    def _replay(self, row: DecisionRow) -> Replayed:
        return replay(self._access.deciding, decode(row.payload), self._access.sealed)

    def _told(self, row: DecisionRow) -> Told:
        return tell(self._access, row)

    def _row(self, request: Request) -> DecisionRow:
        decision_id = request.path_params["id"]
        row = self._access.log.decision(decision_id)
        if row is None:
            raise Refused(
                "decision_not_found",
                f"there is no decision {decision_id[:60]!r}",
                hint="It may be past its retention, or it is being written: reload in a moment.",
                status=404,
            )
        return row
