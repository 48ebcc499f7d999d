"""Un-merge: what taking an identifier away will do, in numbers, and then doing it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.flows.unmerge import Plan, plan, unmerge
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need
from maatwerk.surfaces.storefront.profiles import folded

_CHANCE_BYTES = 16


class UnmergePages:
    """The page that asks before, and its answer."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [("/people/unmerge/{namespace}/{id:path}", self.asked, "GET", "POST", Need.PRIVACY)]

    async def asked(self, request: Request) -> Response:
        """What would go, in numbers; with the form's word, it is done."""
        namespace, value = request.path_params["namespace"], request.path_params["id"]
        profile_id = request.query_params.get("profile_id", "")
        deciding = self._access.deciding
        try:
            planned = await asyncio.to_thread(self._plan, profile_id, namespace, value)
        except Refused as refused:
            return self._rendering.page(
                request, "unmerge.html", refused.status, section="shoppers", namespace=namespace, value=value,
                planned=None, refused=refused,
            )  # fmt: skip
        if request.method == "POST":
            now, chance = deciding.recording.clock(), deciding.chance(_CHANCE_BYTES)
            await asyncio.to_thread(unmerge, self._access.log, planned, now, chance, "console")
            await folded(deciding)
            place = ("user_id", planned.user_id) if planned.user_id else (namespace, value)
            return RedirectResponse(f"/console/shoppers/{place[0]}/{quote(place[1], safe='')}", 303)
        return self._rendering.page(
            request, "unmerge.html", section="shoppers", namespace=namespace, value=value, planned=planned,
            refused=None,
        )  # fmt: skip

    def _plan(self, profile_id: str, namespace: str, value: str) -> Plan:
        deciding = self._access.deciding
        with deciding.store.snapshot() as snapshot:
            now = deciding.recording.clock()
            return plan(snapshot, deciding.recent, profile_id, namespace, value, now)
