"""What an audience would be before it is saved: its size, its overlap, who is in it and why, how it grew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from maatwerk.core import conditions
from maatwerk.core.conditions.clauses import Clause
from maatwerk.core.conditions.compile import compile_value
from maatwerk.core.conditions.terms import Checked, Read
from maatwerk.core.conditions.tree import Binary, Chain, Expression, Literal, Node, walk
from maatwerk.core.conditions.types import ANY, BOOL
from maatwerk.core.conditions.walking import each_term
from maatwerk.core.conditions.write import to_text
from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.flows.everyone import Asking, Found, ask, everybody, shopper_of, unsealed
from maatwerk.views.audience import rows
from maatwerk.views.audience.audiences import Document, Ready, ready
from maatwerk.views.audience.facts import Facts
from maatwerk.views.audience.fold import Behavior
from maatwerk.views.audience.vocabulary import SCHEMA
from maatwerk.views.profile.find import profile
from maatwerk.views.profile.shopper import Shopper
from maatwerk.views.store import Snapshot

_COMPARED = 1_000
_SAMPLE = 8
_WEEKS = 8
_DEVICES = 20
_ALWAYS = {("now",), ("listed",), ("profile", "user_id"), ("profile", "customer")}
"""What is known of every moment of the past."""


class Reason(msgspec.Struct, frozen=True):
    """One part of a condition, whether it holds (None: it cannot be told), and the values it went by."""

    text: str
    holds: bool | None
    values: dict[str, Any] = {}


class Foreseen(msgspec.Struct):
    """``overlap``: by audience the share of these members that belongs to it too. ``sample``: some members,
    each with the reasons. ``growth``: moments and sizes of the past, where history alone tells them."""

    found: Found
    overlap: dict[str, float]
    sample: list[tuple[str, list[Reason]]]
    growth: list[tuple[int, int]]


def foresee(
    parts: Asking, key: str, document: Document, documents: Mapping[str, Document], now: int
) -> Foreseen:
    """Ask everybody. ``documents``: the audiences in force, which it may name. Raises `Refused`."""
    audience = ready(key, {**documents, key: document})
    people, tail = everybody(parts.store), unsealed(parts)
    found = next(ask(parts, [audience], now, people=people, tail=tail))
    growth: list[tuple[int, int]] = []
    if _of_history_alone(audience):
        for weeks in range(_WEEKS, 0, -1):
            then = now - weeks * 7 * DAY
            growth.append((then, next(ask(parts, [audience], then, people=people, tail=tail)).size()))
        growth.append((now, found.size()))
    sample = [(who, why(parts, audience, who, now)) for who in _spread(found.members, _SAMPLE)]
    return Foreseen(found, _overlap(parts, key, found), sample, growth)


def why(parts: Asking, audience: Ready, who: str, now: int) -> list[Reason]:
    """The parts of an audience's condition for one person, each with what it went by."""
    behavior = Behavior(parts.belonging.seeing.currency)
    asked = {clause.id: clause for clause in audience.clauses}
    asked |= {clause.id: clause for clause in _of_values(audience)}
    behavior.know(asked.values())
    with parts.store.snapshot() as read:
        shopper = _with_history(parts, read, shopper_of(parts, read, who, now), who, behavior)
        return reasons(audience, parts.belonging.facts(shopper, now))


def reasons(audience: Ready, facts: Facts) -> list[Reason]:
    """The same from facts at hand."""
    if not audience.audience.when.strip():
        return [Reason("on the list", holds=audience.matches(facts))]
    root = conditions.parse(audience.audience.when).root
    parts = root.parts if isinstance(root, Chain) and root.op == "&&" else (root,)
    found = [Reason(to_text(part), _told(part, facts), _values(part, facts)) for part in parts]
    if facts["listed"].get(audience.key):
        found.append(Reason("on the list", holds=True))
    return found


def _with_history(parts: Asking, read: Snapshot, shopper: Shopper, who: str, behavior: Behavior) -> Shopper:
    """The shopper with what is asked of her newest events, beyond what is kept for rules in force."""
    kind, _, value = who.partition("/")
    users, devices = ([value], []) if kind == "u" else ([], [value])
    if kind == "u":
        found = profile(read, parts.recent, "user_id", value, shopper.now, parts.belonging.signals)
        devices = found.identifiers.get("anonymous_id", [])[:_DEVICES] if found else []
    state = shopper.of(parts.belonging.behavior)
    fresh = behavior.state()
    for event in parts.recent.tail(user_ids=users, anonymous_ids=devices, limit=2_000):
        fresh = behavior.step(fresh, event)
    shopper.remember(parts.belonging.behavior.name, behavior.merge(state, fresh))
    return shopper


def _of_values(audience: Ready) -> list[Clause]:
    if not audience.audience.when.strip():
        return []
    found = []
    for each, _ in walk(conditions.parse(audience.audience.when).root):
        if isinstance(each, Binary):
            for side in (each.left, each.right):
                checked = _checked(side)
                found += list(conditions.clauses(checked.root)) if checked else []
    return found


def _told(node: Node, facts: Facts) -> bool | None:
    try:
        checked = conditions.check(Expression(node), SCHEMA, BOOL)
    except Refused:
        return None
    answer = compile_value(checked)(facts)
    return None if answer is None else bool(answer)


def _values(node: Node, facts: Facts) -> dict[str, Any]:
    """What stands on the sides of comparisons, by text."""
    found: dict[str, Any] = {}
    for each, _ in walk(node):
        if isinstance(each, Binary) and each.op in ("==", "!=", "<", "<=", ">", ">="):
            for side in (each.left, each.right):
                if not isinstance(side, Literal):
                    found.setdefault(to_text(side), _value(side, facts))
    return {text: value for text, value in found.items() if value is not None}


def _value(node: Node, facts: Facts) -> Any:
    checked = _checked(node)
    return compile_value(checked)(facts) if checked else None


def _checked(node: Node) -> Checked | None:
    for expected in (ANY, *_KINDS):
        try:
            return conditions.check(Expression(node), SCHEMA, expected)
        except Refused:
            continue
    return None


_KINDS = (conditions.INT, conditions.DOUBLE, conditions.STRING, conditions.TIMESTAMP, conditions.DURATION)


def _of_history_alone(audience: Ready) -> bool:
    reads = (each.path for each in each_term(audience.checked.root) if isinstance(each, Read))
    return all(path in _ALWAYS for path in reads)


def _overlap(parts: Asking, key: str, found: Found) -> dict[str, float]:
    compared = _spread(found.members, _COMPARED)
    counts: dict[str, int] = {}
    with parts.store.snapshot() as read:
        for who in compared:
            stored = read.get(rows.STATE, who)
            for other in rows.decode_belongs(stored).member if stored else ():
                if other != key:
                    counts[other] = counts.get(other, 0) + 1
    shared = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:12]
    return {other: number / len(compared) for other, number in shared}


def _spread(members: Sequence[str], most: int) -> list[str]:
    """Some of them, evenly out of all."""
    step = max(1, len(members) // most)
    return list(members[::step][:most])
