"""Suppress: addresses that are written to no more, under a keyed hash alone, and what each may still get.

A complaint, a hard bounce and her own wish stop an address; soft bounces rest it for a while. The hash
outlives her erasure, so that who is forgotten is not written to again.
"""

from __future__ import annotations

import msgspec

from maatwerk.core.time import DAY
from maatwerk.decisions.contact.judge import ASKED, BOUNCE, COMPLAINT, RESTING
from maatwerk.decisions.contact.words import Policy
from maatwerk.effects.outbox import SUPPRESSED, Leases

SOFT = "soft-bounce"


class Suppressed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Kept under the keyed hash of an address, and so also after she was forgotten. ``until`` 0: for good."""

    at: int
    channel: str
    reason: str = ASKED
    until: int = 0


def suppress(records: Leases, digest: str, entry: Suppressed) -> None:
    """Write to this address no more. Its owner's own wish stands beside every other reason."""
    key = digest if entry.reason == ASKED else f"{digest}/{entry.reason}"
    records.put(SUPPRESSED, key, msgspec.json.encode(entry))


def decline(records: Leases, digest: str, topic: str, now: int, *, yes: bool) -> None:
    """She switched one topic off, or on again."""
    key = f"{digest}/topic/{topic}"
    if yes:
        records.drop(SUPPRESSED, key)
    else:
        records.put(SUPPRESSED, key, msgspec.json.encode(Suppressed(now, "", topic)))


def declined(records: Leases, digest: str, topic: str) -> bool:
    """Whether she switched a topic off."""
    return bool(topic) and records.get(SUPPRESSED, f"{digest}/topic/{topic}") is not None


def stopped(records: Leases, digest: str, now: int) -> str:
    """Why an address is out for what happened to its mail (a complaint, a bounce); nothing where not."""
    for reason in (BOUNCE, COMPLAINT, RESTING):
        stored = records.get(SUPPRESSED, f"{digest}/{reason}")
        entry = msgspec.json.decode(stored, type=Suppressed) if stored else None
        if entry is not None and not 0 < entry.until <= now:
            return reason
    return ""


def suppressed_at(records: Leases, digest: str) -> int:
    """When the owner of an address wanted no more; 0 where she never did."""
    stored = records.get(SUPPRESSED, digest)
    return msgspec.json.decode(stored, type=Suppressed).at if stored else 0


def lift(records: Leases, digest: str) -> None:
    """Let an address be written to again: after a mistake, or an address that works again. What its owner
    wished stands."""
    for reason in (BOUNCE, COMPLAINT, RESTING):
        records.drop(SUPPRESSED, f"{digest}/{reason}")


def bounced(
    records: Leases,
    policy: Policy,
    digest: str,
    message_id: str,
    now: int,
    *,
    hard: bool,
    channel: str = "email",
) -> str:
    """What a bounce does to an address: the reason it is out for now, or nothing yet."""
    if hard:
        suppress(records, digest, Suppressed(now, channel, BOUNCE))
        return BOUNCE
    window = (f"{SOFT}/{digest}", policy.soft_days * DAY, policy.soft_bounces - 1)
    if not records.take(SOFT, [window], message_id, now):
        return ""
    suppress(records, digest, Suppressed(now, channel, RESTING, now + policy.rest_days * DAY))
    return RESTING
