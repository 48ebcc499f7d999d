"""The pictures: well-formed, small, self-contained, and safe side by side on one page."""

import re
from xml.etree import ElementTree

import pytest

from maatwerk.demo.catalog import Product
from maatwerk.demo.pictures import KINDS, hero, picture

SVG = "{http://www.w3.org/2000/svg}"
SIZE_MAX_BYTES = 12_400


def ids(document: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', document)


def references(document: str) -> set[str]:
    return set(re.findall(r'(?:url\(|href=")#([^)"]+)', document))


def test_every_picture_is_well_formed_small_and_complete(products: list[Product]) -> None:
    seen: set[str] = set()
    for product in products:
        document = picture(product)
        root = ElementTree.fromstring(document)
        assert root.tag == f"{SVG}svg"
        assert root.attrib["viewBox"] == "0 0 600 750"
        assert product["name"] in str(root[0].text)
        assert len(document.encode()) < SIZE_MAX_BYTES, product["name"]
        own = ids(document)
        assert len(own) == len(set(own)), f"{product['sku']}: an id is used twice"
        assert references(document) <= set(own), f"{product['sku']}: refers to what is not there"
        assert not seen & set(own), f"{product['sku']}: shares an id with another picture"
        seen.update(own)


def test_no_picture_reaches_outside_itself(products: list[Product]) -> None:
    for product in products[::9]:
        document = picture(product).replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|<script|<image|<foreignObject|javascript:", document)


def test_no_coordinate_is_not_a_number(products: list[Product]) -> None:
    for product in products:
        assert not re.search(r"\b(nan|inf|None)\b", picture(product))


def test_the_same_product_gives_the_same_picture(products: list[Product]) -> None:
    assert all(picture(product) == picture(product) for product in products[::50])


def test_different_products_look_different(products: list[Product]) -> None:
    bodies = {re.sub(re.escape(p["sku"]) + "|<title>.*?</title>", "", picture(p)) for p in products}
    assert len(bodies) == len(products)


def test_text_and_sku_are_escaped(products: list[Product]) -> None:
    hostile = {**products[0], "sku": 'x"><script>', "name": "<b>Tom & Jerry</b>"}
    root = ElementTree.fromstring(picture(hostile))
    assert "<b>Tom & Jerry</b>" in str(root[0].text)
    assert not list(root.iter(f"{SVG}script"))


@pytest.mark.parametrize("kind", KINDS)
def test_heroes_are_wide_well_formed_and_vary_with_the_seed(kind: str) -> None:
    root = ElementTree.fromstring(hero(kind, 1))
    assert root.attrib["viewBox"] == "0 0 1600 720"
    own = ids(hero(kind, 1))
    assert len(own) == len(set(own))
    assert references(hero(kind, 1)) <= set(own)
    assert hero(kind, 1) == hero(kind, 1)
    assert hero(kind, 1) != hero(kind, 2)
    assert not set(own) & set(ids(hero(kind, 2)))


def test_an_unknown_hero_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="kind must be one of women"):
        hero("garden", 1)
