"""Reports: one page for each, drawn from its tables; each table to be taken along as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from maatwerk.flows.report import REPORTS, Answer, as_csv, asked_of, kind_of, plain_rows, read_report
from maatwerk.surfaces.console import charts
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.kept import Kept
from maatwerk.surfaces.console.rendering import Rendering, count, money, share
from maatwerk.surfaces.console.roles import Need
from maatwerk.views.insight.lake import VIEWS
from maatwerk.views.insight.prepared import TABLES
from maatwerk.views.insight.reports.words import Column, Table
from maatwerk.views.insight.sql import known
from maatwerk.views.insight.sql import text as sql_text

_SECONDS = 10.0
_SHOWN = 50
_SHADES = 5
WINDOWS = (7, 30, 90, 365)
_NUMBERS = frozenset({"count", "number", "share", "money", "hours", "by_row"})
EVENTS = (
    "Page Viewed", "Product List Viewed", "Products Searched", "Product Clicked", "Product "
    "Viewed", "Product Added",
    "Product Added to Wishlist", "Cart Viewed", "Checkout Started", "Coupon Applied", "Order Completed",
)  # fmt: skip
"""Offered for steps; any other name may be typed."""
BY = ("device", "channel", "country", "store", "campaign")


class ReportPages:
    """The routes of reports."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._kept = Kept(_SECONDS)

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/insight", self.listed, "GET"),
            ("/insight/{report}", self.report, "GET"),
            ("/insight/{report}/{table}.{form}", self.file, "GET", Need.TAKE_OUT),
            ("/sql/{name}", self.sql, "GET"),
        ]

    async def listed(self, request: Request) -> Response:
        """Every report, with its question."""
        return self._rendering.page(request, "reports.html", section="insight", kinds=REPORTS)

    async def report(self, request: Request) -> Response:
        """One report."""
        answer = await self._answer(request)
        asked = answer.asked
        said = {field: request.query_params.get(field, "") for field in answer.kind.fields}
        query = urlencode({field: value for field, value in said.items() if value})
        return self._rendering.page(
            request,
            "report.html",
            section="insight" if answer.kind.key not in _PLACED else f"insight-{answer.kind.key}",
            answer=answer,
            kinds=REPORTS,
            tables=[self._table(table, request) for table in answer.report.tables],
            query=f"?{query}" if query else "",
            asked=asked,
            windows=WINDOWS,
            events=EVENTS,
            by=BY,
        )

    async def file(self, request: Request) -> Response:
        """One of its tables as a file."""
        answer = await self._answer(request)
        table = answer.table(request.path_params["table"])
        form = request.path_params["form"]
        headers = {
            "content-disposition": f'attachment; filename="{answer.kind.key}-{table.key}.{form}"',
        }
        if form == "csv":
            return Response(as_csv(table, answer.currency), 200, headers, "text/csv; charset=utf-8")
        if form != "parquet":
            return self._rendering.not_found(request, Exception())
        kinds = {each.key: "number" if each.unit in _NUMBERS else "text" for each in table.columns}
        body = self._access.reporting.parquet(kinds, plain_rows(table, answer.currency))
        return Response(body, 200, headers, "application/vnd.apache.parquet")

    async def sql(self, request: Request) -> Response:
        """The query behind a figure."""
        name = request.path_params["name"]
        if name not in (*known(), *VIEWS, *TABLES):
            return self._rendering.not_found(request, Exception())
        return PlainTextResponse(sql_text(name))

    async def _answer(self, request: Request) -> Answer:
        kind = kind_of(request.path_params["report"])
        asked = asked_of({name: value for name, value in request.query_params.items() if name in kind.fields})
        answer: Answer = await self._kept.get(
            (kind.key, asked), lambda: read_report(self._access.reporting, kind, asked)
        )
        return answer

    def _table(self, table: Table, request: Request) -> dict[str, Any]:
        """A table as it is drawn: its rows sorted as the address says, its cells in words."""
        sort = request.query_params.get(f"sort-{table.key}", "")
        whole = request.query_params.get("all", "") == table.key
        rows = _sorted(table, sort)
        columns = [each for each in table.columns if each.key != "unit"]
        tops = {
            each.key: max(
                (abs(row[each.key]) for row in rows if isinstance(row[each.key], (int, float))), default=0
            )
            for each in columns
            if each.drawn
        }
        heat = max((tops[each.key] for each in columns if each.drawn == "heat"), default=0)
        shown = rows if whole else rows[:_SHOWN]
        return {
            "table": table,
            "columns": columns,
            "sort": sort,
            "whole": whole,
            "rows": [
                [
                    self._cell(each, row, heat if each.drawn == "heat" else tops.get(each.key, 0))
                    for each in columns
                ]
                for row in shown
            ],
            "left": len(rows) - len(shown),
            "chart": self._chart(table),
            "figures": _NUMBERS,
        }

    def _cell(self, column: Column, row: dict[str, Any], top: float) -> dict[str, Any]:
        value = row[column.key]
        unit = row.get("unit", "text") if column.unit == "by_row" else column.unit
        part = abs(value) / top if isinstance(value, (int, float)) and top else 0.0
        return {
            "text": self.written(value, unit),
            "at": value if unit == "day" else None,
            "figure": unit in _NUMBERS,
            "bar": part if column.drawn == "bar" else None,
            "shade": round(part * _SHADES) if column.drawn == "heat" and value is not None else None,
            "sku": value if column.key.endswith("sku") and value else "",
        }

    def written(self, value: Any, unit: str) -> str:
        """A cell in words."""
        if value is None:
            return "–"
        if unit == "money":
            return money(value, self._access.currency, unit=False)
        if unit == "share":
            return share(value)
        if unit == "count":
            return count(value)
        if unit in ("number", "hours"):
            return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
        return str(value)

    def _chart(self, table: Table) -> Any:
        chart = table.chart
        if chart is None or not table.rows:
            return None
        records = table.records()
        values = [float(row[chart.y] or 0) for row in records]
        label = f"{table.title}. The table below has the figures."
        if chart.kind == "columns":
            before = [float(row[chart.before] or 0) for row in records] if chart.before else []
            return charts.columns(values, before, label)
        if chart.kind == "curve":
            return charts.curve([(float(row[chart.x]), float(row[chart.y])) for row in records], label)
        low = [row[chart.low] for row in records]
        high = [row[chart.high] for row in records]
        return charts.band(values, low, high, label)


_PLACED = {"shop", "funnels", "channels", "customers", "products", "trends"}


def _sorted(table: Table, sort: str) -> list[dict[str, Any]]:
    """By the column that the address names, ``-`` before it for downwards; what is not known stands last."""
    rows = table.records()
    key = sort.removeprefix("-")
    if key not in {column.key for column in table.columns}:
        return rows
    have: Sequence[dict[str, Any]] = [row for row in rows if row[key] is not None]
    none = [row for row in rows if row[key] is None]
    return [*sorted(have, key=lambda row: row[key], reverse=sort.startswith("-")), *none]
