"""The decision record: what we said, why, and what is needed to say it again.

Records live in a stream of their own with its own retention. Replay reruns the pure pipeline on
what is named here; it never echoes the stored answer.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Candidate(msgspec.Struct, frozen=True, array_like=True):
    """One candidate of a slot: where it came from, its score, and the rule that removed it (if any)."""

    sku: str
    source: str
    score: float
    removed_by: str = ""


class ShownItem(msgspec.Struct, frozen=True, array_like=True):
    """One product shown, with the stock and price the decision was based on."""

    sku: str
    rank: int
    score: float
    source: str
    reason: str
    price_minor: int | None = None
    stock: int | None = None


class SlotDecided(msgspec.Struct, frozen=True, omit_defaults=True):
    """One placement's answer. ``propensity`` is the probability of this very answer for this shopper
    under the policy that gave it (1.0 where nothing was left to chance)."""

    placement: str
    kind: str
    unit: str = ""
    fallback: str | None = None
    tracking: str = ""
    propensity: float = 1.0
    items: tuple[ShownItem, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    """Kept in full where explained or sampled; else only the counts in ``removed``."""
    removed: dict[str, int] = {}
    experiment: str = ""
    variant: str = ""
    content: dict[str, Any] = {}
    reason: str = ""
    missed_deadline: bool = False


class DecisionMade(msgspec.Struct, frozen=True, omit_defaults=True):
    """All slots of one request, and all they were decided from.

    ``offset``: the profile counts events up to here, plus ``own_events`` that came with the request.
    ``catalog_offset`` and ``rules_offset``: the same for catalog and rules; ``baseline_offset``: for the
    shop's own shares, which tastes are compared with and which are reckoned less often. ``models``: name to
    sealed version. ``proven``: the user was proven by a signature or the secret key; ``trusted``: it was
    asked with the secret key. ``arm``: ``treated`` or ``holdout`` of the global holdout.
    """

    id: str
    time: int
    anonymous_id: str = ""
    user_id: str = ""
    proven: bool = False
    trusted: bool = False
    personal: bool = False
    request: bytes = b"{}"
    """The request's context and placements as JSON, without events and signature."""
    offset: int = 0
    own_events: tuple[str, ...] = ()
    catalog_offset: int = 0
    rules_offset: int = 0
    baseline_offset: int = 0
    models: dict[str, str] = {}
    arm: str = "treated"
    seed: str = ""
    tail_cut: bool = False
    impersonal: str = ""
    """What of hers forbade a personal answer: ``consent`` or ``objection``."""
    audiences: tuple[str, ...] = ()
    """Those she belonged to, of the ones that rules in force were aimed at."""
    variants: dict[str, str] = {}
    """Her variants, of the experiments that made a difference in the placements."""
    slots: tuple[SlotDecided, ...] = ()
    version: int = 1


def encode(record: DecisionMade) -> bytes:
    """The payload the decisions stream keeps (MessagePack)."""
    return _ENCODER.encode(record)


def decode(payload: bytes) -> DecisionMade:
    """The record of a stored payload."""
    return _DECODER.decode(payload)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(DecisionMade)
