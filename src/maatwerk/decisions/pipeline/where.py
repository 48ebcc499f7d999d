"""A condition over products, answered for many rows at once.

The rule language's closures answer for one product; a search looks at tens of thousands. So a condition is
taken apart at its ``&&``, ``||`` and ``!``; what compares the price is an array operation, and what looks at
one attribute is asked once for each distinct value. The answers are those of the closures: what cannot be
told does not match. An attribute of several values matches where one of them does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core import conditions
from maatwerk.core.conditions import ANY, BOOL, DOUBLE, INT, STRING, Checked, Schema, list_of, map_of, record
from maatwerk.core.conditions.terms import Apply, Constant, Item, Join, Listing, Read, Term
from maatwerk.core.errors import Refused
from maatwerk.core.money import digits_of
from maatwerk.core.time import DAY
from maatwerk.decisions.pipeline.words import Rows
from maatwerk.views.catalog.columns import NO_PRICE, Catalog

Mask = NDArray[np.bool_]

FIELDS = {
    "sku": STRING,
    "name": STRING,
    "brand": STRING,
    "category": STRING,
    "categories": list_of(STRING),
    "price": DOUBLE,
    "reduced": BOOL,
    "stock": INT,
    "available": BOOL,
    "margin": DOUBLE,
    "age_days": DOUBLE,
    "attributes": map_of(ANY),
}
"""What a condition may read of a product, as ``product.price`` or plainly ``price``."""

_ORDERED: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Told(NamedTuple):
    """Three answers in two masks: holds, and does not hold; neither where it cannot be told."""

    yes: Mask
    no: Mask


class Part(msgspec.Struct, frozen=True):
    """One part of a condition between ``&&``, and the fields of a product that it reads."""

    term: Term
    fields: frozenset[str]


class Where:
    """A checked condition, ready for rows."""

    def __init__(self, text: str, catalog: Catalog, field: str = "filter") -> None:
        """Raises `Refused`, naming ``field``, where the text is no condition over products."""
        self.text = text
        try:
            self.checked = conditions.check(conditions.parse(text), schema_of(catalog))
        except Refused as refused:
            raise Refused(refused.code, refused.detail, field=field, hint=refused.hint) from None
        root = self.checked.root
        terms = root.parts if isinstance(root, Join) and root.op == "&&" else (root,)
        self.parts = tuple(Part(term, frozenset(_fields(term))) for term in terms)

    def mask(self, catalog: Catalog, now: int, rows: Rows, parts: tuple[Part, ...] | None = None) -> Mask:
        """Which rows match all parts (or those given)."""
        frame = _Frame(catalog, now, rows, self.checked)
        mask = np.ones(len(rows), np.bool_)
        for part in self.parts if parts is None else parts:
            mask &= frame.told(part.term).yes
        return mask

    def accepts(self, part: Part, name: str, value: Any) -> bool:
        """Whether a part would let a product pass that has this value, and nothing else is known of it."""
        run = conditions.compile(msgspec.structs.replace(self.checked, root=part.term))
        return run(_data_of(name, value))


def schema_of(catalog: Catalog) -> Schema:
    """The names that a condition over this catalog's products may use."""
    plain = {name: ANY for name in catalog.attributes.names() if name.isidentifier() and name not in FIELDS}
    return Schema.of({**plain, **FIELDS, "product": record(dict(FIELDS))})


