"""`import catalog`, `orders`, `events`, `list`: files into the workspace, with progress."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from maatwerk.cli.output import console, give, refusals, say
from maatwerk.cli.workspace import HERE, Data, Json, opened
from maatwerk.flows.import_ import Imported, Remark, by_code, import_messages, import_products
from maatwerk.surfaces import files

SHOWN = 20
"""Refused rows shown on the screen; all of them are in the report."""

Report = Annotated[
    Path | None, typer.Option("--report", help="Write every refused row and warning to this file.")
]
Currency = Annotated[str | None, typer.Option("--currency", help="Currency of amounts that state none.")]

app = typer.Typer(help="Read files into the workspace.", no_args_is_help=True)


@app.command("catalog")
def import_catalog(
    paths: Annotated[list[Path], typer.Argument(help="A file, several, or a folder.")],
    format: Annotated[
        str | None, typer.Option("--format", help="Guessed from the file when left out.")
    ] = None,
    currency: Currency = None,
    report: Report = None,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Import products: Magento's CSV export, Google Merchant XML and TSV, Shopify's CSV."""
    with refusals():
        with opened(data) as parts:
            parts.knowledge.load()
            catalogs = parts.knowledge.catalogs
            reading = files.read_catalog(
                paths, format, currency=currency, known=lambda sku: catalogs.of("default").row(sku) >= 0
            )
            totals = _run(
                import_products(parts.recording, reading, lambda store, sku: catalogs.of(store).find(sku)),
                reading,
                json,
            )
            for path, title in sorted(reading.category_titles.items()):
                if path and title and not json and len(reading.category_titles) <= SHOWN:
                    say(f"category {path}: {title}")
        _tell(totals, reading, "products", report, json)


@app.command("orders")
def import_orders(
    path: Annotated[Path, typer.Argument(help="A CSV file (.gz too).")],
    mapping: Annotated[
        str, typer.Option("--mapping", help="A mapping file, or a shipped one by name.")
    ] = "orders",
    currency: Currency = None,
    report: Report = None,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Import orders through a mapping; shipped: orders, online-retail."""
    _messages(path, mapping, currency, report, data, json, "orders")


@app.command("events")
def import_events(
    path: Annotated[Path, typer.Argument(help="A CSV file (.gz too).")],
    mapping: Annotated[
        str, typer.Option("--mapping", help="A mapping file, or a shipped one by name.")
    ] = "events",
    currency: Currency = None,
    report: Report = None,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Import behavior through a mapping; shipped: events, retailrocket."""
    _messages(path, mapping, currency, report, data, json, "messages")


@app.command("list")
def import_list(
    path: Annotated[
        Path, typer.Argument(help="CSV with the columns sku, recommended and, if you like, score.")
    ],
    name: Annotated[str, typer.Option("--name", help="The list's name, as a unit calls it.")],
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Import a list of your own: for a product, or (with an empty sku) for every page."""
    from maatwerk.app.own_lists import publish_list

    with refusals():
        with opened(data) as parts:
            keys, pairs, refused = publish_list(parts, path, name)
        if json:
            give({"list": name, "products": keys, "pairs": pairs, "refused": refused})
            return
        say(f"list {name}: {pairs} recommendations for {keys} products; {len(refused)} rows refused")
        for line in refused[:SHOWN]:
            say(f"  {line}")


def _messages(
    path: Path, mapping: str, currency: str | None, report: Path | None, data: Path, json: bool, what: str
) -> None:
    with refusals():
        with opened(data) as parts:
            reading = files.read_messages(path, files.read_mapping(mapping), currency=currency)
            totals = _run(import_messages(parts.recording, reading, "csv"), reading, json)
        _tell(totals, reading, what, report, json)


def _run(steps: Iterator[Imported], reading: files.Reading, json: bool) -> Imported:
    totals = Imported()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[new]} new"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=json, transient=True) as progress:
        task = progress.add_task("importing", total=1.0, new=0)
        for totals in steps:
            progress.update(task, completed=reading.share_read, new=totals.new)
    return totals


def _tell(totals: Imported, reading: files.Reading, what: str, report: Path | None, json: bool) -> None:
    notes = [msgspec.to_builtins(note) for note in reading.notes]
    if report is not None:
        lines: list[Any] = [{"kind": "refused", **msgspec.to_builtins(each)} for each in totals.refusals]
        lines += [{"kind": "warning", **msgspec.to_builtins(each)} for each in totals.warnings]
        report.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    if json:
        give({**msgspec.to_builtins(totals), "notes": notes})
        return
    say(
        f"{totals.records} records read: {totals.rows} {what}, {totals.new} new, "
        f"{totals.same} known already, {totals.refused} refused, {totals.warned} warnings"
    )
    for note in notes:
        say(f"  note     {note['file']}: {note['detail']}")
    _tell_remarks("refused", totals.refusals, totals.refused)
    _tell_remarks("warning", totals.warnings, totals.warned)


def _tell_remarks(kind: str, remarks: list[Remark], number: int) -> None:
    for code, count in by_code(remarks).items():
        say(f"  {kind:<8} {code}: {count}")
        for each in [remark for remark in remarks if remark.code == code][:3]:
            field = f" {each.field}" if each.field else ""
            say(f"           {each.file} line {each.line}{field}: {each.detail}")
    if number > len(remarks):
        say(f"  {kind:<8} {number - len(remarks)} more, not kept in words")
