"""Magento's product export: simple products, configurable ones and their variants, store views.

A configurable product names its variants; a variant does not name its parent. So the files are read twice:
first to survey who belongs to whom, then to yield the products in the file's order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.categories import deepest, gender_of, path_of
from maatwerk.surfaces.files.links import attach, listed
from maatwerk.surfaces.files.magento_values import day, pairs, stock_of, truth, variations
from maatwerk.surfaces.files.prices import plain_price
from maatwerk.surfaces.files.product import Draft
from maatwerk.surfaces.files.rows import Row, refusal
from maatwerk.surfaces.files.scope import Scope
from maatwerk.surfaces.files.survey import Survey
from maatwerk.surfaces.files.table import open_table
from maatwerk.surfaces.files.text import plain, slug

NEEDED = ("sku", "name", "price", "product_type")
MEDIA = "/media/catalog/product"
"""Where a Magento shop serves the pictures that its export names from there down."""

_ROOTS = frozenset({"default category", "root catalog"})
_OF_MAGENTO = frozenset(
    "has_options required_options options_container msrp_display_actual_price_type gift_message_available "
    "custom_design custom_layout page_layout tax_class_name quantity_and_stock_status url_path links_exist "
    "samples_title links_title price_view shipment_type sku_type weight_type price_type swatch_image".split()
)
_BRANDS = ("brand", "manufacturer")
_RELATED = {"related_skus": "related", "upsell_skus": "up_sell", "crosssell_skus": "cross_sell"}


def survey(path: Path, seen: Survey) -> None:
    """The first reading: every sku, and what configurable products say of their variants."""
    with open_table(path) as table:
        table.need(*NEEDED)
        for record in table.records():
            if record.refused is not None:
                continue
            cells = dict(zip(table.columns, record.fields, strict=True))
            sku = cells["sku"].strip()
            if cells.get("store_view_code", "").strip() or not sku:
                continue
            seen.skus.add(sku)
            children = variations(cells.get("configurable_variations", ""))
            if children:
                seen.adopt(sku, _url(cells), children)
            elif cells["price"].strip():
                seen.prices[sku] = cells["price"].strip()


def products(path: Path, scope: Scope) -> Iterator[Row]:
    """The second reading: one row a record."""
    with open_table(path, scope.reading) as table:
        table.need(*NEEDED)
        whole: dict[str, str] = {}
        for record in table.records():
            if record.refused is not None:
                yield refusal(record.refused, record.line, table.file)
                continue
            cells = dict(zip(table.columns, record.fields, strict=True))
            if not cells.get("store_view_code", "").strip():
                whole = cells
            elif whole.get("sku") == cells["sku"]:
                # A store view's record leaves empty what it has in common with the product.
                cells = {name: cell if cell.strip() else whole[name] for name, cell in cells.items()}
            try:
                value, warnings = _product(cells, table.file, record.line, scope)
            except Refused as error:
                yield refusal(error, record.line, table.file)
            else:
                yield Row(record.line, table.file, value, warnings=warnings)


def _product(cells: dict[str, str], file: str, line: int, scope: Scope) -> tuple[dict[str, Any], Any]:
    draft = Draft(cells["sku"], cells["name"])
    sku = draft.value["sku"]
    store = cells.get("store_view_code", "").strip()
    draft.put("store", store)
    scope.seen.once(draft, store)
    parent = scope.seen.parents.get(sku, "")
    draft.put("parent", parent)
    draft.put("description", plain(cells.get("description", "") or cells.get("short_description", "")))
    paths = _categories(cells.get("categories", ""), scope.reading.category_titles)
    draft.put("categories", paths)
    # A variant that is not visible alone has no page of its own: its parent's page sells it.
    draft.put("url", scope.seen.urls[parent] if parent else _url(cells))
    draft.images(
        *(_picture(p) for p in [cells.get("base_image", ""), *cells.get("additional_images", "").split(",")])
    )
    _attributes(draft, cells, scope.seen, paths)
    _price(draft, cells, scope)
    if sku in scope.seen.urls:  # what a parent has in stock is what its variants have
        if not truth(cells.get("is_in_stock", ""), default=True):
            draft.value["stock"] = 0
        for child in scope.seen.missing_children(sku):
            draft.warn(
                "variant_missing",
                "configurable_variations",
                f"{child} is named as a variant and not in the files",
            )
    else:
        draft.put("stock", stock_of(cells))
    _published(draft, cells, parent)
    own = {
        relation: listed(cells.get(column, "").split(","), file, line)
        for column, relation in _RELATED.items()
    }
    for relation, more in scope.links.of.get(sku, {}).items():
        own[relation] = own.get(relation, []) + more
    attach(draft, own, scope.has)
    return draft.done()


def _attributes(draft: Draft, cells: dict[str, str], seen: Survey, paths: list[str]) -> None:
    given = pairs(cells.get("additional_attributes", ""))
    varies = seen.varies.get(draft.value["sku"], {})
    named = [value for name, value in given if name == "gender"]
    gender = gender_of([part for value in named for part in value.split("|")], paths)
    draft.attribute("gender", [gender])
    for name, value in varies.items():
        draft.attribute(name, [value])
    for name, value in given:
        if name in _BRANDS:
            draft.value.setdefault("brand", value.strip())
        elif name not in _OF_MAGENTO and (name != "gender" or not gender):
            draft.attribute(name, value.split("|"))
    draft.attribute("attribute_set", [cells.get("attribute_set_code", "")])


def _price(draft: Draft, cells: dict[str, str], scope: Scope) -> None:
    currency = cells.get("currency", "").strip() or scope.currency
    draft.put("currency", currency)
    text = cells["price"].strip() or scope.seen.lowest_price(draft.value["sku"])
    if not text:
        raise Refused(
            "price_missing",
            f"{draft.value['sku']} ({cells['product_type'] or 'product'}) has no price",
            field="price",
            hint="give the lowest price it is sold for",
        )
    price = draft.value["price"] = plain_price(text, currency)
    special = cells.get("special_price", "").strip()
    if not special:
        return
    starts = day(cells.get("special_price_from_date", ""), "special_price_from_date")
    ends = day(cells.get("special_price_to_date", ""), "special_price_to_date", last=True)
    draft.sale(price, plain_price(special, currency, "special_price"), starts, ends)


def _published(draft: Draft, cells: dict[str, str], parent: str) -> None:
    if cells.get("product_online", "").strip() in {"0", "2"}:
        draft.value["published"] = False
    elif cells.get("visibility", "").strip() == "Not Visible Individually" and not parent:
        draft.value["published"] = False
        draft.warn(
            "not_visible_alone",
            "visibility",
            "not visible individually and no product's variant: unpublished",
        )


def _categories(text: str, titles: dict[str, str]) -> list[str]:
    paths = []
    for path in text.split(","):
        names = [name.strip() for name in path.split("/")]
        if names[0].lower() in _ROOTS:
            del names[0]
        paths.append(path_of(names, titles))
    return deepest(paths)


def _picture(path: str) -> str:
    path = path.strip()
    if path in {"", "no_selection"} or path.startswith(("http://", "https://")):
        return "" if path == "no_selection" else path
    return f"{MEDIA}/{path.lstrip('/')}"


def _url(cells: dict[str, str]) -> str:
    """The page; where no key is given, the name makes one, as Magento's import does."""
    key = cells.get("url_key", "").strip() or slug(cells.get("name", ""))
    return f"/{key}.html" if key else ""
