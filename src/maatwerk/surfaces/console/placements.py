"""Placements and the units that fill them: ready or not, what they would show, and how they are changed."""

from __future__ import annotations

import asyncio
import difflib
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import tomlkit
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.events.names import RULE_NAMES
from maatwerk.flows.preview import draft_desk
from maatwerk.flows.publish import KINDS, Change, Document, Wanted, diff, publish, rolled_back
from maatwerk.flows.warn import warnings
from maatwerk.surfaces.console import words
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.kept import Kept
from maatwerk.surfaces.console.previews import PAGES, Preview, Subject, ready_words, show, somebody, subject
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need
from maatwerk.views.rules import book
from maatwerk.views.rules.book import Rule

AUTHOR = "console"
_HISTORY = 100
_HISTORY_MOST = 100_000
_KEPT_SECONDS = 10.0
_REASON_CHARS = 200
_LEARNT = ("for-you", "next-basket")
_TABLED = ("placement", "unit")


class PlacementPages:
    """The routes of placements, units and their history."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._kept = Kept(_KEPT_SECONDS)

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/placements", self.listed, "GET"),
            ("/placements/preview", self.preview, "GET"),
            ("/rules/history", self.history, "GET"),
            ("/rules/rollback", self.rollback, "POST", Need.EDIT),
            ("/rules/{kind}/{key}", self.edit, "GET"),
            ("/rules/{kind}/{key}", self.save, "POST", Need.EDIT),
        ]

    async def listed(self, request: Request) -> Response:
        """Every placement by page, and every unit, with how ready each is."""
        version = self._access.knowledge.rules.offset
        shown, known = await self._kept.get(("all", version), self._everything)
        desk = self._access.deciding.desk
        pages: dict[str, list[dict[str, Any]]] = {}
        for key, placement in sorted(desk.placements.items(), key=lambda pair: (pair[1].order, pair[0])):
            preview = shown.get(key)
            pages.setdefault(placement.page, []).append(
                {
                    "key": key,
                    "placement": placement,
                    "preview": preview,
                    "ready": ready_words(placement, preview, known.get(key)),
                }
            )
        used = {placement.unit for placement in desk.placements.values() if placement.active}
        units = [
            {
                "key": key,
                "unit": ready.unit,
                "used": key in used,
                "title": ready.unit.title or words.unit(key),
            }
            for key, ready in sorted(desk.units.items())
        ]
        return self._rendering.page(
            request,
            "placements.html",
            section="placements",
            pages=pages,
            units=units,
            others=[rule for rule in self._access.knowledge.rules.all() if rule.kind not in _TABLED],
            refused=desk.refused,
            verdicts=self._verdicts(),
        )

    def _verdicts(self) -> list[tuple[str, dict[str, Any]]]:
        """Of each learnt model: who won on held-out time, and by how much."""
        sealed = self._access.knowledge.models.sealed
        return [(name, sealed[name].facts) for name in _LEARNT if name in sealed]

    async def preview(self, request: Request) -> Response:
        """What a page would show, as nobody or as a shopper."""
        page = request.query_params.get("page", "home")
        who = request.query_params.get("who", "").strip()[:255]
        sku = request.query_params.get("sku", "").strip()[:255]
        seen = await asyncio.to_thread(subject, self._access, page, who, sku)
        previews = await asyncio.to_thread(self._of_page, seen)
        return self._rendering.page(
            request,
            "preview.html",
            section="placements",
            seen=seen,
            previews=previews,
            who=who,
            unknown=bool(who) and seen.shopper is None,
        )

    async def edit(self, request: Request) -> Response:
        """A rule as TOML."""
        kind, key, rule = self._named(request)
        text = tomlkit.dumps(rule.document) if rule and rule.document else _starter(kind)
        return await self._form(request, kind, key, rule, text)

    async def save(self, request: Request) -> Response:
        """Check a rule, or publish or withdraw it; nothing typed is lost on a refusal."""
        kind, key, rule = self._named(request)
        form = await self._rendering.form(request)
        text, action = form.get("text", ""), form.get("action", "check")
        try:
            wanted: Wanted = {(kind, key): None if action in ("withdraw", "ask") else _document(text)}
            changes = diff(self._access.knowledge.rules, wanted)
            if action in ("publish", "withdraw"):
                await asyncio.to_thread(self._publish, wanted, form.get("reason", ""))
                self._access.fresh()
                return RedirectResponse(f"/console/rules/{kind}/{key}?done={action}", 303)
        except Refused as fault:
            return await self._form(request, kind, key, rule, text, fault=fault, status=422)
        before_after = None
        if action == "preview":
            before_after = await asyncio.to_thread(self._before_after, form, changes)
        return await self._form(
            request, kind, key, rule, text, changes=changes, asked=action, before_after=before_after
        )

    def _before_after(self, form: Mapping[str, str], changes: list[Change]) -> dict[str, Any]:
        """A page as it is and as it would be with the draft, by the pipeline that serves."""
        page, who, sku = form.get("page", "home"), form.get("who", "").strip()[:255], form.get("sku", "")
        seen = subject(self._access, page, who, sku.strip()[:255])
        draft = draft_desk(self._access.knowledge.rules, changes)
        now = {slot.key: slot for slot in self._of_page(seen)}
        then = show(self._access, draft.on_page(seen.page.type), seen, draft)
        return {
            "seen": seen,
            "who": who,
            "unknown": bool(who) and seen.shopper is None,
            "slots": [(now.get(slot.key), slot) for slot in then if slot.kind == "products"],
        }

    async def history(self, request: Request) -> Response:
        """What was published and withdrawn."""
        return await self._history_page(request)

    async def rollback(self, request: Request) -> Response:
        """Show what going back would change, then do it."""
        form = await self._rendering.form(request)
        given = form.get("version", "")
        version = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
        history = await asyncio.to_thread(self._history)
        wanted = rolled_back(self._access.knowledge.rules, history, version)
        changes = [change for change in diff(self._access.knowledge.rules, wanted) if change.action != "none"]
        if form.get("action") == "publish":
            await asyncio.to_thread(self._publish, wanted, f"back to version {version}")
            self._access.fresh()
            return RedirectResponse("/console/rules/history?done=1", 303)
        return await self._history_page(request, version, changes)

    async def _history_page(
        self, request: Request, version: int = 0, changes: list[Change] | None = None
    ) -> Response:
        history = await asyncio.to_thread(self._history)
        return self._rendering.page(
            request,
            "history.html",
            section="placements",
            rules=history[::-1][:_HISTORY],
            total=len(history),
            version=version,
            changes=None if changes is None else [(change, _difference(change)) for change in changes],
            done="done" in request.query_params,
        )

    async def _form(
        self,
        request: Request,
        kind: str,
        key: str,
        rule: Rule | None,
        text: str,
        *,
        changes: list[Change] | None = None,
        asked: str = "",
        before_after: dict[str, Any] | None = None,
        fault: Refused | None = None,
        status: int = 200,
    ) -> Response:
        desk = self._access.deciding.desk
        uses = [name for name, each in sorted(desk.placements.items()) if kind == "unit" and each.unit == key]
        history = await asyncio.to_thread(self._history)
        return self._rendering.page(
            request,
            "rule.html",
            status,
            section="placements",
            kind=kind,
            key=key,
            rule=rule,
            text=text,
            changes=None if changes is None else [(change, _difference(change)) for change in changes],
            asked=asked,
            warned=self._warned(changes),
            before_after=before_after,
            pages=PAGES,
            fault=fault,
            uses=uses,
            page_type=desk.placements[key].page if kind == "placement" and key in desk.placements else "",
            past=[each for each in history[::-1] if (each.kind, each.key) == (kind, key)][:20],
            done=request.query_params.get("done", ""),
        )

    def _warned(self, changes: list[Change] | None) -> list[str]:
        if not changes:
            return []
        return warnings(self._access.knowledge.rules, changes, self._access.catalog, self._access.now())

    def _named(self, request: Request) -> tuple[str, str, Rule | None]:
        kind, key = request.path_params["kind"], request.path_params["key"]
        if kind not in KINDS:
            raise Refused("rule_kind_not_known", f"there are no rules of kind {kind[:40]!r}", status=404)
        return kind, key, self._access.knowledge.rules.get(kind, key)

    def _publish(self, wanted: Wanted, reason: str) -> None:
        deciding = self._access.deciding
        publish(
            self._access.log,
            self._access.knowledge.rules,
            wanted,
            clock=deciding.recording.clock,
            chance=deciding.chance,
            author=AUTHOR,
            reason=reason[:_REASON_CHARS],
        )

    def _everything(self) -> tuple[dict[str, Preview], dict[str, Preview]]:
        """Each placement on its page: as nobody would see it, and as a shopper who is known well."""
        pages = sorted({placement.page for placement in self._access.deciding.desk.placements.values()})

        def seen_by(who: str) -> dict[str, Preview]:
            previews = (self._of_page(subject(self._access, page, who, "")) for page in pages)
            return {preview.key: preview for page in previews for preview in page}

        who = somebody(self._access)
        return seen_by(""), seen_by(who) if who else {}

    def _of_page(self, seen: Subject) -> list[Preview]:
        return show(self._access, self._access.deciding.desk.on_page(seen.page.type), seen)

    def _history(self) -> list[Rule]:
        """Stored history, and what the log has learnt since; oldest first."""
        with self._access.deciding.store.snapshot() as snapshot:
            stored = [book.decode(row) for _, row in snapshot.scan(book.HISTORY, limit=_HISTORY_MOST)]
            after = snapshot.checkpoint("rules")
        newer = self._access.log.rules_and_catalog(after)
        return stored + [book.rule_of(event) for event in newer if event.name in RULE_NAMES]


def _document(text: str) -> Document:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Refused(
            "rule_not_readable", f"this is not TOML: {fault}", hint="every line reads: name = value"
        ) from None
    if not document:
        raise Refused("rule_not_readable", "the rule is empty", hint="withdraw it instead")
    return document


def _difference(change: Change) -> list[tuple[str, str]]:
    """Lines with their sign: what goes, what comes, what stays."""
    before = tomlkit.dumps(change.before).splitlines() if change.before else []
    after = tomlkit.dumps(change.after).splitlines() if change.after else []
    lines = difflib.unified_diff(before, after, lineterm="", n=100)
    return [(line[:1], line[1:]) for line in lines if not line.startswith(("---", "+++", "@@"))]


def _starter(kind: str) -> str:
    if kind == "unit":
        return 'recommender = "most-viewed"\ntitle = "Most viewed"\nfallback = ["newest"]\n'
    if kind != "placement":
        return _STARTERS.get(kind, "")
    return 'page = "home"\nunit = "most-viewed"\nlimit = 8\norder = 50\n'


_STARTERS = {
    "popup": 'placements = ["popup"]\nstyle = "corner"\ntrigger = { on = "scroll", percent = 50 }\n'
    'most = 1\ndays = 7\n\n[[variant]]\ntitle = "Did you know?"\ntext = "<p>…</p>"\n',
    "layout": 'page = "home"\nfamiliarity = "known"\nplacements = ["home.for-you", "home.bestsellers"]\n',
    "navigation": 'by = "order"\norder = ["women", "men"]\nplacements = ["home.navigation"]\n',
    "store": 'name = "Netherlands"\ncountries = ["NL"]\nlanguages = ["nl"]\nurl = "https://…/nl"\n',
    "merchandising": """on = ["recommendations", "search", "category"]
priority = 100

[[boost]]
where = "stock > 20"
by = 0.3
""",
    "synonyms": """two-way = [["sofa", "couch"]]
""",
}
