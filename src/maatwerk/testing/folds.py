"""The laws of folds, tried on a list of events."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TypeVar

import msgspec

from maatwerk.core.chance import die
from maatwerk.events.event import Event
from maatwerk.views.fold import Fold

S = TypeVar("S", bound=msgspec.Struct)


def check_fold(fold: Fold[S], events: Sequence[Event], seed: str = "laws") -> None:
    """Raises AssertionError where the fold breaks a law of `maatwerk.views.fold` on these events.

    The events are offered as the projector would: only those whose names the fold reads. States are
    compared as they would be stored. ``seed`` chooses orders and parts.
    """
    ours = [event for event in events if not fold.names or event.name in fold.names]
    whole = _folded(fold, ours)
    _check_incremental(fold, ours, whole)
    _check_order(fold, ours, whole, seed)
    _check_parts(fold, ours, whole, seed)
    _check_purity(fold, ours)


def _check_incremental(fold: Fold[S], events: Sequence[Event], whole: S) -> None:
    half = len(events) // 2
    stored = msgspec.msgpack.encode(_folded(fold, events[:half]))
    later = reduce(fold.step, events[half:], msgspec.msgpack.decode(stored, type=fold.state))
    assert _same(later, whole), f"{fold.name}: folding now and later differs from folding at once"


def _check_order(fold: Fold[S], events: Sequence[Event], whole: S, seed: str) -> None:
    by_time = sorted(events, key=lambda event: event.time)
    by_chance = sorted(events, key=lambda event: die(seed, event.id))
    for order in (list(reversed(events)), by_time, by_chance):
        assert _same(_folded(fold, order), whole), f"{fold.name}: the order of arrival shows"


def _check_parts(fold: Fold[S], events: Sequence[Event], whole: S, seed: str) -> None:
    parts: list[list[Event]] = [[], [], []]
    for event in events:
        parts[int(die(seed, "part", event.id) * 3)].append(event)
    one, two, three = (_folded(fold, part) for part in parts)
    nothing = fold.state()
    assert _same(fold.merge(fold.merge(one, two), three), whole), f"{fold.name}: merged parts differ"
    assert _same(fold.merge(one, fold.merge(two, three)), whole), f"{fold.name}: merge is not associative"
    assert _same(fold.merge(two, one), fold.merge(one, two)), f"{fold.name}: merge is not commutative"
    assert _same(fold.merge(whole, nothing), whole), f"{fold.name}: merging nothing changes the state"
    assert _same(fold.merge(nothing, whole), whole), f"{fold.name}: merging into nothing changes the state"


def _check_purity(fold: Fold[S], events: Sequence[Event]) -> None:
    state = fold.state()
    for event in events:
        before = msgspec.msgpack.encode(state)
        stepped = fold.step(state, event)
        assert msgspec.msgpack.encode(state) == before, f"{fold.name}: step changed its state in place"
        again = fold.step(state, event)
        assert _same(stepped, again), f"{fold.name}: step gave two answers to one question"
        merged = msgspec.msgpack.encode(stepped)
        fold.merge(state, stepped)
        assert msgspec.msgpack.encode(state) == before, f"{fold.name}: merge changed its left side"
        assert msgspec.msgpack.encode(stepped) == merged, f"{fold.name}: merge changed its right side"
        state = stepped


def _folded(fold: Fold[S], events: Sequence[Event]) -> S:
    return reduce(fold.step, events, fold.state())


def _same(left: S, right: S) -> bool:
    return msgspec.msgpack.encode(left, order="deterministic") == msgspec.msgpack.encode(
        right, order="deterministic"
    )
