"""Plain words for what the log says: what a shopper did, why something was left out, what mends a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from maatwerk.events.event import Event
from maatwerk.views.catalog.columns import Catalog

_ACTS: dict[str, tuple[str, str]] = {
    "Page Viewed": ("page", "Opened a page"),
    "Screen Viewed": ("page", "Opened a screen"),
    "Product List Viewed": ("placements", "Saw a list"),
    "Product List Filtered": ("placements", "Filtered a list"),
    "Product Viewed": ("eye", "Looked at"),
    "Product Clicked": ("click", "Clicked"),
    "Products Searched": ("search", "Searched for"),
    "Search Results Received": ("search", "Got results for"),
    "Promotion Viewed": ("eye", "Saw a banner"),
    "Promotion Clicked": ("click", "Clicked a banner"),
    "Promotion Dismissed": ("click", "Closed"),
    "Product Added": ("cart", "Put in the cart"),
    "Product Removed": ("cart", "Took out of the cart"),
    "Cart Opened": ("cart", "Opened the cart"),
    "Cart Viewed": ("cart", "Looked into the cart"),
    "Checkout Started": ("order", "Began to check out"),
    "Order Completed": ("order", "Ordered"),
    "Order Cancelled": ("order", "Cancelled an order"),
    "Order Refunded": ("order", "Was refunded"),
    "Identified": ("sign", "Said who she is"),
    "Signed In": ("sign", "Signed in"),
    "Signed Up": ("sign", "Made an account"),
    "Signed Out": ("sign", "Signed out"),
    "Profiles Merged": ("sign", "Proved to be one with another profile"),
    "Profile Unmerged": ("sign", "Was un-merged"),
    "Account Updated": ("sign", "Changed the account"),
    "Consent Changed": ("shield", "Changed consent"),
    "Back In Stock Requested": ("mail", "Wants to know when it is back"),
    "Price Alert Requested": ("mail", "Wants to know when it is cheaper"),
    "Product Added to List": ("catalog", "Put on a list"),
    "Product Removed from List": ("catalog", "Took off a list"),
    "Unsubscribed": ("mail", "Unsubscribed"),
    "Message Queued": ("mail", "A message is to go out"),
    "Message Sent": ("mail", "A message went out"),
    "Message Suppressed": ("mail", "A message was held back"),
    "Product Published": ("catalog", "The catalog has"),
    "Product Changed": ("catalog", "The catalog changed"),
    "Product Deleted": ("catalog", "The catalog dropped"),
    "Rule Published": ("placements", "A rule was published"),
    "Rule Withdrawn": ("placements", "A rule was withdrawn"),
}

_REMOVED = {
    "not_published": "not published",
    "out_of_stock": "sold out",
    "on_page_already": "on the page already",
    "in_cart": "in the cart",
    "bought_already": "bought already",
    "price_band": "outside the price band",
    "too_little_evidence": "too little evidence",
    "not_shown_for_room": "no room",
}

_REMEDIES = {
    "price_not_a_number": "Send prices as a number or a decimal string, as in 59.00, without a currency.",
    "price_too_precise": "Round prices to the decimals of the currency.",
    "time_not_readable": "Send times as RFC 3339, as in 2026-11-22T12:00:00.000Z.",
    "json_not_readable": "The message is no JSON: check what its sender writes.",
    "wrong_type": "Send the field in the type that the documentation names.",
    "event_missing": "A track message names its event.",
    "type_not_known": "The type is track, identify, page, screen, group or alias.",
    "id_too_long": "Identifiers have at most 255 characters.",
    "name_too_long": "An event's name has at most 255 characters.",
    "too_deep": "Nest at most 12 levels.",
    "event_too_large": "An event has at most 32 KB: leave out what nobody reads.",
}

_FALLBACKS = {
    "nothing_eligible": "nothing that may be shown",
    "unit_not_in_force": "its unit is not in force",
}

UNCHOSEN = "Another product stood higher."


class Act(msgspec.Struct, frozen=True):
    """An event in words: an icon, what was done, and to what."""

    icon: str
    text: str
    object: str = ""
    sku: str = ""
    image: str = ""
    amount: str = ""


_PAGES_SEEN = ("Page Viewed", "Screen Viewed")


def act(event: Event, catalog: Catalog) -> Act:
    """What happened, in words, with the product's name and picture where the catalog has it."""
    drawn, text = _ACTS.get(event.name, ("dot", event.said or event.name))
    said = _properties(event)
    sku = _text(said, "sku") or _text(said, "product_id")
    if event.name in ("Rule Published", "Rule Withdrawn"):
        return Act(drawn, text, f"{_text(said, 'kind')} {_text(said, 'key')}")
    name, image = product_line(catalog, sku)
    if event.name == "Order Completed":
        lines = said.get("products")
        pieces = len(lines) if isinstance(lines, list) else 0
        amount = _text(said, "total") or _text(said, "revenue") or _text(said, "value")
        money = f"{amount} {_text(said, 'currency') or event.context.currency}".strip() if amount else ""
        return Act(
            drawn, text, f"{pieces} product{'' if pieces == 1 else 's'}" if pieces else "", amount=money
        )
    what = (
        name
        or _text(said, "name")
        or sku
        or _text(said, "query")
        or _text(said, "category")
        or _text(said, "promotion_id")
        or _text(said, "list_id")
    )
    if not what and event.name in _PAGES_SEEN:  # of any other event the page's title says nothing
        what = event.context.title or event.context.path
    return Act(drawn, text, what[:160], sku, image)


