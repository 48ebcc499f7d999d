"""Lines of orders into orders: `Order Completed`, and `Order Refunded` for what came back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import decimal_text
from maatwerk.core.time import format_time
from maatwerk.surfaces.files.columns import Columns, message_id
from maatwerk.surfaces.files.grouping import grouped
from maatwerk.surfaces.files.mapping import Mapping
from maatwerk.surfaces.files.product import checked_sku
from maatwerk.surfaces.files.rows import Reading, Row, Warned, refusal
from maatwerk.surfaces.files.table import Record, open_table

_AMOUNTS = ("shipping", "discount", "tax")
_TEXTS = ("coupon", "email", "country")


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line that holds; ``charge`` says which amount of the order it is, where it is no product."""

    sku: str
    minor: int | None
    quantity: int
    name: str = ""
    charge: str = ""


class LineRules:
    """What makes a line hold; shared by orders and by the catalog derived from them."""

    def __init__(self, columns: Columns, mapping: Mapping) -> None:
        self._columns = columns
        self._charges = {code.upper(): kind for code, kind in mapping.charges.items()}
        self._prefix = mapping.returns.order_id_prefix.upper()
        self._signed = mapping.returns.negative_quantity
        self._prices = columns.has("price")

    def returned(self, order_id: str) -> bool:
        """Whether the order's id makes all of it a return."""
        return bool(self._prefix) and order_id.upper().startswith(self._prefix)

    def read(self, fields: list[str], currency: str, returned: bool) -> Line:
        """The line; its quantity is negative only where it is a return. Raises `Refused` with the reason."""
        columns = self._columns
        sku = checked_sku(columns.text(fields, "sku"), columns.name_of("sku"))
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
        return Line(sku, minor, quantity, columns.text(fields, "name"), charge)

    def _price(self, fields: list[str], currency: str) -> int | None:
        if not self._prices:
            return None
        columns = self._columns
        minor = columns.minor(columns.text(fields, "price"), currency, "price")
        if minor == 0:
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
    with open_table(path) as first, open_table(path, reading) as table:
        columns = Columns(table, mapping, currency)
        rules = LineRules(columns, mapping)
        place = columns.places["order_id"]

        def order_of(fields: list[str]) -> str:
            return fields[place].strip()

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
    """The rows of one order's lines: its messages (sale, return), and each line that was refused."""
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
        currency = columns.currency(records) if columns.has("price") else ""
        at = columns.read_time(columns.text(records[0], "date"))
        amounts = {name: columns.first(records, name) for name in _AMOUNTS}
        extra = {name: columns.minor(text, currency, name) for name, text in amounts.items() if text}
    except Refused as error:
        for record in group:
            yield refusal(error, record.line, columns.file, lines_each)
        return
    returned = rules.returned(order_id)
    sold: list[tuple[Record, Line]] = []
    back: list[tuple[Record, Line]] = []
    for record in group:
        try:
            line = rules.read(record.fields, currency, returned)
            if line.charge:
                extra[line.charge] = extra.get(line.charge, 0) + abs((line.minor or 0) * line.quantity)
                raise Refused(
                    "not_a_product", f"{line.sku} is no product: counted as the order's {line.charge}",
                    field=columns.name_of("sku"),
                )  # fmt: skip
        except Refused as error:
            yield refusal(error, record.line, columns.file, lines_each)
        else:
            (back if line.quantity < 0 else sold).append((record, line))
    who = _who(records, order_id, columns, warnings)
    for event, lines in (("Order Completed", sold), ("Order Refunded", back)):
        if not lines:
            continue
        mixed = event == "Order Refunded" and not returned
        value: dict[str, Any] = {"type": "track", "event": event}
        value["messageId"] = message_id(mapping.name, order_id, *(("returned",) if mixed else ()))
        value |= who
        value["timestamp"] = format_time(at)
        value["properties"] = _properties(
            order_id, records, [line for _, line in lines], currency, {} if mixed else extra, columns
        )
        value["context"] = columns.context(records)
        yield Row(
            lines[0][0].line, columns.file, value, warnings=tuple(warnings), lines=len(lines) * lines_each
        )


def _properties(
    order_id: str,
    records: list[list[str]],
    lines: list[Line],
    currency: str,
    extra: dict[str, int],
    columns: Columns,
) -> dict[str, Any]:
    """The order as Segment writes it; lines of one product at one price become one, their pieces added up."""
    pieces: dict[tuple[str, int | None], int] = {}
    for line in lines:
        key = (line.sku, line.minor)
        pieces[key] = pieces.get(key, 0) + abs(line.quantity)
    properties: dict[str, Any] = {"order_id": order_id}
    if currency:
        revenue = sum((minor or 0) * quantity for (_, minor), quantity in pieces.items())
        # A discount may be written with either sign; it lowers what was paid.
        total = revenue + extra.get("shipping", 0) + extra.get("tax", 0) - abs(extra.get("discount", 0))
        properties |= {"currency": currency, "revenue": decimal_text(revenue, currency)}
        properties["total"] = decimal_text(max(0, total), currency)
        properties |= {name: decimal_text(abs(minor), currency) for name, minor in extra.items() if minor}
    properties |= {name: text for name in _TEXTS if (text := columns.first(records, name))}
    properties["products"] = [
        {"sku": sku, "quantity": quantity}
        if minor is None
        else {"sku": sku, "price": decimal_text(minor, currency), "quantity": quantity}
        for (sku, minor), quantity in pieces.items()
    ]
    return properties


def _who(records: list[list[str]], order_id: str, columns: Columns, warnings: list[Warned]) -> dict[str, str]:
    """Whose order it is. An order of nobody gets an identifier of its own: guests are not one person."""
    customers = dict.fromkeys(text for fields in records if (text := columns.text(fields, "customer_id")))
    if len(customers) > 1:
        field = columns.name_of("customer_id")
        warnings.append(
            ("customers_differ", field, f"{order_id} names {len(customers)} customers; the first counts")
        )
    who = {"userId": next(iter(customers))} if customers else {}
    device = columns.first(records, "anonymous_id")
    if device or not who:
        who["anonymousId"] = device or f"order:{order_id}"
    return who


def _twice(group: list[Record]) -> bool:
    half, odd = divmod(len(group), 2)
    return not odd and all(group[n].fields == group[half + n].fields for n in range(half))
