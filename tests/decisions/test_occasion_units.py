"""Units for an occasion, rules of what shows what, and relative filters: each by its meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.decisions.pipeline.words import Known, Page
from maatwerk.decisions.recommend.association import rules_of
from maatwerk.decisions.recommend.desk import Desk, make_ready
from maatwerk.decisions.recommend.models import Models, Sealed
from maatwerk.decisions.recommend.neighbors import predict
from maatwerk.decisions.recommend.recommender import Tools
from maatwerk.decisions.recommend.taste import Action, catalog_baseline, known
from maatwerk.flows.page import Question, cart_worth, decide_page
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product
from maatwerk.views.profile.folds.preferences import LIKE, Stated, Word

NOW = 1_800_000_000_000
HOME = Page(type="home")


def put(catalog: Catalog, sku: str, **said: Any) -> None:
    given: dict[str, Any] = {
        "name": sku,
        "currency": "EUR",
        "price_minor": 2_000,
        "stock": 5,
        "first_seen": NOW - 300 * DAY,
        "attributes": {"gender": "women"},
    }
    catalog.put(Product(sku=sku, **given | said))


def shop() -> Catalog:
    catalog = Catalog()
    put(catalog, "coffee", categories=("food",), brand="bean")
    put(catalog, "filter", categories=("food",), brand="paper", price_minor=500)
    put(
        catalog,
        "coat",
        categories=("coats",),
        brand="north",
        price_minor=10_000,
        margin=0.3,
        related={"cross_sell": ("scarf",)},
    )
    put(catalog, "coat-plus", categories=("coats",), brand="north", price_minor=14_000, margin=0.5)
    put(catalog, "coat-cheap", categories=("coats",), brand="east", price_minor=6_000, margin=0.1)
    put(catalog, "coat-dear", categories=("coats",), brand="east", price_minor=40_000, margin=0.6)
    put(catalog, "coat-men", categories=("coats",), price_minor=14_000, attributes={"gender": "men"})
    put(catalog, "scarf", categories=("scarves",), brand="north", price_minor=3_000, first_seen=NOW - 5 * DAY)
    put(catalog, "scarf-old", categories=("scarves",), brand="north", price_minor=3_100)
    put(
        catalog,
        "hat",
        categories=("hats",),
        brand="east",
        price_minor=2_500,
        sale_price_minor=1_500,
        sale_from=NOW - DAY,
    )
    put(catalog, "printer", categories=("office",), attributes={"model": "P1", "gender": "women"})
    put(catalog, "ink-1", categories=("office",), attributes={"fits": ["P1", "P2"]})
    put(catalog, "ink-9", categories=("office",), attributes={"fits": ["P9"]})
    put(catalog, "shirt", categories=("tops",))
    put(catalog, "shirt-S", parent="shirt", attributes={"size": "S"}, stock=3)
    put(catalog, "shirt-M", parent="shirt", attributes={"size": "M"}, stock=0)
    return catalog


CATALOG = shop()


def lists(name: str, pairs: dict[str, dict[str, float]]) -> Sealed:
    skus = list(CATALOG.skus)
    start, items, scores = [0], [], []
    for sku in skus:
        for other, score in pairs.get(sku, {}).items():
            items.append(skus.index(other))
            scores.append(score)
        start.append(len(items))
    arrays = {
        "indptr": np.array(start),
        "items": np.array(items, np.int32),
        "scores": np.array(scores, np.float32),
        "counts": np.full(len(items), 9),
    }
    return Sealed(name, "1", skus, arrays)


COATS = ["coat-plus", "coat-cheap", "coat-dear", "coat-men", "scarf"]
MODELS = Models(
    {
        "bought-bought": lists(
            "bought-bought", {"coffee": {"filter": 5.0}, "coat": {"scarf": 5.0, "hat": 2.0, "coat-men": 9.0}}
        ),
        "alike": lists("alike", {"coat": dict.fromkeys(COATS, 0.5)}),
    }
)


def her(actions: list[Action] = [], cart: tuple[str, ...] = (), **said: Any) -> Known:  # noqa: B006 - read only
    return known(actions, cart, CATALOG, catalog_baseline(CATALOG), NOW, familiarity="known", **said)


def ask(
    unit: dict[str, Any], who: Known | None = None, page: Page = HOME, cart: tuple[tuple[str, int], ...] = ()
) -> dict[str, str]:
    """SKU to reason, in order."""
    desk = Desk([("unit", "u", 1, unit), ("placement", "p", 1, {"page": "home", "unit": "u", "limit": 20})])
    assert not desk.refused, desk.refused
    question = Question(
        now=NOW, seed="s", placements=("p",), page=page, known=who or her(), catalog=CATALOG, desk=desk,
        tools=Tools(MODELS, predict), cart_minor=cart_worth(CATALOG, cart),
    )  # fmt: skip
    slot = decide_page(question, lambda _: False)[0][0].slot
    assert slot is not None
    return {CATALOG.skus[pick.row]: pick.reason for pick in slot.picks}


COAT = Page(type="product", sku="coat")


def test_what_runs_out_comes_back_when_its_time_has_come() -> None:
    month = [(NOW - days * DAY, "purchase", "coffee") for days in (90, 60, 30)]
    assert ask({"recommender": "replenish"}, her(month)) == {"coffee": "you buy this about every 30 days"}
    fresh = [(NOW - days * DAY, "purchase", "coffee") for days in (65, 35, 5)]
    assert ask({"recommender": "replenish"}, her(fresh)) == {}
    stopped = [(NOW - days * DAY, "purchase", "coffee") for days in (300, 270, 240)]
    assert ask({"recommender": "replenish"}, her(stopped)) == {}
    assert ask({"recommender": "replenish"}, her([(NOW - 40 * DAY, "purchase", "coffee")])) == {}


def test_an_order_is_followed_by_what_goes_with_it_alone() -> None:
    bought = [(NOW - 40 * DAY, "purchase", "coffee"), (NOW - 1000, "purchase", "coat")]
    assert list(ask({"recommender": "goes-with-order"}, her(bought))) == ["scarf", "hat"]


def test_new_for_her_is_new_and_hers() -> None:
    looked = [(NOW - 1000 * n, "view", "scarf-old") for n in range(1, 6)]
    assert list(ask({"recommender": "new-for-you"}, her(looked))) == ["scarf"]
    assert ask({"recommender": "new-for-you"}) == {}


def test_what_she_looked_at_and_costs_less_now() -> None:
    before = [(NOW - 9 * DAY, "view", "hat"), (NOW - 9 * DAY, "view", "coat")]
    assert ask({"recommender": "price-dropped"}, her(before)) == {"hat": "reduced since you looked at it"}
    after = [(NOW - 1000, "view", "hat")]
    assert ask({"recommender": "price-dropped"}, her(after)) == {"hat": "reduced now"}


def test_the_gap_to_free_shipping_is_filled_and_never_where_there_is_none() -> None:
    unit = {"recommender": "free-shipping-gap", "threshold": 130.0}
    shown = ask(unit, her(cart=("coat",)), cart=(("coat", 1),))
    assert next(iter(shown)) == "scarf"  # 30 euro are missing, and it goes with the coat
    assert set(shown.values()) == {"brings your order to free shipping"}
    assert all(int(CATALOG.price[CATALOG.row(sku)]) >= 3_000 for sku in shown)
    assert ask(unit, her(cart=("coat",)), cart=(("coat", 2),)) == {}
    assert ask(unit) == {}
    with pytest.raises(Refused, match="threshold"):
        make_ready("u", {"recommender": "free-shipping-gap"})


def test_a_step_up_is_the_same_need_dearer_and_within_a_band() -> None:
    assert ask({"recommender": "up-sell"}, page=COAT) == {"coat-plus": "a step up from coat"}
    wide = {"recommender": "up-sell", "price_band": {"least": 1.05, "most": 5.0}}
    assert set(ask(wide, page=COAT)) == {"coat-plus", "coat-dear"}


def test_products_that_match_show_products_that_match_and_links_by_hand_come_first() -> None:
    unit = {
        "recommender": "matching",
        "list": "cross_sell",
        "pairs": [
            {"of": 'category == "office"', "show": 'category == "food"'},
            {"of": 'category == "coats"', "show": 'category == "hats"', "most": 1},
        ],
    }
    assert list(ask(unit, page=COAT)) == ["scarf", "hat"]
    assert set(ask(unit, page=Page(type="product", sku="printer"))) == {"coffee", "filter"}
    assert ask(unit, page=Page(type="product", sku="hat")) == {}
    turned = unit | {"rotate": True}
    assert ask(turned, page=COAT) == ask(turned, page=COAT)


def test_relative_filters_compare_with_the_page_and_with_her() -> None:
    every = {"recommender": "newest"}
    assert set(ask(every | {"same": ["brand", "category"]}, page=COAT)) == {"coat-plus"}
    assert set(ask(every | {"same": ["category"], "higher_margin": True}, page=COAT)) == {
        "coat-plus",
        "coat-dear",
    }
    assert set(ask(every | {"brand": "east"})) == {"coat-cheap", "coat-dear", "hat"}
    looked = her([(NOW - 1000 * n, "view", sku) for n in range(1, 4) for sku in ("coat", "coat-plus")])
    assert "hat" not in ask(every | {"brand": "hers"}, looked)
    assert set(ask(every | {"brand": "hers", "category": "hers"}, looked)) == {"coat", "coat-plus"}
    sizes = {"recommender": "newest", "category": "tops", "in_her_size": True}
    assert set(ask(sizes)) == {"shirt"}
    for size, shown in (("S", {"shirt"}), ("M", set())):
        wears = Stated(tastes={f"size={size}": Word(NOW, LIKE)})
        assert set(ask(sizes, her([(NOW, "view", "coat")], stated=wears))) == shown


def test_only_what_fits_is_shown_with_a_thing() -> None:
    unit = {"recommender": "newest", "category": "office", "fits": {"of": "fits", "to": "model"}}
    assert set(ask(unit, page=Page(type="product", sku="printer"))) == {"ink-1"}
    assert set(ask(unit, page=Page(type="product", sku="ink-1"))) == {"printer"}


def test_rules_of_baskets_equal_counting_by_hand() -> None:
    chance = np.random.default_rng(4)
    held = [set(chance.choice(12, int(chance.integers(1, 6)), replace=False).tolist()) for _ in range(300)]
    lines = [(number, item) for number, items in enumerate(held) for item in items for _ in range(2)]
    found = rules_of(np.array([n for n, _ in lines]), np.array([i for _, i in lines]), 3)
    assert found.baskets == 300
    seen = set()
    for place, (one, other) in enumerate(zip(found.item.tolist(), found.other.tolist(), strict=True)):
        both = sum({one, other} <= items for items in held)
        single = [sum(each in items for items in held) for each in (one, other)]
        assert found.shared[place] == both >= 3
        assert found.support[place] == pytest.approx(both / 300)
        assert found.confidence[place] == pytest.approx(both / single[0])
        assert found.lift[place] == pytest.approx(both * 300 / single[0] / single[1])
        seen.add((one, other))
    pairs = {(a, b) for a in range(12) for b in range(12) if a != b}
    assert seen == {(a, b) for a, b in pairs if sum({a, b} <= items for items in held) >= 3}
    assert (np.diff(found.lift) <= 1e-12).all()
    assert (found.q >= found.p - 1e-15).all()
    assert float((found.q < 0.05).mean()) < 0.2  # nothing goes together here but by chance


def test_what_always_goes_together_is_significant_and_p_is_that_of_the_table() -> None:
    basket = np.repeat(np.arange(40), 2)
    item = np.array([item for number in range(40) for item in ((0, 1) if number < 20 else (2, 3))])
    found = rules_of(basket, item, 1)
    assert set(zip(found.item.tolist(), found.other.tolist(), strict=True)) == {
        (0, 1),
        (1, 0),
        (2, 3),
        (3, 2),
    }
    assert found.lift.tolist() == [2.0] * 4
    statistic = 2 * 40 * np.log(2)
    assert found.p == pytest.approx([chi2.sf(statistic, 1)] * 4)
