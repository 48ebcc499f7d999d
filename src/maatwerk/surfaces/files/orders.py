"""Lines of orders into orders: `Order Completed`, and `Order Refunded` for what came back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time
from maatwerk.surfaces.files.columns import Columns, message_id
from maatwerk.surfaces.files.grouping import grouped
from maatwerk.surfaces.files.mapping import Mapping
from maatwerk.surfaces.files.order_head import Head, head_of, properties_of
from maatwerk.surfaces.files.people import person, told
from maatwerk.surfaces.files.product import checked_sku
from maatwerk.surfaces.files.rows import Reading, Row, Warned, refusal
from maatwerk.surfaces.files.sheets import open_sheet
from maatwerk.surfaces.files.table import Record
from maatwerk.surfaces.files.text import slug


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line that holds; ``charge`` says which amount of the order it is, where it is no product."""

    sku: str
    minor: int | None
    quantity: int
    name: str = ""
    charge: str = ""
    category: str = ""
    brand: str = ""
    discount: int = 0


class LineRules:
    """What makes a line hold; shared by orders and by the catalog derived from them."""

    def __init__(self, columns: Columns, mapping: Mapping) -> None:
        self._columns = columns
        self._charges = {code.upper(): kind for code, kind in mapping.charges.items()}
        self._prefix = mapping.returns.order_id_prefix.upper()
        self._signed = mapping.returns.negative_quantity
        self._prices = columns.has("price")
        self._free = mapping.free_lines
        self._whole = bool(mapping.detect)

    def returned(self, order_id: str) -> bool:
        """Whether the order's id makes all of it a return."""
        return bool(self._prefix) and order_id.upper().startswith(self._prefix)

    def read(self, fields: list[str], currency: str, returned: bool) -> Line:
        """The line; its quantity is negative only where it is a return. Raises `Refused` with the reason."""
        columns = self._columns
        named = columns.text(fields, "sku")
        if not named and self._whole:  # a shop's own export: what has no number goes by its name
            named = slug(columns.text(fields, "name"))
        sku = checked_sku(named, columns.name_of("sku"))
        charge = self._charges.get(sku.upper(), "")
        if charge == "ignore":
            raise Refused(
                "not_a_product", f"{sku} is no product: a fee or a correction", field=columns.name_of("sku")
            )
        quantity = columns.quantity(fields)
        if quantity == 0:
            raise Refused("quantity_zero", "no pieces were sold", field=columns.name_of("quantity"))
        if quantity < 0 and not (returned or self._signed or charge == "discount"):
            raise Refused(
                "quantity_negative",
                f"{quantity} pieces in an order that is no return: a correction of stock, not a sale",
                field=columns.name_of("quantity"),
                hint="returns are told by [returns] in the mapping",
            )
        minor = self._price(fields, currency)
        if returned and not charge:
            quantity = -abs(quantity)
        discount = columns.text(fields, "line_discount")
        return Line(
            sku,
            minor,
            quantity,
            columns.text(fields, "name"),
            charge,
            columns.text(fields, "category"),
            columns.text(fields, "brand"),
            abs(columns.minor(discount, currency, "line_discount")) if discount else 0,
        )

    def _price(self, fields: list[str], currency: str) -> int | None:
        if not self._prices:
            return None
        columns = self._columns
        text = columns.text(fields, "price")
        if not text and self._free:
            return None
        minor = columns.minor(text, currency, "price")
        if minor == 0 and not self._free:
            raise Refused(
                "price_zero", "sold for nothing: a gift or a correction", field=columns.name_of("price")
            )
        if minor < 0:
            raise Refused(
                "price_negative", "a price below zero is a correction", field=columns.name_of("price")
            )
        return minor


def orders(path: Path, mapping: Mapping, reading: Reading, currency: str | None) -> Iterator[Row]:
    """Every order once its last line is read, and every line that was refused."""
    with open_sheet(path, mapping) as first, open_sheet(path, mapping, reading) as table:
        columns = Columns(table, mapping, currency)
        rules = LineRules(columns, mapping)

        def order_of(fields: list[str]) -> str:
            return columns.text(fields, "order_id")

        for group in grouped(first, table, order_of):
            if isinstance(group, Row):
                yield group
            elif not order_of(group[0].fields):
                error = Refused(
                    "order_id_missing", "the line names no order", field=columns.name_of("order_id")
                )
                yield from (refusal(error, record.line, table.file) for record in group)
            else:
                yield from order_rows(group, order_of(group[0].fields), mapping, columns, rules)


