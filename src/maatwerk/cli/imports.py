"""`import catalog`, `orders`, `customers`, `events`, `list`: files into the workspace, with progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from maatwerk.cli.output import console, give, refusals, say
from maatwerk.cli.workspace import HERE, Data, Json, opened
from maatwerk.core.errors import Refused
from maatwerk.flows.import_ import Imported, Remark, by_code, import_messages, import_products
from maatwerk.flows.match_people import Matching
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
    paths: Annotated[list[str], typer.Argument(help="A file, several, a folder, or an address (https).")],
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
        with opened(data) as parts, _local(paths, json) as here:
            parts.knowledge.load()
            catalogs = parts.knowledge.catalogs
            reading = files.read_catalog(
                here, format, currency=currency, known=lambda sku: catalogs.of("default").row(sku) >= 0
            )
            totals = _run(
                import_products(parts.recording, reading, lambda store, sku: catalogs.of(store).find(sku)),
                reading,
                json,
            )
            for path, title in sorted(reading.category_titles.items()):
                if path and title and not json and len(reading.category_titles) <= SHOWN:
                    say(f"category {path}: {title}")
        _tell(totals, [reading], "products", report, json)


Files = Annotated[
    list[str], typer.Argument(help="A file of CSV or JSON (.gz too), several, or an address (https).")
]
MappingName = Annotated[
    str | None, typer.Option("--mapping", help="A mapping file, or a shipped one by name; else guessed.")
]
Format = Annotated[
    str | None, typer.Option("--format", help="shopify, woocommerce, magento or prestashop; else guessed.")
]


@app.command("orders")
def import_orders(
    paths: Files,
    mapping: MappingName = None,
    format: Format = None,
    currency: Currency = None,
    report: Report = None,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Import orders: Shopify's, WooCommerce's, Magento's and PrestaShop's exports, and any table by a
    mapping."""
    _messages(paths, mapping, format, currency, report, data, json, "orders")


@app.command("customers")
def import_customers(
    paths: Files,
    mapping: MappingName = None,
    format: Format = None,
    report: Report = None,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Import customers with what they told and agreed to; exports as for orders, and any table by a
    mapping."""
    _messages(paths, mapping, format, None, report, data, json, "customers")


@app.command("events")
def import_events(
    paths: Files,
    mapping: MappingName = "events",
    currency: Currency = None,
    report: Report = None,
    data: Data = HERE,
    json: Json = False,
) -> None:
    """Import behavior by a mapping; shipped: events, email-activity, reviews, social, store-visits,
    returns."""
    _messages(paths, mapping, None, currency, report, data, json, "messages")


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
    paths: list[str],
    mapping: str | None,
    format: str | None,
    currency: str | None,
    report: Path | None,
    data: Path,
    json: bool,
    what: str,
) -> None:
    with refusals():
        with opened(data) as parts, _local(paths, json) as here:
            matching = Matching(parts.store, parts.log, parts.clock)
            readings = [
                files.read_messages(path, _mapping(path, mapping, format, what), currency=currency)
                for path in here
            ]
            totals = Imported()
            for reading in readings:
                steps = import_messages(parts.recording, reading, "csv", matching.matched)
                totals = _added(totals, _run(steps, reading, json))
        _tell(totals, readings, what, report, json)


def _mapping(path: Path, mapping: str | None, format: str | None, what: str) -> files.Mapping:
    if mapping is not None:
        return files.read_mapping(mapping)
    if format is None:
        return files.guess_mapping(path, what)
    names = [
        name
        for name in files.SHIPPED
        if name.startswith(f"{format}-{what}") or name == f"{format}-order-lines"
    ]
    fitting = files.guess_mapping(path, what)
    if fitting.name in names:
        return fitting
    if not names:
        raise Refused(
            "format_not_known",
            f"there is no format {format!r} of {what}",
            field="format",
            hint="shopify, woocommerce, magento or prestashop; or give --mapping",
        )
    return files.read_mapping(names[0])


def _added(left: Imported, right: Imported) -> Imported:
    return Imported(*(getattr(left, field) + getattr(right, field) for field in Imported.__struct_fields__))


@contextmanager
def _local(paths: Sequence[str], json: bool) -> Iterator[list[Path]]:
    """The files; what is an address is fetched first, and let go of afterwards."""
    with TemporaryDirectory(prefix="maatwerk-import-") as folder:
        here = []
        for number, path in enumerate(paths):
            if files.is_url(path):
                if not json:
                    say(f"fetching {path}")
                place = Path(folder) / str(number)
                place.mkdir()
                here.append(files.fetch(path, place))
            else:
                here.append(Path(path))
        yield here


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


def _tell(
    totals: Imported, readings: Sequence[files.Reading], what: str, report: Path | None, json: bool
) -> None:
    notes = [msgspec.to_builtins(note) for reading in readings for note in reading.notes]
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
