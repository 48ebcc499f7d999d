"""Identifiers: a prefix and 128 time-ordered bits.

The layout is that of a version 7 UUID (RFC 9562, 5.7): 48 bits of milliseconds, then chance.
Time and chance are arguments, so that a seed gives the same identifiers again.
"""

from __future__ import annotations

from hashlib import blake2b

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: sorts as the number does


def new_id(prefix: str, now_ms: int, chance: bytes) -> str:
    """``d-01jd…``: sortable by time. ``chance`` gives at least 10 bytes."""
    number = ((now_ms & (2**48 - 1)) << 80) | int.from_bytes(chance[:10], "big")
    return f"{prefix}-{_base32(number)}"


def derived_id(prefix: str, *parts: str) -> str:
    """The same identifier for the same parts: for retries that must count once."""
    digest = blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
    return f"{prefix}-{_base32(int.from_bytes(digest, 'big'))}"


def digest16(text: str) -> bytes:
    """16 bytes that stand for a long identifier in an index."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _base32(number: int) -> str:
    digits = []
    for _ in range(26):
        digits.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(digits))
