"""Content: blocks written, targeted, scheduled, previewed as anyone at any time, published and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time, parse_time
from maatwerk.decisions.content.shelf import ReadyBlock, Shelf
from maatwerk.decisions.content.words import Popup
from maatwerk.decisions.pipeline.words import Page
from maatwerk.decisions.recommend.desk import Desk
from maatwerk.effects.clean import clean
from maatwerk.events.names import RULE_NAMES
from maatwerk.flows.preview import preview
from maatwerk.flows.publish import Document, diff, publish
from maatwerk.flows.slots import content_wire
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.content_form import document_of, fields_of
from maatwerk.surfaces.console.previews import subject
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need
from maatwerk.views.profile.familiarity import STAGES
from maatwerk.views.rules import book
from maatwerk.views.rules.book import Rule

KIND = "block"
AUTHOR = "console"
_HISTORY_MOST, _PAST = 100_000, 20
_NEW = "new"


class Seen(msgspec.Struct, frozen=True):
    """What one placement would show."""

    placement: str
    answer: dict[str, Any]


class ContentPages:
    """The routes of content blocks."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/content", self.listed, "GET"),
            ("/content/{key}", self.edit, "GET"),
            ("/content/{key}/preview", self.preview, "POST", Need.SEE),
            ("/content/{key}", self.save, "POST", Need.EDIT),
        ]

    async def listed(self, request: Request) -> Response:
        """Every block where it stands, the strongest first, with what it is doing now."""
        now = self._access.now()
        shelf = self._access.deciding.shelf
        places = {
            key: {"placement": each, "blocks": [_row(block, now) for block in shelf.standing(key)]}
            for key, each in sorted(self._access.deciding.desk.placements.items())
            if each.kind == "content"
        }
        popups = sorted(shelf.popups.values(), key=lambda each: (-each.said.priority, each.key))
        return self._rendering.page(
            request,
            "content.html",
            section="content",
            places=places,
            popups=[_row(each, now) for each in popups],
            others={
                kind: [rule.key for rule in self._access.knowledge.rules.of(kind)]
                for kind in ("layout", "navigation", "store")
            },
            refused=shelf.refused,
        )

    async def edit(self, request: Request) -> Response:
        """A block's form."""
        key = request.path_params["key"]
        rule = self._rule(key)
        document = dict(rule.document or {}) if rule else {}
        if not rule and request.query_params.get("in"):
            document["placements"] = [request.query_params["in"]]
        return await self._page(request, key, fields_of(document))

    async def preview(self, request: Request) -> Response:
        """The form as it stands, with what it would show to somebody at some time. Nothing is changed."""
        form = await self._rendering.form(request)
        key = self._key(request, form)
        try:
            document = document_of(form)
            diff(self._access.knowledge.rules, {(KIND, key): document})
            seen, note = await asyncio.to_thread(self._seen, key, document, form)
        except Refused as fault:
            return await self._page(request, key, _typed(form), form=form, fault=fault, status=422)
        return await self._page(request, key, fields_of(document), form=form, seen=seen, note=note)

    async def save(self, request: Request) -> Response:
        """Publish, withdraw, or go back to a version; nothing typed is lost on a refusal."""
        form = await self._rendering.form(request)
        key, action = self._key(request, form), form.get("action", "publish")
        try:
            document = await self._wanted(key, action, form)
            await asyncio.to_thread(self._publish, key, document, form.get("reason", ""))
        except Refused as fault:
            return await self._page(request, key, _typed(form), form=form, fault=fault, status=422)
        self._access.fresh()
        return RedirectResponse(
            f"/console/content?done={action}" if document is None else f"/console/content/{key}?done=1", 303
        )

    async def _wanted(self, key: str, action: str, form: Mapping[str, str]) -> Document | None:
        if action == "withdraw":
            return None
        if action != "back":
            return document_of(form)
        past = await asyncio.to_thread(self._past, key)
        found = next((each for each in past if str(each.version) == form.get("version")), None)
        if found is None or found.document is None:
            raise Refused("version_not_known", "there is no such version of this block", field="version")
        return found.document

    def _seen(self, key: str, document: Document, form: Mapping[str, str]) -> tuple[list[Seen], str]:
        """Decided by the pipeline that serves, with this draft among the rules in force."""
        access = self._access
        who = form.get("who", "").strip()[:255]
        at = form.get("at", "").strip()
        now = parse_time(f"{at}:00Z" if len(at) < 17 else at) if at else access.now()
        documents = [
            (rule.kind, rule.key, rule.version, rule.document or {})
            for rule in access.knowledge.rules.all()
            if (rule.kind, rule.key) != (KIND, key)
        ]
        documents.append((KIND, key, 0, document))
        desk, shelf = Desk(documents), Shelf(documents, clean)
        shopper = subject(access, "home", who, "").shopper
        seen = []
        for name in document.get("placements", ()):
            question, answers = preview(
                access.deciding,
                [name],
                Page(type=desk.placements[name].page),
                now=now,
                shopper=shopper,
                desk=desk,
                shelf=shelf,
                locale=form.get("as_locale", "").strip()[:35],
                country=form.get("as_country", "").strip()[:2].upper(),
            )
            seen += [
                Seen(name, content_wire(question, each, explain=True)) for each in answers if each.content
            ]
        unknown = " Nobody goes by that name: shown as nobody." if who and shopper is None else ""
        return seen, f"As of {format_time(now)[:16].replace('T', ' ')} UTC.{unknown}"

    async def _page(
        self,
        request: Request,
        key: str,
        fields: Mapping[str, Any],
        *,
        form: Mapping[str, str] | None = None,
        seen: list[Seen] | None = None,
        note: str = "",
        fault: Refused | None = None,
        status: int = 200,
    ) -> Response:
        access, form = self._access, form or {}
        known = self._rule(key) is not None
        return self._rendering.page(
            request,
            "content_edit.html",
            status,
            section="content",
            key="" if key == _NEW else key,
            known=known,
            fields=fields,
            asked={name: form.get(name, "") for name in ("who", "at", "as_locale", "as_country", "reason")},
            places=[
                name
                for name, each in sorted(access.deciding.desk.placements.items())
                if each.kind == "content"
            ],
            audiences=sorted(access.deciding.belonging.audiences.by_key),
            stages=STAGES[1:],
            seen=seen,
            note=note,
            fault=fault,
            past=await asyncio.to_thread(self._past, key) if known else [],
            done="done" in request.query_params,
        )

    def _key(self, request: Request, form: Mapping[str, str]) -> str:
        key = str(request.path_params["key"])
        return form.get("key", "").strip() or "draft" if key == _NEW else key

    def _rule(self, key: str) -> Rule | None:
        return self._access.knowledge.rules.get(KIND, key)

    def _publish(self, key: str, document: Document | None, reason: str) -> None:
        deciding = self._access.deciding
        publish(
            self._access.log,
            self._access.knowledge.rules,
            {(KIND, key): document},
            clock=deciding.recording.clock,
            chance=deciding.chance,
            author=AUTHOR,
            reason=reason[:200],
        )

    def _past(self, key: str) -> list[Rule]:
        """Its versions, newest first."""
        with self._access.deciding.store.snapshot() as snapshot:
            stored = [book.decode(row) for _, row in snapshot.scan(book.HISTORY, limit=_HISTORY_MOST)]
            after = snapshot.checkpoint("rules")
        newer = self._access.log.rules_and_catalog(after)
        rules = stored + [book.rule_of(event) for event in newer if event.name in RULE_NAMES]
        return [each for each in rules[::-1] if (each.kind, each.key) == (KIND, key)][:_PAST]


def _row(block: ReadyBlock, now: int) -> dict[str, Any]:
    said = block.said
    if not said.active:
        state = ("off", "switched off")
    elif now < block.hours.since:
        state = ("fair", f"from {format_time(block.hours.since)[:16].replace('T', ' ')} UTC")
    elif now >= block.hours.until:
        state = ("off", "ended")
    else:
        state = ("good", "live")
    aims = [
        said.audience,
        said.familiarity and f"{said.familiarity} or longer",
        ", ".join(said.country),
        said.arm,
    ]
    return {
        "key": block.key,
        "name": said.name or said.variant[0].title or block.key,
        "state": state,
        "priority": said.priority,
        "for": " · ".join(each for each in aims if each) or "everybody",
        "variants": len(said.variant),
        "opens": said.trigger.on if isinstance(said, Popup) else "",
        "style": said.style if isinstance(said, Popup) else "",
    }


def _typed(form: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as it was, where it makes no document."""
    lenient = {
        name: value for name, value in form.items() if not name.endswith((".data", "_width", "_height"))
    }
    return fields_of(document_of(lenient | {"priority": "100"})) | {"priority": form.get("priority", "")}
