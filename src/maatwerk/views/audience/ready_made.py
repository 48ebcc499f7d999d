"""Ready-made audiences: documents like any other, to be taken over as they are or changed."""

from __future__ import annotations

from typing import Any

_ORDERS = 'event("Order Completed")'


def _in(group: str, name: str, when: str, description: str) -> dict[str, Any]:
    return {"name": name, "group": group, "description": description, "when": when}


def _rfm(recency: str, frequency: str) -> str:
    return f"orders.count >= 1 && {recency} && {frequency}"


_LIFECYCLE = {
    "first-visit": _in(
        "Lifecycle",
        "First visit",
        "visits.count == 1 && has(visit.started_at)",
        "Here for the first time.",
    ),
    "returning": _in(
        "Lifecycle",
        "Returning visitors",
        "visits.count >= 2 && orders.count == 0",
        "Came back, bought nothing.",
    ),
    "prospects": _in(
        "Lifecycle",
        "Prospects",
        'orders.count == 0 && event("Product Viewed").within(days(30)).count() >= 3',
        "Never bought, and looked at three products or more within a month.",
    ),
    "first-time-buyers": _in("Lifecycle", "First-time buyers", "orders.count == 1", "Bought once."),
    "repeat-buyers": _in("Lifecycle", "Repeat buyers", "orders.count >= 2", "Bought twice or more."),
    "loyal": _in(
        "Lifecycle",
        "Loyal",
        f"{_ORDERS}.within(days(365)).count() >= 4 && now - orders.last_at <= days(120)",
        "Four orders within a year, the last within four months.",
    ),
    "at-risk": _in(
        "Lifecycle",
        "At risk",
        "orders.count >= 2 && now - orders.last_at > days(120) && now - orders.last_at <= days(365)",
        "Bought twice or more, and nothing for four months to a year.",
    ),
    "lost": _in(
        "Lifecycle",
        "Lost",
        "orders.count >= 1 && now - orders.last_at > days(365)",
        "Nothing for a year.",
    ),
}
_RECENT = {
    "recent": ("now - orders.last_at <= days(60)", "within two months"),
    "cooling": (
        "now - orders.last_at > days(60) && now - orders.last_at <= days(180)",
        "two to six months ago",
    ),
    "cold": ("now - orders.last_at > days(180)", "more than six months ago"),
}
_OFTEN = {
    "once": ("orders.count == 1", "one order"),
    "some": ("orders.count >= 2 && orders.count <= 3", "two or three orders"),
    "often": ("orders.count >= 4", "four orders or more"),
}
_RFM = {
    f"rfm-{recency}-{frequency}": _in(
        "Recency and frequency",
        f"{recency.title()}, {frequency}",
        _rfm(when, often),
        f"{words}, last {last}.",
    )
    for recency, (when, last) in _RECENT.items()
    for frequency, (often, words) in _OFTEN.items()
}
_VALUE = {
    "high-value": _in(
        "Value", "High value", "orders.revenue >= 500.0", "Spent 500 or more, in the shop's own currency."
    ),
    "big-baskets": _in(
        "Value", "Big baskets", "orders.count >= 2 && orders.average >= 150.0", "150 or more an order."
    ),
    "discount-sensitive": _in(
        "Value",
        "Discount-sensitive",
        f"{_ORDERS}.where(o, has(o.coupon)).count() >= 2"
        f" && orders.count <= 2 * {_ORDERS}.where(o, has(o.coupon)).count()",
        "Used a coupon twice or more, for at least half of the orders.",
    ),
}
_LEFT = (
    'event("Product Added").within(days(7)).notFollowedBy(event("Order Completed"), hours(1)).count() >= 1'
)
_ABANDON = {
    "cart-abandoners": _in(
        "Abandonment",
        "Cart abandoners",
        f"cart.size >= 1 && {_LEFT}",
        "Something is in the cart, put there within a week, and no order came within an hour.",
    ),
    "browse-abandoners": _in(
        "Abandonment",
        "Browse abandoners",
        'cart.size == 0 && item("Product Viewed").within(days(7))'
        '.notFollowedBy(item("Product Added"), hours(1)).distinct(e, e.sku) >= 2'
        ' && event("Order Completed").within(days(7)).count() == 0',
        "Looked at two products or more within a week and put neither into the cart.",
    ),
    "likely-cart-abandoners": _in(
        "Abandonment",
        "Likely to buy, cart left",
        'audiences["cart-abandoners"] && predicted.propensity >= 0.3',
        "Cart abandoners who will probably buy within 30 days.",
    ),
    "likely-browse-abandoners": _in(
        "Abandonment",
        "Likely to buy, browsed only",
        'audiences["browse-abandoners"] && predicted.propensity >= 0.3',
        "Browse abandoners who will probably buy within 30 days.",
    ),
}
_THIS_VISIT = ".since(visit.started_at)"
_STAGE = {
    "stage-exploring": _in(
        "Buying process",
        "Exploring",
        'has(visit.started_at) && !audiences["stage-comparing"] && !audiences["stage-about-to-buy"]',
        "In this visit: looking around.",
    ),
    "stage-comparing": _in(
        "Buying process",
        "Comparing",
        f'!audiences["stage-about-to-buy"] && (event("Product Viewed"){_THIS_VISIT}.count() >= 3'
        f' || event("Product Viewed"){_THIS_VISIT}.count() > event("Product Viewed"){_THIS_VISIT}'
        ".distinct(e, e.sku))",
        "In this visit: three products or more, or one of them twice.",
    ),
    "stage-about-to-buy": _in(
        "Buying process",
        "About to buy",
        f'event("Checkout Started"){_THIS_VISIT}.count() >= 1 || (cart.size >= 1 &&'
        f' event("Product Added"){_THIS_VISIT}.count() >= 1)',
        "In this visit: something went into the cart, or the checkout began.",
    ),
}
_CONTEXT = {
    "on-mobile": _in("Device, country, channel", "On a phone", 'device == "mobile"', "Last seen on a phone."),
    "on-desktop": _in(
        "Device, country, channel", "On a desktop", 'device == "desktop"', "Last seen on a desktop."
    ),
    "in-netherlands": _in(
        "Device, country, channel",
        "In the Netherlands",
        'country == "NL"',
        "Last seen there.",
    ),
    "from-email": _in(
        "Device, country, channel",
        "Came by e-mail",
        'visit.medium == "email"',
        "This visit began there.",
    ),
    "from-ads": _in(
        "Device, country, channel",
        "Came by an advertisement",
        'visit.medium in ["cpc", "ppc", "paid", "paidsocial", "display"]',
        "This visit began with an advertisement.",
    ),
}
_LOVERS = {
    "category-lovers-women": _in(
        "Taste",
        "Lovers of women's",
        'affinity.category["women"] >= 0.4 && item("Product Viewed")'
        '.where(e, "women" in e.product.categories).within(days(60)).count() >= 5',
        "Two fifths of the interest goes to the category, on five views or more; one for each category.",
    ),
    "brand-lovers": _in(
        "Taste",
        "Lovers of one brand",
        "affinity.brand.exists(b, affinity.brand[b] >= 0.5)",
        "Half of the interest goes to one brand.",
    ),
}

READY_MADE: dict[str, dict[str, Any]] = _LIFECYCLE | _RFM | _VALUE | _ABANDON | _STAGE | _CONTEXT | _LOVERS
"""By key."""
