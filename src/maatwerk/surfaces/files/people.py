"""Who a record is about: the identifiers it names, and what it tells of the person, as the wire has it.

A record that names a customer is hers. One that names only an address or a telephone number belongs to a
visitor
made of it, so that all records of one address are one visitor's; the import then looks whether a customer
is known
by it (`maatwerk.flows.match_people`).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import normal_email
from maatwerk.surfaces.files.columns import Columns
from maatwerk.surfaces.files.mapping import ADDRESS, IDENTIFIERS, Mapping

MATCH = "match"
"""The field of a value that the flow takes out again: identifiers to look for, in order."""

_TRAITS = {
    "email": "email", "phone": "phone", "first_name": "firstName", "last_name": "lastName", "company":
    "company",
    "customer_group": "customerGroup",
}  # fmt: skip


def person(records: list[list[str]], mapping: Mapping, columns: Columns, nobody: str = "") -> dict[str, Any]:
    """``userId`` or ``anonymousId``, and what to look for. ``nobody`` is the visitor where nothing is named.

    Raises `Refused` (``nobody_named``) where that is empty too.
    """
    named: dict[str, str] = {field: columns.first(records, field) for field in IDENTIFIERS}
    named["email"] = normal_email(named["email"])
    device = columns.first(records, "anonymous_id")
    who: dict[str, Any] = {}
    if named["customer_id"]:
        who["userId"] = mapping.match.prefix + named["customer_id"]
    if device:
        who["anonymousId"] = device
    elif not who:
        field = next((field for field in ("email", "phone") if named[field]), "")
        who["anonymousId"] = f"{field}:{_digest(named[field])}" if field else nobody
    if not any(who.values()):
        raise Refused(
            "nobody_named",
            "the line names neither a visitor nor a customer",
            field=columns.name_of("anonymous_id" if "anonymous_id" in mapping.columns else "customer_id"),
        )
    found = [(field, named[field]) for field in mapping.match.by if named[field]]
    if (found and found[0][0] != "customer_id") or mapping.match.unmatched == "refuse":
        who[MATCH] = {
            "by": found,
            "prefix": mapping.match.prefix,
            "refuse": mapping.match.unmatched == "refuse",
        }
    return who


def told(records: list[list[str]], mapping: Mapping, columns: Columns) -> dict[str, Any]:
    """Traits that come with an order or another event: names and addresses the record holds."""
    traits: dict[str, Any] = {
        trait: text for field, trait in _TRAITS.items() if (text := columns.first(records, field))
    }
    for which in ("billing", "shipping"):
        if place := address(records, which, columns):
            traits[f"{which}Address"] = place
    for field in mapping.match.verified:
        if traits.get(field):
            traits[f"{field}_verified"] = True
    return traits


def address(records: list[list[str]], which: str, columns: Columns) -> dict[str, str]:
    """A billing or shipping address by its parts; empty where the file has none."""
    return {part: text for part in ADDRESS if (text := columns.first(records, f"{which}_{part}"))}


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
