"""Where to begin, what to do next, and where everything is: first steps, the doctor, and search over all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.flows.report import REPORTS
from maatwerk.flows.review import KEYS, Known, answer, answers_of, plan, review
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.kept import Kept
from maatwerk.surfaces.console.navigation import GROUPS
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need
from maatwerk.surfaces.console.shoppers import found_as

_SECONDS = 20.0
_FEW = 8


class GuidePages:
    """The routes."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._kept = Kept(_SECONDS)

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/find", self.find, "GET"),
            ("/start", self.start, "GET"),
            ("/doctor", self.doctor, "GET"),
            ("/doctor", self.answer, "POST", Need.EDIT),
        ]

    async def find(self, request: Request) -> Response:
        """People, products, rules, reports and pages that have the words."""
        query = request.query_params.get("q", "").strip()[:255]
        namespace = await asyncio.to_thread(found_as, self._access, query) if query else ""
        places = self._places(query) if query else {}
        if namespace and not any(places.values()):
            return RedirectResponse(f"/console/shoppers/{namespace}/{quote(query, safe='')}", 303)
        person = f"/console/shoppers/{namespace}/{quote(query, safe='')}" if namespace else ""
        return self._rendering.page(
            request, "find.html", section="overview", query=query, person=person, places=places
        )

    def _places(self, query: str) -> dict[str, list[tuple[str, str, str]]]:
        """By kind: title, address, and a word on it; a few of each."""
        words = query.casefold().split()

        def fits(*texts: str) -> bool:
            whole = " ".join(texts).casefold()
            return all(word in whole for word in words)

        catalog = self._access.catalog
        products: list[tuple[str, str, str]] = []
        for row in range(catalog.size):
            if len(products) >= _FEW:
                break
            product = catalog.find(catalog.skus[row]) if catalog.parent[row] < 0 else None
            if product is not None and fits(product.name, product.sku, product.brand):
                products.append(
                    (product.name, f"/console/catalog/{quote(product.sku, safe='')}", product.sku)
                )
        rules = [
            (
                str((rule.document or {}).get("name") or (rule.document or {}).get("title") or rule.key),
                f"/console/rules/{quote(rule.kind, safe='')}/{quote(rule.key, safe='')}",
                f"{rule.kind} {rule.key}",
            )
            for rule in self._access.knowledge.rules.all()
            if fits(rule.kind, rule.key, str((rule.document or {}).get("name", "")))
        ]
        reports = [
            (kind.title, f"/console/insight/{kind.key}", kind.question)
            for kind in REPORTS
            if fits(kind.title, kind.question)
        ]
        pages = [
            (each.title, f"/console/{each.path}", group.title)
            for group in GROUPS
            for each in group.sections
            if fits(each.title, group.title)
        ]
        return {"Products": products, "Rules": rules[:_FEW], "Reports": reports[:_FEW], "Pages": pages[:_FEW]}

    async def start(self, request: Request) -> Response:
        """First steps, each checked as it stands now."""
        counts = await asyncio.to_thread(self._access.log.counts)
        size = int(self._access.catalog.tops().sum())
        events, decisions = counts.get("events_total", 0), counts.get("decisions_total", 0)
        models = len(self._access.knowledge.models.sealed)
        checks = [
            (size > 0, "The catalog is there", f"{size:,} products"),
            (events > 0, "The first events were seen", f"{events:,} events"),
            (decisions > 0, "The first slot was decided", f"{decisions:,} decisions"),
            (models > 0, "Models are taught from your shop", f"{models} models"),
        ]
        return self._rendering.page(
            request,
            "start.html",
            section="start",
            checks=checks,
            write_key=self._access.write_key(),
            address=self._access.address or str(request.base_url).split("/console")[0].rstrip("/"),
        )

    async def doctor(self, request: Request) -> Response:
        """The ten steps."""
        steps = await self._kept.get("doctor", self._steps)
        said = await asyncio.to_thread(answers_of, self._access.answers)
        return self._rendering.page(
            request,
            "doctor.html",
            section="doctor",
            steps=steps,
            said=said,
            plan=plan(steps, self._access.now()),
            done="done" in request.query_params,
        )

    async def answer(self, request: Request) -> Response:
        """Keep what the owner says."""
        form = await self._rendering.form(request)
        key = form.get("step", "")
        await asyncio.to_thread(answer, self._access.answers, key, form.get("answer", ""))
        return RedirectResponse(f"/console/doctor?done=1#{key if key in KEYS else ''}", 303)

    def _steps(self) -> list[Any]:
        access = self._access
        rules: dict[str, int] = {}
        for rule in access.knowledge.rules.all():
            rules[rule.kind] = rules.get(rule.kind, 0) + 1
        known = Known(access.log.counts(), float(access.lag().get("lag_seconds", 0.0)), rules)
        return review(access.reporting, known, {})
