"""Lines of an event log into messages: views, carts, searches, pages; purchases go the way of orders."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.limits import ID_CHARS
from maatwerk.core.money import decimal_text
from maatwerk.core.time import format_time
from maatwerk.events.names import BODIES, INTERNAL_NAMES, canonical_name
from maatwerk.surfaces.files.columns import Columns, message_id
from maatwerk.surfaces.files.grouping import grouped
from maatwerk.surfaces.files.mapping import Mapping
from maatwerk.surfaces.files.orders import LineRules, order_rows
from maatwerk.surfaces.files.people import person, told
from maatwerk.surfaces.files.product import checked_sku
from maatwerk.surfaces.files.rows import Reading, Row, refusal
from maatwerk.surfaces.files.sheets import open_sheet
from maatwerk.surfaces.files.table import Record

ORDER = "Order Completed"
_OF_PRODUCTS = frozenset(
    {"Product Viewed", "Product Clicked", "Product Added", "Product Removed", "Product Added to List",
     "Product Removed from List", "Back In Stock Requested", "Price Alert Requested"}
)  # fmt: skip
_TEXTS = (
    "name", "query", "category", "url", "title", "country", "order_id", "rating", "review_id", "review_body",
    "campaign_id", "campaign_name", "email_id", "email_subject", "list_id", "link_url", "network", "action",
    "location", "reason", "return_id", "status", "refund_id",
)  # fmt: skip
_RETURNS = frozenset({"Return Initiated", "Return Completed"})
_OF_LINES = ("sku", "name", "quantity", "reason", "condition", "resolution")


def events(path: Path, mapping: Mapping, reading: Reading, currency: str | None) -> Iterator[Row]:
    """One message a line; the lines of one purchase become one order."""
    with open_sheet(path, mapping) as first, open_sheet(path, mapping, reading) as table:
        columns = Columns(table, mapping, currency)
        rules = LineRules(columns, mapping)
        names = {word.lower(): name for word, name in mapping.events.items()}

        def order_of(fields: list[str]) -> str:
            word = columns.text(fields, "event")
            return columns.text(fields, "order_id") if names.get(word.lower(), word) == ORDER else ""

        for group in grouped(first, table, order_of):
            if isinstance(group, Row):
                yield group
            elif order_of(group[0].fields):
                yield from order_rows(group, order_of(group[0].fields), mapping, columns, rules)
            else:
                yield _row(group[0], mapping, columns, names)


def _row(record: Record, mapping: Mapping, columns: Columns, names: dict[str, str]) -> Row:
    try:
        return Row(record.line, columns.file, _message(record.fields, mapping, columns, names))
    except Refused as error:
        return refusal(error, record.line, columns.file)


def _message(fields: list[str], mapping: Mapping, columns: Columns, names: dict[str, str]) -> dict[str, Any]:
    name = _name(columns.text(fields, "event"), mapping, columns, names)
    who = person([fields], mapping, columns)
    at = columns.read_time(columns.text(fields, "date"))
    page = name in {"Page Viewed", "Screen Viewed"}
    value: dict[str, Any] = {"type": "page"} if page else {"type": "track", "event": name}
    value["messageId"] = _message_id(fields, mapping, columns)
    value |= who
    value["timestamp"] = format_time(at)
    value["properties"] = _properties(name, fields, columns)
    value["context"] = columns.context([fields])
    if traits := told([fields], mapping, columns):
        value["traits"] = traits
    return value


def _name(word: str, mapping: Mapping, columns: Columns, names: dict[str, str]) -> str:
    name = names.get(word.lower(), "")
    if not name:
        name = canonical_name("track", word)
        known = name in BODIES and name not in INTERNAL_NAMES
        if not word or (not known and mapping.other_events == "refuse"):
            raise Refused(
                "event_not_known",
                f"{word[:40]!r} is no event the mapping knows",
                field=columns.name_of("event"),
                hint=f"its [events] are {', '.join(mapping.events)}",
            )
    if name == ORDER:  # it came here because it has no order to belong to
        raise Refused("order_id_missing", "a purchase that names no order", field=columns.name_of("order_id"))
    return name


def _properties(name: str, fields: list[str], columns: Columns) -> dict[str, Any]:
    properties: dict[str, Any] = {key: text for key in _TEXTS if (text := columns.text(fields, key))}
    if total := columns.text(fields, "total"):
        currency = columns.currency([fields])
        properties |= {
            "total": decimal_text(columns.minor(total, currency, "total"), currency),
            "currency": currency,
        }
    if name in _RETURNS:
        line = {field: text for field in _OF_LINES if (text := columns.text(fields, field))}
        kept = {field: text for field, text in properties.items() if field not in _OF_LINES}
        return kept | ({"products": [line]} if line.get("sku") else {})
    sku = columns.text(fields, "sku")
    if sku or name in _OF_PRODUCTS:
        properties["sku"] = checked_sku(sku, columns.name_of("sku"))
    if name == "Products Searched" and "query" not in properties:
        raise Refused("query_missing", "a search without its words", field=columns.name_of("query"))
    if columns.text(fields, "quantity"):
        properties["quantity"] = columns.quantity(fields)
    price = columns.text(fields, "price")
    if price:
        currency = columns.currency([fields])
        minor = columns.minor(price, currency, "price")
        if minor < 0:
            raise Refused("price_negative", f"{price} is below zero", field=columns.name_of("price"))
        properties |= {"price": decimal_text(minor, currency), "currency": currency}
    return properties


def _message_id(fields: list[str], mapping: Mapping, columns: Columns) -> str:
    """The file's own id, or one made of all cells: two lines alike in everything are one event told twice."""
    given = columns.text(fields, "message_id")
    if given:
        own = f"{mapping.name}:{given}" if mapping.name not in ("events", "retailrocket") else given
        return own if len(own) <= ID_CHARS else message_id(mapping.name, given)
    digest = blake2b("\x1f".join(fields).encode("utf-8", "surrogatepass"), digest_size=16)
    return message_id(mapping.name, digest.hexdigest())
