"""Single values: prices, dates, texts, categories, Magento's packed cells."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.categories import deepest, gender_of, path_of
from maatwerk.surfaces.files.dates import time_reader
from maatwerk.surfaces.files.magento_values import day, pairs, stock_of, variations
from maatwerk.surfaces.files.prices import plain_price, written_price
from maatwerk.surfaces.files.text import one_line, plain, slug


@pytest.mark.parametrize(
    ("text", "currency", "amount", "named"),
    [
        ("79.90 EUR", None, "79.90", "EUR"),
        ("EUR 79.90", None, "79.90", "EUR"),
        ("79,90 EUR", None, "79.90", "EUR"),
        ("1.299,00 EUR", None, "1299.00", "EUR"),
        ("1,299.00 USD", None, "1299.00", "USD"),
        ("1 299,00 €", None, "1299.00", "EUR"),
        ("€ 1.299.000,50", None, "1299000.50", "EUR"),
        ("CHF 1'299.95", None, "1299.95", "CHF"),
        ("1.299.000 JPY", None, "1299000", "JPY"),
        ("12.345 KWD", None, "12.345", "KWD"),
        ("0.5 GBP", None, "0.50", "GBP"),
        ("15", "SEK", "15.00", "SEK"),
        ("$15", "CAD", "15.00", "CAD"),
    ],
)
def test_written_prices(text: str, currency: str | None, amount: str, named: str) -> None:
    assert written_price(text, currency) == (amount, named)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.299 EUR", "price_ambiguous"),
        ("1,299 USD", "price_ambiguous"),
        ("1.299 JPY", "price_ambiguous"),
        ("1.29,99 EUR", "price_not_a_number"),
        ("12.99.9 EUR", "price_not_a_number"),
        ("12,345,6 EUR", "price_not_a_number"),
        ("free", "price_not_a_number"),
        ("", "price_not_a_number"),
        ("-5.00 EUR", "price_not_a_number"),
        ("5.999 EUR 2", "currency_not_known"),
        ("5.00 euros", "currency_not_known"),
        ("5.0011 EUR", "price_too_precise"),
        ("$5.00", "currency_not_known"),
    ],
)
def test_prices_that_are_not_guessed(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        written_price(text, None)
    assert caught.value.code == code


@given(minor=st.integers(0, 10**11), style=st.sampled_from(["{:,.2f}", "{:.2f}"]), comma=st.booleans())
def test_a_price_means_the_same_however_its_marks_are_set(minor: int, style: str, comma: bool) -> None:
    text = style.format(Decimal(minor) / 100)
    if comma:
        text = text.translate(str.maketrans(",.", ".,"))
    assert written_price(f"{text} EUR", None) == (plain_price(str(Decimal(minor) / 100), "EUR"), "EUR")


def test_html_becomes_what_a_reader_sees() -> None:
    text = "<p>Two-tone &amp; soft.<p><ul><li>One</li>\n<li>Two</li></ul><script>alert(1)</script><b>bold"
    assert plain(text) == "Two-tone & soft.\nOne\nTwo\nbold"
    assert plain("3 &lt; 4") == plain("3 < 4") == "3 < 4"
    assert plain("""<a title="x > y" href='>'>link</a><!-- <p>no --><STYLE>p{}</style >!""") == "link!"
    assert plain("</li>one<br/>two<hr>three") == "one\ntwo\nthree"
    assert one_line("Lumaflex&trade; <i>Band</i>\n ") == "Lumaflex™ Band"


@given(st.text(max_size=300))
def test_any_text_can_be_made_plain(text: str) -> None:
    assert "alert" not in plain(f"<script>alert</script><p>{text.replace('alert', '')}</p>")
    assert slug(slug(text)) == slug(text)


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "</", "<!doctype ", "<a '", '<a "', "<script>", "&", "<p", "<"]
)
def test_no_text_takes_long(piece: str) -> None:
    """A hundred times the text takes about a hundred times as long, not ten thousand times."""
    began = time.process_time()
    plain(piece * 100_000 + "<")
    assert time.process_time() - began < 2


def test_slugs_and_paths() -> None:
    titles: dict[str, str] = {}
    assert slug("Hoodies & Sweatshirts") == "hoodies-sweatshirts"
    assert slug("Für Mädchen / Größe") == "fur-madchen-große"
    assert slug("Детские") == "детские"
    assert path_of(["Men", "Bras & Tanks"], titles) == "men/bras-tanks"
    assert titles == {"men": "Men", "men/bras-tanks": "Bras & Tanks"}
    assert deepest(["gear", "gear/bags", "", "sale", "gear/bags"]) == ["gear/bags", "sale"]


@pytest.mark.parametrize(
    ("named", "paths", "age", "gender"),
    [
        ([], ["men/tops"], "", "men"),
        ([], ["sale", "apparel/women/dresses"], "", "women"),
        ([], ["women-sale"], "", ""),
        (["Men", "Women", "Unisex"], ["women"], "", "unisex"),
        (["Women"], ["men"], "", "women"),
        (["female"], [], "kids", "girls"),
        (["male"], [], "adult", "men"),
        ([], ["damen/kleider"], "", "women"),
    ],
)
def test_gender_lines(named: list[str], paths: list[str], age: str, gender: str) -> None:
    assert gender_of(named, paths, age) == gender


def test_magento_pairs() -> None:
    assert pairs("size=XS,color=Black") == [("size", "XS"), ("color", "Black")]
    assert pairs("a=one, two,b=3") == [("a", "one, two"), ("b", "3")]
    assert pairs('a="one, ""two""",b="x=1,y=2",c=') == [("a", 'one, "two"'), ("b", "x=1,y=2"), ("c", "")]
    assert pairs("") == []
    assert variations("sku=A-S,size=S|sku=A-M,size=M|L") == [("A-S", {"size": "S"}), ("A-M", {"size": "M|L"})]


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True), st.text(max_size=8), max_size=5))
def test_quoted_pairs_come_back_whole(values: dict[str, str]) -> None:
    text = ",".join(f'{name}="' + value.replace('"', '""') + '"' for name, value in values.items())
    assert dict(pairs(text)) == values


