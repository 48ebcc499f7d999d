"""Moments in somebody's own time: the next nine o'clock, the next Monday, a date that comes back every year.

A local time that a change to daylight saving leaves out counts as the moment the clocks jump; one that comes
twice counts the first time (PEP 495).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, parse_time

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Until(NamedTuple):
    """A local time of day (minutes after midnight), a weekday (0 Monday, -1 any), a moment, or a fact."""

    minutes: int = -1
    weekday: int = -1
    at: int = 0
    fact: tuple[str, ...] = ()


def parse_until(text: str) -> Until:
    """What ``until`` says. Raises `Refused`."""
    words = text.strip().split()
    if len(words) == 2 and words[0].lower() in (*_DAYS, "daily"):
        weekday = -1 if words[0].lower() == "daily" else _DAYS.index(words[0].lower())
        return Until(minutes=_minutes(words[1]), weekday=weekday)
    if len(words) == 1 and len(words[0]) == 5 and words[0][2] == ":":
        return Until(minutes=_minutes(words[0]))
    if words and words[0][:1].isdigit():
        return Until(at=parse_time(text))
    if len(words) == 1 and all(part.isidentifier() for part in text.split(".")):
        return Until(fact=tuple(text.split(".")))
    raise _unreadable(text)


def parse_schedule(text: str) -> Until:
    """What ``schedule`` says: a time of day, a weekday's, or one moment. Raises `Refused`."""
    found = parse_until(text)
    if found.fact:
        raise _unreadable(text)
    return found


def next_time(until: Until, after: int, zone: str) -> int:
    """The first such moment later than ``after``."""
    if until.at:
        return until.at
    local = datetime.fromtimestamp(after / 1000, zone_of(zone))
    for ahead in range(9):
        day = local.date() + timedelta(days=ahead)
        if until.weekday in (-1, day.weekday()):
            moment = local_moment(day, until.minutes, zone)
            if moment > after:
                return moment
    return after + 7 * DAY  # not reached: every weekday lies within eight days


def last_time(until: Until, now: int, zone: str) -> int:
    """The newest such moment that is not later than now; 0 where none is known."""
    if until.at:
        return until.at if until.at <= now else 0
    local = datetime.fromtimestamp(now / 1000, zone_of(zone))
    for back in range(9):
        day = local.date() - timedelta(days=back)
        if until.weekday in (-1, day.weekday()):
            moment = local_moment(day, until.minutes, zone)
            if moment <= now:
                return moment
    return 0


def local_moment(day: date, minutes: int, zone: str) -> int:
    """A time of day somewhere, in milliseconds."""
    wall = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone_of(zone))
    there = wall.astimezone(UTC)
    if there.astimezone(wall.tzinfo).replace(tzinfo=None) != wall.replace(tzinfo=None):
        there = _jump(there, wall)
    return int(there.timestamp() * 1000)


def _jump(there: datetime, wall: datetime) -> datetime:
    """The moment at which the clocks jumped over a time of day."""
    zone = wall.tzinfo
    assert zone is not None
    low, high = there - timedelta(hours=4), there + timedelta(hours=4)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def zone_of(name: str) -> ZoneInfo:
    """The time zone; UTC where nobody knows it."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def yearly(told: object, days: int, after: int, minutes: int, zone: str) -> int:
    """The next time that a date comes back, ``days`` later, at a time of day; 0 where it is no date.

    The 29th of February is kept on the 28th where there is none.
    """
    try:
        day = date.fromisoformat(str(told)[:10])
    except ValueError:
        return 0
    local = datetime.fromtimestamp(after / 1000, zone_of(zone))
    for year in (local.year - 1, local.year, local.year + 1, local.year + 2):
        try:
            this = day.replace(year=year)
        except ValueError:
            this = date(year, 2, 28)
        moment = local_moment(this + timedelta(days=days), minutes, zone)
        if moment > after:
            return moment
    return 0


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if hours.isdigit() and minutes.isdigit() and len(minutes) == 2 and int(hours) < 24 and int(minutes) < 60:
        return int(hours) * 60 + int(minutes)
    raise _unreadable(text)


def _unreadable(text: str) -> Refused:
    return Refused(
        "moment_not_readable",
        f"{text[:60]!r} is no moment",
        hint="such as 09:00, mon 09:00, 2026-12-05T09:00:00+01:00, or a fact such as predicted.next_order",
    )
