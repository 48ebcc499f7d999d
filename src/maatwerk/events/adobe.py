"""Adobe Commerce's storefront events in canonical properties.

Two shapes arrive under Adobe's names: the XDM fields of its data connection (``productListItems``,
``commerce``, ``siteSearch``, …; ``priceTotal`` there is of the whole line) and the contexts of its
storefront events SDK (``product``, ``shoppingCart``, ``searchInput``, …). Canonical fields that the
sender gave itself are kept as they are. What was lifted is not kept twice.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import normalize_id
from maatwerk.core.money import decimal_text, digits_of, parse_minor
from maatwerk.events.names import ADOBE_NAMES

Fields = dict[str, Any]

_LIFTED = frozenset(
    {
        "productListItems", "siteSearch", "searchRequest", "searchResponse", "person", "personalEmail", "web",
        "product", "shoppingCart", "changedProducts", "order", "searchInput", "searchResults", "account",
        "requisitionList", "requisitionListItems", "xdm",
    }
)  # fmt: skip
_FLAT = frozenset({"Product Viewed", "Product Added", "Product Removed"})
_FLATTENED = {
    "SKU": "sku", "productSku": "sku", "qty": "quantity", "cartID": "cart_id", "cartId": "cart_id",
    "purchaseID": "order_id", "orderId": "order_id", "grandTotal": "total", "phrase": "query",
    "searchRequestId": "query_id", "search_request_id": "query_id", "numberOfResults": "results",
    "requisitionListId": "list_id", "requisition_list_id": "list_id",
}  # fmt: skip
_FOLDED = {name.lower(): canonical for name, canonical in ADOBE_NAMES.items()}


class Lifted(msgspec.Struct, frozen=True):
    """Canonical properties, and who the person says she is."""

    properties: Fields
    user_id: str = ""
    email: str = ""


def is_adobe(name: str) -> bool:
    """Whether Adobe calls an event so."""
    return name in ADOBE_NAMES or name.lower() in _FOLDED


def lift(canonical: str, said: Fields, currency: str) -> Lifted:
    """Canonical properties of an event that came under Adobe's name.

    ``currency`` is what amounts are in where the event does not say. Raises `Refused` for an amount
    that is none.
    """
    said = {**said, **_dict(said.get("xdm"))}
    said = {
        name.removesuffix("Context") if isinstance(value, dict) else name: value
        for name, value in said.items()
    }
    commerce = _dict(said.get("commerce"))
    found: Fields = {}
    for part in (
        _page(said), _search(canonical, said), _cart(said, commerce), _order(said, commerce),
        _requisition_list(canonical, said, commerce), _products(canonical, said, currency), _plain(said),
    ):  # fmt: skip
        for name, value in part.items():
            if value not in (None, "", []):
                found.setdefault(name, value)
    person, account = _dict(said.get("person")), _dict(said.get("account"))
    kept = {
        name: value
        for name, value in said.items()
        if name not in _LIFTED or not isinstance(value, (dict, list))
    }
    return Lifted(
        properties=found | kept,
        user_id=normalize_id(
            person.get("accountID")
            or account.get("accountId")
            or said.get("accountID")
            or said.get("accountId")
        ),
        email=_text(person.get("personalEmailID"))
        or _text(_dict(said.get("personalEmail")).get("address"))
        or _text(account.get("emailAddress"))
        or _text(_dict(said.get("order")).get("email")),
    )


def _plain(said: Fields) -> Fields:
    """Adobe's fields where a sender put them into the properties themselves, without their contexts."""
    found = {canonical: said[name] for name, canonical in _FLATTENED.items() if said.get(name)}
    skus = [sku for sku in _list(said.get("skus")) if isinstance(sku, str)]
    return found | ({"products": [{"sku": sku} for sku in skus]} if skus else {})


def _page(said: Fields) -> Fields:
    web = _dict(said.get("web"))
    details = _dict(web.get("webPageDetails"))
    return {
        "url": details.get("URL"),
        "name": details.get("name"),
        "referrer": _dict(web.get("webReferrer")).get("URL"),
    }


def _search(canonical: str, said: Fields) -> Fields:
    if canonical not in ("Products Searched", "Search Results Received"):
        return {}
    site = _dict(said.get("siteSearch"))
    asked = _first(_dict(said.get("searchInput")).get("units"))
    answered = _first(_dict(said.get("searchResults")).get("units"))
    request, response = _dict(said.get("searchRequest")), _dict(said.get("searchResponse"))
    found: Fields = {
        "query": site.get("query") or asked.get("phrase") or answered.get("phrase"),
        "query_id": request.get("id")
        or response.get("id")
        or asked.get("searchRequestId")
        or answered.get("searchRequestId"),
    }
    if canonical == "Products Searched":
        return found | {
            "filters": site.get("filter") or asked.get("filter"),
            "sorts": site.get("sort") or asked.get("sort"),
        }
    results = site.get("numberOfResults")
    if results is None:
        results = answered.get("totalCount", answered.get("productCount"))
    return found | {
        "results": results,
        "suggestions": [
            _word(word) for word in _list(site.get("suggestions") or answered.get("suggestions"))
        ],
    }


def _cart(said: Fields, commerce: Fields) -> Fields:
    cart = _dict(said.get("shoppingCart"))
    return {
        "cart_id": _dict(commerce.get("cart")).get("cartID") or cart.get("id") or cart.get("cartId"),
        "value": _amount(_dict(_dict(cart.get("prices")).get("subtotalExcludingTax"))),
    }


