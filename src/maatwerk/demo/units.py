"""Units and placements that the simulated shop has beside the starters."""

from __future__ import annotations

from typing import Any

UNITS: dict[tuple[str, str], dict[str, Any] | None] = {
    ("unit", "free-shipping"): {
        "recommender": "free-shipping-gap",
        "title": "Almost at free delivery",
        "threshold": 75.0,
    },
    ("placement", "cart.free-shipping"): {"page": "cart", "unit": "free-shipping", "limit": 4, "order": 5},
    ("placement", "product.step-up"): {"page": "product", "unit": "step-up", "limit": 4, "order": 25},
}
