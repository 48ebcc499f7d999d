"""Who a campaign would reach, and who not and why, before it goes."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from maatwerk.decisions.journeys.document import Journey
from maatwerk.decisions.journeys.words import Inside
from maatwerk.flows.advance import Advancing
from maatwerk.flows.seen import Now, person
from maatwerk.flows.sweep import Run, people

LOOKED_AT = 2_000
SHOWN = 50


class Recipient(NamedTuple):
    """One of them: the channel, or the code of why she gets nothing."""

    who: str
    address: str
    channel: str
    code: str


class Recipients(NamedTuple):
    """Of the first ``looked_at`` of its audience: how many are reached, why others are not, and the first
    of them. ``more``: there are others, who were not looked at."""

    looked_at: int
    reached: int
    codes: dict[str, int]
    first: tuple[Recipient, ...]
    more: bool


def recipients(parts: Advancing, key: str, journey: Journey, now: int) -> Recipients:
    """As of now; consent, caps and quiet hours are looked at again when it goes."""
    step = journey.steps[0]
    run = Run("", journey.trigger.audience)
    found: list[Recipient] = []
    codes: Counter[str] = Counter()
    looked_at, cursor = 0, ""
    with parts.store.snapshot() as read:
        while looked_at < LOOKED_AT:
            whose, cursor = people(read, run, cursor)
            for who in whose:
                known = person(read, parts.recent, who, now, parts.eyes.belonging.signals)
                if not known.address and not run.audience:
                    continue
                seen = Now(parts.eyes, read, known, who, (key, journey, ""), Inside(0, now, now), now)
                reach = seen.reach(step.channels)
                looked_at += 1
                codes[reach.code] += 1
                if len(found) < SHOWN:
                    found.append(Recipient(who, known.address, reach.channel, reach.code))
            if not cursor:
                break
    reached = codes.pop("", 0)
    return Recipients(looked_at, reached, dict(codes.most_common()), tuple(found), bool(cursor))
