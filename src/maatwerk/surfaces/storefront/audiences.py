"""`/v1/audiences`: which there are, who belongs to them, lists from elsewhere, and memberships as CSV."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import PAGE_LIMIT
from maatwerk.core.time import DAY, format_time
from maatwerk.flows.allow import Allowing
from maatwerk.flows.decide import Deciding
from maatwerk.flows.everyone import Asking
from maatwerk.flows.foresee import foresee
from maatwerk.flows.judge import size_of
from maatwerk.flows.lists import Listed, members_of, members_of_csv, put_on_list
from maatwerk.flows.publish import users_of
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.views.audience import ready_made, rows
from maatwerk.views.audience.audiences import Ready
from maatwerk.views.store import Snapshot, Store

_ANY = msgspec.json.Decoder()
CSV = b"text/csv; charset=utf-8"
_GROWTH_DAYS = 400
_LIST_BYTES = 4 * 1024 * 1024


class AudienceSurface:
    """The routes of audiences."""

    def __init__(self, deciding: Deciding, asking: Asking) -> None:
        self._deciding = deciding
        self._asking = asking
        self._one_at_a_time = asyncio.Lock()

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("GET", "/v1/audiences", self.listed, Access.SECRET)
        routes.add("POST", "/v1/audiences/preview", self.preview, Access.SECRET)
        routes.add("GET", "/v1/audiences/{key}", self.show, Access.SECRET)
        routes.add("GET", "/v1/audiences/{key}/members", self.members, Access.SECRET)
        routes.add("PUT", "/v1/audiences/{key}/members", self.put_members, Access.SECRET)
        routes.add("POST", "/v1/audiences/{key}/members", self.put_members, Access.SECRET)
        routes.add("GET", "/v1/memberships", self.export, Access.SECRET)

    async def listed(self, request: Request) -> Response:
        """All audiences in force, by key; ``?ready=1``: those that can be taken over."""
        self._refresh()
        if request.query.get("ready") in ("1", "true"):
            items = [{"key": key, **document} for key, document in sorted(ready_made.READY_MADE.items())]
            return json_response({"items": items, "next": None})
        limit, cursor = request.page(PAGE_LIMIT)
        every = self._deciding.belonging.audiences.by_key
        after = [each for key, each in sorted(every.items()) if key > cursor]
        with self._deciding.store.snapshot() as read:
            items = [self._wire(read, each) for each in after[:limit]]
        return json_response({"items": items, "next": after[limit - 1].key if len(after) > limit else None})

    async def show(self, request: Request) -> Response:
        """One audience, how it grew, and which rules use it."""
        audience = self._named(request)
        documents = {
            (rule.kind, rule.key): rule.document or {} for rule in self._deciding.knowledge.rules.all()
        }
        with self._deciding.store.snapshot() as read:
            wire = self._wire(read, audience) | {"growth": growth(read, audience.key)}
        return json_response(wire | {"used_by": users_of(audience.key, documents)})

    async def preview(self, request: Request) -> Response:
        """What an audience would be: size, overlap, some members and why, growth. Saves nothing."""
        self._refresh()
        said = await request.json()
        if not isinstance(said, dict):
            raise Refused("wrong_type", "send an audience", hint='{"when": "orders.count >= 2"}')
        document = {"name": "preview", **said}
        key = str(document.pop("key", "") or "preview")
        rules = self._deciding.knowledge.rules.of("audience")
        documents = {rule.key: rule.document or {} for rule in rules}
        now = self._deciding.recording.clock()
        async with self._one_at_a_time:
            found = await asyncio.to_thread(foresee, self._asking, key, document, documents, now)
        return json_response(
            {
                "size": found.found.size(),
                "margin": found.found.margin(),
                "exact": found.found.exact,
                "people": found.found.people,
                "overlap": found.overlap,
                "sample": [
                    {
                        **_named(who),
                        "why": [{"rule": r.text, "holds": r.holds, "values": r.values} for r in told],
                    }
                    for who, told in found.sample
                ],
                "growth": [{"at": format_time(at), "size": size} for at, size in found.growth],
            }
        )

    async def members(self, request: Request) -> Response:
        """Who belongs to it, in pages; ``?format=csv``: all of them in one file."""
        audience = self._named(request)
        if request.query.get("format") == "csv":
            lines = self._may_go(request, _member_lines(self._deciding.store, audience.key))
            return Response(_streamed(lines), 200, CSV)
        limit, cursor = request.page(PAGE_LIMIT)
        prefix = f"{audience.key}{rows.SEPARATOR}"
        with self._deciding.store.snapshot() as read:
            found = read.scan(rows.MEMBERS, prefix=prefix, after=prefix + cursor, limit=limit + 1)
        items = [_member_wire(key[len(prefix) :], value) for key, value in found[:limit]]
        more = found[limit - 1][0][len(prefix) :] if len(found) > limit else None
        return json_response({"items": items, "next": more})

    async def put_members(self, request: Request) -> Response:
        """Put people on its list or take them off: ``{"add": [], "remove": []}``, or a CSV to add."""
        audience = self._named(request)
        body = await request.body(_LIST_BYTES)
        if body.lstrip()[:1] in (b"{", b"["):
            said = read_json(body, _ANY)
            said = {"add": said} if isinstance(said, list) else said
            if not isinstance(said, dict):
                raise Refused("wrong_type", "send an object", hint='{"add": ["u-1"], "remove": []}')
            unknown = sorted(said.keys() - {"add", "remove", "source"})
            if unknown:
                raise Refused("field_not_known", f"there is no field {unknown[0]!r}", field=unknown[0])
            add, remove = members_of(said.get("add", []), "add"), members_of(said.get("remove", []), "remove")
            source = str(said.get("source", "http"))[:100]
        else:
            add, remove, source = members_of_csv(body.decode("utf-8", "replace")), [], "csv"
        deciding = self._deciding

        def put() -> Listed:
            return put_on_list(
                deciding.recording.log,
                deciding.store,
                deciding.recent,
                audience.key,
                add,
                remove,
                clock=deciding.recording.clock,
                chance=deciding.chance,
                source=source,
            )

        listed = await asyncio.to_thread(put)
        return json_response({"added": listed.added, "removed": listed.removed, "unknown": listed.unknown})

    async def export(self, request: Request) -> Response:
        """Everybody who belongs to an audience, one line each, as CSV for any marketing tool."""
        return Response(_streamed(self._may_go(request, export_lines(self._deciding.store))), 200, CSV)

    def _may_go(self, request: Request, lines: Iterator[list[str]]) -> Iterator[list[str]]:
        """Only those who may be handed on, for ``?purpose=`` (advertising, where it says none)."""
        may = Allowing(self._deciding.recording, request.query.get("purpose") or "advertising")

        def allowed() -> Iterator[list[str]]:
            yield from itertools.islice(lines, 1)  # the head
            for line in lines:
                if may.person(line[1], line[0]):
                    yield line

        return allowed()

    def _wire(self, read: Snapshot, each: Ready) -> dict[str, Any]:
        filling = self._deciding.belonging.filling(self._deciding.store, [each.key])
        audience = each.audience
        return {
            "key": each.key,
            "name": audience.name,
            "description": audience.description,
            "group": audience.group,
            "when": audience.when,
            "public": audience.public,
            "version": each.version,
            "state": "filling" if filling else "live",
            "size": size_of(read, each.key),
        }

    def _named(self, request: Request) -> Ready:
        self._refresh()
        key = request.params["key"]
        audience = self._deciding.belonging.audiences.by_key.get(key)
        if audience is None:
            refused = self._deciding.belonging.audiences.refused.get(key, "")
            raise Refused(
                "audience_not_found",
                f"there is no audience {key[:100]!r}",
                field="key",
                hint=refused,
                status=404,
            )
        return audience

    def _refresh(self) -> None:
        self._deciding.knowledge.refresh(self._deciding.recording.clock())


def growth(read: Snapshot, key: str) -> list[dict[str, Any]]:
    """Members at the end of each day on which something changed, oldest first."""
    prefix = f"{key}{rows.SEPARATOR}"
    found = []
    for row, stored in read.scan(rows.SIZES, prefix=prefix, limit=10_000)[-_GROWTH_DAYS:]:
        day = int(row[len(prefix) :])
        if day:
            size = rows.decode_size(stored)
            at = format_time(day * DAY)[:10]
            found.append({"day": at, "members": size.members, "entered": size.entered, "exited": size.exited})
    return found


def export_lines(store: Store) -> Iterator[list[str]]:
    """A head and one line for each person who belongs to any audience."""
    yield ["user_id", "anonymous_id", "audiences"]
    for who, stored in store.every(rows.STATE):
        belongs = rows.decode_belongs(stored)
        if belongs.member:
            kind, _, value = who.partition("/")
            ids = [value, ""] if kind == "u" else ["", value]
            yield [*ids, " ".join(sorted(belongs.member))]


def _member_lines(store: Store, key: str) -> Iterator[list[str]]:
    yield ["user_id", "anonymous_id", "since"]
    prefix = f"{key}{rows.SEPARATOR}"
    after = ""
    while True:
        with store.snapshot() as read:
            found = read.scan(rows.MEMBERS, prefix=prefix, after=after, limit=500)
        for row, stored in found:
            kind, _, value = row[len(prefix) :].partition("/")
            ids = [value, ""] if kind == "u" else ["", value]
            yield [*ids, format_time(rows.decode_since(stored).at)]
        if len(found) < 500:
            return
        after = found[-1][0]


async def _streamed(lines: Iterator[list[str]]) -> AsyncIterator[bytes]:
    while True:
        some = await asyncio.to_thread(lambda: [line for _, line in zip(range(500), lines, strict=False)])
        if not some:
            return
        out = io.StringIO()
        csv.writer(out).writerows([[_plain(cell) for cell in line] for line in some])
        yield out.getvalue().encode()


def _plain(cell: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _member_wire(who: str, stored: bytes) -> dict[str, Any]:
    return {**_named(who), "since": format_time(rows.decode_since(stored).at)}


def _named(who: str) -> dict[str, str]:
    kind, _, value = who.partition("/")
    return {"user_id" if kind == "u" else "anonymous_id": value}
