"""Links of a message that we count: the address in plain sight and a keyed hash over it, so that nobody
can make one of ours lead elsewhere (no open redirect)."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from urllib.parse import quote

_BYTES = 16


def click_url(key: bytes, public_url: str, message_id: str, url: str) -> str:
    """The link of ours that leads to ``url``."""
    return f"{public_url}/c/{quote(message_id)}?u={quote(url, safe='')}&k={_mark(key, message_id, url)}"


def genuine(key: bytes, message_id: str, url: str, mark: str) -> bool:
    """Whether we made it."""
    return hmac.compare_digest(_mark(key, message_id, url).encode(), mark.encode())


def _mark(key: bytes, message_id: str, url: str) -> str:
    derived = hmac.new(key, b"click", sha256).digest()
    made = hmac.new(derived, f"{message_id}\x1f{url}".encode(), sha256).digest()[:_BYTES]
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
