"""How a journey stands: who is inside where, how many passed, why they left, why somebody waits."""

from __future__ import annotations

from typing import NamedTuple

from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.document import Journey
from maatwerk.decisions.journeys.walk import HELD
from maatwerk.decisions.journeys.words import Count, Inside
from maatwerk.views.store import Snapshot

_SHOWN = 50


class Waiting(NamedTuple):
    """One person inside. ``why``: what she waits for, in words."""

    who: str
    subject: str
    node: str
    due: int
    entered: int
    why: str


class Standing(NamedTuple):
    """Counts by step over all versions, how many left by reason, the goal, and the first of those inside."""

    steps: dict[str, Count]
    left: dict[str, int]
    goals: int
    inside: int
    waiting: tuple[Waiting, ...]
    versions: dict[int, int]


def standing(read: Snapshot, key: str, journey: Journey, now: int) -> Standing:
    """As of the stored views."""
    steps: dict[str, Count] = {}
    left: dict[str, int] = {}
    versions: dict[int, int] = {}
    for stored, row in read.scan(words.COUNT, prefix=f"{key}\t", limit=10_000):
        _, version, node = stored.split("\t", 2)
        count = words.decode_count(row)
        if node.startswith("!"):
            left[node[1:]] = left.get(node[1:], 0) + count.passed
            continue
        node = node.removeprefix(HELD)
        before = steps.get(node, Count())
        steps[node] = Count(before.inside + count.inside, before.passed + count.passed)
        if count.inside:
            versions[int(version)] = versions.get(int(version), 0) + count.inside
    goals = left.pop("goal", 0)
    inside = sum(count.inside for count in steps.values())
    return Standing(steps, left, goals, inside, _waiting(read, key, journey, now), versions)


def _waiting(read: Snapshot, key: str, journey: Journey, now: int) -> tuple[Waiting, ...]:
    found = []
    for due, _ in read.scan(words.DUE, prefix=f"{key}\t", limit=_SHOWN):
        _, _, where = due.split("\t", 2)
        stored = read.get(words.INSIDE, where)
        if stored is not None:
            row = words.decode_inside(stored)
            who, _, subject = words.parse_inside(where)
            why = waits_for(journey, row, now)
            node = row.node.removeprefix(HELD)
            found.append(Waiting(who, subject.replace("\t", " "), node, row.due, row.entered, why))
    return tuple(found)


def waits_for(journey: Journey, row: Inside, now: int) -> str:
    """What keeps somebody where she is."""
    if not journey.enabled:
        return "the journey is off: she leaves when her time comes"
    if journey.paused:
        return "the journey is paused"
    if row.node.startswith(HELD):
        return "a journey of higher priority wrote to her"
    if row.waits:
        return f"waits for {', '.join(row.waits)}"
    return "due: her turn comes next" if row.due <= now else "waits for its time"
