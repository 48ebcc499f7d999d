"""A product as it comes in by the API or a file, checked field by field before it becomes an event.

What the catalog's fold reads is made certain here: amounts are decimal strings of the currency,
lists are lists, addresses cannot run as script. An unknown field is refused by name, so that a
misspelled one is not lost in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.limits import ID_CHARS, PROPERTIES
from maatwerk.core.money import decimal_text, parse_currency, parse_minor
from maatwerk.core.time import format_time, parse_time

Fields = dict[str, Any]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TEXT_CHARS = {"description": 20_000, "name": 1_000, "brand": 255, "parent": ID_CHARS, "store": 100}
_LIST_ITEMS = 250
_LARGEST_STOCK = 10**9
_MONEY = ("price", "sale_price")


def checked_product(said: object, currency: str) -> Fields:
    """A whole product (PUT or import), as `Product Published` carries it.

    ``currency`` is the workspace's, for a product that names none. Raises `Refused` with the field.
    """
    fields = _object(said)
    sku = checked_sku(fields.get("sku"))
    own = fields.get("currency")
    currency = parse_currency(own) if own not in (None, "") else currency
    product: Fields = {"sku": sku, **_checked(fields, currency)}
    if any(name in product for name in _MONEY):
        product["currency"] = currency
    if product.get("parent") == sku:
        raise Refused("parent_is_itself", "a product is not its own parent", field="parent")
    return product


def checked_change(said: object, sku: str, currency: str) -> tuple[str, Fields]:
    """Some fields of a product (PATCH), as `Product Changed` carries them, and the store they are for.

    ``currency`` is the product's where it is known, else the workspace's. A null takes a price, a sale
    or a stock count away.
    """
    fields = dict(_object(said))
    if str(fields.pop("sku", sku)) != sku:
        raise Refused("sku_differs", "the body names another sku than the path", field="sku")
    own = fields.get("currency")
    if own not in (None, ""):
        if not any(name in fields for name in _MONEY):
            raise Refused(
                "currency_without_price",
                "a currency alone would change what the price means",
                field="currency",
                hint="send price with it",
            )
        currency = parse_currency(own)
    change = _checked(fields, currency)
    store = str(change.pop("store", "default"))
    if any(change.get(name) is not None for name in _MONEY):
        change["currency"] = currency
    if not change:
        raise Refused("nothing_to_change", "the body names no field", hint="send the fields to change")
    if change.get("parent") == sku:
        raise Refused("parent_is_itself", "a product is not its own parent", field="parent")
    return store, change


def checked_sku(value: object) -> str:
    """A SKU: text (or a whole number), trimmed, at most 255 characters. Raises `Refused`."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise Refused("sku_missing", "a product needs its sku", field="sku", hint="send a string")
    sku = value.strip()
    if len(sku) > ID_CHARS or _CONTROL.search(sku):
        raise Refused("sku_not_readable", f"a sku is plain text of up to {ID_CHARS} characters", field="sku")
    return sku


def sale_above_price(product: Fields, currency: str) -> bool:
    """Whether the reduced price is above the regular one: kept, but worth a warning."""
    price, sale = product.get("price"), product.get("sale_price")
    return (
        price is not None and sale is not None and parse_minor(sale, currency) > parse_minor(price, currency)
    )


def _checked(fields: Fields, currency: str) -> Fields:
    answer: Fields = {}
    for name, value in fields.items():
        if name in ("sku", "currency"):
            continue
        if name in _MONEY:
            answer[name] = _money(value, currency, name)
            continue
        check = _CHECKS.get(name)
        if check is None:
            raise Refused(
                "field_not_known",
                f"a product has no field {name[:40]!r}",
                field=name[:80],
                hint="put the shop's own fields into attributes",
            )
        if value is not None or name in _CLEARABLE:
            answer[name] = None if value is None else check(value, name)
    return answer


def _object(said: object) -> Fields:
    if not isinstance(said, dict):
        raise Refused("wrong_type", "a product is a JSON object", hint='send {"sku": …}')
    return said


