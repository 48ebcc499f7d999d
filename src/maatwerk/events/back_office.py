"""What Adobe Commerce's orders and accounts say beyond the storefront: payments, refunds, returns, people.

Field names are those of Adobe's data connection (XDM): ``commerce.order``, ``commerce.shipping``,
``productListItems[].returnItem``, ``person``, ``billingAddress`` and ``shippingAddress``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.identifiers import normalize_id
from maatwerk.events import adobe
from maatwerk.events.names import BACK_OFFICE_NAMES, is_back_office

Fields = dict[str, Any]

_ORDERS = frozenset(BACK_OFFICE_NAMES.values()) - {"Signed Up", "Account Updated", "Account Deleted"}
_RETURNS = frozenset({"Return Initiated", "Return Completed"})
_STREET = ("street1", "street", "street_1", "line1")


class Lifted(msgspec.Struct, frozen=True):
    """Canonical properties, who the person says she is, and what the shop knows of her."""

    properties: Fields
    user_id: str
    traits: Fields


def is_adobe(said: str) -> bool:
    """Whether Adobe calls an event so, in the storefront or in the back office."""
    return adobe.is_adobe(said) or is_back_office(said)


def lift(canonical: str, said: Fields, currency: str) -> Lifted:
    """Canonical properties of an event that came under Adobe's name.

    ``currency`` is what amounts are in where the event does not say. Raises `Refused` for an amount that is
    none.
    """
    said = {**said, **_dict(said.get("xdm"))}
    lifted = adobe.lift(canonical, said, currency)
    properties = lifted.properties
    if canonical in _ORDERS:
        told = {
            name: value for name, value in _order(canonical, said).items() if value not in (None, "", [], {})
        }
        # Lines of a return say more than a sale's; for all else what the storefront's reading found stands.
        properties = properties | told if canonical in _RETURNS else told | properties
    traits = _person(said)
    if lifted.email:
        traits.setdefault("email", lifted.email)
    user_id = lifted.user_id or normalize_id(_customer(said))
    return Lifted(properties, user_id, traits)


def _order(canonical: str, said: Fields) -> Fields:
    commerce = _dict(said.get("commerce"))
    order, shipping = _dict(commerce.get("order")), _dict(commerce.get("shipping"))
    refunds = [_refund(refund) for refund in _dicts(order.get("refunds"))]
    returns = _dict(order.get("returns")) or next(iter(_dicts(order.get("returns"))), {})
    found: Fields = {
        "order_id": order.get("purchaseID"),
        "number": order.get("purchaseOrderNumber"),
        "currency": order.get("currencyCode"),
        "shipping_method": shipping.get("shippingMethod"),
        "shipping_address": address(shipping.get("address") or said.get("shippingAddress")),
        "billing_address": address(said.get("billingAddress") or order.get("billingAddress")),
        "tracking_number": shipping.get("trackingNumber"),
        "tracking_url": shipping.get("trackingURL"),
    }
    if canonical == "Order Completed":
        found["payments"] = [_payment(payment) for payment in _dicts(order.get("payments"))]
        if len(found["payments"]) == 1:
            found["payment_method"] = found["payments"][0].get("type")
    elif canonical == "Order Refunded":
        found["refunds"] = refunds
    elif canonical in _RETURNS:
        found |= {"return_id": returns.get("returnID"), "status": returns.get("returnStatus")}
        found["products"] = [_returned(line) for line in _dicts(said.get("productListItems"))]
    return found


def _payment(payment: Fields) -> Fields:
    return _told(
        type=payment.get("paymentType"),
        amount=payment.get("paymentAmount"),
        currency=payment.get("currencyCode"),
        transaction_id=payment.get("paymentTransactionID"),
    )


def _refund(refund: Fields) -> Fields:
    return _told(
        id=refund.get("transactionID"),
        amount=refund.get("refundAmount"),
        currency=refund.get("currencyCode"),
        payment_type=refund.get("refundPaymentType"),
    )


def _returned(line: Fields) -> Fields:
    item = _dict(line.get("returnItem"))
    quantities = (
        item.get(f"returnQuantity{stage}") for stage in ("Approved", "Received", "Authorized", "Requested")
    )
    return _told(
        sku=line.get("SKU") or line.get("sku"),
        name=line.get("name"),
        quantity=next((each for each in quantities if each is not None), line.get("quantity")),
        reason=item.get("returnReason"),
        condition=item.get("returnItemCondition"),
        resolution=item.get("returnResolution"),
        status=item.get("returnStatus"),
    )


def _customer(said: Fields) -> Any:
    """The primary identity of a profile record: Commerce's customer id."""
    identities = _dict(said.get("identityMap"))
    for name in ("commerceCustomerId", "COMMERCE_CUSTOMER_ID", "commerceCustomerID", "customerId"):
        for identity in _dicts(identities.get(name)):
            if identity.get("id"):
                return identity["id"]
    return said.get("customerID") or said.get("customerId")


def _person(said: Fields) -> Fields:
    person = _dict(said.get("person"))
    name = _dict(person.get("name"))
    account = _dict(said.get("userAccount"))
    phones = {
        "phone": _dict(said.get("billingAddressPhone")).get("number")
        or _dict(said.get("billingPhone")).get("number")
        or _dict(said.get("shippingPhone")).get("number"),
    }
    found = {
        "firstName": name.get("firstName") or name.get("first"),
        "lastName": name.get("lastName") or name.get("last"),
        "birthday": person.get("birthDate"),
        "gender": person.get("gender"),
        "accountType": person.get("accountType"),
        "email": _dict(said.get("personalEmail")).get("address"),
        "createdAt": account.get("startDate"),
        "billingAddress": address(said.get("billingAddress")),
        "shippingAddress": address(said.get("shippingAddress")),
        **phones,
    }
    return {trait: value for trait, value in found.items() if value not in (None, "", {})}


def address(value: Any) -> Fields | None:
    """An XDM address in our fields; None where there is none."""
    said = _dict(value)
    found = _told(
        street=next((said[name] for name in _STREET if said.get(name)), None),
        street2=said.get("street2"),
        city=said.get("city"),
        state=said.get("state") or said.get("stateProvince"),
        postal_code=said.get("postalCode"),
        country=said.get("country") or said.get("countryCode"),
    )
    return found or None


def _told(**fields: Any) -> Fields:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _dict(value: Any) -> Fields:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[Fields]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
