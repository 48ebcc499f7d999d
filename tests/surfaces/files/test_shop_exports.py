"""Orders and customers as Shopify, WooCommerce, Magento and PrestaShop export them: samples written after the
headers that each documents."""

# ruff: noqa: E501 - headers stand as they are exported

import json
from pathlib import Path
from typing import Any

import pytest

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files import Row, guess_mapping, read_mapping, read_messages
from maatwerk.surfaces.files.mapping import parse_mapping

SHOPIFY = """Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,\
Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,\
Billing Street,Billing City,Billing Zip,Billing Country,Shipping City,Cancelled at,Payment Method,Payment Reference,\
Refunded Amount,Vendor,Id,Source,Phone
#1001,ada@ex.test,partially_refunded,2026-05-01 10:12:00 +0200,fulfilled,EUR,52.00,4.95,9.88,56.95,SPRING,5.00,Post,\
2026-05-01 10:11:12 +0200,2,Tee - Blue / M,20.00,WS12-M,0.00,Dorp 1,Delft,2611,NL,Delft,,shopify_payments,c1.1,10.00,Ida,\
4500001,web,+31 1
#1001,ada@ex.test,,,,,,,,,,,,2026-05-01 10:11:12 +0200,1,Gift wrap,12.00,,0.00,,,,,,,,,,Ida,,,
#1002,bo@ex.test,voided,,,EUR,20.00,0.00,0.00,20.00,,0.00,,2026-05-02 09:00:00 +0200,1,Tee,20.00,WS12,0.00,,,,,,\
2026-05-02 11:00:00 +0200,,,0.00,Ida,4500002,pos,
"""

WOO = {
    "id": 727,
    "number": "727",
    "status": "completed",
    "currency": "EUR",
    "date_created": "2026-03-22T16:28:02",
    "date_created_gmt": "2026-03-22T15:28:02",
    "discount_total": "0.00",
    "shipping_total": "10.00",
    "total": "29.35",
    "total_tax": "1.35",
    "customer_id": 0,
    "created_via": "checkout",
    "payment_method": "bacs",
    "transaction_id": "tr-1",
    "billing": {"first_name": "Ada", "last_name": "Byron", "company": "", "address_1": "Dorp 1", "address_2": "",
                "city": "Delft", "state": "", "postcode": "2611", "country": "NL", "email": "ada@ex.test",
                "phone": "+31 1"},
    "shipping": {"first_name": "Ada", "address_1": "Dorp 1", "city": "Delft", "postcode": "2611", "country": "NL"},
    "line_items": [
        {"id": 1, "name": "Tee", "product_id": 93, "quantity": 2, "total": "6.00", "sku": "", "price": 3},
        {"id": 2, "name": "Hat", "product_id": 22, "quantity": 1, "total": "12.00", "sku": "Bar3", "price": 12.0000001},
    ],
    "shipping_lines": [{"id": 3, "method_title": "Flat Rate", "total": "10.00"}],
    "coupon_lines": [{"code": "spring"}, {"code": "vip"}],
    "refunds": [{"id": 726, "reason": "", "total": "-10.00"}],
}  # fmt: skip

MAGENTO = {
    "increment_id": "000000017",
    "entity_id": 17,
    "customer_id": 5,
    "customer_email": "ada@ex.test",
    "customer_firstname": "Ada",
    "customer_group_id": 1,
    "created_at": "2026-03-22 15:28:02",
    "state": "complete",
    "order_currency_code": "EUR",
    "subtotal": 29,
    "shipping_amount": 5,
    "discount_amount": -4,
    "grand_total": 30,
    "total_refunded": 29,
    "billing_address": {"street": ["Dorp 1", "II"], "city": "Delft", "postcode": "2611", "country_id": "NL"},
    "payment": {"method": "checkmo"},
    "items": [
        {
            "item_id": 1,
            "sku": "WS12-M-Blue",
            "name": "Tee",
            "qty_ordered": 1,
            "price": 29,
            "discount_amount": 4,
        },
        {
            "item_id": 2,
            "parent_item_id": 1,
            "sku": "WS12-M-Blue",
            "name": "Tee-M",
            "qty_ordered": 1,
            "price": 0,
        },
    ],
}

