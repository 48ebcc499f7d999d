"""Orders through mappings: whole orders, returns, guests, and every refused line with its reason."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.core.limits import EVENT_BYTES
from maatwerk.surfaces.files import Row, read_catalog, read_mapping, read_messages
from maatwerk.surfaces.files.mapping import parse_mapping

RETAIL = read_mapping("online-retail")
ORDERS = read_mapping("orders")
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
SUMMER = "2011-06-06 16:21:00"


def line(invoice: str, sku: str, quantity: object = 1, price: str = "2.55", customer: str = "17850.0") -> str:
    return f"{invoice},{sku},NAME {sku},{quantity},{SUMMER},{price},{customer},France\n"


def retail(tmp_path: Path, *lines: str) -> list[Row]:
    path = tmp_path / "retail.csv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return list(read_messages(path, RETAIL))


def plain(tmp_path: Path, text: str, **more: Any) -> list[Row]:
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    return list(read_messages(path, more.pop("mapping", ORDERS), **more))


def messages(rows: list[Row]) -> list[dict[str, Any]]:
    return [row.value for row in rows if row.value is not None]


def refused(rows: list[Row]) -> list[tuple[int, str]]:
    return [(row.line, row.code) for row in rows if row.value is None]


def test_an_order_in_full(tmp_path: Path) -> None:
    rows = retail(
        tmp_path, line("1", "A", 6), line("1", "P2", 2, "1.10"), line("1", "A", 1), line("1", "POST", 1, "18")
    )
    assert messages(rows) == [
        {
            "type": "track",
            "event": "Order Completed",
            "messageId": "import:online-retail:1",
            "userId": "17850",
            "timestamp": "2011-06-06T15:21:00.000Z",  # London's summer time is an hour ahead of UTC
            "properties": {
                "order_id": "1",
                "currency": "GBP",
                "revenue": "20.05",
                "total": "38.05",
                "shipping": "18.00",
                "country": "France",
                "products": [
                    {"sku": "A", "price": "2.55", "quantity": 7},
                    {"sku": "P2", "price": "1.10", "quantity": 2},
                ],
            },
            "context": {"library": {"name": "maatwerk-import"}, "source": {"name": "online-retail"}},
        }
    ]
    assert refused(rows) == [(5, "not_a_product")]
    assert "shipping" in rows[0].detail
    assert sum(row.lines for row in rows) == 4


def test_a_credit_note_is_a_return(tmp_path: Path) -> None:
    (order,) = messages(retail(tmp_path, line("C9", "A", -6), line("C9", "P2", -1, "1.00")))
    assert order["event"] == "Order Refunded"
    assert order["messageId"] == "import:online-retail:C9"
    assert order["properties"]["total"] == "16.30"
    assert [product["quantity"] for product in order["properties"]["products"]] == [6, 1]


def test_guests_are_not_one_person(tmp_path: Path) -> None:
    one, two = messages(retail(tmp_path, line("1", "A", customer=""), line("2", "A", customer="")))
    assert (one["anonymousId"], two["anonymousId"]) == ("order:1", "order:2")
    assert "userId" not in one


def test_lines_that_are_no_sale_are_refused_with_the_reason(tmp_path: Path) -> None:
    rows = retail(
        tmp_path,
        line("1", "A"),
        line("1", "P2", -3),
        line("1", "P3", 0),
        line("1", "D1", 1, "0.0"),
        line("1", "P5", 1, "-5"),
        line("1", "F", 1, "0.001"),
        line("1", "G", "two"),
        line("1", "H", "1.5"),
        line("1", "M", 1, "9"),
        line("1", "", 1),
        line("1", "I", 1, "x"),
        line("", "J"),
        "1,K\n",
    )
    assert dict(refused(rows)) == {
        3: "quantity_negative",
        4: "quantity_zero",
        5: "price_zero",
        6: "price_negative",
        7: "price_too_precise",
        8: "quantity_not_whole",
        9: "quantity_not_whole",
        10: "not_a_product",
        11: "sku_missing",
        12: "price_not_a_number",
        13: "order_id_missing",
        14: "wrong_number_of_fields",
    }
    assert [product["sku"] for product in messages(rows)[0]["properties"]["products"]] == ["A"]
    assert all(row.field and row.detail for row in rows if row.value is None and row.line < 14)
    assert sum(row.lines for row in rows) == 13


def test_an_order_without_a_readable_time_is_refused_line_by_line(tmp_path: Path) -> None:
    rows = retail(tmp_path, line("1", "A").replace(SUMMER, "yesterday"), line("1", "P2"))
    assert refused(rows) == [(2, "time_not_readable"), (3, "time_not_readable")]


def test_repeated_lines_count_unless_the_order_repeats_whole(tmp_path: Path) -> None:
    lines = [line("1", "A", 2), line("1", "P2", 1)]
    whole = retail(tmp_path, *lines, *lines)
    assert [product["quantity"] for product in messages(whole)[0]["properties"]["products"]] == [2, 1]
    assert [code for code, _, _ in whole[0].warnings] == ["order_repeated"]
    assert whole[0].lines == 4
    part = retail(tmp_path, *lines, lines[1])
    assert [product["quantity"] for product in messages(part)[0]["properties"]["products"]] == [2, 2]


def test_an_interrupted_order_is_still_one(tmp_path: Path) -> None:
    rows = retail(
        tmp_path, line("1", "A"), line("2", "P2"), line("1", "P3"), line("3", "P4"), line("2", "P5")
    )
    found = {
        m["properties"]["order_id"]: [p["sku"] for p in m["properties"]["products"]] for m in messages(rows)
    }
    assert found == {"1": ["A", "P3"], "2": ["P2", "P5"], "3": ["P4"]}


def test_a_file_read_again_gives_the_same_messages(tmp_path: Path) -> None:
    lines = [line(str(n), "A", n, customer="") for n in range(1, 5)]
    assert retail(tmp_path, *lines) == retail(tmp_path, *lines)
    ids = {message["messageId"] for message in messages(retail(tmp_path, *lines))}
    assert len(ids) == 4


PLAIN = """\
order_id;date;customer_id;sku;quantity;price;currency;discount
1;2026-03-29T03:30:00+02:00;u1;A;2;10.00;EUR;3
1;2026-03-29T03:30:00+02:00;u1;B;-1;4;EUR;3
2;2026-03-29T12:00:00;;A;1;10;;
"""


def test_plain_orders(tmp_path: Path) -> None:
    rows = plain(tmp_path, PLAIN, currency="usd")
    sale, back, other = messages(rows)
    assert (sale["event"], sale["timestamp"]) == ("Order Completed", "2026-03-29T01:30:00.000Z")
    assert (sale["properties"]["revenue"], sale["properties"]["total"]) == ("20.00", "17.00")
    assert (back["event"], back["messageId"]) == ("Order Refunded", "import:orders:1:returned")
    assert back["properties"]["total"] == "4.00"
    assert back["properties"]["products"] == [{"sku": "B", "price": "4.00", "quantity": 1}]
    assert (other["properties"]["currency"], other["timestamp"]) == ("USD", "2026-03-29T12:00:00.000Z")


def test_what_a_file_lacks_is_named(tmp_path: Path) -> None:
    assert refused(plain(tmp_path, PLAIN)) == [(4, "currency_missing")]
    with pytest.raises(Refused, match="no column order_id"):
        plain(tmp_path, "sku;date\nA;2026-01-01\n")
    with pytest.raises(Refused, match="no file"):
        read_messages(tmp_path / "none.csv", ORDERS)


def test_orders_without_prices(tmp_path: Path) -> None:
    (order,) = messages(
        plain(tmp_path, "order_id,date,customer_id,sku\n1,2026-01-01,u1,A\n1,2026-01-01,u1,A\n")
    )
    assert order["properties"] == {"order_id": "1", "products": [{"sku": "A", "quantity": 2}]}


def test_a_shop_s_own_mapping(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\nkind = "orders"\ncurrency = "EUR"\ndecimal = ","\n'
        '[columns]\norder_id = "Nr."\ndate = "Datum"\nsku = "Artikel"\nprice = "Preis"\nquantity = "Menge"\n'
        '[date]\nformat = "%d.%m.%Y %H:%M"\ntimezone = "Europe/Berlin"\n'
        '[returns]\norder_id_prefix = "R-"\n'
    )
    text = (
        "Nr.;Datum;Artikel;Preis;Menge\n7;24.12.2025 18:30;A;1.299,50;2\nR-7;27.12.2025 09:00;A;1.299,50;1\n"
    )
    sale, back = messages(plain(tmp_path, text, mapping=read_mapping(path)))
    assert (sale["timestamp"], sale["properties"]["total"]) == ("2025-12-24T17:30:00.000Z", "2599.00")
    assert (back["event"], back["properties"]["total"]) == ("Order Refunded", "1299.50")


GOOD = 'name = "x"\nkind = "orders"\n[columns]\norder_id = "o"\nsku = "s"\ndate = "d"\n'


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("name =", "Invalid value"),
        ('name = "x"', "kind"),
        ('name = "x"\nkind = "orders"\n[columns]\nsku = "s"\ndate = "d"', "order_id"),
        ('name = "x"\nkind = "orders"\n[columns]\norder = "o"', "'order' is no field of orders"),
        ('name = "x"\nkind = "orders"\ncolour = "red"\n[columns]', "colour"),
        ('name = "x"\nkind = "events"\n[columns]\ndate = "d"\nevent = "e"', "somebody"),
        (GOOD + '[date]\ntimezone = "Mars"', "Mars"),
        (GOOD + '[charges]\nX = "gift"', "gift"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(Refused, match=wrong):
        parse_mapping(text.encode(), "mine.toml")


def test_an_unknown_mapping_lists_the_shipped() -> None:
    with pytest.raises(Refused, match="prestashop-order-lines, online-retail"):
        read_mapping("online_retail")


orders = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "C3", "", "4"]),
        st.sampled_from(["A", "P2", "POST", "M", ""]),
        st.sampled_from(["1", "2", "-1", "0", "x"]),
        st.sampled_from(["2.55", "0", "-1", "1.001", "x"]),
        st.sampled_from(["17850.0", "", "9"]),
    ),
    max_size=14,
)


@given(rows=orders, twice=st.booleans())
def test_no_line_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], twice: bool
) -> None:
    """Lines in = lines of orders + refused lines, and each accepted line's pieces are in its order."""
    lines = [line(*row) for row in rows]
    lines += lines if twice else []
    found = retail(tmp_path_factory.mktemp("law"), *lines)
    assert sum(row.lines for row in found) == len(lines)
    assert len({message["messageId"] for message in messages(found)}) == len(messages(found))
    refused_lines = {row.line for row in found if row.value is None}
    assert all(row.line not in refused_lines for row in found if row.value)


