"""The consent gate: what was stated, what follows for an event.

| denied            | an event is                                                     |
|-------------------|-----------------------------------------------------------------|
| `storage`         | not kept at all; only counted                                   |
| `analytics`       | flagged `analytics_denied`: for this visit's service only       |
| `personalization` | flagged `personalization_denied`: not stitched, not folded      |
| `advertising`     | flagged `advertising_denied`: never exported to advertisers     |

What was stated may come in our own words, as an IAB TCF string, as Google Consent Mode, or as a Global
Privacy Control signal; where several are given, a purpose needs the yes of each that speaks of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.events.tcf import NOTHING, Terms, granted, read_tc

PURPOSES = ("storage", "analytics", "personalization", "advertising", "email", "sms", "push")
NEVER_BY_DEFAULT = frozenset({"email", "sms", "push"})

GRANTED_AT_INIT: dict[str, bool] = {purpose: purpose not in NEVER_BY_DEFAULT for purpose in PURPOSES}
"""The default of a new workspace; ``doctor`` warns of it."""

STATEMENTS = "consent_stated"
"""The log's counter of kept events that stated a denial or changed a consent."""

PROFILING, DIRECT_MARKETING = "profiling", "direct_marketing"
OBJECTIONS = (PROFILING, DIRECT_MARKETING)
"""What one may object to (GDPR, article 21): two switches apart from consent, and over it."""

MARKETING = frozenset({"advertising", "email", "sms", "push"})
"""Purposes that an objection to direct marketing refuses."""

REFUSED = "refusals_stated"
"""The log's counter of kept events that objected, or withdrew elsewhere than in the browser they concern."""

PROOFS = frozenset({"Consent Changed", "Objection Changed", "Unsubscribed"})
"""Events that are the proof of what she said: kept longer than what she did, and where storage is denied."""

ANSWERS = frozenset({"Consent Changed", "Objection Changed"})
"""Those that are kept (bare) though they deny storage: the withdrawal itself."""

GATED = frozenset({"storage", "analytics", "personalization", "advertising"})
"""Purposes the gate asks about."""

_FLAGS = {
    "analytics": "analytics_denied",
    "personalization": "personalization_denied",
    "advertising": "advertising_denied",
}
NO_TERMS = Terms()
_GOOGLE = ("ad_storage", "ad_user_data", "ad_personalization")
_FRAMEWORK = "tcf"
_GOOGLES = frozenset(
    {*_GOOGLE, "analytics_storage", "functionality_storage", "personalization_storage", "security_storage"}
)
_SIGNALS = _GOOGLES | {_FRAMEWORK, "gcm", "gpc"}
_TAKEN_BACK = frozenset({"false", "no", "0", "withdrawn"})
_WORDS = {"granted": True, "true": True, "yes": True, "1": True, "denied": False, "false": False, "no": False}


class Gate(msgspec.Struct, frozen=True):
    """Whether an event may be kept, and the flags it is kept with."""

    keep: bool = True
    flags: tuple[str, ...] = ()


OPEN = Gate()
SHUT = Gate(keep=False)


class Standing(msgspec.Struct, frozen=True):
    """What holds of a shopper before a message speaks: her newest words, and what she refused for good.

    ``refused`` are purposes denied whatever a message states: a withdrawal, a privacy signal, and, where she
    ``objected`` to profiling, personalization.
    """

    words: Mapping[str, bool] = {}
    refused: frozenset[str] = frozenset()
    objected: bool = False

    def after(self, words: Mapping[str, bool], objected: bool | None = None) -> Standing:
        """The same after an answer of hers. An objection that was proven is not taken back by this."""
        refused = self.refused - {purpose for purpose, yes in words.items() if yes}
        refused |= {purpose for purpose, yes in words.items() if not yes}
        if self.objected or objected:
            refused |= {"personalization"}
        return Standing({**self.words, **words}, refused, self.objected or bool(objected))


class Ledger(Protocol):
    """What a shopper stated before, by any of her identifiers."""

    def is_empty(self) -> bool:
        """Whether nobody in the workspace ever stated anything; asked once a request."""

    def has_refusals(self) -> bool:
        """Whether anybody ever objected or withdrew elsewhere than in her browser: while nobody did, what a
        message states itself is enough."""

    def standing(self, anonymous_id: str, user_id: str) -> Standing:
        """What she stated and refused; nothing where she never did."""


