"""Which experiments she took part in: the first exposure of each counts, and pins her to its unit."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body

LIMIT = 200
_CHARS = 200


class Exposure(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """When, under which identifier, and what she got. ``variant`` is empty where only a browser said so:
    then it is the hash of the unit that tells."""

    time: int
    unit: str
    variant: str = ""


class ExposureState(msgspec.Struct, frozen=True, array_like=True):
    """First exposures by experiment."""

    first: dict[str, Exposure] = {}


class Exposures:
    """The fold of exposures: the earliest wins, in one profile and when two prove to be one."""

    name = "exposures"
    version = 1
    names = frozenset({"Experiment Viewed"})
    state = ExposureState

    def step(self, state: ExposureState, event: Event) -> ExposureState:
        """See `maatwerk.views.fold.Fold`."""
        said = body(event)
        unit = event.anonymous_id or event.user_id
        if not said.experiment or not unit or len(said.experiment) > _CHARS:
            return state
        ours = event.origin == "internal" or event.proven
        exposure = Exposure(event.time, unit, said.variant[:_CHARS] if ours else "")
        return self.merge(state, ExposureState({said.experiment: exposure}))

    def merge(self, left: ExposureState, right: ExposureState) -> ExposureState:
        """See `maatwerk.views.fold.Fold`."""
        first = dict(left.first)
        for experiment, exposure in right.first.items():
            first[experiment] = min(first[experiment], exposure) if experiment in first else exposure
        return ExposureState(_lowest(first))


def _lowest(first: dict[str, Exposure]) -> dict[str, Exposure]:
    """At most so many, chosen by their keys: by their times an older one could come back later, and what
    fell out of a part would be missing in the whole."""
    return {key: first[key] for key in sorted(first)[:LIMIT]}