PRESTA = {
    "orders": [
        {
            "id": 9,
            "reference": "XKBKNABJK",
            "id_customer": "2",
            "date_add": "2026-03-22 16:28:02",
            "current_state": "6",
            "payment": "Payment by check",
            "total_paid_tax_incl": "61.800000",
            "total_shipping_tax_incl": "8.400000",
            "associations": {
                "order_rows": [
                    {"product_id": "2", "product_reference": "demo_3", "product_name": "Poster",
                     "product_quantity": "2", "unit_price_tax_incl": "26.700000"},
                ]
            },
        }
    ]
}  # fmt: skip

PRESTA_LINES = """id_order;reference;id_customer;email;date_add;iso_code;current_state;total_paid_tax_incl;product_reference;\
product_name;product_quantity;unit_price_tax_incl
9;XKB;2;ada@ex.test;2026-03-22 16:28:02;EUR;2;61.800000;demo_3;Poster;2;26.700000
"""

WOO_CSV = """order_id,order_number,order_date,status,order_currency,order_total,shipping_total,payment_method,customer_id,\
billing_email,billing_city,line_item_1,line_item_2
12,12,2026-03-22 16:28:02,completed,EUR,30.00,5.00,bacs,7,ada@ex.test,Delft,\
name:Album|product_id:7|sku:AL|quantity:1|total:15.00|sub_total:15.00,name:Cap|product_id:8|sku:|quantity:2|total:10.00|\
sub_total:10.00
"""

MAGENTO_GRID = """ID,Purchase Point,Purchase Date,Bill-to Name,Grand Total (Base),Grand Total (Purchased),Status,\
Customer Email,Customer Group,Subtotal,Shipping and Handling,Payment Method,Total Refunded
000000018,Main Website,2026-03-22 15:28:02,Ada Byron,34.00,34.00,complete,ada@ex.test,General,29.00,5.00,checkmo,0.00
000000019,Main Website,2026-03-22 15:28:02,Bo,10.00,10.00,Pending Payment,bo@ex.test,General,10.00,0,checkmo,0
"""


def read(tmp_path: Path, said: Any, kind: str, **more: Any) -> tuple[str, list[Row]]:
    path = tmp_path / ("export.json" if not isinstance(said, str) else "export.csv")
    path.write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
    mapping = guess_mapping(path, kind)
    return mapping.name, list(read_messages(path, mapping, **more))


def values(rows: list[Row]) -> list[dict[str, Any]]:
    return [row.value for row in rows if row.value is not None]


def test_shopify_orders(tmp_path: Path) -> None:
    name, rows = read(tmp_path, SHOPIFY, "orders")
    assert name == "shopify-orders"
    assert sum(row.lines for row in rows) == 3, "every record is accounted for"
    order, refund, voided, cancelled = values(rows)
    assert order["properties"] == {
        "order_id": "#1001",
        "number": "4500001",
        "currency": "EUR",
        "revenue": "52.00",
        "subtotal": "52.00",
        "shipping": "4.95",
        "tax": "9.88",
        "discount": "5.00",
        "total": "56.95",
        "coupon": "SPRING",
        "email": "ada@ex.test",
        "country": "NL",
        "payment_method": "shopify_payments",
        "payments": [
            {"type": "shopify_payments", "transaction_id": "c1.1", "currency": "EUR", "amount": "56.95"}
        ],
        "shipping_method": "Post",
        "channel": "web",
        "billing_address": {"street": "Dorp 1", "city": "Delft", "postal_code": "2611", "country": "NL"},
        "shipping_address": {"city": "Delft"},
        "products": [
            {"sku": "WS12-M", "price": "20.00", "quantity": 2, "brand": "Ida", "name": "Tee - Blue / M"},
            {"sku": "gift-wrap", "price": "12.00", "quantity": 1, "brand": "Ida", "name": "Gift wrap"},
        ],
    }
    assert order["timestamp"] == "2026-05-01T08:11:12.000Z"
    assert order["context"]["source"] == {"name": "shopify"}
    assert order["traits"] == {
        "email": "ada@ex.test",
        "phone": "+31 1",
        "billingAddress": {"street": "Dorp 1", "city": "Delft", "postal_code": "2611", "country": "NL"},
        "shippingAddress": {"city": "Delft"},
    }
    assert (refund["event"], refund["properties"]["refunds"]) == ("Order Refunded", [{"amount": "10.00"}])
    assert (voided["properties"]["channel"], cancelled["event"]) == ("pos", "Order Cancelled")
    assert cancelled["timestamp"] == "2026-05-02T09:00:00.000Z"
    assert order["anonymousId"] == refund["anonymousId"] != voided["anonymousId"], "an address is one visitor"


