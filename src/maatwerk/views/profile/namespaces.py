"""The addresses and numbers by which a person goes besides her ids, and what an event tells of them.

| namespace | told in | joins a visitor's history to an account |
|---|---|---|
| `email` | trait `email`; `email` of an order | when verified: `email_verified`, by more than a claim |
| `phone` | trait `phone` | the same with `phone_verified` |
| `device_id` | `context.device.id` | never |
| declared by the shop | the trait it names | with the secret key |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from maatwerk.core.identifiers import known_id, normal_email, normal_phone
from maatwerk.core.ids import digest16
from maatwerk.core.limits import ID_CHARS
from maatwerk.events import names
from maatwerk.events.event import EMPTY, Event

CLAIMED, PROVEN, JOINS, VERIFIED = range(4)

_ORDERS = frozenset({"Order Completed", "Checkout Started"})
_CAPS = {"email": 5, "phone": 5, "device_id": 20}
_DECLARED_CAP = 5
_RANK = {"email": 0, "phone": 2, "device_id": 3}
_DECLARED_RANK = 1


class Policy(msgspec.Struct, frozen=True):
    """What the shop decided: ``email_merge`` is ``verified`` or ``any``; ``declared`` namespaces, each
    with the trait that tells it."""

    email_merge: str = "verified"
    declared: Mapping[str, str] = {}

    def namespaces(self) -> tuple[str, ...]:
        """All that can be asked for."""
        return ("user_id", "anonymous_id", "email", "phone", "device_id", *sorted(self.declared))

    @property
    def version(self) -> int:
        """Changes when what is folded does: 31 bits, 0 for the defaults."""
        if self == Policy():
            return 0
        text = f"{self.email_merge} {sorted(self.declared.items())}"
        return int.from_bytes(digest16(text)[:4], "big") >> 1


def cap(namespace: str) -> int:
    """How many of a namespace one person keeps."""
    return _CAPS.get(namespace, _DECLARED_CAP)


def rank(address: str) -> tuple[int, str]:
    """Where several addresses lead to different people the first in this order decides."""
    return _RANK.get(address.partition("/")[0], _DECLARED_RANK), address


def address_of(namespace: str, value: str) -> str:
    """The identifier as it is stored and looked up (``email/x@ex.test``); nothing where it is none."""
    if namespace == "email":
        normal = normal_email(value)
    elif namespace == "phone":
        normal = normal_phone(value)
    else:
        normal = known_id(value)
    return f"{namespace}/{normal}" if normal and len(normal) <= ID_CHARS else ""


def told(event: Event, policy: Policy) -> dict[str, int]:
    """The addresses an event tells, each with how strongly."""
    found: dict[str, int] = {}
    if event.traits != EMPTY:
        traits = names.traits(event)
        _add(found, "email", traits.get("email"), _strength(event, traits, "email", policy))
        _add(found, "phone", traits.get("phone"), _strength(event, traits, "phone", policy))
        for namespace, trait in policy.declared.items():
            _add(found, namespace, traits.get(trait), JOINS if event.proven else CLAIMED)
    if event.context.device_id:
        _add(found, "device_id", event.context.device_id, int(event.proven))
    if b'"email"' in bytes(event.properties):
        said = names.properties(event)
        if event.name in _ORDERS or "order_id" in said:
            _add(found, "email", said.get("email"), _strength(event, said, "email", policy))
    return found


def _add(found: dict[str, int], namespace: str, value: object, strength: int) -> None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    key = address_of(namespace, value) if isinstance(value, str) else ""
    if key:
        found[key] = max(found.get(key, CLAIMED), strength)


def _strength(event: Event, said: Mapping[str, Any], namespace: str, policy: Policy) -> int:
    """A claim cannot verify: that takes the secret key or a signature."""
    words = (said.get(f"{namespace}_verified"), said.get(f"{namespace}Verified"))
    if event.proven and any(word is True or word in ("true", 1) for word in words):
        return VERIFIED
    if namespace == "email" and policy.email_merge == "any":
        return JOINS
    return PROVEN if event.proven else CLAIMED
