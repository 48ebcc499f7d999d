"""What a text or an address must be before it stands in markup."""

from __future__ import annotations

from html import escape

_WEB = ("http://", "https://", "/")


def plain(text: str) -> str:
    """Text for markup, with nothing in it that is markup."""
    return escape(text, quote=True)


def address(url: str) -> str:
    """An address of the web or of the shop's own site; empty for any other."""
    trimmed = url.strip()
    safe = trimmed.lower().startswith(_WEB) and not trimmed.startswith("//") and "\\" not in trimmed
    return trimmed if safe and trimmed.isprintable() else ""
