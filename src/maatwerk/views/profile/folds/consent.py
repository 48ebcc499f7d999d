"""What she granted and denied, by purpose, and what she objected to: the newest word counts.

The newest changes are kept beside, for whoever asks what she answered last; the whole ledger, entry by
entry, is read from the log (`maatwerk.views.profile.consents`).
"""

from __future__ import annotations

import msgspec

from maatwerk.events.consent import OBJECTIONS
from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.views.profile.folds.newest import merged, with_one

CHANGES = 20

PURPOSES = frozenset({"storage", "analytics", "personalization", "advertising", "email", "sms", "push"})


class Word(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """Granted or denied, and when. Of two words at one moment the denial counts."""

    time: int
    denied: bool


class Change(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """One explicit change: with the version of the text shown, and where it was asked."""

    time: int
    purpose: str
    granted: bool
    source: str = ""
    text_version: str = ""


class Ledger(msgspec.Struct, frozen=True, array_like=True):
    """The newest word per purpose, and the newest 20 changes, oldest first.

    ``objections`` and ``claims`` hold, by what she objected to, the newest word that was proven to be hers
    and the newest that was not; ``opted_out`` is when Global Privacy Control last came from her.
    """

    words: dict[str, Word] = {}
    changes: tuple[Change, ...] = ()
    objections: dict[str, Word] = {}
    claims: dict[str, Word] = {}
    opted_out: int = 0
    answers: dict[str, Word] = {}
    """The newest answer to a question, per purpose: what events merely state is not among them."""


class Consent:
    """The fold of consent: of changes, of what events state, of objections and of unsubscriptions."""

    name = "consent"
    version = 3
    names: frozenset[str] = frozenset()
    state = Ledger

    def step(self, state: Ledger, event: Event) -> Ledger:
        """See `maatwerk.views.fold.Fold`."""
        if event.name == "Objection Changed":
            state = _objecting(state, event)
        if "gpc" in event.flags and event.time > state.opted_out:
            state = msgspec.structs.replace(state, opted_out=event.time)
        changes = _changes(event)
        stated = event.context.consent
        if not changes and not stated:
            return state
        words = dict(state.words)
        for purpose, granted in stated.items():
            if purpose in PURPOSES:
                _say(words, purpose, Word(event.time, not granted))
        kept = state.changes
        answers = dict(state.answers) if changes else state.answers
        for change in changes:
            word = Word(change.time, not change.granted)
            _say(words, change.purpose, word)
            _say(answers, change.purpose, word)
            kept = with_one(kept, change, CHANGES)
        if words == state.words and kept is state.changes:
            return state
        return msgspec.structs.replace(
            state, words=dict(sorted(words.items())), changes=kept, answers=dict(sorted(answers.items()))
        )

    def merge(self, left: Ledger, right: Ledger) -> Ledger:
        """See `maatwerk.views.fold.Fold`."""
        return Ledger(
            _newest(left.words, right.words),
            merged(left.changes, right.changes, CHANGES),
            _newest(left.objections, right.objections),
            _newest(left.claims, right.claims),
            max(left.opted_out, right.opted_out),
            _newest(left.answers, right.answers),
        )


def granted(state: Ledger, purpose: str) -> bool | None:
    """Her newest word on a purpose; None where she never said.

    Global Privacy Control denies advertising until she herself answers a question otherwise: other browsers
    that do not send it state an older yes with every event.
    """
    if purpose == "advertising" and opted_out(state):
        return False
    if withdrawn(state, purpose):
        return False
    word = state.words.get(purpose)
    return None if word is None else not word.denied


def withdrawn(state: Ledger, purpose: str) -> bool:
    """Whether her last answer was a no: what browsers go on stating of an older yes does not count."""
    answer = state.answers.get(purpose)
    return answer is not None and answer.denied


def opted_out(state: Ledger) -> bool:
    """Whether her browser's privacy signal stands: she has not answered otherwise since."""
    answer = state.answers.get("advertising")
    return state.opted_out > 0 and not (answer and not answer.denied and answer.time > state.opted_out)


def objected(state: Ledger, to: str) -> bool:
    """Whether she objected to ``profiling`` or ``direct_marketing``.

    Anybody may be believed who objects; to take back what was proven takes proof, so that nobody can do it
    for her.
    """
    proven, claim = state.objections.get(to), state.claims.get(to)
    if proven is not None and proven.denied:
        return True
    return claim is not None and claim.denied and (proven is None or claim.time > proven.time)


def _objecting(state: Ledger, event: Event) -> Ledger:
    mine = event.proven or event.origin == "internal"
    words = dict(state.objections if mine else state.claims)
    for to, yes in sorted(body(event).objections.items()):
        if to in OBJECTIONS:
            _say(words, to, Word(event.time, yes))
    words = dict(sorted(words.items()))
    if mine:
        return msgspec.structs.replace(state, objections=words)
    return msgspec.structs.replace(state, claims=words)


def _newest(left: dict[str, Word], right: dict[str, Word]) -> dict[str, Word]:
    words = dict(left)
    for name, word in right.items():
        _say(words, name, word)
    return dict(sorted(words.items()))


def _say(words: dict[str, Word], purpose: str, word: Word) -> None:
    known = words.get(purpose)
    if known is None or known < word:
        words[purpose] = word


def _changes(event: Event) -> list[Change]:
    if event.name == "Consent Changed":
        said = body(event)
        return [
            Change(event.time, purpose, granted, said.source, said.text_version)
            for purpose, granted in sorted(said.purposes.items())
            if purpose in PURPOSES
        ]
    if event.name == "Unsubscribed":
        said = body(event)
        if said.channel in PURPOSES and not said.topic:
            return [Change(event.time, said.channel, False, said.source or "unsubscribed")]
    return []
