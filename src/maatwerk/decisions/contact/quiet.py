"""Quiet hours: when a message may go out in somebody's own time. Start inclusive, end exclusive.

The wall clock counts. An end that does not exist on that day (the hour that daylight saving skips) is the
moment as long after the gap; of an end that comes twice the first counts.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from maatwerk.core.errors import Refused


def send_at(wish: int, zone: str, start: str, end: str, otherwise: str = "UTC") -> int:
    """The first moment from ``wish`` on (ms) outside quiet hours; ``start`` and ``end`` as ``22:00``.

    A zone that is not known is ``otherwise``, and that failing UTC. Equal ends: no quiet hours.
    """
    begins, ends = clock_time(start, "quiet_start"), clock_time(end, "quiet_end")
    place = zone_of(zone) or zone_of(otherwise) or ZoneInfo("UTC")
    local = datetime.fromtimestamp(wish / 1000, place)
    at = local.time()
    over_midnight = begins > ends
    quiet = (at >= begins or at < ends) if over_midnight else begins <= at < ends
    if not quiet:
        return wish
    day = local.date() + timedelta(days=1 if over_midnight and at >= begins else 0)
    moments = (datetime.combine(day, ends, place).replace(fold=fold) for fold in (0, 1))
    return next((ms for ms in (int(each.timestamp() * 1000) for each in moments) if ms >= wish), wish)


def clock_time(text: str, field: str) -> time:
    """``22:00`` as a time of day. Raises `Refused` naming the field."""
    try:
        hours, minutes = text.split(":")
        return time(int(hours), int(minutes))
    except ValueError:
        raise Refused(
            "time_of_day_not_valid", f"{text[:20]!r} is no time of day", field=field, hint="as in 22:00"
        ) from None


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None for nothing, and for what is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
