"""What an allocation by kind of shopper goes by: a few numbers that any shop has, and that name nobody."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

KINDS = 8
WIDTH = 6 + KINDS
"""A constant, whether she is known at all, bought before, bought twice or is settled, is on a phone, reads in
another country's language; and her interests, by the hash of what they are called, in eight shares."""


def features(
    *, personal: bool, orders: int, settled: bool, device: str, foreign: bool, interests: Mapping[str, float]
) -> tuple[float, ...]:
    """The features of a shopper at a decision, each in [0, 1]. ``interests``: category to its share."""
    shares = [0.0] * KINDS
    for name, share in interests.items():
        place = blake2b(name.encode(), digest_size=1).digest()[0] % KINDS
        shares[place] += share
    facts = (True, personal, orders > 0, settled, device == "mobile", foreign)
    return (*(float(fact) for fact in facts), *(round(min(share, 1.0), 4) for share in shares))
