"""Lay sessions out so that neighbors are found by looking up, not by searching."""

from dataclasses import dataclass

import numpy as np

from maatwerk.decisions.recommend.neighbors.words import Doubles, Floats, Ints, Longs, NeighborSettings

TREND_SHARE = 0.1  # the newest sessions that count as now
POPULAR_MAX = 1000


@dataclass(frozen=True, slots=True)
class SessionIndex:
    """The counted half of a NeighborModel; its fields carry the same names."""

    session_start: Longs
    session_items: Ints
    item_start: Longs
    item_sessions: Ints
    item_rarity: Doubles
    item_popularity: Floats
    item_trend: Floats
    popular: Ints


def build_index(session: Longs, item: Ints, item_count: int, settings: NeighborSettings) -> SessionIndex:
    """Index events sorted by session (oldest first) and, within it, by time; `item` is in [0, item_count)."""
    starts = session_starts(session)
    sessions = len(starts) - 1
    dense = np.repeat(np.arange(sessions, dtype=np.int64), np.diff(starts))
    pairs = np.unique(item.astype(np.int64) * sessions + (sessions - 1 - dense))  # newest session first
    owner, newest_first = pairs // sessions, sessions - 1 - pairs % sessions
    held = np.bincount(owner, minlength=item_count)
    rank = np.arange(len(owner)) - (np.cumsum(held) - held)[owner]
    kept = rank < settings.sessions_per_item

    clicks = np.bincount(item, minlength=item_count)
    recent = np.bincount(item[dense >= sessions * (1 - TREND_SHARE)], minlength=item_count)
    return SessionIndex(
        session_start=starts,
        session_items=item.astype(np.int32),
        item_start=offsets(np.bincount(owner[kept], minlength=item_count)),
        item_sessions=newest_first[kept].astype(np.int32),
        item_rarity=np.log(sessions / np.maximum(held, 1)),
        item_popularity=np.log1p(clicks).astype(np.float32),
        item_trend=np.log((recent + 1) / (clicks + 10)).astype(np.float32),
        popular=np.lexsort((np.arange(item_count), -clicks, -recent))[:POPULAR_MAX].astype(np.int32),
    )


def keep_newest(session: Longs, item: Ints, most: int) -> tuple[Longs, Ints]:
    """Drop all but the newest `most` events of each session: one endless session must not rule the index."""
    starts = session_starts(session)
    after = np.repeat(starts[1:], np.diff(starts)) - np.arange(len(session))
    kept = after <= most
    return session[kept], item[kept]


def session_starts(session: Longs) -> Longs:
    """Offsets [S + 1] of the runs of equal session numbers."""
    ends = np.flatnonzero(np.diff(session, append=session[-1:] - 1)) + 1
    return np.concatenate([[0], ends]).astype(np.int64)


def newest_row(session: Longs, share: float, most_events: int) -> int:
    """The row where the newest share of sessions begins; later where they hold more than `most_events`."""
    starts = session_starts(session)
    sessions = len(starts) - 1
    few = starts[np.searchsorted(starts, len(session) - most_events)]
    return int(max(starts[sessions - int(sessions * share)], few))


def offsets(counts: Longs) -> Longs:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def prefixes(session: Longs, item: Ints, positions: int) -> tuple[Ints, Ints, Longs]:
    """Every event but the first of a session as a case: (newest items before it, the item, its row).

    The matrix is [cases, positions] with the last item in column 0 and -1 beyond the start of the session.
    """
    rows = np.arange(len(item))
    starts = session_starts(session)
    first = np.repeat(starts[:-1], np.diff(starts))
    cases = rows[rows > first]
    back = cases[:, None] - 1 - np.arange(positions)[None, :]
    inside = back >= first[cases][:, None]
    return np.where(inside, item[np.maximum(back, 0)], -1).astype(np.int32), item[cases], cases
