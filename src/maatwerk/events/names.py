"""The canonical names, their typed bodies, and the names other dialects use for them.

Free text is matched without regard to case, spaces, hyphens and underscores, so that
``product viewed``, ``Viewed Product`` and Adobe's ``productPageView`` are one event.
"""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.events import audiences, browsing, cart, catalog, identity, messages, orders, rules
from maatwerk.events.event import Event

BODIES: dict[str, type[msgspec.Struct]] = {
    "Page Viewed": browsing.PageViewed,
    "Screen Viewed": browsing.PageViewed,
    "Product List Viewed": browsing.ListViewed,
    "Product List Filtered": browsing.ListViewed,
    "Product Clicked": browsing.ProductSeen,
    "Product Viewed": browsing.ProductSeen,
    "Products Searched": browsing.Searched,
    "Search Results Received": browsing.SearchAnswered,
    "Promotion Viewed": browsing.PromotionSeen,
    "Promotion Clicked": browsing.PromotionSeen,
    "Product Added": browsing.ProductSeen,
    "Product Removed": browsing.ProductSeen,
    "Cart Opened": cart.CartSeen,
    "Cart Viewed": cart.CartSeen,
    "Checkout Started": cart.CheckoutStarted,
    "List Created": cart.ListTouched,
    "List Deleted": cart.ListTouched,
    "Product Added to List": cart.ListTouched,
    "Product Removed from List": cart.ListTouched,
    "Order Completed": orders.OrderCompleted,
    "Order Cancelled": orders.OrderReversed,
    "Order Refunded": orders.OrderReversed,
    "Identified": identity.Identified,
    "Grouped": identity.Identified,
    "Aliased": identity.Aliased,
    "Signed In": identity.Identified,
    "Signed Up": identity.Identified,
    "Signed Out": identity.SignedOut,
    "Account Updated": identity.Identified,
    "Consent Changed": identity.ConsentChanged,
    "Objection Changed": identity.ObjectionChanged,
    "Back In Stock Requested": identity.Wished,
    "Price Alert Requested": identity.Wished,
    "Product Published": catalog.ProductPublished,
    "Product Changed": catalog.ProductChanged,
    "Product Deleted": catalog.ProductDeleted,
    "Rule Published": rules.RulePublished,
    "Rule Withdrawn": rules.RuleWithdrawn,
    "Message Queued": messages.MessageQueued,
    "Message Sent": messages.MessageSettled,
    "Message Suppressed": messages.MessageSettled,
    "Unsubscribed": messages.Unsubscribed,
    "Audience Listed": audiences.AudienceListed,
    "Audience Entered": audiences.AudienceChanged,
    "Audience Exited": audiences.AudienceChanged,
}

CATALOG_NAMES = frozenset({"Product Published", "Product Changed", "Product Deleted"})
RULE_NAMES = frozenset({"Rule Published", "Rule Withdrawn"})

AUDIENCE_NAMES = frozenset({"Audience Listed", "Audience Entered", "Audience Exited"})
_MESSAGE_NAMES = {"Message Queued", "Message Sent", "Message Suppressed"}

INTERNAL_NAMES = CATALOG_NAMES | RULE_NAMES | AUDIENCE_NAMES | _MESSAGE_NAMES
"""Only Maatwerk itself writes these; a collected message of such a name is kept as a custom event."""

ADOBE_NAMES: dict[str, str] = {
    "pageView": "Page Viewed",
    "productPageView": "Product Viewed",
    "searchRequestSent": "Products Searched",
    "searchResponseReceived": "Search Results Received",
    "addToCart": "Product Added",
    "removeFromCart": "Product Removed",
    "openCart": "Cart Opened",
    "shoppingCartView": "Cart Viewed",
    "startCheckout": "Checkout Started",
    "completeCheckout": "Order Completed",
    "signIn": "Signed In",
    "signOut": "Signed Out",
    "createAccount": "Signed Up",
    "editAccount": "Account Updated",
    "createRequisitionList": "List Created",
    "addToRequisitionList": "Product Added to List",
    "removeFromRequisitionList": "Product Removed from List",
    "deleteRequisitionList": "List Deleted",
}

_ALIASES: dict[str, str] = {
    # the e-commerce spec's first version, and what shops really write
    "Viewed Product Category": "Product List Viewed",
    "Viewed Product List": "Product List Viewed",
    "Viewed Product": "Product Viewed",
    "Clicked Product": "Product Clicked",
    "Added Product": "Product Added",
    "Add to Cart": "Product Added",
    "Removed Product": "Product Removed",
    "Remove from Cart": "Product Removed",
    "Viewed Cart": "Cart Viewed",
    "Started Checkout": "Checkout Started",
    "Completed Order": "Order Completed",
    "Cancelled Order": "Order Cancelled",
    "Order Canceled": "Order Cancelled",
    "Refunded Order": "Order Refunded",
    "Searched Products": "Products Searched",
    "Site Searched": "Products Searched",
    "Viewed Promotion": "Promotion Viewed",
    "Clicked Promotion": "Promotion Clicked",
    "Product Added to Wishlist": "Product Added to List",
    "Product Removed from Wishlist": "Product Removed from List",
    "Login": "Signed In",
    "Logout": "Signed Out",
    "Account Created": "Signed Up",
    "Search Results Viewed": "Search Results Received",
}

_KIND_NAMES = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Identified",
    "group": "Grouped",
    "alias": "Aliased",
}


def canonical_name(kind: str, name: str) -> str:
    """The canonical name of a message: by its kind, or for ``track`` by what its sender calls it.

    A name nobody knows is kept as it is: it is a custom event.
    """
    if kind != "track":
        return _KIND_NAMES[kind]
    known = _KNOWN.get(name)
    if known is None:
        known = _KNOWN.get(_fold(name), name)
    return known


def body(event: Event) -> Any:
    """The event's properties as the record its name promises, or None for a custom event.

    Raises `msgspec.ValidationError` for a stored event only if it never went through validation.
    """
    decoder = _DECODERS.get(event.name)
    return None if decoder is None else decoder.decode(event.properties)


def properties(event: Event) -> dict[str, Any]:
    """All properties as they came."""
    decoded: dict[str, Any] = _ANY.decode(event.properties)
    return decoded


def traits(event: Event) -> dict[str, Any]:
    """All traits as they came."""
    decoded: dict[str, Any] = _ANY.decode(event.traits)
    return decoded


def with_body(name: str, record: msgspec.Struct | dict[str, Any], **fields: Any) -> Event:
    """An event of ours from a typed record; ``fields`` are those of `Event` (``id``, ``time``, …)."""
    return Event(name=name, properties=msgspec.Raw(_ENCODER.encode(record)), **fields)


def _fold(name: str) -> str:
    return "".join(c for c in name.lower() if c not in " -_")


_KNOWN: dict[str, str] = {}
for _canonical in BODIES:
    if _canonical not in INTERNAL_NAMES:
        _KNOWN[_canonical] = _KNOWN[_fold(_canonical)] = _canonical
for _other, _canonical in (ADOBE_NAMES | _ALIASES).items():
    _KNOWN[_other] = _KNOWN[_fold(_other)] = _canonical

_DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in BODIES.items()}
_ANY = msgspec.json.Decoder(dict[str, Any])
_ENCODER = msgspec.json.Encoder()
