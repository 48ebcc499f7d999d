"""The consent gate, by purpose, and what is left of a message that may not be kept."""

from typing import Any

import pytest
from tests.events.doors import accepted, rejected, source, track, verdict

from maatwerk.events.circumstances import Surroundings
from maatwerk.events.consent import GRANTED_AT_INIT, PURPOSES, gate, stated

ALL_DENIED = dict.fromkeys(PURPOSES, False)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (
            {"categoryPreferences": {"analytics": True, "advertising": False}},
            {"analytics": True, "advertising": False},
        ),
        ({"analytics": "granted", "storage": "denied"}, {"analytics": True, "storage": False}),
        ({"Analytics": "GRANTED"}, {"analytics": True}),
        ({"analytics": True}, {"analytics": True}),
        ({"analytics": "perhaps"}, {"analytics": False}),
        ({"analytics": None, "unknown": True}, {}),
        ({"categoryPreferences": []}, {}),
        ("granted", {}),
        (None, {}),
    ],
)
def test_both_forms_are_read_and_what_is_unreadable_is_a_no(said: Any, read: dict[str, bool]) -> None:
    assert stated(said) == read


def test_the_message_counts_before_the_ledger_and_the_ledger_before_the_default() -> None:
    assert gate({}, None, GRANTED_AT_INIT).flags == ()
    assert gate({}, {"analytics": False}, GRANTED_AT_INIT).flags == ("analytics_denied",)
    assert gate({"analytics": True}, {"analytics": False}, GRANTED_AT_INIT).flags == ()
    assert not gate({}, None, ALL_DENIED).keep
    assert not gate({}, None, {}).keep, "what no one granted is not granted"


@pytest.mark.parametrize(
    ("purpose", "flag"),
    [
        ("analytics", "analytics_denied"),
        ("personalization", "personalization_denied"),
        ("advertising", "advertising_denied"),
    ],
)
def test_a_denied_purpose_is_a_flag(purpose: str, flag: str) -> None:
    assert accepted(track("x", context={"consent": {purpose: "denied"}})).flags == (flag,)


def test_storage_denied_leaves_nothing_even_of_a_bad_message() -> None:
    context = {"consent": {"categoryPreferences": {"storage": False}}}
    for message in (
        track("Product Viewed", {"sku": "s"}, context=context),
        track("Product Viewed", {"sku": "s", "price": "x"}, context=context),
        track("x", anonymousId=[1], context=context),
        {"type": "dance", "context": context},
        track("x", {"text": "x" * 33_000}, context=context),
    ):
        assert verdict(message).dropped


def test_a_withdrawal_is_kept_bare_because_it_is_the_proof() -> None:
    context = {"consent": {"storage": "denied"}, "page": {"url": "https://s.test/secret"}}
    event = accepted(track("Consent Changed", {"purposes": {"storage": False}}, context=context))
    assert event.anonymous_id == "a-1"
    assert event.context.url == ""
    nobody = track("Consent Changed", {"purposes": {"storage": False}}, context=context, anonymousId=None)
    assert verdict(nobody).dropped


def test_purposes_in_words_are_read() -> None:
    event = accepted(track("Consent Changed", {"purposes": {"analytics": "granted", "email": "denied"}}))
    assert bytes(event.properties) == b'{"purposes":{"analytics":true,"email":false}}'
    assert rejected(track("Consent Changed", {"purposes": "all"})).field == "properties.purposes"


def test_global_privacy_control_denies_advertising() -> None:
    event = accepted(
        track("x", context={"consent": {"advertising": "granted"}}),
        source(around=Surroundings(opted_out=True)),
    )
    assert event.flags == ("advertising_denied",)
    assert event.context.consent == {"advertising": False}
