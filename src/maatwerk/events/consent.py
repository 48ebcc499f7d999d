"""The consent gate: what was stated, what follows for an event.

| denied            | an event is                                                     |
|-------------------|-----------------------------------------------------------------|
| `storage`         | not kept at all; only counted                                   |
| `analytics`       | flagged `analytics_denied`: for this visit's service only       |
| `personalization` | flagged `personalization_denied`: not stitched, not folded      |
| `advertising`     | flagged `advertising_denied`: never exported to advertisers     |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

PURPOSES = ("storage", "analytics", "personalization", "advertising", "email", "sms", "push")
NEVER_BY_DEFAULT = frozenset({"email", "sms", "push"})

GRANTED_AT_INIT: dict[str, bool] = {purpose: purpose not in NEVER_BY_DEFAULT for purpose in PURPOSES}
"""The default of a new workspace; ``doctor`` warns of it."""

STATEMENTS = "consent_stated"
"""The log's counter of kept events that stated a denial or changed a consent."""

GATED = frozenset({"storage", "analytics", "personalization", "advertising"})
"""Purposes the gate asks about."""

_FLAGS = {
    "analytics": "analytics_denied",
    "personalization": "personalization_denied",
    "advertising": "advertising_denied",
}
_WORDS = {"granted": True, "true": True, "yes": True, "1": True, "denied": False, "false": False, "no": False}


class Gate(msgspec.Struct, frozen=True):
    """Whether an event may be kept, and the flags it is kept with."""

    keep: bool = True
    flags: tuple[str, ...] = ()


OPEN = Gate()
SHUT = Gate(keep=False)


class Ledger(Protocol):
    """What a shopper stated before, by any of her identifiers."""

    def is_empty(self) -> bool:
        """Whether nobody in the workspace ever stated anything; asked once a request."""

    def stated(self, anonymous_id: str, user_id: str) -> Mapping[str, bool] | None:
        """Purpose to granted; None where she never stated anything."""


def stated(consent: Any) -> dict[str, bool]:
    """Purposes from ``context.consent``: Segment's ``{"categoryPreferences": {…}}`` or the short form.

    What cannot be read counts as denied; unknown purposes are left out.
    """
    if not isinstance(consent, dict):
        return {}
    preferences = consent.get("categoryPreferences", consent)
    if not isinstance(preferences, dict):
        return {}
    answer: dict[str, bool] = {}
    for purpose, value in preferences.items():
        name = purpose.lower()
        if name in PURPOSES and value is not None:
            answer[name] = value if isinstance(value, bool) else _WORDS.get(str(value).lower(), False)
    return answer


def gate(said: Mapping[str, bool], before: Mapping[str, bool] | None, default: Mapping[str, bool]) -> Gate:
    """What follows for an event: what it states itself counts first, then the ledger, then the default."""
    if not _granted("storage", said, before, default):
        return SHUT
    flags = tuple(flag for purpose, flag in _FLAGS.items() if not _granted(purpose, said, before, default))
    return Gate(flags=flags) if flags else OPEN


def _granted(
    purpose: str, said: Mapping[str, bool], before: Mapping[str, bool] | None, default: Mapping[str, bool]
) -> bool:
    answer = said.get(purpose)
    if answer is None and before is not None:
        answer = before.get(purpose)
    return default.get(purpose, False) if answer is None else answer