def test_woocommerce_orders(tmp_path: Path) -> None:
    name, rows = read(tmp_path, [WOO, WOO | {"id": 728, "status": "failed"}], "orders")
    assert name == "woocommerce-orders"
    order, refund = values(rows)
    said = order["properties"]
    assert (said["order_id"], said["total"], said["coupon"]) == ("727", "29.35", "spring, vip")
    assert said["products"] == [
        {"sku": "93", "price": "3.00", "quantity": 2, "name": "Tee"},
        {"sku": "Bar3", "price": "12.00", "quantity": 1, "name": "Hat"},
    ]
    assert (said["shipping_method"], said["payments"][0]["transaction_id"]) == ("Flat Rate", "tr-1")
    assert "userId" not in order, "customer 0 is a guest"
    assert refund["properties"]["refunds"] == [{"amount": "10.00", "id": "726"}]
    assert order["timestamp"] == "2026-03-22T15:28:02.000Z"
    assert [row.code for row in rows if row.value is None] == ["order_not_placed"] * 2


def test_woocommerce_csv(tmp_path: Path) -> None:
    name, rows = read(tmp_path, WOO_CSV, "orders")
    assert name == "woocommerce-orders-csv"
    (order,) = values(rows)
    assert (order["userId"], order["properties"]["total"]) == ("7", "30.00")
    assert order["properties"]["products"] == [
        {"sku": "AL", "price": "15.00", "quantity": 1, "name": "Album"},
        {"sku": "8", "price": "5.00", "quantity": 2, "name": "Cap"},
    ]


def test_magento_orders(tmp_path: Path) -> None:
    name, rows = read(tmp_path, {"items": [MAGENTO], "total_count": 1}, "orders")
    assert name == "magento-orders"
    order, refund = values(rows)
    said = order["properties"]
    assert order["userId"] == "5"
    assert said["products"] == [
        {"sku": "WS12-M-Blue", "price": "29.00", "quantity": 1, "name": "Tee", "discount": "4.00"}
    ], "the simple product behind the configurable one is the same line"
    assert (said["total"], said["discount"], said["number"]) == ("30.00", "4.00", "17")
    assert said["billing_address"]["street"] == "Dorp 1|II"
    assert refund["properties"]["refunds"] == [{"amount": "29.00"}]


def test_magento_grid_has_orders_without_lines(tmp_path: Path) -> None:
    name, rows = read(tmp_path, MAGENTO_GRID, "orders", currency="EUR")
    assert name == "magento-orders-csv"
    (order,) = values(rows)
    assert (order["properties"]["total"], order["properties"]["products"]) == ("34.00", [])
    assert [row.code for row in rows if row.value is None] == ["order_not_placed"]


