"""Do both interpreters agree, in production: some people, one audience, asked both ways at one moment."""

from __future__ import annotations

import msgspec

from maatwerk.core.chance import die
from maatwerk.flows.everyone import Asking, ask, everybody, shopper_of, unsealed

SAMPLE = 200
"""People asked in one check."""

CHECKED, DISAGREED = "audience_answers_checked", "audience_answers_disagreed"
"""Durable counters, seen in the stats."""


class Agreement(msgspec.Struct, frozen=True):
    """What a check found: ``differ`` names who is in it by one interpreter alone, asked twice."""

    audience: str
    checked: int
    differ: tuple[str, ...] = ()


def check_agreement(parts: Asking, now: int, turn: int) -> Agreement | None:
    """One check, and its count; ``turn`` chooses the audience and the people. None: there is no audience."""
    by_key = parts.belonging.audiences.by_key
    filling = set(parts.belonging.filling(parts.store))
    keys = [key for key in sorted(by_key) if key not in filling]
    if not keys:
        return None
    key = keys[turn % len(keys)]
    people = everybody(parts.store)
    share = SAMPLE / max(len(people), 1)
    sample = [name for name in people.names if die("agreement", str(turn), name) < share][: 2 * SAMPLE]
    differ = _differing(parts, key, sample, now)
    if differ:
        # Somebody may have acted between the two questions: who differs twice, differs.
        differ = tuple(sorted(set(differ) & set(_differing(parts, key, list(differ), now))))
    parts.log.count(CHECKED, len(sample))
    if differ:
        parts.log.count(DISAGREED, len(differ))
    return Agreement(key, len(sample), differ)


def _differing(parts: Asking, key: str, sample: list[str], now: int) -> tuple[str, ...]:
    if not sample:
        return ()
    audience = parts.belonging.audiences.by_key[key]
    found = next(ask(parts, [audience], now, only=sample, tail=unsealed(parts)))
    at_once = set(found.members)
    one_by_one = set()
    for who in sample:
        with parts.store.snapshot() as read:
            shopper = shopper_of(parts, read, who, now)
        if shopper.known_events and audience.matches(parts.belonging.facts(shopper, now)):
            one_by_one.add(who)
    return tuple(sorted(at_once ^ one_by_one))
