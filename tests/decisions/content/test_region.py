"""Where she seems to be, and which store would suit her better."""

from __future__ import annotations

import pytest

from maatwerk.core.errors import Refused
from maatwerk.decisions.content.region import likely_country, ready_store, region

STORES = {
    "us": ready_store("us", {"name": "United States", "countries": ["US"], "languages": ["en", "es"]}),
    "au": ready_store("au", {"name": "Australia", "countries": ["au"], "languages": ["en"]}),
    "be-fr": ready_store("be-fr", {"name": "Belgique", "countries": ["BE"], "languages": ["fr"]}),
    "be-nl": ready_store("be-nl", {"name": "België", "countries": ["BE"], "languages": ["nl"]}),
}


def test_the_country_by_zone_then_by_language() -> None:
    assert likely_country("Australia/Perth", "en-US") == ("AU", "time zone")
    assert likely_country("Etc/UTC", "nl-BE") == ("BE", "language")
    assert likely_country("", "en") == ("", "")
    assert likely_country("", "zh-Hans") == ("", "")


def test_a_shopper_in_australia_on_the_american_store_is_told_of_both() -> None:
    found = region(STORES, "us", "AU", "edge", "en-AU")
    assert found
    assert (found.country, found.by, found.store, found.better, found.language) == (
        "AU",
        "edge",
        "us",
        "au",
        "en",
    )


def test_a_country_with_two_stores_goes_by_her_language_and_her_own_store_is_left_alone() -> None:
    dutch = region(STORES, "us", "BE", "time zone", "nl-BE")
    assert dutch
    assert dutch.better == "be-nl"
    at_home = region(STORES, "be-fr", "BE", "edge", "nl-BE")
    assert at_home
    assert (at_home.better, at_home.language) == ("", "")


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert region({}, "us", "AU", "edge", "en") is None
    unknown = region(STORES, "us", "", "", "en")
    assert unknown
    assert (unknown.better, unknown.by) == ("", "")
    elsewhere = region(STORES, "us", "JP", "edge", "ja")
    assert elsewhere
    assert elsewhere.better == ""


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "x", "countries": ["AUS"]}, "store.x.countries"),
        ({"name": "x", "url": "javascript:1"}, "store.x.url"),
        ({"countries": ["AU"]}, "store.x"),
    ],
)
def test_a_wrong_store_is_refused_by_name(said: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        ready_store("x", said)
    assert refused.value.field == field
