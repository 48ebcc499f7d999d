"""`POST /v1/messages/returns`: bounces, complaints and deliveries, as a mailbox or a mail provider writes
them."""

from __future__ import annotations

from maatwerk.effects.channels.returned import read_returns
from maatwerk.flows.take_back import TakingBack, take_back
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes

_BODY_BYTES = 1024 * 1024


def add_returns(routes: Routes, parts: TakingBack) -> None:
    """Serve it, for the secret key: whoever may say that an address is dead may silence anybody."""

    async def take(request: Request) -> Response:
        return json_response(await take_back(parts, read_returns(await request.body(_BODY_BYTES))))

    routes.add("POST", "/v1/messages/returns", take, Access.SECRET)
