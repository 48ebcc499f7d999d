"""What she told about herself: the last told value of each trait, never anything inferred."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.identifiers import normal_email
from maatwerk.events import names
from maatwerk.events.event import EMPTY, Event
from maatwerk.views.profile.folds.newest import by_key

LIMIT = 100
VALUE_BYTES = 1_024


class Told(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """A value and when it was told. ``value`` is JSON; ``proven``: with the secret key or a signature."""

    time: int
    proven: bool
    value: str


class TraitState(msgspec.Struct, frozen=True, array_like=True):
    """By trait."""

    told: dict[str, Told] = {}


class Traits:
    """The fold of told traits."""

    name = "traits"
    version = 1
    names = frozenset({"Identified", "Signed In", "Signed Up", "Account Updated"})
    state = TraitState

    def step(self, state: TraitState, event: Event) -> TraitState:
        """See `maatwerk.views.fold.Fold`."""
        if event.traits == EMPTY:
            return state
        told = {}
        for trait, value in names.traits(event).items():
            text = _ENCODE(_normal(trait, value)).decode()
            if len(trait) <= 100 and len(text) <= VALUE_BYTES:
                told[trait] = Told(event.time, event.proven, text)
        return self.merge(state, TraitState(told))

    def merge(self, left: TraitState, right: TraitState) -> TraitState:
        """See `maatwerk.views.fold.Fold`."""
        told = dict(left.told)
        for trait, value in right.told.items():
            told[trait] = max(told[trait], value) if trait in told else value
        return TraitState(by_key(told, LIMIT))


def traits(state: TraitState) -> dict[str, Any]:
    """The values; a trait last told as null is not among them."""
    values = {trait: _DECODE(told.value) for trait, told in state.told.items()}
    return {trait: value for trait, value in values.items() if value is not None}


def _normal(trait: str, value: Any) -> Any:
    if trait == "email" and isinstance(value, str):
        return normal_email(value) or value.strip()
    return value


_ENCODE = msgspec.json.Encoder(order="deterministic").encode
_DECODE = msgspec.json.Decoder().decode
