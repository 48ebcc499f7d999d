"""What of a shopper content may go by, read only where some rule in force asks for it."""

from __future__ import annotations

from typing import Any

from maatwerk.decisions.content.greet import NAME_CHARS, TRAITS
from maatwerk.decisions.content.shelf import Shelf
from maatwerk.views.profile.folds.promotions import PromotionState
from maatwerk.views.profile.folds.traits import traits
from maatwerk.views.profile.shopper import Shopper

_NOTHING = PromotionState()


def content_of(shelf: Shelf, shopper: Shopper, unit: str) -> dict[str, Any]:
    """The fields of a `Question` that content needs: ``unit``, ``met`` and ``name``."""
    known = bool(shopper.known_events)
    return {
        "unit": unit if known else "",
        "met": shopper.promotions if known and shelf.blocks else _NOTHING,
        "name": _name(shopper) if known and shelf.greets else {},
    }


def _name(shopper: Shopper) -> dict[str, str]:
    told = traits(shopper.traits)
    found = {trait: str(told[trait]) for trait in TRAITS if isinstance(told.get(trait), str)}
    return {trait: text for trait, text in found.items() if len(text) <= NAME_CHARS}
