"""Hypothesis strategies for events: few shoppers, few products, few hours, so that things collide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from maatwerk.core.time import DAY, HOUR, MINUTE
from maatwerk.events.event import Campaign, Context, Event

START = 1_764_547_200_000
"""1 December 2025, 00:00 UTC: where the times of made events begin."""

ANONYMOUS = ("", "a-1", "a-2", "a-3")
USERS = ("", "", "u-1", "u-2")
SKUS = ("DR01-S-Red", "SH02", "BG03", "WT04")

_WITH_TRAITS = ("Identified", "Order Completed", "Signed In")
_skus = st.sampled_from(SKUS)
_prices = st.sampled_from([None, 12, 59.95, "59.00", "not a price", -5])
_currencies = st.sampled_from(["EUR", "USD", ""])
_quantities = st.sampled_from([None, 1, 2, "3", 0])
_queries = st.sampled_from(["dress", "red shoes", " Dress "])


@st.composite
def events(draw: st.DrawFn, names: Sequence[str] = ()) -> Event:
    """One event, of any name that shoppers' folds read, or of one of ``names``."""
    name = draw(st.sampled_from(sorted(names) if names else sorted(_PROPERTIES)))
    time = START + draw(_times)
    return Event(
        name=name,
        id=f"m-{draw(st.integers(0, 10**9))}",
        time=time,
        received=time + draw(st.sampled_from([0, 300, 2 * HOUR, 3 * DAY])),
        anonymous_id=draw(st.sampled_from(ANONYMOUS)),
        user_id=draw(st.sampled_from(USERS)),
        proven=draw(st.booleans()),
        context=draw(_contexts),
        properties=_json(draw(_PROPERTIES.get(name, st.just({})))),
        traits=_json(draw(_traits)) if name in _WITH_TRAITS else msgspec.Raw(b"{}"),
        flags=draw(st.sampled_from([(), (), (), ("late",), ("analytics_denied",), ("gpc",)])),
    )


def histories(names: Sequence[str] = (), max_size: int = 30) -> st.SearchStrategy[list[Event]]:
    """Some events, each with an id of its own, at offsets 1, 2, 3 …: what a log would read out."""
    return st.lists(events(names), max_size=max_size, unique_by=lambda event: event.id).map(_numbered)


def _numbered(drawn: list[Event]) -> list[Event]:
    return [msgspec.structs.replace(event, offset=offset) for offset, event in enumerate(drawn, 1)]


def _json(value: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode({k: v for k, v in value.items() if v is not None}))


