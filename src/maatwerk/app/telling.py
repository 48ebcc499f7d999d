"""Telling processors that somebody was erased: tried again with growing waits, for a day."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

import msgspec

from maatwerk.app.parts import Parts
from maatwerk.core.errors import Refused
from maatwerk.core.time import HOUR, SECOND, format_time
from maatwerk.effects.channels.webhook import NeverTold, NotTold, endpoint_of, headers, post
from maatwerk.engines.files.keys import erasure_key
from maatwerk.flows import erase
from maatwerk.flows.erase import Erasure, Told

TRIES = 32
FIRST_MS = 5 * SECOND
_PREFIX = "whsec_"


def tell_due(parts: Parts, erasure: Erasure) -> None:
    """Try whom it is time to tell; on to ``seal`` once nobody waits any more."""
    now = parts.clock()
    for told in erasure.told:
        if told.status == "waiting" and told.due <= now:
            _tell(parts, erasure, told, now)
    if all(told.status != "waiting" for told in erasure.told):
        erasure.step = "seal"
    erase.keep(parts.records, erasure)


def webhook_secret(parts: Parts) -> str:
    """What a receiver checks signatures with, as the specification writes it: ``whsec_`` and base64."""
    derived = hmac.new(erasure_key(parts.workspace), b"maatwerk/webhooks/v1", sha256).digest()
    return parts.settings.webhook_secret or _PREFIX + b64encode(derived).decode()


def _tell(parts: Parts, erasure: Erasure, told: Told, now: int) -> None:
    told.tries += 1
    address = told.endpoint
    try:
        endpoint = endpoint_of(address)
        told_body = _body(erasure, endpoint.namespaces, now)
        key = b64decode(webhook_secret(parts).removeprefix(_PREFIX))
        sent = headers(f"{erasure.request_id}-{endpoint.host}", now // 1000, told_body, key)
        post(endpoint, told_body, sent, parts.settings.webhook_allow)
    except NotTold as fault:
        told.detail = str(fault)
        told.due = now + min(HOUR, FIRST_MS * 2 ** min(told.tries - 1, 10))
        told.status = "waiting" if told.tries < TRIES else "failed"
    except (NeverTold, Refused, ValueError) as fault:
        told.status, told.detail = "failed", str(fault)[:200]
    else:
        told.status, told.detail = "told", ""


def _body(erasure: Erasure, namespaces: tuple[str, ...], now: int) -> bytes:
    assert erasure.gone is not None
    fields = {
        "user_id": erasure.gone.user_ids,
        "anonymous_id": erasure.gone.anonymous_ids,
        "email": erasure.gone.emails,
        "phone": erasure.gone.phones,
    }
    return msgspec.json.encode(
        {
            "type": "profile.erased",
            "timestamp": format_time(now),
            "data": {
                "request_id": erasure.request_id,
                "identifiers": {space: fields[space] for space in namespaces if fields[space]},
            },
        }
    )
