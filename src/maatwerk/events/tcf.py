"""What an IAB TCF 2.2 consent string grants, read bit by bit; what cannot be read grants nothing.

Source: IAB Tech Lab, "Transparency and Consent String with Global Vendor & CMP List Formats", version 2.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from maatwerk.core.errors import Refused

_LETTERS = {
    letter: number
    for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
}
_LONGEST = 16_384
_VERSION = 2
_PURPOSES = 24
_BEFORE_PURPOSES = 36 + 36 + 12 + 12 + 6 + 12 + 12 + 6 + 1 + 1 + 12
"""Bits from the version to the purposes: moments, the consent platform, its language, versions, flags."""
_DISCLOSED, _ALLOWED, _PUBLISHER = 1, 2, 3
_REQUIRE_CONSENT = 1


class Terms(msgspec.Struct, frozen=True):
    """Who asks, and for which purposes of ours which of the framework's must all be granted.

    ``vendor`` is the shop's number in the Global Vendor List; 0 where it has none, and then only what the
    string says of the publisher itself counts.
    """

    vendor: int = 0
    storage: tuple[int, ...] = (1,)
    analytics: tuple[int, ...] = (8, 9, 10)
    personalization: tuple[int, ...] = (3, 4)
    advertising: tuple[int, ...] = (3, 4, 7)


OURS = ("storage", "analytics", "personalization", "advertising")
NOTHING = dict.fromkeys(OURS, False)


class Consented(msgspec.Struct, frozen=True):
    """A string, read. ``publisher`` are the purposes of its publisher segment, None where it has none.

    ``restricted`` are, by vendor, the purposes that the publisher does not let it base on consent.
    """

    purposes: frozenset[int]
    vendors: frozenset[int]
    restricted: Mapping[int, frozenset[int]]
    publisher: frozenset[int] | None = None


class _Bits:
    """A segment's bits, taken from the front. Raises `Refused` where there are not enough."""

    def __init__(self, segment: str) -> None:
        if not segment or len(segment) % 4 == 1 or not all(letter in _LETTERS for letter in segment):
            raise _unreadable("a part of it is not base64url")
        self._bits = "".join(f"{_LETTERS[letter]:06b}" for letter in segment)
        self._at = 0

    def take(self, width: int) -> int:
        end = self._at + width
        if end > len(self._bits):
            raise _unreadable("it ends too early")
        value = int(self._bits[self._at : end], 2) if width else 0
        self._at = end
        return value

    def chosen(self, width: int) -> frozenset[int]:
        """Numbers from 1 whose bit is set."""
        if width > len(self._bits) - self._at:
            raise _unreadable("it ends too early")
        end = self._at + width
        found = frozenset(n for n, bit in enumerate(self._bits[self._at : end], 1) if bit == "1")
        self._at = end
        return found

    def ranges(self, most: int) -> frozenset[int]:
        """Numbers written as single ones and stretches, none above ``most``."""
        found: set[int] = set()
        for _ in range(self.take(12)):
            stretch = self.take(1)
            first = self.take(16)
            last = self.take(16) if stretch else first
            if not 0 < first <= last <= most:
                raise _unreadable(f"a range of vendors goes from {first} to {last}")
            found.update(range(first, last + 1))
        return frozenset(found)

    def vendors(self) -> frozenset[int]:
        most = self.take(16)
        return self.ranges(most) if self.take(1) else self.chosen(most)

    def end(self) -> None:
        """Nothing but zeros is left."""
        if "1" in self._bits[self._at :]:
            raise _unreadable("something follows its end")


def read_tc(text: str) -> Consented:
    """A TC string. Raises `Refused` for what is cut off, garbled, or of another version."""
    if len(text) > _LONGEST:
        raise _unreadable(f"it is longer than {_LONGEST} characters")
    core, *others = text.split(".")
    bits = _Bits(core)
    version = bits.take(6)
    if version != _VERSION:
        raise _unreadable(f"its version is {version}, not {_VERSION}")
    bits.take(_BEFORE_PURPOSES)
    purposes = bits.chosen(_PURPOSES)
    bits.chosen(_PURPOSES)  # legitimate interests: not ours
    bits.take(1 + 12)
    vendors = bits.vendors()
    bits.vendors()
    restricted = _restrictions(bits)
    bits.end()
    publisher = None
    for segment in others:
        found = _segment(_Bits(segment))
        publisher = found if publisher is None else publisher
    return Consented(purposes, vendors, restricted, publisher)


def granted(consented: Consented, terms: Terms) -> dict[str, bool]:
    """Our purposes. A vendor needs the purpose and itself; a publisher without a number its own purposes."""
    if terms.vendor:
        may = consented.purposes if terms.vendor in consented.vendors else frozenset[int]()
        may -= consented.restricted.get(terms.vendor, frozenset())
    else:
        may = consented.publisher or frozenset()
    return {purpose: may.issuperset(getattr(terms, purpose)) for purpose in OURS}


def _restrictions(bits: _Bits) -> dict[int, frozenset[int]]:
    found: dict[int, frozenset[int]] = {}
    for _ in range(bits.take(12)):
        purpose, kind = bits.take(6), bits.take(2)
        for vendor in bits.ranges(0xFFFF):
            if kind != _REQUIRE_CONSENT:
                found[vendor] = found.get(vendor, frozenset()) | {purpose}
    return found


def _segment(bits: _Bits) -> frozenset[int] | None:
    kind = bits.take(3)
    found = None
    if kind == _PUBLISHER:
        found = bits.chosen(_PURPOSES)
        bits.chosen(_PURPOSES)
        custom = bits.take(6)
        bits.take(2 * custom)
    elif kind in (_DISCLOSED, _ALLOWED):
        bits.vendors()
    else:
        raise _unreadable(f"it has a part of the unknown kind {kind}")
    bits.end()
    return found


def _unreadable(why: str) -> Refused:
    return Refused(
        "tc_string_not_readable",
        f"the consent string cannot be read: {why}",
        field="context.consent.tcf",
        hint="it counts as a denial; send the string as the consent platform gives it",
    )
