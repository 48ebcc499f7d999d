"""A catalog from a file of orders, for a shop whose products we know only by what was sold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from maatwerk.core.errors import Refused
from maatwerk.core.money import decimal_text
from maatwerk.surfaces.files.columns import Columns
from maatwerk.surfaces.files.mapping import Mapping
from maatwerk.surfaces.files.orders import LineRules
from maatwerk.surfaces.files.product import Draft
from maatwerk.surfaces.files.rows import Row, refusal
from maatwerk.surfaces.files.scope import Scope
from maatwerk.surfaces.files.table import open_table

PRODUCTS = 1_000_000
PRICES = 1_000


class Sold:
    """What the sales of one product tell; ``prices`` counts lines by price (minor), up to `PRICES` kinds."""

    __slots__ = ("currency", "line", "lines", "name", "prices")

    def __init__(self, line: int) -> None:
        self.line = line
        self.lines = 0
        self.name = ""
        self.currency = ""
        self.prices: Counter[int] = Counter()

    def median(self) -> int:
        """The price that half of the lines do not exceed: always one that was really asked."""
        half, reached = (self.prices.total() + 1) // 2, 0
        for price in sorted(self.prices):
            reached += self.prices[price]
            if reached >= half:
                break
        return price


def products(path: Path, scope: Scope, mapping: Mapping) -> Iterator[Row]:
    """Each product once, at the end: its last name and its median price; stock is not counted.

    Lines that are no sale are refused as they are in orders; returned lines count with their product.
    """
    sold: dict[str, Sold] = {}
    with open_table(path, scope.reading) as table:
        columns = Columns(table, mapping, scope.currency)
        rules = LineRules(columns, mapping)
        for record in table.records():
            if record.refused is not None:
                yield refusal(record.refused, record.line, table.file)
                continue
            try:
                _count(record.fields, record.line, columns, rules, sold)
            except Refused as error:
                yield refusal(error, record.line, table.file)
    for sku, told in sold.items():
        try:
            yield Row(told.line, path.name, _product(sku, told), lines=told.lines)
        except Refused as error:
            yield refusal(error, told.line, path.name, told.lines)


def _count(fields: list[str], at: int, columns: Columns, rules: LineRules, sold: dict[str, Sold]) -> None:
    currency = columns.currency([fields])
    line = rules.read(fields, currency, rules.returned(columns.text(fields, "order_id")))
    if line.charge:
        raise Refused(
            "not_a_product", f"{line.sku} is no product but {line.charge}", field=columns.name_of("sku")
        )
    told = sold.get(line.sku)
    if told is None:
        if len(sold) >= PRODUCTS:
            raise Refused("too_many_products", f"more than {PRODUCTS} products", hint="import them in parts")
        told = sold[line.sku] = Sold(at)
    told.lines += 1
    if line.quantity > 0 and line.minor is not None:
        told.currency = currency
        told.name = line.name or told.name
        if line.minor in told.prices or len(told.prices) < PRICES:
            told.prices[line.minor] += 1


def _product(sku: str, told: Sold) -> dict[str, object]:
    if not told.prices:
        raise Refused("never_sold", f"{sku} was only returned, so that no price is known", field="price")
    draft = Draft(sku, told.name)
    draft.value["price"] = decimal_text(told.median(), told.currency)
    draft.value["currency"] = told.currency
    return draft.done()[0]
