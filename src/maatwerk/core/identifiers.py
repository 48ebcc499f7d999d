"""Identifiers as they are kept: trimmed, in one Unicode form, and never a placeholder.

An e-mail address is lower-cased; any other identifier is brought to Unicode's composed form (NFC) and
never folded in case: ``U1`` and ``u1`` are two customers. The same rule is used when something is
stored and when it is looked up, so that what went in is found.
"""

from __future__ import annotations

import re
from unicodedata import normalize

BLOCKED = frozenset(
    """
    null nil none undefined nan void unknown n/a na anonymous anon anonymous_id anonymousid guest visitor
    user userid user_id distinctid distinct_id customer_id id uuid email phone true false test default
    not_authenticated notauthenticated not_set [object] object <null> <nil>
    """.split()
) | {"[object object]", "object object", "(null)", "(none)", "not set", "(not set)", '""', "''"}
"""What clients write where they have no identifier, in lower case. Only whole values count."""

_NOTHING = re.compile(r"[0\s{}()\-_.:]*|-1|0x0+", re.ASCII)
"""Zeros and punctuation alone, as in the zero UUID."""

_LONGEST_BLOCKED = max(map(len, BLOCKED))
_EMAIL_CHARS = 254
_PHONE_SIGNS = re.compile(r"[\s()./-]|^tel:")
_PHONE_LEAST, _PHONE_MOST = 7, 15


def normalize_id(value: object) -> str:
    """An identifier as it is kept: text trimmed and in NFC; a whole number as its digits; else nothing."""
    if isinstance(value, str):
        text = value.strip()
        return text if text.isascii() else normalize("NFC", text)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ""


def is_placeholder(value: str) -> bool:
    """Whether a program wrote this where it had no identifier: ``null``, ``0``, ``-1``, the zero UUID …"""
    text = value.strip()
    return not text or text.lower() in BLOCKED or _NOTHING.fullmatch(text) is not None


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


def normal_email(value: str) -> str:
    """An e-mail address as it is stored and looked up; nothing where it is none."""
    text = normalize("NFC", value.strip()).lower()
    name, at, host = text.rpartition("@")
    return text if at and name and "." in host and " " not in text and len(text) <= _EMAIL_CHARS else ""


def normal_phone(value: str) -> str:
    """A phone number as it is stored and looked up: its digits, a ``+`` before those of a country code.

    Nothing where it is none (E.164 has at most 15 digits), or one digit over and over.
    """
    text = _PHONE_SIGNS.sub("", normalize("NFKC", value.strip()))
    if text.startswith("00"):
        text = "+" + text[2:]
    digits = text.removeprefix("+")
    plausible = digits.isascii() and digits.isdigit() and _PHONE_LEAST <= len(digits) <= _PHONE_MOST
    return text if plausible and len(set(digits)) > 1 else ""
