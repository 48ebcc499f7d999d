"""`DELETE /v1/profiles/{namespace}/{id}` and `GET /v1/erasures/{request_id}`: forget her, and prove it."""

from __future__ import annotations

import asyncio

from maatwerk.core.errors import Refused
from maatwerk.flows.erase import Asking, ask, status
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.surfaces.storefront.profiles import named


def add_erasures(routes: Routes, asking: Asking) -> None:
    """Serve them."""

    async def forget(request: Request) -> Response:
        request_id = await asyncio.to_thread(ask, asking, *named(request), "api")
        return json_response({"request_id": request_id}, 202)

    async def show(request: Request) -> Response:
        found = await asyncio.to_thread(status, asking.records, request.params["request_id"])
        if found is None:
            raise Refused("erasure_not_found", "no such request", field="request_id", status=404)
        return json_response(found)

    routes.add("DELETE", "/v1/profiles/{namespace}/{id}", forget, Access.SECRET)
    routes.add("GET", "/v1/erasures/{request_id}", show, Access.SECRET)
