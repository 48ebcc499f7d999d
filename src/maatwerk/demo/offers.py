"""What the simulated shop gives: delivery, a code for her first order, a third candle, and a quiet week."""

from __future__ import annotations

from typing import Any

OFFERS: dict[tuple[str, str], dict[str, Any] | None] = {
    ("offer_policy", "shop"): {"tax": {"rate": 21}},
    ("code_pool", "welcome"): {"title": "Welcome", "prefix": "HI", "days": 30},
    ("offer", "welcome"): {
        "title": "Welcome",
        "give": "percent",
        "percent": 10,
        "codes": ["WELCOME10"],
        "pools": ["welcome"],
        "uses_per_customer": 1,
    },
    ("offer", "three-for-two"): {
        "title": "Three for two",
        "give": "cheapest_free",
        "of": 3,
        "categories": ["home"],
    },
    ("offer", "more-is-less"): {
        "title": "More is less",
        "give": "tiers",
        "tiers": [{"at": 150, "percent": 5}, {"at": 300, "percent": 10}],
        "group": "whole-bag",
    },
}
