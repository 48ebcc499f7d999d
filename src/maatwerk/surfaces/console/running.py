"""Whether all is well: what was refused and why, how far the views are behind, and how old the models are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from maatwerk.core.limits import PAGE_LIMIT
from maatwerk.events.log import Rejected
from maatwerk.flows.retry import Retried, retry_rejected
from maatwerk.surfaces.console import words
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.kept import Kept
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need

_PAGE = 50
_KEPT_SECONDS = 2.0
_SHOWN_CHARS = 4_000
LAG_FINE_SECONDS = 5.0


class RunningPages:
    """The routes of refusals and health."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._kept = Kept(_KEPT_SECONDS)

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/rejected", self.rejected, "GET"),
            ("/rejected/retry", self.retry, "POST", Need.ADMINISTER),
            ("/health", self.health, "GET"),
        ]

    async def rejected(self, request: Request) -> Response:
        """Messages that were refused."""
        return await self._rejected(request, None)

    async def retry(self, request: Request) -> Response:
        """Try one again, or all."""
        given = (await self._rendering.form(request)).get("id", "")
        ids = [int(given)] if given.isascii() and given.isdigit() and len(given) < 19 else None
        done = await retry_rejected(self._access.deciding.recording, ids)
        return await self._rejected(request, done)

    async def _rejected(self, request: Request, done: Retried | None) -> Response:
        given = request.query_params.get("after", "")
        after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
        rows = await asyncio.to_thread(self._access.log.rejected, after, _PAGE + 1)
        counts = await asyncio.to_thread(self._access.log.counts)
        return self._rendering.page(
            request,
            "rejected.html",
            section="rejected",
            rows=[(row, words.remedy(row.rejection.code), _message(row)) for row in rows[:_PAGE]],
            more=rows[_PAGE - 1].id if len(rows) > _PAGE else 0,
            refused_ever=counts.get("rejected_total", 0),
            done=done,
            most=PAGE_LIMIT,
        )

    async def health(self, request: Request) -> Response:
        """How the workspace is doing."""
        found = await self._kept.get("health", self._health)
        return self._rendering.page(request, "health.html", section="health", **found)

    def _health(self) -> dict[str, Any]:
        access = self._access
        lag = dict(access.lag())
        counts = access.log.counts()
        models = [
            {
                "name": words.unit(name),
                "version": sealed.version,
                "taught_at": int(sealed.facts.get("now", 0) or 0),
                "rows": int(sealed.facts.get("rows", 0) or 0),
                "offset": int(sealed.facts.get("offset", 0) or 0),
                "products": len(sealed.skus),
            }
            for name, sealed in sorted(access.knowledge.models.sealed.items())
        ]
        seconds = float(lag.get("lag_seconds", 0.0))
        refused = access.deciding.desk.refused
        problems = []
        if seconds > LAG_FINE_SECONDS:
            problems.append(f"The views are {seconds:.0f} seconds behind the log.")
        if not models:
            problems.append("No model has been taught yet: units fall back to what is newest.")
        problems += [f"The rule {name} is left out: {why}" for name, why in refused.items()]
        return {
            "lag_seconds": seconds,
            "lag_events": int(lag.get("lag_events", 0)),
            "counts": counts,
            "last_offset": access.log.last_offset(),
            "sealed": access.lake.watermark(),
            "models": models,
            "sizes": dict(access.sizes()),
            "products": int(access.catalog.tops().sum()),
            "problems": problems,
            "dropped": access.log.notes_dropped,
        }


def _message(row: Rejected) -> str:
    try:
        return msgspec.json.format(row.message).decode("utf-8", "replace")[:_SHOWN_CHARS]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return row.message.decode("utf-8", "replace")[:_SHOWN_CHARS]
