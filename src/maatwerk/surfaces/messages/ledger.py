"""`/v1/messages` and `/v1/profiles/{namespace}/{id}/messages`: sent, or why not, for the secret key."""

from __future__ import annotations

import asyncio

from maatwerk.core.limits import PAGE_LIMIT
from maatwerk.core.time import Clock
from maatwerk.effects import ledger as view
from maatwerk.flows.ledger import Ledger, of_profile, one, wire
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.surfaces.storefront.profiles import named


def add_ledger(routes: Routes, parts: Ledger, clock: Clock) -> None:
    """Serve the ledger."""

    async def newest(request: Request) -> Response:
        limit, after = request.page(PAGE_LIMIT)

        def read() -> list[view.Entry]:
            with parts.store.snapshot() as snapshot:
                return view.newest(snapshot, after.replace("~", "\t"), limit)

        found = await asyncio.to_thread(read)
        more = view.place(found[-1]).replace("\t", "~") if len(found) == limit else None
        return json_response({"items": [wire(parts, entry) for entry in found], "next": more})

    async def show(request: Request) -> Response:
        return json_response(wire(parts, await asyncio.to_thread(one, parts, request.params["id"])))

    async def hers(request: Request) -> Response:
        limit, _ = request.page(PAGE_LIMIT)
        found = await asyncio.to_thread(of_profile, parts, *named(request), clock(), limit)
        return json_response({"items": [wire(parts, entry) for entry in found], "next": None})

    routes.add("GET", "/v1/messages", newest, Access.SECRET)
    routes.add("GET", "/v1/messages/{id}", show, Access.SECRET)
    routes.add("GET", "/v1/profiles/{namespace}/{id}/messages", hers, Access.SECRET)
