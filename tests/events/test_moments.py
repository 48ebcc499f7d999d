"""Corrected times: the nine reference cases, and the edges between them."""

import pytest

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, format_time, parse_time
from maatwerk.events.moments import corrected

RECEIVED = parse_time("2026-11-22T12:00:00+00:00")

# id, timestamp, sentAt, expected, flags
CASES = [
    ("in_sync", "2026-11-22T11:59:50+00:00", "2026-11-22T12:00:00+00:00", "2026-11-22T11:59:50.000Z", ()),
    (
        "device_1h_fast",
        "2026-11-22T12:59:50+00:00",
        "2026-11-22T13:00:00+00:00",
        "2026-11-22T11:59:50.000Z",
        (),
    ),
    (
        "device_3y_slow",
        "2023-11-22T11:59:50+00:00",
        "2023-11-22T12:00:00+00:00",
        "2026-11-22T11:59:50.000Z",
        (),
    ),
    (
        "offline_2_days",
        "2026-11-20T12:00:00+00:00",
        "2026-11-22T12:00:00+00:00",
        "2026-11-20T12:00:00.000Z",
        (),
    ),
    ("tz_offset", "2026-11-22T13:59:50+02:00", "2026-11-22T14:00:00+02:00", "2026-11-22T11:59:50.000Z", ()),
    ("no_sentAt", "2026-11-22T11:00:00+00:00", None, "2026-11-22T11:00:00.000Z", ()),
    ("no_timestamps", None, None, "2026-11-22T12:00:00.000Z", ()),
    # five minutes in the future by the formula: clamped to the moment it was received, and flagged
    (
        "sent_before_original",
        "2026-11-22T12:05:00+00:00",
        "2026-11-22T12:00:00+00:00",
        "2026-11-22T12:00:00.000Z",
        ("future_clamped",),
    ),
    # older than the horizon: kept as it is, and flagged
    (
        "ancient_1970",
        "1970-01-01T00:00:00+00:00",
        "2026-11-22T12:00:00+00:00",
        "1970-01-01T00:00:00.000Z",
        ("late", "too_late"),
    ),
]


@pytest.mark.parametrize(
    ("name", "timestamp", "sent_at", "expected", "flags"), CASES, ids=[case[0] for case in CASES]
)
def test_reference_cases(
    name: str, timestamp: str | None, sent_at: str | None, expected: str, flags: tuple[str, ...]
) -> None:
    time, found = corrected(timestamp, sent_at, RECEIVED)
    assert format_time(time) == expected
    assert found == flags


def test_the_horizon_is_thirty_days() -> None:
    assert corrected(RECEIVED - 30 * DAY, None, RECEIVED)[1] == ()
    assert corrected(RECEIVED - 30 * DAY - 1, None, RECEIVED)[1] == ("late", "too_late")


def test_imports_keep_their_times() -> None:
    old = "2011-01-01T00:00:00Z"
    assert corrected(old, "2026-11-22T13:00:00Z", RECEIVED, imported=True) == (parse_time(old), ())


def test_a_timestamp_that_is_none_is_refused_and_a_bad_sent_at_passed_over() -> None:
    with pytest.raises(Refused) as fault:
        corrected("yesterday", None, RECEIVED)
    assert (fault.value.code, fault.value.field) == ("time_not_readable", "timestamp")
    assert corrected("2026-11-22T11:00:00Z", "soon", RECEIVED)[0] == RECEIVED - 3_600_000


def test_a_clock_beyond_all_reason_gives_a_time_that_can_be_written() -> None:
    time, _ = corrected("1970-01-01T00:00:00Z", "2300-01-01T00:00:00Z", RECEIVED)
    assert format_time(time) == "1970-01-01T00:00:00.000Z"
