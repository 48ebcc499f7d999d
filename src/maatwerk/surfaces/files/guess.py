"""Which format a catalog file has, from what it says in its first lines, not from its name."""

from __future__ import annotations

from pathlib import Path

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files import google, magento, magento_sample, shopify
from maatwerk.surfaces.files.links import relation_of
from maatwerk.surfaces.files.opening import BROKEN, open_bytes
from maatwerk.surfaces.files.table import Table, open_table

FORMATS = ("magento", "magento-sample", "google-xml", "google-tsv", "shopify", "online-retail")
"""Catalog formats that a file can have; ``google`` stands for either of its two."""

_START_BYTES = 4_096


def guess_catalog_format(path: Path) -> str:
    """One of `FORMATS`; for a folder, that of its first file that has one.

    Raises `Refused` (``format_not_known``) where the file looks like none of them.
    """
    path = Path(path)
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.is_file() and (role := role_of(file)) in FORMATS:
                return role
        raise _unknown(path, "no file in it has the columns of a catalog")
    role = role_of(path)
    if role in FORMATS:
        return role
    if role in {"links", "tree"}:
        return "magento-sample"
    raise _unknown(path, role)


def role_of(path: Path) -> str:
    """One of `FORMATS`, or ``links``, ``tree``, or in words what the file is instead."""
    if _is_xml(path):
        return "google-xml"
    try:
        with open_table(path) as table:
            return _role_of_table(path, table)
    except Refused as error:
        if error.code == "file_not_readable":
            raise
        return error.detail


def _role_of_table(path: Path, table: Table) -> str:
    def has(*columns: str) -> bool:
        return all(table.place(column) >= 0 for column in columns)

    if has(*magento.NEEDED):
        return "magento"
    if has(*magento_sample.NEEDED):
        return "magento-sample"
    if has(*google.NEEDED):
        return "google-tsv"
    if shopify.is_shopify(table):
        return "shopify"
    if has("InvoiceNo", "StockCode", "Description", "UnitPrice"):
        return "online-retail"
    if has("sku", "linked_sku") and relation_of(path):
        return "links"
    if has(*magento_sample.TREE) and not has("sku"):
        return "tree"
    return f"its columns are those of no catalog: {', '.join(table.columns[:8])}"


def _is_xml(path: Path) -> bool:
    with open_bytes(path) as stream:
        try:
            start = stream.read(_START_BYTES)
        except BROKEN:
            return False
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return start.decode(encoding, "replace").lstrip().startswith("<")


def _unknown(path: Path, why: str) -> Refused:
    return Refused(
        "format_not_known",
        f"{path.name} looks like no catalog we know: {why}",
        field="format",
        hint=f"known formats are {', '.join(FORMATS)}; or send products to PUT /v1/catalog/products",
    )
