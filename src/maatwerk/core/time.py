"""Time as milliseconds since the Unix epoch, UTC; RFC 3339 at the edges.

Nothing in the pure layers asks what time it is: ``now`` is an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from maatwerk.core.errors import Refused

Clock = Callable[[], int]
"""Answers the present in milliseconds since the epoch; never goes back."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EARLIEST_MS = 0
_LATEST_MS = 253_402_300_799_999  # 9999-12-31, the last year RFC 3339 can write


def parse_time(value: str | int | float, field: str = "timestamp") -> int:
    """Milliseconds from RFC 3339 text in any offset, or from a number of seconds or milliseconds.

    A time without an offset is read as UTC. Numbers above 1e11 are taken as milliseconds.
    Raises `Refused` (``time_not_readable``) otherwise.
    """
    if isinstance(value, bool):
        raise _unreadable(value, field)
    if isinstance(value, (int, float)):
        try:
            number = int(value if abs(value) > 1e11 else value * 1000)
        except (OverflowError, ValueError):
            raise _unreadable(value, field) from None
    else:
        try:
            moment = datetime.fromisoformat(value.strip())
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            number = int(moment.timestamp() * 1000 + 0.5)
        except (ValueError, OverflowError, OSError):
            raise _unreadable(value, field) from None
    if not _EARLIEST_MS <= number <= _LATEST_MS:
        raise _unreadable(value, field)
    return number


def format_time(at_ms: int) -> str:
    """RFC 3339, UTC, with milliseconds: ``2026-11-22T12:00:00.000Z``."""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def _unreadable(value: object, field: str) -> Refused:
    return Refused(
        "time_not_readable",
        f"cannot read {str(value)[:40]!r} as a time",
        field=field,
        hint="use RFC 3339, as in 2026-11-22T12:00:00.000Z",
    )
