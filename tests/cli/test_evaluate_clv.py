"""`evaluate clv`: the shapes it reads, returns, tiny files, and that it finds again what made the orders."""

import csv
import gzip
import json
import os
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from maatwerk.cli.evaluate.clv import area, clv, read_days, to_day
from maatwerk.core.errors import Refused
from maatwerk.views.predicted.families import bg_nbd, fit

FIRST = date(2025, 1, 1)
CDNOW = Path(os.environ.get("MAATWERK_BENCH_DATA", "../shared/data")) / "orders" / "cdnow_sample.csv.gz"


def simulated(customers: int, seed: int, days: int = 480) -> list[tuple[str, date, float]]:
    """Gamma rates, and a chance to stop after each order, the first too."""
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        rate, stop = chance.gamma(1.2, 0.02), chance.beta(1.0, 3.0)
        at, value = float(chance.integers(0, 60)), 20 * chance.gamma(4.0, 0.5)
        while at < days:
            rows.append((f"c{number}", FIRST + timedelta(int(at)), round(value * chance.gamma(5.0, 0.2), 2)))
            if chance.random() < stop:
                break
            at += chance.exponential(1 / max(rate, 1e-4))
    return rows


def written(path: Path, rows: list[tuple[str, date, float]]) -> Path:
    lines = ["customer_id,date,amount", *(f"{who},{day.isoformat()},{amount}" for who, day, amount in rows)]
    with gzip.open(path, "wt") as file:
        file.write("\n".join(lines) + "\n")
    return path


def test_forecasts_of_a_simulated_shop_come_true(tmp_path: Path) -> None:
    path = written(tmp_path / "orders.csv.gz", simulated(1200, seed=3))
    out = tmp_path / "out.csv"
    found = clv(path, "2025-08-28", 240, out)
    assert abs(found["total_error"]) < 0.12
    assert found["auc_p_alive"] > 0.7
    assert abs(found["spend_total_error"]) < 0.2
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert list(rows[0]) == ["customer", "expected_transactions", "expected_spend", "p_alive"]
    assert len(rows) == found["n"]
    assert rows[0]["customer"] == "c0"
    assert all(0 <= float(row["p_alive"]) <= 1 and float(row["expected_spend"]) >= 0 for row in rows)
    ones = {float(row["p_alive"]) < 1 for row in rows}
    assert ones == {True}, "nobody is a customer for certain, a buyer of one order least of all"


def test_returns_take_from_spend_and_are_no_orders(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "CustomerID;InvoiceDate;Quantity;UnitPrice\n"
        "a;2025-01-01 08:00:00;2;10\na;2025-01-01 09:00:00;1;5\na;2025-02-01 08:00:00;1;30\n"
        "a;2025-02-05 08:00:00;-1;30\na;2025-02-06 08:00:00;-1;5\n;2025-01-01 08:00:00;1;10\n"
        "b;2025-01-01 08:00:00;-1;10\nb;2025-03-01 08:00:00;1;0\n"
    )
    days = read_days(path, to_day("2025-12-31", "until"))
    assert list(zip(days.orders.buyer.tolist(), days.spend.tolist(), strict=True)) == [
        (0, 20),
        (0, 0),
        (1, 0),
    ]
    assert days.left_out == {"without_customer": 1, "returns_before_any_order": 1}


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_tiny_files_are_answered(tmp_path: Path, rows: int) -> None:
    path = written(tmp_path / "tiny.csv.gz", simulated(40, seed=1)[:rows])
    found = clv(path, "2025-12-31", 90)
    assert found["model"]
    assert found["judged"] is False
    json.dumps(found, allow_nan=False)


def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,date,amount\na,yesterday,3\n")
    with pytest.raises(Refused, match="no date"):
        clv(path, "2025-12-31", 90)
    path.write_text("customer_id,date\na,2025-01-01\n")
    with pytest.raises(Refused, match="no amounts"):
        clv(path, "2025-12-31", 90)
    path.write_text("customer_id,date,amount\na,2025-01-01,3\n")
    with pytest.raises(Refused, match="no order up to"):
        clv(path, "2024-12-31", 90)


def test_area_under_the_curve_counts_ties_half() -> None:
    assert area(np.array([1.0, 1.0, 0.0]), np.array([True, False, False])) == 0.75
    assert area(np.array([1.0, 1.0]), np.array([True, True])) is None


@pytest.mark.skipif(not CDNOW.exists(), reason="the CDNOW sample is not here")
def test_cdnow_gives_the_published_parameters() -> None:
    days = read_days(CDNOW, to_day("1997-09-30", "until"))
    buyers = days.orders.buyers(to_day("1997-09-30", "until"))[1]
    found = fit(bg_nbd, buyers.alike(10_000))
    assert found.theta == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=1e-3)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)
