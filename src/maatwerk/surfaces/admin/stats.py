"""`GET /v1/admin/stats`: totals that cost the same however large the log is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from maatwerk.events.log import Log
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes

_ALWAYS = (
    "events_total", "decisions_total", "internal_total", "rejected_total", "dropped_consent", "no_identity",
    "retired_events", "retired_proofs", "retired_sealed", "retired_decisions", "retired_rejected",
)  # fmt: skip


def add_stats(routes: Routes, log: Log, figures: Callable[[], Mapping[str, Any]] | None) -> None:
    """Serve it; ``figures`` adds what others know (``lag_seconds``)."""

    async def stats(request: Request) -> Response:
        counts = await asyncio.to_thread(log.counts)
        content: dict[str, Any] = dict.fromkeys(_ALWAYS, 0) | counts
        content["notes_dropped"] = log.notes_dropped
        content["last_offset"] = await asyncio.to_thread(log.last_offset)
        if figures is not None:
            content |= await asyncio.to_thread(figures)
        return json_response(content)

    routes.add("GET", "/v1/admin/stats", stats, Access.SECRET)
