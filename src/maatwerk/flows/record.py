"""Record: what happened, from messages on the wire to events in the log, each with its verdict.

Nothing vanishes: accepted + duplicates + dropped + rejected is what was sent. One request is one
transaction, its rejected messages included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import REJECTED_BYTES
from maatwerk.core.time import Clock, parse_time
from maatwerk.events.circumstances import DeviceOf, Surroundings, reduced
from maatwerk.events.consent import (
    ANSWERS,
    GATED,
    GRANTED_AT_INIT,
    NO_TERMS,
    PROFILING,
    REFUSED,
    STATEMENTS,
    Gate,
    Ledger,
    Standing,
    gate,
)
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Refuser
from maatwerk.events.log import DecisionRow, Log, Rejected
from maatwerk.events.moments import Written
from maatwerk.events.names import body
from maatwerk.events.reading import GateOf, SignedOf, Source, read
from maatwerk.events.tcf import Terms
from maatwerk.events.verdict import Rejection

Wire = bytes | msgspec.Raw
"""A message as JSON."""

CHUNK = 1_000
TC_STRINGS = "tc_strings"
"""The counter of requests' contexts that brought a TC string."""
REFUSED_ERASED = "refused_erased"
"""The counter of messages that happened before their person was erased."""

_CHANCE_BYTES = 16
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True)
class Recording:
    """What recording needs: the log, the clock, chance, and what is known of devices, users and consent.

    ``chance(n)`` gives n random bytes; ``signed`` checks a user signature; ``ledger`` knows what a
    shopper stated before; ``consent_default`` holds where nobody stated anything; ``erased`` keeps out what
    happened to somebody before she was forgotten.
    """

    log: Log
    clock: Clock
    chance: Callable[[int], bytes]
    device_of: DeviceOf
    signed: SignedOf
    currency: str = "EUR"
    consent_default: Mapping[str, bool] = field(default_factory=lambda: GRANTED_AT_INIT)
    ledger: Ledger | None = None
    terms: Terms = NO_TERMS
    """As whom and for what a TC string is read."""
    erased: Refuser | None = None


class Asked(msgspec.Struct, frozen=True):
    """What one request says of all its messages; see `maatwerk.events.reading.Source`."""

    proven: bool = False
    kind: str = ""
    sent_at: Written = None
    context: dict[str, Any] = {}
    around: Surroundings = Surroundings()
    dialect: str = "segment"
    origin: str = "collected"


class Prepared(msgspec.Struct):
    """Messages read but not yet written: ``events`` to append, ``kept`` to quarantine."""

    events: list[Event]
    kept: list[Rejected]
    rejected: list[Rejection]
    dropped: int = 0
    warnings: list[Rejection] = []
    before: dict[tuple[str, str], Standing] = {}
    """What was read of the ledger, by anonymous id and user id: a request need not read it twice."""
    erased: int = 0
    """Of those rejected: what is not kept, because its person was forgotten after it happened."""


class Recorded(msgspec.Struct, frozen=True):
    """What became of the messages. ``events`` are all that were read well, duplicates among them."""

    accepted: int = 0
    duplicates: int = 0
    dropped: int = 0
    rejected: tuple[Rejection, ...] = ()
    warnings: tuple[Rejection, ...] = ()
    events: tuple[Event, ...] = ()

    def wire(self) -> dict[str, Any]:
        """The answer of the HTTP contract, without ``success``; ``dropped`` where consent dropped any."""
        answer: dict[str, Any] = {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
        }
        if self.dropped:
            answer["dropped"] = self.dropped
        if self.warnings:
            answer["warnings"] = self.warnings
        return answer


async def record(recording: Recording, messages: Sequence[Wire], asked: Asked) -> Recorded:
    """Read messages (valid JSON each) and append what is accepted; durable when it returns.

    Raises `Overloaded` and `Unavailable`, and then nothing of the request was kept.
    """
    return await commit(recording, prepare(recording, messages, asked))


