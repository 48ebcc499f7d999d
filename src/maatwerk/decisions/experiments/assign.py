"""Assignment by hash: GrowthBook's, version 2, so that their SDKs and ours agree on every unit."""

from __future__ import annotations

from collections.abc import Sequence

HOLDOUT = "maatwerk-holdout"
"""The seed of the global holdout: the share of shoppers who get the impersonal shop."""


def bucket(seed: str, value: str, version: int = 2) -> float:
    """A number in [0, 1) with four decimals (version 2) or three (version 1), from FNV-1a, 32 bits.

    Version 2 hashes the hash of seed and value; version 1 hashes value and seed once and is kept for
    imports only. Source: GrowthBook's SDK specification, "hash".
    """
    if version == 2:
        return _fnv32a(str(_fnv32a(seed + value))) % 10_000 / 10_000
    if version == 1:
        return _fnv32a(value + seed) % 1_000 / 1_000
    raise ValueError(f"hash version {version} is not known")


def ranges(weights: Sequence[float], coverage: float = 1.0) -> list[tuple[float, float]]:
    """Each arm's stretch of [0, 1): equal starts by weight, of which ``coverage`` is used."""
    start = 0.0
    result = []
    for weight in weights:
        result.append((start, start + min(max(coverage, 0.0), 1.0) * weight))
        start += weight
    return result


def choose(number: float, stretches: Sequence[tuple[float, float]]) -> int:
    """The arm whose stretch holds the number, or -1: not in the experiment."""
    for arm, (low, high) in enumerate(stretches):
        if low <= number < high:
            return arm
    return -1


def in_namespace(unit: str, name: str, low: float, high: float) -> bool:
    """Whether a unit's place in a namespace lies in ``[low, high)``: experiments that share a namespace and
    hold stretches of it that do not touch never meet in one shopper. GrowthBook's, hash version 1."""
    return low <= bucket(f"__{name}", unit, 1) < high


def held_out(unit: str, share: float, seed: str = HOLDOUT) -> bool:
    """Whether a shopper belongs to the holdout. Without an identifier nobody is held out, nor counted."""
    return bool(unit) and bucket(seed, unit) < share


def _fnv32a(text: str) -> int:
    number = 0x811C9DC5
    for unit in text.encode() if text.isascii() else _utf16(text):
        number = ((number ^ unit) * 0x01000193) & 0xFFFFFFFF
    return number


def _utf16(text: str) -> list[int]:
    """UTF-16 code units: what JavaScript's ``charCodeAt`` gives the browser SDK."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return [raw[place] | raw[place + 1] << 8 for place in range(0, len(raw), 2)]
