"""`evaluate clv`: forecast what each customer will order and spend from her orders so far, and judge it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from scipy.stats import rankdata

from maatwerk.cli.evaluate.metrics import machine, peak_memory_mb
from maatwerk.cli.evaluate.read import read_columns
from maatwerk.core.errors import Refused
from maatwerk.views.predicted.cells import expected, habits
from maatwerk.views.predicted.choose import Orders, choose, names_of
from maatwerk.views.predicted.families import FAMILIES, Buyers, Floats, fit
from maatwerk.views.predicted.spend import fit_spend

COLUMNS = {
    "customer": ("customer_id", "customer", "customerid", "user_id", "userid"),
    "date": ("date", "order_date", "invoicedate", "timestamp", "time"),
    "amount": ("amount", "total", "revenue", "value", "spend"),
    "price": ("price", "unitprice", "unit_price"),
    "quantity": ("quantity", "qty"),
}
_AT_ONCE = 4_000


@dataclass(frozen=True)
class Days:
    """Days with an order, sorted by customer and day; ``spend`` what that day came to, returns taken off."""

    orders: Orders
    spend: Floats
    names: list[str]
    left_out: dict[str, int]


@dataclass(frozen=True)
class Forecast:
    """Of every customer known at the end of calibration, in the order in which the file first names them."""

    customers: list[str]
    transactions: Floats
    spend: Floats
    p_alive: Floats


def clv(
    orders: Path,
    until: str,
    horizon_days: int,
    predictions: Path | None = None,
    *,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Fit on orders up to and with the day ``until``; forecast the ``horizon_days`` after it.

    A day with orders counts as one transaction. A negative amount is a return: it takes from what the
    customer had spent before, and is no transaction. ``expected_spend`` is that of the whole horizon. Where
    the file holds later orders, the forecast is judged by them; the model is chosen on earlier ones alone.
    Raises `Refused` for what cannot be read.
    """
    say = progress or (lambda _: None)
    last = to_day(until, "until")
    if horizon_days < 1:
        raise Refused("bad_horizon", f"{horizon_days} days cannot be forecast", field="horizon-days",
                      hint="give 1 or more")  # fmt: skip
    say(f"reading {orders.name}")
    days = read_days(orders, last)
    begin = perf_counter()
    who, buyers = days.orders.buyers(last)
    if not len(who):
        raise Refused("no_orders", f"{orders.name} holds no order up to {until}", field="until",
                      hint="give a day after the first order")  # fmt: skip
    say(f"fitting on {len(who):,} customers")
    chosen, listed = choose(days.orders, last)
    count, mean, repeats, repeat_mean = spent(days, who, last)
    spend = fit_spend(count, mean)
    weeks = horizon_days / 7
    transactions, alive = _forecast(chosen.weights, buyers, weeks)
    value = transactions * spend.mean(count, mean)
    fit_seconds = perf_counter() - begin
    found = Forecast([days.names[number] for number in who.tolist()], transactions, value, alive)
    if predictions:
        write(found, predictions)
    return {
        "evaluation": "clv",
        "n": len(who),
        "n_repeat": int((buyers.x > 0).sum()),
        "transactions": int(buyers.x.sum()),
        "until": until,
        "horizon_days": horizon_days,
        **published(buyers, repeats, repeat_mean),
        "model": chosen.name,
        "held_out_log_likelihood": names_of(listed),
        "log_likelihood": round(chosen.fit, 1),
        "spend": {"p": spend.p, "q": spend.q, "v": spend.v, "buyers": spend.buyers},
        **judged(days, found, who, last, horizon_days),
        "left_out": days.left_out,
        "seconds": round(fit_seconds, 2),
        "peak_memory_mb": peak_memory_mb(),
        "machine": machine(),
    }


def published(buyers: Buyers, repeats: Floats, repeat_mean: Floats) -> dict[str, Any]:
    """The models of the literature, plainly fitted as it fits them; the spend of repeat orders alone."""
    bg = fit(FAMILIES["bg"], buyers.alike(1_000_000))
    plain = fit_spend(repeats, repeat_mean, shrink=False)
    return {
        "bg_nbd": dict(zip(("r", "alpha", "a", "b"), bg.theta, strict=True))
        | {"log_likelihood": bg.log_likelihood},
        "gamma_gamma": {"p": plain.p, "q": plain.q, "v": plain.v, "buyers": plain.buyers},
    }


