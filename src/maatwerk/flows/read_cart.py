"""Read a cart: what the shop sent, in minor units, with what the catalog knows of its products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_minor
from maatwerk.decisions.offers.asks import product_of
from maatwerk.decisions.offers.cart import Cart, Code, Line, in_order
from maatwerk.decisions.offers.evaluate import rate_of
from maatwerk.decisions.offers.parse import plain_code
from maatwerk.decisions.offers.prices import Price
from maatwerk.flows.decide import Circumstances
from maatwerk.views.catalog.columns import Catalog

LINES_MOST = 500
CODES_MOST = 20
_QUANTITY_MOST = 1_000_000
_TOTAL_MOST = 10**15

Number = int | float | str


class Destination(msgspec.Struct, frozen=True):
    """Where the goods go, how, and what that costs before discounts."""

    cost: Number | None = None
    country: str = ""
    region: str = ""
    postcode: str = ""
    method: str = ""


class Payment(msgspec.Struct, frozen=True):
    """How it is paid."""

    method: str = ""


class Item(msgspec.Struct, frozen=True):
    """A line as sent. Without a price it costs what the catalog says; ``tax_rate`` in percent."""

    sku: str
    quantity: Number = 1
    price: Number | None = None
    tax_rate: Number | None = None


class Basket(msgspec.Struct, frozen=True):
    """The cart as the shop sends it."""

    id: str = ""
    items: tuple[Item, ...] = ()
    currency: str = ""
    shipping: Destination | Number | None = None
    payment: Payment | None = None
    weight: float | None = None


class Around(Circumstances, frozen=True):
    """``context`` of a cart."""

    channel: str = ""
    shipping: Destination | Number | None = None
    payment: Payment | None = None


class CartAsk(msgspec.Struct, frozen=True, rename="camel"):
    """A cart to price, as the HTTP contract writes it."""

    cart: Basket
    codes: tuple[str, ...] = ()
    anonymous_id: str = ""
    user_id: str = ""
    user_signature: str = ""
    session_id: str = ""
    write_key: str = ""
    customer_group: str = ""
    """What her terms with the shop are; believed with the secret key alone."""
    context: Around = Around()
    explain: bool = False


PriceOf = Callable[[str, Mapping[str, Any]], Price | None]
"""The price that a catalog offer makes of a SKU, for whoever asks."""


def cart_of(ask: CartAsk, catalog: Catalog, currency: str, now: int, price_of: PriceOf) -> Cart:
    """The cart in minor units, with what the catalog knows of its products."""
    if len(ask.cart.items) > LINES_MOST:
        raise Refused("too_many_items", f"at most {LINES_MOST} lines", field="cart.items", status=413)
    if len(ask.codes) > CODES_MOST:
        raise Refused("too_many_codes", f"at most {CODES_MOST} codes a cart", field="codes")
    lines = [
        _line(item, place, catalog, currency, now, price_of) for place, item in enumerate(ask.cart.items)
    ]
    cost = destination(ask).cost
    shipping = None if cost is None else parse_minor(cost, currency, "cart.shipping.cost")
    if shipping is not None and shipping < 0:
        raise Refused("price_out_of_range", "shipping costs less than nothing", field="cart.shipping.cost")
    codes = tuple(Code(text[:100], plain_code(text)) for text in dict.fromkeys(ask.codes) if text.strip())
    return Cart(in_order(lines), shipping, ask.cart.weight, codes)


def _line(item: Item, place: int, catalog: Catalog, currency: str, now: int, price_of: PriceOf) -> Line:
    field = f"cart.items[{place}]"
    row = catalog.row(item.sku)
    known = row >= 0 and catalog.find(item.sku) is not None
    data: Mapping[str, Any] = product_of(catalog, row, now) if known else {"sku": item.sku}
    special = price_of(item.sku, data) if known else None
    unit = _unit(item, catalog, currency, now, f"{field}.price", special)
    quantity = _quantity(item.quantity, f"{field}.quantity")
    exact = unit * quantity
    total = int((exact * 2 + 1) // 2)  # half up
    if total > _TOTAL_MOST:
        raise Refused("price_out_of_range", "the line costs too much", field=field)
    stated = item.tax_rate if item.tax_rate is not None else data.get("attributes", {}).get("tax_rate")
    rate = _rate(stated, f"{field}.tax_rate")
    # What the shop states is what she pays; it is a special price where it is no higher than ours.
    reduced_by = special.offer if special is not None and unit <= special.minor else ""
    return Line(place, item.sku, quantity, unit, total, row if known else -1, data, rate, reduced_by)


def _unit(item: Item, catalog: Catalog, currency: str, now: int, field: str, special: Price | None) -> int:
    if item.price is not None:
        unit = parse_minor(item.price, currency, field)
        if unit < 0:
            raise Refused("price_out_of_range", "a price is below nothing", field=field)
        return unit
    product = catalog.find(item.sku)
    if product is None or product.currency not in ("", currency):
        raise Refused("price_missing", f"what {item.sku[:60]!r} costs is not known", field=field,
                      hint="state the price of one piece")  # fmt: skip
    price = special.minor if special else product.price_at(now)
    if price is None:
        raise Refused("price_missing", f"{item.sku[:60]!r} has no price in the catalog", field=field,
                      hint="state the price of one piece")  # fmt: skip
    return price


def _quantity(value: Number, field: str) -> Decimal:
    try:
        quantity = Decimal(str(value).strip())
    except ArithmeticError:
        quantity = Decimal("NaN")
    if not quantity.is_finite() or not 0 < quantity <= _QUANTITY_MOST or quantity.as_tuple().exponent < -3:  # type: ignore[operator]
        raise Refused(
            "quantity_not_valid",
            f"{str(value)[:40]!r} is no quantity",
            field=field,
            hint="a number above 0, with at most three decimals",
        )
    return quantity


def _rate(value: Any, field: str) -> int | None:
    if value is None or value == "":
        return None
    try:
        rate = Decimal(str(value))
    except ArithmeticError:
        rate = Decimal("NaN")
    if not rate.is_finite() or not 0 <= rate < 100:
        raise Refused("tax_rate_not_valid", f"{str(value)[:40]!r} is no tax rate", field=field,
                      hint="percent, from 0 to below 100")  # fmt: skip
    return rate_of(float(rate))


def destination(ask: CartAsk) -> Destination:
    """Where it goes, as far as the shop says."""
    said = ask.cart.shipping if ask.cart.shipping is not None else ask.context.shipping
    if isinstance(said, Destination):
        return said
    return Destination(cost=said)
