"""Include and exclude conditions of a unit, over products in the rule language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maatwerk.core import conditions
from maatwerk.core.conditions import ANY, BOOL, DOUBLE, INT, STRING, Schema, list_of, map_of, optional, record
from maatwerk.core.money import digits_of
from maatwerk.core.time import DAY
from maatwerk.decisions.pipeline.words import Rows, Situation

_PRODUCT = record(
    {
        "sku": STRING,
        "name": STRING,
        "brand": STRING,
        "price": DOUBLE,
        "reduced": BOOL,
        "stock": INT,
        "margin": DOUBLE,
        "age_days": DOUBLE,
        "categories": list_of(STRING),
        "attributes": map_of(ANY),
        "segments": list_of(STRING),
    }
)

SCHEMA = Schema.of(
    {
        "product": _PRODUCT,
        "page.type": STRING,
        "page.category": STRING,
        "page.query": STRING,
        "page.product": _PRODUCT,
        "shopper.known": BOOL,
        "shopper.orders": optional(INT, 0),
        "shopper.country": STRING,
        "shopper.device": STRING,
        "cart.size": optional(INT, 0),
    }
)
"""The names a unit's conditions may use. Prices are of one piece, in the catalog's currency."""


def passing(text: str, *, keep: bool) -> Callable[[Situation, Rows], NDArray[np.bool_]]:
    """A pipeline rule from a condition: rows that match stay (``keep``) or fall.

    Raises `Refused` where the text is no condition over `SCHEMA`. What cannot be told does not match,
    so that an include fails closed and an exclude lets pass.
    """
    matches = conditions.compile(conditions.check(conditions.parse(text), SCHEMA))

    def passes(situation: Situation, rows: Rows) -> NDArray[np.bool_]:
        data = _circumstances(situation)
        found = np.empty(len(rows), dtype=np.bool_)
        for place, row in enumerate(rows.tolist()):
            data["product"] = product_data(situation, row)
            found[place] = matches(data)
        return found if keep else ~found

    return passes


def product_data(situation: Situation, row: int) -> dict[str, Any]:
    """A product as conditions read it."""
    catalog = situation.catalog
    product = catalog.product(row)
    price = product.price_at(situation.now)
    data: dict[str, Any] = {
        "sku": product.sku,
        "name": product.name,
        "brand": product.brand,
        "stock": product.stock,
        "margin": product.margin,
        "age_days": (situation.now - product.first_seen) / DAY,
        "categories": [catalog.codes["category"].values[n] for n in catalog.categories(row)],
        "attributes": product.attributes,
        "segments": list(situation.segments.of(product.sku)),
    }
    if price is not None:
        data["price"] = float(price) / float(10 ** digits_of(product.currency))
        data["reduced"] = product.price_minor is not None and price < product.price_minor
    return data


def _circumstances(situation: Situation) -> dict[str, Any]:
    page, known = situation.page, situation.known
    data: dict[str, Any] = {
        "page": {"type": page.type, "category": page.category, "query": page.query},
        "shopper": {
            "known": known.personal,
            "orders": known.orders,
            "country": situation.country,
            "device": situation.device,
        },
        "cart": {"size": len(known.cart)},
    }
    if situation.page_item >= 0:
        data["page"]["product"] = product_data(situation, situation.page_item)
    return data