def spent(days: Days, who: Any, last: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Of each customer: paid days and their mean, and the same of repeat days alone."""
    rows = (days.orders.day <= last) & (days.spend > 0)
    buyer, spend = days.orders.buyer, days.spend
    first = np.zeros(len(buyer), bool)
    first[np.unique(buyer, return_index=True)[1]] = True

    def means(chosen: Any) -> tuple[Floats, Floats]:
        place = np.searchsorted(who, buyer[chosen])
        count = np.bincount(place, minlength=len(who)).astype(np.float64)
        total = np.bincount(place, spend[chosen], minlength=len(who))
        return count, total / np.maximum(count, 1)

    count, mean = means(rows)
    repeats, repeat_mean = means(rows & ~first)
    return count, mean, repeats, repeat_mean


def _forecast(weights: Floats, buyers: Buyers, weeks: float) -> tuple[Floats, Floats]:
    transactions, alive = np.zeros(len(buyers)), np.zeros(len(buyers))
    ahead = expected(weeks)
    for start in range(0, len(buyers), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        own = habits(weights, buyers.rows(part))
        transactions[part], alive[part] = own.alive @ ahead, own.p_alive
    return transactions, alive


def judged(days: Days, found: Forecast, who: Any, last: int, horizon: int) -> dict[str, Any]:
    """Against the later orders of the file; nothing where it holds none."""
    later = (days.orders.day > last) & (days.orders.day <= last + horizon) & np.isin(days.orders.buyer, who)
    if not bool((days.orders.day > last).any()):
        return {"judged": False}
    place = np.searchsorted(who, days.orders.buyer[later])
    actual = np.bincount(place, minlength=len(who)).astype(np.float64)
    spend = np.bincount(place, np.maximum(days.spend[later], 0), minlength=len(who))
    error = found.transactions - actual
    best = np.argsort(-found.transactions, kind="stable")[: -(-len(who) // 10)]
    total = actual.sum()
    return {
        "judged": True,
        "actual_transactions": int(total),
        "total_error": float(found.transactions.sum() / total - 1) if total else None,
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "auc_p_alive": area(found.p_alive, actual > 0),
        "top_decile_share": float(actual[best].sum() / total) if total else None,
        "spend_total_error": float(found.spend.sum() / spend.sum() - 1) if spend.sum() else None,
        "spend_mae": float(np.abs(found.spend - spend).mean()),
    }


def area(scores: Floats, positive: Any) -> float | None:
    """Area under the ROC curve, ties counted half; None where all are of one kind."""
    ones = int(positive.sum())
    zeros = len(positive) - ones
    if not ones or not zeros:
        return None
    return float((rankdata(scores)[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def write(found: Forecast, path: Path) -> None:
    """The forecast as csv, one customer a line."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "expected_transactions", "expected_spend", "p_alive"])
        for name, number, value, alive in zip(
            found.customers, found.transactions, found.spend, found.p_alive, strict=True
        ):
            writer.writerow([name, f"{number:.6f}", f"{value:.4f}", f"{alive:.6f}"])


def read_days(path: Path, until: int) -> Days:
    """The file's orders, one row a customer and day. ``until`` settles which days a return belongs to."""
    columns = read_columns(path, COLUMNS, optional=("amount", "price", "quantity"))
    if "amount" not in columns and not {"price", "quantity"} <= set(columns):
        raise Refused("missing_column", f"{path.name} has no amounts", field="amount",
                      hint="name a column amount, or two price and quantity")  # fmt: skip
    names: dict[str, int] = {}
    known: dict[str, int] = {}
    sold: dict[tuple[int, int], float] = {}
    returned: list[tuple[int, int, float]] = []
    left_out = {"without_customer": 0, "without_amount": 0, "returns_before_any_order": 0}
    amounts = columns.get("amount") or [
        _product(price, number) for price, number in zip(columns["price"], columns["quantity"], strict=True)
    ]
    for who, when, text in zip(columns["customer"], columns["date"], amounts, strict=True):
        if not who.strip():
            left_out["without_customer"] += 1
            continue
        amount = _number(text)
        if amount is None:
            left_out["without_amount"] += 1
        day = known.get(when)
        if day is None:
            day = known[when] = to_day(when, "date")
        buyer = names.setdefault(who.strip(), len(names))
        if amount is not None and amount < 0:
            returned.append((buyer, day, -amount))
        else:
            sold[buyer, day] = sold.get((buyer, day), 0.0) + (amount or 0.0)
    days = sorted(sold)
    spend = np.array([sold[key] for key in days], np.float64)
    buyer_of = np.array([key[0] for key in days], np.int64)
    day_of = np.array([key[1] for key in days], np.int64)
    left_out["returns_before_any_order"] = _take_back(spend, buyer_of, day_of, returned)
    return Days(Orders(buyer_of, day_of), spend, list(names), {k: v for k, v in left_out.items() if v})


def _take_back(spend: Floats, buyer: Any, day: Any, returned: list[tuple[int, int, float]]) -> int:
    """Take returns from the newest days before them, never below 0; how many had nothing to take from."""
    lost = 0
    for who, when, amount in sorted(returned):
        row = int(np.searchsorted(buyer, who, side="right")) - 1
        while row >= 0 and buyer[row] == who and day[row] > when:
            row -= 1
        if row < 0 or buyer[row] != who:
            lost += 1
        left = amount
        while left > 0 and row >= 0 and buyer[row] == who:
            taken = min(left, float(spend[row]))
            spend[row] -= taken
            left -= taken
            row -= 1
    return lost


def to_day(text: str, field: str) -> int:
    """A day's number: of a date, or of the date part of a moment."""
    plain = text.strip()
    try:
        return date.fromisoformat(plain[:10] if "-" in plain[:10] else plain[:8]).toordinal()
    except ValueError as problem:
        raise Refused("bad_date", f"{text[:40]!r} is no date", field=field,
                      hint="write 2026-01-31, or a moment of RFC 3339") from problem  # fmt: skip


def _product(price: str, number: str) -> str:
    one, many = _number(price), _number(number)
    return "" if one is None or many is None else repr(one * many)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