def _order(said: Fields, commerce: Fields) -> Fields:
    order = _dict(commerce.get("order"))
    ours = _dict(said.get("order"))
    if not order and not ours:
        return {}
    payments = [
        payment
        for payment in _list(order.get("payments") or ours.get("payments"))
        if isinstance(payment, dict)
    ]
    currency = order.get("currencyCode") or next(
        (p["currencyCode"] for p in payments if p.get("currencyCode")), None
    )
    total = order.get("priceTotal", ours.get("grandTotal"))
    if total is None:
        total = _paid(payments, _text(currency) or "EUR")
    return {
        "order_id": order.get("purchaseID") or ours.get("orderId"),
        "total": total,
        "tax": order.get("taxAmount", ours.get("taxAmount", ours.get("salesTax"))),
        "discount": order.get("discountAmount", ours.get("discountAmount")),
        "shipping": _dict(commerce.get("shipping")).get("shippingAmount"),
        "coupon": commerce.get("promotionID") or ours.get("appliedCouponCode"),
        "currency": currency,
    }


def _paid(payments: list[Fields], currency: str) -> str | None:
    """What the payments add up to, where an order says no total."""
    amounts = [
        parse_minor(
            payment["paymentAmount"], currency, f"properties.commerce.order.payments[{place}].paymentAmount"
        )
        for place, payment in enumerate(payments)
        if payment.get("paymentAmount") is not None
    ]
    return decimal_text(sum(amounts), currency) if amounts else None


def _requisition_list(canonical: str, said: Fields, commerce: Fields) -> Fields:
    if "List" not in canonical:
        return {}
    xdm, ours = _dict(commerce.get("requisitionList")), _dict(said.get("requisitionList"))
    return {
        "list_id": xdm.get("ID") or xdm.get("id") or ours.get("id") or ours.get("ID"),
        "name": xdm.get("name") or ours.get("name"),
        "description": xdm.get("description") or ours.get("description"),
        "list_type": "requisition",
    }


def _products(canonical: str, said: Fields, currency: str) -> Fields:
    lines = [
        _line(line, currency, place)
        for place, line in enumerate(_list(said.get("productListItems")))
        if isinstance(line, dict)
    ]
    for name in ("changedProducts", "requisitionListItems", "shoppingCart"):
        if not lines and (name != "shoppingCart" or canonical not in _FLAT):
            lines = [
                _item(item) for item in _list(_dict(said.get(name)).get("items")) if isinstance(item, dict)
            ]
    units = _dict(said.get("searchResults")).get("units")
    if not lines and canonical == "Search Results Received":
        lines = [_item(item) for item in _list(_first(units).get("products")) if isinstance(item, dict)]
    product = said.get("product")
    if not lines and isinstance(product, dict):
        lines = [_item(product)]
    if not lines:
        return {}
    first_currency = next((line["currency"] for line in lines if line.get("currency")), None)
    if canonical in _FLAT:
        rest = {"products": lines} if len(lines) > 1 else {}
        return lines[0] | rest | {"currency": first_currency}
    flat = {"sku": lines[0].get("sku"), "quantity": lines[0].get("quantity")} if "List" in canonical else {}
    return flat | {"products": lines, "currency": first_currency}


def _line(line: Fields, currency: str, place: int) -> Fields:
    """An XDM line: its ``priceTotal`` is of all pieces."""
    item: Fields = {
        "sku": line.get("SKU") or line.get("sku"),
        "name": line.get("name"),
        "quantity": line.get("quantity"),
        "discount": line.get("discountAmount"),
        "currency": line.get("currencyCode"),
        "image_url": line.get("productImageUrl"),
    }
    total = line.get("priceTotal")
    if total is not None:
        code = _text(item["currency"]).upper() or currency
        item["price"] = _unit_price(
            total, item["quantity"], code, f"properties.productListItems[{place}].priceTotal"
        )
    return {name: value for name, value in item.items() if value not in (None, "")}


def _unit_price(total: Any, quantity: Any, currency: str, field: str) -> str:
    minor = parse_minor(total, currency, field)
    try:
        pieces = Decimal(str(quantity)) if quantity is not None else Decimal(1)
    except ArithmeticError:
        raise Refused("quantity_not_a_number", f"cannot read {str(quantity)[:40]!r}", field=field) from None
    if not pieces.is_finite() or not Decimal("0.000001") <= pieces <= 10**9:
        pieces = Decimal(1)
    each = (Decimal(minor) / pieces).quantize(Decimal(1), ROUND_HALF_EVEN)
    return decimal_text(int(each), currency)


def _item(item: Fields) -> Fields:
    """An SDK cart line, search hit, or product: what it holds may be under ``product``."""
    product = _dict(item.get("product")) or item
    pricing = _dict(product.get("pricing"))
    prices = _dict(_dict(item.get("prices")).get("price"))
    price = pricing.get("specialPrice", pricing.get("regularPrice", _amount(prices)))
    if price is None and not isinstance(item.get("price"), dict):
        price = item.get("price")
    found: Fields = {
        "sku": product.get("sku") or item.get("productSku"),
        "name": product.get("name"),
        "price": price,
        "quantity": item.get("quantity", item.get("qty")),
        "position": item.get("rank"),
        "currency": pricing.get("currencyCode") or prices.get("currency"),
        "url": product.get("canonicalUrl"),
        "image_url": product.get("mainImageUrl"),
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def _amount(price: Fields) -> Any:
    value = price.get("value")
    return round(value, digits_of(_text(price.get("currency")))) if isinstance(value, float) else value


def _word(value: Any) -> Any:
    return value.get("suggestion", value.get("name", "")) if isinstance(value, dict) else value


def _first(units: Any) -> Fields:
    return _dict(units[0]) if isinstance(units, list) and units else {}


def _dict(value: Any) -> Fields:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
