"""Consent strings as IAB's own library writes them, and what is cut off or garbled."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.events.tcf import NOTHING, Terms, granted, read_tc

GOLDEN = json.loads((Path(__file__).parent / "samples" / "tc_strings.json").read_text())["strings"]
SAMPLES: dict[str, dict[str, Any]] = {sample["name"]: sample for sample in GOLDEN}
US = Terms(vendor=755)


def text(name: str) -> str:
    tc: str = SAMPLES[name]["tc"]
    return tc


@pytest.mark.parametrize("sample", GOLDEN, ids=lambda sample: sample["name"])
def test_what_the_library_wrote_is_read(sample: dict[str, Any]) -> None:
    read = read_tc(sample["tc"])
    assert read.purposes == set(sample["purposes"])
    assert (sample["vendor"] in read.vendors) is sample["vendor_consent"]
    assert read.restricted.get(sample["vendor"], frozenset()) == set(sample.get("forbidden", []))
    assert (read.publisher or frozenset()) == set(sample.get("publisher", []))


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("all purposes, our vendor", {"storage", "analytics", "personalization", "advertising"}),
        ("the registered purposes, our vendor", {"storage", "analytics", "personalization", "advertising"}),
        ("storage and measurement", {"storage", "analytics"}),
        ("advertising without storage", {"personalization", "advertising"}),
        ("all purposes, other vendors", set()),
        ("a long run without ours", set()),
        ("no purpose, our vendor", set()),
        ("publisher forbids purpose 4 to us", {"storage", "analytics"}),
        (
            "publisher demands consent for purpose 7",
            {"storage", "analytics", "personalization", "advertising"},
        ),
        (
            "publisher allows purpose 7 by legitimate interest alone",
            {"storage", "analytics", "personalization"},
        ),
    ],
)
def test_our_purposes_need_theirs_and_our_number(name: str, ours: set[str]) -> None:
    assert {purpose for purpose, yes in granted(read_tc(text(name)), US).items() if yes} == ours


def test_a_shop_without_a_number_goes_by_what_is_said_of_the_publisher() -> None:
    own = granted(read_tc(text("with a publisher segment")), Terms())
    assert own == dict.fromkeys(own, True)
    assert granted(read_tc(text("all purposes, our vendor")), Terms()) == NOTHING


@pytest.mark.parametrize(
    "garbage",
    [
        "", ".", "a", "not a string!", "CQ=", "C" * 20_000, "é",
        "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA",  # version 1
        text("all purposes, our vendor") + ".",
        text("all purposes, our vendor") + ".8AAA",  # a part of unknown kind
        text("all purposes, our vendor").replace(".", "_.", 1),  # something after the end
        text("vendors as ranges")[:40],
    ],
)  # fmt: skip
def test_garbage_is_refused_by_name(garbage: str) -> None:
    with pytest.raises(Refused) as fault:
        read_tc(garbage)
    assert fault.value.code == "tc_string_not_readable"
    assert fault.value.field == "context.consent.tcf"


@pytest.mark.parametrize("sample", GOLDEN, ids=lambda sample: sample["name"])
def test_what_is_cut_off_is_refused_or_had_lost_nothing_but_padding(sample: dict[str, Any]) -> None:
    whole = sample["tc"]
    refused = 0
    for length in range(len(whole)):
        try:
            read = read_tc(whole[:length])
        except Refused:
            refused += 1
        else:
            lost = whole[length:].lstrip("A")
            assert not lost or lost.startswith("."), "a sign that carries something was lost unnoticed"
            assert read.purposes == read_tc(whole).purposes
    assert refused > 30


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", max_size=120))
def test_noise_is_read_or_refused_and_never_fails_otherwise(noise: str) -> None:
    with suppress(Refused):
        assert all(0 < vendor <= 0xFFFF for vendor in read_tc("C" + noise).vendors)
