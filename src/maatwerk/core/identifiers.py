"""What may identify somebody, and how it is written the same way everywhere.

An e-mail address is trimmed and lower-cased; a phone number keeps its digits and a leading plus; any
other identifier is trimmed and brought to Unicode's composed form (NFC), never case-folded: ``U1``
and ``u1`` are two customers.
"""

from __future__ import annotations

import re
from unicodedata import normalize

_PLACEHOLDERS = frozenset(
    "null nil none undefined nan n/a na unknown anonymous anon guest true false test default user visitor"
    " user_id userid anonymous_id anonymousid distinct_id customer_id id uuid email phone"
    " [object object] object object (null) <null> <nil> not_set (not set) not set".split(" ")
) | {"[object object]", "(not set)", "not set"}

_NOTHING = re.compile(r"[0\s{}()\-_.:]*|-1|0x0+", re.ASCII)
"""Zeros and punctuation alone, as in the zero UUID."""


def is_placeholder(value: str) -> bool:
    """Whether a program wrote this where it had no identifier: ``null``, ``0``, ``-1``, the zero UUID …"""
    text = value.strip()
    return not text or text.lower() in _PLACEHOLDERS or _NOTHING.fullmatch(text) is not None


def normal_id(value: str) -> str:
    """An identifier as it is stored and looked up; nothing where it is a placeholder."""
    text = value.strip()
    if not text.isascii():
        text = normalize("NFC", text)
    return "" if is_placeholder(text) else text


def normal_email(value: str) -> str:
    """An e-mail address as it is stored and looked up; nothing where it is none."""
    text = normalize("NFC", value.strip()).lower()
    name, at, host = text.rpartition("@")
    return text if at and name and "." in host and " " not in text else ""


def normal_phone(value: str) -> str:
    """A phone number as digits with its leading plus; nothing where it is none."""
    text = value.strip()
    digits = "".join(char for char in text if char.isascii() and char.isdigit())
    return ("+" if text.startswith("+") else "") + digits if len(digits) >= 5 else ""
