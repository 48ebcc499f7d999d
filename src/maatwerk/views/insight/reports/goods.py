"""Products, what is bought together, and coupons."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom, t

from maatwerk.core.time import DAY
from maatwerk.views.insight.reports.words import Column, Kind, Report, Situation, Table, percent, ratio
from maatwerk.views.insight.sql import text as sql_text

LOW_DAYS = 14
"""A product that will be sold out sooner is called out."""
LEAST_TOGETHER = 3
FALSE_SHARE = 0.05
"""Of the pairs that are shown so many may be chance (Benjamini and Hochberg, 1995)."""
_SHOWN = 200


def _products(situation: Situation) -> Report:
    rows = situation.tables.ask(sql_text("products"), {"since": situation.since, "until": situation.now})
    lines = [_product(situation, row) for row in rows]
    soon = sum(1 for line in lines if line[-1] is not None and line[-1] < LOW_DAYS)
    sold = [line for line in lines if line[6]]
    title = (
        f"{sold[0][1]} sells best; {soon} product{'' if soon == 1 else 's'} will be sold out "
        f"within {LOW_DAYS} days"
        if sold
        else "Nothing was sold in this period"
    )
    return Report(
        title,
        (_performance(lines), _sensitivity(situation)),
        (
            "A variant stands for its product. Amounts are at the line's price, before discounts "
            "on the order.",
        ),
    )


def _product(situation: Situation, row: dict[str, Any]) -> tuple[Any, ...]:
    stock = stock_of(situation, row["product"])
    return (
        row["product"],
        situation.name_of(row["product"]),
        row["views"],
        row["adds"],
        ratio(row["adds"], row["views"]),
        row["orders"],
        row["pieces"],
        row["amount_minor"],
        ratio(row["returned"], row["pieces"]),
        stock,
        stock / row["pace"] if stock is not None and row["pace"] else None,
    )


def stock_of(situation: Situation, sku: str) -> int | None:
    """Pieces of a product and its variants; None where it is not counted or not known."""
    catalog = situation.catalog
    product = catalog.find(sku)
    if product is None:
        return None
    variants = [catalog.product(each).stock for each in catalog.variants(catalog.row(sku))]
    stocks = variants or [product.stock]
    return None if None in stocks else sum(each or 0 for each in stocks)


def _performance(lines: list[tuple[Any, ...]]) -> Table:
    return Table(
        "products",
        "How each product does",
        (
            Column("sku", "SKU"),
            Column("name", "Product"),
            Column("views", "Views", "count"),
            Column("adds", "Into carts", "count"),
            Column("add_rate", "Carts a view", "share"),
            Column("orders", "Orders", "count"),
            Column("pieces", "Pieces", "number"),
            Column("revenue", "Revenue", "money", drawn="bar"),
            Column("returned", "Returned", "share", "Pieces that a refund of the order names."),
            Column("stock", "In stock", "count"),
            Column("cover", "Stock lasts, days", "number", "At the pace of the last 28 days."),
        ),
        lines,
        ("products", "sold", "shelf"),
        note="The 500 that brought most.",
    )


def elasticity(
    prices: NDArray[np.float64], rates: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, float, float] | None:
    """Slope of log rate on log price by weighted least squares, with its 95 % interval; None where it is
    not told.

    −1.5: one percent dearer, one and a half percent fewer.
    """
    if len(prices) < 3 or (rates <= 0).any() or (prices <= 0).any():
        return None
    x, y, w = np.log(prices), np.log(rates), weights / weights.sum()
    centered = x - (w * x).sum()
    spread = float((w * centered**2).sum())
    if spread < 1e-6:
        return None
    slope = float((w * centered * y).sum()) / spread
    rest = y - (w * y).sum() - slope * centered
    freedom = len(prices) - 2
    error = math.sqrt(float((w * rest**2).sum()) / freedom / spread)
    reach = float(t.ppf(0.975, freedom)) * error
    return slope, slope - reach, slope + reach


def _sensitivity(situation: Situation) -> Table:
    by_product: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in situation.tables.ask(sql_text("prices"), {"until": situation.now}):
        by_product[row["product"]].append(row)
    rows = []
    for sku, levels in by_product.items():
        prices = np.array([row["price_minor"] for row in levels], np.float64)
        days = np.array([row["days"] for row in levels], np.float64)
        pieces = np.array([row["pieces"] for row in levels], np.float64)
        views = np.array([row["views"] for row in levels], np.float64)
        seen = bool((views > 0).all())
        found = elasticity(prices, pieces / (views if seen else days), days)
        if found is not None:
            slope, low, high = found
            word = (
                "not told"
                if low < 0 < high
                else "sensitive"
                if high < -1
                else "somewhat"
                if slope < 0
                else "odd"
            )
            rows.append(
                (
                    sku,
                    situation.name_of(sku),
                    len(levels),
                    prices.min(),
                    prices.max(),
                    low,
                    slope,
                    high,
                    word,
                )
            )
    return Table(
        "sensitivity",
        "Price sensitivity, from the prices that were really asked",
        (
            Column("sku", "SKU"),
            Column("name", "Product"),
            Column("prices", "Prices seen", "count"),
            Column("lowest", "Lowest", "money"),
            Column("highest", "Highest", "money"),
            Column("low", "Elasticity at least", "number"),
            Column(
                "elasticity",
                "Elasticity",
                "number",
                "Percent of pieces a view (or day) for a percent of price.",
            ),
            Column("high", "Elasticity at most", "number"),
            Column("verdict", "Verdict"),
        ),
        rows,
        ("prices",),
        note="Prices are not changed by chance (sales come with seasons), so this is a hint: an "
        "experiment tells. "
        "Products sold at three prices or more, on two days each, 30 pieces in all, in a year.",
    )


def adjusted(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """P-values adjusted for how many there are, so that a bound on them bounds the share of false ones."""
    order = np.argsort(p)[::-1]
    ranked = p[order] * len(p) / np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.minimum.accumulate(ranked), 1.0)
    return found


def _baskets(situation: Situation) -> Report:
    given = {"since": situation.since, "until": situation.now, "least": LEAST_TOGETHER}
    rows = situation.tables.ask(sql_text("baskets"), given)
    together, one, other, whole = (
        np.array([row[key] for row in rows], np.int64)
        for key in ("together", "first_orders", "second_orders", "all_orders")
    )
    p = adjusted(hypergeom.sf(together - 1, whole, one, other)) if rows else np.array([])
    pairs = []
    for place, row in enumerate(rows):
        lift = row["together"] * row["all_orders"] / (row["first_orders"] * row["second_orders"])
        if p[place] <= FALSE_SHARE and lift > 1:
            pairs.append(
                (
                    situation.name_of(row["first"]),
                    situation.name_of(row["second"]),
                    row["together"],
                    row["together"] / row["all_orders"],
                    row["together"] / row["first_orders"],
                    row["together"] / row["second_orders"],
                    lift,
                    float(p[place]),
                    row["first"],
                    row["second"],
                )
            )
    pairs.sort(key=lambda pair: (-pair[2] * math.log(pair[6]), pair[0], pair[1]))
    orders = rows[0]["all_orders"] if rows else 0
    title = (
        f"{pairs[0][0]} and {pairs[0][1]} are bought together {pairs[0][6]:.1f} times as often as by chance"
        if pairs
        else "No pair is bought together more often than by chance, as far as these orders tell"
    )
    table = Table(
        "pairs",
        "Bundles worth making",
        (
            Column("first", "Product"),
            Column("second", "With"),
            Column("together", "Orders with both", "count", drawn="bar"),
            Column("support", "Support", "share", "Of all orders, those with both."),
            Column(
                "confidence", "Confidence", "share", "Of the orders with the first, those with the second."
            ),
            Column("back", "The other way", "share"),
            Column(
                "lift",
                "Lift",
                "number",
                "How many times as often as if they had nothing to do with each other.",
            ),
            Column("p", "p, adjusted", "number", "Hypergeometric test, adjusted for the number of pairs."),
            Column("first_sku", "SKU"),
            Column("second_sku", "SKU of the other"),
        ),
        pairs[:_SHOWN],
        ("baskets",),
        note=f"From {orders:,} orders. Of the pairs shown at most {FALSE_SHARE:.0%} are expected "
        f"to be chance.",
    )
    return Report(title, (table,))


def _coupons(situation: Situation) -> Report:
    given = {"since": max(situation.since, situation.now - 400 * DAY), "until": situation.now}
    rows = situation.tables.ask(sql_text("coupons"), given)
    orders = sum(row["orders"] for row in rows)
    off = sum(row["discount_minor"] for row in rows)
    discounted = sum(row["orders"] for row in rows if row["discounted"])
    usual = sum(row["usual"] for row in rows if row["discounted"])
    title = (
        f"{percent(ratio(discounted, orders), 0)} of orders had a discount, {situation.amount(off)} in all; "
        f"{percent(ratio(usual, discounted), 0)} of these customers had bought without one shortly before"
        if discounted
        else "No order had a discount in this period"
    )
    table = Table(
        "coupons",
        "By coupon",
        (
            Column("coupon", "Coupon"),
            Column("orders", "Orders", "count", drawn="bar"),
            Column("customers", "Customers", "count"),
            Column("first_orders", "First orders", "share"),
            Column("revenue", "Revenue", "money"),
            Column("order_value", "An order", "money"),
            Column("discount", "Given away", "money"),
            Column(
                "usual",
                "Had bought without",
                "share",
                "Customers with an order without any discount in the 180 days before: they may "
                "well have bought anyway.",
            ),
            Column("anyway", "Given to those", "money", "The discount's part that went to them."),
        ),
        [
            (
                row["coupon"] or ("a discount without a code" if row["discounted"] else "none"),
                row["orders"],
                row["customers"],
                ratio(row["first_orders"], row["orders"]),
                row["paid_minor"],
                ratio(row["paid_minor"], row["orders"]),
                row["discount_minor"],
                ratio(row["usual"], row["orders"]),
                row["discount_minor"] * row["usual"] / row["orders"],
            )
            for row in rows
        ],
        ("coupons",),
        note="Who would have bought anyway is never seen. That somebody bought without a "
        "discount not long before is "
        "evidence for it, and no more: only a coupon withheld by chance tells its effect. Make "
        "it an experiment.",
    )
    return Report(title, (table,))


PRODUCTS = Kind("products", "Products", "How does each product do, and how long does it last?", _products)
BASKETS = Kind("baskets", "Baskets", "What goes with what?", _baskets)
COUPONS = Kind("coupons", "Coupons", "What do coupons cost, and who would have bought anyway?", _coupons)
