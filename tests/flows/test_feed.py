"""Product feeds: whole, safe to read, and never of what cannot be bought, as of the moment they are asked
for."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.starting import make_workspace
from maatwerk.core.errors import Refused
from maatwerk.effects.feeds.words import Feed, format_of, parse_feed
from maatwerk.effects.feeds.write import written
from maatwerk.flows.feed import feed_of, lines
from maatwerk.flows.put_products import put_products

HOME = "https://shop.example"
G = "{http://base.google.com/ns/1.0}"


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    make_workspace(tmp_path / "shop")
    opened = open_parts(tmp_path / "shop", projects=True)
    opened.knowledge.load()
    yield opened
    opened.close()


def put(parts: Parts, sku: str, **more: object) -> None:
    product = {"sku": sku, "name": f"The {sku}", "price": "59.00", "currency": "EUR", "stock": 3}
    product |= {"url": f"/p/{sku}", "images": [f"/i/{sku}.jpg"], "categories": ["women/dresses"]} | more
    asyncio.run(put_products(parts.recording, [msgspec.Raw(msgspec.json.encode(product))]))
    parts.knowledge.refresh(parts.clock())


def google(parts: Parts, feed: Feed | None = None) -> dict[str, dict[str, str]]:
    chosen = feed or feed_of(parts.knowledge.rules, "all")
    text = b"".join(written(lines(parts.deciding, chosen, HOME, parts.clock()), "google", "T & t", HOME))
    items = ElementTree.fromstring(text).iter("item")
    return {
        str(item.findtext(f"{G}id")): {each.tag.removeprefix(G): each.text or "" for each in item}
        for item in items
    }


def test_a_product_is_listed_as_google_reads_it_until_it_is_sold_out(parts: Parts) -> None:
    put(parts, "D1", sale_price="49.00", attributes={"gender": "women", "color": "blue"}, brand="L & V")
    put(parts, "D2", name="<b>&\x07", stock=0)
    found = google(parts)
    assert found.keys() == {"D1"}
    expected = {
        "title": "The D1",
        "link": f"{HOME}/p/D1",
        "image_link": f"{HOME}/i/D1.jpg",
        "availability": "in_stock",
        "price": "59.00 EUR",
        "sale_price": "49.00 EUR",
        "brand": "L & V",
        "product_type": "women > dresses",
        "gender": "female",
        "color": "blue",
    }
    assert found["D1"].items() >= expected.items()
    put(parts, "D2", name="<b>&\x07", stock=1)
    put(parts, "D1", stock=0)
    assert {sku: each["title"] for sku, each in google(parts).items()} == {"D2": "<b>&"}


def test_variants_stand_under_their_product_and_what_is_not_whole_is_left_out(parts: Parts) -> None:
    put(parts, "D", stock=None)
    put(parts, "D-S", parent="D", name="", url="", images=[], attributes={"size": "S"})
    put(parts, "D-M", parent="D", stock=0)
    put(parts, "X", images=[])
    put(parts, "Y", published=False)
    found = google(parts, Feed(audience="loyal", prefix="For you: "))
    assert found.keys() == {"D-S"}
    line = found["D-S"]
    assert (line["item_group_id"], line["title"], line["size"]) == ("D", "For you: The D", "S")
    assert line["custom_label_0"] == "loyal"


def test_meta_s_lines_hold_no_formula(parts: Parts) -> None:
    put(parts, "=1+1", name='@SUM("a,b")')
    pieces = written(lines(parts.deciding, Feed(), HOME, parts.clock()), "meta", "", HOME)
    (line,) = csv.DictReader(io.StringIO(b"".join(pieces).decode()))
    assert (line["id"], line["title"], line["availability"]) == ("'=1+1", '\'@SUM("a,b")', "in stock")


def test_a_unit_chooses_and_a_limit_bounds(parts: Parts) -> None:
    for number in range(5):
        put(parts, f"D{number}")
    assert len(google(parts, Feed(unit="newest", limit=3))) == 3
    for key, document, field in (("x", {"limit": 0}, "feed.x.limit"), ("x", {"unti": "a"}, "feed.x")):
        with pytest.raises(Refused) as refused:
            parse_feed(key, document)
        assert refused.value.field == field
    with pytest.raises(Refused):
        feed_of(parts.knowledge.rules, "no-such")
    with pytest.raises(Refused):
        format_of("bing")
