"""The Segment dialect (and RudderStack's, which shares its messages).

Routes and answers are those of the stock clients; see `docs/collect.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import BATCH_EVENTS
from maatwerk.events.moments import Written
from maatwerk.flows.record import Asked, Recorded, Recording, Wire, record
from maatwerk.surfaces.collect.client_settings import rudder_source_config, segment_settings
from maatwerk.surfaces.collect.dialect import surroundings
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response, problem
from maatwerk.surfaces.http.routes import Access, Handler, Routes

KINDS = {
    "track": "track", "identify": "identify", "page": "page", "screen": "screen", "group": "group",
    "alias": "alias", "t": "track", "p": "page", "i": "identify", "g": "group", "a": "alias", "s": "screen",
}  # fmt: skip
BATCHES = ("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch")


class Batch(msgspec.Struct):
    """The outer object of a batch."""

    batch: list[msgspec.Raw] | None = None
    sentAt: Written = None
    writeKey: str | None = None
    context: msgspec.Raw = msgspec.Raw(b"null")


class Outer(msgspec.Struct):
    """What a request with one message says beside it."""

    sentAt: Written = None
    writeKey: str | None = None
    batch: list[msgspec.Raw] | None = None


_ANY = msgspec.json.Decoder()
_BATCH = msgspec.json.Decoder(Batch)
_OUTER = msgspec.json.Decoder(Outer)


class Segment:
    """The native dialect. ``public_url`` is where browsers reach this server (empty: as they came)."""

    name = "segment"

    def __init__(self, public_url: str = "") -> None:
        self._public_url = public_url

    def add_routes(self, routes: Routes, recording: Recording) -> None:
        """Serve every route of the contract."""
        batch = _batch_handler(recording)
        for path in BATCHES:
            routes.add("POST", path, batch, Access.BODY)
        for short, kind in KINDS.items():
            routes.add("POST", f"/v1/{short}", _single_handler(recording, kind), Access.BODY)
        routes.add("GET", "/v1/projects/{write_key}/settings", self._settings, Access.OPEN)
        routes.add("GET", "/sourceConfig", self._source_config, Access.BODY)
        routes.add("POST", "/v1/m", _own_metrics, Access.OPEN)

    async def _settings(self, request: Request) -> Response:
        return segment_settings(request, self._public_url)

    async def _source_config(self, request: Request) -> Response:
        return rudder_source_config(request, self._public_url)


async def _own_metrics(request: Request) -> Response:
    """What analytics.js reports of itself: read within the limits, and not kept."""
    await request.body()
    return json_response({"success": True})


def _batch_handler(recording: Recording) -> Handler:
    async def batch(request: Request) -> Response:
        body = await request.body()
        outer: Batch = read_json(body, _BATCH)
        kind = request.authorize(outer.writeKey or "")
        if outer.batch is None:
            raise Refused("no_messages", "the body has no batch", field="batch", hint='send {"batch": […]}')
        asked = Asked(
            proven=kind == "secret",
            sent_at=outer.sentAt,
            context=_context(outer.context),
            around=surroundings(request),
        )
        return await _answer(recording, outer.batch, asked)

    return batch


def _single_handler(recording: Recording, kind: str) -> Handler:
    async def single(request: Request) -> Response:
        body = await request.body()
        outer: Outer = read_json(body, _OUTER)
        key = request.authorize(outer.writeKey or "")
        # Some senders post a batch to a single-message route.
        messages: Sequence[Wire] = [body] if outer.batch is None else outer.batch
        asked = Asked(
            proven=key == "secret",
            kind=kind if outer.batch is None else "",
            sent_at=outer.sentAt,
            around=surroundings(request),
        )
        return await _answer(recording, messages, asked)

    return single


def _context(raw: msgspec.Raw) -> dict[str, Any]:
    try:
        said = _ANY.decode(raw)
    except msgspec.DecodeError:
        return {}  # circumstances reject nothing
    return said if isinstance(said, dict) else {}


async def _answer(recording: Recording, messages: Sequence[Wire], asked: Asked) -> Response:
    if not messages:
        raise Refused("no_messages", "the batch is empty", field="batch", hint="send at least one message")
    if len(messages) > BATCH_EVENTS:
        raise Refused(
            "too_many_messages",
            f"a batch may have {BATCH_EVENTS} messages, this one has {len(messages)}",
            field="batch",
            hint="send smaller batches",
            status=413,
        )
    return answer(await record(recording, messages, asked))


def answer(recorded: Recorded) -> Response:
    """200 where anything was taken; 400 where every message was rejected, 413 where each is too large.

    Rejected messages are kept, and can be replayed.
    """
    content = recorded.wire()
    if recorded.accepted or recorded.duplicates or recorded.dropped:
        return json_response({"success": True} | content)
    first = recorded.rejected[0]
    oversized = all(rejection.code == "event_too_large" for rejection in recorded.rejected)
    return problem(
        413 if oversized else 400,
        "all_rejected",
        f"every message was rejected; the first: {first.detail}",
        first.field,
        success=False,
        **content,
    )
