"""The rules an empty workspace begins with: units and placements for every page."""

from __future__ import annotations

from typing import Any

_CROWD = ["bestsellers", "most-viewed", "newest"]

STARTER_UNITS: dict[str, dict[str, Any]] = {
    "for-you": {
        "recommender": "for-you",
        "title": "For you",
        "fallback": ["most-viewed", "bestsellers", "newest"],
        "diversity": 0.25,
    },
    "recently-viewed": {"recommender": "recently-viewed", "title": "Recently viewed"},
    "buy-again": {"recommender": "buy-again", "title": "Buy again", "familiarity": "known"},
    "most-viewed": {
        "recommender": "most-viewed",
        "title": "Most viewed",
        "fallback": ["newest"],
        "diversity": 0.2,
    },
    "most-added": {"recommender": "most-added", "title": "Most wanted", "fallback": _CROWD},
    "bestsellers": {
        "recommender": "most-purchased",
        "title": "Bestsellers",
        "fallback": ["most-viewed", "newest"],
        "say_counts": True,
        "counts_from": 10,
        "diversity": 0.2,
    },
    "trending": {
        "recommender": "trending",
        "title": "Trending now",
        "fallback": ["most-viewed", "newest"],
        "say_counts": True,
        "diversity": 0.2,
    },
    "shoppers-choice": {"recommender": "converts", "title": "Shoppers' choice", "fallback": _CROWD},
    "newest": {"recommender": "newest", "title": "New in"},
    "viewed-together": {
        "recommender": "viewed-viewed",
        "title": "Others also viewed",
        "fallback": ["session-next", "similar", *_CROWD],
    },
    "bought-in-the-end": {
        "recommender": "viewed-bought",
        "title": "Bought in the end",
        "fallback": ["viewed-together", "similar", *_CROWD],
    },
    "bought-together": {
        "recommender": "bought-bought",
        "title": "Bought together",
        "fallback": ["complete-the-look", "similar", *_CROWD],
    },
    "session-next": {
        "recommender": "session-neighbors",
        "title": "You may like next",
        "fallback": ["most-viewed", "newest"],
    },
    "similar": {
        "recommender": "more-like-this",
        "title": "More like this",
        "fallback": _CROWD,
        "price_band": {"least": 0.4, "most": 2.5},
    },
    "complete-the-look": {"recommender": "complete-the-look", "title": "Complete the look", "diversity": 0.5},
    "cart-companions": {
        "recommender": "cart-companions",
        "title": "Goes with your cart",
        "fallback": ["complete-the-look", *_CROWD],
    },
    "step-up": {"recommender": "up-sell", "title": "A step up"},
    "new-for-you": {
        "recommender": "new-for-you",
        "title": "New for you",
        "fallback": ["newest"],
        "diversity": 0.2,
    },
    "price-dropped": {"recommender": "price-dropped", "title": "Now for less"},
    "replenish": {"recommender": "replenish", "title": "Time for more?", "familiarity": "known"},
    "next-basket": {
        "recommender": "next-basket",
        "title": "For your next order",
        "familiarity": "known",
        "fallback": ["for-you", *_CROWD],
    },
    "goes-with-order": {
        "recommender": "goes-with-order",
        "title": "Goes with your order",
        "fallback": ["bought-together"],
    },
    "buy-the-look": {"recommender": "complete-the-look", "title": "Buy the look", "diversity": 0.95},
    "category-top": {
        "recommender": "most-viewed",
        "title": "Popular here",
        "category": "page",
        "fallback": ["category-newest"],
    },
    "category-newest": {"recommender": "newest", "title": "New here", "category": "page"},
}

STARTER_PLACEMENTS: dict[str, dict[str, Any]] = {
    "home.navigation": {"page": "home", "kind": "navigation", "order": 1},
    "home.hero": {"page": "home", "kind": "content", "order": 5},
    "home.for-you": {"page": "home", "unit": "for-you", "limit": 8, "order": 10},
    # Before the crowd's lists, which would else take what she looked at, and leave nothing for it.
    "home.recently-viewed": {"page": "home", "unit": "recently-viewed", "limit": 8, "order": 15},
    "home.bestsellers": {"page": "home", "unit": "bestsellers", "limit": 8, "order": 20},
    "home.trending": {"page": "home", "unit": "trending", "limit": 8, "order": 30},
    "category.navigation": {"page": "category", "kind": "navigation", "order": 1},
    "category.top": {"page": "category", "unit": "category-top", "limit": 6, "order": 10},
    "product.complete-the-look": {"page": "product", "unit": "complete-the-look", "limit": 4, "order": 10},
    "product.recommendations": {"page": "product", "unit": "viewed-together", "limit": 8, "order": 20},
    "product.similar": {"page": "product", "unit": "similar", "limit": 8, "order": 30},
    "cart.recommendations": {"page": "cart", "unit": "cart-companions", "limit": 4, "order": 10},
    "order.recommendations": {"page": "order", "unit": "bought-together", "limit": 4, "order": 10},
    "popup": {"page": "other", "kind": "popup", "order": 900},
    "search.recommendations": {"page": "search", "unit": "for-you", "limit": 8, "order": 10},
}
