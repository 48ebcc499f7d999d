"""Unsubscribe links: who wants no more of what, sealed so that the address of the page tells nobody.

A link has to work for as long as the mail lies in a mailbox, whatever was forgotten or rotated
meanwhile, so it carries all it needs. It is sealed as in SIV (RFC 5297) with HMAC-SHA256 for both
parts: the tag of the content is also the nonce, so that the same message has the same link.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256

import msgspec

from maatwerk.core.errors import Refused

_TAG = 16
_LONGEST = 600
"""Bytes of content, so that the header that holds the link stays within one line (RFC 5322, 2.1.1)."""


class Link(msgspec.Struct, frozen=True, array_like=True):
    """What a link says. ``address`` is a keyed hash (`address_digest`), never the address."""

    message_id: str
    channel: str
    anonymous_id: str
    user_id: str
    address: str


def seal(key: bytes, link: Link) -> str:
    """The token of a link. Raises `Refused` where the identifiers are too long for a header."""
    content = _ENCODER.encode(link)
    if len(content) > _LONGEST:
        raise Refused("link_too_long", "the identifiers do not fit into an unsubscribe link")
    tag = _mac(key, b"tag", content)[:_TAG]
    return base64.urlsafe_b64encode(tag + _crossed(key, tag, content)).rstrip(b"=").decode()


def unseal(key: bytes, token: str) -> Link:
    """What a token says. Raises `Refused` (404) for one that we did not make."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        tag, content = sealed[:_TAG], _crossed(key, sealed[:_TAG], sealed[_TAG : _TAG + _LONGEST])
        if hmac.compare_digest(tag, _mac(key, b"tag", content)[:_TAG]):
            return _DECODER.decode(content)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        pass
    raise Refused(
        "link_not_valid",
        "this unsubscribe link is not whole",
        field="token",
        hint="open it from the message again",
        status=404,
    )


def address_digest(key: bytes, address: str) -> str:
    """What stands for an address where only its suppression is remembered: 128 bits of a keyed hash."""
    return _mac(key, b"address", address.strip().lower().encode()).hex()[:32]


def _crossed(key: bytes, tag: bytes, content: bytes) -> bytes:
    stream = b""
    while len(stream) < len(content):
        stream += _mac(key, b"stream", tag + len(stream).to_bytes(4, "big"))
    return bytes(a ^ b for a, b in zip(content, stream, strict=False))


def _mac(key: bytes, purpose: bytes, content: bytes) -> bytes:
    return hmac.new(hmac.new(key, purpose, sha256).digest(), content, sha256).digest()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Link)
