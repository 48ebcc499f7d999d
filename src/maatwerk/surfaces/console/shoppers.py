"""One shopper: who she is, what she goes for, what she did, and what was decided for her and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.time import format_time
from maatwerk.decisions.experiments.assign import held_out
from maatwerk.events.event import Event
from maatwerk.surfaces.console import words
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.foretold import expected
from maatwerk.surfaces.console.portraits import NAMESPACES, find, portrait
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.telling import Told, tell
from maatwerk.views.profile.evidence import links
from maatwerk.views.profile.find import timeline

_TIMELINE = 60
_DECISIONS = 20
_RECENT = 24
_DEVICES = 10


class ShopperPages:
    """The routes of shoppers."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/shoppers", self.search, "GET"),
            ("/shoppers/{namespace}/{id:path}", self.show, "GET"),
        ]

    async def search(self, request: Request) -> Response:
        """Find somebody by any identifier; without one, who was here last."""
        query = request.query_params.get("q", "").strip()[:255]
        if query:
            namespace = await asyncio.to_thread(found_as, self._access, query)
            if namespace:
                return RedirectResponse(f"/console/shoppers/{namespace}/{quote(query, safe='')}", 303)
        recent = await asyncio.to_thread(self._recent)
        return self._rendering.page(
            request, "shoppers.html", 404 if query else 200, section="shoppers", query=query, recent=recent
        )

    async def show(self, request: Request) -> Response:
        """One profile."""
        namespace, value = request.path_params["namespace"], request.path_params["id"]
        before = request.query_params.get("before", "")
        offset = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0
        found = None
        if namespace in NAMESPACES:
            found = await asyncio.to_thread(self._read, namespace, value, offset)
        if found is None:
            recent = await asyncio.to_thread(self._recent)
            return self._rendering.page(
                request, "shoppers.html", 404, section="shoppers", query=value, recent=recent
            )
        return self._rendering.page(request, "shopper.html", section="shoppers", **found)

    def _read(self, namespace: str, value: str, before: int) -> dict[str, Any] | None:
        access = self._access
        share = access.deciding.holdout_share
        unit = value if namespace == "anonymous_id" else ""
        person = portrait(access, namespace, value, False)
        if person is None:
            return None
        devices = person.identifiers.get("anonymous_id", [])
        unit = unit or (devices[0] if devices else value)
        person = msgspec.structs.replace(person, holdout=held_out(unit, share))
        with access.deciding.store.snapshot() as snapshot:
            evident = links(snapshot, access.deciding.recent, person.identifiers)
            events = timeline(
                snapshot, access.deciding.recent, namespace, value, before=before, limit=_TIMELINE
            )
        return {
            "profile": person,
            "links": evident,
            "expected": expected(access, namespace, value),
            "events": [(event, words.act(event, access.catalog), raw(event)) for event in events],
            "older": events[-1].offset if len(events) == _TIMELINE else 0,
            "decisions": self._decisions(devices or ([value] if namespace == "anonymous_id" else [])),
        }

    def _decisions(self, devices: list[str]) -> list[Told]:
        rows = [
            row
            for device in devices[:_DEVICES]
            for row in self._access.log.decisions(limit=_DECISIONS, anonymous_id=device)
        ]
        rows.sort(key=lambda row: (row.time, row.id), reverse=True)
        return [tell(self._access, row) for row in rows[:_DECISIONS]]

    def _recent(self) -> list[dict[str, Any]]:
        """Who was here last."""
        access = self._access
        found: dict[str, dict[str, Any]] = {}
        for event in reversed(access.log.read(max(0, access.log.last_offset() - 600), 600)):
            who = event.anonymous_id or event.user_id
            if not who or who in found:
                if who:
                    found[who]["user"] = found[who]["user"] or event.user_id
                continue
            found[who] = {
                "namespace": "anonymous_id" if event.anonymous_id else "user_id",
                "id": who,
                "user": event.user_id,
                "time": event.time,
                "act": words.act(event, access.catalog),
            }
            if len(found) >= _RECENT:
                break
        return list(found.values())


def raw(event: Event) -> str:
    """The event as it was told, for those who want to see it."""
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "event": event.name,
                "messageId": event.id,
                "time": format_time(event.time),
                "anonymousId": event.anonymous_id or None,
                "userId": event.user_id or None,
                "origin": event.origin,
                "flags": event.flags,
                "properties": event.properties,
            }
        )
    ).decode()


def found_as(access: ConsoleAccess, query: str) -> str:
    """The namespace under which somebody goes by this identifier; nothing where nobody does."""
    spaces = ("email", *NAMESPACES) if "@" in query else NAMESPACES
    for namespace in spaces:
        found = find(access, namespace, query)
        # a user id nobody has is answered by an empty profile of that name
        if found is not None and (found.shopper.known_events or namespace != "user_id"):
            return namespace
    return ""
