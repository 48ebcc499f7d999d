"""What she told about herself, and who says so: by trait each source's newest word, nothing inferred.

Where sources differ, what is proven goes before what was only claimed, then the source with the greater
priority (`maatwerk.events.source`), then the newest word.
"""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.events import names
from maatwerk.events.event import EMPTY, Event
from maatwerk.events.person import trait_name, trait_value
from maatwerk.events.source import priority_of, source_of

LIMIT = 100
SOURCES = 4
"""Sources kept of one trait, those that count most."""
VALUE_BYTES = 1_024
_NAME_CHARS = 100


class Told(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """A value, who told it and when; the greatest counts. ``value`` is JSON."""

    proven: bool
    priority: int
    time: int
    value: str
    source: str


class TraitState(msgspec.Struct, frozen=True, array_like=True):
    """By trait, best first. ``closed_at``: her account was deleted then; what was told before is gone."""

    told: dict[str, tuple[Told, ...]] = {}
    closed_at: int = 0


class Traits:
    """The fold of told traits."""

    name = "traits"
    version = 2
    names = frozenset(
        {
            "Identified", "Grouped", "Signed In", "Signed Up", "Account Updated", "Account Deleted",
            "Order Completed", "Store Visited",
        }
    )  # fmt: skip
    state = TraitState

    def step(self, state: TraitState, event: Event) -> TraitState:
        """See `maatwerk.views.fold.Fold`."""
        if event.name == "Account Deleted":
            # Only the shop can say so: a claim must not wipe what others know of themselves.
            return self.merge(state, TraitState({}, event.time)) if event.proven else state
        said = _company(event) if event.name == "Grouped" else None
        if said is None:
            if event.traits == EMPTY:
                return state
            said = names.traits(event)
        source, priority = source_of(event), priority_of(event)
        told: dict[str, tuple[Told, ...]] = {}
        for name, value in sorted(said.items()):
            trait = trait_name(name)
            text = _ENCODE(trait_value(trait, value)).decode()
            if len(trait) <= _NAME_CHARS and len(text) <= VALUE_BYTES:
                one = Told(event.proven, priority, event.time, text, source)
                told[trait] = _best(told.get(trait, ()), (one,))
        return self.merge(state, TraitState(told))

    def merge(self, left: TraitState, right: TraitState) -> TraitState:
        """See `maatwerk.views.fold.Fold`."""
        told = dict(left.told)
        for trait, values in right.told.items():
            told[trait] = _best(told[trait], values) if trait in told else values
        if len(told) > LIMIT:
            told = dict(sorted(told.items(), key=lambda row: (row[1][0], row[0]))[-LIMIT:])
        return TraitState(dict(sorted(told.items())), max(left.closed_at, right.closed_at))


def traits(state: TraitState) -> dict[str, Any]:
    """The values that count; a trait last told as null is not among them."""
    found = {}
    for trait, values in state.told.items():
        told = next((each for each in values if each.time > state.closed_at), None)
        if told is not None and (value := _DECODE(told.value)) is not None:
            found[trait] = value
    return found


def sources(state: TraitState) -> dict[str, list[tuple[Told, Any]]]:
    """Every trait that counts with who told it, what counts first, and what others said beside it."""
    found = {}
    for trait in traits(state):
        heard = [each for each in state.told[trait] if each.time > state.closed_at]
        found[trait] = [(each, _DECODE(each.value)) for each in heard]
    return found


def _best(left: tuple[Told, ...], right: tuple[Told, ...]) -> tuple[Told, ...]:
    """Each source's best word, best first, of the sources that count most."""
    by_source: dict[str, Told] = {}
    for told in (*left, *right):
        known = by_source.get(told.source)
        if known is None or known < told:
            by_source[told.source] = told
    return tuple(sorted(by_source.values(), reverse=True)[:SOURCES])


def _company(event: Event) -> dict[str, Any] | None:
    """A person's group (Segment) is her company, by the name the group goes by."""
    said = names.properties(event)
    group = said.get("traits")
    name = group.get("name") if isinstance(group, dict) else None
    company = name or said.get("groupId")
    return {"company": company} if company else {}


_ENCODE = msgspec.json.Encoder(order="deterministic").encode
_DECODE = msgspec.json.Decoder().decode
