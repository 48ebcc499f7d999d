"""Read one report: a page, an answer and a file all come from here."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import digits_of
from maatwerk.core.time import format_time
from maatwerk.decisions.experiments.readout import Readout
from maatwerk.flows.insight import Reporting, added
from maatwerk.views.insight.reports import KINDS
from maatwerk.views.insight.reports.added import arms_table, difference_table
from maatwerk.views.insight.reports.words import Asked, Kind, Report, Situation, Table, check

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")
"""How a cell begins that a spreadsheet would run (ASVS 1.2.10)."""
_PARAMETER_CHARS = 500


class Answer(msgspec.Struct, frozen=True):
    """A report as it was asked, and what it counts up to."""

    kind: Kind
    asked: Asked
    report: Report
    since: int
    until: int
    upto: int
    currency: str

    def table(self, key: str) -> Table:
        """One of its tables; the first where none is named. Raises `Refused`."""
        for table in self.report.tables:
            if key in ("", table.key):
                return table
        raise Refused("table_not_found", f"this report has no table {key[:80]!r}", field="table", status=404)


def kind_of(key: str) -> Kind:
    """The report of this name. Raises `Refused` (404)."""
    for kind in (*KINDS, ADDED):
        if kind.key == key:
            return kind
    raise Refused("report_not_found", f"there is no report {key[:80]!r}", field="report", status=404)


def asked_of(given: Mapping[str, str]) -> Asked:
    """What a query string asks. Lists are separated by commas. Raises `Refused` with the field."""
    said: dict[str, Any] = {}
    for field in Asked.__struct_fields__:
        text = given.get(field, "").strip()
        if not text:
            continue
        if len(text) > _PARAMETER_CHARS:
            raise Refused("too_long", f"{field} is too long", field=field)
        said[field] = (
            tuple(part.strip() for part in text.split(",")) if field in ("steps", "weights") else text
        )
    try:
        return check(msgspec.convert(said, Asked, strict=False))
    except msgspec.ValidationError as fault:
        text, _, path = str(fault).partition(" - at `$.")
        raise Refused("parameter_not_valid", text, field=path.rstrip("`").partition("[")[0]) from None


def read_report(reporting: Reporting, kind: Kind, asked: Asked) -> Answer:
    """The report. Takes as long as its query: not on the event loop."""
    now = reporting.clock()
    with reporting.tables() as tables:
        begun = reporting.begun() if kind is ADDED else 0
        situation = Situation(
            tables,
            now,
            asked,
            reporting.catalog(),
            reporting.currency,
            shift_of(reporting.timezone, now),
            begun,
            reporting.holdout_share,
        )
        report = kind.run(situation)
        return Answer(kind, asked, report, situation.since, now, tables.upto, reporting.currency)


def shift_of(timezone: str, now: int) -> int:
    """What the shop's clock is ahead of UTC now, in ms; 0 where the zone is not known."""
    try:
        ahead = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(timezone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return 0
    return int(ahead.total_seconds() * 1000) if ahead else 0


def _added(situation: Situation) -> Report:
    found = added(situation.tables, situation.begun, situation.share)
    arms = [
        (name, arm.visitors, arm.converted, arm.revenue.total, arm.revenue.mean)
        for name, arm in (("personal", found.treated), ("holdout", found.holdout))
    ]
    rows: list[tuple[object, ...]] = []
    if found.difference is not None and found.added_minor is not None:
        one = found.difference
        estimate, low, high = found.added_minor
        rows = [
            ("a visitor", one.low, one.estimate, one.high),
            (f"all {found.treated.visitors:,} visitors who got it", low, estimate, high),
        ]
    return Report(
        _added_title(found, situation),
        (difference_table(rows), arms_table(arms)),
        (
            "Counted since the first decision that is kept, not over days chosen by hand.",
            *(f"Still missing: {each}." for each in found.missing),
        ),
    )


def _added_title(found: Readout, situation: Situation) -> str:
    if found.state == "no_holdout":
        return "Not measured: the shop keeps no holdout (holdout_share)"
    if found.state == "mismatch":
        return "Not known: the arms are not the size they were meant to be"
    if found.added_minor is None or found.state == "too_few":
        return "Not yet known"
    estimate, low, high = (situation.amount(each) for each in found.added_minor)
    if found.state == "undecided":
        return f"Not yet known: between {low} and {high}"
    return f"Maatwerk {'adds' if found.state == 'adds' else 'costs'} {estimate}, between {low} and {high}"


ADDED = Kind("added", "What Maatwerk adds", "Does personalization pay, in money?", _added, ())
REPORTS = (KINDS[0], ADDED, *KINDS[1:])
"""All reports, in the order in which they are listed."""


def as_json(answer: Answer) -> dict[str, Any]:
    """The report for programs: every column with its meaning and unit, money as decimal numbers of the
    currency."""
    return {
        "report": answer.kind.key,
        "question": answer.kind.question,
        "title": answer.report.title,
        "since": format_time(answer.since) if "days" in answer.kind.fields else None,
        "until": format_time(answer.until),
        "upto_offset": answer.upto,
        "currency": answer.currency,
        "asked": {field: getattr(answer.asked, field) for field in answer.kind.fields},
        "notes": answer.report.notes,
        "tables": [
            {
                "key": table.key,
                "title": table.title,
                "note": table.note,
                "columns": [
                    {"key": each.key, "title": each.title, "unit": each.unit, "meaning": each.meaning}
                    for each in table.columns
                ],
                "queries": [f"/v1/insight/sql/{name}" for name in table.queries],
                "rows": plain_rows(table, answer.currency),
            }
            for table in answer.report.tables
        ],
    }


def plain_rows(table: Table, currency: str) -> list[dict[str, Any]]:
    """Rows by column, amounts in units of the currency and moments as text."""
    unit = 10 ** digits_of(currency)
    found = []
    for record in table.records():
        row: dict[str, Any] = {}
        for column in table.columns:
            value = record[column.key]
            kind = record.get("unit", "") if column.unit == "by_row" else column.unit
            if value is not None and kind == "money":
                value = round(float(value) / unit, digits_of(currency))
            elif value is not None and kind == "day":
                value = format_time(int(value))
            row[column.key] = value
        found.append(row)
    return found


def as_csv(table: Table, currency: str) -> str:
    """One table as a spreadsheet takes it; no cell of it is run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.key for column in table.columns])
    for row in plain_rows(table, currency):
        writer.writerow([_cell(value) for value in row.values()])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_RISKY):
        return f"'{value}"
    return "" if value is None else value
