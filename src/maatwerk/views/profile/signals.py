"""The signals a profile is made of, ready to decode, step and merge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from maatwerk.core.ids import digest16
from maatwerk.events.event import Event
from maatwerk.views.fold import Fold
from maatwerk.views.profile.folds import SIGNALS
from maatwerk.views.profile.words import Shard

S = TypeVar("S", bound=msgspec.Struct)


class Signals:
    """Folds by name and by the events they read. Their names are unique."""

    def __init__(self, folds: Sequence[Fold[Any]] = SIGNALS) -> None:
        self.folds = {fold.name: fold for fold in folds}
        self._decode = {fold.name: msgspec.msgpack.Decoder(fold.state).decode for fold in folds}
        self._reading: dict[str, tuple[Fold[Any], ...]] = {}

    @property
    def version(self) -> int:
        """Changes when a fold comes, goes or gets another version: 31 bits."""
        text = "\n".join(sorted(f"{fold.name} {fold.version}" for fold in self.folds.values()))
        return int.from_bytes(digest16(text)[:4], "big") >> 1

    def reading(self, name: str) -> tuple[Fold[Any], ...]:
        """The folds that read events of a name."""
        found = self._reading.get(name)
        if found is None:
            found = tuple(fold for fold in self.folds.values() if not fold.names or name in fold.names)
            if len(self._reading) < 1_000:  # names are the senders' to choose
                self._reading[name] = found
        return found

    def decoded(self, name: str, state: bytes | msgspec.Raw) -> Any:
        """A stored state of a fold."""
        return self._decode[name](state)

    def merged(self, fold: Fold[S], shards: Iterable[Shard], tail: Iterable[Event]) -> S:
        """One fold's state over shards, and over events that are in none of them yet."""
        state = fold.state()
        begun = False
        for shard in shards:
            stored = shard.states.get(fold.name)
            if stored is not None:
                part = self._decode[fold.name](stored)
                state, begun = (fold.merge(state, part), True) if begun else (part, True)
        for event in tail:
            if not fold.names or event.name in fold.names:
                state = stepped(fold, state, event)
        return state


def stepped(fold: Fold[S], state: S, event: Event) -> S:
    """One step; an event whose body cannot be read as its name promises leaves the state as it was.

    Collected events were validated; this keeps one that was not from stopping the projector.
    """
    try:
        return fold.step(state, event)
    except msgspec.MsgspecError:
        return state
