"""What of a shopper content may go by, read only where some rule in force asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maatwerk.core.money import digits_of
from maatwerk.decisions.content.greet import NAME_CHARS, TRAITS
from maatwerk.decisions.content.shelf import Shelf
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.profile.folds.promotions import PromotionState
from maatwerk.views.profile.folds.traits import traits
from maatwerk.views.profile.shopper import Shopper

_NOTHING = PromotionState()


def content_of(
    shelf: Shelf,
    shopper: Shopper,
    unit: str,
    catalog: Catalog,
    cart: Sequence[tuple[str, float]] | None = None,
) -> dict[str, Any]:
    """The fields of a `Question` that content needs: ``unit``, ``met``, ``name`` and ``cart_value``.
    ``cart``: SKU and quantity of each line as the shop tells them; None: as events did."""
    known = bool(shopper.known_events)
    if shelf.popups and cart is None:
        cart = [(line.sku, line.quantity) for line in shopper.cart.lines] if known else []
    return {
        "unit": unit if known else "",
        "met": shopper.promotions if known and (shelf.blocks or shelf.popups) else _NOTHING,
        "name": _name(shopper) if known and shelf.greets else {},
        "cart_value": _cart_value(cart, catalog) if shelf.popups and cart else 0.0,
    }


def _cart_value(told: Sequence[tuple[str, float]], catalog: Catalog) -> float:
    """What a cart is worth at the catalog's prices now: SKU and quantity of each line."""
    scale = 10 ** digits_of(catalog.currency) if catalog.currency else 1
    rows = [(catalog.item(sku), quantity) for sku, quantity in told]
    minor = sum(int(catalog.price[row]) * quantity for row, quantity in rows if row >= 0 and quantity > 0)
    return max(minor, 0) / scale


def _name(shopper: Shopper) -> dict[str, str]:
    told = traits(shopper.traits)
    found = {trait: str(told[trait]) for trait in TRAITS if isinstance(told.get(trait), str)}
    return {trait: text for trait, text in found.items() if len(text) <= NAME_CHARS}
