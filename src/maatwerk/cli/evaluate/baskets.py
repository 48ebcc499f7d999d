"""`evaluate baskets`: which products are bought together, from a file of order lines."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from maatwerk.cli.evaluate.metrics import machine, peak_memory_mb
from maatwerk.cli.evaluate.read import read_columns
from maatwerk.core.errors import Refused
from maatwerk.decisions.recommend.association import Rules, rules_of

TOP = 20
SURE = 0.01

COLUMNS = {
    "order": ("InvoiceNo", "order_id", "invoice", "basket"),
    "item": ("StockCode", "sku", "item_id", "item", "product_id"),
    "quantity": ("Quantity", "qty"),
}


class Lines(NamedTuple):
    """Order lines, numbered; returns and repeated invoices are out."""

    basket: list[int]
    item: list[int]
    names: list[str]
    quantity: dict[str, float]
    returns: int
    repeated: int
    """Lines of invoices that were written whole more than once."""


def baskets(
    lines: Path,
    predictions: Path | None = None,
    *,
    least: int = 10,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Support, confidence, lift and significance of every pair in at least ``least`` baskets.

    A basket is an order. An item counts once in it, however many lines it has, and its quantities add up; an
    order whose number begins with ``C`` (or whose quantity is negative) is a return and no basket; lines that
    repeat are lines, unless their order repeats whole. ``predictions`` receives every rule as csv. Raises
    `Refused` for files that cannot be read.
    """
    if least < 1:
        raise Refused("bad_least", f"{least} baskets cannot be asked for", field="least", hint="1 or more")
    say = progress or (lambda _: None)
    say(f"reading {lines.name}")
    begun = perf_counter()
    columns = read_columns(lines, COLUMNS, optional=("quantity",))
    read = sorted_out(columns)
    if not read.basket:
        raise Refused("no_cases", f"{lines.name} holds no basket", hint="write one line an item of an order")
    known = perf_counter()
    rules = rules_of(np.array(read.basket, np.int64), np.array(read.item, np.int64), least)
    done = perf_counter()
    if predictions:
        write(predictions, rules, read.names)
    sure = rules.q < SURE
    return {
        "evaluation": "baskets",
        "lines": len(columns["order"]),
        "baskets": rules.baskets,
        "items": len(read.names),
        "return_lines": read.returns,
        "repeated_lines": read.repeated,
        "quantity": round(sum(read.quantity.values()), 3),
        "least": least,
        "rules": len(rules.item),
        "significant": int(sure.sum()),
        "top": [_wire(rules, read.names, place) for place in np.flatnonzero(sure)[:TOP].tolist()],
        "read_seconds": round(known - begun, 2),
        "rule_seconds": round(done - known, 2),
        "peak_memory_mb": peak_memory_mb(),
        "machine": machine(),
    }


def sorted_out(columns: dict[str, list[str]]) -> Lines:
    """Orders without returns, each of those that repeat whole once."""
    orders, items = columns["order"], columns["item"]
    counts = [float(text or 1) for text in columns.get("quantity") or ["1"] * len(orders)]
    grouped: dict[str, Counter[tuple[str, float]]] = {}
    for order, item, quantity in zip(orders, items, counts, strict=True):
        mine = grouped.get(order)
        if mine is None:
            mine = grouped[order] = Counter()
        mine[item, quantity] += 1
    found = Lines([], [], [], {}, 0, 0)
    numbers: dict[str, int] = {}
    returns = repeated = number = 0
    for order, mine in grouped.items():
        times = min(mine.values())
        whole = times if times > 1 and all(each % times == 0 for each in mine.values()) else 1
        repeated += sum(mine.values()) - sum(mine.values()) // whole
        bought = {item for item, quantity in mine if quantity > 0}
        returns += sum(each for (_, quantity), each in mine.items() if quantity <= 0 or order[:1] in "Cc")
        if not bought or order[:1] in "Cc":
            continue
        for item in sorted(bought):
            found.basket.append(number)
            found.item.append(numbers.setdefault(item, len(numbers)))
        for (item, quantity), each in mine.items():
            if quantity > 0:
                found.quantity[item] = found.quantity.get(item, 0.0) + quantity * (each // whole)
        number += 1
    return found._replace(names=list(numbers), returns=returns, repeated=repeated)


def write(path: Path, rules: Rules, names: list[str]) -> None:
    """Every rule as csv, the highest lift first."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("item", "with", "baskets", "support", "confidence", "lift", "p", "q"))
        for place in range(len(rules.item)):
            out.writerow(_wire(rules, names, place).values())


def _wire(rules: Rules, names: list[str], place: int) -> dict[str, Any]:
    return {
        "item": names[rules.item[place]],
        "with": names[rules.other[place]],
        "baskets": int(rules.shared[place]),
        "support": float(rules.support[place]),
        "confidence": float(rules.confidence[place]),
        "lift": float(rules.lift[place]),
        "p": float(rules.p[place]),
        "q": float(rules.q[place]),
    }
