"""Alive, ready, and counted: what an operator's tools ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from maatwerk.surfaces.http.counters import Counters
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes


def add_health(routes: Routes, counters: Counters, unready: Callable[[], Sequence[str]]) -> None:
    """Serve `/healthz`, `/readyz` and `/metrics`. ``unready`` gives the reasons why not yet; none: ready."""

    async def healthz(request: Request) -> Response:
        return json_response({"status": "alive"})

    async def readyz(request: Request) -> Response:
        reasons = list(unready())
        if reasons:
            return json_response({"status": "not_ready", "reasons": reasons}, 503, [(b"retry-after", b"1")])
        return json_response({"status": "ready"})

    async def metrics(request: Request) -> Response:
        body, content_type = counters.exposition()
        return Response(body, 200, content_type)

    routes.add("GET", "/healthz", healthz, Access.OPEN)
    routes.add("GET", "/readyz", readyz, Access.OPEN)
    routes.add("GET", "/metrics", metrics, Access.OPEN)
