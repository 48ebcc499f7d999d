"""The names that an audience's condition may use, and what each holds."""

from __future__ import annotations

from maatwerk.core.conditions import (
    ANY,
    BOOL,
    DOUBLE,
    INT,
    STRING,
    TIMESTAMP,
    Schema,
    Type,
    list_of,
    map_of,
    optional,
    record,
)
from maatwerk.events.consent import PURPOSES
from maatwerk.events.names import canonical_name
from maatwerk.views.catalog.columns import FACETS
from maatwerk.views.predicted.words import CHANCES

PRODUCT: dict[str, Type] = {
    "sku": STRING,
    "name": STRING,
    "brand": STRING,
    "price": DOUBLE,
    "margin": DOUBLE,
    "categories": list_of(STRING),
    "attributes": map_of(ANY),
}
"""A product as the catalog has it now. ``categories`` are paths, those above included."""

HAPPENING: dict[str, Type] = {
    "time": TIMESTAMP,
    "category": STRING,
    "query": STRING,
    "value": DOUBLE,
    "order_id": STRING,
    "coupon": STRING,
    "sku": STRING,
    "brand": STRING,
    "price": DOUBLE,
    "quantity": DOUBLE,
    "country": STRING,
    "device": STRING,
    "channel": STRING,
    "campaign": STRING,
    "store": STRING,
    "tracking": STRING,
    "properties": map_of(ANY),
    "product": record(PRODUCT),
}
"""One happening, or one product line of it. ``value`` is what an order's customer paid, ``price`` of one
piece, both in the workspace's currency (an amount in another cannot be told)."""

FACTS: dict[str, Type] = {
    "now": TIMESTAMP,
    "profile.customer": optional(BOOL, False),
    "profile.user_id": STRING,
    "profile.first_seen_at": TIMESTAMP,
    "profile.last_seen_at": TIMESTAMP,
    "traits": map_of(ANY),
    **{f"consent.{purpose}": BOOL for purpose in PURPOSES},
    "country": STRING,
    "device": STRING,
    "locale": STRING,
    "store": STRING,
    "timezone": STRING,
    "orders.count": optional(INT, 0),
    "orders.revenue": optional(DOUBLE, 0.0),
    "orders.average": DOUBLE,
    "orders.refunded": optional(DOUBLE, 0.0),
    "orders.cancelled": optional(INT, 0),
    "orders.first_at": TIMESTAMP,
    "orders.last_at": TIMESTAMP,
    "cart.size": optional(INT, 0),
    "cart.value": optional(DOUBLE, 0.0),
    "cart.updated_at": TIMESTAMP,
    "cart.skus": list_of(STRING),
    "visits.count": optional(INT, 0),
    "visit.started_at": TIMESTAMP,
    "visit.events": optional(INT, 0),
    "visit.views": optional(INT, 0),
    "visit.adds": optional(INT, 0),
    "visit.orders": optional(INT, 0),
    "visit.source": STRING,
    "visit.medium": STRING,
    "visit.campaign": STRING,
    "visit.referrer": STRING,
    "wishes.count": optional(INT, 0),
    **{f"affinity.{facet}": map_of(DOUBLE, 0.0) for facet in FACETS},
    **{f"predicted.{name}": DOUBLE for name in ("lifetime_value", "orders", *CHANCES)},
    "predicted.next_order": TIMESTAMP,
    "predicted.threshold_days": INT,
    "predicted.persona": STRING,
    "familiarity": STRING,
    "audiences": map_of(BOOL, False),
    "listed": map_of(BOOL, False),
}
"""What is known of a shopper. Amounts are in the workspace's currency; ``affinity`` holds shares in [0, 1];
``audiences`` asks for another audience, ``listed`` for a list alone."""

SCHEMA = Schema.of(FACTS, happening=record(HAPPENING), name_of=lambda name: canonical_name("track", name))
"""Events are named as senders write them: ``Viewed Product`` is ``Product Viewed``."""