def test_prestashop_orders(tmp_path: Path) -> None:
    name, rows = read(tmp_path, PRESTA, "orders", currency="EUR")
    assert name == "prestashop-orders"
    order, cancelled = values(rows)
    assert (order["userId"], order["properties"]["total"]) == ("2", "61.80")
    assert order["properties"]["products"] == [
        {"sku": "demo_3", "price": "26.70", "quantity": 2, "name": "Poster"}
    ]
    assert cancelled["event"] == "Order Cancelled"
    name, rows = read(tmp_path, PRESTA_LINES, "orders")
    assert (name, values(rows)[0]["properties"]["number"]) == ("prestashop-order-lines", "9")


NEW_SHOPIFY = """Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,\
Default Address Address1,Default Address City,Default Address Zip,Default Address Country Code,Default Address Phone,Phone,\
Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags
7001,Ada,Byron,ada@ex.test,yes,Engine Ltd,Dorp 1,Delft,2611,NL,,+31 1,no,120.00,3,,no,"vip, press"
"""
OLD_SHOPIFY = """First Name,Last Name,Email,Company,Address1,Address2,City,Province,Province Code,Country,Country Code,Zip,\
Phone,Accepts Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt
Ada,Byron,ada@ex.test,Engine Ltd,Dorp 1,,Delft,,,Netherlands,NL,2611,+31 1,yes,120.00,3,"vip, press",,no
"""
TRAITS = {
    "email": "ada@ex.test",
    "phone": "+31 1",
    "firstName": "Ada",
    "lastName": "Byron",
    "company": "Engine Ltd",
    "billingAddress": {"street": "Dorp 1", "city": "Delft", "postal_code": "2611", "country": "NL"},
    "totalOrders": "3",
    "totalSpent": "120.00",
    "taxExempt": "no",
    "tags": ["vip", "press"],
}


@pytest.mark.parametrize(
    ("said", "who", "purposes"),
    [(NEW_SHOPIFY, "7001", {"email": True, "sms": False}), (OLD_SHOPIFY, None, {"email": True})],
    ids=["new", "old"],
)
def test_shopify_customers(tmp_path: Path, said: str, who: str | None, purposes: dict[str, bool]) -> None:
    name, rows = read(tmp_path, said, "customers")
    assert (name, sum(row.lines for row in rows)) == ("shopify-customers", 1)
    told, agreed = values(rows)
    assert (told["type"], told.get("userId"), told["traits"]) == ("identify", who, TRAITS)
    assert agreed["properties"] == {"purposes": purposes, "source": "shopify"}
    again = values(read(tmp_path, said, "customers")[1])
    assert [value["messageId"] for value in again] == [told["messageId"], agreed["messageId"]]


def test_the_other_shops_customers(tmp_path: Path) -> None:
    woo = {"id": 25, "date_modified_gmt": "2026-01-02T03:04:05", "email": "ada@ex.test", "first_name": "Ada",
           "role": "customer", "billing": WOO["billing"], "shipping": WOO["shipping"]}  # fmt: skip
    name, rows = read(tmp_path, [woo], "customers")
    (told,) = values(rows)
    assert (
        name,
        told["userId"],
        told["traits"]["customerGroup"],
    ) == (
        "woocommerce-customers",
        "25",
        "customer",
    )
    assert told["traits"]["shippingAddress"]["city"] == "Delft"
    magento = {"items": [{"id": 5, "group_id": 1, "email": "ada@ex.test", "firstname": "Ada", "lastname": "B",
                          "dob": "1990-02-03", "gender": 2, "updated_at": "2026-01-02 03:04:05"}]}  # fmt: skip
    name, rows = read(tmp_path, magento, "customers")
    (told,) = values(rows)
    assert (name, told["traits"]["gender"], told["traits"]["birthday"]) == (
        "magento-customers",
        "female",
        "1990-02-03",
    )
    presta = (
        '"ID";"Social title";"First name";"Last name";"Email address";"Sales";"Enabled";"Newsletter";"Partner offers";'
        '"Registration";"Last visit"\n"2";"Mrs.";"Ada";"Byron";"ada@ex.test";"--";"1";"1";"0";"2026-01-02 03:04:05";""\n'
    )
    name, rows = read(tmp_path, presta, "customers")
    told, agreed = values(rows)
    assert (name, told["traits"]["salutation"]) == ("prestashop-customers", "Mrs.")
    assert agreed["properties"]["purposes"] == {"email": True, "advertising": False}


