"""What an offer's conditions may ask of a product and of a cart, and how they are made ready.

``category == "women"`` holds in the category and in all below it, as in the filters of search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product as combinations
from typing import Any, NamedTuple

import msgspec

from maatwerk.core import conditions
from maatwerk.core.conditions import BOOL, DOUBLE, INT, STRING, Expression, Schema, list_of, optional, record
from maatwerk.core.conditions.tree import (
    Binary,
    Chain,
    Index,
    ListOf,
    Literal,
    Name,
    Node,
    Select,
    Unary,
    walk,
)
from maatwerk.core.errors import Refused
from maatwerk.core.money import digits_of
from maatwerk.core.time import DAY
from maatwerk.decisions.pipeline.where import FIELDS
from maatwerk.views.catalog.columns import Catalog

_LINE = {**FIELDS, "parent": STRING, "regular_price": DOUBLE, "quantity": DOUBLE}
_NUMBERS = {"subtotal": optional(DOUBLE, 0.0), "quantity": optional(DOUBLE, 0.0), "lines": optional(INT, 0)}

PRODUCT = Schema.of({**_LINE, "product": record(_LINE)})
"""What ``items`` may ask of a product in the cart, as ``product.brand`` or plainly ``brand``. ``price`` is
what one piece costs in the cart, ``regular_price`` what the catalog's regular price is."""

CART = Schema.of(
    {
        **{f"cart.{name}": kind for name, kind in _NUMBERS.items()},
        **{f"matching.{name}": kind for name, kind in _NUMBERS.items()},
        "cart.skus": list_of(STRING),
        "cart.weight": DOUBLE,
        "items": list_of(record(_LINE)),
        "shipping.country": STRING,
        "shipping.region": STRING,
        "shipping.postcode": STRING,
        "shipping.method": STRING,
        "shipping.cost": DOUBLE,
        "payment.method": STRING,
        "channel": STRING,
        "store": STRING,
        "device": STRING,
        "locale": STRING,
        "country": STRING,
        "shopper.known": optional(BOOL, False),
        "shopper.customer": optional(BOOL, False),
        "shopper.orders": optional(INT, 0),
        "shopper.group": STRING,
    }
)
"""What ``when`` may ask. ``matching`` sums up the lines that the offer is on, before discounts."""


class Ask(NamedTuple):
    """One part of a condition between ``&&``: its text, and whether it holds of the data."""

    text: str
    holds: Callable[[Any], bool]
    needs: Needs | None


class Needs(NamedTuple):
    """A part that can be told from outside: ``field`` is one of ``values``, or at least ``least``."""

    field: str
    values: frozenset[str] = frozenset()
    least: float | None = None


def asks(text: str, schema: Schema, field: str) -> tuple[Ask, ...]:
    """The parts of a condition. Raises `Refused`, naming ``field``."""
    if not text.strip():
        return ()
    try:
        parsed = conditions.parse(text)
        conditions.check(parsed, schema)  # as a whole, so that places in the text are right
        root = parsed.root
        parts = root.parts if isinstance(root, Chain) and root.op == "&&" else (root,)
        return tuple(_ask(part, schema) for part in parts)
    except Refused as refused:
        raise Refused(refused.code, refused.detail, field=field, hint=refused.hint) from None


def _ask(part: Node, schema: Schema) -> Ask:
    checked = conditions.check(Expression(_below(part)), schema)
    holds, attributes = conditions.compile(checked), tuple(sorted(set(_attributes(part))))
    if attributes:
        holds = _any_value(holds, attributes)
    return Ask(conditions.to_text(part), holds, _needs(part))


def _attributes(part: Node) -> Iterator[str]:
    """The shop's own attributes that a part about a product reads."""
    for node, _ in walk(part):
        match node:
            case Select(of=Name(name="attributes") | Select(field="attributes"), field=name):
                yield name
            case Index(of=Name(name="attributes") | Select(field="attributes"), key=Literal(value=str(name))):
                yield name


