"""`/v1/rules`: the rule book over HTTP, in TOML or JSON, with a dry run that shows the difference."""

from __future__ import annotations

import asyncio
import tomllib
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import LAST_CURSOR, PAGE_LIMIT
from maatwerk.core.time import format_time
from maatwerk.events.names import RULE_NAMES
from maatwerk.flows.decide import Deciding
from maatwerk.flows.publish import Change, Document, Wanted, diff, publish, rolled_back
from maatwerk.flows.warn import warnings
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.views.rules import book
from maatwerk.views.rules.book import Rule

_AUTHOR_CHARS = 100
_FILLING_TRIES, _FILLING_SECONDS = 100, 0.05
_HISTORY_MOST = 100_000


class RulesSurface:
    """The routes of rules."""

    def __init__(self, deciding: Deciding) -> None:
        self._deciding = deciding

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("GET", "/v1/rules", self.listed, Access.SECRET)
        routes.add("GET", "/v1/rules/history", self.history, Access.SECRET)
        routes.add("POST", "/v1/rules/rollback", self.rollback, Access.SECRET)
        routes.add("GET", "/v1/rules/{kind}/{key}", self.show, Access.SECRET)
        routes.add("PUT", "/v1/rules/{kind}/{key}", self.put, Access.SECRET)
        routes.add("DELETE", "/v1/rules/{kind}/{key}", self.delete, Access.SECRET)

    async def listed(self, request: Request) -> Response:
        """All rules in force, by kind and key."""
        self._refresh()
        limit, cursor = request.page(PAGE_LIMIT)
        kind = request.query.get("kind", "")
        names = [rule for rule in self._deciding.knowledge.rules.all() if not kind or rule.kind == kind]
        after = [rule for rule in names if not cursor or f"{rule.kind}/{rule.key}" > cursor]
        page = after[:limit]
        more = f"{page[-1].kind}/{page[-1].key}" if len(after) > limit else None
        return json_response({"items": [_wire(rule) for rule in page], "next": more})

    async def history(self, request: Request) -> Response:
        """What was published and withdrawn, newest first."""
        limit, _ = request.page(PAGE_LIMIT)
        before = request.whole_number("cursor", 0, 0, LAST_CURSOR)
        versions = [rule for rule in self._history()[::-1] if not before or rule.version < before]
        page = versions[:limit]
        more = str(page[-1].version) if len(versions) > limit else None
        return json_response({"items": [_wire(rule) for rule in page], "next": more})

    async def show(self, request: Request) -> Response:
        """One rule."""
        self._refresh()
        rule = self._deciding.knowledge.rules.get(request.params["kind"], request.params["key"])
        if rule is None:
            raise Refused("rule_not_found", "there is no such rule", field="key", status=404)
        return json_response(_wire(rule))

    async def put(self, request: Request) -> Response:
        """Publish a rule, or with ``?dry_run=1`` say what that would change."""
        document = _document(await request.body())
        kind, key = request.params["kind"], request.params["key"]
        answer = self._publish(request, {(kind, key): document})
        if kind == "audience" and "dry_run" not in request.query:
            await self._filled(key)
        return answer

    async def _filled(self, key: str) -> None:
        """Wait a little for history to be read, so that a small shop's next request knows the audience."""
        deciding = self._deciding
        for _ in range(_FILLING_TRIES):
            if not deciding.belonging.filling(deciding.store, [key]):
                return
            await asyncio.sleep(_FILLING_SECONDS)

    async def delete(self, request: Request) -> Response:
        """Withdraw a rule."""
        return self._publish(request, {(request.params["kind"], request.params["key"]): None})

    async def rollback(self, request: Request) -> Response:
        """Bring the rules of a version back, as a new version."""
        said = await request.json()
        version = said.get("version") if isinstance(said, dict) else None
        if not isinstance(version, int) or isinstance(version, bool):
            raise Refused("version_not_readable", "version is a whole number", field="version")
        self._refresh()
        return self._publish(request, rolled_back(self._deciding.knowledge.rules, self._history(), version))

    def _publish(self, request: Request, wanted: Wanted) -> Response:
        self._refresh()
        rules = self._deciding.knowledge.rules
        if request.query.get("dry_run") in ("1", "true"):
            changes = diff(rules, wanted)
            return json_response(
                {"dry_run": True, "changes": _changes(changes), "warnings": self._warnings(changes)}
            )
        warned = self._warnings(diff(rules, wanted))
        changes = publish(
            self._deciding.recording.log,
            rules,
            wanted,
            clock=self._deciding.recording.clock,
            chance=self._deciding.chance,
            author=request.header(b"x-author")[:_AUTHOR_CHARS] or "api",
            reason=request.query.get("reason", "")[:_AUTHOR_CHARS],
        )
        self._refresh()
        return json_response({"changes": _changes(changes), "version": rules.offset, "warnings": warned})

    def _warnings(self, changes: list[Change]) -> list[str]:
        knowledge = self._deciding.knowledge
        catalog = knowledge.catalogs.of("default")
        return warnings(knowledge.rules, changes, catalog, self._deciding.recording.clock())

    def _refresh(self) -> None:
        self._deciding.knowledge.refresh(self._deciding.recording.clock())

    def _history(self) -> list[Rule]:
        """Stored history, and what the log has learnt since."""
        with self._deciding.store.snapshot() as snapshot:
            stored = [book.decode(row) for _, row in snapshot.scan(book.HISTORY, limit=_HISTORY_MOST)]
            after = snapshot.checkpoint("rules")
        newer = self._deciding.recording.log.rules_and_catalog(after)
        return stored + [book.rule_of(event) for event in newer if event.name in RULE_NAMES]


def _document(body: bytes) -> Document:
    """A rule from JSON or TOML, whichever it is."""
    text = body.decode("utf-8", "replace").strip()
    document: Any
    try:
        document = msgspec.json.decode(body) if text.startswith("{") else tomllib.loads(text)
    except (msgspec.DecodeError, tomllib.TOMLDecodeError) as fault:
        raise Refused("rule_not_readable", str(fault)[:200], hint="send TOML or one JSON object") from None
    if not isinstance(document, dict) or not document:
        raise Refused("rule_not_readable", "the rule is empty", hint="send TOML or one JSON object")
    return document


def _wire(rule: Rule) -> dict[str, Any]:
    return {
        "kind": rule.kind,
        "key": rule.key,
        "version": rule.version,
        "document": rule.document,
        "author": rule.author,
        "reason": rule.reason,
        "published_at": format_time(rule.time),
    }


def _changes(changes: list[Change]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(change) for change in changes]
