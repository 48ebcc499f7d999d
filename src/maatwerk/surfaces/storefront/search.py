"""`/v1/search` and `/v1/suggest`: decode, call the flow, encode."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id
from maatwerk.flows.decide import Circumstances
from maatwerk.flows.record import Asked
from maatwerk.flows.search import SearchAsk, Searching, search
from maatwerk.flows.suggest import suggest
from maatwerk.surfaces.collect.dialect import surroundings
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes

_BODY = msgspec.json.Decoder(SearchAsk, strict=False)
_PAGE_MOST = 1_000_000


class SearchSurface:
    """The routes of search."""

    def __init__(self, searching: Searching) -> None:
        self._searching = searching

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("GET", "/v1/search", self.search, Access.WRITE)
        routes.add("POST", "/v1/search", self.search, Access.BODY)
        routes.add("GET", "/v1/suggest", self.suggest, Access.WRITE)

    async def search(self, request: Request) -> Response:
        """Products for a query, or for a category."""
        if request.method == "POST":
            ask: SearchAsk = read_json(await request.body(), _BODY)
            request.authorize(ask.write_key)
        else:
            ask = _of_address(request)
        ask, asked, signed = _who(request, ask)
        return json_response(search(self._searching, ask, asked, signed=signed))

    async def suggest(self, request: Request) -> Response:
        """While she types."""
        ask, asked, signed = _who(request, _of_address(request))
        return json_response(suggest(self._searching, ask, asked, signed=signed))


def _who(request: Request, ask: SearchAsk) -> tuple[SearchAsk, Asked, bool]:
    secret = request.key_kind == "secret"
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


def _of_address(request: Request) -> SearchAsk:
    said = request.query
    facets = said.get("facets")
    dial = said.get("dial", "50")
    if not dial.replace(".", "", 1).isdigit():
        raise Refused("dial_not_valid", "the dial is 0 to 100", field="dial")
    consent = {"personalization": said["personalization"]} if said.get("personalization") else None
    context = Circumstances(
        store=said.get("store", "default"), locale=said.get("locale", ""),
        country=said.get("country", ""), device=said.get("device", ""), consent=consent,
    )  # fmt: skip
    return SearchAsk(
        q=said.get("q", ""),
        filter=said.get("filter", ""),
        facets=None if facets is None else tuple(name for name in facets.split(",") if name),
        sort=said.get("sort") or "relevance",
        page=request.whole_number("page", 1, 1, _PAGE_MOST),
        per_page=request.whole_number("per_page", 24, 1, 250),
        category=said.get("category", "").strip("/"),
        dial=float(dial),
        anonymous_id=said.get("anonymousId", ""),
        user_id=said.get("userId", ""),
        user_signature=said.get("userSignature", ""),
        session_id=said.get("sessionId", ""),
        context=context,
        explain=said.get("explain", "") in ("1", "true"),
    )