def order_rows(
    group: list[Record], order_id: str, mapping: Mapping, columns: Columns, rules: LineRules
) -> Iterator[Row]:
    """The rows of one order's lines: its messages (sale, cancellation, refund, return), and each refused
    line."""
    lines_each = 1
    warnings: list[Warned] = []
    if mapping.repeated_orders == "once" and _twice(group):
        group, lines_each = group[: len(group) // 2], 2
        warnings.append(
            (
                "order_repeated",
                columns.name_of("order_id"),
                f"all lines of {order_id} are there twice; counted once",
            )
        )
    records = [record.fields for record in group]
    try:
        head = head_of(records, mapping.order_prefix + order_id, mapping, columns)
    except Refused as error:
        for record in group:
            yield refusal(error, record.line, columns.file, lines_each)
        return
    returned = rules.returned(order_id)
    sold: list[tuple[Record, Line]] = []
    back: list[tuple[Record, Line]] = []
    lined = columns.has("sku") or columns.has("name")
    for record in group if lined else ():
        if (
            not columns.text(record.fields, "sku")
            and not columns.text(record.fields, "name")
            and mapping.rows
        ):
            continue  # an order whose list of lines is empty
        try:
            line = rules.read(record.fields, head.currency, returned)
            if line.charge:
                extra = head.amounts
                extra[line.charge] = extra.get(line.charge, 0) + abs((line.minor or 0) * line.quantity)
                raise Refused(
                    "not_a_product", f"{line.sku} is no product: counted as the order's {line.charge}",
                    field=columns.name_of("sku"),
                )  # fmt: skip
        except Refused as error:
            yield refusal(error, record.line, columns.file, lines_each)
        else:
            (back if line.quantity < 0 else sold).append((record, line))
    _warn_customers(records, order_id, columns, warnings)
    who = person(records, mapping, columns, f"order:{mapping.order_prefix}{order_id}")
    who["context"] = columns.context(records)
    if traits := told(records, mapping, columns) if mapping.detect else {}:
        who["traits"] = traits
    whole = not lined or (mapping.rows != "" and not sold and not back)
    if sold or whole:
        at = sold[0][0].line if sold else group[0].line
        properties = properties_of(head, [line for _, line in sold], head.amounts)
        count = len(sold) or len(group)
        value = _message("Order Completed", (mapping.name, order_id), who, head.at, properties)
        yield Row(at, columns.file, value, warnings=tuple(warnings), lines=count * lines_each)
    if back:
        mixed = not returned
        properties = properties_of(
            head, [line for _, line in back], {} if mixed else head.amounts, sale=False
        )
        parts = (mapping.name, order_id, "returned") if mixed else (mapping.name, order_id)
        value = _message("Order Refunded", parts, who, head.at, properties)
        yield Row(
            back[0][0].line, columns.file, value, warnings=tuple(warnings), lines=len(back) * lines_each
        )
    if sold or whole:
        yield from _since(head, group[0].line, mapping, columns, who, order_id)


def _since(
    head: Head, line: int, mapping: Mapping, columns: Columns, who: dict[str, Any], order_id: str
) -> Iterator[Row]:
    """What became of an order after it was placed: money back, or all of it cancelled."""
    for number, refund in enumerate(head.refunds):
        properties = {"order_id": head.order_id, "currency": head.currency, "refunds": [refund]}
        parts = (mapping.name, order_id, "refund", refund.get("id") or str(number), str(refund["amount"]))
        yield Row(
            line, columns.file, _message("Order Refunded", parts, who, head.changed_at, properties), lines=0
        )
    if head.cancelled:
        properties = {"order_id": head.order_id}
        ended = (mapping.name, order_id, "cancelled")
        yield Row(
            line, columns.file, _message("Order Cancelled", ended, who, head.changed_at, properties), lines=0
        )


def _message(
    event: str, parts: tuple[str, ...], who: dict[str, Any], at: int, properties: dict[str, Any]
) -> dict[str, Any]:
    value = {"type": "track", "event": event, "messageId": message_id(*parts), "timestamp": format_time(at)}
    return value | who | {"properties": properties}


def _warn_customers(
    records: list[list[str]], order_id: str, columns: Columns, warnings: list[Warned]
) -> None:
    customers = {text for fields in records if (text := columns.text(fields, "customer_id"))}
    if len(customers) > 1:
        field = columns.name_of("customer_id")
        warnings.append(
            ("customers_differ", field, f"{order_id} names {len(customers)} customers; the first counts")
        )


def _twice(group: list[Record]) -> bool:
    half, odd = divmod(len(group), 2)
    return not odd and all(group[n].fields == group[half + n].fields for n in range(half))
