"""Adobe Commerce's back-office events, as its data connection documents them, become canonical ones."""

from typing import Any

import msgspec
import pytest
from tests.events.doors import accepted, props, rejected, source, track

from maatwerk.events import names
from maatwerk.events.source import is_record, priority_of, source_of

ADDRESS = {"street1": "Dorp 1", "city": "Delft", "postalCode": "2611", "country": "NL"}
OURS = {"street": "Dorp 1", "city": "Delft", "postal_code": "2611", "country": "NL"}
LINE = {
    "SKU": "WS12",
    "name": "Tee",
    "quantity": 2,
    "priceTotal": 65.0,
    "currencyCode": "USD",
    "discountAmount": 3,
}
ORDER = {"purchaseID": "000017", "purchaseOrderNumber": "PO-9", "priceTotal": 60, "currencyCode": "USD"}

CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "orderPlaced",
        "Order Completed",
        {
            "commerce": {
                "order": ORDER
                | {"payments": [{"paymentAmount": 60, "paymentType": "credit_card", "currencyCode": "USD"}]},
                "shipping": {"shippingMethod": "flatrate", "shippingAmount": 5},
            },
            "shippingAddress": ADDRESS,
            "billingAddress": ADDRESS,
            "productListItems": [LINE],
        },
        {
            "order_id": "000017",
            "number": "PO-9",
            "total": 60,
            "shipping": 5,
            "shipping_method": "flatrate",
            "payment_method": "credit_card",
            "payments": [{"type": "credit_card", "amount": 60, "currency": "USD"}],
            "shipping_address": OURS,
            "billing_address": OURS,
        },
    ),
    (
        "commerce.backofficeOrderInvoiced",
        "Order Invoiced",
        {"commerce": {"order": ORDER}},
        {"order_id": "000017"},
    ),
    (
        "orderItemsShipped",
        "Order Shipped",
        {
            "commerce": {
                "order": ORDER,
                "shipping": {"trackingNumber": "3S1", "trackingURL": "https://t.test", "address": ADDRESS},
            },
            "productListItems": [LINE],
        },
        {"tracking_number": "3S1", "tracking_url": "https://t.test", "shipping_address": OURS},
    ),
    ("orderShipmentCompleted", "Shipment Completed", {"commerce": {"order": ORDER}}, {"order_id": "000017"}),
    ("orderCancelled", "Order Cancelled", {"commerce": {"order": ORDER}}, {"order_id": "000017"}),
    (
        "commerce.backofficeCreditMemoIssued",
        "Order Refunded",
        {
            "commerce": {
                "order": ORDER
                | {
                    "refunds": [
                        {
                            "transactionID": "t-1",
                            "refundAmount": 20.5,
                            "refundPaymentType": "paypal",
                            "currencyCode": "USD",
                        }
                    ]
                }
            }
        },
        {"refunds": [{"id": "t-1", "amount": 20.5, "currency": "USD", "payment_type": "paypal"}]},
    ),
    (
        "orderItemsReturnInitiated",
        "Return Initiated",
        {
            "commerce": {"order": ORDER | {"returns": {"returnID": "RMA-1", "returnStatus": "pending"}}},
            "productListItems": [
                LINE
                | {
                    "returnItem": {
                        "returnStatus": "pending",
                        "returnReason": "Wrong Size",
                        "returnItemCondition": "Unopened",
                        "returnResolution": "Exchange",
                        "returnQuantityRequested": 1,
                    }
                }
            ],
        },
        {
            "return_id": "RMA-1",
            "status": "pending",
            "products": [
                {
                    "sku": "WS12",
                    "name": "Tee",
                    "quantity": 1,
                    "reason": "Wrong Size",
                    "condition": "Unopened",
                    "resolution": "Exchange",
                    "status": "pending",
                }
            ],
        },
    ),
    (
        "orderItemReturnCompleted",
        "Return Completed",
        {"commerce": {"order": ORDER | {"returns": {"returnID": "RMA-1", "returnStatus": "closed"}}}},
        {"return_id": "RMA-1", "status": "closed"},
    ),
]


@pytest.mark.parametrize(
    ("said", "canonical", "properties", "becomes"), CASES, ids=[case[0] for case in CASES]
)
def test_orders(said: str, canonical: str, properties: dict[str, Any], becomes: dict[str, Any]) -> None:
    event = accepted(track(said, properties), source(proven=True))
    assert event.name == canonical
    kept = props(event)
    assert {field: kept.get(field) for field in becomes} == becomes
    names.body(event)
    assert (source_of(event), priority_of(event), is_record(event)) == ("shop", 60, True)


@pytest.mark.parametrize(
    ("said", "canonical"),
    [
        ("accountCreated", "Signed Up"),
        ("accountUpdated", "Account Updated"),
        ("userAccount.backofficeDeleteProfile", "Account Deleted"),
    ],
)
def test_accounts(said: str, canonical: str) -> None:
    profile = {
        "person": {"name": {"firstName": "Ada", "lastName": "Byron"}, "birthDate": "1990-02-03"},
        "personalEmail": {"address": "ada@ex.test"},
        "billingAddress": ADDRESS,
        "billingAddressPhone": {"number": "+31 1", "primary": False},
        "identityMap": {"commerceCustomerId": [{"id": "u-7", "primary": True}]},
    }
    event = accepted(track(said, profile, anonymousId=None), source(proven=True))
    assert (event.name, event.user_id) == (canonical, "u-7")
    assert msgspec.json.decode(event.traits) == {
        "firstName": "Ada",
        "lastName": "Byron",
        "birthday": "1990-02-03",
        "email": "ada@ex.test",
        "billingAddress": OURS,
        "phone": "+31 1",
    }


def test_a_browser_that_calls_itself_the_back_office_is_a_browser() -> None:
    event = accepted(track("orderPlaced", {"commerce": {"order": ORDER}}, context={"source": "shop"}))
    assert (source_of(event), priority_of(event), is_record(event)) == ("browser", 0, False)


def test_our_own_names_do_not_make_a_record_of_what_a_server_tells() -> None:
    event = accepted(track("Order Cancelled", {"order_id": "1"}), source(proven=True))
    assert (source_of(event), is_record(event)) == ("server", False)
    till = accepted(
        track("Order Completed", {"order_id": "1"}, context={"source": {"name": "till", "priority": 70}}),
        source(proven=True),
    )
    assert (source_of(till), priority_of(till), is_record(till)) == ("till", 70, True)


@pytest.mark.parametrize(
    ("event", "properties", "code", "field"),
    [
        ("Return Initiated", {"products": []}, "order_not_named", "properties.order_id"),
        (
            "Order Completed",
            {"order_id": "1", "payments": [{"amount": "ten"}]},
            "price_not_a_number",
            "properties.payments[0].amount",
        ),
        (
            "Order Refunded",
            {"order_id": "1", "refunds": [{"amount": 1, "currency": "EURO"}]},
            "currency_not_known",
            "properties.refunds[0].currency",
        ),
        (
            "Order Completed",
            {"order_id": "1", "shipping_address": 5},
            "wrong_type",
            "properties.shipping_address",
        ),
        ("Product Disliked", {}, "product_not_named", "properties.sku"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(
    event: str, properties: dict[str, Any], code: str, field: str
) -> None:
    rejection = rejected(track(event, properties))
    assert (rejection.code, rejection.field) == (code, field)
