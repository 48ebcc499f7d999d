"""Magento: its product export, and the shape of its sample files with links and categories beside."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files import Reading, Row, guess_catalog_format, read_catalog

SAMPLES = Path(__file__).parent / "samples"
FOLDER = SAMPLES / "magento-sample"


def read(path: Path, currency: str = "EUR") -> tuple[Reading, list[Row]]:
    reading = read_catalog([path], currency=currency)
    return reading, list(reading)


@pytest.fixture
def export() -> list[Row]:
    return read(SAMPLES / "magento.csv")[1]


def value(rows: list[Row], sku: str, store: str = "") -> dict[str, object]:
    values = [row.value for row in rows if row.value]
    return next(value for value in values if (value["sku"], value.get("store", "")) == (sku, store))


def test_a_variant_in_full(export: list[Row]) -> None:
    assert value(export, "T1-S") == {
        "sku": "T1-S",
        "parent": "T1",
        "name": "Tee S",
        "description": "Soft & light.\nWashable.",
        "categories": ["women/tops"],
        "url": "/tee.html",
        "images": ["/media/catalog/product/t/1.jpg", "/media/catalog/product/t/2.jpg"],
        "attributes": {"gender": "women", "size": "S", "fabric": "Cotton, organic", "attribute_set": "Top"},
        "currency": "EUR",
        "price": "20.00",
        "stock": 5,
    }


def test_a_parent_has_its_lowest_variant_s_price_and_no_stock_of_its_own(export: list[Row]) -> None:
    parent = value(export, "T1")
    assert parent["price"] == "20.00"
    assert "stock" not in parent
    assert "parent" not in parent
    assert parent["brand"] == "Luma"
    assert parent["attributes"] == {"gender": "women", "climate": ["Cool", "Warm"], "attribute_set": "Top"}
    assert parent["related"] == {"related": ["T2"], "cross_sell": ["T2"]}
    row = next(row for row in export if row.value is parent)
    assert [(code, field) for code, field, _ in row.warnings] == [
        ("variant_missing", "configurable_variations"),
        ("link_dangles", "related.related"),
    ]
    assert "magento.csv line 5: there is no product GONE" in row.warnings[1][2]


def test_a_store_view_says_only_what_differs(export: list[Row]) -> None:
    dutch = value(export, "T1", "nl")
    assert dutch["name"] == "T-shirt"
    assert dutch["categories"] == ["women/tops"]
    assert dutch["price"] == "20.00"


def test_sale_stock_and_publication(export: list[Row]) -> None:
    bag = value(export, "T2")
    assert (bag["price"], bag["sale_price"]) == ("30.00", "25.00")
    assert (bag["sale_from"], bag["sale_to"]) == ("2026-01-01T00:00:00.000Z", "2026-01-31T23:59:59.999Z")
    assert bag["stock"] == 0
    assert bag["published"] is False
    assert "related" not in bag  # a link to itself is none
    assert value(export, "T3")["published"] is False  # not visible alone, and nobody's variant


def test_refusals_name_line_and_reason(export: list[Row]) -> None:
    refused = [(row.line, row.code, row.field) for row in export if row.value is None]
    assert refused == [
        (9, "price_negative", "price"),
        (10, "sku_missing", "sku"),
        (11, "price_missing", "price"),
    ]


def test_a_folder_of_the_sample_shape() -> None:
    reading, rows = read(FOLDER, "USD")
    assert value(rows, "B1") == {
        "sku": "B1",
        "name": "Duffle",
        "description": "Big.",
        "categories": ["gear/bags", "collections/eco"],
        "url": "/duffle.html",
        "attributes": {
            "gender": "unisex", "activity": ["Gym", "Trail"], "sale": "Yes", "attribute_set": "Bag",
        },
        "currency": "USD",
        "price": "34.00",
        "sale_price": "30.00",
        "stock": 100,
        "related": {"related": ["B2"], "cross_sell": ["B2"]},
    }  # fmt: skip
    assert value(rows, "B2")["name"] == "Tote ™"
    assert value(rows, "B2")["categories"] == ["gear/bags"]  # the only path that ends in Bags
    assert value(rows, "B2")["related"] == {"up_sell": ["B1"]}
    assert reading.category_titles["collections/eco"] == "Eco"
    skipped = {note.file for note in reading.notes if note.code == "file_skipped"}
    assert skipped == {"reviews.csv", "LICENSE.txt"}


def test_what_the_folder_lacks_is_reported_where_it_stands() -> None:
    _, rows = read(FOLDER, "USD")
    kept = [row for row in rows if row.value]
    warned = [
        (row.value["sku"], code, detail)
        for row in kept
        if row.value is not None
        for code, _, detail in row.warnings
    ]
    assert warned == [
        ("B1", "link_dangles", "related.csv line 3: there is no product B9; link left out"),
        ("B2", "category_not_known", "Nowhere is in no file of categories; left out"),
        ("B2", "sale_not_lower", "32.00 is not below the price of 32.00; left out"),
    ]
    refused = {(row.file, row.line, row.code) for row in rows if row.value is None}
    assert refused == {
        ("gear.csv", 11, "name_missing"),
        ("crosssell.csv", 3, "wrong_number_of_fields"),
        ("related.csv", 5, "link_without_product"),
    }
    stray = next(row for row in rows if row.code == "link_without_product")
    assert "related.csv line 6: there is no product B8" in stray.warnings[0][2]


def test_links_to_products_the_shop_has_do_not_dangle() -> None:
    rows = list(read_catalog([FOLDER], currency="USD", known=lambda sku: sku == "B9"))
    assert value(rows, "B1")["related"] == {"related": ["B2", "B9"], "cross_sell": ["B2"]}


def test_a_sample_file_by_itself_says_that_the_tree_is_missing() -> None:
    reading = read_catalog([FOLDER / "gear.csv"])
    rows = list(reading)
    assert value(rows, "B1")["categories"] == ["gear", "bags", "collections", "eco"]
    assert {note.code for note in reading.notes} == {"category_tree_missing", "currency_missing"}
    assert "currency" not in value(rows, "B1")


def test_a_folder_without_a_catalog_is_refused(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "reviews.csv", tmp_path)
    with pytest.raises(Refused, match="known formats are magento"):
        read_catalog([tmp_path])
    with pytest.raises(Refused, match="looks like no catalog"):
        guess_catalog_format(tmp_path / "reviews.csv")
    shutil.copy(FOLDER / "related.csv", tmp_path)
    with pytest.raises(Refused):
        read_catalog([tmp_path])


@pytest.mark.parametrize("format", ["magneto", ""])
def test_an_unknown_format_lists_the_known(tmp_path: Path, format: str) -> None:
    with pytest.raises(Refused, match="google-xml, google-tsv"):
        read_catalog([tmp_path], format)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no file"):
        read_catalog([tmp_path / "none.csv"])


cells = st.text(alphabet='ab1,.|="<&é \n-', max_size=8)


@given(rows=st.lists(st.lists(cells, min_size=5, max_size=7), max_size=8))
def test_no_product_is_lost(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """Whatever stands in the cells: records in = products + refusals."""
    header = ["sku", "name", "product_type", "price", "additional_attributes", "configurable_variations"]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [header, *rows]]
    path = tmp_path_factory.mktemp("law") / "export.csv"
    path.write_text("\n".join(quoted) + "\n", encoding="utf-8")
    found = list(read_catalog([path], "magento", currency="EUR"))
    assert sum(row.lines for row in found) == len(rows)
    assert all(row.code and row.detail for row in found if row.value is None)


@pytest.mark.bench_data
def test_luma_comes_in_whole(bench_data: Path) -> None:
    reading = read_catalog([bench_data / "catalog" / "luma"], currency="USD")
    rows = list(reading)
    products = {row.value["sku"]: row.value for row in rows if row.value}
    parents = {product["parent"] for product in products.values() if "parent" in product}
    assert len(parents) == 147
    assert parents <= set(products)
    assert sum("parent" in product for product in products.values()) == 1_847
    assert len(products) == 147 + 1_847 + 14 + 9 + 9
    assert all(product["currency"] == "USD" and product["categories"] for product in products.values())
    dangling = [warning for row in rows for warning in row.warnings if warning[0] == "link_dangles"]
    assert len(dangling) == 87
    refused = [(row.file, row.code) for row in rows if row.value is None]
    assert Counter(refused) == {
        ("crosssell.csv", "link_without_product"): 6,
        ("related.csv", "link_without_product"): 12,
    }
    assert reading.share_read == 1.0


@pytest.mark.bench_data
def test_every_top_and_bottom_of_luma_knows_its_gender_line(bench_data: Path) -> None:
    for row in read_catalog([bench_data / "catalog" / "luma"], currency="USD"):
        if row.value and row.file == "configurable_products.csv":
            line = row.value["categories"][0].split("/")[0]
            assert row.value["attributes"]["gender"] == line
            assert row.value["sku"].startswith("W" if line == "women" else "M")
