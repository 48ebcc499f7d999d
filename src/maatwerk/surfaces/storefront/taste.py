"""`POST /v1/taste`: what the shop believes of her taste, for the shopper herself; and her word on it."""

from __future__ import annotations

from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.flows.decide import Deciding
from maatwerk.flows.record import Asked
from maatwerk.flows.taste import taste
from maatwerk.surfaces.collect.dialect import surroundings
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.surfaces.storefront.decide import read_ask

EVENTS = 50


class TasteSurface:
    """The route of her taste."""

    def __init__(self, deciding: Deciding) -> None:
        self._deciding = deciding

    def add_to(self, routes: Routes) -> None:
        """Serve it."""
        routes.add("POST", "/v1/taste", self.taste, Access.BODY)

    async def taste(self, request: Request) -> Response:
        """Her taste, after what she just said of it."""
        ask = read_ask(await request.body())
        key = request.authorize(ask.write_key)
        if len(ask.events) > EVENTS:
            raise Refused("too_many_events", f"at most {EVENTS} events", field="events")
        signed = bool(ask.user_signature) and request.keys.signed(ask.user_id, ask.user_signature)
        context: dict[str, Any] = {"store": ask.context.store}
        if ask.context.consent is not None:
            context["consent"] = ask.context.consent
        asked = Asked(proven=key == "secret", context=context, around=surroundings(request))
        return json_response(await taste(self._deciding, ask, asked, signed=signed))