def test_a_crm_through_a_mapping_of_ones_own(tmp_path: Path) -> None:
    mapping = parse_mapping(
        b"""
name = "crm"
kind = "customers"
source = "crm"
priority = 80
[match]
by = ["email", "customer_id"]
prefix = "crm-"
verified = ["email"]
[columns]
customer_id = "Nr"
email = "Mail"
loyaltyStatus = "Stufe"
accountType = "Typ"
shoe_size = "Schuh"
[values]
accountType = { F = "Company", P = "Personal" }
""",
        "crm.toml",
    )
    path = tmp_path / "crm.csv"
    path.write_text("Nr;Mail;Stufe;Typ;Schuh\n17;Ada@Ex.test;gold;F;39\n;;silver;P;40\n", encoding="utf-8")
    told, refused = read_messages(path, mapping)
    assert told.value is not None
    assert told.value["traits"] == {
        "email": "Ada@Ex.test",
        "email_verified": True,
        "loyaltyStatus": "gold",
        "accountType": "Company",
        "shoe_size": "39",
    }
    assert told.value["match"] == {
        "by": [("email", "ada@ex.test"), ("customer_id", "17")],
        "prefix": "crm-",
        "refuse": False,
    }
    assert told.value["context"]["source"] == {"name": "crm", "priority": 80}
    assert (refused.code, refused.line) == ("nobody_named", 3)


@pytest.mark.parametrize(
    ("mapping", "text", "event", "properties"),
    [
        (
            "email-activity",
            "timestamp,event,email,campaign,url\n2026-01-02T03:04:05Z,click,a@ex.test,May,https://s.test/x\n",
            "Email Link Clicked",
            {"campaign_name": "May", "link_url": "https://s.test/x"},
        ),
        (
            "reviews",
            "date,email,sku,rating,review\n2026-01-02T03:04:05Z,a@ex.test,A,4,Good\n",
            "Product Reviewed",
            {"sku": "A", "rating": "4", "review_body": "Good"},
        ),
        (
            "social",
            "date,email,network,action\n2026-01-02T03:04:05Z,a@ex.test,instagram,like\n",
            "Social Interaction",
            {"network": "instagram", "action": "like"},
        ),
        (
            "store-visits",
            "date,customer_id,store\n2026-01-02T03:04:05Z,7,Delft\n",
            "Store Visited",
            {"location": "Delft"},
        ),
        (
            "returns",
            "date,step,order_id,sku,quantity,reason,condition,resolution,return_id,email\n"
            "2026-01-02T03:04:05Z,initiated,17,A,1,too small,unopened,exchange,R-1,a@ex.test\n",
            "Return Initiated",
            {
                "order_id": "17",
                "return_id": "R-1",
                "products": [
                    {
                        "sku": "A",
                        "quantity": "1",
                        "reason": "too small",
                        "condition": "unopened",
                        "resolution": "exchange",
                    }
                ],
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)
def test_what_other_tools_export(
    tmp_path: Path, mapping: str, text: str, event: str, properties: dict[str, Any]
) -> None:
    path = tmp_path / "told.csv"
    path.write_text(text, encoding="utf-8")
    (row,) = read_messages(path, read_mapping(mapping))
    assert row.value is not None, row.detail
    assert (row.value["event"], row.value["properties"]) == (event, properties)
    assert row.value["context"]["source"] == {"name": mapping}


def test_json_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text('{"orders": [', encoding="utf-8")
    with pytest.raises(Refused, match="is not JSON"):
        guess_mapping(path, "orders")
