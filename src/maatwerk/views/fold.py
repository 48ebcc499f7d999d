"""A view is a fold: ``start``, ``step``, ``merge``, and nothing else.

The laws, held by `maatwerk.testing.check_fold`:

- replay = incremental: folding all events at once, or some now and the rest later, is the same;
- merge of parts: folding two halves of a shopper's events apart and merging is folding them together;
- order: events may come in any order within the 30 days that an event may be late;
- purity: ``step`` changes neither its state nor its event, and asks nobody anything.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec

from maatwerk.events.event import Event

S = TypeVar("S", bound=msgspec.Struct)


class Fold(Protocol[S]):
    """One signal of a shopper's, kept per shard.

    ``names`` are the canonical event names it reads (empty: all), ``version`` grows when the state's
    shape or meaning changes, so that the view is rebuilt. ``state`` is the msgspec record of its
    state, every field with a default that means "nothing happened yet".
    """

    name: str
    version: int
    names: frozenset[str]
    state: type[S]

    def step(self, state: S, event: Event) -> S:
        """The state after one more event."""
        ...

    def merge(self, left: S, right: S) -> S:
        """The state of all that either knows. Commutative and associative."""
        ...
