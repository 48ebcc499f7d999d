"""Campaigns: choose an audience, write once, see who gets it, and send it or set its moment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time, parse_time
from maatwerk.decisions.journeys.campaign import KIND, Campaign, as_journey, journey_key, parse_campaign
from maatwerk.decisions.journeys.ready_made import journey_of, shipped
from maatwerk.flows.advance import Advancing
from maatwerk.flows.journey_state import Standing, standing
from maatwerk.flows.publish import publish
from maatwerk.flows.recipients import Recipients, recipients
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need

_AUTHOR = "console"
_FIELDS = ("key", "name", "audience", "template", "at")


class CampaignPages:
    """The routes of campaigns."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        deciding = access.deciding
        self._advancing = Advancing(
            access.log, deciding.store, deciding.recent, access.knowledge, access.currency
        )

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/campaigns", self.listed, "GET"),
            ("/campaigns", self.save, "POST", Need.EDIT),
            ("/campaigns/{key}", self.read, "GET"),
            ("/campaigns/{key}", self.act, "POST", Need.EDIT),
        ]

    async def listed(self, request: Request) -> Response:
        """All of them, and a form for another."""
        return self._list(request, {})

    async def save(self, request: Request) -> Response:
        """A new one, with its moment; nothing typed is lost on a refusal."""
        form = await self._rendering.form(request)
        key = form.get("key", "").strip()
        document: dict[str, Any] = {name: form.get(name, "").strip() for name in ("name", "template")}
        if form.get("audience"):
            document["audience"] = form["audience"]
        try:
            at = form.get("at", "").strip()
            document["at"] = format_time(parse_time(at, "at") if at else self._access.now() + 60_000)
            await asyncio.to_thread(self._publish, key, document)
        except Refused as fault:
            return self._list(request, form, fault=fault, status=422)
        self._access.fresh()
        return RedirectResponse(f"/console/campaigns/{key}?done=planned", 303)

    async def read(self, request: Request) -> Response:
        """One campaign: who gets it, and how it went."""
        key = request.path_params["key"]
        it = self._campaign(key)
        self._advancing.eyes.belonging.take_over(self._access.knowledge.rules)
        whom, how = await asyncio.to_thread(self._look, key, it)
        return self._rendering.page(
            request,
            "campaign.html",
            section="campaigns",
            key=key,
            it=it,
            whom=whom,
            how=how,
            at=it.at_ms(),
            gone=it.at_ms() <= self._access.now(),
            done=request.query_params.get("done", ""),
        )

    async def act(self, request: Request) -> Response:
        """Stop it: who has not got it yet does not get it."""
        form = await self._rendering.form(request)
        key = request.path_params["key"]
        rule = self._access.knowledge.rules.get(KIND, key)
        if rule is not None and form.get("action") == "stop":
            await asyncio.to_thread(self._publish, key, {**(rule.document or {}), "enabled": False})
            self._access.fresh()
        return RedirectResponse(f"/console/campaigns/{key}?done=stopped", 303)

    def _list(
        self, request: Request, form: dict[str, str], *, fault: Refused | None = None, status: int = 200
    ) -> Response:
        rules = self._access.knowledge.rules
        rows = [(rule, parse_campaign(rule.key, rule.document or {})) for rule in rules.of(KIND)]
        own = {rule.key for rule in rules.of("template")}
        ready = {step.send for journey in shipped().values() for step in journey.steps if step.send}
        return self._rendering.page(
            request,
            "campaigns.html",
            status,
            section="campaigns",
            rows=sorted(rows, key=lambda row: -row[1].at_ms()),
            now=self._access.now(),
            form={name: form.get(name, "") for name in _FIELDS},
            audiences=sorted(rule.key for rule in rules.of("audience")),
            templates=sorted(own | ready),
            fault=fault,
        )

    def _campaign(self, key: str) -> Campaign:
        rule = self._access.knowledge.rules.get(KIND, key)
        if rule is None:
            raise Refused("rule_not_found", f"there is no campaign {key!r}", field="key", status=404)
        return parse_campaign(key, rule.document or {})

    def _look(self, key: str, it: Campaign) -> tuple[Recipients, Standing]:
        access, now = self._access, self._access.now()
        rule = access.knowledge.rules.get(KIND, key)
        journey = journey_of(journey_key(key), as_journey(key, (rule.document or {}) if rule else {}))
        whom = recipients(self._advancing, journey_key(key), journey, now)
        with access.deciding.store.snapshot() as read:
            return whom, standing(read, journey_key(key), journey, now)

    def _publish(self, key: str, document: dict[str, Any]) -> None:
        access = self._access
        publish(
            access.log,
            access.knowledge.rules,
            {(KIND, key): document},
            clock=access.now,
            chance=os.urandom,
            author=_AUTHOR,
        )
