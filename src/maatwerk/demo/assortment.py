"""What the demo shop sells: its categories, what goes with what, and what cloth and tier do to a price."""

from __future__ import annotations

# path -> (title, how many products)
CATEGORIES: dict[str, tuple[str, int]] = {
    "women": ("Women", 0),
    "women/dresses": ("Dresses", 120),
    "women/tops": ("Tops", 75),
    "women/knitwear": ("Knitwear", 60),
    "women/trousers": ("Trousers", 55),
    "women/skirts": ("Skirts", 40),
    "women/coats": ("Coats & jackets", 45),
    "women/shoes": ("Shoes", 72),
    "women/bags": ("Bags", 46),
    "women/accessories": ("Accessories", 46),
    "men": ("Men", 0),
    "men/shirts": ("Shirts", 55),
    "men/knitwear": ("Knitwear", 40),
    "men/trousers": ("Trousers", 40),
    "men/jackets": ("Jackets & coats", 36),
    "men/shoes": ("Shoes", 42),
    "men/bags": ("Bags", 20),
    "men/accessories": ("Accessories", 26),
    "home": ("Home", 0),
    "home/lamps": ("Lamps", 40),
    "home/cushions": ("Cushions", 42),
    "home/throws": ("Throws", 28),
    "home/vases": ("Vases", 34),
    "home/tableware": ("Tableware", 38),
}

LEAF_CATEGORIES: tuple[str, ...] = tuple(path for path in CATEGORIES if "/" in path)

# Category-level compatibility for completing a look. It never crosses the gender line.
GOES_WITH: dict[str, list[str]] = {
    "women/dresses": ["women/shoes", "women/bags", "women/accessories", "women/coats"],
    "women/tops": ["women/trousers", "women/skirts", "women/accessories", "women/shoes"],
    "women/knitwear": ["women/trousers", "women/skirts", "women/accessories", "women/shoes"],
    "women/trousers": ["women/tops", "women/shoes", "women/knitwear", "women/accessories"],
    "women/skirts": ["women/tops", "women/shoes", "women/knitwear", "women/bags"],
    "women/coats": ["women/accessories", "women/shoes", "women/bags", "women/knitwear"],
    "women/shoes": ["women/bags", "women/accessories", "women/dresses"],
    "women/bags": ["women/shoes", "women/accessories", "women/dresses"],
    "women/accessories": ["women/bags", "women/coats", "women/shoes"],
    "men/shirts": ["men/trousers", "men/shoes", "men/accessories", "men/jackets"],
    "men/knitwear": ["men/trousers", "men/shoes", "men/accessories"],
    "men/trousers": ["men/shirts", "men/shoes", "men/knitwear", "men/accessories"],
    "men/jackets": ["men/shirts", "men/knitwear", "men/shoes", "men/accessories"],
    "men/shoes": ["men/trousers", "men/accessories", "men/bags"],
    "men/bags": ["men/accessories", "men/shoes", "men/jackets"],
    "men/accessories": ["men/bags", "men/jackets", "men/shoes"],
    "home/lamps": ["home/vases", "home/cushions"],
    "home/cushions": ["home/throws", "home/lamps"],
    "home/throws": ["home/cushions", "home/vases"],
    "home/vases": ["home/tableware", "home/lamps"],
    "home/tableware": ["home/vases"],
}

# Relative to the kind's base price.
MATERIAL_FACTORS: dict[str, float] = {
    "silk": 1.5, "cashmere": 1.9, "alpaca": 1.25, "merino": 1.1, "leather": 1.15, "suede": 1.1,
    "velvet": 1.15,
    "travertine": 1.5, "brass": 1.25, "oak": 1.1, "viscose": 0.85, "cotton": 0.9, "canvas": 0.75,
    "nylon": 0.8,
    "paper": 0.6, "straw": 0.85, "mohair": 1.3,
}  # fmt: skip
TIER_FACTORS: dict[int, float] = {1: 0.62, 2: 1.0, 3: 1.55, 4: 2.4}
