"""Dates of files: a format, and the time zone of the shop whose clock wrote them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from maatwerk.core.errors import Refused
from maatwerk.core.time import parse_time

_CACHED = 4_096
ReadTime = Callable[[str], int]
"""Milliseconds since the epoch from a file's text; raises `Refused` (``time_not_readable``)."""


def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name; raises `Refused` (``timezone_not_known``)."""
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(
            "timezone_not_known",
            f"{name!r} is not a time zone",
            field="date.timezone",
            hint="use a name of the IANA database, as in Europe/Amsterdam",
        ) from None


def time_reader(layout: str, timezone: str, field: str) -> ReadTime:
    """A reader for ``iso`` (RFC 3339, the zone where no offset is written), ``unix-s``, ``unix-ms``, or a
    layout of `datetime.strptime`. It remembers what it has read: the lines of one order share their time."""
    zone = zone_of(timezone)
    known: dict[str, int] = {}

    def read(text: str) -> int:
        at = known.get(text)
        if at is None:
            if len(known) >= _CACHED:
                known.clear()
            at = known[text] = _read(text.strip(), layout, zone, field)
        return at

    return read


def _tight(text: str) -> str:
    """``2024-05-01 10:11:12 +0200``, as shops write it, without the gap before the offset."""
    head, _, offset = text.rpartition(" ")
    if head and offset.upper() in ("UTC", "GMT", "Z"):
        return head + "+00:00"
    return head + offset if head and offset[:1] in ("+", "-") else text


def _read(text: str, layout: str, zone: tzinfo, field: str) -> int:
    try:
        if layout == "unix-ms":
            return parse_time(datetime.fromtimestamp(int(text) / 1000, UTC).isoformat(), field)
        if layout == "unix-s":
            return parse_time(datetime.fromtimestamp(float(text), UTC).isoformat(), field)
        moment = datetime.fromisoformat(_tight(text)) if layout == "iso" else datetime.strptime(text, layout)  # noqa: DTZ007
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return parse_time(moment.isoformat(), field)
    except (ValueError, OverflowError, OSError):
        hint = "write it as in 2026-11-22T12:00:00" if layout == "iso" else f"the mapping says {layout}"
        raise Refused(
            "time_not_readable", f"cannot read {text[:40]!r} as a time", field=field, hint=hint
        ) from None
