"""What we decode is what the product takes: nothing we hand over is refused, or loses a field, further in."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from maatwerk.events.bodies import checked
from maatwerk.events.bounds import check_bounds
from maatwerk.events.products import checked_product
from maatwerk.surfaces.files import Row, read_catalog, read_mapping, read_messages

SAMPLES = Path(__file__).parent / "samples"


def take_products(rows: Iterable[Row]) -> int:
    taken = 0
    for row in rows:
        if row.value is not None:
            check_bounds(msgspec.json.encode(row.value))
            product = checked_product(row.value, "EUR")
            assert set(row.value) <= set(product)
            taken += 1
    return taken


def take_messages(rows: Iterable[Row]) -> int:
    taken = 0
    for row in rows:
        if row.value is not None:
            check_bounds(msgspec.json.encode(row.value))
            name = row.value.get("event", "Page Viewed")
            checked(name, msgspec.json.encode(row.value["properties"]), "EUR")
            taken += 1
    return taken


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir()))
def test_products_of_every_format(sample: str) -> None:
    assert take_products(read_catalog([SAMPLES / sample], currency="EUR")) > 0


def test_messages(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "order_id,date,customer_id,sku,quantity,price,currency,country\n1,2026-01-01,u,A,2,5,EUR,nl\n"
    )
    rows = list(read_messages(orders, read_mapping("orders")))
    assert take_messages(rows) == 1
    assert rows[0].value is not None
    assert rows[0].value["context"]["location"] == {"country": "NL"}


@pytest.mark.bench_data
def test_real_files(bench_data: Path) -> None:
    retail = bench_data / "orders" / "online_retail_2010-12_2011-09.csv.gz"
    assert take_products(read_catalog([bench_data / "catalog" / "luma"], currency="USD")) == 2_026
    assert take_products(read_catalog([retail])) == 3_735
    assert take_messages(read_messages(retail, read_mapping("online-retail"))) == 14_201 + 2_581
