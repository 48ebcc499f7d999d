"""Where and how she was last seen: locale, country, device, time zone, currency; first and last visit."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event

_FIELDS = ("locale", "country", "device", "timezone", "currency", "store")


class Last(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """A value and when it was last seen."""

    time: int
    value: str


class Arrival(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """A visit that a campaign's link brought."""

    time: int
    source: str = ""
    medium: str = ""
    name: str = ""
    term: str = ""
    content: str = ""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """``first_at`` and ``last_at`` are 0 where she was never seen. Campaigns: the first and the last."""

    first_at: int = 0
    last_at: int = 0
    last: dict[str, Last] = {}
    first_campaign: Arrival | None = None
    last_campaign: Arrival | None = None

    def value(self, field: str) -> str:
        """The last ``locale``, ``country``, ``device``, ``timezone``, ``currency`` or ``store``."""
        last = self.last.get(field)
        return last.value if last else ""


class Circumstances:
    """The fold of circumstances."""

    name = "context"
    version = 1
    names: frozenset[str] = frozenset()
    state = Seen

    def step(self, state: Seen, event: Event) -> Seen:
        """See `maatwerk.views.fold.Fold`."""
        if event.origin == "internal":
            return state
        context = event.context
        last = state.last
        for field in _FIELDS:
            value = getattr(context, field)
            if value:
                last = _newer(last, field, Last(event.time, value))
        campaign = context.campaign
        if campaign is None:
            first, newest = state.first_campaign, state.last_campaign
        else:
            came = Arrival(
                event.time, campaign.source, campaign.medium, campaign.name, campaign.term, campaign.content
            )
            first, newest = _first(state.first_campaign, came), _last(state.last_campaign, came)
        first_at = min(state.first_at, event.time) if state.first_at else event.time
        if last is not state.last:
            last = dict(sorted(last.items()))
        return Seen(first_at, max(state.last_at, event.time), last, first, newest)

    def merge(self, left: Seen, right: Seen) -> Seen:
        """See `maatwerk.views.fold.Fold`."""
        last = left.last
        for field, value in right.last.items():
            last = _newer(last, field, value)
        if last is not left.last:
            last = dict(sorted(last.items()))
        return Seen(
            min(filter(None, (left.first_at, right.first_at)), default=0),
            max(left.last_at, right.last_at),
            last,
            _first(left.first_campaign, right.first_campaign),
            _last(left.last_campaign, right.last_campaign),
        )


def _newer(last: dict[str, Last], field: str, value: Last) -> dict[str, Last]:
    known = last.get(field)
    return last if known is not None and known >= value else {**last, field: value}


def _first(left: Arrival | None, right: Arrival | None) -> Arrival | None:
    return min(left, right) if left and right else left or right


def _last(left: Arrival | None, right: Arrival | None) -> Arrival | None:
    return max(left, right) if left and right else left or right
