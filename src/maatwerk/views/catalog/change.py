"""What a catalog event makes of a product: the one step that both the projector and the workers take."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.money import parse_currency, parse_minor
from maatwerk.core.time import parse_time
from maatwerk.events import names
from maatwerk.events.event import Event
from maatwerk.views.catalog.words import DEFAULT_STORE, Product

_PLAIN = ("parent", "name", "description", "brand", "url", "attributes", "margin", "published")


def key_of(event: Event) -> tuple[str, str]:
    """Store and SKU that a catalog event is about."""
    record = names.body(event)
    if event.name == "Product Published":
        return str(record.product.get("store") or DEFAULT_STORE), str(record.product["sku"])
    return record.store, record.sku


def changed(product: Product | None, event: Event) -> Product | None:
    """The product after a catalog event; None when it is gone.

    A change to a product nobody published makes a bare one, so that a stock level that arrives
    before its product is not lost.
    """
    if event.name == "Product Deleted":
        return None
    store, sku = key_of(event)
    record = names.body(event)
    if event.name == "Product Published":
        first_seen = product.first_seen if product else event.time
        return _with(Product(sku=sku, store=store, first_seen=first_seen), record.product)
    start = product or Product(sku=sku, store=store, first_seen=event.time, published=False)
    return _with(start, record.fields)


def _with(product: Product, fields: dict[str, Any]) -> Product:
    """The product with the wire's fields put in; they were checked before they became an event."""
    new: dict[str, Any] = {name: fields[name] for name in _PLAIN if fields.get(name) is not None}
    if "categories" in fields:
        new["categories"] = tuple(fields["categories"] or ())
    if "images" in fields:
        new["images"] = tuple(fields["images"] or ())
    if "related" in fields:
        new["related"] = {kind: tuple(skus) for kind, skus in (fields["related"] or {}).items()}
    if fields.get("currency"):
        new["currency"] = parse_currency(fields["currency"])
    currency = new.get("currency", product.currency)
    if "price" in fields:
        new["price_minor"] = _minor(fields["price"], currency)
    if "sale_price" in fields:
        new["sale_price_minor"] = _minor(fields["sale_price"], currency)
    for name in ("sale_from", "sale_to"):
        if name in fields:
            new[name] = parse_time(fields[name]) if fields[name] else 0
    if "stock" in fields:
        stock = fields["stock"]
        new["stock"] = None if stock is None else int(stock)
    return msgspec.structs.replace(product, **new)


def _minor(value: object, currency: str) -> int | None:
    return None if value is None else parse_minor(value, currency)
