"""Every unit through the one pipeline, on a small shop whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from maatwerk.core.time import DAY, HOUR
from maatwerk.decisions.pipeline.words import Known, Page
from maatwerk.decisions.recommend.desk import Desk
from maatwerk.decisions.recommend.models import Models, Sealed
from maatwerk.decisions.recommend.neighbors import NeighborSettings, predict
from maatwerk.decisions.recommend.neighbors import train as learn
from maatwerk.decisions.recommend.recommender import Tools
from maatwerk.decisions.recommend.starter import STARTER_PLACEMENTS, STARTER_UNITS
from maatwerk.decisions.recommend.taste import Action, catalog_baseline, known
from maatwerk.decisions.recommend.train import train_all
from maatwerk.flows.page import Decided, Question, decide_page
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product
from maatwerk.views.insight.lake import ADD, PURCHASE, VIEW, Interactions

NOW = 1_800_000_000_000
LEAVES = ("dresses", "shoes", "bags")


def shop() -> Catalog:
    """Two gender lines of three categories, ten products each; the last of each category sold out."""
    catalog = Catalog()
    for line in ("women", "men"):
        for leaf in LEAVES:
            for number in range(10):
                catalog.put(
                    Product(
                        sku=f"{line[0]}-{leaf[:2]}-{number}",
                        name=f"{line} {leaf} number {number}",
                        description=f"a {leaf} for {line}",
                        categories=(f"{line}/{leaf}",),
                        brand=f"brand {number % 3}",
                        currency="EUR",
                        price_minor=2_000 + 500 * number,
                        stock=0 if number == 9 else 5,
                        attributes={"gender": line, "color": ("red", "black")[number % 2]},
                        first_seen=NOW - (60 - number) * DAY,
                    )
                )
    return catalog


def behavior(catalog: Catalog, seed: int = 3) -> Interactions:
    """Shoppers of one line each view it, and buyers of a dress buy shoes and a bag with it."""
    chance = np.random.default_rng(seed)
    rows: list[tuple[int, int, int, int, int]] = []
    for actor in range(300):
        line = ("w", "m")[actor % 2]
        time = NOW - int(chance.integers(1, 20)) * DAY
        for step in range(8):
            sku = f"{line}-{LEAVES[int(chance.integers(3))][:2]}-{int(chance.integers(9))}"
            rows.append((time + step * 60_000, VIEW, actor, catalog.row(sku), -1))
        if actor % 3 == 0:
            for leaf in LEAVES:
                sku = f"{line}-{leaf[:2]}-{int(chance.integers(4))}"
                rows.append((time + HOUR, ADD, actor, catalog.row(sku), -1))
                rows.append((time + HOUR + 1, PURCHASE, actor, catalog.row(sku), actor))
    rows.sort()
    columns = np.array(rows)
    return Interactions(
        time=columns[:, 0],
        kind=columns[:, 1].astype(np.int8),
        actor=columns[:, 2].astype(np.int32),
        item=columns[:, 3].astype(np.int32),
        order=columns[:, 4].astype(np.int32),
        quantity=np.ones(len(rows), np.float32),
        skus=list(catalog.skus),
    )


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shop()


@pytest.fixture(scope="module")
def models(catalog: Catalog) -> Models:
    settings = NeighborSettings(encoder_size=0, check_events_max=1_000)
    sealed = train_all(behavior(catalog), catalog, NOW, "1", learn, settings)
    return Models({each.name: each for each in sealed})


def desk(**units: dict[str, Any]) -> Desk:
    documents = [("unit", key, 1, document) for key, document in (STARTER_UNITS | units).items()]
    documents += [("placement", key, 1, document) for key, document in STARTER_PLACEMENTS.items()]
    documents += [("placement", f"test.{key}", 1, {"page": "other", "unit": key}) for key in units]
    made = Desk(documents)
    assert not made.refused
    return made


def ask(
    catalog: Catalog,
    models: Models,
    placement: str,
    *,
    page: Page = Page(),  # noqa: B008 - frozen
    who: Known | None = None,
    rules: Desk | None = None,
) -> Decided:
    question = Question(
        now=NOW,
        seed="s",
        placements=(placement,),
        page=page,
        known=who or known([], [], catalog, catalog_baseline(catalog), NOW),
        catalog=catalog,
        desk=rules or desk(),
        tools=Tools(models, predict),
    )
    answers, unknown = decide_page(question, lambda _: False)
    assert not unknown
    return answers[0]


def skus(catalog: Catalog, answer: Decided) -> list[str]:
    assert answer.slot is not None
    return [catalog.skus[pick.row] for pick in answer.slot.picks]


def shopper(catalog: Catalog, actions: list[Action], cart: tuple[str, ...] = ()) -> Known:
    return known(actions, cart, catalog, catalog_baseline(catalog), NOW)


@pytest.mark.parametrize("placement", [key for key, each in STARTER_PLACEMENTS.items() if "unit" in each])
def test_no_slot_shows_what_may_not_be_shown(catalog: Catalog, models: Models, placement: str) -> None:
    who = shopper(
        catalog,
        [(NOW - 60_000, "view", "w-dr-1"), (NOW - 90_000, "purchase", "w-sh-2"), (NOW, "view", "w-ba-3")],
        cart=("w-ba-1",),
    )
    answer = ask(catalog, models, placement, page=Page(type="product", sku="w-dr-1"), who=who)
    shown = skus(catalog, answer)
    assert shown
    assert len(shown) == len(set(shown))
    assert "w-dr-1" not in shown, "the page's own product"
    assert "w-ba-1" not in shown, "what lies in the cart"
    assert not [sku for sku in shown if sku.endswith("-9")], "what is sold out"
    if placement != "home.recently-viewed":
        assert "w-sh-2" not in shown, "what she bought"


def test_a_dress_is_completed_by_shoes_and_a_bag_of_its_line(catalog: Catalog, models: Models) -> None:
    for number in range(9):
        page = Page(type="product", sku=f"w-dr-{number}")
        shown = skus(catalog, ask(catalog, models, "product.complete-the-look", page=page))
        assert any(sku.startswith("w-sh") for sku in shown)
        assert any(sku.startswith("w-ba") for sku in shown)
        assert all(sku.startswith("w-") for sku in shown)


def test_completing_the_look_needs_no_orders(catalog: Catalog) -> None:
    shown = skus(
        catalog,
        ask(catalog, Models({}), "product.complete-the-look", page=Page(type="product", sku="m-dr-1")),
    )
    assert any(sku.startswith("m-sh") for sku in shown)
    assert any(sku.startswith("m-ba") for sku in shown)
    assert all(sku.startswith("m-") for sku in shown)


def test_more_like_this_keeps_to_the_gender_line(catalog: Catalog, models: Models) -> None:
    page = Page(type="product", sku="m-sh-3")
    answer = ask(catalog, models, "product.similar", page=page)
    primary = [pick for pick in answer.slot.picks if pick.source == "primary"] if answer.slot else []
    assert primary
    assert all(catalog.skus[pick.row].startswith("m-") for pick in primary)


def test_for_you_follows_her_taste_and_says_when_it_cannot(catalog: Catalog, models: Models) -> None:
    her = shopper(catalog, [(NOW - 1000 * n, "view", f"w-dr-{n}") for n in range(4)])
    answer = ask(catalog, models, "home.for-you", who=her)
    assert answer.slot is not None
    assert answer.slot.fallback is None
    assert sum(sku.startswith("w-") for sku in skus(catalog, answer)) >= 7
    nobody = ask(catalog, models, "home.for-you")
    assert nobody.slot is not None
    assert nobody.slot.fallback == "most-viewed"


def test_own_actions_count_at_once(catalog: Catalog, models: Models) -> None:
    before = skus(
        catalog, ask(catalog, models, "home.for-you", who=shopper(catalog, [(NOW, "view", "m-ba-1")]))
    )
    after = skus(
        catalog,
        ask(
            catalog,
            models,
            "home.for-you",
            who=shopper(
                catalog, [(NOW - 5, "view", "m-ba-1"), *[(NOW - n, "view", f"w-dr-{n}") for n in range(3)]]
            ),
        ),
    )
    assert sum(sku.startswith("m-") for sku in before) > sum(sku.startswith("m-") for sku in after)


def test_an_empty_slot_only_when_nothing_is_eligible(models: Models) -> None:
    empty = Catalog()
    answer = ask(empty, Models({}), "home.bestsellers")
    assert answer.slot is not None
    assert answer.slot.picks == ()
    assert answer.slot.fallback == "nothing_eligible"
    new_shop = shop()
    answer = ask(new_shop, Models({}), "home.bestsellers")
    assert answer.slot is not None
    assert len(answer.slot.picks) == 8
    assert answer.slot.fallback == "newest"


def test_filters_and_price_band(catalog: Catalog, models: Models) -> None:
    rules = desk(
        red={"recommender": "most-viewed", "include": 'product.attributes["color"] == "red"'},
        black={"recommender": "most-viewed", "exclude": 'product.attributes["color"] == "red"'},
        near={"recommender": "most-viewed", "price_band": {"least": 0.9, "most": 1.1}},
        cheaper={"recommender": "most-viewed", "include": "product.price < page.product.price"},
    )
    page = Page(type="product", sku="w-dr-4")

    def rows(key: str) -> list[Product]:
        answer = ask(catalog, models, f"test.{key}", page=page, rules=rules)
        assert answer.slot is not None
        assert answer.slot.picks
        return [catalog.product(pick.row) for pick in answer.slot.picks]

    assert {product.attributes["color"] for product in rows("red")} == {"red"}
    assert {product.attributes["color"] for product in rows("black")} == {"black"}
    assert all(3_600 <= (product.price_minor or 0) <= 4_400 for product in rows("near"))
    assert all((product.price_minor or 0) < 4_000 for product in rows("cheaper"))


def test_social_proof_is_true_and_has_a_minimum(catalog: Catalog, models: Models) -> None:
    rules = desk(
        loud={"recommender": "most-purchased", "say_counts": True, "counts_from": 1},
        shy={"recommender": "most-purchased", "say_counts": True, "counts_from": 1_000},
    )
    buyers = models.sealed["popularity"].arrays["buyers"]
    answer = ask(catalog, models, "test.loud", rules=rules)
    assert answer.slot is not None
    for pick in answer.slot.picks:
        assert pick.reason == f"{int(buyers[pick.row])} bought this week"
    answer = ask(catalog, models, "test.shy", rules=rules)
    assert answer.slot is not None
    assert {pick.reason for pick in answer.slot.picks} == {"bought most this week"}


def test_a_price_change_counts_at_once(catalog: Catalog, models: Models) -> None:
    fresh = shop()
    rules = desk(cheap={"recommender": "most-viewed", "include": "product.price < 5"})
    answer = ask(fresh, models, "test.cheap", rules=rules)
    assert answer.slot is not None
    assert not answer.slot.picks
    product = fresh.find("w-dr-2")
    assert product is not None
    fresh.put(Product(sku="w-dr-2", name="now cheap", currency="EUR", price_minor=400, stock=1))
    assert skus(fresh, ask(fresh, models, "test.cheap", rules=rules)) == ["w-dr-2"]


def test_own_lists_are_served_in_their_order(catalog: Catalog) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "indptr": np.array([0, 2, 2, 2], np.int64),
        "items": np.array([2, 1], np.int32),
        "scores": np.array([1.0, 0.5], np.float32),
    }
    models = Models({"list-gifts": Sealed("list-gifts", "1", ["", "w-ba-1", "w-sh-1"], arrays)})
    rules = desk(gifts={"recommender": "own-list", "list": "gifts"})
    assert skus(catalog, ask(catalog, models, "test.gifts", rules=rules)) == ["w-sh-1", "w-ba-1"]


def test_the_same_question_has_the_same_answer(catalog: Catalog, models: Models) -> None:
    who = shopper(catalog, [(NOW - n * 1000, "view", f"w-sh-{n}") for n in range(5)])
    answers = {tuple(skus(catalog, ask(catalog, models, "home.for-you", who=who))) for _ in range(5)}
    assert len(answers) == 1


def test_diversity_is_a_dial(catalog: Catalog, models: Models) -> None:
    rules = desk(
        narrow={"recommender": "for-you", "diversity": 0.0},
        wide={"recommender": "for-you", "diversity": 0.9},
    )
    who = shopper(catalog, [(NOW - n * 1000, "view", f"w-dr-{n}") for n in range(5)])

    def categories(key: str) -> int:
        answer = ask(catalog, models, f"test.{key}", who=who, rules=rules)
        return len({sku.split("-")[1] for sku in skus(catalog, answer)})

    assert categories("wide") >= categories("narrow")
    assert categories("wide") >= 2
