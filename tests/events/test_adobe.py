"""Adobe's storefront events, in XDM fields, in SDK contexts and in plain fields, become canonical ones."""

from typing import Any

import msgspec
import pytest
from tests.events.doors import accepted, props, rejected, track

from maatwerk.events import names

LINE = {"SKU": "WS12", "name": "Radiant Tee", "priceTotal": 65.0, "quantity": 2, "currencyCode": "USD"}
ITEM = {"sku": "WS12", "name": "Radiant Tee", "quantity": 2, "currency": "USD", "price": "32.50"}
SDK_PRODUCT = {"sku": "WS12", "name": "Radiant Tee", "pricing": {"regularPrice": 32.5, "currencyCode": "USD"}}
SDK_ITEM = {"product": SDK_PRODUCT, "quantity": 2, "prices": {"price": {"value": 32.5, "currency": "USD"}}}
CART = {"cart": {"cartID": "c-1"}}
PERSON = {"accountID": "u-1", "accountType": "Personal", "personalEmailID": "ada@example.test"}

# Adobe's name, canonical name, XDM properties, what they must become
XDM: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "pageView",
        "Page Viewed",
        {
            "web": {
                "webPageDetails": {"URL": "https://s.test/", "name": "Home"},
                "webReferrer": {"URL": "https://r.test"},
            }
        },
        {"url": "https://s.test/", "name": "Home", "referrer": "https://r.test"},
    ),
    ("productPageView", "Product Viewed", {"productListItems": [LINE]}, ITEM),
    (
        "searchRequestSent",
        "Products Searched",
        {
            "searchRequest": {"id": "r-1", "value": 1},
            "siteSearch": {"query": "tee", "filter": [{"attribute": "color", "value": "blue"}], "sort": []},
        },
        {"query": "tee", "query_id": "r-1", "filters": [{"attribute": "color", "value": "blue"}]},
    ),
    (
        "searchResponseReceived",
        "Search Results Received",
        {
            "searchResponse": {"id": "r-1", "value": 1},
            "siteSearch": {"numberOfResults": 1, "suggestions": ["tees"]},
            "productListItems": [{"SKU": "WS12", "name": "Radiant Tee"}],
        },
        {
            "query_id": "r-1",
            "results": 1,
            "suggestions": ["tees"],
            "products": [{"sku": "WS12", "name": "Radiant Tee"}],
        },
    ),
    ("addToCart", "Product Added", {"productListItems": [LINE], "commerce": CART}, ITEM | {"cart_id": "c-1"}),
    (
        "removeFromCart",
        "Product Removed",
        {"productListItems": [LINE], "commerce": CART},
        ITEM | {"cart_id": "c-1"},
    ),
    (
        "openCart",
        "Cart Opened",
        {"productListItems": [LINE], "commerce": CART},
        {"cart_id": "c-1", "products": [ITEM]},
    ),
    (
        "shoppingCartView",
        "Cart Viewed",
        {"commerce": CART, "productListItems": [LINE]},
        {"cart_id": "c-1", "products": [ITEM]},
    ),
    (
        "startCheckout",
        "Checkout Started",
        {"commerce": CART, "productListItems": [LINE]},
        {"cart_id": "c-1", "products": [ITEM]},
    ),
    (
        "completeCheckout",
        "Order Completed",
        {
            "commerce": {
                "order": {
                    "purchaseID": "O-1",
                    "taxAmount": 5,
                    "discountAmount": 1.5,
                    "payments": [
                        {"paymentAmount": 68.5, "paymentType": "credit_card", "currencyCode": "USD"}
                    ],
                },
                "shipping": {"shippingAmount": 4.95},
                "promotionID": "MAY",
            },
            "personalEmail": {"address": "ada@example.test"},
            "productListItems": [LINE],
        },
        {
            "order_id": "O-1",
            "total": "68.50",
            "tax": 5,
            "discount": 1.5,
            "shipping": 4.95,
            "coupon": "MAY",
            "currency": "USD",
            "products": [ITEM],
        },
    ),
    ("signIn", "Signed In", {"person": PERSON}, {}),
    ("signOut", "Signed Out", {"person": PERSON}, {}),
    ("createAccount", "Signed Up", {"person": PERSON}, {}),
    ("editAccount", "Account Updated", {"person": PERSON}, {}),
    (
        "createRequisitionList",
        "List Created",
        {"commerce": {"requisitionList": {"ID": "l-1", "name": "Weekly", "description": "what we buy"}}},
        {"list_id": "l-1", "name": "Weekly", "description": "what we buy", "list_type": "requisition"},
    ),
    (
        "addToRequisitionList",
        "Product Added to List",
        {"commerce": {"requisitionList": {"ID": "l-1"}}, "productListItems": [LINE]},
        {"list_id": "l-1", "list_type": "requisition", "sku": "WS12", "quantity": 2, "products": [ITEM]},
    ),
    (
        "removeFromRequisitionList",
        "Product Removed from List",
        {"commerce": {"requisitionList": {"ID": "l-1"}}, "productListItems": [LINE]},
        {"list_id": "l-1", "list_type": "requisition", "sku": "WS12", "products": [ITEM]},
    ),
    (
        "deleteRequisitionList",
        "List Deleted",
        {"commerce": {"requisitionList": {"ID": "l-1"}}},
        {"list_id": "l-1"},
    ),
]

