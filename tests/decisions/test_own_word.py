# ruff: noqa: E501 - tables of cases read better in lines
"""Her own word on her taste goes before what she did; what may be said to her depends on how well she is known."""

from typing import Any

import numpy as np
import pytest

from maatwerk.core.errors import Refused
from maatwerk.decisions.content.navigate import navigate
from maatwerk.decisions.pipeline.words import Known, Situation, candidates
from maatwerk.decisions.recommend.desk import Desk
from maatwerk.decisions.recommend.for_you import ForYou
from maatwerk.decisions.recommend.history import BuyAgain, RecentlyViewed
from maatwerk.decisions.recommend.models import Models
from maatwerk.decisions.recommend.questions import asked_wire, parse_questions
from maatwerk.decisions.recommend.recommender import Tools
from maatwerk.decisions.recommend.taste import NOTHING_STATED, affinity, catalog_baseline, known
from maatwerk.decisions.recommend.tasteful import taste_match
from maatwerk.decisions.recommend.words import Unit
from maatwerk.effects.channels.letter import called
from maatwerk.effects.channels.template import shipped
from maatwerk.flows.page import Question, decide_page
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product
from maatwerk.views.profile.familiarity import STAGES
from maatwerk.views.profile.folds.preferences import Stated, Word

NOW = 1_764_547_200_000
DAY = 86_400_000


def product(sku: str, brand: str, category: str, **attributes: Any) -> Product:
    return Product(
        sku=sku,
        name=f"The {sku}",
        brand=brand,
        categories=(category,),
        price_minor=5000,
        currency="EUR",
        stock=5,
        attributes=attributes,
        first_seen=NOW,
    )


@pytest.fixture
def catalog() -> Catalog:
    made = Catalog()
    for sku, brand, category, size in (
        ("A1", "Ida", "women/dresses", "M"),
        ("A2", "Ida", "women/shoes", "S"),
        ("B1", "Bo", "women/dresses", "S"),
        ("B2", "Bo", "women/dresses", "M"),
        ("C1", "Cy", "home/lamps", "L"),
    ):
        made.put(product(sku, brand, category, size=size))
    return made


def said(*tastes: tuple[str, str], **products: str) -> Stated:
    return Stated(
        {key: Word(1, liking) for key, liking in tastes},
        {f"{kind.replace('_', '-')}={sku}": Word(1, kind) for kind, sku in products.items()},
    )


def who(
    catalog: Catalog, *actions: tuple[int, str, str], stated: Stated = NOTHING_STATED, **more: Any
) -> Known:
    return known(actions, (), catalog, catalog_baseline(catalog), NOW, stated=stated, **more)


def lift(found: Known, catalog: Catalog, facet: str, value: str) -> float:
    return found.affinity.lifts[facet].get(catalog.codes[facet].find(value), -1.0)


VIEWS = tuple(
    (NOW - n * 1000, "view", sku) for n, sku in enumerate(["B1", "B2", "B1", "B2", "B1", "B2", "B1"])
)


def test_what_she_says_outranks_what_she_did(catalog: Catalog) -> None:
    did = who(catalog, *VIEWS)
    assert lift(did, catalog, "brand", "Bo") > lift(did, catalog, "brand", "Ida")
    told = who(catalog, *VIEWS, stated=said(("brand=Ida", "like")))
    shares = {catalog.codes["brand"].values[n]: s for n, s in told.affinity.weights["brand"].items()}
    assert shares["Ida"] > shares["Bo"]


def test_her_word_alone_is_enough_to_be_personal(catalog: Catalog) -> None:
    assert not who(catalog).personal
    told = who(catalog, stated=said(("brand=Ida", "like")))
    assert told.personal
    situation = Situation(NOW, "s", catalog, told)
    match = dict(zip(catalog.skus, taste_match(situation, np.arange(5, dtype=np.int32)), strict=True))
    assert match["A1"] > match["B1"]


def test_an_attribute_she_likes_counts_though_it_is_no_facet(catalog: Catalog) -> None:
    told = who(catalog, *VIEWS, stated=said(("size=m", "like")))
    situation = Situation(NOW, "s", catalog, told)
    match = dict(zip(catalog.skus, taste_match(situation, np.arange(5, dtype=np.int32)), strict=True))
    assert match["B2"] > match["B1"]


@pytest.mark.parametrize(
    ("stated", "gone"),
    [
        (said(("category=women/dresses", "dislike")), {"A1", "B1", "B2"}),
        (said(("brand=Bo", "dislike")), {"B1", "B2"}),
        (said(("size=S", "dislike")), {"A2", "B1"}),
        (said(not_for_me="C1"), {"C1"}),
    ],
)
def test_dislikes_remove(catalog: Catalog, stated: Stated, gone: set[str]) -> None:
    desk = Desk([("unit", "newest", 1, {"recommender": "newest"}),
                 ("placement", "p", 1, {"page": "home", "unit": "newest"})])  # fmt: skip
    question = Question(
        NOW, "s", ("p",), Situation(NOW, "s", catalog, who(catalog)).page, who(catalog, stated=stated), catalog,
        desk, Tools(Models({}), lambda *_: (np.empty(0), np.empty(0))),
    )  # fmt: skip
    answers, _ = decide_page(question, lambda _: False)
    slot = answers[0].slot
    assert slot is not None
    assert {catalog.skus[pick.row] for pick in slot.picks} == set(catalog.skus) - gone
    assert {catalog.skus[each.row] for each in slot.removed} == gone


