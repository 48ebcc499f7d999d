"""What the simulated shop says beside its products: stories that take turns, and a greeting."""

from __future__ import annotations

from typing import Any

_PICTURE = {"width": 1600, "height": 720}

CONTENT: dict[tuple[str, str], dict[str, Any] | None] = {
    ("audience", "dresses-first"): {
        "name": "Dresses first",
        "group": "Content",
        "description": "Looks at dresses more than at anything else of late.",
        "when": 'item("Product Viewed").where(e, "women/dresses" in e.product.categories)'
        ".within(days(30)).count() >= 3",
    },
    ("placement", "home.greeting"): {"page": "home", "kind": "content", "order": 6},
    ("placement", "home.story"): {"page": "home", "kind": "content", "order": 40, "rotation": "series"},
    ("layout", "home-of-her-own"): {
        "name": "A home of her own",
        "page": "home",
        "familiarity": "new",
        "placements": [
            *("home.navigation", "home.hero", "home.greeting", "home.for-you", "home.recently-viewed"),
            *("home.story", "home.trending", "home.bestsellers"),
        ],
    },
    ("navigation", "by-interest"): {"by": "interest", "order": ["women", "men", "home"]},
    ("block", "greeting"): {
        "name": "A greeting",
        "placements": ["home.greeting"],
        "variant": [
            {
                "key": "customer",
                "familiarity": "known",
                "title": "{{greeting}}",
                "text": "<p>Your next order goes out today when it is in before nine.</p>",
            },
            {
                "key": "member",
                "familiarity": "new",
                "title": "{{greeting}}",
                "text": "<p>Good to have you.</p>",
            },
        ],
    },
    ("block", "story-dresses"): {
        "name": "A dress keeps its shape",
        "placements": ["home.story"],
        "audience": "dresses-first",
        "priority": 200,
        "variant": [
            {
                "title": "A dress that keeps its shape",
                "text": "<p>Cut on the grain, sewn twice, washed once before it comes to us. "
                "<em>You look at dresses</em>: these are the ones we would keep.</p>",
                "image": {"url": "/shop/heroes/women.svg"} | _PICTURE,
                "link": {"url": "/shop/c/women/dresses", "label": "See the dresses"},
            }
        ],
    },
    ("block", "story-lamps"): {
        "name": "Evenings at home",
        "placements": ["home.story"],
        "variant": [
            {
                "title": "One lamp, a kinder room",
                "text": "<p>Put the light low, and let the corners be dark. A lamp at eye height "
                "makes a room half as large and twice as warm.</p>",
                "image": {"url": "/shop/heroes/home.svg"} | _PICTURE,
                "link": {"url": "/shop/c/home", "label": "For the house"},
            }
        ],
    },
    ("block", "story-cloth"): {
        "name": "Good cloth",
        "placements": ["home.story"],
        "variant": [
            {
                "title": "Good cloth is quiet",
                "text": "<p>It does not shine and it does not shout. It falls well, it warms, and is still "
                "good in ten years.</p>",
                "image": {"url": "/shop/heroes/men.svg"} | _PICTURE,
                "link": {"url": "/shop/c/men", "label": "Shirts and knitwear"},
            }
        ],
    },
    ("popup", "free-delivery"): {
        "name": "Delivery is free from €75",
        "placements": ["popup"],
        "style": "bar",
        "trigger": {"on": "cart", "least": 0.01, "most": 74.99, "seconds": 1},
        "pages": ["product", "category", "cart"],
        "variant": [{"title": "Delivery is free from €75.", "text": "<p>Your bag is not there yet.</p>"}],
    },
    ("popup", "taste"): {
        "name": "Say what you like",
        "placements": ["popup"],
        "style": "corner",
        "trigger": {"on": "scroll", "percent": 40},
        "pages": ["home", "category"],
        "ribbon": "My taste",
        "variant": [
            {
                "title": "Is this your taste?",
                "text": "<p>See what we make of what you look at, and correct it.</p>",
                "link": {"url": "/shop/account#taste", "label": "My taste"},
            }
        ],
    },
    ("popup", "before-you-go"): {
        "name": "Before you go",
        "placements": ["popup"],
        "style": "dialog",
        "trigger": {"on": "exit"},
        "pages": ["cart"],
        "priority": 200,
        "variant": [
            {
                "title": "Your bag stays here",
                "text": "<p>Come back on this device within thirty days: all of it is still here.</p>",
                "link": {"url": "/shop/checkout", "label": "To the checkout"},
            }
        ],
    },
}
"""Rules by kind and key, published when the demo is made."""
