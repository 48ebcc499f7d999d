"""The demo's catalog: believable, consistent, the same for a seed."""

from collections import Counter
from decimal import Decimal

import pytest

from maatwerk.demo.brands import BRAND, SHADES, matches
from maatwerk.demo.catalog import Product, catalog, categories, goes_with, line_of


def test_about_a_thousand_products_each_with_its_own_sku_and_name(products: list[Product]) -> None:
    assert 950 <= len(products) <= 1_050
    assert len({product["sku"] for product in products}) == len(products)
    assert len({product["name"] for product in products}) == len(products)


def test_every_product_has_the_shape_of_the_contract(products: list[Product]) -> None:
    leaves = {row["path"] for row in categories() if row["parent"]}
    for product in products:
        assert set(product["categories"]) <= leaves
        assert product["brand"] in BRAND
        assert line_of(product) in BRAND[product["brand"]].lines
        assert product["url"] == f"/shop/p/{product['sku']}"
        assert product["images"] == [f"/shop/pictures/{product['sku']}.svg"]
        assert product["currency"] == "EUR"
        assert product["stock"] >= 0
        assert 0 < product["margin"] < 1
        attributes = product["attributes"]
        assert SHADES[attributes["shade"]][0] == attributes["color"]
        assert attributes["gender"] == {"women": "women", "men": "men", "home": "unisex"}[line_of(product)]
        assert all(isinstance(value, str) and value for value in attributes.values())


def test_prices_are_money_and_a_sale_is_cheaper(products: list[Product]) -> None:
    for product in products:
        price = Decimal(product["price"])
        assert price == price.quantize(Decimal("0.01"))
        assert 4 < price < 1_500
        if "sale_price" in product:
            assert 0 < Decimal(product["sale_price"]) < price
    assert 0.05 < sum("sale_price" in product for product in products) / len(products) < 0.2


def test_dearer_brands_ask_more_for_the_same_kind(products: list[Product]) -> None:
    by_tier: dict[int, list[float]] = {}
    for product in products:
        if product["categories"] == ["women/dresses"]:
            by_tier.setdefault(BRAND[product["brand"]].tier, []).append(float(product["price"]))
    means = [sum(prices) / len(prices) for _, prices in sorted(by_tier.items())]
    assert means == sorted(means)


def test_some_are_sold_out_and_some_just_in(products: list[Product]) -> None:
    collections = Counter(product["attributes"]["collection"] for product in products)
    assert 0.03 <= sum(product["stock"] == 0 for product in products) / len(products) <= 0.05
    assert collections["just in"] >= 10
    assert collections["new arrivals"] >= 30


def test_descriptions_vary_and_name_the_shade(products: list[Product]) -> None:
    assert len({product["description"] for product in products}) > 0.95 * len(products)
    for product in products:
        assert product["attributes"]["shade"] in product["description"]
        assert 1 <= product["description"].count(".") <= 5


def test_the_tree_has_parents_before_children_and_positions_without_gaps() -> None:
    seen: dict[str | None, int] = {}
    for row in categories():
        assert row["parent"] is None or row["parent"] in {path for path in seen if path}
        seen[row["path"]] = 0
        seen[row["parent"]] = seen.get(row["parent"], 0) + 1
        assert row["position"] == seen[row["parent"]]


def test_completing_a_look_stays_in_its_line() -> None:
    for category, others in goes_with.items():
        assert others
        assert category not in others
        assert {other.split("/")[0] for other in others} == {category.split("/")[0]}
    assert {"women/shoes", "women/bags"} <= set(goes_with["women/dresses"])


def test_for_every_dress_there_are_shoes_and_a_bag_that_go_with_it(products: list[Product]) -> None:
    for dress in products:
        if dress["categories"] != ["women/dresses"]:
            continue
        for wanted in ("women/shoes", "women/bags"):
            fitting = [
                other["sku"]
                for other in products
                if other["categories"] == [wanted]
                and other["stock"] > 0
                and matches(dress["attributes"]["color"], other["attributes"]["color"])
            ]
            assert fitting, f"nothing of {wanted} goes with {dress['name']}"


def test_a_stylists_look_points_at_products_of_fitting_categories(products: list[Product]) -> None:
    by_sku = {product["sku"]: product for product in products}
    looks = [product for product in products if "related" in product]
    assert len(looks) > 50
    for product in looks:
        for sku in product["related"]["cross_sell"]:
            assert by_sku[sku]["categories"][0] in goes_with[product["categories"][0]]


@pytest.mark.parametrize("seed", [7, 8])
def test_the_same_seed_is_the_same_shop(seed: int) -> None:
    assert catalog(seed) == catalog(seed)


def test_another_seed_is_another_shop() -> None:
    assert catalog(7) != catalog(8)
