"""A product in the shape of `PUT /v1/catalog/products`, put together the same way from every format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.limits import ID_CHARS
from maatwerk.core.time import format_time
from maatwerk.surfaces.files.rows import Warned, bounded
from maatwerk.surfaces.files.text import one_line, slug

ATTRIBUTES = 100
VALUES = 50
VALUE_CHARS = 500
IMAGES = 50
RELATED = 200

RELATIONS = ("related", "up_sell", "cross_sell")
"""Keys of ``related``, as Magento's three kinds of link are called on our wire."""


class Draft:
    """A product being put together, with the warnings about what had to be left out."""

    def __init__(self, sku: str, name: str) -> None:
        self.value: dict[str, Any] = {"sku": checked_sku(sku), "name": one_line(name, 500)}
        self.warnings: list[Warned] = []
        if not self.value["name"]:
            raise Refused("name_missing", f"product {sku} has no name", field="name", hint="give it a name")

    def put(self, field: str, value: Any) -> None:
        """Set a field unless there is nothing to say."""
        if value not in (None, "", [], {}):
            self.value[field] = value

    def warn(self, code: str, field: str, detail: str) -> None:
        """Keep the row, and say what was left out."""
        self.warnings.append((code, field, detail))

    def attribute(self, name: str, values: Iterable[str]) -> None:
        """Set an attribute: one value as text, several as a list, none not at all; the first setter wins."""
        clean = list(dict.fromkeys(value for value in (one_line(v, VALUE_CHARS) for v in values) if value))
        key = slug(name).replace("-", "_")
        attributes = self.value.setdefault("attributes", {})
        if not clean or not key or key in attributes:
            return
        if len(attributes) >= ATTRIBUTES:
            self.warn(
                "too_many_attributes", f"attributes.{key}", f"more than {ATTRIBUTES} attributes; left out"
            )
            return
        if len(clean) > VALUES:
            self.warn("too_many_values", f"attributes.{key}", f"more than {VALUES} values; the rest left out")
        attributes[key] = clean[0] if len(clean) == 1 else clean[:VALUES]

    def images(self, *sources: str) -> None:
        """The pictures, main one first, each once."""
        self.put(
            "images", list(dict.fromkeys(source.strip() for source in sources if source.strip()))[:IMAGES]
        )

    def sale(self, price: str, sale_price: str, starts: int | None = None, ends: int | None = None) -> None:
        """The sale price, if it is one, and when it holds (ms, None: open)."""
        if float(sale_price) < float(price):
            self.value["sale_price"] = sale_price
            self.put("sale_from", format_time(starts) if starts is not None else "")
            self.put("sale_to", format_time(ends) if ends is not None else "")
        else:
            self.warn(
                "sale_not_lower", "sale_price", f"{sale_price} is not below the price of {price}; left out"
            )

    def done(self) -> tuple[dict[str, Any], tuple[Warned, ...]]:
        """The product and its warnings."""
        if not self.value.get("attributes", True):
            del self.value["attributes"]
        return self.value, bounded(self.warnings)


def checked_sku(sku: str, field: str = "sku") -> str:
    """The stripped sku; raises `Refused` (``sku_missing``, ``sku_too_long``)."""
    sku = sku.strip()
    if not sku:
        raise Refused(
            "sku_missing", "the record names no product", field=field, hint="every product needs one"
        )
    if len(sku) > ID_CHARS:
        raise Refused("sku_too_long", f"{sku[:40]}… has more than {ID_CHARS} characters", field=field)
    return sku
