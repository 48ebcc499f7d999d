"""`POST /v1/cart/evaluate`: decode, call the flow, encode."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id
from maatwerk.flows.price_cart import Offering, price_cart
from maatwerk.flows.read_cart import CartAsk
from maatwerk.flows.record import Asked
from maatwerk.surfaces.collect.dialect import surroundings
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes

_ASK = msgspec.json.Decoder(CartAsk, strict=False)


class CartSurface:
    """The route of carts."""

    def __init__(self, offering: Offering) -> None:
        self._offering = offering

    def add_to(self, routes: Routes) -> None:
        """Serve it."""
        routes.add("POST", "/v1/cart/evaluate", self.evaluate, Access.BODY)

    async def evaluate(self, request: Request) -> Response:
        """What a cart costs under the offers in force."""
        ask, asked, signed = await read_cart(request)
        return json_response(price_cart(self._offering, ask, asked, signed=signed))


async def read_cart(request: Request) -> tuple[CartAsk, Asked, bool]:
    """The cart that a request sends, and who sends it."""
    ask: CartAsk = read_json(await request.body(), _ASK)
    secret = request.authorize(ask.write_key) == "secret"
    if ask.explain and not secret:
        raise Refused(
            "secret_key_needed",
            "explanations need the secret key",
            field="explain",
            hint="ask without `explain`, or from the shop's server",
            status=403,
        )
    ask = msgspec.structs.replace(ask, anonymous_id=known_id(ask.anonymous_id), user_id=known_id(ask.user_id))
    signed = bool(ask.user_signature) and request.keys.signed(ask.user_id, ask.user_signature)
    context: dict[str, Any] = {"store": ask.context.store}
    if ask.context.consent is not None:
        context["consent"] = ask.context.consent
    return ask, Asked(proven=secret, context=context, around=surroundings(request)), signed
