"""What a cart costs in the end, and the tax in it.

Tax is reckoned once for each rate, on what is paid after discounts, and rounded half up: that is what an
invoice states, and it does not depend on how the lines were cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from maatwerk.decisions.offers.cart import Cart
from maatwerk.decisions.offers.parse import PERCENT_UNIT
from maatwerk.decisions.offers.words import Tax

_WHOLE = 100 * PERCENT_UNIT


class Totals(NamedTuple):
    """Minor units. ``discount`` is off the goods, ``shipping`` what is left of it; ``tax`` None: some rate is
    not known. ``included``: tax is in the other amounts, else it is on top, and in ``total`` alone."""

    subtotal: int
    discount: int
    shipping: int
    tax: int | None
    total: int
    included: bool


def totals(cart: Cart, left: Sequence[int], shipping: int, tax: Tax, rate: int | None) -> Totals:
    """The sums. ``rate`` is of shipping and of lines which state none (`PERCENT_UNIT`; None: unknown)."""
    subtotal = sum(line.total for line in cart.lines)
    goods = sum(left)
    by_rate: dict[int, int] = {}
    known = True
    for amount, own in (*((left[n], line.tax) for n, line in enumerate(cart.lines)), (shipping, None)):
        its = rate if own is None else own
        if its is not None:
            by_rate[its] = by_rate.get(its, 0) + amount
        elif amount:
            known = False
    owed = sum(_tax(amount, its, included=tax.included) for its, amount in by_rate.items()) if known else None
    on_top = 0 if tax.included else owed or 0
    return Totals(subtotal, subtotal - goods, shipping, owed, goods + shipping + on_top, tax.included)


def _tax(amount: int, rate: int, *, included: bool) -> int:
    whole = _WHOLE + rate if included else _WHOLE
    return (2 * amount * rate + whole) // (2 * whole)
