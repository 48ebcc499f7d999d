"""The canonical names, their typed bodies, and the names other dialects use for them.

Free text is matched without regard to case, spaces, hyphens and underscores, so that
``product viewed``, ``Viewed Product`` and Adobe's ``productPageView`` are one event.
"""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.events import (
    audiences,
    browsing,
    cart,
    catalog,
    engagement,
    experiments,
    identity,
    journeys,
    messages,
    orders,
    rules,
)
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
    "Promotion Dismissed": browsing.PromotionSeen,
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
    "Order Invoiced": orders.OrderMoved,
    "Order Shipped": orders.OrderMoved,
    "Shipment Completed": orders.OrderMoved,
    "Return Initiated": orders.OrderReturned,
    "Return Completed": orders.OrderReturned,
    "Identified": identity.Identified,
    "Grouped": identity.Identified,
    "Aliased": identity.Aliased,
    "Signed In": identity.Identified,
    "Signed Up": identity.Identified,
    "Signed Out": identity.SignedOut,
    "Account Updated": identity.Identified,
    "Account Deleted": identity.Identified,
    "Profiles Merged": identity.Merged,
    "Profile Unmerged": identity.Unmerged,
    "Consent Changed": identity.ConsentChanged,
    "Objection Changed": identity.ObjectionChanged,
    "Person Erased": identity.PersonErased,
    "Back In Stock Requested": identity.Wished,
    "Price Alert Requested": identity.Wished,
    "Store Visited": engagement.StoreVisited,
    "Email Delivered": engagement.MailTouched,
    "Email Opened": engagement.MailTouched,
    "Email Link Clicked": engagement.MailTouched,
    "Email Bounced": engagement.MailTouched,
    "Email Marked as Spam": engagement.MailTouched,
    "Product Reviewed": engagement.Reviewed,
    "Product Shared": engagement.Interacted,
    "Social Interaction": engagement.Interacted,
    "Preferences Given": engagement.Preferred,
    "Product Disliked": engagement.Judged,
    "Gift Marked": engagement.Judged,
    "Taste Paused": engagement.TasteTurned,
    "Taste Resumed": engagement.TasteTurned,
    "Experiment Viewed": experiments.ExperimentViewed,
    "Product Published": catalog.ProductPublished,
    "Product Changed": catalog.ProductChanged,
    "Product Deleted": catalog.ProductDeleted,
    "Rule Published": rules.RulePublished,
    "Rule Withdrawn": rules.RuleWithdrawn,
    "Message Queued": messages.MessageQueued,
    "Message Sent": messages.MessageSettled,
    "Message Suppressed": messages.MessageSettled,
    "Message Delivered": messages.MessageTouched,
    "Message Clicked": messages.MessageTouched,
    "Message Bounced": messages.MessageTouched,
    "Message Complained": messages.MessageTouched,
    "Unsubscribed": messages.Unsubscribed,
    "Journey Entered": journeys.JourneyEntered,
    "Journey Moved": journeys.JourneyMoved,
    "Journey Swept": journeys.JourneySwept,
    "Audience Listed": audiences.AudienceListed,
    "Audience Entered": audiences.AudienceChanged,
    "Audience Exited": audiences.AudienceChanged,
}

CATALOG_NAMES = frozenset({"Product Published", "Product Changed", "Product Deleted"})
RULE_NAMES = frozenset({"Rule Published", "Rule Withdrawn"})

AUDIENCE_NAMES = frozenset({"Audience Listed", "Audience Entered", "Audience Exited"})
IDENTITY_NAMES = frozenset({"Profiles Merged", "Profile Unmerged", "Person Erased"})
TOUCHED_NAMES = frozenset({"Message Delivered", "Message Clicked", "Message Bounced", "Message Complained"})
_MESSAGE_NAMES = {"Message Queued", "Message Sent", "Message Suppressed"} | TOUCHED_NAMES
JOURNEY_NAMES = frozenset({"Journey Entered", "Journey Moved", "Journey Swept"})

INTERNAL_NAMES = CATALOG_NAMES | RULE_NAMES | AUDIENCE_NAMES | JOURNEY_NAMES | _MESSAGE_NAMES | IDENTITY_NAMES
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

BACK_OFFICE_NAMES: dict[str, str] = {
    "orderPlaced": "Order Completed",
    "orderInvoiced": "Order Invoiced",
    "orderItemsShipped": "Order Shipped",
    "orderShipmentCompleted": "Shipment Completed",
    "orderCancelled": "Order Cancelled",
    "orderLineItemRefunded": "Order Refunded",
    "creditMemoIssued": "Order Refunded",
    "orderItemsReturnInitiated": "Return Initiated",
    "orderItemReturnCompleted": "Return Completed",
    "orderItemsReturnCompleted": "Return Completed",
    "accountCreated": "Signed Up",
    "accountUpdated": "Account Updated",
    "accountDeleted": "Account Deleted",
}
"""Adobe Commerce's server-side events, by their own names; see `is_back_office` for their XDM types."""

_XDM_TYPES: dict[str, str] = {
    f"commerce.backoffice{name[0].upper()}{name[1:]}": canonical
    for name, canonical in BACK_OFFICE_NAMES.items()
    if name.startswith(("order", "credit"))
} | {f"userAccount.backoffice{verb}Profile": f"account{verb}d" for verb in ("Create", "Update", "Delete")}
_XDM_TYPES = {xdm: BACK_OFFICE_NAMES.get(name, name) for xdm, name in _XDM_TYPES.items()}

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
    "Segment Consent Preference Updated": "Consent Changed",
    "Consent Preferences Updated": "Consent Changed",
    "Order Fulfilled": "Order Shipped",
    "Order Returned": "Return Completed",
    "Return Requested": "Return Initiated",
    "Email Clicked": "Email Link Clicked",
    "Visited Store": "Store Visited",
    "Not For Me": "Product Disliked",
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


def is_back_office(said: str) -> bool:
    """Whether Adobe's back office calls an event so, by its short name or its XDM type."""
    return bool(said) and (said in BACK_OFFICE_NAMES or said in _XDM_TYPES or _fold(said) in _BACK_OFFICE)


def _fold(name: str) -> str:
    return "".join(c for c in name.lower() if c not in " -_")


_KNOWN: dict[str, str] = {}
for _canonical in BODIES:
    if _canonical not in INTERNAL_NAMES:
        _KNOWN[_canonical] = _KNOWN[_fold(_canonical)] = _canonical
for _other, _canonical in (ADOBE_NAMES | BACK_OFFICE_NAMES | _XDM_TYPES | _ALIASES).items():
    _KNOWN[_other] = _KNOWN[_fold(_other)] = _canonical

_BACK_OFFICE = frozenset(_fold(name) for name in (*BACK_OFFICE_NAMES, *_XDM_TYPES)) - frozenset(
    map(_fold, BODIES)
)  # what is ours by name too (``Order Cancelled``) says nothing of who sent it

_DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in BODIES.items()}
_ANY = msgspec.json.Decoder(dict[str, Any])
_ENCODER = msgspec.json.Encoder()
