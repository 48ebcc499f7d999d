"""Keys: what a caller may do, and where a request carries its key."""

from __future__ import annotations

import base64
import binascii
from typing import Literal, Protocol

KeyKind = Literal["write", "secret"]

_KEY_CHARS = 200


class Keys(Protocol):
    """The workspace's keys. Of the secret key only the hash is kept, so ``check`` compares digests."""

    def check(self, key: str) -> KeyKind | None:
        """What a key may do; None where it is not known. Compares in constant time."""

    def signed(self, user_id: str, signature: str) -> bool:
        """Whether a ``userSignature`` of this user was made with a secret key in force."""


def presented_key(authorization: str) -> str:
    """The key of an ``Authorization`` header: the Basic user name (Segment's habit), or the Bearer token."""
    scheme, _, value = authorization.partition(" ")
    value = value.strip()
    scheme = scheme.lower()
    if scheme == "bearer":
        return value if len(value) <= _KEY_CHARS else ""
    if scheme != "basic" or len(value) > 2 * _KEY_CHARS:
        return ""
    try:
        user, _, _ = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return ""
    return user
