"""The merchant's hand on recommendations: what each move does, who it is for, and that it is explained."""

from __future__ import annotations

from typing import Any

import numpy as np

from maatwerk.core.time import DAY, format_time
from maatwerk.decisions.pipeline.conflicts import conflicts
from maatwerk.decisions.pipeline.merchandise import parse_merchandising
from maatwerk.decisions.pipeline.words import Page
from maatwerk.decisions.recommend.desk import Desk
from maatwerk.decisions.recommend.models import Models, Sealed
from maatwerk.decisions.recommend.neighbors import predict
from maatwerk.decisions.recommend.recommender import Tools
from maatwerk.decisions.recommend.taste import catalog_baseline, known
from maatwerk.flows.page import Decided, Question, decide_page
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product

NOW = 1_800_000_000_000


def shop() -> Catalog:
    """Six products, the first viewed most; the last sold out."""
    catalog = Catalog()
    for number in range(6):
        catalog.put(
            Product(
                sku=f"p-{number}",
                name=f"product {number}",
                categories=("lamps" if number % 2 else "tables",),
                currency="EUR",
                price_minor=1_000 * (number + 1),
                stock=0 if number == 5 else 5,
                margin=0.1 * number,
                first_seen=NOW - 90 * DAY,
            )
        )
    return catalog


CATALOG = shop()
COUNTS = np.arange(60, 0, -10)
COLUMNS = (
    "viewed",
    "added",
    "bought",
    "buyers",
    "viewers",
    "day",
    "three_days",
    "trend",
    "converts",
    "interest",
)
MODELS = Models({"popularity": Sealed("popularity", "1", list(CATALOG.skus), dict.fromkeys(COLUMNS, COUNTS))})


HOME = Page(type="home")


def ask(
    rules: dict[str, dict[str, Any]], *, audiences: frozenset[str] = frozenset(), page: Page = HOME
) -> Decided:
    documents: list[tuple[str, str, int, dict[str, Any]]] = [
        ("unit", "top", 1, {"recommender": "most-viewed", "title": "Top", "personal": False}),
        ("placement", "home.top", 1, {"page": "home", "unit": "top", "limit": 4}),
        *(("merchandising", key, 1, {"on": ["recommendations"]} | each) for key, each in rules.items()),
    ]
    desk = Desk(documents)
    assert not desk.refused
    question = Question(
        now=NOW,
        seed="s",
        placements=("home.top",),
        page=page,
        known=known([], [], CATALOG, catalog_baseline(CATALOG), NOW),
        catalog=CATALOG,
        desk=desk,
        tools=Tools(MODELS, predict),
        audiences=audiences,
    )
    found = decide_page(question, lambda _: False)[0][0]
    assert decide_page(question, lambda _: False)[0][0] == found
    return found


def shown(found: Decided) -> list[str]:
    assert found.slot is not None
    return [CATALOG.skus[pick.row] for pick in found.slot.picks]


def test_without_rules_the_crowd_decides() -> None:
    assert shown(ask({})) == ["p-0", "p-1", "p-2", "p-3"]


def test_pin_boost_bury_and_hide_move_what_they_say_and_say_so() -> None:
    found = ask(
        {
            "hand": {
                "pin": [{"sku": "p-4", "position": 2}],
                "boost": [{"where": "price > 35", "by": 1.0}],
                "bury": [{"where": 'sku == "p-0"', "by": 1.0}],
                "hide": ['sku == "p-1"'],
            }
        }
    )
    assert shown(found) == ["p-3", "p-4", "p-2", "p-0"]
    assert found.slot is not None
    by = {CATALOG.skus[pick.row]: pick for pick in found.slot.picks}
    assert by["p-4"].reason == "chosen by the shop"
    assert by["p-4"].rules == ("hand: pinned to 2",)
    assert by["p-3"].rules == ("hand: boosted",)
    assert by["p-0"].rules == ("hand: buried",)
    assert by["p-3"].terms["rules"] > 0 > by["p-0"].terms["rules"]
    gone = {CATALOG.skus[each.row]: each.rule for each in found.slot.removed}
    assert gone["p-1"] == "merchandising:hand"


def test_what_may_not_be_shown_is_not_pinned_either() -> None:
    found = ask({"hand": {"pin": [{"sku": "p-5", "position": 1}]}})
    assert shown(found) == ["p-0", "p-1", "p-2", "p-3"]
    assert found.slot is not None
    assert [(each.source, each.rule) for each in found.slot.removed if each.source == "pinned"] == [
        ("pinned", "out_of_stock")
    ]


def test_metrics_weigh_as_they_are_asked_to() -> None:
    assert shown(ask({"margin": {"weights": {"margin": 5.0}}}))[0] == "p-4"
    assert shown(ask({"margin": {"weights": {"margin": -5.0}}}))[0] == "p-0"


def test_rules_keep_to_their_audience_their_time_their_category_and_their_placement() -> None:
    first = {"pin": [{"sku": "p-3", "position": 1}]}
    plain = ["p-0", "p-1", "p-2", "p-3"]
    pinned = ["p-3", "p-0", "p-1", "p-2"]
    assert shown(ask({"vip": first | {"audience": "vip"}})) == plain
    assert shown(ask({"vip": first | {"audience": "vip"}}, audiences=frozenset({"vip"}))) == pinned
    assert shown(ask({"late": first | {"from": format_time(NOW + DAY)}})) == plain
    assert (
        shown(ask({"now": first | {"from": format_time(NOW - DAY), "until": format_time(NOW + DAY)}}))
        == pinned
    )
    assert shown(ask({"lamps": first | {"categories": ["lamps"]}})) == plain
    lamps = Page(type="category", category="lamps/desk")
    assert shown(ask({"lamps": first | {"categories": ["lamps"]}}, page=lamps)) == pinned
    assert shown(ask({"there": first | {"placements": ["cart.top"]}})) == plain
    assert shown(ask({"there": first | {"placements": ["home.top"], "units": ["top"]}})) == pinned
    assert shown(ask({"search": first | {"on": ["search"]}})) == plain


def test_of_two_pins_to_one_place_the_stronger_has_it() -> None:
    found = ask(
        {
            "weak": {"pin": [{"sku": "p-2", "position": 1}], "priority": 1},
            "strong": {"pin": [{"sku": "p-3", "position": 1}], "priority": 9},
        }
    )
    assert shown(found) == ["p-3", "p-2", "p-0", "p-1"]


def test_conflicts_are_told_in_words_and_only_where_both_may_apply() -> None:
    def rule(key: str, **said: Any) -> Any:
        return parse_merchandising(key, {"on": ["recommendations"]} | said)

    one = rule("one", pin=[{"sku": "p-1", "position": 1}], boost=[{"where": "price > 10"}])
    there = rule("there", pin=[{"sku": "p-2", "position": 1}], categories=["lamps"])
    hides = rule("hides", hide=["price < 25"], bury=[{"where": "price > 10"}])
    found = conflicts(one, [one, there, hides], CATALOG, NOW)
    assert len(found) == 3
    assert "there pins p-2 there" in found[0]
    assert found[1] == "one pins p-1, which hides hides: it stays pinned"
    assert "opposite directions" in found[2]
    elsewhere = rule("elsewhere", pin=[{"sku": "p-2", "position": 1}], on=["search"])
    assert conflicts(one, [elsewhere], CATALOG, NOW) == []
    assert conflicts(rule("odd", pin=[{"sku": "gone", "position": 1}]), [], CATALOG, NOW) == [
        "odd pins gone, which the catalog does not have"
    ]
