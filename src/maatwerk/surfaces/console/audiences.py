"""Audiences: who is in them, how they grew, what uses them; and a builder with the size beside it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.flows.everyone import Asking
from maatwerk.flows.foresee import Foreseen, foresee, why
from maatwerk.flows.judge import size_of
from maatwerk.flows.publish import Document, publish, users_of
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need
from maatwerk.views.audience import rows
from maatwerk.views.audience.audiences import Ready
from maatwerk.views.audience.ready_made import READY_MADE
from maatwerk.views.audience.vocabulary import HAPPENING, SCHEMA
from maatwerk.views.audience.words import KIND, read_audience

_MEMBERS = 25
_DAYS = 60
_EVENTS = (
    "Product Viewed", "Product Added", "Checkout Started", "Order Completed", "Products Searched",
    "Product List Viewed", "Product Added to List", "Page Viewed", "Message Sent",
)  # fmt: skip


class AudiencePages:
    """The routes of audiences."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._one_at_a_time = asyncio.Lock()

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/audiences", self.listed, "GET"),
            ("/audiences/new", self.build, "GET"),
            ("/audiences/foresee", self.foresee, "POST", Need.SEE),
            ("/audiences/take", self.take, "POST", Need.EDIT),
            ("/audiences/{key}", self.show, "GET"),
            ("/audiences/{key}/edit", self.build, "GET"),
            ("/audiences/{key}/edit", self.save, "POST", Need.EDIT),
        ]

    async def listed(self, request: Request) -> Response:
        """Every audience in force, and the ready-made ones that are not."""
        by_key = self._audiences()
        documents = self._documents()
        filling = set(self._access.deciding.belonging.filling(self._access.deciding.store))
        with self._access.deciding.store.snapshot() as read:
            items = [
                {
                    "key": key,
                    "audience": each.audience,
                    "size": size_of(read, key),
                    "filling": key in filling,
                    "users": users_of(key, documents),
                }
                for key, each in sorted(by_key.items(), key=lambda pair: (pair[1].audience.group, pair[0]))
            ]
        ready = [
            {"key": key, **document} for key, document in READY_MADE.items() if (KIND, key) not in documents
        ]
        return self._rendering.page(
            request,
            "audiences.html",
            section="audiences",
            items=items,
            ready=ready,
            refused=self._access.deciding.belonging.audiences.refused,
        )

    async def show(self, request: Request) -> Response:
        """One audience."""
        key = request.path_params["key"]
        each = self._audiences().get(key)
        if each is None:
            return self._rendering.not_found(request, Exception())
        sizes, members, size = await asyncio.to_thread(self._read, key)
        who = request.query_params.get("why", "")
        told = None
        if who[:2] in ("u/", "a/"):
            told = await asyncio.to_thread(why, self._asking(), each, who, self._access.now())
        return self._rendering.page(
            request,
            "audience.html",
            section="audiences",
            key=key,
            each=each,
            size=size,
            sizes=sizes,
            members=members,
            users=users_of(key, self._documents()),
            filling=bool(self._access.deciding.belonging.filling(self._access.deciding.store, [key])),
            who=who,
            told=told,
            done="done" in request.query_params,
        )

    async def build(self, request: Request) -> Response:
        """The builder, of a new audience or of one in force."""
        key = request.path_params.get("key", "")
        rule = self._access.knowledge.rules.get(KIND, key) if key else None
        document = dict(rule.document or {}) if rule else dict(READY_MADE.get(key, {}))
        return self._form(request, key, document)

    async def save(self, request: Request) -> Response:
        """Publish what was built, or withdraw it; nothing typed is lost on a refusal."""
        form = await self._rendering.form(request)
        key = (
            request.path_params["key"] if request.path_params["key"] != "new" else form.get("key", "").strip()
        )
        document = self._document(key, form)
        withdraw = form.get("action") == "withdraw"
        try:
            await asyncio.to_thread(self._publish, key, None if withdraw else document)
        except Refused as fault:
            return self._form(request, key, document, fault=fault, status=422)
        self._access.fresh()
        return RedirectResponse("/console/audiences" if withdraw else f"/console/audiences/{key}?done=1", 303)

    async def take(self, request: Request) -> Response:
        """Put a ready-made audience in force."""
        key = (await self._rendering.form(request)).get("key", "")
        if key not in READY_MADE:
            raise Refused("audience_not_found", f"there is no ready-made audience {key[:80]!r}", field="key")
        await asyncio.to_thread(self._publish, key, READY_MADE[key])
        self._access.fresh()
        return RedirectResponse(f"/console/audiences/{key}?done=1", 303)

    async def foresee(self, request: Request) -> Response:
        """What the condition at hand would come to, as a part of the page."""
        form = await self._rendering.form(request)
        key = form.get("key", "").strip() or "preview"
        found: Foreseen | None = None
        fault: Refused | None = None
        documents = {name: document for (kind, name), document in self._documents().items() if kind == KIND}
        try:
            async with self._one_at_a_time:
                found = await asyncio.to_thread(
                    foresee, self._asking(), key, self._document(key, form), documents, self._access.now()
                )
        except Refused as refused:
            fault = refused
        return HTMLResponse(self._rendering.part("audience_foreseen.html", found=found, fault=fault))

    def _form(
        self,
        request: Request,
        key: str,
        document: Document,
        fault: Refused | None = None,
        status: int = 200,
    ) -> Response:
        names = [name for name in SCHEMA.dotted() if name not in ("now", "audiences", "listed")]
        return self._rendering.page(
            request,
            "audience_edit.html",
            status,
            section="audiences",
            key=key,
            document=document,
            fault=fault,
            known=key in self._audiences(),
            events=_EVENTS,
            names=names,
            fields=sorted(name for name, type_ in HAPPENING.items() if type_.kind not in ("record", "map")),
            audiences=sorted(self._audiences()),
        )

    def _document(self, key: str, form: dict[str, str]) -> Document:
        """The document in force with what the form says of it."""
        rule = self._access.knowledge.rules.get(KIND, key)
        document: Document = dict(rule.document or {}) if rule else {}
        told = {"name": form.get("name", "").strip() or key, "when": form.get("when", "").strip()}
        for field in ("description", "group"):
            told[field] = form.get(field, "").strip()
        document |= told | {"public": form.get("public") == "on"}
        return {name: value for name, value in document.items() if value not in ("", False)}

    def _publish(self, key: str, document: Document | None) -> None:
        if document is not None:
            read_audience(key, document)
        deciding = self._access.deciding
        publish(
            deciding.recording.log,
            deciding.knowledge.rules,
            {(KIND, key): document},
            clock=deciding.recording.clock,
            chance=os.urandom,
            author="console",
        )

    def _read(self, key: str) -> tuple[list[tuple[int, rows.Size]], list[tuple[str, rows.Since]], int]:
        prefix = f"{key}{rows.SEPARATOR}"
        with self._access.deciding.store.snapshot() as read:
            days = [
                (int(row[len(prefix) :]), rows.decode_size(stored))
                for row, stored in read.scan(rows.SIZES, prefix=prefix, limit=10_000)
            ]
            members = [
                (row[len(prefix) :], rows.decode_since(stored))
                for row, stored in read.scan(rows.MEMBERS, prefix=prefix, limit=_MEMBERS)
            ]
            return [pair for pair in days if pair[0]][-_DAYS:], members, size_of(read, key)

    def _audiences(self) -> dict[str, Ready]:
        return self._access.deciding.belonging.audiences.by_key

    def _documents(self) -> dict[tuple[str, str], Document]:
        return {(rule.kind, rule.key): rule.document or {} for rule in self._access.knowledge.rules.all()}

    def _asking(self) -> Asking:
        if self._access.asking is None:
            raise Refused("history_not_here", "this console cannot ask history", status=404)
        return self._access.asking
