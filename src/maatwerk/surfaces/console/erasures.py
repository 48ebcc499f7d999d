"""Who asked to be forgotten: requests at work, receipts, and the page that asks before anything is done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.core.time import parse_time
from maatwerk.flows.erase import Asking, Receipt, ask, pending, receipts
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.portraits import NAMESPACES
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need
from maatwerk.views.profile.closure import closure

LISTED = 100
STEPS = {
    "log": "Taking her events, decisions and refused messages out of the log",
    "views": "Taking her out of profiles, audiences, carts and what waits to be sent",
    "rest": "Rewriting history, models and files, then looking through everything",
    "tell": "Telling processors",
    "seal": "Signing the receipt",
}
STORES = {
    "log": "The log",
    "views": "Views",
    "history": "Sealed history",
    "records": "Records",
    "files": "Other files",
    "models": "Models",
}


class ErasurePages:
    """The routes of erasures."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/erasures", self.listed, "GET"),
            ("/erasures/ask/{namespace}/{id:path}", self.asked, "GET", "POST", Need.PRIVACY),
            ("/erasures/{request_id}", self.show, "GET"),
        ]

    async def listed(self, request: Request) -> Response:
        """All of them, the newest first."""
        parts = self._parts()
        waiting, done = await asyncio.to_thread(lambda: (pending(parts.records), receipts(parts.records)))
        return self._rendering.page(
            request,
            "erasures.html",
            section="privacy",
            waiting=[(each, STEPS.get(each.step, each.step)) for each in reversed(waiting)],
            done=[(each, _removed(each), parse_time(each.asked)) for each in done[:LISTED]],
            total=len(done),
        )

    async def show(self, request: Request) -> Response:
        """One request: how far it is, or its receipt."""
        parts, request_id = self._parts(), request.path_params["request_id"]
        waiting, done = await asyncio.to_thread(lambda: (pending(parts.records), receipts(parts.records)))
        receipt = next((each for each in done if each.request_id == request_id), None)
        erasure = next((each for each in waiting if each.request_id == request_id), None)
        if receipt is None and erasure is None:
            raise Refused("erasure_not_found", "no such request", status=404)
        return self._rendering.page(
            request,
            "erasure.html",
            section="privacy",
            receipt=receipt,
            erasure=erasure,
            step=STEPS.get(erasure.step, "") if erasure is not None else "",
            removed=_removed(receipt) if receipt is not None else 0,
            searched=sum(each.bytes for each in receipt.looked) if receipt is not None else 0,
            found=sum(each.found for each in receipt.looked) if receipt is not None else 0,
            asked=parse_time(receipt.asked) if receipt is not None else 0,
            stores=STORES,
            raw=msgspec.json.format(msgspec.json.encode(receipt)).decode() if receipt is not None else "",
        )

    async def asked(self, request: Request) -> Response:
        """What would go, in numbers; with the form's word, it begins."""
        parts = self._parts()
        namespace, value = request.path_params["namespace"], request.path_params["id"]
        if namespace not in NAMESPACES:
            raise Refused("profile_not_found", "no such namespace", status=404)
        if request.method == "POST":
            request_id = await asyncio.to_thread(ask, parts, namespace, value, "console")
            return RedirectResponse(f"/console/erasures/{request_id}", 303)
        found = await asyncio.to_thread(self._look, parts, namespace, value)
        return self._rendering.page(
            request, "erasure_ask.html", section="privacy", namespace=namespace, value=value, **found
        )

    def _look(self, parts: Asking, namespace: str, value: str) -> dict[str, Any]:
        with parts.store.snapshot() as snapshot:
            gone = closure(snapshot, parts.recent, namespace, value, parts.clock())
        if gone is None:
            raise Refused("profile_not_found", f"nobody goes by {value[:80]!r}", status=404)
        devices = [*gone.anonymous_ids, *(each.anonymous_id for each in gone.stretches)]
        events = parts.recent.tail(anonymous_ids=devices, user_ids=[*gone.user_ids], limit=100_000)
        return {
            "devices": len(gone.anonymous_ids),
            "shared": len({each.anonymous_id for each in gone.stretches}),
            "emails": len(gone.emails),
            "events": sum(gone.holds(event) for event in events),
            "processors": len(parts.processors),
        }

    def _parts(self) -> Asking:
        if self._access.erasing is None:
            raise Refused("erasure_not_here", "nothing can be erased from here", status=404)
        return self._access.erasing


def _removed(receipt: Receipt) -> int:
    return sum(each.removed for each in receipt.cleared if each.store != "models")