def _any_value(holds: Callable[[Any], bool], names: tuple[str, ...]) -> Callable[[Any], bool]:
    """An attribute of several values matches where one of them does."""

    def any_holds(data: Any) -> bool:
        attributes = data.get("attributes", {})
        several = {name: attributes[name] for name in names if isinstance(attributes.get(name), list | tuple)}
        if not several:
            return holds(data)
        for values in combinations(*several.values()):
            one = {**data, "attributes": {**attributes, **dict(zip(several, values, strict=True))}}
            if holds({**one, "product": one}):
                return True
        return False

    return any_holds


def _below(node: Any) -> Any:
    """The same tree with ``category`` read as what a product is in, all above it included."""
    if isinstance(node, Binary) and node.op in ("==", "!=", "in"):
        category, others = (node.left, node.right) if _is_category(node.left) else (node.right, node.left)
        values = others.items if isinstance(others, ListOf) else (others,)
        if _is_category(category) and all(isinstance(each, Literal) for each in values):
            paths = _beside(category)
            found = tuple(Binary("in", value, paths) for value in values)
            inside: Node = found[0] if len(found) == 1 else Chain("||", found)
            return Unary("!", inside) if node.op == "!=" else inside
    if not isinstance(node, msgspec.Struct):
        return node
    changed = {}
    for name in node.__struct_fields__:
        value = getattr(node, name)
        changed[name] = tuple(_below(each) for each in value) if isinstance(value, tuple) else _below(value)
    return msgspec.structs.replace(node, **changed)


def _is_category(node: Node) -> bool:
    return (isinstance(node, Name) and node.name == "category") or (
        isinstance(node, Select) and node.field == "category"
    )


def _beside(category: Node) -> Node:
    if isinstance(category, Select):
        return msgspec.structs.replace(category, field="categories")
    return Name("categories")


_FLOORS = {">=": 0.0, ">": 0.0}


def _needs(part: Node) -> Needs | None:
    """What a part must find, where that is one field against written values."""
    if not isinstance(part, Binary):
        return None
    path = _path(part.left)
    if not path:
        return None
    values = part.right.items if isinstance(part.right, ListOf) else (part.right,)
    written = [each.value for each in values if isinstance(each, Literal)]
    if len(written) != len(values):
        return None
    if part.op in ("==", "in") and all(isinstance(each, str) for each in written):
        return Needs(path, frozenset(map(str, written)))
    number = written[0]
    if part.op in _FLOORS and isinstance(number, int | float) and not isinstance(number, bool):
        return Needs(path, least=float(number))
    return None


def _path(node: Node) -> str:
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Select):
        above = _path(node.of)
        return f"{above}.{node.field}" if above else ""
    return ""


def product_of(catalog: Catalog, row: int, now: int) -> dict[str, Any]:
    """A product as ``items`` reads it, less price and quantity; what a variant leaves out is its parent's."""
    product, above = catalog.product(row), catalog.product(catalog.item(catalog.skus[row]))
    numbers = catalog.categories(row) or catalog.categories(catalog.row(above.sku))
    own = product.categories or above.categories
    data: dict[str, Any] = {
        "sku": product.sku,
        "parent": above.sku,
        "name": product.name or above.name,
        "brand": product.brand or above.brand,
        "category": own[0] if own else None,
        "categories": [catalog.codes["category"].values[number] for number in numbers],
        "stock": product.stock,
        "available": bool(catalog.available[row]),
        "margin": product.margin if product.margin is not None else above.margin,
        "age_days": (now - product.first_seen) / DAY,
        "attributes": {**above.attributes, **product.attributes},
    }
    regular = product.price_minor if product.price_minor is not None else above.price_minor
    if regular is not None:
        data["regular_price"] = regular / 10 ** digits_of(product.currency or above.currency)
    return data


def priced(data: Mapping[str, Any], price: float, quantity: float) -> dict[str, Any]:
    """The same with what one piece costs and how many there are, by both names of each field."""
    regular = data.get("regular_price")
    reduced = {} if regular is None else {"reduced": price < regular}
    whole = {**data, **reduced, "price": price, "quantity": quantity}
    return {**whole, "product": whole}
