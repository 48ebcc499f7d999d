"""The contact policy alone: quiet hours over every edge of the clock, what stops a message, and what is
refused."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, HOUR
from maatwerk.decisions.contact.judge import Facts, free_at, refusal
from maatwerk.decisions.contact.quiet import send_at
from maatwerk.decisions.contact.words import DEFAULT, pace, parse_policy, places

NIGHT = ("22:00", "08:00")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "hours", "wish", "sent"),
    [
        ("Europe/Berlin", NIGHT, "2026-03-28T22:30Z", "2026-03-29T06:00Z"),
        ("Europe/Berlin", NIGHT, "2026-10-24T21:30Z", "2026-10-25T07:00Z"),
        ("America/New_York", NIGHT, "2026-11-01T05:30Z", "2026-11-01T13:00Z"),
        ("America/New_York", NIGHT, "2026-11-01T06:30Z", "2026-11-01T13:00Z"),
        ("Australia/Lord_Howe", NIGHT, "2026-04-04T15:10Z", "2026-04-04T21:30Z"),
        ("Asia/Kathmandu", NIGHT, "2026-06-01T17:00Z", "2026-06-02T02:15Z"),
        ("Pacific/Kiritimati", NIGHT, "2026-01-01T09:00Z", "2026-01-01T18:00Z"),
        ("America/St_Johns", NIGHT, "2026-07-01T00:00Z", "2026-07-01T00:00Z"),
        ("Asia/Kolkata", NIGHT, "2026-06-01T02:30Z", "2026-06-01T02:30Z"),
        ("Asia/Kolkata", NIGHT, "2026-06-01T16:30Z", "2026-06-02T02:30Z"),
        ("Europe/London", ("09:00", "17:00"), "2026-06-01T12:00Z", "2026-06-01T16:00Z"),
        ("Europe/Berlin", ("22:00", "02:30"), "2026-03-29T00:30Z", "2026-03-29T01:30Z"),
        ("Nowhere/Land", NIGHT, "2026-06-01T21:00Z", "2026-06-02T06:00Z"),
        ("", ("08:00", "08:00"), "2026-06-01T21:00Z", "2026-06-01T21:00Z"),
        ("America/New_York", ("22:00", "01:30"), "2026-11-01T06:15Z", "2026-11-01T06:30Z"),
    ],
)
def test_quiet_hours_are_those_of_her_own_clock(
    zone: str, hours: tuple[str, str], wish: str, sent: str
) -> None:
    """Daylight saving begins, ends, and is half an hour; a zone nobody knows is the workspace's."""
    assert send_at(at(wish), zone, *hours, otherwise="Europe/Amsterdam") == at(sent)


VECTORS = Path(os.environ.get("MAATWERK_VECTORS", "../shared/vectors")) / "quiet_hours.json"


@pytest.mark.skipif(not VECTORS.exists(), reason="the reference vectors are not beside the repository")
def test_the_reference_vectors_hold_exactly() -> None:
    vectors: list[dict[str, Any]] = json.loads(VECTORS.read_text())
    got = [send_at(at(v["wish_utc"]), v["tz"], v["quiet_start"], v["quiet_end"]) for v in vectors]
    assert got == [at(v["send_utc"]) for v in vectors]
    assert len(got) == 15


@pytest.mark.parametrize(
    ("changed", "marketing", "owed"),
    [
        ({}, "", ""),
        ({"consented": False}, "no_consent", ""),
        ({"objected": True}, "objected", ""),
        ({"stopped": "asked"}, "unsubscribed", ""),
        ({"stopped": "complaint"}, "complained", ""),
        ({"stopped": "bounce"}, "bounced", "bounced"),
        ({"stopped": "resting"}, "bounced", ""),
        ({"declined": True}, "topic_declined", ""),
        ({"confirmed": False}, "not_confirmed", ""),
        ({"address": False}, "no_address", "no_address"),
    ],
)
def test_each_stop_has_its_code(changed: dict[str, Any], marketing: str, owed: str) -> None:
    """What is owed to her (a receipt) needs no yes, and stops at an address that is dead."""
    facts: dict[str, Any] = {"channel": "email", "address": True, "consented": True} | changed
    assert refusal(Facts(transactional=False, **facts)) == marketing
    assert refusal(Facts(transactional=True, **facts)) == owed


def test_quiet_hours_hold_marketing_in_the_channels_named() -> None:
    midnight = at("2026-06-01T23:00+02:00")
    morning = at("2026-06-02T08:00+02:00")
    for channel, owed, expected in (
        ("sms", False, morning),
        ("email", False, midnight),
        ("sms", True, midnight),
    ):
        assert free_at(DEFAULT, channel, owed, midnight, "Europe/Amsterdam", "UTC") == expected


def test_a_message_takes_its_place_in_every_cap_that_counts_it() -> None:
    policy = parse_policy(
        "default",
        {
            "caps": [
                {"messages": 2, "hours": 24},
                {"messages": 5, "hours": 168, "channels": ["email"]},
                {"messages": 9, "hours": 24, "topics": ["alerts"]},
            ]
        },
    )
    assert [(p.window, p.most) for p in places(policy, "email", "offers", "x")] == [(DAY, 2), (7 * DAY, 5)]
    assert [(p.window, p.most) for p in places(policy, "sms", "offers", "x")] == [(DAY, 2)]
    assert [(p.window, p.most) for p in places(policy, "email", "alerts", "x")] == [(24 * HOUR, 9)]


def test_a_new_sender_warms_up_day_by_day() -> None:
    document = {"warm_up": [50, 100], "warm_up_from": "2026-11-28", "domains": {"*": 60, "mail.example": 5}}
    policy = parse_policy("default", document)
    most = [
        [p.most for p in pace(policy, "mail.example", at(f"2026-11-{day}T10:00Z"))] for day in (28, 29, 30)
    ]
    assert most == [[5, 50], [5, 100], [5]]
    assert [p.most for p in pace(policy, "other.example", at("2026-12-28T10:00Z"))] == [60]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"quiet_start": "25:00"}, "quiet_start"),
        ({"quiet_channels": ["fax"]}, "quiet_channels"),
        ({"caps": [{"messages": -1, "hours": 24}]}, "caps.0.messages"),
        ({"caps": [{"messages": 1, "hours": 24, "topics": ["x"]}]}, "caps.0.topics"),
        ({"warm_up": [5], "warm_up_from": "soon"}, "warm_up_from"),
        ({"quiet": True}, "contact_policy.default"),
    ],
)
def test_a_policy_is_refused_by_its_field(document: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_policy("default", document)
    assert refused.value.field == field
