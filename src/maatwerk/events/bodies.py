"""The typed body of an event, checked once at the door, so that no fold meets a surprise.

Lenient where the meaning is plain (numbers written as text, identifiers written as numbers, nulls,
one product instead of a list); a known field that cannot be read is refused by name. Unknown fields
are left alone. Only what needed lenience is written anew.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_currency, parse_minor
from maatwerk.events import consent, engagement, names, orders
from maatwerk.events.browsing import Item

_MONEY = ("price", "amount", "total", "subtotal", "revenue", "value", "shipping", "tax", "discount", "below")
_COUNTS = ("quantity", "position")
_LARGEST_COUNT = 10**9
_PLAIN_INTEGER = 10**9  # an integer below it is an amount in any currency without further looking

_NEEDS_PRODUCT = frozenset(
    {
        "Product Viewed", "Product Clicked", "Product Added", "Product Removed",
        "Product Added to List", "Product Removed from List",
    }
)  # fmt: skip
_NEEDS_ORDER = frozenset(name for name, kind in names.BODIES.items() if kind.__module__ == orders.__name__)
_NEEDS_SKU = frozenset({"Back In Stock Requested", "Price Alert Requested"})
_NEEDS_KEY = frozenset({"Product Disliked", "Gift Marked"})

_ANY = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()
_DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in names.BODIES.items()}


_PARTS = (orders.Payment, orders.Refund, orders.Address, engagement.Preference)
"""Records inside a body, besides its products."""


def _field_kinds(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Wire name of each known field to how it is read (a key of ``_READERS``)."""
    kinds: dict[str, str] = {}
    for field in msgspec.structs.fields(kind):
        shape = str(field.type)
        if field.type is str:
            kinds[field.encode_name] = "text"
        elif "ReturnedLine" in shape or "Item" in shape:
            kinds[field.encode_name] = "items"
        elif field.type is bool:
            kinds[field.encode_name] = "flag"
        elif any(part.__name__ in shape for part in _PARTS):
            kinds[field.encode_name] = "parts" if shape.startswith("tuple") else "part"
        elif shape.startswith("tuple[str"):
            kinds[field.encode_name] = "texts"
        elif field.encode_name in ("purposes", "objections"):
            kinds[field.encode_name] = field.encode_name
        elif "int" in shape:
            kinds[field.encode_name] = "number" if "float" in shape else "whole"
    return kinds


_FIELDS = {name: _field_kinds(kind) for name, kind in names.BODIES.items()}
_ITEM_FIELDS = _field_kinds(Item) | _field_kinds(orders.ReturnedLine)
_PART_FIELDS = {field: kind for part in _PARTS for field, kind in _field_kinds(part).items()}
_PAID = frozenset(
    name for name, kind in names.BODIES.items() if {"payments", "refunds"} & {*kind.__struct_fields__}
)
_AMOUNTS = {
    name: tuple(field for field in (*_MONEY, *_COUNTS) if field in kind.__struct_fields__)
    for name, kind in names.BODIES.items()
}
_HAS_ITEMS = frozenset(name for name, kind in names.BODIES.items() if "products" in kind.__struct_fields__)


def checked(name: str, properties: bytes, currency: str) -> msgspec.Raw:
    """The properties of an event of a canonical name, as they may be kept.

    ``currency`` is what amounts are in where the event does not say. Raises `Refused` with the field.
    """
    try:
        said = _ANY.decode(properties)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise Refused("json_not_readable", str(fault)[:200], field="properties") from None
    if said is None:
        said, properties = {}, b"{}"
    if not isinstance(said, dict):
        raise Refused("wrong_type", "properties is not an object", field="properties", hint="send {…}")
    decoder = _DECODERS.get(name)
    if decoder is None:
        return msgspec.Raw(properties)
    try:
        # An empty string stands for "none" in many senders; in a number it must not be kept as text.
        record = None if b'""' in properties else decoder.decode(properties)
    except msgspec.ValidationError:
        record = None
    if record is None:
        properties = _ENCODER.encode(_lenient(said, _FIELDS[name], "properties."))
        record = _decode(decoder, properties)
    _check(name, record, currency)
    return msgspec.Raw(properties)


def _decode(decoder: msgspec.json.Decoder[Any], properties: bytes) -> Any:
    try:
        return decoder.decode(properties)
    except msgspec.ValidationError as fault:
        text, _, path = str(fault).partition(" - at `$")
        raise Refused("wrong_type", text, field=f"properties{path.rstrip('`')}") from None


def _check(name: str, record: Any, currency: str) -> None:
    """What a body of this name must hold, and that every number in it is one."""
    if (
        name in _NEEDS_PRODUCT
        and not record.sku
        and not record.product_id
        and not getattr(record, "products", ())
    ):
        raise Refused(
            "product_not_named",
            f"{name} says no product",
            field="properties.sku",
            hint="send sku or product_id",
        )
    if name in _NEEDS_ORDER and not record.order_id:
        raise Refused(
            "order_not_named", f"{name} says no order", field="properties.order_id", hint="send order_id"
        )
    if name in _NEEDS_KEY and not record.key:
        raise Refused("product_not_named", f"{name} says no product", field="properties.sku", hint="send sku")
    if name in _NEEDS_SKU and not record.sku:
        raise Refused("product_not_named", f"{name} says no product", field="properties.sku", hint="send sku")
    own = getattr(record, "currency", "")
    if own and own != currency:
        currency = parse_currency(own, "properties.currency")
    for field in _AMOUNTS[name]:
        value = getattr(record, field)
        if value is not None and not _plain(value):
            _amount(field, value, currency, "properties.")
    if name in _PAID:
        _check_paid(record, currency)
    if name in _HAS_ITEMS:
        for place, item in enumerate(record.products):
            _check_item(item, currency, place)


