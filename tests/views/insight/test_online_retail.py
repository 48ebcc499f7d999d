"""The metric layer over ten months of a real shop (UCI Online Retail), against plain Python over its
lines."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from maatwerk.core.time import DAY
from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.engines.duckdb.prepared import OpenTables, build
from maatwerk.events.event import Event
from maatwerk.views.insight.figures import totals
from maatwerk.views.insight.prepared import Ground
from maatwerk.views.insight.sql import text as sql_text

_NAME = "shared/data/orders/online_retail_2010-12_2011-09.csv.gz"
FILE = next((above / _NAME for above in Path(__file__).parents[3:6] if (above / _NAME).exists()), Path(_NAME))
pytestmark = [
    pytest.mark.prove,
    pytest.mark.skipif(not FILE.exists(), reason="UCI Online Retail is not beside the repository"),
]

Order = tuple[str, int, int, dict[str, float]]
"""Customer, time, pence, pieces by product."""


@pytest.fixture(scope="module")
def orders() -> list[Order]:
    """Orders of customers who are named, without cancellations and free lines."""
    found: dict[str, tuple[str, int, list[tuple[str, float, int]]]] = {}
    with gzip.open(FILE, "rt", encoding="utf-8", errors="replace") as lines:
        for row in csv.DictReader(lines):
            quantity, price = float(row["Quantity"]), round(float(row["UnitPrice"]) * 100)
            if not row["CustomerID"] or row["InvoiceNo"].startswith("C") or quantity <= 0 or price <= 0:
                continue
            at = datetime.fromisoformat(row["InvoiceDate"] + "+00:00")
            who, _, them = found.setdefault(
                row["InvoiceNo"], (row["CustomerID"], int(at.timestamp() * 1000), [])
            )
            them.append((row["StockCode"], quantity, price))
    result: list[Order] = []
    for who, at_ms, them in found.values():
        pieces: dict[str, float] = defaultdict(float)
        for sku, quantity, _ in them:
            pieces[sku] += quantity
        result.append((who, at_ms, round(sum(quantity * price for _, quantity, price in them)), pieces))
    return sorted(result, key=lambda order: order[1])


@pytest.fixture(scope="module")
def tables(orders: list[Order]) -> Iterator[OpenTables]:
    events = [
        Event(
            "Order Completed",
            f"m-{number}",
            at,
            at,
            user_id=who,
            origin="imported",
            properties=msgspec.Raw(
                msgspec.json.encode(
                    {
                        "order_id": f"o-{number}",
                        "total": f"{pence / 100:.2f}",
                        "currency": "GBP",
                        "products": [{"sku": sku, "quantity": many} for sku, many in pieces.items()],
                    }
                )
            ),
            offset=number + 1,
        )
        for number, (who, at, pence, pieces) in enumerate(orders)
    ]
    lake = ParquetLake(Path("nowhere"), currency="GBP", memory_mb=512)
    with lake.opened(events) as connection:
        build(connection, Ground(events, "GBP", {}))
        yield OpenTables(connection, 0, 0)


def test_revenue_orders_buyers_and_repeats(orders: list[Order], tables: OpenTables) -> None:
    end = orders[-1][1] + 1
    periods = [(end - 30 * DAY, end), (end - 60 * DAY, end - 30 * DAY), (0, end)]
    for (since, until), sums in zip(periods, totals(tables, periods), strict=True):
        inside = [order for order in orders if since <= order[1] < until]
        seen: set[str] = {order[0] for order in orders if order[1] < since}
        returning: set[str] = set()
        for who, *_ in inside:
            (returning if who in seen else seen).add(who)
        assert sums.orders == len(inside) > 0
        assert sums.buyers == len({order[0] for order in inside})
        assert sums.revenue_minor == sum(order[2] for order in inside)
        assert sums.returning == len(returning)


def test_cohorts(orders: list[Order], tables: OpenTables) -> None:
    months = [
        (who, (at := datetime.fromtimestamp(ms / 1000, UTC)).year * 12 + at.month - 1)
        for who, ms, *_ in orders
    ]
    first: dict[str, int] = {}
    plain: dict[tuple[int, int], set[str]] = defaultdict(set)
    for who, month in months:
        cohort = first.setdefault(who, month)
        plain[cohort, month - cohort].add(who)
    rows = tables.ask(sql_text("cohorts"), {"shift": 0, "until": orders[-1][1] + 1})
    assert {(row["cohort"], row["later"]): row["customers"] for row in rows} == {
        key: len(them) for key, them in plain.items()
    }


def test_what_is_bought_together(orders: list[Order], tables: OpenTables) -> None:
    until = orders[-1][1] + 1
    since = until - 30 * DAY
    baskets = [set(order[3]) for order in orders if order[1] >= since and len(order[3]) <= 60]
    together: dict[tuple[str, str], int] = defaultdict(int)
    single: dict[str, int] = defaultdict(int)
    for basket in baskets:
        names = sorted(basket)
        for place, one in enumerate(names):
            single[one] += 1
            for other in names[place + 1 :]:
                together[one, other] += 1
    rows = tables.ask(sql_text("baskets"), {"since": since, "until": until, "least": 20})
    expected = {pair: many for pair, many in together.items() if many >= 20}
    assert {(row["first"], row["second"]): row["together"] for row in rows} == expected
    assert all(row["first_orders"] == single[row["first"]] for row in rows)
    assert all(row["all_orders"] == len(baskets) for row in rows)


def test_how_revenue_is_spread(orders: list[Order], tables: OpenTables) -> None:
    until = orders[-1][1] + 1
    paid: dict[str, int] = defaultdict(int)
    for who, _, pence, _ in orders:
        paid[who] += pence
    rows: list[dict[str, Any]] = tables.ask(sql_text("concentration"), {"since": 0, "until": until})
    assert sum(row["paid_minor"] for row in rows) == sum(paid.values())
    best = sorted(paid.values(), reverse=True)[: rows[0]["customers"]]
    assert rows[0]["paid_minor"] == sum(best)