@given(rows=orders, seed=st.integers())
def test_the_order_of_lines_does_not_change_what_was_bought(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], seed: int
) -> None:
    mixed = random.Random(seed).sample(rows, len(rows))

    def bought(order: list[tuple[str, ...]]) -> Counter[tuple[str, str]]:
        # A mapping without repeated_orders: what repeats whole depends on the sequence by definition.
        path = tmp_path_factory.mktemp("law") / "t.csv"
        path.write_text(HEADER + "".join(line(*row) for row in order))
        mapping = msgspec.structs.replace(RETAIL, repeated_orders="keep")
        pieces: Counter[tuple[str, str]] = Counter()
        for message in messages(list(read_messages(path, mapping))):
            for product in message["properties"]["products"]:
                pieces[message["messageId"], product["sku"]] += product["quantity"]
        return pieces

    assert bought(rows) == bought(mixed)


def test_a_catalog_from_orders(tmp_path: Path) -> None:
    path = tmp_path / "retail.csv"
    lines = [
        line("1", "A", 1, "2.55"),
        line("2", "A", 1, "2.10"),
        line("3", "A", 1, "9.99"),
        line("C4", "A", -1, "2.55"),
        line("C4", "P2", -1),
        line("5", "POST"),
        line("6", "A", 1, "2.55").replace("NAME A", "LANTERN"),
    ]
    path.write_text(HEADER + "".join(lines))
    rows = list(read_catalog([path]))
    assert messages(rows) == [{"sku": "A", "name": "LANTERN", "price": "2.55", "currency": "GBP"}]
    assert refused(rows) == [(7, "not_a_product"), (6, "never_sold")]
    assert sum(row.lines for row in rows) == 7


@pytest.mark.bench_data
def test_online_retail_comes_in_whole(bench_data: Path) -> None:
    reading = read_messages(bench_data / "orders" / "online_retail_2010-12_2011-09.csv.gz", RETAIL)
    lines, reasons, events, warned = 0, Counter[str](), Counter[str](), Counter[str]()
    for row in reading:
        lines += row.lines
        warned.update(code for code, _, _ in row.warnings)
        if row.value is None:
            reasons[row.code] += row.lines
        else:
            events[row.value["event"]] += 1
            assert len(msgspec.json.encode(row.value)) <= EVENT_BYTES
    assert lines == 370_931
    assert events == {"Order Completed": 14_201, "Order Refunded": 2_581}
    assert warned == {"order_repeated": 5}
    assert reasons == {
        "not_a_product": 2_163,
        "quantity_negative": 1_023,
        "price_zero": 932,
        "price_too_precise": 3,
    }
    assert reading.share_read == 1.0