def _check_paid(record: Any, currency: str) -> None:
    """Amounts of payments and refunds, each in its own currency where it says one."""
    for field in ("payments", "refunds"):
        for place, part in enumerate(getattr(record, field, ())):
            where = f"properties.{field}[{place}]."
            own = parse_currency(part.currency, where + "currency") if part.currency else currency
            if part.amount is not None:
                _amount("amount", part.amount, own, where)


def _check_item(item: Any, currency: str, place: int) -> None:
    for field in ("price", "quantity", "discount", "position"):
        value = getattr(item, field, None)
        if value is not None and not _plain(value):
            _amount(field, value, currency, f"properties.products[{place}].")


def _plain(value: Any) -> bool:
    return type(value) is int and -_PLAIN_INTEGER < value < _PLAIN_INTEGER


def _amount(field: str, value: Any, currency: str, path: str) -> None:
    if field in _COUNTS:
        _count(value, path + field)
    elif not (type(value) is float and _is_amount(value, currency)):
        parse_minor(value, currency, path + field)


@lru_cache(maxsize=8192)
def _is_amount(value: float, currency: str) -> bool:
    """Whether a number is an amount of the currency: a shop has few different prices."""
    try:
        parse_minor(value, currency)
    except Refused:
        return False
    return True


def _count(value: Any, field: str) -> None:
    try:
        number = Decimal(str(value).strip())
        readable = number.is_finite() and abs(number) <= _LARGEST_COUNT
    except InvalidOperation:
        readable = False
    if not readable:
        code = f"{field.rpartition('.')[2]}_not_a_number"
        raise Refused(code, f"cannot read {str(value)[:40]!r} as a number", field=field, hint="send a number")


def _lenient(said: dict[str, Any], kinds: dict[str, str], path: str) -> dict[str, Any]:
    """The same properties with known fields written as they are read; nulls are left out."""
    answer: dict[str, Any] = {}
    for name, value in said.items():
        kind = kinds.get(name)
        if kind is None:
            answer[name] = value
        elif value is not None:
            answer[name] = _READERS[kind](value, path + name)
    return answer


def _text(value: Any, field: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return "/".join(value)  # a category's path, as some shops write it
    raise Refused("wrong_type", f"{field.rpartition('.')[2]} is not text", field=field, hint="send a string")


def _number(value: Any, field: str) -> int | float | str | None:
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return None if value == "" else value
    last = field.rpartition(".")[2]
    code = "price_not_a_number" if last in _MONEY else f"{last}_not_a_number"
    raise Refused(
        code, f"{last} is not a number", field=field, hint="send a number or a decimal string, as in 59.00"
    )


def _whole(value: Any, field: str) -> int | None:
    number = _number(value, field)
    if number is None:
        return None
    _count(number, field)
    return int(Decimal(str(number).strip()))


def _items(value: Any, field: str) -> list[Any]:
    products = value if isinstance(value, list) else [value]
    answer = []
    for place, product in enumerate(products):
        where = f"{field}[{place}]"
        if isinstance(product, dict):
            answer.append(_lenient(product, _ITEM_FIELDS, where + "."))
        elif isinstance(product, (str, int)) and not isinstance(product, bool):
            answer.append({"sku": str(product)})
        elif product is not None:
            raise Refused("wrong_type", "a product is an object", field=where, hint='send {"sku": …}')
    return answer


def _part(value: Any, field: str) -> dict[str, Any]:
    if isinstance(value, str):
        value = {"street": value}  # an address in one line
    if not isinstance(value, dict):
        raise Refused("wrong_type", f"{field.rpartition('.')[2]} is an object", field=field, hint="send {…}")
    return _lenient(value, _PART_FIELDS, field + ".")


def _parts(value: Any, field: str) -> list[Any]:
    parts = value if isinstance(value, list) else [value]
    return [_part(part, f"{field}[{place}]") for place, part in enumerate(parts) if part is not None]


def _flag(value: Any, field: str) -> bool:
    if isinstance(value, bool):
        return value
    raise Refused("wrong_type", f"{field.rpartition('.')[2]} is true or false", field=field, hint="send true")


def _texts(value: Any, field: str) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [_text(part, f"{field}[{place}]") for place, part in enumerate(parts) if part is not None]


def _purposes(value: Any, field: str) -> dict[str, bool]:
    if not isinstance(value, dict):
        raise Refused("wrong_type", "purposes is an object", field=field, hint='send {"analytics": true, …}')
    return consent.stated(value)


def _objections(value: Any, field: str) -> dict[str, bool]:
    if not isinstance(value, dict):
        raise Refused(
            "wrong_type", "objections is an object", field=field, hint='send {"profiling": true, …}'
        )
    return consent.objections(value)


_READERS = {
    "text": _text,
    "number": _number,
    "whole": _whole,
    "items": _items,
    "part": _part,
    "parts": _parts,
    "flag": _flag,
    "texts": _texts,
    "purposes": _purposes,
    "objections": _objections,
}
