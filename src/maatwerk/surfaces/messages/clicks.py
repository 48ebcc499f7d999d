"""`/c/{id}`: from a link in a message to the shop, counted once an hour and never for a machine that looks
ahead."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from maatwerk.core.errors import Refused
from maatwerk.core.ids import derived_id
from maatwerk.core.time import HOUR, SECOND, Clock
from maatwerk.decisions.journeys.words import identity
from maatwerk.effects.clicks import genuine
from maatwerk.effects.ledger import of_message
from maatwerk.events.log import Log
from maatwerk.events.messages import MessageTouched
from maatwerk.events.names import with_body
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.views.store import Store

AT_ONCE_MS = 10 * SECOND
"""Who follows a link so soon after it was sent is the recipient's mail filter."""
_MACHINES = ("bot", "crawl", "spider", "scan", "preview", "proxy", "python", "curl", "wget", "headless")


@dataclass(frozen=True)
class Clicking:
    """What it needs. ``key`` is that of `maatwerk.flows.unsubscribe.link_key`."""

    log: Log
    store: Store
    key: bytes
    clock: Clock


def add_clicks(routes: Routes, parts: Clicking) -> None:
    """Serve it to everybody: a link that we did not make leads nowhere."""

    async def follow(request: Request) -> Response:
        message_id = request.params["id"]
        url = request.query.get("u", "")
        if not genuine(parts.key, message_id, url, request.query.get("k", "")):
            raise Refused("link_not_valid", "this link is not whole", field="k", status=404,
                          hint="open it from the message again")  # fmt: skip
        if request.method == "GET" and not _machine(request):
            await _count(parts, message_id, url)
        target = url.encode("ascii", "ignore")
        headers = [
            (b"location", target),
            (b"cache-control", b"no-store"),
            (b"referrer-policy", b"no-referrer"),
        ]
        return Response(b"", 302, b"", headers)

    routes.add("GET", "/c/{id}", follow, Access.OPEN)


async def _count(parts: Clicking, message_id: str, url: str) -> None:
    now = parts.clock()

    def read() -> str:
        with parts.store.snapshot() as snapshot:
            entry = of_message(snapshot, message_id)
        late = entry is not None and entry.status == "sent" and now - entry.settled > AT_ONCE_MS
        return entry.who if entry is not None and late else ""

    who = await asyncio.to_thread(read)
    if not who:
        return
    event = with_body(
        "Message Clicked",
        MessageTouched(message_id, url=url[:500]),
        id=derived_id("mc", message_id, url, str(now // HOUR)),
        time=now,
        received=now,
        kind="message",
        origin="internal",
        **identity(who),
    )
    await parts.log.append([event])


def _machine(request: Request) -> bool:
    agent = request.header(b"user-agent").lower()
    return not agent or any(word in agent for word in _MACHINES)