def prepare(
    recording: Recording,
    messages: Sequence[Wire],
    asked: Asked,
    first: int = 0,
    *,
    received: int | None = None,
    chance: bytes | None = None,
) -> Prepared:
    """Read messages and judge them, without writing. ``first`` is the index of the first one.

    ``received`` and ``chance`` are given where messages are read again.
    """
    received = recording.clock() if received is None else received
    chance = recording.chance(_CHANCE_BYTES) if chance is None else chance
    consents = _Consents(recording)
    source = _source(recording, asked, received, chance, consents.gate_of)
    prepared = Prepared([], [], [])
    for index, message in enumerate(messages, first):
        verdict = read(message, index, source)
        if verdict.event is not None:
            if recording.erased is not None and recording.erased.refuses(verdict.event):
                prepared.rejected.append(_erased(index))
                prepared.erased += 1
                continue
            prepared.events.append(verdict.event)
            if verdict.event.name in ANSWERS:
                consents.changed(verdict.event)
            if verdict.warnings:
                prepared.warnings.extend(verdict.warnings)
        elif verdict.rejection is not None:
            prepared.rejected.append(verdict.rejection)
            kept = reduced(_self_contained(message, asked), recording.device_of)[:REJECTED_BYTES]
            prepared.kept.append(Rejected(0, received, verdict.rejection, kept, asked.proven))
        else:
            prepared.dropped += 1
    prepared.before = consents.before
    for around in source.seen.values():
        if around.context.consent_by == "tcf":
            recording.log.count(TC_STRINGS)
    return prepared


async def commit(
    recording: Recording,
    prepared: Prepared,
    decisions: Sequence[DecisionRow] = (),
    own: Sequence[Event] = (),
) -> Recorded:
    """Write what was prepared, and decision records with it, in one transaction; ``own`` are events that
    Maatwerk itself adds, which the caller is not told of."""
    new: list[bool] = []
    if prepared.events or prepared.kept or decisions or own:
        _count(recording.log, prepared)
        new = await recording.log.append([*prepared.events, *own], decisions, prepared.kept)
        new = new[: len(prepared.events)]
    elif prepared.dropped or prepared.erased:
        _count(recording.log, prepared)
    return _recorded(prepared, new)


def commit_now(recording: Recording, prepared: Prepared) -> Recorded:
    """The same, blocking: for commands and background work."""
    _count(recording.log, prepared)
    new = recording.log.append_now(prepared.events, (), prepared.kept)
    return _recorded(prepared, new)


def record_blocking(
    recording: Recording, messages: Iterable[Wire], asked: Asked, chunk: int = CHUNK
) -> Iterator[Recorded]:
    """Record a long stream of messages, ``chunk`` to a transaction; one answer for each.

    A rejection's index is the message's place in the whole stream. Stopping between two answers does
    no harm; messages with ids may be sent again.
    """
    some: list[Wire] = []
    first = 0
    for message in messages:
        some.append(message)
        if len(some) == chunk:
            yield commit_now(recording, prepare(recording, some, asked, first))
            first += len(some)
            some = []
    if some:
        yield commit_now(recording, prepare(recording, some, asked, first))


_NOTHING = Standing()
_COUNTED = frozenset(
    {"no_identity", "analytics_denied", "personalization_denied", "advertising_denied", "gpc"}
)
"""Flags of events that are counted by name."""


class _Consents:
    """The gate of one request: what was stated in it counts for the messages after."""

    def __init__(self, recording: Recording) -> None:
        self._default = recording.consent_default
        ledger = recording.ledger
        self._ledger = None if ledger is None or ledger.is_empty() else ledger
        self._refusals = self._ledger is not None and self._ledger.has_refusals()
        self._usual = gate({}, None, self._default)
        self.before: dict[tuple[str, str], Standing] = {}
        self._changed: dict[str, list[tuple[dict[str, bool], bool | None]]] = {}

    def gate_of(self, said: dict[str, bool], anonymous_id: str, user_id: str) -> Gate:
        before = _NOTHING
        asks = not said.keys() >= GATED or self._refusals
        if self._changed or (self._ledger is not None and asks):
            before = self._standing(anonymous_id, user_id)
        if not said and before is _NOTHING:
            return self._usual
        return gate(said, before.words, self._default, before.refused)

    def changed(self, event: Event) -> None:
        """An answer of hers in this very request."""
        answer = body(event)
        purposes = getattr(answer, "purposes", {})
        objected = getattr(answer, "objections", {}).get(PROFILING)
        for who in ("a" + event.anonymous_id, "u" + event.user_id):
            if len(who) > 1:
                self._changed.setdefault(who, []).append((purposes, objected))

    def _standing(self, anonymous_id: str, user_id: str) -> Standing:
        if not anonymous_id and not user_id:
            return _NOTHING
        before = _NOTHING
        if self._ledger is not None:
            key = (anonymous_id, user_id)
            if key not in self.before:
                self.before[key] = self._ledger.standing(anonymous_id, user_id)
            before = self.before[key]
        for who in ("a" + anonymous_id, "u" + user_id):
            for purposes, objected in self._changed.get(who, ()):
                before = before.after(purposes, objected)
        return before


