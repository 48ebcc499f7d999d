"""Her visits: stretches of activity with less than 30 minutes between."""

from __future__ import annotations

from functools import reduce

import msgspec

from maatwerk.core.time import MINUTE
from maatwerk.events.event import Event

GAP_MS = 30 * MINUTE
LIMIT = 60

_VIEWS = frozenset({"Product Viewed"})
_ADDS = frozenset({"Product Added"})
_ORDERS = frozenset({"Order Completed"})
_AWAY = frozenset({"server", "bot"})


class Landing(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """How a visit began: the first event's word on each."""

    time: int
    channel: str = ""
    device: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    referrer: str = ""


class Session(msgspec.Struct, frozen=True, array_like=True):
    """One visit, from its first to its last event, with what was done in it."""

    start: int
    end: int
    landing: Landing
    events: int = 1
    views: int = 0
    adds: int = 0
    orders: int = 0


class SessionState(msgspec.Struct, frozen=True, array_like=True):
    """The newest 60 visits, oldest first; ``older`` counts those before."""

    sessions: tuple[Session, ...] = ()
    older: int = 0


class Sessions:
    """The fold of visits. What a server, a file or a bot reports is no visit."""

    name = "sessions"
    version = 1
    names: frozenset[str] = frozenset()
    state = SessionState

    def step(self, state: SessionState, event: Event) -> SessionState:
        """See `maatwerk.views.fold.Fold`."""
        context = event.context
        if event.origin != "collected" or context.channel == "server" or context.device in _AWAY:
            return state
        campaign = context.campaign
        one = Session(
            event.time,
            event.time,
            Landing(
                event.time,
                context.channel,
                context.device,
                campaign.source if campaign else "",
                campaign.medium if campaign else "",
                campaign.name if campaign else "",
                context.referrer,
            ),
            1,
            int(event.name in _VIEWS),
            int(event.name in _ADDS),
            int(event.name in _ORDERS),
        )
        kept = state.sessions
        if kept and kept[-1].start <= event.time and event.time - kept[-1].end < GAP_MS:
            return SessionState((*kept[:-1], _both(kept[-1], one)), state.older)
        return self.merge(state, SessionState((one,)))

    def merge(self, left: SessionState, right: SessionState) -> SessionState:
        """See `maatwerk.views.fold.Fold`."""
        parts = sorted(left.sessions + right.sessions, key=lambda session: (session.start, session.end))
        joined: list[Session] = []
        for part in parts:
            if joined and part.start - joined[-1].end < GAP_MS:
                joined[-1] = _both(joined[-1], part)
            else:
                joined.append(part)
        beyond = max(0, len(joined) - LIMIT)
        return SessionState(tuple(joined[beyond:]), left.older + right.older + beyond)


def total(state: SessionState) -> int:
    """How many visits."""
    return state.older + len(state.sessions)


def current(state: SessionState, now: int) -> Session | None:
    """The visit that goes on at ``now``; None where the last one is over."""
    if state.sessions and now - state.sessions[-1].end < GAP_MS:
        return state.sessions[-1]
    return None


def together(states: list[SessionState]) -> SessionState:
    """The visits of several shards."""
    return reduce(Sessions().merge, states, SessionState())


def _both(left: Session, right: Session) -> Session:
    return Session(
        min(left.start, right.start),
        max(left.end, right.end),
        min(left.landing, right.landing),
        left.events + right.events,
        left.views + right.views,
        left.adds + right.adds,
        left.orders + right.orders,
    )
