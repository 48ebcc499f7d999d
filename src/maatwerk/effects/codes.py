"""Codes: made of chance, read by people, kept as digests.

Thirteen letters of Crockford's base 32 (no I, L, O, U) are 65 bits: nobody guesses one. Whoever reads the
file cannot spend them either, because only a keyed digest is kept.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import blake2b, sha256

from maatwerk.core.errors import Refused
from maatwerk.decisions.offers.parse import plain_code

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_COUNT = 13
_PREFIX_MOST = 12


def new_code(chance: Callable[[int], bytes], prefix: str = "") -> str:
    """``7K2M-9QXT-4HWP3``, after the prefix where there is one."""
    return _written(chance(9), prefix)


def same_code(secret: bytes, key: str, prefix: str = "") -> str:
    """The code of a key: the same whenever it is asked, and no more to be guessed than the secret."""
    return _written(hmac.new(secret, key.encode(), sha256).digest()[:9], prefix)


def digest_of(secret: bytes, code: str) -> bytes:
    """What is kept of a code, however it is written."""
    return blake2b(plain_code(code).encode(), key=secret[:64], digest_size=16).digest()


def checked_prefix(prefix: str) -> str:
    """A prefix people may choose. Raises `Refused`."""
    if len(prefix) > _PREFIX_MOST or not all(letter.isascii() and letter.isalnum() for letter in prefix):
        raise Refused(
            "prefix_not_valid", f"{prefix[:40]!r} is no prefix", field="prefix",
            hint=f"up to {_PREFIX_MOST} letters and digits",
        )  # fmt: skip
    return prefix.upper()


def _written(chance: bytes, prefix: str) -> str:
    number = int.from_bytes(chance, "big")
    letters = "".join(_LETTERS[number >> 5 * place & 31] for place in range(_COUNT))
    code = f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
    return f"{prefix}-{code}" if prefix else code
