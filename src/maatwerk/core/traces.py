"""How a value may be spelled where it was left: for proving that nothing of a person is there any more."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from json import dumps
from urllib.parse import quote, quote_plus

LEAST_BYTES = 5
"""A shorter spelling occurs by chance: it is looked for where identifiers stand, never in raw bytes."""

_DROPPED = (0, 2, 3)  # characters at the front that a shift of so many bytes shares with what stood before


def plain(value: str) -> set[bytes]:
    """As our own files hold it: in UTF-8, and as JSON and URLs escape it."""
    text = value.encode("utf-8", "surrogatepass")
    escaped = dumps(value)[1:-1]
    found = {text, escaped.encode(), escaped.replace("/", "\\/").encode()}
    for written in (quote(text, safe=""), quote_plus(text), quote(text)):
        found |= {written.encode(), _lower_percent(written).encode()}
    return {each for each in found if len(each) >= LEAST_BYTES}


def spellings(value: str) -> set[bytes]:
    """The same, and in base64 at its three alignments (both alphabets), hex, and UTF-16."""
    text = value.encode("utf-8", "surrogatepass")
    found = plain(value) | {text.hex().encode(), text.hex().upper().encode()}
    found |= {value.encode("utf-16-le", "surrogatepass"), value.encode("utf-16-be", "surrogatepass")}
    for shift in range(3):
        whole = b64encode(b"\0" * shift + text)
        sure = whole[_DROPPED[shift] : (shift + len(text)) * 8 // 6]
        found |= {sure, sure.replace(b"+", b"-").replace(b"/", b"_")}
    return {each for each in found if len(each) >= LEAST_BYTES}


def all_spellings(values: Iterable[str]) -> list[bytes]:
    """Of several values, sorted. Nothing for a value too short to be looked for in raw bytes."""
    wanted = [value for value in values if len(value.encode("utf-8", "surrogatepass")) >= LEAST_BYTES]
    return sorted(set().union(*map(spellings, wanted))) if wanted else []


def _lower_percent(written: str) -> str:
    parts = written.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])