@pytest.mark.parametrize(
    ("cells", "stock"),
    [
        ({"qty": "12.0000", "is_in_stock": "1"}, 12),
        ({"qty": "12", "is_in_stock": "0"}, 0),
        ({"qty": "-3", "is_in_stock": "1"}, 0),
        ({"qty": "0", "manage_stock": "0", "use_config_manage_stock": "0"}, None),
        ({"qty": "7", "manage_stock": "0", "use_config_manage_stock": "1"}, 7),
        ({"qty": "0", "allow_backorders": "1", "use_config_backorders": "0", "is_in_stock": "1"}, None),
        ({"qty": ""}, None),
    ],
)
def test_magento_stock(cells: dict[str, str], stock: int | None) -> None:
    assert stock_of(cells) == stock


def test_dates() -> None:
    assert day("2026-11-22 00:00:00", "f") == day("11/22/26", "f") == 1_795_305_600_000
    assert day("2026-11-22", "f", last=True) == 1_795_305_600_000 + 86_399_999
    assert day("  ", "f") is None
    london = time_reader("%Y-%m-%d %H:%M:%S", "Europe/London", "date")
    assert london("2010-12-01 08:26:00") == 1_291_191_960_000  # winter: UTC
    assert london("2011-06-06 16:21:00") == 1_307_373_660_000  # summer: an hour ahead of UTC
    assert time_reader("unix-ms", "UTC", "date")("1433221332117") == 1_433_221_332_117
    assert time_reader("unix-s", "UTC", "date")("1433221332") == 1_433_221_332_000
    assert time_reader("iso", "Europe/Amsterdam", "date")("2026-01-01T00:00:00") == 1_767_222_000_000
    assert time_reader("iso", "Europe/Amsterdam", "date")("2026-01-01T00:00:00Z") == 1_767_225_600_000
    for layout in ("iso", "unix-ms", "unix-s", "%d/%m/%Y"):
        with pytest.raises(Refused, match="as a time"):
            time_reader(layout, "UTC", "date")("31-12-2011x")
    with pytest.raises(Refused, match="is not a time zone"):
        time_reader("iso", "Europe/Atlantis", "date")
