"""Google Merchant Center's product data: one item a variant, tied together by ``item_group_id``.

A group has no item of its own, so its first item stands for it: the parent gets that item's words and
pictures, and each item becomes a variant of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.time import parse_time
from maatwerk.surfaces.files.categories import deepest, gender_of, path_of
from maatwerk.surfaces.files.prices import written_price
from maatwerk.surfaces.files.product import Draft
from maatwerk.surfaces.files.rows import PIECES, Row, refusal
from maatwerk.surfaces.files.scope import Scope
from maatwerk.surfaces.files.table import open_table

NEEDED = ("id", "title", "price")
Item = dict[str, list[str]]
"""An item's attributes by name (lower case, underscores, no ``g:``), each with its values."""

_VARIES = ("color", "size", "material", "pattern")
_MORE = (
    "age_group",
    "size_type",
    "size_system",
    "gtin",
    "mpn",
    "multipack",
    "is_bundle",
    "adult",
    "energy_efficiency_class",
)
_LABELS = tuple(f"custom_label_{number}" for number in range(5))
_IN_STOCK = frozenset({"in stock", "limited availability", "available for order"})
_ORDERABLE = frozenset({"preorder", "pre order", "backorder", "back order"})
_OUT_OF_STOCK = frozenset({"out of stock", "discontinued", "sold out"})


class Families:
    """Which item groups have been given a parent."""

    def __init__(self) -> None:
        self.told: set[str] = set()


def rows_of(item: Item, line: int, file: str, scope: Scope, families: Families) -> Iterator[Row]:
    """The row of one item, after that of its group's parent where it is the first of the group."""
    try:
        draft = product(item, scope.reading.category_titles, scope.currency)
    except Refused as error:
        yield refusal(error, line, file)
        return
    scope.seen.once(draft)
    value, warnings = draft.done()
    group = value.get("parent", "")
    if group and group not in families.told:
        families.told.add(group)
        yield Row(line, file, parent_of(value), lines=0)
    elif not group and value["sku"] in _own_groups(item):
        families.told.add(value["sku"])
    yield Row(line, file, value, warnings=warnings)


def products(path: Path, scope: Scope, families: Families) -> Iterator[Row]:
    """The items of a TSV or CSV feed."""
    with open_table(path, scope.reading) as table:
        table.need(*NEEDED)
        names = [attribute_name(column) for column in table.columns]
        for record in table.records():
            if record.refused is not None:
                yield refusal(record.refused, record.line, table.file)
                continue
            item: Item = {}
            for name, cell in zip(names, record.fields, strict=True):
                if cell.strip():
                    item.setdefault(name, []).extend(_cells(name, cell))
            yield from rows_of(item, record.line, table.file, scope, families)


def attribute_name(column: str) -> str:
    """``additional_image_link`` for ``g:additional image link``."""
    return "_".join(column.strip().lower().removeprefix("g:").replace("_", " ").split())


def product(item: Item, titles: dict[str, str], currency: str | None) -> Draft:
    """The product of an item. Raises `Refused` for what cannot be sold: no id, title or readable price."""
    draft = Draft(_one(item, "id"), _one(item, "title"))
    group = _one(item, "item_group_id")
    draft.put("parent", group if group != draft.value["sku"] else "")
    draft.put("description", _one(item, "description"))
    draft.put("brand", _one(item, "brand"))
    draft.put("url", _one(item, "link"))
    draft.images(_one(item, "image_link"), *item.get("additional_image_link", ()))
    paths = deepest(
        path_of(path.split(">"), titles) for path in item.get("product_type") or _google_category(item)
    )
    draft.put("categories", paths)
    draft.attribute("gender", [gender_of(item.get("gender", ()), paths, _one(item, "age_group"))])
    for name in (*_VARIES, *_MORE, *_LABELS):
        draft.attribute(name, item.get(name, ()))
    draft.attribute("google_product_category", item.get("google_product_category", ()))
    if _one(item, "condition").lower() not in {"", "new"}:
        draft.attribute("condition", item["condition"])
    _price(draft, item, currency)
    _stock(draft, item)
    return draft


def parent_of(variant: dict[str, Any]) -> dict[str, Any]:
    """The product that a group's variants belong to, told by the first of them."""
    shared = {key: variant[key] for key in variant if key not in {"sku", "parent", "stock", "attributes"}}
    attributes = variant.get("attributes", {})
    kept = {
        key: attributes[key] for key in attributes if key not in {"size", "color", "gtin", "mpn", "pattern"}
    }
    return {"sku": variant["parent"], **shared} | ({"attributes": kept} if kept else {})


def _price(draft: Draft, item: Item, default: str | None) -> None:
    text = _one(item, "price")
    if not text:
        raise Refused(
            "price_missing", "the item has no price", field="price", hint="write it as in 79.90 EUR"
        )
    price, currency = written_price(text, default)
    draft.value["price"] = price
    draft.put("currency", currency)
    sale = _one(item, "sale_price")
    if not sale:
        return
    amount, sale_currency = written_price(sale, currency, "sale_price")
    if sale_currency != currency:
        draft.warn("sale_in_other_currency", "sale_price", f"{sale} is not in {currency}; left out")
    else:
        draft.sale(price, amount, *_span(_one(item, "sale_price_effective_date")))


def _span(dates: str) -> tuple[int | None, int | None]:
    """``start/end`` in milliseconds; None for what is left open."""
    start, _, end = dates.partition("/")
    field = "sale_price_effective_date"
    return (
        parse_time(start, field) if start.strip() else None,
        parse_time(end, field) if end.strip() else None,
    )


def _stock(draft: Draft, item: Item) -> None:
    said = _one(item, "availability").lower().replace("_", " ")
    pieces = _one(item, "quantity") or _one(item, "sell_on_google_quantity")
    if said in _OUT_OF_STOCK:
        draft.value["stock"] = 0
    elif said in _IN_STOCK or said in _ORDERABLE:
        if pieces.isdecimal() and said in _IN_STOCK:
            draft.value["stock"] = min(int(pieces), PIECES)
        if said in _ORDERABLE:
            draft.attribute("availability", ["preorder" if said.startswith("pre") else "backorder"])
    elif pieces.isdecimal():
        draft.value["stock"] = min(int(pieces), PIECES)
    else:
        draft.warn(
            "availability_not_known",
            "availability",
            f"{said!r} does not say whether it can be bought; taken as in stock",
        )


def _google_category(item: Item) -> list[str]:
    return [path for path in item.get("google_product_category", ()) if not path.strip().isdecimal()]


def _own_groups(item: Item) -> list[str]:
    return item.get("item_group_id", [])


def _cells(name: str, cell: str) -> list[str]:
    """Several values in one cell: pictures, and category paths, are separated by commas."""
    if name == "additional_image_link":
        return [part.strip() for part in cell.split(",")]
    if name == "product_type":
        parts = [part.strip() for part in cell.split(",")]
        return parts if all(">" in part for part in parts) else [cell.strip()]
    return [cell.strip()]


def _one(item: Item, name: str) -> str:
    values = item.get(name)
    return values[0].strip() if values else ""
