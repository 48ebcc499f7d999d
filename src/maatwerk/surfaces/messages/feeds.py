"""`/v1/feeds/{key}`: a product feed as it stands, streamed, for whoever holds the secret key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from maatwerk.effects.feeds.words import format_of
from maatwerk.effects.feeds.write import written
from maatwerk.flows.decide import Deciding
from maatwerk.flows.feed import feed_of, lines
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response
from maatwerk.surfaces.http.routes import Access, Routes

_TYPES = {"google": b"application/xml; charset=utf-8", "meta": b"text/csv; charset=utf-8"}


def add_feeds(routes: Routes, deciding: Deciding, home: str) -> None:
    """Serve them; ``home`` is where the shop's relative addresses begin."""

    async def show(request: Request) -> Response:
        form = format_of(request.query.get("format", "google"))
        now = deciding.recording.clock()
        deciding.knowledge.refresh(now)
        feed = feed_of(deciding.knowledge.rules, request.params["key"])
        pieces = written(lines(deciding, feed, home, now), form, feed.title or request.params["key"], home)
        return Response(_in_turns(pieces), 200, _TYPES[form], [(b"cache-control", b"no-store")])

    routes.add("GET", "/v1/feeds/{key}", show, Access.SECRET)


async def _in_turns(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """A piece at a time, with room for other requests between two."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)
