"""How other vendors number units, for experiments that were begun with them and are read here."""

from __future__ import annotations

from hashlib import sha256

_MASK = 0xFFFFFFFF


def murmur3(key: str, seed: int = 0) -> int:
    """MurmurHash3, x86, 32 bits, of the UTF-8 text. Source: Austin Appleby's reference, public domain."""
    data = key.encode()
    whole = len(data) & ~3
    number = seed & _MASK
    for at in range(0, whole, 4):
        number ^= _mixed(int.from_bytes(data[at : at + 4], "little"))
        number = (_rotated(number, 13) * 5 + 0xE6546B64) & _MASK
    if len(data) > whole:
        number ^= _mixed(int.from_bytes(data[whole:], "little"))
    number ^= len(data)
    number = ((number ^ (number >> 16)) * 0x85EBCA6B) & _MASK
    number = ((number ^ (number >> 13)) * 0xC2B2AE35) & _MASK
    return number ^ (number >> 16)


def sha_bucket(key: str) -> float:
    """The first 15 hexadecimal digits of SHA-256 as a share of their range: a number in [0, 1]."""
    return int(sha256(key.encode()).hexdigest()[:15], 16) / float(0xFFFFFFFFFFFFFFF)


def _mixed(block: int) -> int:
    return (_rotated((block * 0xCC9E2D51) & _MASK, 15) * 0x1B873593) & _MASK


def _rotated(number: int, by: int) -> int:
    return ((number << by) | (number >> (32 - by))) & _MASK
