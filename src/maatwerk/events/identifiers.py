"""Identifiers as they are kept: trimmed, in one Unicode form, and never a placeholder.

Identifiers are not folded in case (``U1`` and ``u1`` are two people); e-mail addresses are. The same
rule is used when something is stored and when it is looked up, so that what went in is found.
"""

from __future__ import annotations

import unicodedata

BLOCKED = frozenset(
    """
    null none nil undefined nan void unknown n/a na anonymous anonymous_id anonymousid guest visitor
    user userid user_id distinctid distinct_id customer_id id email true false test default
    not_authenticated notauthenticated [object] -1
    """.split()
) | {"[object object]", "(null)", "(none)", "not set", "(not set)", '""', "''"}
"""What clients write where they have no identifier, in lower case. Only whole values count."""

_LONGEST_BLOCKED = max(map(len, BLOCKED))


def normalize_id(value: object) -> str:
    """An identifier as it is kept: text trimmed and in NFC; a whole number as its digits; else nothing."""
    if isinstance(value, str):
        text = value.strip()
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ""


def is_placeholder(identifier: str) -> bool:
    """Whether a normalized identifier stands for nobody (``guest``, ``0``, a UUID of zeros, …)."""
    return identifier.lower() in BLOCKED or not identifier.strip("0-")


def known_id(value: object) -> str:
    """The normalized identifier, or nothing where it is missing or a placeholder."""
    # What clients make themselves (a UUID) is long, plain and starts with no zero: nothing to look at.
    if (
        type(value) is str
        and len(value) > _LONGEST_BLOCKED
        and value.isascii()
        and value[0] > "0"
        and value[-1] > " "
    ):
        return value
    identifier = normalize_id(value)
    return "" if not identifier or is_placeholder(identifier) else identifier


def normalize_email(value: object) -> str:
    """An e-mail address in lower case, trimmed, in NFC; nothing where it cannot be one."""
    if not isinstance(value, str):
        return ""
    text = unicodedata.normalize("NFC", value.strip()).lower()
    local, at, domain = text.rpartition("@")
    if not at or not local or "." not in domain or " " in text or len(text) > 254:
        return ""
    return text
