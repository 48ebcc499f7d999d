"""Which blocks and pop-ups she saw, clicked and closed: what rotations and frequency caps go by."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.views.profile.folds.newest import by_key, merged, with_one

LIMIT = 100
"""Promotions kept, those met last; of one met so long ago that it fell out, counting begins anew."""
TIMES = 8
"""Moments kept of one promotion: as many as a cap may allow in its window."""
_KEY_CHARS = 120
_MARK = "\x1f"


class Met(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """One promotion in one place. Times are of events, in milliseconds; 0: never."""

    last_at: int = 0
    views: int = 0
    times: tuple[int, ...] = ()
    """When it was seen, the newest few, oldest first."""
    clicked_at: int = 0
    dismissed_at: int = 0


class PromotionState(msgspec.Struct, frozen=True, array_like=True):
    """By place and promotion."""

    met: dict[str, Met] = {}


class Promotions:
    """The fold of promotions met."""

    name = "promotions"
    version = 1
    names = frozenset({"Promotion Viewed", "Promotion Clicked", "Promotion Dismissed"})
    state = PromotionState

    def step(self, state: PromotionState, event: Event) -> PromotionState:
        """See `maatwerk.views.fold.Fold`."""
        said = body(event)
        key = f"{said.list_id}{_MARK}{said.promotion_id}"
        if not said.promotion_id or len(key) > _KEY_CHARS:
            return state
        at = event.time
        if event.name == "Promotion Viewed":
            one = Met(at, 1, (at,))
        elif event.name == "Promotion Clicked":
            one = Met(at, clicked_at=at)
        else:
            one = Met(at, dismissed_at=at)
        known = state.met.get(key)
        return PromotionState(by_key({**state.met, key: _both(known, one) if known else one}, LIMIT))

    def merge(self, left: PromotionState, right: PromotionState) -> PromotionState:
        """See `maatwerk.views.fold.Fold`."""
        met = dict(left.met)
        for key, one in right.met.items():
            met[key] = _both(met[key], one) if key in met else one
        return PromotionState(by_key(met, LIMIT))


def met_in(state: PromotionState, place: str) -> Mapping[str, Met]:
    """What she met in one place, by promotion."""
    start = f"{place}{_MARK}"
    return {key[len(start) :]: one for key, one in state.met.items() if key.startswith(start)}


def _both(left: Met, right: Met) -> Met:
    times = (
        with_one(left.times, right.times[0], TIMES)
        if len(right.times) == 1
        else merged(left.times, right.times, TIMES)
    )
    return Met(
        max(left.last_at, right.last_at),
        left.views + right.views,
        times,
        max(left.clicked_at, right.clicked_at),
        max(left.dismissed_at, right.dismissed_at),
    )
