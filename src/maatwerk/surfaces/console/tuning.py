"""Search tuning: type a query, see its hits and why each stands there, pin, hide, and teach words."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.errors import Refused, Unavailable
from maatwerk.flows.publish import Document, publish
from maatwerk.flows.record import Asked
from maatwerk.flows.search import SearchAsk, search
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.portraits import NAMESPACES, find
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need

AUTHOR = "console"
HITS = 24
SYNONYMS = "console"
_LETTERS = 200
_PLACES = 100


class TuningPages:
    """The routes of search tuning."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/search", self.show, "GET"),
            ("/search/move", self.move, "POST", Need.EDIT),
            ("/search/synonym", self.synonym, "POST", Need.EDIT),
        ]

    async def show(self, request: Request) -> Response:
        """A query's hits with their explanation, beside where each stood without the merchant's rules."""
        query = " ".join(request.query_params.get("q", "").split())[:_LETTERS]
        who = request.query_params.get("who", "").strip()[:255]
        found, unknown = None, False
        if query:
            ids = await asyncio.to_thread(self._ids, who)
            unknown = bool(who) and not ids
            found = await asyncio.to_thread(self._tried, query, ids)
        book = self._access.knowledge.rules
        return self._rendering.page(
            request,
            "search.html",
            section="search",
            query=query,
            who=who,
            unknown=unknown,
            found=found,
            rules=[rule for kind in ("merchandising", "synonyms") for rule in book.of(kind)],
            own=book.get("merchandising", key_of(query)) if query else None,
            done=request.query_params.get("done", ""),
        )

    async def move(self, request: Request) -> Response:
        """Pin a product to a place for this query, hide it, or let it go; live with the next search."""
        form = await self._rendering.form(request)
        query = " ".join(form.get("q", "").split())[:_LETTERS]
        sku, how, place = form.get("sku", ""), form.get("how", ""), form.get("position", "1")
        if not query or self._access.catalog.item(sku) < 0:
            raise Refused("product_not_found", "there is no such product", field="sku", status=404)
        position = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else 0
        if how == "pin" and not 1 <= position <= _PLACES:
            raise Refused("position_not_valid", f"a place is 1 to {_PLACES}", field="position")
        rule = self._access.knowledge.rules.get("merchandising", key_of(query))
        document = moved(dict(rule.document or {}) if rule else {}, query, sku, how, position)
        await asyncio.to_thread(self._publish, "merchandising", key_of(query), document, f"{how} {sku}")
        return self._back(query, form.get("who", ""), how)

    async def synonym(self, request: Request) -> Response:
        """Two ways to say the same, from now on."""
        form = await self._rendering.form(request)
        said = [" ".join(form.get(name, "").split())[:80] for name in ("one", "other")]
        if not all(said) or said[0].casefold() == said[1].casefold():
            raise Refused("synonyms_not_valid", "two different words are needed", field="other")
        rule = self._access.knowledge.rules.get("synonyms", SYNONYMS)
        document = dict(rule.document or {}) if rule else {}
        document["two-way"] = [*document.get("two-way", ()), said]
        await asyncio.to_thread(self._publish, "synonyms", SYNONYMS, document, " = ".join(said))
        return self._back(form.get("q", "") or said[0], form.get("who", ""), "synonym")

    def _ids(self, who: str) -> dict[str, str]:
        """Whose results are shown: her user id and a device of hers."""
        for namespace in NAMESPACES if who else ():
            profile = find(self._access, namespace, who)
            if profile is not None and profile.shopper.known_events:
                return {"user_id": profile.shopper.user_id, "anonymous_id": profile.shopper.anonymous_id}
        return {}

    def _tried(self, query: str, ids: dict[str, str]) -> dict[str, Any]:
        searching = self._access.searching
        if searching is None:
            raise Unavailable("search is not open here")
        ask = SearchAsk(q=query, per_page=HITS, facets=(), explain=True)
        ask = msgspec.structs.replace(ask, **ids)
        asked = Asked(proven=True)
        found = search(searching, ask, asked, signed=True, record=False)
        plain = search(searching, ask, asked, signed=True, record=False, rules=())
        before = {hit["sku"]: hit["rank"] for hit in plain["hits"]}
        catalog = self._access.catalog
        for hit in found["hits"]:
            hit["before"] = before.get(hit["sku"], 0)
            hit["minor"] = int(catalog.price[catalog.row(hit["sku"])])
        shown = {hit["sku"] for hit in found["hits"]}
        found["gone"] = [hit for hit in plain["hits"] if hit["sku"] not in shown]
        return found

    def _publish(self, kind: str, key: str, document: Document | None, reason: str) -> None:
        recording = self._access.deciding.recording
        publish(
            recording.log,
            self._access.knowledge.rules,
            {(kind, key): document},
            clock=recording.clock,
            chance=os.urandom,
            author=AUTHOR,
            reason=reason,
        )

    def _back(self, query: str, who: str, done: str) -> Response:
        self._access.fresh()
        return RedirectResponse(f"/console/search?{urlencode({'q': query, 'who': who, 'done': done})}", 303)


def key_of(query: str) -> str:
    """The rule that this page keeps for a query."""
    plain = re.sub(r"[^a-z0-9]+", "-", query.casefold()).strip("-")
    return f"query-{plain or query.casefold().encode().hex()}"[:100]


def moved(document: Document, query: str, sku: str, how: str, position: int) -> Document | None:
    """A query's rule with a product pinned, hidden or let go; None where nothing is left of it."""
    hidden = f"sku == {_quoted(sku)}"
    pins = [pin for pin in document.get("pin", ()) if pin.get("sku") != sku]
    hide = [text for text in document.get("hide", ()) if text != hidden]
    if how == "pin":
        pins = [*(pin for pin in pins if pin.get("position") != position), {"sku": sku, "position": position}]
    elif how == "hide":
        hide.append(hidden)
    rest = {name: value for name, value in document.items() if name not in ("pin", "hide")}
    found = {"on": ["search"], "queries": [query.casefold()], "priority": 200} | rest
    found |= {name: value for name, value in (("pin", pins), ("hide", hide)) if value}
    plain = {"on", "queries", "priority"}
    return found if set(found) > plain else None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