def test_a_gift_says_nothing_of_her_taste_and_a_pause_makes_it_nobodys(catalog: Catalog) -> None:
    bought = (NOW - DAY, "purchase", "C1")
    view = (NOW - DAY, "view", "A1")
    assert lift(who(catalog, bought, view), catalog, "brand", "Cy") > 1
    gift = who(catalog, bought, view, stated=said(gift="C1"))
    assert lift(gift, catalog, "brand", "Cy") == -1
    assert gift.purchased.tolist() == [catalog.row("C1")]
    paused = who(
        catalog, view, stated=Stated(pause=Word(1, "paused"), products={"not-for-me=B1": Word(1, "x")})
    )
    assert (paused.personal, paused.affinity.mass, paused.refused.tolist()) == (
        False,
        0.0,
        [catalog.row("B1")],
    )


def test_affinity_of_a_dislike_is_none(catalog: Catalog) -> None:
    found = affinity({0: 3.0}, catalog, catalog_baseline(catalog), (), [("brand", "Ida")])
    ida = catalog.codes["brand"].find("Ida")
    assert ida not in found.weights["brand"]
    assert found.lifts["brand"][ida] == 0.0


def test_what_is_below_a_disliked_category_goes_with_it(catalog: Catalog) -> None:
    found = affinity({0: 3.0}, catalog, catalog_baseline(catalog), (), [("category", "women")])
    assert not found.weights["category"]


QUOTES = ("looked at", "because you like", "bought", "look here most")


@pytest.mark.parametrize("stage", STAGES)
def test_past_behavior_is_quoted_at_who_is_known_alone(catalog: Catalog, stage: str) -> None:
    before = who(catalog, (NOW - 3 * DAY, "view", "A1"), (NOW - 3 * DAY, "purchase", "A2"), familiarity=stage)
    situation = Situation(NOW, "s", catalog, before)
    rows = candidates([catalog.row("B1"), catalog.row("A2")], [1.0, 0.5], "x")
    words = [ForYou().reason(Unit("for-you"), situation, rows, place) for place in (0, 1)]
    words.append(BuyAgain().reason(Unit("buy-again"), situation, rows, 0))
    words += [link.reason for link in navigate(situation)]
    familiar = STAGES.index(stage) >= STAGES.index("known")
    assert any(quote in word for word in words for quote in QUOTES) is familiar
    seen = RecentlyViewed().propose(
        Unit("recently-viewed"), situation, Tools(Models({}), lambda *_: (np.empty(0), np.empty(0)))
    )
    assert bool(len(seen)) is familiar


def test_what_she_does_in_this_very_visit_may_be_said(catalog: Catalog) -> None:
    now = who(catalog, (NOW - 60_000, "view", "A1"), familiarity="unknown")
    rows = candidates([catalog.row("B1")], [1.0], "x")
    reason = ForYou().reason(Unit("for-you"), Situation(NOW, "s", catalog, now), rows, 0)
    assert reason == "because you looked at The A1"


@pytest.mark.parametrize("template", sorted(shipped()))
@pytest.mark.parametrize("stage", STAGES)
def test_every_mail_declares_from_which_stage_it_names_her(template: str, stage: str) -> None:
    name = called({"firstName": "Ada"}, stage, shipped()[template].greets)
    assert name == ("Ada" if stage in ("known", "long-standing") else "")


ASKED = {
    "title": "Your taste",
    "question": [
        {"ask": "Which brands?", "facet": "brand", "choices": ["Ida", {"value": "Bo", "label": "Bo & Co"}]},
        {"ask": "What never?", "facet": "category", "choices": ["home/lamps"], "dislike": True},
    ],
}


def test_questions_anywhere_with_her_answers_chosen(catalog: Catalog) -> None:
    desk = Desk([("questions", "taste", 1, ASKED),
                 ("placement", "ask", 1, {"page": "other", "kind": "questions", "questions": "taste"}),
                 ("placement", "old", 1, {"page": "other", "kind": "questions", "questions": "taste",
                                          "familiarity": "known"})])  # fmt: skip
    told = who(catalog, stated=said(("brand=Bo", "like"), ("category=home/lamps", "dislike")))
    question = Question(NOW, "s", ("ask", "old"), Situation(NOW, "s", catalog, told).page, told, catalog, desk,
                        Tools(Models({}), lambda *_: (np.empty(0), np.empty(0))))  # fmt: skip
    (answer, other), _ = decide_page(question, lambda _: False)
    assert (answer.kind, answer.title) == ("questions", "Your taste")
    chosen = [
        (c["value"], c["label"], c["chosen"]) for item in answer.asked["items"] for c in item["choices"]
    ]
    assert chosen == [("Ida", "Ida", False), ("Bo", "Bo & Co", True), ("home/lamps", "home/lamps", True)]
    assert (other.kind, other.reason) == ("none", "for shoppers who are known or longer")
    assert (
        asked_wire("taste", parse_questions("taste", ASKED), who(catalog))["items"][1]["liking"] == "dislike"
    )


@pytest.mark.parametrize(
    "document",
    [{"question": []}, {"question": [{"ask": "?", "facet": "", "choices": ["a"]}]}, {"questions": []}],
)
def test_questions_that_ask_nothing_are_refused(document: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        parse_questions("x", document)
    assert refused.value.code == "rule_not_valid"
