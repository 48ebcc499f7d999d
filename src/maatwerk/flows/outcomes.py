"""What came of a decision: its slots' half-visible views, clicks, carts and purchases, joined by tracking."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.events.decisions import DecisionMade
from maatwerk.events.event import Event
from maatwerk.events.log import Recent
from maatwerk.events.names import properties

KINDS = {
    "Product List Viewed": "views",
    "Promotion Viewed": "views",
    "Product Clicked": "clicks",
    "Promotion Clicked": "clicks",
    "Product Added": "carts",
    "Order Completed": "purchases",
}
_READ = 10_000


class Outcome(msgspec.Struct, frozen=True):
    """One slot's outcomes: how often each happened, and which products were clicked, put in carts, bought."""

    placement: str
    tracking: str
    views: int = 0
    clicks: int = 0
    carts: int = 0
    purchases: int = 0
    skus: tuple[str, ...] = ()


def outcomes(recent: Recent, record: DecisionMade) -> list[Outcome]:
    """By slot, from her own events since (the newest 10,000). An impression is the record itself."""
    devices = [record.anonymous_id] if record.anonymous_id else []
    users = [record.user_id] if record.user_id else []
    events = recent.tail(anonymous_ids=devices, user_ids=users, after=0, limit=_READ)
    counts: dict[str, dict[str, int]] = {slot.tracking: {} for slot in record.slots}
    skus: dict[str, dict[str, None]] = {slot.tracking: {} for slot in record.slots}
    for event in events:
        kind = KINDS.get(event.name)
        if kind is None or event.time < record.time - _CLOCKS_MS or b"t-" not in bytes(event.properties):
            continue
        for tracking, sku in _trackings(event):
            if tracking in counts:
                counts[tracking][kind] = counts[tracking].get(kind, 0) + 1
                if sku and kind != "views":
                    skus[tracking][sku] = None
    return [
        Outcome(slot.placement, slot.tracking, skus=tuple(skus[slot.tracking]), **counts[slot.tracking])
        for slot in record.slots
    ]


_CLOCKS_MS = 5_000
"""An event's corrected time may lie a little before the decision it answers."""


def _trackings(event: Event) -> list[tuple[str, str]]:
    """Tracking and SKU of what an event is about; an order names them a line."""
    said: dict[str, Any] = properties(event)
    found = [(str(said.get("tracking") or ""), str(said.get("sku") or said.get("product_id") or ""))]
    lines = said.get("products")
    if event.name == "Order Completed" and isinstance(lines, list):
        found += [
            (str(line.get("tracking") or ""), str(line.get("sku") or line.get("product_id") or ""))
            for line in lines
            if isinstance(line, dict)
        ]
    return [pair for pair in found if pair[0]]
