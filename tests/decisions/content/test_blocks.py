"""Which block stands where, for whom, when, and in which words."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, format_time
from maatwerk.decisions.content.choose import Chosen, choose
from maatwerk.decisions.content.draw import drawn
from maatwerk.decisions.content.greet import greeting
from maatwerk.decisions.content.shelf import Shelf, ready_block
from maatwerk.decisions.content.words import Exposure, Reader
from maatwerk.effects.clean import clean
from maatwerk.views.profile.folds.promotions import Met

NOW = 1_800_000_000_000
PLACE = "home.hero"


def shelf(**blocks: dict[str, Any]) -> Shelf:
    made = Shelf(
        ("block", key, 1, {"placements": [PLACE], "variant": [{"title": key}]} | said)
        for key, said in blocks.items()
    )
    assert not made.refused
    return made


def asked(
    made: Shelf,
    rotation: str = "one",
    met: dict[str, Met] | None = None,
    sold_out: tuple[str, ...] = (),
    **who: Any,
) -> Chosen:
    told: dict[str, Any] = {"now": NOW, "seed": "s", "unit": "a-1"} | who
    reader = Reader(**told)
    return choose(made.standing(PLACE), reader, rotation, met or {}, lambda sku: sku not in sold_out, PLACE)


def key_of(chosen: Chosen) -> str:
    return chosen.block.key if chosen.block else ""


def why(chosen: Chosen, block: str) -> str:
    return next(each.why for each in chosen.out if each.block == block)


def test_the_higher_priority_wins_and_the_other_says_so() -> None:
    found = asked(shelf(low={"priority": 1}, high={"priority": 2}))
    assert key_of(found) == "high"
    assert why(found, "low") == "another has the higher priority"


def test_targeting_fails_closed() -> None:
    made = shelf(
        fans={"audience": "fans"},
        arm={"arm": "hero/b"},
        offer={"offer": "spring"},
        known={"familiarity": "known"},
        belgium={"country": ["be"]},
        gone={"products": ["SOLD-1"]},
    )
    found = asked(made, sold_out=("SOLD-1",))
    assert key_of(found) == ""
    assert {each.block: each.why for each in found.out} == {
        "fans": "for the audience fans alone",
        "arm": "for the experiment's arm hero/b alone",
        "offer": "the offer spring cannot be redeemed or does not apply to her",
        "known": "for shoppers who are known or longer",
        "belgium": "for BE alone",
        "gone": "none of its products can be bought",
    }
    gone = ("SOLD-1",)
    assert key_of(asked(made, sold_out=gone, audiences=frozenset({"fans"}))) == "fans"
    assert key_of(asked(made, sold_out=gone, offers=frozenset({"spring"}))) == "offer"
    assert key_of(asked(made, sold_out=gone, country="be")) == "belgium"
    assert key_of(asked(made, sold_out=gone, familiarity="long-standing")) == "known"
    assert key_of(asked(made)) == "gone"


def test_a_schedule_begins_and_ends_to_the_millisecond() -> None:
    made = shelf(week={"from": format_time(NOW), "until": format_time(NOW + 7 * DAY)})
    assert key_of(asked(made, now=NOW - 1)) == ""
    assert key_of(asked(made)) == "week"
    assert key_of(asked(made, now=NOW + 7 * DAY - 1)) == "week"
    ended = asked(made, now=NOW + 7 * DAY)
    assert key_of(ended) == ""
    assert why(ended, "week").startswith("ended ")


def test_the_first_variant_whose_conditions_hold() -> None:
    made = shelf(
        hello={
            "variant": [
                {"title": "stamgast", "locale": "nl", "familiarity": "known"},
                {"title": "hallo", "locale": "nl"},
                {"title": "vlaams", "locale": "nl-BE"},
                {"title": "hello"},
            ]
        }
    )
    assert asked(made, locale="nl-BE").variant == 1
    assert asked(made, locale="nl_NL", familiarity="known").variant == 0
    assert asked(made, locale="en-US").variant == 3
    assert asked(made).variant == 3


def test_both_arms_of_an_experiment_are_exposed_where_the_arm_alone_decides() -> None:
    made = shelf(hero={"variant": [{"title": "new", "arm": "hero-test/new"}, {"title": "old"}]})
    treated = asked(made, arms=frozenset({"hero-test/new"}))
    control = asked(made, arms=frozenset({"hero-test/old"}))
    assert (treated.variant, treated.exposure) == (0, Exposure("hero-test", "new"))
    assert (control.variant, control.exposure) == (1, Exposure("hero-test", "old"))
    assert asked(made).exposure is None


def seen(keys: list[str], start: int = NOW) -> dict[str, Met]:
    met: dict[str, Met] = {}
    for number, key in enumerate(keys):
        met[key] = Met(start + number, met.get(key, Met()).views + 1)
    return met


def test_a_series_goes_round() -> None:
    made = shelf(a={}, b={}, c={})
    shown: list[str] = []
    for _ in range(7):
        shown.append(key_of(asked(made, "series", seen(shown))))
    assert "".join(shown) == "abcabca"


@given(st.integers(2, 8), st.text(max_size=5))
def test_a_shuffle_repeats_nothing_before_all_were_seen(count: int, unit: str) -> None:
    made = shelf(**{f"block-{number}": {} for number in range(count)})
    shown: list[str] = []
    for _ in range(4 * count):
        chosen = asked(made, "shuffle", seen(shown), unit=unit)
        assert 0 < chosen.propensity <= 1
        shown.append(key_of(chosen))
    rounds = [tuple(shown[start : start + count]) for start in range(0, 4 * count, count)]
    assert all(len(set(each)) == count for each in rounds)
    assert all(one != other for one, other in pairwise(shown))


def test_a_shuffle_is_anothers_for_another() -> None:
    made = shelf(**{f"block-{number}": {} for number in range(6)})
    assert len({key_of(asked(made, "shuffle", unit=f"a-{number}")) for number in range(40)}) == 6


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<math><mtext></p><style><img src onerror=alert(1)></style></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<p style='position:fixed;inset:0'>over all</p>",
    "<form action=https://evil.example><input name=card></form>",
    "<base href=https://evil.example>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "</div></section><div id=main data-maatwerk=home.hero>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless(text: str) -> None:
    html, data = drawn(
        ready_block("b", {"placements": [PLACE], "variant": [{"text": text}]}, 0, clean), 0, Reader(NOW)
    )
    for shown in (html, data["text"]):
        low = shown.lower()
        assert not any(
            bad in low for bad in ("<script", "onerror", "onload", "javascript:", "style", "iframe")
        )
        assert not any(
            bad in low for bad in ("<form", "<input", "<base", "data:text", "data-maatwerk", "id=")
        )


def test_titles_labels_and_names_are_text() -> None:
    said = {
        "title": "<b>5 > 4 & {{greeting}}</b>",
        "text": "<p>Hi {{greeting}}</p>",
        "link": {"url": "/women?a=1&b=2", "label": '"Go"'},
        "image": {"url": "https://shop.example/a.jpg", "alt": '" onload="x', "width": 8, "height": 6},
    }
    name = {"firstName": "<img src=x>"}
    html, data = drawn(
        ready_block("b", {"placements": [PLACE], "variant": [said]}, 0, clean),
        0,
        Reader(NOW, personal=True, name=name),
    )
    assert "&lt;b&gt;5 &gt; 4 &amp; Hello&lt;/b&gt;" in html
    assert 'href="/women?a=1&amp;b=2">&quot;Go&quot;</a>' in html
    assert 'alt="&quot; onload=&quot;x" width="8" height="6"' in html
    assert "<img src=x>" not in html
    assert data["link"] == {"url": "/women?a=1&b=2", "label": '"Go"'}


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ({}, "Welcome"),
        ({"name": {"firstName": "Anna"}}, "Welcome"),
        ({"personal": True, "familiarity": "new", "name": {"firstName": "Anna"}}, "Hello, Anna"),
        ({"personal": True, "familiarity": "known", "name": {"firstName": "Anna"}}, "Welcome back, Anna"),
        ({"personal": True, "familiarity": "known"}, "Welcome back"),
        (
            {
                "personal": True,
                "familiarity": "known",
                "locale": "nl-NL",
                "name": {
                    "greeting": "formal",
                    "salutation": "mevrouw",
                    "lastName": "de Vries",
                    "firstName": "A",
                },
            },
            "Welkom terug, mevrouw de Vries",
        ),
        (
            {
                "personal": True,
                "familiarity": "known",
                "name": {"greeting": "formal", "lastName": "de Vries"},
            },
            "Welcome back",
        ),
        (
            {"personal": True, "familiarity": "known", "name": {"greeting": "none", "firstName": "Anna"}},
            "Welcome back",
        ),
        ({"personal": True, "name": {"firstName": "http://evil.example"}}, "Hello"),
    ],
)
def test_a_greeting_is_true_and_in_her_form(who: dict[str, Any], words: str) -> None:
    assert greeting(Reader(NOW, **who)) == words


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"placements": []}, "block.b.placements"),
        ({"variant": []}, "block.b.variant"),
        ({"variant": [{}]}, "block.b.variant[0]"),
        ({"variant": [{"title": "x", "arm": "hero"}]}, "block.b.variant[0].arm"),
        ({"familiarity": "friend"}, "block.b.familiarity"),
        ({"from": "2027-01-02T00:00:00Z", "until": "2027-01-01T00:00:00Z"}, "block.b.until"),
        ({"from": "tomorrow"}, "block.b.from"),
        ({"country": ["NLD"]}, "block.b.country"),
        ({"variant": [{"image": {"url": "javascript:1"}}]}, "block.b.variant[0].image.url"),
        (
            {"variant": [{"title": "x", "link": {"url": "//evil.example", "label": "x"}}]},
            "block.b.variant[0].link.url",
        ),
        ({"colour": "red"}, "block.b"),
    ],
)
def test_a_wrong_block_is_refused_by_name(said: dict[str, Any], field: str) -> None:
    document = {"placements": [PLACE], "variant": [{"title": "x"}]} | said
    with pytest.raises(Refused) as refused:
        ready_block("b", document)
    assert refused.value.field == field
