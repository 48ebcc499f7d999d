"""`GET /v1/insight…`: reports as answers and as files, with the secret key."""

from __future__ import annotations

import asyncio

from maatwerk.core.errors import Refused
from maatwerk.flows.insight import Reporting
from maatwerk.flows.report import (
    REPORTS,
    Answer,
    as_csv,
    as_json,
    asked_of,
    kind_of,
    plain_rows,
    read_report,
)
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Headers, Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.views.insight.lake import VIEWS
from maatwerk.views.insight.prepared import TABLES
from maatwerk.views.insight.sql import known, text

CSV, PARQUET = b"text/csv; charset=utf-8", b"application/vnd.apache.parquet"
FORMATS = ("json", "csv", "parquet")
_NUMBERS = frozenset({"count", "number", "share", "money", "hours", "by_row"})


class InsightSurface:
    """The routes."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting
        self._one_at_a_time = asyncio.Lock()

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("GET", "/v1/insight", self.listed, Access.SECRET)
        routes.add("GET", "/v1/insight/sql/{name}", self.sql, Access.SECRET)
        routes.add("GET", "/v1/insight/{report}", self.report, Access.SECRET)

    async def listed(self, request: Request) -> Response:
        """Every report there is."""
        items = [
            {"key": kind.key, "title": kind.title, "question": kind.question, "parameters": kind.fields}
            for kind in REPORTS
        ]
        return json_response({"items": items, "next": None})

    async def report(self, request: Request) -> Response:
        """One report. One is read at a time: they share the machine with the shop's requests."""
        kind, asked = kind_of(request.params["report"]), asked_of(request.query)
        form = request.query.get("format", "json")
        if form not in FORMATS:
            raise Refused("format_not_known", f"format is one of {', '.join(FORMATS)}", field="format")
        async with self._one_at_a_time:
            answer = await asyncio.to_thread(read_report, self._reporting, kind, asked)
        if form == "json":
            return json_response(as_json(answer))
        body, media, headers = file_of(answer, request.query.get("table", ""), form, self._reporting)
        return Response(body, 200, media, headers)

    async def sql(self, request: Request) -> Response:
        """The query behind a figure."""
        name = request.params["name"]
        if name not in (*known(), *VIEWS, *TABLES):
            raise Refused("query_not_found", f"there is no query {name[:80]!r}", field="name", status=404)
        return Response(text(name).encode(), 200, b"text/plain; charset=utf-8")


def file_of(answer: Answer, table: str, form: str, reporting: Reporting) -> tuple[bytes, bytes, Headers]:
    """One table of a report as a file: body, media type, and the headers that name it."""
    chosen = answer.table(table)
    name = f"{answer.kind.key}-{chosen.key}.{form}".encode()
    headers: Headers = [(b"content-disposition", b'attachment; filename="' + name + b'"')]
    if form == "csv":
        return as_csv(chosen, answer.currency).encode(), CSV, headers
    kinds = {each.key: "number" if each.unit in _NUMBERS else "text" for each in chosen.columns}
    return reporting.parquet(kinds, plain_rows(chosen, answer.currency)), PARQUET, headers
