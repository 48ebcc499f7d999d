"""Who asks, for surfaces that answer a shopper without deciding a page: found as `decide` finds her."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from maatwerk.events.decisions import DecisionMade, encode
from maatwerk.events.log import DecisionRow
from maatwerk.flows.decide import (
    Ask,
    Deciding,
    _arm,
    _audiences,
    _granted,
    _impersonal,
    _question,
    _record,
    _shopper,
)
from maatwerk.flows.page import Question
from maatwerk.flows.record import Asked, Prepared
from maatwerk.views.profile.shopper import NOBODY, Shopper


class Asker(NamedTuple):
    """Who asks, as far as an answer may be hers, and the question as her page would put it."""

    consent: dict[str, bool]
    shopper: Shopper
    arm: str
    personal: bool
    """Whether anything of her may move the answer."""
    question: Question


class Somebody(NamedTuple):
    """Who asks, where her taste does not matter."""

    consent: dict[str, bool]
    shopper: Shopper
    personal: bool


def somebody(deciding: Deciding, ask: Ask, asked: Asked, now: int, *, signed: bool) -> Somebody:
    """Found as `decide` finds her; nothing more is reckoned."""
    consent = _granted(deciding, ask, Prepared([], [], []))
    shopper = _shopper(deciding, ask, asked, (), now, signed) if consent["storage"] else NOBODY
    treated = _arm(deciding, ask) == "treated"
    return Somebody(consent, shopper, consent["personalization"] and shopper.known_events > 0 and treated)


def asker(deciding: Deciding, ask: Ask, asked: Asked, now: int, *, signed: bool) -> Asker:
    """What `decide` knows before it decides."""
    consent = _granted(deciding, ask, Prepared([], [], []))
    shopper = _shopper(deciding, ask, asked, (), now, signed) if consent["storage"] else NOBODY
    arm = _arm(deciding, ask)
    personal = consent["personalization"] and shopper.known_events > 0 and arm == "treated"
    question = _question(deciding, ask, shopper, personal, now)
    _, targeted = _audiences(deciding, asked, shopper, now, consent, question)
    if targeted:
        question = msgspec.structs.replace(question, audiences=targeted)
    return Asker(consent, shopper, arm, personal, question)


def record_of(
    deciding: Deciding, ask: Ask, asked: Asked, who: Asker, decision_id: str, *, signed: bool
) -> DecisionMade:
    """The record of an answer that fills no placement; its slot is the caller's to put in."""
    record = _record(deciding, ask, asked, who.question, who.shopper, (), decision_id, who.arm, signed)
    return msgspec.structs.replace(record, impersonal=_impersonal(who.consent))


def note(deciding: Deciding, record: DecisionMade, *, kept: bool) -> None:
    """Keep a record without waiting for it; without consent to storage only count it."""
    log = deciding.recording.log
    if kept:
        log.note(DecisionRow(record.id, record.time, record.anonymous_id, record.user_id, encode(record)))
    else:
        log.count("decisions_unrecorded")
