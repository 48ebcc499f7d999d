"""What if: a draft rule over the decisions of the last days, before anybody sees it."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterable
from typing import Any

import tomlkit
from starlette.requests import Request
from starlette.responses import Response

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.flows.publish import Document
from maatwerk.flows.whatif import Effect, WhatIf, what_if
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need

KINDS = ("placement", "unit", "block", "experiment")
_DECISIONS = 400
_DAYS = (1, 7, 28)
_ITEMS = 4


class WhatIfPages:
    """The route of what-if."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._one_at_a_time = asyncio.Lock()

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [("/what-if", self.ask, "GET"), ("/what-if", self.tried, "POST", Need.SEE)]

    async def ask(self, request: Request) -> Response:
        """A rule as it is, to be changed into what it might be."""
        kind, _, key = request.query_params.get("rule", "").partition("/")
        rule = self._access.knowledge.rules.get(kind, key) if kind in KINDS else None
        text = tomlkit.dumps(rule.document) if rule and rule.document else ""
        return self._page(request, f"{kind}/{key}" if rule else "", text)

    async def tried(self, request: Request) -> Response:
        """What it would have shown, and what it would have brought."""
        form = await self._rendering.form(request)
        name, text = form.get("rule", ""), form.get("text", "")
        days = next((each for each in _DAYS if str(each) == form.get("days")), 7)
        try:
            wanted: dict[tuple[str, str], Document | None] = {_named(name): _document(text)}
            async with self._one_at_a_time:
                found = await asyncio.to_thread(self._what_if, wanted, days)
        except Refused as fault:
            return self._page(request, name, text, days=days, fault=fault, status=422)
        return self._page(request, name, text, days=days, found=found)

    def _what_if(self, wanted: dict[tuple[str, str], Document | None], days: int) -> WhatIf:
        until = self._access.now()
        return what_if(
            self._access.deciding,
            self._access.reporting.decided,
            wanted,
            since=until - days * DAY,
            until=until,
            most=_DECISIONS,
        )

    def _page(
        self,
        request: Request,
        name: str,
        text: str,
        *,
        days: int = 7,
        found: WhatIf | None = None,
        fault: Refused | None = None,
        status: int = 200,
    ) -> Response:
        rules = [
            f"{rule.kind}/{rule.key}" for rule in self._access.knowledge.rules.all() if rule.kind in KINDS
        ]
        return self._rendering.page(
            request,
            "what_if.html",
            status,
            section="what-if",
            name=name,
            text=text,
            rules=rules,
            days=days,
            windows=_DAYS,
            found=found,
            effects=[self._told(effect) for effect in found.effects] if found else [],
            title=headline(found),
            fault=fault,
        )

    def _told(self, effect: Effect) -> dict[str, Any]:
        catalog = self._access.catalog

        def named(answer: tuple[str, ...]) -> list[str]:
            return [product.name if (product := catalog.find(each)) else each for each in answer[:_ITEMS]]

        examples = [(each, named(each.before), named(each.after)) for each in effect.examples]
        return {"effect": effect, "examples": examples, "share": effect.changed / max(effect.answers, 1)}


def headline(found: WhatIf | None) -> str:
    """The answer in one line."""
    if found is None:
        return "What would another rule have shown?"
    if not found.read:
        return "Nothing was decided in that time"
    changed = sum(effect.changed for effect in found.effects)
    if not changed:
        return "Nobody would have seen anything else"
    answers = sum(effect.answers for effect in found.effects)
    return f"{changed:,} of {answers:,} answers would have been other ones"


def _named(name: str) -> tuple[str, str]:
    kind, _, key = name.strip().partition("/")
    if kind not in KINDS or not key:
        hint = f"KIND/KEY, the kind one of {', '.join(KINDS)}"
        raise Refused("rule_not_named", f"{name[:80]!r} names no rule", field="rule", hint=hint)
    return kind, key


def _document(text: str) -> Document:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Refused(
            "rule_not_readable", f"this is not TOML: {fault}", hint="every line reads: name = value"
        ) from None
