"""`/v1/admin/rejected`: messages kept with the reason they were refused, and trying them again."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import LAST_CURSOR, PAGE_LIMIT
from maatwerk.core.time import format_time
from maatwerk.events.log import Rejected
from maatwerk.flows.record import Recording
from maatwerk.flows.retry import retry_rejected
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes

_ANY = msgspec.json.Decoder()


def add_rejected(routes: Routes, recording: Recording) -> None:
    """Serve the list, and `POST …/replay` with ``{"ids": […]}`` or ``{"all": true}``."""

    async def listed(request: Request) -> Response:
        limit, _ = request.page(PAGE_LIMIT)
        rows = await asyncio.to_thread(
            recording.log.rejected, request.whole_number("cursor", 0, 0, LAST_CURSOR), limit + 1
        )
        more = len(rows) > limit
        items = [_item(row) for row in rows[:limit]]
        return json_response({"items": items, "next": str(rows[limit - 1].id) if more else None})

    async def again(request: Request) -> Response:
        return json_response(await retry_rejected(recording, _ids(await request.json())))

    routes.add("GET", "/v1/admin/rejected", listed, Access.SECRET)
    routes.add("POST", "/v1/admin/rejected/replay", again, Access.SECRET)


def _item(row: Rejected) -> dict[str, Any]:
    try:
        message = _ANY.decode(row.message)
    except (msgspec.DecodeError, RecursionError):
        message = row.message.decode("utf-8", "replace")  # cut at the quarantine's limit
    return {
        "id": row.id,
        "receivedAt": format_time(row.received),
        "index": row.rejection.index,
        "code": row.rejection.code,
        "field": row.rejection.field,
        "detail": row.rejection.detail,
        "proven": row.proven,
        "message": message,
    }


def _ids(said: Any) -> list[int] | None:
    ids = said.get("ids") if isinstance(said, dict) else None
    if isinstance(said, dict) and said.get("all") is True and ids is None:
        return None
    if not isinstance(ids, list) or not 0 < len(ids) <= PAGE_LIMIT or not all(_is_id(one) for one in ids):
        raise Refused(
            "ids_missing",
            f"ids is a list of 1 to {PAGE_LIMIT} numbers",
            field="ids",
            hint='send {"ids": [1, 2]} or {"all": true}',
        )
    return ids


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