def stated(consent: Any, terms: Terms = NO_TERMS) -> dict[str, bool]:
    """Purposes from ``context.consent``: Segment's ``{"categoryPreferences": {…}}`` or the short form; beside
    or instead of them ``tcf`` (a TC string), ``gcm`` (Google's signals, also without the wrapping) and
    ``gpc``.

    What cannot be read counts as denied; unknown purposes are left out.
    """
    if not isinstance(consent, dict):
        return {}
    preferences = consent.get("categoryPreferences", consent)
    answer: dict[str, bool] = {}
    if isinstance(preferences, dict):
        for purpose, value in preferences.items():
            name = purpose.lower()
            if name in PURPOSES and value is not None:
                answer[name] = _yes(value)
    if consent.keys() & _SIGNALS:
        for others in _signalled(consent, terms):
            for purpose, yes in others.items():
                answer[purpose] = yes and answer.get(purpose, True)
    return answer


def objections(said: Mapping[str, Any]) -> dict[str, bool]:
    """Objections as somebody wrote them: what cannot be read is an objection, unknown ones are left out."""
    return {
        name.lower(): value if isinstance(value, bool) else str(value).lower() not in _TAKEN_BACK
        for name, value in said.items()
        if name.lower() in OBJECTIONS and value is not None
    }


def signal_of(consent: Any) -> str:
    """By what standard something was stated: ``tcf``, ``gcm``, ``gpc``, or nothing for our own words."""
    if not isinstance(consent, dict) or not consent.keys() & _SIGNALS:
        return ""
    if consent.get(_FRAMEWORK) is not None:
        return "tcf"
    return "gcm" if consent.keys() & _GOOGLES else "gpc"


def opted_out(consent: Any) -> bool:
    """Whether the message itself carries Global Privacy Control."""
    return isinstance(consent, dict) and consent.get("gpc") is not None and _yes(consent["gpc"])


def trouble(consent: Any) -> Refused | None:
    """What is wrong with the TC string of ``context.consent``; None where all is well."""
    text = consent.get(_FRAMEWORK) if isinstance(consent, dict) else None
    if text is None:
        return None
    found = _of_framework(text if isinstance(text, str) else "", NO_TERMS)
    return found if isinstance(found, Refused) else None


def google(signals: Mapping[str, Any]) -> dict[str, bool]:
    """Our purposes from Google Consent Mode v2.

    Advertising needs all three of ``ad_storage``, ``ad_user_data`` and ``ad_personalization``. What makes an
    identifier necessary is what storage follows: analytics or personalization. ``functionality_storage`` and
    ``security_storage`` are granted by most banners without a question, so that their yes grants nothing of
    ours; a denied ``functionality_storage`` with nothing else granted denies storage.
    """
    said = {name: _yes(value) for name, value in signals.items() if name in _GOOGLES and value is not None}
    answer: dict[str, bool] = {}
    if any(name in said for name in _GOOGLE):
        answer["advertising"] = all(said.get(name, False) for name in _GOOGLE)
    for name, purpose in (("analytics_storage", "analytics"), ("personalization_storage", "personalization")):
        if name in said:
            answer[purpose] = said[name]
    if "analytics" in answer or "personalization" in answer:
        answer["storage"] = answer.get("analytics", False) or answer.get("personalization", False)
    elif said.get("functionality_storage") is False:
        answer["storage"] = False
    return answer


def gate(
    said: Mapping[str, bool],
    before: Mapping[str, bool] | None,
    default: Mapping[str, bool],
    refused: frozenset[str] = frozenset(),
) -> Gate:
    """What follows for an event: what it states itself counts first, then the ledger, then the default.

    What was ``refused`` for good stays refused, whatever is said.
    """
    if "storage" in refused or not _granted("storage", said, before, default):
        return SHUT
    flags = tuple(
        flag
        for purpose, flag in _FLAGS.items()
        if purpose in refused or not _granted(purpose, said, before, default)
    )
    return Gate(flags=flags) if flags else OPEN


def _granted(
    purpose: str, said: Mapping[str, bool], before: Mapping[str, bool] | None, default: Mapping[str, bool]
) -> bool:
    answer = said.get(purpose)
    if answer is None and before is not None:
        answer = before.get(purpose)
    return default.get(purpose, False) if answer is None else answer


def _yes(value: Any) -> bool:
    return value if isinstance(value, bool) else _WORDS.get(str(value).lower(), False)


def _signalled(consent: Mapping[str, Any], terms: Terms) -> Iterator[Mapping[str, bool]]:
    text = consent.get(_FRAMEWORK)
    if text is not None:
        found = _of_framework(text if isinstance(text, str) else "", terms)
        yield NOTHING if isinstance(found, Refused) else found
    signals = consent.get("gcm")
    if isinstance(signals, dict):
        yield google(signals)
    elif signals is not None:
        yield NOTHING
    if consent.keys() & _GOOGLES:
        yield google(consent)
    if opted_out(consent):
        yield {"advertising": False}


@lru_cache(maxsize=4096)
def _of_framework(text: str, terms: Terms) -> dict[str, bool] | Refused:
    """A shopper's string comes with each of her messages."""
    try:
        return granted(read_tc(text), terms)
    except Refused as fault:
        return fault