class _Frame:
    """Rows under a condition; columns are read as they are asked for."""

    def __init__(self, catalog: Catalog, now: int, rows: Rows, checked: Checked) -> None:
        self.catalog, self.now, self.rows, self.checked = catalog, now, rows, checked

    def told(self, term: Term) -> Told:
        match term:
            case Join(op=op, parts=parts):
                answers = [self.told(part) for part in parts]
                yes = [answer.yes for answer in answers]
                no = [answer.no for answer in answers]
                if op == "&&":
                    return Told(np.logical_and.reduce(yes), np.logical_or.reduce(no))
                return Told(np.logical_or.reduce(yes), np.logical_and.reduce(no))
            case Apply(operation="!", args=(inner,)):
                yes_, no_ = self.told(inner)
                return Told(no_, yes_)
            case Apply(operation="!=", args=(left, right), type=type_):
                yes_, no_ = self.told(Apply("==", (left, right), type_))
                return Told(no_, yes_)
        return self._leaf(term)

    def _leaf(self, term: Term) -> Told:
        fields = _fields(term)
        if len(fields) == 1:
            (field,) = fields
            found = self._numeric(term, field) if field in ("price", "age_days") else None
            found = found or (self._below(term) if field == "category" else None)
            found = found or self._by_value(term, field)
            if found is not None:
                return found
        return self._one_by_one(term)

    def _numeric(self, term: Term, field: str) -> Told | None:
        """A price or an age against a number, without leaving the arrays."""
        if not isinstance(term, Apply) or term.operation not in _ORDERED or len(term.args) != 2:
            return None
        left, right = term.args
        operation = term.operation
        if isinstance(left, Constant):
            left, right, operation = right, left, _TURNED[operation]  # type: ignore[assignment]
        if not (isinstance(left, Read) and isinstance(right, Constant)):
            return None
        values, known = _numbers(self.catalog, field, self.rows, self.now)
        yes: Mask = _ORDERED[operation](values, right.value) & known
        return Told(yes, known & ~yes)

    def _below(self, term: Term) -> Told | None:
        """``category == "women"`` and ``category in [...]``: in it, or in one below it."""
        if not isinstance(term, Apply) or term.operation not in ("==", "in"):
            return None
        values = [each for arg in term.args for each in _constants(arg)]
        yes = np.zeros(len(self.rows), np.bool_)
        for value in values:
            yes |= self.catalog.in_category(str(value))[self.rows]
        return Told(yes, ~yes)

    def _by_value(self, term: Term, field: str) -> Told | None:
        """Asked once for each distinct value of the one column that it reads."""
        catalog, rows = self.catalog, self.rows
        if field == "brand":
            numbers = catalog.facets["brand"][rows]
            sets: list[tuple[Any, ...]] = [(value,) for value in catalog.codes["brand"].values]
        elif field == "available":
            numbers, sets = catalog.available[rows].astype(np.int32), [(False,), (True,)]
        elif field not in FIELDS:
            column = catalog.attribute(field.removeprefix("attributes."))
            if column is None:
                nothing = np.zeros(len(rows), np.bool_)
                return Told(nothing, nothing)
            numbers, sets = column.of(rows), column.sets
        else:
            return None
        answer = conditions.compile_value(msgspec.structs.replace(self.checked, root=term))
        yes = np.zeros(len(sets), np.bool_)
        no = np.zeros(len(sets), np.bool_)
        for number in np.unique(numbers).tolist():
            answers = {answer(_data_of(field, value)) for value in sets[number]}
            yes[number] = True in answers
            no[number] = False in answers and not yes[number]
            if not sets[number]:
                yes[number], no[number] = self._of_nothing(answer)
        return Told(yes[numbers], no[numbers])

    def _of_nothing(self, answer: Callable[[Any], Any]) -> tuple[bool, bool]:
        said = answer({"product": {"attributes": {}}, "attributes": {}})
        return said is True, said is False

    def _one_by_one(self, term: Term) -> Told:
        answer = conditions.compile_value(msgspec.structs.replace(self.checked, root=term))
        said = [answer(product_data(self.catalog, row, self.now)) for row in self.rows.tolist()]
        yes = np.fromiter((each is True for each in said), np.bool_, len(said))
        no = np.fromiter((each is False for each in said), np.bool_, len(said))
        return Told(yes, no)


def product_data(catalog: Catalog, row: int, now: int) -> Mapping[str, Any]:
    """A product as these conditions read it, by both names of each field."""
    product = catalog.product(row)
    price = product.price_at(now)
    fields: dict[str, Any] = {
        "sku": product.sku,
        "name": product.name,
        "brand": product.brand,
        "category": product.categories[0] if product.categories else None,
        "categories": [catalog.codes["category"].values[n] for n in catalog.categories(row)],
        "stock": product.stock,
        "available": bool(catalog.available[row]),
        "margin": product.margin,
        "age_days": (now - product.first_seen) / DAY,
        "attributes": product.attributes,
    }
    if price is not None:
        fields["price"] = price / 10 ** digits_of(product.currency)
        fields["reduced"] = product.price_minor is not None and price < product.price_minor
    return {**product.attributes, **fields, "product": fields}


def _numbers(catalog: Catalog, field: str, rows: Rows, now: int) -> tuple[NDArray[np.float64], Mask]:
    if field == "age_days":
        return (now - catalog.created[rows]) / DAY, np.ones(len(rows), np.bool_)
    scale = 10 ** digits_of(catalog.currency) if catalog.currency else 1
    return catalog.price[rows] / scale, catalog.price[rows] != NO_PRICE


def _data_of(field: str, value: Any) -> dict[str, Any]:
    name = field.removeprefix("attributes.")
    if field in FIELDS:
        return {field: value, "product": {field: value}}
    attributes = {name: value}
    return {name: value, "attributes": attributes, "product": {"attributes": attributes}}


def _fields(term: Term) -> set[str]:
    """The fields of a product that a term reads: ``price``, or ``color`` however it is written."""
    match term:
        case Item(of=Read(path=path), key=Constant(value=str(key))) if path[-1] == "attributes":
            return {key}
        case Read(path=("product", name, *_)):
            return {name}
        case Read(path=(name, *_), of=None):
            return {name}
        case _:
            return {field for inner in _inside(term) for field in _fields(inner)}


def _inside(term: Term) -> tuple[Term, ...]:
    found: list[Any] = []
    for name in term.__struct_fields__:
        value = getattr(term, name)
        parts = value if isinstance(value, tuple) else (value,)
        if name != "type":
            found += [each for each in parts if isinstance(each, msgspec.Struct) and hasattr(each, "type")]
    return tuple(found)


def _constants(term: Term) -> list[Any]:
    if isinstance(term, Constant):
        return [term.value]
    return (
        [each.value for each in term.items if isinstance(each, Constant)] if isinstance(term, Listing) else []
    )
