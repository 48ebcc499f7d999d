"""The consent gate, by purpose, and what is left of a message that may not be kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.events.doors import accepted, rejected, source, track, verdict

from maatwerk.events.circumstances import Surroundings
from maatwerk.events.consent import GRANTED_AT_INIT, PURPOSES, gate, stated
from maatwerk.events.tcf import Terms

SAMPLES = Path(__file__).parent / "samples" / "tc_strings.json"

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
    assert event.flags == ("advertising_denied", "gpc")
    assert event.context.consent == {"advertising": False}
    assert event.context.consent_by == "gpc"


@pytest.mark.parametrize(
    ("google", "ours"),
    [
        (
            {"ad_storage": "granted", "ad_user_data": "granted", "ad_personalization": "granted"},
            {"advertising": True},
        ),
        ({"ad_storage": "granted"}, {"advertising": False}),
        (
            {"ad_storage": "granted", "ad_user_data": "granted", "ad_personalization": "denied"},
            {"advertising": False},
        ),
        ({"analytics_storage": "granted"}, {"analytics": True, "storage": True}),
        (
            {"analytics_storage": "denied", "personalization_storage": "granted"},
            {"analytics": False, "personalization": True, "storage": True},
        ),
        (
            {"analytics_storage": "denied", "personalization_storage": "denied"},
            {"analytics": False, "personalization": False, "storage": False},
        ),
        ({"functionality_storage": "granted", "security_storage": "granted"}, {}),
        ({"functionality_storage": "denied"}, {"storage": False}),
        ({"analytics_storage": "maybe"}, {"analytics": False, "storage": False}),
    ],
)  # fmt: skip
def test_google_consent_mode_is_read_wrapped_and_bare(google: dict[str, str], ours: dict[str, bool]) -> None:
    assert stated({"gcm": google}) == ours
    assert stated(google) == ours


def test_a_tc_string_on_the_server_is_a_statement_and_garbage_a_denial() -> None:
    strings = {s["name"]: s["tc"] for s in json.loads(SAMPLES.read_text())["strings"]}
    us = source(terms=Terms(vendor=755))
    some = accepted(track("x", context={"consent": {"tcf": strings["storage and measurement"]}}), us)
    assert some.flags == ("personalization_denied", "advertising_denied")
    assert some.context.consent_by == "tcf"
    for broken in ("garbage", "", strings["all purposes, our vendor"][:30], 7, {"a": 1}):
        assert verdict(track("x", context={"consent": {"tcf": broken}}), us).dropped
    assert verdict(track("x", context={"consent": {"tcf": strings["nothing at all"]}}), us).dropped
    answer = {"tcf": "garbage"}
    told = verdict(track("Consent Changed", {"purposes": {"email": True}}, context={"consent": answer}), us)
    assert [(w.code, w.field) for w in told.warnings] == [("tc_string_not_readable", "context.consent.tcf")]


def test_of_two_voices_the_no_counts() -> None:
    strings = {s["name"]: s["tc"] for s in json.loads(SAMPLES.read_text())["strings"]}
    both = {
        "tcf": strings["all purposes, our vendor"],
        "analytics": "denied",
        "gpc": True,
        "email": "granted",
    }
    assert stated(both, Terms(vendor=755)) == {
        "storage": True, "analytics": False, "personalization": True, "advertising": False, "email": True,
    }  # fmt: skip


def test_an_objection_is_kept_bare_where_storage_is_denied_and_read_to_her_favor() -> None:
    context = {"consent": {"storage": "denied"}, "page": {"url": "https://s.test/secret"}}
    said = {"objections": {"profiling": "yes", "direct_marketing": "false", "other": True}}
    event = accepted(track("Objection Changed", said, context=context))
    assert bytes(event.properties) == b'{"objections":{"profiling":true,"direct_marketing":false}}'
    assert event.context.url == ""
    assert rejected(track("Objection Changed", {"objections": "all"})).field == "properties.objections"


def test_what_was_refused_for_good_stays_refused_whatever_is_said() -> None:
    granted = dict.fromkeys(PURPOSES, True)
    refused = frozenset({"personalization", "advertising"})
    assert gate(granted, {}, GRANTED_AT_INIT, refused).flags == (
        "personalization_denied",
        "advertising_denied",
    )


def test_segments_own_consent_event_is_an_answer_by_its_context() -> None:
    preferences = {"categoryPreferences": {"analytics": True, "storage": False, "Unknown": True}}
    event = accepted(track("Segment Consent Preference Updated", {}, context={"consent": preferences}))
    assert event.name == "Consent Changed"
    assert bytes(event.properties) == b'{"purposes":{"analytics":true,"storage":false}}'
    assert accepted(track("consent changed", {"purposes": {"storage": False}})).name == "Consent Changed"
