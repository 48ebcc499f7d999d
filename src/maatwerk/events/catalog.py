"""The catalog's changes as events; the catalog itself is their fold."""

from __future__ import annotations

from typing import Any

import msgspec


class ProductPublished(msgspec.Struct, frozen=True):
    """A product as a whole (PUT or import); ``product`` has the wire's fields, checked."""

    product: dict[str, Any]


class ProductChanged(msgspec.Struct, frozen=True):
    """Some fields of a product (PATCH)."""

    sku: str
    fields: dict[str, Any]
    store: str = "default"


class ProductDeleted(msgspec.Struct, frozen=True):
    """A product left the catalog."""

    sku: str
    store: str = "default"
