"""Google's product data in XML and TSV, and Shopify's export."""

from pathlib import Path

import pytest

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files import Row, guess_catalog_format, read_catalog

SAMPLES = Path(__file__).parent / "samples"
RSS = (SAMPLES / "feed.xml").read_text(encoding="utf-8")
ATOM = (SAMPLES / "atom.xml").read_text(encoding="utf-8")


def read(tmp_path: Path, text: str | bytes, name: str = "feed.xml", format: str | None = None) -> list[Row]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_catalog([path], format))


def test_rss(tmp_path: Path) -> None:
    rows = read(tmp_path, RSS)
    parent, variant, other, *rest = rows
    assert variant.value == {
        "sku": "D1-R-M",
        "name": "Dress red M",
        "parent": "D1",
        "description": "Long & light",
        "brand": "Ada",
        "url": "https://shop.example/d1",
        "images": ["https://i.example/1.jpg", "https://i.example/2.jpg", "https://i.example/3.jpg"],
        "categories": ["apparel/women/dresses", "sale"],
        "attributes": {
            "gender": "women",
            "color": "red",
            "size": "M",
            "gtin": "4006381333931",
            "custom_label_0": "summer",
        },
        "price": "79.90",
        "currency": "EUR",
        "sale_price": "59.90",
        "sale_from": "2026-10-31T23:00:00.000Z",
        "sale_to": "2026-11-30T22:59:00.000Z",
    }
    assert parent.value is not None
    assert (parent.value["sku"], parent.lines, parent.line) == ("D1", 0, 4)
    assert parent.value["attributes"] == {"gender": "women", "custom_label_0": "summer"}
    assert other.value is not None
    assert (other.value["sku"], other.value["stock"]) == ("D1-R-L", 0)
    assert [(row.code, row.field) for row in rest[:2]] == [
        ("price_ambiguous", "price"),
        ("sku_missing", "sku"),
    ]
    assert rest[2].value is not None
    assert rest[2].value["categories"] == ["apparel-accessories/hats"]
    assert rest[2].value["attributes"]["availability"] == "preorder"
    assert sum(row.lines for row in rows) == 5


def test_atom(tmp_path: Path) -> None:
    (row,) = read(tmp_path, ATOM)
    assert row.value is not None
    assert row.value["url"] == "https://shop.example/a1"
    assert (row.value["price"], row.value["stock"]) == ("12.00", 7)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/evil.dtd">',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_a_document_type_is_refused_before_anything_is_read(tmp_path: Path, doctype: str) -> None:
    with pytest.raises(Refused) as caught:
        read(tmp_path, doctype + RSS.split("\n", 1)[1])
    assert caught.value.code == "xml_doctype"


def test_broken_xml_keeps_what_came_before_and_says_where_it_broke(tmp_path: Path) -> None:
    rows = read(tmp_path, RSS.replace("<g:id>D3</g:id>", "<g:id>D3"))
    assert [row.value["sku"] for row in rows if row.value] == ["D1", "D1-R-M", "D1-R-L"]
    assert (rows[-1].code, rows[-1].line) == ("xml_malformed", 22)


def test_nesting_and_values_are_bounded(tmp_path: Path) -> None:
    assert [row.code for row in read(tmp_path, "<rss>" + "<a>" * 100)] == ["xml_too_deep"]
    long = f"<item><id>1</id><title>{'x' * 70_000}</title></item>"
    rows = read(tmp_path, f"<rss>{long}<item><id>2</id><title>t</title><price>1 EUR</price></item></rss>")
    assert [row.code for row in rows] == ["value_too_long", ""]


TSV = (SAMPLES / "google.tsv").read_text(encoding="utf-8")


def test_tsv(tmp_path: Path) -> None:
    rows = read(tmp_path, TSV, "feed.txt")
    values = [row.value for row in rows if row.value]
    assert [value["sku"] for value in values] == ["K", "K1", "K1", "K2"]
    assert values[1]["images"] == ["https://i.example/1", "https://i.example/2"]
    assert values[1]["categories"] == ["kids/tops", "sale/kids"]
    assert values[1]["attributes"]["gender"] == "boys"
    assert "parent" not in values[3]
    assert (values[3]["price"], values[3]["currency"]) == ("5.00", "GBP")
    warned = [(row.line, code) for row in rows for code, _, _ in row.warnings]
    assert warned == [(3, "sku_repeated"), (4, "availability_not_known")]
    assert [(row.line, row.code) for row in rows if row.value is None] == [
        (5, "price_not_a_number"),
        (6, "wrong_number_of_fields"),
    ]
    assert sum(row.lines for row in rows) == 5


SHOPIFY = (SAMPLES / "shopify.csv").read_text(encoding="utf-8")


def test_shopify(tmp_path: Path) -> None:
    rows = read(tmp_path, SHOPIFY, "products.csv")
    parent, small, medium, mug = (row.value for row in rows if row.value)
    assert (parent["sku"], parent["categories"]) == ("tee", ["apparel/tops"])
    assert parent["images"] == ["https://i.example/1", "https://i.example/2"]
    assert (small["parent"], small["price"], small["sale_price"], small["stock"]) == (
        "tee",
        "25.00",
        "20.00",
        3,
    )
    assert small["attributes"] == {"gender": "women", "size": "S"}
    assert (medium["sku"], medium["attributes"]["size"]) == ("tee:m", "M")
    assert "stock" not in medium  # it is sold on when there is none
    assert (mug["sku"], mug["stock"], mug["published"]) == ("MUG", 8, False)
    assert [(row.line, row.code) for row in rows if row.value is None] == [(6, "price_not_a_number")]
    assert sum(row.lines for row in rows) == 5


def test_formats_are_guessed_from_what_files_say(tmp_path: Path) -> None:
    for text, name, format in [
        (RSS, "a.csv", "google-xml"),
        (ATOM, "b", "google-xml"),
        (TSV, "c.xml", "google-tsv"),
        (SHOPIFY, "d.txt", "shopify"),
    ]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert guess_catalog_format(tmp_path / name) == format
    assert [row.code for row in read(tmp_path, TSV, format="google")] == [
        row.code for row in read(tmp_path, TSV)
    ]
