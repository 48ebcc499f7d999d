"""`bench cart`: carts of twenty lines under a hundred rules that may match, and more and more that cannot."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from time import perf_counter_ns
from typing import Any

import numpy as np

from maatwerk.cli.evaluate.metrics import machine
from maatwerk.decisions.offers.asks import product_of
from maatwerk.decisions.offers.book import OfferBook
from maatwerk.decisions.offers.cart import Cart, Line, Occasion, in_order
from maatwerk.decisions.offers.evaluate import evaluate
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product

NOW = 1_764_547_200_000
_BRANDS = tuple(f"Brand {number}" for number in range(12))
_TOPS = ("women", "men", "home")
_PRODUCTS = 2_000
_WARM = 100

Document = dict[str, Any]


def bench_cart(
    *, rules: int, lines: int, carts: int, seed: int, say: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Milliseconds of one evaluation; the same carts under 0, 1,000 and 10,000 more rules, turn by turn."""
    random = Random(seed)
    catalog = _catalog(random)
    active = [_active(number, random) for number in range(rules)]
    strange = [_strange(number, random) for number in range(10_000)]
    made = [_cart(catalog, lines, random) for _ in range(carts + _WARM)]
    here = {"shipping": {"country": "NL"}}
    occasion = Occasion(NOW, "EUR", frozenset({"members"}), around=here, channel="web")
    sizes = (0, 1_000, 10_000)
    books = {}
    for size in sizes:
        documents = [("offer", f"r{n}", n + 1, each) for n, each in enumerate([*active, *strange[:size]])]
        books[size] = OfferBook(documents, "EUR")
        assert not books[size].refused, books[size].refused
    say(f"pricing {carts:,} carts of {lines} lines under {rules} rules that may match")
    times: dict[int, list[int]] = {size: [] for size in sizes}
    given: list[int] = []
    for number, cart in enumerate(made):
        for size in sizes[number % 3 :] + sizes[: number % 3]:
            began = perf_counter_ns()
            found = evaluate(cart, occasion, books[size])
            took = perf_counter_ns() - began
            if number >= _WARM:
                times[size].append(took)
                given.append(len(found.combined.given))
    steps = [
        {"rules_that_cannot_match": size, **_percentiles(times[size]),
         "ratio_to_none": round(float(np.median(times[size]) / np.median(times[0])), 3)}
        for size in sizes
    ]  # fmt: skip
    return {
        "bench": "cart", "rules": rules, "lines": lines, "carts": carts,
        "given_median": int(np.median(given)),
        "p99_ms": steps[0]["p99_ms"], "steps": steps, "machine": machine(),
    }  # fmt: skip


def as_text(found: dict[str, Any]) -> str:
    """The same for people."""
    head = f"{found['carts']:,} carts of {found['lines']} lines, {found['rules']} rules that may match"
    rows = [
        f"+ {step['rules_that_cannot_match']:>6,} that cannot: p50 {step['p50_ms']:.2f} ms, "
        f"p99 {step['p99_ms']:.2f} ms, {step['ratio_to_none']:.2f} times the first"
        for step in found["steps"]
    ]
    return "\n".join([head, *rows])


def _percentiles(times: list[int]) -> dict[str, float]:
    return {f"p{q}_ms": round(float(np.percentile(times, q)) / 1e6, 3) for q in (50, 99)}


def _catalog(random: Random) -> Catalog:
    catalog = Catalog()
    for number in range(_PRODUCTS):
        catalog.put(
            Product(
                sku=f"P{number}", name=f"Product {number}", brand=random.choice(_BRANDS), currency="EUR",
                categories=(f"{random.choice(_TOPS)}/{random.randrange(8)}",), stock=5,
                price_minor=random.randrange(500, 20_000),
                attributes={"color": random.choice(["red", "blue"])},
            )
        )  # fmt: skip
    return catalog


def _cart(catalog: Catalog, lines: int, random: Random) -> Cart:
    found = []
    for place, row in enumerate(random.sample(range(_PRODUCTS), lines)):
        data = product_of(catalog, row, NOW)
        unit, quantity = int(catalog.price[row]), random.choice([1, 1, 1, 2, 3])
        found.append(Line(place, data["sku"], Decimal(quantity), unit, unit * quantity, row, data))
    return Cart(in_order(found), 495)


def _active(number: int, random: Random) -> Document:
    """A rule that carts like these may well match: every way of giving, aimed as merchants aim them."""
    gives: list[Document] = [
        {"give": "percent", "percent": random.choice([5, 10, 12.5])},
        {"give": "amount_per_item", "amount": "1.50"},
        {"give": "amount", "amount": 5},
        {"give": "buy_x_get_y", "buy": 2, "get": 1},
        {"give": "cheapest_free", "of": 4},
        {"give": "tiers", "tiers": [{"at": 50, "percent": 2}, {"at": 200, "percent": 4}]},
        {"give": "free_shipping"},
    ]
    aims: list[Document] = [
        {"items": f'brand == "{random.choice(_BRANDS)}"'},
        {"items": f'category == "{random.choice(_TOPS)}" && price > 20'},
        {"categories": [f"{random.choice(_TOPS)}/{random.randrange(8)}"]},
        {"items": 'attributes.color == "red"', "when": f"matching.quantity >= {random.randrange(1, 9)}"},
        {"when": f'cart.subtotal >= {random.randrange(20, 2_000)} && shipping.country == "NL"'},
        {"audience": "members"},
    ]
    beside: list[Document] = [
        {},
        {},
        {"group": f"g{random.randrange(4)}"},
        {"priority": random.randrange(200)},
    ]
    return {**gives[number % len(gives)], **aims[number % len(aims)], **random.choice(beside)}


def _strange(number: int, random: Random) -> Document:
    """A rule that none of these carts can match."""
    aims: list[Document] = [
        {"items": f'brand == "Stranger {number}"'},
        {"categories": [f"elsewhere/{number}"]},
        {"items": f'sku in ["X{number}", "Y{number}"]'},
        {"audience": f"others-{number % 500}"},
        {"when": f"cart.subtotal >= {1_000_000 + number}"},
        {"when": 'shipping.country == "ZA"'},
        {"codes": [f"NEVER{number}"]},
        {"until": "2020-01-01T00:00:00Z"},
    ]
    return {"give": "percent", "percent": 20, **aims[number % len(aims)]}
