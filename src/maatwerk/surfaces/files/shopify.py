"""Shopify's product export, both generations of column names: a product's first row names it, the rows below
with the same handle add its variants and pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.categories import deepest, gender_of, path_of
from maatwerk.surfaces.files.prices import plain_price
from maatwerk.surfaces.files.product import Draft
from maatwerk.surfaces.files.rows import PIECES, Row, refusal
from maatwerk.surfaces.files.scope import Scope
from maatwerk.surfaces.files.table import Record, Table, open_table
from maatwerk.surfaces.files.text import plain, slug

ROWS = 5_000
"""Rows of one handle that we hold at once; Shopify itself has at most 2,048 variants a product."""

_NAMES = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "body": ("Body (HTML)", "Description"),
    "vendor": ("Vendor",),
    "category": ("Product Category", "Product category"),
    "type": ("Type",),
    "tags": ("Tags",),
    "published": ("Published", "Published on online store"),
    "status": ("Status",),
    "sku": ("Variant SKU", "SKU"),
    "barcode": ("Variant Barcode", "Barcode"),
    "price": ("Variant Price", "Price"),
    "compare": ("Variant Compare At Price", "Compare-at price"),
    "quantity": ("Variant Inventory Qty", "Inventory quantity"),
    "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
    "policy": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "image": ("Image Src", "Product image URL"),
    "variant_image": ("Variant Image", "Variant image URL"),
} | {f"option{n}_{part}": (f"Option{n} {part.title()}",) for n in (1, 2, 3) for part in ("name", "value")}

Cells = dict[str, str]


def is_shopify(table: Table) -> bool:
    """Whether the header is Shopify's: a handle and a price under either generation's names."""
    return all(any(table.place(name) >= 0 for name in _NAMES[key]) for key in ("handle", "title", "price"))


def products(path: Path, scope: Scope) -> Iterator[Row]:
    """The product of each handle, then its variants where it has more than one."""
    with open_table(path, scope.reading) as table:
        places = {
            key: next((p for p in map(table.place, names) if p >= 0), -1) for key, names in _NAMES.items()
        }
        table.need("title")
        group: list[tuple[int, Cells]] = []
        for record in table.records():
            if record.refused is not None:
                yield refusal(record.refused, record.line, table.file)
                continue
            cells = _cells(record, places)
            if group and (cells["handle"] != group[0][1]["handle"] or len(group) >= ROWS):
                yield from _handle(group, table.file, scope)
                group = []
            group.append((record.line, cells))
        if group:
            yield from _handle(group, table.file, scope)


def _handle(group: list[tuple[int, Cells]], file: str, scope: Scope) -> Iterator[Row]:
    line, first = group[0]
    sold = [(at, cells) for at, cells in group if cells["price"] or cells["sku"]]
    if not first["handle"] or not sold:
        error = Refused(
            "nothing_sold", "the rows name no handle, or no price", field="Handle", hint="export again"
        )
        yield refusal(error, line, file, len(group))
        return
    several = len(sold) > 1
    try:
        draft = _product(first, sold[0][1], group, scope, several)
    except Refused as error:
        yield refusal(error, line, file, len(group))
        return
    scope.seen.once(draft)
    value, warnings = draft.done()
    pictures = len(group) - len(sold)  # rows that only add a picture are the product's own
    yield Row(line, file, value, warnings=warnings, lines=pictures if several else len(group))
    for at, cells in sold if several else ():
        try:
            variant = _variant(cells, first, value, scope.currency)
        except Refused as error:
            yield refusal(error, at, file)
        else:
            scope.seen.once(variant)
            value_of_variant, warnings = variant.done()
            yield Row(at, file, value_of_variant, warnings=warnings)


def _product(
    first: Cells,
    sold: Cells,
    group: list[tuple[int, Cells]],
    scope: Scope,
    several: bool,
) -> Draft:
    draft = Draft(first["handle"] if several else sold["sku"] or first["handle"], first["title"])
    draft.put("description", plain(first["body"]))
    draft.put("brand", first["vendor"])
    draft.put("url", f"/products/{first['handle']}")
    draft.images(*(cells["image"] for _, cells in group))
    path = (first["category"] or first["type"]).split(">")
    draft.put("categories", deepest([path_of(path, scope.reading.category_titles)]))
    tags = [tag.strip() for tag in first["tags"].split(",") if tag.strip()]
    draft.attribute("gender", [gender_of(tags, draft.value.get("categories", []))])
    draft.attribute("type", [first["type"]])
    draft.attribute("tags", tags)
    if not several:
        _options(draft, sold, first)
        _stock(draft, sold)
    _price(draft, sold, scope.currency)
    if first["status"].lower() in {"draft", "archived"} or first["published"].lower() in {"false", "no"}:
        draft.value["published"] = False
    return draft


def _variant(cells: Cells, first: Cells, product: dict[str, Any], currency: str | None) -> Draft:
    options = [cells[f"option{n}_value"] for n in (1, 2, 3) if cells[f"option{n}_value"]]
    sku = cells["sku"] or ":".join([first["handle"], *map(slug, options)])
    draft = Draft(sku, " - ".join([product["name"], *options]))
    draft.put("parent", product["sku"])
    for field in ("description", "brand", "url", "categories"):
        draft.put(field, product.get(field))
    draft.images(cells["variant_image"], *product.get("images", ()))
    draft.attribute("gender", [product.get("attributes", {}).get("gender", "")])
    _options(draft, cells, first)
    _price(draft, cells, currency)
    _stock(draft, cells)
    if product.get("published") is False:
        draft.value["published"] = False
    return draft


def _options(draft: Draft, cells: Cells, first: Cells) -> None:
    for n in (1, 2, 3):
        name = cells[f"option{n}_name"] or first[f"option{n}_name"]
        if name.lower() != "title":  # Shopify's stand-in where a product has no options
            draft.attribute(name, [cells[f"option{n}_value"]])
    draft.attribute("gtin", [cells["barcode"].lstrip("'")])


def _price(draft: Draft, cells: Cells, currency: str | None) -> None:
    draft.put("currency", currency)
    price = plain_price(cells["price"], currency)
    compare = plain_price(cells["compare"], currency, "compare-at price") if cells["compare"] else price
    if float(compare) > float(price):  # Shopify's price is what is paid; the price before is compared at
        draft.value["price"], draft.value["sale_price"] = compare, price
    else:
        draft.value["price"] = price


def _stock(draft: Draft, cells: Cells) -> None:
    counted = cells["tracker"] and cells["policy"].lower() not in {"continue", "true", "yes"}
    if counted and cells["quantity"].lstrip("-").isdecimal():
        draft.value["stock"] = max(0, min(PIECES, int(cells["quantity"])))


def _cells(record: Record, places: dict[str, int]) -> Cells:
    return {key: record.fields[place].strip() if place >= 0 else "" for key, place in places.items()}
