"""Days on which shops sell otherwise, by the calendar: those of the Netherlands, Germany and of trade
everywhere."""

from __future__ import annotations

from datetime import date, timedelta

from maatwerk.core.time import DAY

_EPOCH = date(1970, 1, 1)
_FIXED = {
    (1, 1): "New Year",
    (2, 14): "Valentine's Day",
    (4, 27): "King's Day",
    (5, 1): "Labor Day",
    (10, 31): "Halloween",
    (11, 11): "Singles' Day",
    (12, 5): "Saint Nicholas",
    (12, 24): "Christmas Eve",
    (12, 25): "Christmas",
    (12, 26): "Second day of Christmas",
    (12, 31): "New Year's Eve",
}
_BY_EASTER = {
    -2: "Good Friday",
    0: "Easter",
    1: "Easter Monday",
    39: "Ascension",
    49: "Whitsun",
    50: "Whit Monday",
}


def day_of(time_ms: int) -> date:
    """The date of a moment of a clock, given in ms since 1970."""
    return _EPOCH + timedelta(days=time_ms // DAY)


def holiday(day: date) -> str:
    """Its name; nothing for an ordinary day."""
    fixed = _FIXED.get((day.month, day.day))
    if fixed:
        return fixed
    moving = _BY_EASTER.get((day - easter(day.year)).days)
    if moving:
        return moving
    if day.month == 5 and day.weekday() == 6 and 8 <= day.day <= 14:
        return "Mother's Day"
    if day.month == 6 and day.weekday() == 6 and 15 <= day.day <= 21:
        return "Father's Day"
    thanksgiving = _nth_weekday(day.year, 11, 3, 4)
    return {1: "Black Friday", 4: "Cyber Monday"}.get((day - thanksgiving).days, "")


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm; Nature, 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
