"""The order of a slot, and what the catalog keeps while prices and stock move."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.decisions.pipeline.arrange import arrange
from maatwerk.decisions.pipeline.words import Situation
from maatwerk.decisions.recommend.taste import nobody
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product


def catalog_of(*skus: str, category: str = "women/tops") -> Catalog:
    catalog = Catalog()
    for place, sku in enumerate(skus):
        catalog.put(Product(sku=sku, categories=(category,), price_minor=100, stock=3, first_seen=place // 3))
    return catalog


def situation(catalog: Catalog) -> Situation:
    return Situation(now=0, seed="s", catalog=catalog, known=nobody())


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(0, 5))
def test_equal_scores_stand_in_order_of_their_skus(scores: list[int], shift: int) -> None:
    skus = [f"p{(place * 7 + shift) % 41:02d}" for place in range(len(scores))]
    catalog = catalog_of(*skus)
    places = arrange(
        np.arange(len(scores), dtype=np.int32), np.array(scores, float), situation(catalog), 40, 0.0
    )
    assert places.tolist() == sorted(range(len(scores)), key=lambda place: (-scores[place], skus[place]))


def test_diversity_never_repeats_a_place() -> None:
    catalog = catalog_of(*(f"p{n}" for n in range(12)))
    rows = np.arange(12, dtype=np.int32)
    places = arrange(rows, np.linspace(1, 0.1, 12), situation(catalog), 12, 0.9)
    assert sorted(places.tolist()) == list(range(12))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=150), st.integers(1, 140))
def test_the_newest_first_however_the_rows_came(ages: list[int], asked_at: int) -> None:
    catalog = Catalog()
    for place, age in enumerate(ages):
        catalog.put(Product(sku=f"{place:03d}", first_seen=age))
        if place == asked_at:
            catalog.newest()
    at_once = Catalog()
    for place, age in enumerate(ages):
        at_once.put(Product(sku=f"{place:03d}", first_seen=age))
    newest = catalog.newest().tolist()
    assert newest == at_once.newest().tolist()
    assert [ages[row] for row in newest] == sorted(ages, reverse=True)


def test_stock_and_price_keep_what_follows_from_the_shape_and_categories_do_not() -> None:
    catalog = catalog_of("a", "b", "c")
    women = catalog.in_category("women")
    catalog.put(Product(sku="a", categories=("women/tops",), price_minor=999, stock=0))
    assert catalog.in_category("women") is women
    assert catalog.product(0).price_minor == 999
    assert not catalog.available[0]
    catalog.put(Product(sku="a", categories=("men/tops",), price_minor=999))
    assert catalog.in_category("women").tolist() == [False, True, True]


def test_many_skus_at_once_are_the_items_one_by_one() -> None:
    catalog = catalog_of("parent", "other")
    catalog.put(Product(sku="variant", parent="parent"))
    skus = ["variant", "missing", "other", "parent"]
    assert catalog.items(skus).tolist() == [catalog.item(sku) for sku in skus] == [0, -1, 1, 0]
