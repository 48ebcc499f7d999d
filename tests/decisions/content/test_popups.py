"""Which pop-ups a page may open: caps, closing, triggers, phones, and who cannot be remembered."""

from __future__ import annotations

from typing import Any

import pytest

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, HOUR, MINUTE
from maatwerk.decisions.content.interrupt import Interruptions, Where, interrupt
from maatwerk.decisions.content.shelf import Shelf, ready_popup
from maatwerk.decisions.content.words import Reader
from maatwerk.views.profile.folds.promotions import Met

NOW = 1_800_000_000_000
Popups = dict[str, dict[str, Any]]


def ask(popups: Popups, met: dict[str, Met] | None = None, **more: Any) -> Interruptions:
    base = {"placements": ["popup"], "variant": [{"title": "x"}]}
    shelf = Shelf(("popup", key, 1, base | said) for key, said in popups.items())
    assert not shelf.refused
    where = Where(**{name: more.pop(name) for name in ("page", "url", "cart") if name in more})
    told: dict[str, Any] = {"now": NOW, "unit": "a-1", "personal": True} | more
    return interrupt(shelf.standing("popup"), Reader(**told), where, met or {}, lambda sku: True)


def open_(found: Interruptions) -> list[str]:
    return [each.popup.key for each in found.waiting]


def why(found: Interruptions) -> str:
    return found.out[0].why


def test_the_strongest_comes_first_and_each_keeps_its_trigger() -> None:
    found = ask(
        {
            "late": {"trigger": {"on": "scroll", "percent": 70}},
            "exit": {"priority": 200, "trigger": {"on": "exit"}},
        }
    )
    assert [(each.popup.key, each.trigger.on) for each in found.waiting] == [
        ("exit", "exit"),
        ("late", "scroll"),
    ]


def test_it_comes_at_most_so_often_and_closing_it_is_remembered() -> None:
    popup: Popups = {"p": {"most": 2, "days": 7, "quiet_days": 30}}
    once, twice = Met(NOW - DAY, 1, (NOW - DAY,)), Met(NOW - DAY, 2, (NOW - 2 * DAY, NOW - DAY))
    assert open_(ask(popup, {"p": once})) == ["p"]
    assert why(ask(popup, {"p": twice})) == "seen 2 times in 7 days"
    assert open_(ask(popup, {"p": twice}, now=NOW + 6 * DAY)) == ["p"]
    closed = Met(NOW - DAY, 1, (NOW - DAY,), dismissed_at=NOW - DAY)
    assert why(ask(popup, {"p": closed})) == "she closed it, which counts for 30 days"
    assert open_(ask(popup, {"p": closed}, now=NOW + 29 * DAY)) == ["p"]
    followed = Met(NOW - DAY, 1, (NOW - DAY,), clicked_at=NOW - DAY)
    assert why(ask(popup, {"p": followed}, now=NOW + 900 * DAY)) == "she followed it already"


def test_one_in_a_visit_but_bars_stay() -> None:
    popups: Popups = {"p": {}, "bar": {"style": "bar"}}
    other = {"other": Met(NOW - 10 * MINUTE, 1, (NOW - 10 * MINUTE,))}
    found = ask(popups, other)
    assert open_(found) == ["bar"]
    assert why(found) == "another was shown in this visit"
    assert open_(ask(popups, other, now=NOW + HOUR)) == ["bar", "p"]


def test_what_interrupts_must_be_able_to_remember() -> None:
    found = ask({"p": {}, "bar": {"style": "bar"}}, unit="", personal=False)
    assert open_(found) == ["bar"]
    assert "remembered" in why(found)


def test_phones_are_spared() -> None:
    popups: Popups = {"p": {}, "needed": {"phones": True}, "bar": {"style": "bar"}}
    assert open_(ask(popups, device="mobile")) == ["bar", "needed"]


def test_what_the_server_knows_is_its_to_tell() -> None:
    arrival: Popups = {"p": {"trigger": {"on": "arrival", "source": "spring", "seconds": 3}}}
    assert why(ask(arrival, url="https://shop.example/?a=1")) == "she did not come from source spring"
    came = ask(arrival, url="https://shop.example/?utm_source=spring&utm_medium=cpc")
    assert (came.waiting[0].trigger.on, came.waiting[0].trigger.seconds) == ("time", 3)
    cart: Popups = {"p": {"trigger": {"on": "cart", "least": 50, "most": 75}}}
    for value, opens in ((0.0, False), (49.99, False), (50.0, True), (75.0, True), (75.01, False)):
        found = ask(cart, cart=value)
        assert bool(found.waiting) == opens, value
        assert found.watch_cart
    entry: Popups = {"p": {"audience": "fans", "trigger": {"on": "audience", "seconds": 0}}}
    assert not ask(entry).waiting
    assert ask(entry, audiences=frozenset({"fans"})).waiting[0].reason.startswith("she belongs to fans")
    assert open_(ask({"p": {"pages": ["cart"]}}, page="home")) == []
    assert open_(ask({"p": {"pages": ["cart"]}}, page="cart")) == ["p"]


def test_what_she_put_aside_is_a_ribbon_until_she_closes_or_follows_it() -> None:
    popup: Popups = {"p": {"ribbon": "Ten off"}}
    seen = Met(NOW - MINUTE, 1, (NOW - MINUTE,))
    assert [each.ribbon for each in ask(popup).waiting] == [False]
    assert [each.ribbon for each in ask(popup, {"p": seen}).waiting] == [True]
    closed = Met(NOW, 1, (NOW - MINUTE,), dismissed_at=NOW)
    assert not ask(popup, {"p": closed}).waiting


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"countdown": True}, "popup.p.until"),
        ({"trigger": {"on": "audience"}}, "popup.p.audience"),
        ({"most": 0}, "popup.p.most"),
        ({"trigger": {"on": "scroll", "percent": 101}}, "popup.p.trigger"),
        ({"trigger": {"on": "luck"}}, "popup.p"),
        ({"style": "overlay"}, "popup.p"),
    ],
)
def test_a_wrong_one_is_refused_by_name(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        ready_popup("p", {"placements": ["popup"], "variant": [{"title": "x"}]} | said)
    assert refused.value.field == field