SDK: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("pageView", {"page": {"pageType": "CMS"}}, {}),
    ("productPageView", {"productContext": SDK_PRODUCT}, {"sku": "WS12", "price": 32.5, "currency": "USD"}),
    (
        "searchRequestSent",
        {
            "searchInput": {
                "units": [{"searchRequestId": "r-1", "phrase": "tee", "filter": [{"attribute": "a"}]}]
            }
        },
        {"query": "tee", "query_id": "r-1"},
    ),
    (
        "searchResponseReceived",
        {
            "searchResults": {
                "units": [
                    {
                        "searchRequestId": "r-1",
                        "products": [{"sku": "WS12", "rank": 1}],
                        "suggestions": [{"suggestion": "tees"}],
                    }
                ]
            }
        },
        {"query_id": "r-1", "products": [{"sku": "WS12", "position": 1}], "suggestions": ["tees"]},
    ),
    (
        "addToCart",
        {
            "product": SDK_PRODUCT,
            "changedProducts": {"items": [SDK_ITEM]},
            "shoppingCart": {"id": "c-1", "items": []},
        },
        {"sku": "WS12", "quantity": 2, "cart_id": "c-1"},
    ),
    ("openCart", {"shoppingCart": {"id": "c-1", "items": [SDK_ITEM]}}, {"cart_id": "c-1"}),
    (
        "startCheckout",
        {
            "shoppingCartContext": {
                "id": "c-1",
                "items": [SDK_ITEM],
                "prices": {"subtotalExcludingTax": {"value": 65.0}},
            }
        },
        {"cart_id": "c-1", "value": 65.0},
    ),
    (
        "completeCheckout",
        {
            "order": {
                "orderId": 1001,
                "grandTotal": 68.5,
                "salesTax": 5,
                "email": "ada@example.test",
                "appliedCouponCode": "MAY",
            },
            "shoppingCart": {"id": "c-1", "items": [SDK_ITEM]},
        },
        {"order_id": "1001", "total": 68.5, "tax": 5, "coupon": "MAY", "cart_id": "c-1"},
    ),
    ("signIn", {"account": {"accountId": "u-1", "emailAddress": "ada@example.test"}}, {}),
    ("signOut", {"shopper": {"shopperId": "guest"}}, {}),
    (
        "createRequisitionList",
        {"requisitionList": {"name": "Weekly"}},
        {"name": "Weekly", "list_type": "requisition"},
    ),
    (
        "addToRequisitionList",
        {
            "requisitionList": {"name": "Weekly"},
            "requisitionListItems": {"items": [{"sku": "WS12", "quantity": 3}]},
        },
        {"sku": "WS12", "quantity": 3},
    ),
    (
        "removeFromRequisitionList",
        {
            "requisitionList": {"name": "Weekly"},
            "requisitionListItems": {"items": [{"sku": "WS12", "quantity": 3}]},
        },
        {"sku": "WS12", "quantity": 3},
    ),
]