def _erased(index: int) -> Rejection:
    return Rejection(
        index,
        "erased",
        "timestamp",
        "it happened before its person was erased; what happens from now on is taken",
    )


def _source(recording: Recording, asked: Asked, received: int, chance: bytes, gate_of: GateOf) -> Source:
    return Source(
        received=received,
        chance=chance,
        gate_of=gate_of,
        device_of=recording.device_of,
        signed=recording.signed,
        around=asked.around,
        kind=asked.kind,
        sent_at=_sent_at(asked.sent_at),
        context=asked.context,
        proven=asked.proven,
        dialect=asked.dialect,
        origin=asked.origin,
        currency=recording.currency,
        terms=recording.terms,
    )


def _sent_at(written: Written) -> Written:
    """The batch's moment of sending, read once for all its messages; absent where it cannot be read."""
    if written is None or written == "":
        return None
    try:
        return parse_time(written, "sentAt")
    except Refused:
        return None


def _self_contained(message: Wire, asked: Asked) -> bytes:
    """The message with what only its request said put before it, so that it can be read again alone."""
    said: dict[str, Any] = {}
    if asked.kind:
        said["type"] = asked.kind
    if asked.sent_at is not None:
        said["sentAt"] = asked.sent_at
    text = bytes(message).strip()
    if not said or text[:1] != b"{":
        return text
    rest = text[1:].lstrip()
    joint = b"" if rest[:1] == b"}" else b","
    return _ENCODER.encode(said)[:-1] + joint + rest  # of a repeated key the later counts: the message's own


def refuses(event: Event) -> bool:
    """Whether an answer may stand against what her browser states: an objection, or a no given elsewhere."""
    if event.name == "Objection Changed":
        return True
    if event.name != "Consent Changed" or not event.proven:
        return False
    return any(not yes for purpose, yes in body(event).purposes.items() if purpose in GATED)


def count_answers(log: Log, events: Sequence[Event]) -> None:
    """Count what was answered, by purpose (``answers_analytics_denied``), and what was objected to."""
    for event in events:
        if event.name not in ANSWERS:
            continue
        answer = body(event)
        for purpose, yes in getattr(answer, "purposes", {}).items():
            log.count(f"answers_{purpose}_{'granted' if yes else 'denied'}")
        for to, yes in getattr(answer, "objections", {}).items():
            log.count(f"objections_{to}_{'made' if yes else 'withdrawn'}")


def _count(log: Log, prepared: Prepared) -> None:
    if prepared.dropped:
        log.count("dropped_consent", prepared.dropped)
    if prepared.warnings:
        placeholders = sum(warning.code == "placeholder_id" for warning in prepared.warnings)
        if placeholders:
            log.count("placeholder_ids", placeholders)
    if prepared.erased:
        log.count(REFUSED_ERASED, prepared.erased)
    statements = sum(
        event.name in ANSWERS or False in event.context.consent.values()
        for event in prepared.events
        if event.context.consent or event.name in ANSWERS
    )
    if statements:
        log.count(STATEMENTS, statements)
        count_answers(log, prepared.events)
        refusals = sum(map(refuses, prepared.events))
        if refusals:
            log.count(REFUSED, refusals)
    for event in prepared.events:
        for flag in event.flags:
            if flag in _COUNTED:
                log.count(flag)


def _recorded(prepared: Prepared, new: Sequence[bool]) -> Recorded:
    accepted = sum(new)
    return Recorded(
        accepted=accepted,
        duplicates=len(new) - accepted,
        dropped=prepared.dropped,
        rejected=tuple(prepared.rejected),
        warnings=tuple(prepared.warnings),
        events=tuple(prepared.events),
    )
