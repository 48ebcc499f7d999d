"""The words for what a person told about herself, however her shop's systems spell them. Nothing is inferred.

Names are Segment's reserved traits where it has one (``firstName``, ``birthday``, ``address``), else ours.
"""

from __future__ import annotations

import re
from typing import Any

from maatwerk.core.identifiers import normal_email

ADDRESS_FIELDS = ("street", "street2", "city", "state", "postal_code", "country")
NUMBERS = frozenset({"age", "loyaltyPoints"})

_NAMES = {
    "firstName": "first_name givenname forename vorname",
    "lastName": "last_name surname familyname",
    "email": "email_address e-mail mail",
    "phone": "phone_number mobile mobile_phone telephone",
    "gender": "sex",
    "age": "",
    "birthday": "birthdate date_of_birth dob geburtsdatum",
    "salutation": "social_title form_of_address anrede",
    "address": "",
    "billingAddress": "",
    "shippingAddress": "",
    "company": "company_name organization organisation",
    "accountType": "",
    "customerGroup": "group_name",
    "loyaltyStatus": "loyalty_tier loyalty_level",
    "loyaltyPoints": "points_balance",
    "locale": "language",
    "timezone": "time_zone",
}
_KNOWN = {
    "".join(c for c in name.lower() if c.isalnum()): trait
    for trait, others in _NAMES.items()
    for name in (trait, *others.split())
}
_ADDRESS = {
    "street": "street", "street1": "street", "address1": "street", "line1": "street",
    "addressline1": "street",
    "street2": "street2", "address2": "street2", "line2": "street2", "addressline2": "street2",
    "city": "city", "town": "city", "state": "state", "province": "state", "region": "state",
    "postalcode": "postal_code", "postcode": "postal_code", "zip": "postal_code", "zipcode": "postal_code",
    "country": "country", "countrycode": "country",
}  # fmt: skip
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:$|[T ])")
_MONTHS, _DAYS = 12, 31


def trait_name(said: str) -> str:
    """The name a trait is kept under; one nobody knows keeps its own."""
    return _KNOWN.get("".join(c for c in said.lower() if c.isalnum()), said)


def trait_value(trait: str, value: Any) -> Any:
    """A value as it is kept: trimmed text, an e-mail address in lower case, numbers as numbers, a birthday as
    ``1990-12-31`` where it reads as a day, an address by its fields. What cannot be read stays as told."""
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
    if trait == "email" and isinstance(value, str):
        return normal_email(value) or value
    if trait == "birthday" and isinstance(value, str):
        return _day(value)
    if trait in NUMBERS and isinstance(value, str):
        return _number(value)
    if trait.lower().endswith("address") and isinstance(value, dict):
        return _address(value)
    if trait == "company" and isinstance(value, dict):
        return value.get("name") or value.get("id")
    return value


def _address(said: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name, value in said.items():
        field = _ADDRESS.get("".join(c for c in str(name).lower() if c.isalnum()), str(name))
        if value not in (None, "", []):
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            found.setdefault(field, text.strip() if isinstance(text, str) else text)
    return found or None


def _day(text: str) -> str:
    match = _DAY.match(text)
    readable = match is not None and 1 <= int(match[2]) <= _MONTHS and 1 <= int(match[3]) <= _DAYS
    return text[:10] if readable else text


def _number(text: str) -> int | float | str:
    try:
        number = float(text.replace(" ", ""))
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 1e15 else number