_times = st.one_of(
    st.integers(0, 3).map(lambda n: n * 10 * MINUTE),
    st.integers(0, 4 * HOUR),
    st.integers(0, 40 * DAY),
)
_items = st.fixed_dictionaries({"sku": _skus, "price": _prices, "quantity": _quantities})
_product = st.fixed_dictionaries(
    {
        "sku": _skus,
        "price": _prices,
        "quantity": _quantities,
        "currency": _currencies,
        "cart_id": st.sampled_from([None, "c-1", "c-2"]),
        "query_id": st.sampled_from([None, "q-1"]),
    }
)
_cart = st.fixed_dictionaries(
    {
        "cart_id": st.sampled_from([None, "c-1"]),
        "currency": _currencies,
        "products": st.lists(_items, max_size=3),
    }
)
_order = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["o-1", "#o-1", "o-2", "o-3"]),
        "number": st.sampled_from([None, "o-3", "n-1"]),
        "refund_id": st.sampled_from([None, "rf-1"]),
        "total": _prices,
        "revenue": _prices,
        "currency": _currencies,
        "products": st.lists(_items, max_size=3),
    }
)
_returned = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["o-1", "o-2"]),
        "return_id": st.just("r-1"),
        "products": st.lists(
            st.fixed_dictionaries({"sku": _skus, "reason": st.sampled_from(["", "too small"])}), max_size=2
        ),
    }
)
_preferences = st.fixed_dictionaries(
    {
        "preferences": st.lists(
            st.fixed_dictionaries(
                {
                    "facet": st.sampled_from(["brand", "size"]),
                    "value": st.sampled_from(["A", "B"]),
                    "liking": st.sampled_from(["like", "dislike", "none"]),
                }
            ),
            max_size=3,
        )
    }
)
_judged = st.fixed_dictionaries({"sku": _skus, "undo": st.booleans()})
_wish = st.fixed_dictionaries({"sku": _skus, "below": st.sampled_from([None, 20, "19.95"])})
_list = st.fixed_dictionaries({"list_id": st.just("l-1"), "sku": _skus})
_consent = st.dictionaries(
    st.sampled_from(["analytics", "personalization", "email"]), st.booleans(), max_size=3
)
_objections = st.dictionaries(st.sampled_from(["profiling", "direct_marketing"]), st.booleans(), max_size=2)
_traits = st.fixed_dictionaries(
    {
        "email": st.sampled_from([None, "x@ex.test", " X@Ex.Test "]),
        "firstName": st.sampled_from([None, "Ada", "Bo"]),
        "age": st.one_of(st.none(), st.integers(18, 90)),
    }
)
_PROPERTIES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "Page Viewed": st.fixed_dictionaries({"url": st.just("https://shop.example/")}),
    "Product List Viewed": st.fixed_dictionaries({"category": st.just("women")}),
    "Product Viewed": _product,
    "Product Clicked": _product,
    "Products Searched": st.fixed_dictionaries(
        {"query": _queries, "query_id": st.sampled_from([None, "q-1"])}
    ),
    "Search Results Received": st.fixed_dictionaries(
        {"query": _queries, "query_id": st.sampled_from([None, "q-1"]), "results": st.integers(0, 50)}
    ),
    "Product Added": _product,
    "Product Removed": _product,
    "Cart Viewed": _cart,
    "Checkout Started": _cart,
    "Product Added to List": _list,
    "Product Removed from List": _list,
    "Order Completed": _order,
    "Order Cancelled": _order,
    "Order Refunded": _order,
    "Order Invoiced": _order,
    "Order Shipped": _order,
    "Shipment Completed": _order,
    "Return Initiated": _returned,
    "Return Completed": _returned,
    "Account Deleted": st.just({}),
    "Store Visited": st.fixed_dictionaries({"location": st.just("Delft")}),
    "Grouped": st.fixed_dictionaries({"groupId": st.sampled_from([None, "g-1"])}),
    "Preferences Given": _preferences,
    "Product Disliked": _judged,
    "Gift Marked": _judged,
    "Experiment Viewed": st.fixed_dictionaries(
        {
            "experiment_id": st.sampled_from([None, "e-1", "e-2", "e-3"]),
            "variation_id": st.sampled_from([None, "a", "b"]),
        }
    ),
    "Taste Paused": st.just({}),
    "Taste Resumed": st.just({}),
    "Identified": st.just({}),
    "Signed In": st.just({}),
    "Signed Out": st.just({}),
    "Consent Changed": st.fixed_dictionaries({"purposes": _consent}),
    "Objection Changed": st.fixed_dictionaries({"objections": _objections}),
    "Back In Stock Requested": _wish,
    "Price Alert Requested": _wish,
    "Unsubscribed": st.fixed_dictionaries({"channel": st.sampled_from(["email", "sms"])}),
}
_contexts = st.builds(
    Context,
    session_id=st.sampled_from(["", "s-1"]),
    locale=st.sampled_from(["", "nl-NL", "en-GB"]),
    country=st.sampled_from(["", "NL"]),
    currency=st.sampled_from(["", "EUR", "JPY"]),
    timezone=st.sampled_from(["", "Europe/Amsterdam"]),
    device=st.sampled_from(["", "mobile", "desktop"]),
    channel=st.sampled_from(["", "browser", "server", "store"]),
    source=st.sampled_from(["", "", "till", "crm"]),
    source_priority=st.sampled_from([0, 0, 80]),
    campaign=st.sampled_from([None, Campaign(source="newsletter", medium="email")]),
    consent=_consent,
)