def _money(value: Any, currency: str, field: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, dict) and "amount" in value:
        own = value.get("currency")
        if own is not None and parse_currency(own, field) != currency:
            raise Refused(
                "currency_mismatch", f"{field} is in another currency than the product", field=field
            )
        value = value["amount"]
    minor = parse_minor(value, currency, field)
    if minor < 0:
        raise Refused("price_out_of_range", f"{field} is below zero", field=field)
    return decimal_text(minor, currency)


def _text(value: Any, field: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Refused("wrong_type", f"{field} is text", field=field, hint="send a string")
    most = _TEXT_CHARS.get(field, ID_CHARS)
    if len(value) > most:
        raise Refused("text_too_long", f"{field} may have {most} characters", field=field)
    return value.strip()


def _url(value: Any, field: str) -> str:
    if not isinstance(value, str) or len(value) > 2048:
        raise Refused("url_not_readable", f"{field} is an address of up to 2048 characters", field=field)
    url = value.strip()
    scheme = _SCHEME.match(url)
    if _CONTROL.search(url) or (scheme and scheme.group().lower() not in ("http:", "https:")):
        raise Refused(
            "url_not_allowed", f"{url[:40]!r} is not a web address", field=field, hint="use http(s) or a path"
        )
    return url


def _stock(value: Any, field: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,10}", value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST_STOCK:
        raise Refused(
            "stock_not_a_number",
            f"{str(value)[:40]!r} is not a count",
            field=field,
            hint="send a whole number",
        )
    return value


def _margin(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise Refused("margin_out_of_range", "margin is a share in [0, 1]", field=field, hint="40 % is 0.4")
    return float(value)


def _flag(value: Any, field: str) -> bool:
    if isinstance(value, bool):
        return value
    raise Refused("wrong_type", f"{field} is true or false", field=field)


def _moment(value: Any, field: str) -> str:
    return format_time(parse_time(value, field))


def _list_of(check: Callable[[Any, str], str]) -> Callable[[Any, str], list[str]]:
    def checked(value: Any, field: str) -> list[str]:
        values = value if isinstance(value, list) else [value]
        if len(values) > _LIST_ITEMS:
            raise Refused("list_too_long", f"{field} may have {_LIST_ITEMS} entries", field=field)
        texts = (check(one, f"{field}[{place}]") for place, one in enumerate(values))
        return list(dict.fromkeys(text for text in texts if text))

    return checked


def _category(value: Any, field: str) -> str:
    return "/".join(filter(None, (part.strip() for part in _text(value, field).split("/"))))


def _attributes(value: Any, field: str) -> Fields:
    if not isinstance(value, dict) or len(value) > PROPERTIES:
        raise Refused("wrong_type", f"attributes is an object of up to {PROPERTIES} names", field=field)
    answer: Fields = {}
    for name, one in value.items():
        where = f"{field}.{name[:80]}"
        if len(name) > ID_CHARS:
            raise Refused("name_too_long", f"an attribute's name may have {ID_CHARS} characters", field=where)
        if isinstance(one, list):
            if len(one) > _LIST_ITEMS:
                raise Refused("list_too_long", f"an attribute may have {_LIST_ITEMS} values", field=where)
            answer[name] = [_scalar(item, where) for item in one]
        elif one is not None:
            answer[name] = _scalar(one, where)
    return answer


def _scalar(value: Any, field: str) -> str | int | float | bool:
    if isinstance(value, (str, int, float, bool)):
        return value
    raise Refused("wrong_type", "an attribute is text, a number, a flag, or a list of these", field=field)


def _related(value: Any, field: str) -> dict[str, list[str]]:
    if not isinstance(value, dict):
        raise Refused("wrong_type", 'related is {"cross_sell": [sku]}', field=field)
    links = _list_of(_text)
    return {
        str(kind)[:40]: links(skus, f"{field}.{kind[:40]}")
        for kind, skus in value.items()
        if skus is not None
    }


_CLEARABLE = frozenset({"stock", "sale_from", "sale_to", "categories", "images", "related"})
_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "parent": _text,
    "name": _text,
    "description": _text,
    "categories": _list_of(_category),
    "brand": _text,
    "url": _url,
    "images": _list_of(_url),
    "sale_from": _moment,
    "sale_to": _moment,
    "stock": _stock,
    "attributes": _attributes,
    "margin": _margin,
    "published": _flag,
    "store": _text,
    "related": _related,
}
