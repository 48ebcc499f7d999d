"""What she granted and denied, by purpose: the newest word counts, and the changes are kept as proof."""

from __future__ import annotations

import msgspec

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
    """The newest word per purpose, and the newest 20 changes, oldest first."""

    words: dict[str, Word] = {}
    changes: tuple[Change, ...] = ()


class Consent:
    """The fold of consent: of changes, of what events state, and of unsubscriptions."""

    name = "consent"
    version = 1
    names: frozenset[str] = frozenset()
    state = Ledger

    def step(self, state: Ledger, event: Event) -> Ledger:
        """See `maatwerk.views.fold.Fold`."""
        changes = _changes(event)
        stated = event.context.consent
        if not changes and not stated:
            return state
        words = dict(state.words)
        for purpose, granted in stated.items():
            if purpose in PURPOSES:
                _say(words, purpose, Word(event.time, not granted))
        kept = state.changes
        for change in changes:
            _say(words, change.purpose, Word(change.time, not change.granted))
            kept = with_one(kept, change, CHANGES)
        if words == state.words and kept is state.changes:
            return state
        return Ledger(dict(sorted(words.items())), kept)

    def merge(self, left: Ledger, right: Ledger) -> Ledger:
        """See `maatwerk.views.fold.Fold`."""
        words = dict(left.words)
        for purpose, word in right.words.items():
            _say(words, purpose, word)
        return Ledger(dict(sorted(words.items())), merged(left.changes, right.changes, CHANGES))


def granted(state: Ledger, purpose: str) -> bool | None:
    """Her newest word on a purpose; None where she never said."""
    word = state.words.get(purpose)
    return None if word is None else not word.denied


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
        if said.channel in PURPOSES:
            return [Change(event.time, said.channel, False, said.source or "unsubscribed")]
    return []
