"""Chance as a keyed hash: the same seed and unit give the same draw, in any process, for ever.

That is what makes a decision repeatable and an assignment stable without storing either.
"""

from __future__ import annotations

from hashlib import blake2b

_SCALE = 2.0**-53


def die(seed: str, *unit: str | int) -> float:
    """A draw in [0, 1), uniform over units, independent between seeds (53 bits of BLAKE2b)."""
    return (_number(seed, unit) >> 11) * _SCALE


def pick(seed: str, count: int, *unit: str | int) -> int:
    """A draw from 0 to ``count - 1``; the bias is below ``count / 2**64``."""
    return _number(seed, unit) * count >> 64


def _number(seed: str, unit: tuple[str | int, ...]) -> int:
    text = "\x1f".join(map(str, unit))
    key = blake2b(seed.encode(), digest_size=32).digest() if len(seed) > 64 else seed.encode()
    return int.from_bytes(blake2b(text.encode(), key=key, digest_size=8).digest(), "big")