def product_line(catalog: Catalog, sku: str) -> tuple[str, str]:
    """Name and picture of a product; empty where the catalog has none."""
    product = catalog.find(sku) if sku else None
    if product is None:
        return "", ""
    if not product.images and product.parent:
        parent = catalog.find(product.parent)
        return product.name, parent.images[0] if parent and parent.images else ""
    return product.name, product.images[0] if product.images else ""


def removed(rule: str) -> str:
    """Why a candidate is not shown."""
    if rule.startswith("outside_category:"):
        category = rule.partition(":")[2]
        return "outside the page's category" if category == "page" else f"outside {category}"
    if rule.startswith("include: "):
        return f"does not meet “{rule[9:]}”"
    if rule.startswith("exclude: "):
        return f"excluded by “{rule[9:]}”"
    return _REMOVED.get(rule, rule.replace("_", " "))


def fallback(value: str | None) -> str:
    """Who had to help out, in words; empty where nobody had to."""
    if not value:
        return ""
    if value in _FALLBACKS:
        return _FALLBACKS[value]
    if value.startswith("deadline:"):
        return f"out of time: {unit(value.partition(':')[2])} instead"
    return f"{unit(value)} helped out"


def unit(key: str) -> str:
    """A key as a title."""
    text = key.replace("-", " ").replace("_", " ").replace(".", " · ")
    return text[:1].upper() + text[1:]


def remedy(code: str) -> str:
    """How a refused message can be mended."""
    return _REMEDIES.get(code, "Mend the field at its sender, then try the message again.")


def facet(key: str) -> str:
    """A facet's name."""
    return {"category": "Categories", "brand": "Brands", "color": "Colors", "gender": "Lines"}.get(
        key, unit(key)
    )


def shopper(anonymous_id: str, user_id: str = "") -> str:
    """A short name for somebody."""
    name = user_id or anonymous_id
    if not name:
        return "nobody named"
    return name if len(name) <= 18 else f"{name[:8]}…{name[-6:]}"


def _properties(event: Event) -> Mapping[str, Any]:
    try:
        said = msgspec.json.decode(event.properties)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: Mapping[str, Any], field: str) -> str:
    value = said.get(field)
    return str(value)[:200] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