PLAIN: dict[str, dict[str, Any]] = {
    "productPageView": {"sku": "WS12", "price": 32.5},
    "addToCart": {"sku": "WS12", "price": 32.5, "quantity": 2, "cart_id": "c-1"},
    "completeCheckout": {"order_id": "O-1", "total": 10, "products": [{"sku": "WS12"}]},
    "searchRequestSent": {"query": "tee", "query_id": "r-1"},
    "addToRequisitionList": {"list_id": "l-1", "sku": "WS12"},
}


def test_every_name_of_adobes_is_tried() -> None:
    assert {case[0] for case in XDM} == set(names.ADOBE_NAMES)


@pytest.mark.parametrize(("name", "canonical", "sent", "becomes"), XDM, ids=[case[0] for case in XDM])
def test_xdm_fields(name: str, canonical: str, sent: dict[str, Any], becomes: dict[str, Any]) -> None:
    event = accepted(track(name, sent))
    assert (event.name, event.said) == (canonical, name)
    kept = props(event)
    assert {field: kept.get(field) for field in becomes} == becomes
    assert not {"productListItems", "person", "personalEmail", "siteSearch", "web"} & set(kept)
    names.body(event)


@pytest.mark.parametrize(("name", "sent", "becomes"), SDK, ids=[case[0] for case in SDK])
def test_sdk_contexts(name: str, sent: dict[str, Any], becomes: dict[str, Any]) -> None:
    event = accepted(track(name, sent))
    kept = props(event)
    assert {field: kept.get(field) for field in becomes} == becomes
    names.body(event)


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_plain_fields_stay_as_they_are(name: str) -> None:
    assert props(accepted(track(name, PLAIN[name]))) == PLAIN[name] | (
        {"list_type": "requisition"} if "Requisition" in name else {}
    )


@pytest.mark.parametrize("name", ["signIn", "createAccount"])
def test_a_sign_in_links_the_device_to_the_account(name: str) -> None:
    event = accepted(track(name, {"person": PERSON}))
    assert (event.anonymous_id, event.user_id) == ("a-1", "u-1")
    told = {"accountType": "Personal", "email": "ada@example.test"}
    assert msgspec.json.decode(event.traits) == told


def test_a_guests_address_travels_as_a_trait() -> None:
    sent = {"commerce": {"order": {"purchaseID": "O-1"}}, "personalEmail": {"address": "ada@example.test"}}
    event = accepted(track("completeCheckout", sent))
    assert msgspec.json.decode(event.traits) == {"email": "ada@example.test"}
    assert event.user_id == ""


def test_fields_wrapped_in_xdm_are_found() -> None:
    event = accepted(track("addToCart", {"xdm": {"productListItems": [LINE], "commerce": CART}}))
    assert props(event)["sku"] == "WS12"


def test_the_line_total_becomes_the_price_of_one_piece() -> None:
    line = LINE | {"priceTotal": "100.00", "quantity": 3}
    assert props(accepted(track("addToCart", {"productListItems": [line]})))["price"] == "33.33"
    yen = {"SKU": "s", "priceTotal": 900, "quantity": 3, "currencyCode": "JPY"}
    assert props(accepted(track("addToCart", {"productListItems": [yen]})))["price"] == "300"


def test_several_products_in_one_cart_event_are_all_kept() -> None:
    other = {"SKU": "WB04", "quantity": 1}
    kept = props(accepted(track("addToCart", {"productListItems": [LINE, other]})))
    assert kept["sku"] == "WS12"
    assert [item["sku"] for item in kept["products"]] == ["WS12", "WB04"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (
            {"productListItems": [{"SKU": "s", "priceTotal": "x"}]},
            "properties.productListItems[0].priceTotal",
        ),
        (
            {"productListItems": [{"SKU": "s", "priceTotal": "1e999990"}]},
            "properties.productListItems[0].priceTotal",
        ),
    ],
)
def test_an_amount_that_is_none_is_refused_by_adobes_own_field(sent: dict[str, Any], field: str) -> None:
    assert rejected(track("addToCart", sent)).field == field


def test_a_product_event_without_a_product_is_refused() -> None:
    assert rejected(track("addToCart", {"commerce": CART})).code == "product_not_named"
    assert rejected(track("completeCheckout", {"productListItems": [LINE]})).code == "order_not_named"
