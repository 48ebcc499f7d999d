"""Reading quantities and amounts as senders write them; what cannot be read is unknown, never guessed."""

from __future__ import annotations

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_minor
from maatwerk.events.browsing import Item, Number

UNKNOWN = -1
"""An amount nobody told, where a record needs a number."""

_MOST = 10_000


def quantity_of(value: Number | None, default: int = 1) -> int:
    """A whole number of pieces from 0 to 10,000; ``default`` where it is not told or not readable."""
    if value is None:
        return default
    try:
        return max(0, min(_MOST, int(float(value))))
    except (ValueError, OverflowError):
        return default


def minor_of(value: Number | None, currency: str) -> int:
    """Minor units of an amount that is not negative, or `UNKNOWN`; without a currency, of two decimals."""
    if value is None:
        return UNKNOWN
    try:
        return max(UNKNOWN, parse_minor(value, currency))
    except Refused:
        return UNKNOWN


def lines_of(items: tuple[Item, ...], currency: str, limit: int) -> tuple[tuple[str, int, int], ...]:
    """``(sku, quantity, price_minor)`` of the items that name a product and come in pieces."""
    lines = ((item.key, quantity_of(item.quantity), minor_of(item.price, currency)) for item in items[:limit])
    return tuple(line for line in lines if line[0] and line[1])
