"""Read a catalog: one file, several, or a folder, each in the format it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_currency
from maatwerk.surfaces.files import derived, google, google_xml, magento, magento_sample, shopify
from maatwerk.surfaces.files.guess import FORMATS, guess_catalog_format, role_of
from maatwerk.surfaces.files.links import Known, Links
from maatwerk.surfaces.files.mapping import read_mapping
from maatwerk.surfaces.files.rows import Reading, Row
from maatwerk.surfaces.files.scope import Scope
from maatwerk.surfaces.files.survey import Survey

__all__ = ["FORMATS", "read_catalog"]

FILES = 10_000
_WITH_CURRENCY = frozenset({"google-xml", "google-tsv", "online-retail"})
Plan = list[tuple[Path, str]]


def read_catalog(
    paths: Iterable[Path | str],
    format: str | None = None,
    *,
    currency: str | None = None,
    known: Known | None = None,
) -> Reading:
    """The products of files or folders, as an iterator of rows with notes.

    ``format`` is one of `FORMATS` or ``google``; each file's own is guessed where it is None. ``currency`` is
    for files that name none. ``known`` tells whether the shop already has a sku, so that a link to it does
    not dangle though no file here holds it.

    Raises `Refused` before the first row where a path, the format or the currency is not usable.
    """
    money = parse_currency(currency) if currency else None
    plan, skipped = _plan([Path(path) for path in paths], format)

    def rows(reading: Reading) -> Iterator[Row]:
        for path, why in skipped:
            reading.note(path.name, "file_skipped", f"not imported as catalog: {why}")
        for path, role in plan:
            if money is None and role in FORMATS and role not in _WITH_CURRENCY:
                reading.note(
                    path.name, "currency_missing", "names no currency: give it with --currency, as in EUR"
                )
        yield from _rows(plan, reading, money, known or (lambda _: False))

    return Reading(rows, sum(path.stat().st_size for path, _ in plan))


def _rows(plan: Plan, reading: Reading, currency: str | None, known: Known) -> Iterator[Row]:
    seen, links, tree, families = Survey(), Links(), magento_sample.Tree(), google.Families()
    for path, role in plan:
        if role == "magento":
            magento.survey(path, seen)
        elif role == "magento-sample":
            magento_sample.survey(path, seen)
        elif role == "links":
            links.read(path, reading)
        elif role == "tree":
            yield from tree.read(path, reading)
    scope = Scope(reading, seen, links, lambda sku: sku in seen.skus or known(sku), currency)
    readers: dict[str, Callable[[Path], Iterator[Row]]] = {
        "magento": lambda path: magento.products(path, scope),
        "magento-sample": lambda path: magento_sample.products(path, scope, tree),
        "google-xml": lambda path: google_xml.products(path, scope, families),
        "google-tsv": lambda path: google.products(path, scope, families),
        "shopify": lambda path: shopify.products(path, scope),
        "online-retail": lambda path: derived.products(path, scope, read_mapping("online-retail")),
    }
    for path, role in plan:
        if role in readers:
            yield from readers[role](path)
    yield from links.stray(seen.skus, scope.has)


def _plan(paths: list[Path], format: str | None) -> tuple[Plan, list[tuple[Path, str]]]:
    """Each file with its role, and the files of folders that are no catalog, with why."""
    if format is not None and format not in (*FORMATS, "google"):
        raise Refused(
            "format_not_known",
            f"there is no catalog format {format!r}",
            field="format",
            hint=f"use one of {', '.join(FORMATS)}, or leave it out to have it guessed",
        )
    if not paths:
        raise Refused("file_missing", "no file was named", hint="name a file, several, or a folder")
    plan: Plan = []
    skipped: list[tuple[Path, str]] = []
    for path in paths:
        if path.is_dir():
            for file in sorted(file for file in path.iterdir() if file.is_file()):
                role = role_of(file)
                if role in (*FORMATS, "links", "tree") and _fits(role, format):
                    plan.append((file, role))
                else:
                    skipped.append((file, role if role not in FORMATS else f"it is of the format {role}"))
        else:
            plan.append((path, _role_of_file(path, format)))
    if not any(role in FORMATS for _, role in plan):
        guess_catalog_format(paths[0])  # says what it looked for
        raise Refused(
            "file_missing", "there are links or categories here and no products", hint="add their files"
        )
    if len(plan) > FILES:
        raise Refused("too_many_files", f"more than {FILES} files", hint="import them in parts")
    return plan, skipped


def _role_of_file(path: Path, format: str | None) -> str:
    """The role of a file that was named by itself: the format asked for wins over what it looks like."""
    if not path.exists():
        raise Refused("file_not_readable", f"there is no file {path}", hint="check the path")
    role = role_of(path)
    if role in {"links", "tree"}:
        return role
    if format is None:
        return guess_catalog_format(path)
    if format == "google":
        return role if role == "google-xml" else "google-tsv"
    return format


def _fits(role: str, format: str | None) -> bool:
    families = {
        "google": {"google-xml", "google-tsv"},
        "magento": {"magento", "magento-sample", "links", "tree"},
    }
    return format is None or role == format or role in families.get(format, {"links", "tree"})
