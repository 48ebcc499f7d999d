"""When an event happened, by a clock we trust: the sender's is corrected by what it said when it sent."""

from __future__ import annotations

from maatwerk.core.errors import Refused
from maatwerk.core.limits import LATE_DAYS
from maatwerk.core.time import DAY, parse_time

Written = str | int | float | None
"""A time as its sender wrote it."""

_LATE_MS = LATE_DAYS * DAY


def corrected(
    timestamp: Written, sent_at: Written, received: int, *, imported: bool = False
) -> tuple[int, tuple[str, ...]]:
    """The event's time, and its flags.

    ``received - (sentAt - timestamp)``; without ``sentAt`` the timestamp as it is; without a timestamp
    the moment it was received. A future time is clamped and flagged ``future_clamped``; one older than
    30 days is flagged ``late`` and ``too_late``: kept, but not folded live. Imports keep their times.
    Raises `Refused` (``time_not_readable``) for a timestamp that is none; an unreadable ``sentAt`` is
    taken as absent.
    """
    if timestamp is None or timestamp == "":
        return received, ()
    time = parse_time(timestamp)
    if not imported and sent_at is not None:
        time = max(0, received - (_sent(sent_at, received) - time))
    if time > received:
        return received, ("future_clamped",)
    if not imported and time < received - _LATE_MS:
        return time, ("late", "too_late")
    return time, ()


def _sent(sent_at: str | int | float, received: int) -> int:
    try:
        return parse_time(sent_at, "sentAt")
    except Refused:
        return received
