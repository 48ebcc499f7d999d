"""`POST /v1/decide`, and what was decided: decode, call the flow, encode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id
from maatwerk.core.time import format_time
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.events.decisions import DecisionMade, decode
from maatwerk.flows.decide import Ask, Deciding, decide
from maatwerk.flows.outcomes import outcomes
from maatwerk.flows.record import Asked
from maatwerk.flows.replay import replay
from maatwerk.surfaces.collect.dialect import surroundings
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes

_ASK = msgspec.json.Decoder(Ask, strict=False)
_ANY = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()
_TEXTS = frozenset({"anonymousId", "userId", "sessionId", "requestId", "id", "sku"})
"""Identifiers, wherever in the request."""


class DecideSurface:
    """The routes of decisions."""

    def __init__(self, deciding: Deciding, sealed: Callable[[str, str], Sealed]) -> None:
        self._deciding = deciding
        self._sealed = sealed

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("POST", "/v1/decide", self.decide, Access.BODY)
        routes.add("GET", "/v1/decisions/{id}", self.show, Access.SECRET)
        routes.add("POST", "/v1/decisions/{id}/replay", self.replay, Access.SECRET)

    async def decide(self, request: Request) -> Response:
        """One round trip for a page."""
        ask = read_ask(await request.body())
        key = request.authorize(ask.write_key)
        if ask.explain and key != "secret":
            raise Refused(
                "secret_key_needed",
                "explanations need the secret key",
                field="explain",
                hint="ask without `explain`, or from the shop's server",
                status=403,
            )
        signed = bool(ask.user_signature) and request.keys.signed(ask.user_id, ask.user_signature)
        context: dict[str, Any] = {"store": ask.context.store}
        if ask.context.consent is not None:
            context["consent"] = ask.context.consent
        if ask.session_id:
            context["sessionId"] = ask.session_id
        asked = Asked(proven=key == "secret", context=context, around=surroundings(request))
        return json_response(await decide(self._deciding, ask, asked, signed=signed))

    async def show(self, request: Request) -> Response:
        """The record, and what came of it."""
        record = self._record(request)
        found = outcomes(self._deciding.recent, record)
        return json_response(shown(record) | {"outcomes": msgspec.to_builtins(found)})

    async def replay(self, request: Request) -> Response:
        """Rerun it."""
        return json_response(replay(self._deciding, self._record(request), self._sealed))

    def _record(self, request: Request) -> DecisionMade:
        decision_id = request.params["id"]
        row = self._deciding.recording.log.decision(decision_id)
        if row is None:
            raise Refused(
                "decision_not_found",
                f"there is no decision {decision_id[:60]!r}",
                field="id",
                hint="it may be past its retention, or not written yet",
                status=404,
            )
        return decode(row.payload)


def read_ask(body: bytes) -> Ask:
    """The request as it is meant: identifiers in the form in which events are kept under them, and, where it
    does not decode as it stands, without nulls and with numbers where text is due."""
    ask: Ask
    try:
        ask = read_json(body, _ASK)
    except Refused as fault:
        if fault.code != "wrong_type":
            raise
        ask = read_json(_ENCODER.encode(_lenient(read_json(body, _ANY))), _ASK)
    anonymous_id, user_id = known_id(ask.anonymous_id), known_id(ask.user_id)
    if anonymous_id != ask.anonymous_id or user_id != ask.user_id:
        ask = msgspec.structs.replace(ask, anonymous_id=anonymous_id, user_id=user_id)
    return ask


def _lenient(value: Any) -> Any:
    """Without what is null, and with identifiers as text: a customer's number is often sent as one."""
    if isinstance(value, list):
        return [_lenient(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: each
        if name == "events"  # judged one by one, as they are
        else (str(each) if name in _TEXTS and type(each) is int else _lenient(each))
        for name, each in value.items()
        if each is not None
    }


def shown(record: DecisionMade) -> dict[str, Any]:
    """A record as people and programs read it."""
    wire: dict[str, Any] = msgspec.to_builtins(record)
    wire["time"] = format_time(record.time)
    wire["request"] = msgspec.json.decode(record.request)
    wire["slots"] = [
        {
            **msgspec.to_builtins(slot),
            "items": [
                {field: getattr(item, field) for field in item.__struct_fields__} for item in slot.items
            ],
            "candidates": [
                {field: getattr(each, field) for field in each.__struct_fields__} for each in slot.candidates
            ],
        }
        for slot in record.slots
    ]
    return wire
