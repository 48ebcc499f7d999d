"""Price a cart: decode what the shop sent, find the shopper, evaluate, and write the answer.

The middle is pure (`maatwerk.decisions.offers.evaluate`); here is what it is told: the catalog's prices and
products, her audiences, what her codes are, and what is left of budgets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import decimal_text, parse_currency, parse_minor
from maatwerk.decisions.offers.book import OfferBook
from maatwerk.decisions.offers.cart import Occasion
from maatwerk.decisions.offers.evaluate import Evaluated, evaluate, nudge_text
from maatwerk.decisions.offers.parse import PERCENT_UNIT
from maatwerk.decisions.offers.prices import price_of
from maatwerk.decisions.offers.say import because
from maatwerk.flows.asking import Somebody, somebody
from maatwerk.flows.claim import codes_of, hold, names_of, standing, until_text, wants_of
from maatwerk.flows.decide import Ask, Deciding
from maatwerk.flows.mint import Minting
from maatwerk.flows.read_cart import CartAsk, cart_of, destination
from maatwerk.flows.record import Asked
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.profile.folds import orders as order_fold

_TRIES = 3


class Offering:
    """The offers in force in one process."""

    def __init__(self, deciding: Deciding, minting: Minting) -> None:
        self.deciding = deciding
        self.minting = minting

    @property
    def book(self) -> OfferBook:
        """All of them."""
        return self.deciding.offers


def price_cart(offering: Offering, ask: CartAsk, asked: Asked, *, signed: bool) -> dict[str, Any]:
    """The answer of the HTTP contract. Raises `Refused` for what cannot be read, naming the field."""
    found = priced(offering, ask, asked, signed=signed)
    return wire(found, ask, explain=ask.explain)


class Priced(msgspec.Struct, frozen=True):
    """A cart evaluated, and for whom."""

    who: Somebody
    occasion: Occasion
    evaluated: Evaluated
    names: frozenset[str] = frozenset()


def priced(offering: Offering, ask: CartAsk, asked: Asked, *, signed: bool) -> Priced:
    """The cart evaluated as it stands."""
    deciding, book = offering.deciding, offering.book
    now = deciding.recording.clock()
    deciding.knowledge.refresh(now)
    book = offering.book
    who = somebody(deciding, _asking(ask), asked, now, signed=signed)
    store = ask.context.store
    catalog = deciding.knowledge.catalogs.of(store)
    currency = ask.cart.currency or ask.context.currency or deciding.recording.currency
    currency = parse_currency(currency, "cart.currency")
    audiences: frozenset[str] = frozenset()
    if who.personal and book.audiences:
        audiences = frozenset(deciding.belonging.of(deciding.store, who.shopper, now, book.audiences))
    occasion = Occasion(
        now=now,
        currency=currency,
        audiences=audiences,
        channel=ask.context.channel,
        store=store,
        around=_around(ask, asked, who, currency),
    )
    cart = cart_of(
        ask, catalog, currency, now, lambda sku, data: price_of(book, catalog, sku, now, audiences, data)
    )
    minting, names = offering.minting, names_of(ask.anonymous_id, ask.user_id, who.shopper.profile_id)
    if cart.codes:
        known = codes_of(minting, book, cart.codes, names, now, ask.cart.id)
        cart = replace(cart, codes=known)
    asked_for = [
        *book.candidates(cart, occasion),
        *(each for code in cart.codes for each in book.opened_by(code)),
    ]
    occasion = occasion._replace(standing=standing(minting, asked_for, names, now, ask.cart.id))
    found = evaluate(cart, occasion, book, lambda sku: _price_of(catalog, sku, now))
    return Priced(who, occasion, found, names)


def reserve_cart(offering: Offering, ask: CartAsk, asked: Asked, *, signed: bool) -> dict[str, Any]:
    """The price of a cart, kept for it: its codes, uses and budgets are nobody else's for a while.

    Raises `Refused` for a cart without an id, and (409) where others were faster every time.
    """
    if not ask.cart.id:
        raise Refused("id_missing", "a cart that is reserved needs an id", field="cart.id")
    for _ in range(_TRIES):
        found = priced(offering, ask, asked, signed=signed)
        given = {each.eligible.offer.key: each.amount for each in found.evaluated.combined.given}
        wants = wants_of(offering.minting, offering.book, given, found.evaluated.cart, found.names)
        minutes = offering.book.policy.hold_minutes
        if not hold(offering.minting, ask.cart.id, wants, found.names, minutes).refused:
            answer = wire(found, ask, explain=ask.explain)
            return {**answer, "reserved_until": until_text(offering.minting, minutes) if wants else None}
    raise Refused(
        "others_were_faster", "what the cart rests on was taken meanwhile", field="cart",
        hint="price it again", status=409,
    )  # fmt: skip


def _price_of(catalog: Catalog, sku: str, now: int) -> int:
    product = catalog.find(sku)
    return (product.price_at(now) or 0) if product else 0


def _asking(ask: CartAsk) -> Ask:
    """The same person, as decisions are asked by."""
    return Ask(ask.anonymous_id, ask.user_id, ask.user_signature, ask.session_id, context=ask.context)


def _around(ask: CartAsk, asked: Asked, who: Somebody, currency: str) -> dict[str, Any]:
    """What conditions read besides the cart; what was not told is left out."""
    context, where = ask.context, destination(ask)
    pay = ask.cart.payment or context.payment
    shipping: dict[str, Any] = {
        name: value for name in ("country", "region", "postcode", "method") if (value := getattr(where, name))
    }
    if where.cost is not None:
        shipping["cost"] = float(
            decimal_text(parse_minor(where.cost, currency, "cart.shipping.cost"), currency)
        )
    shopper: dict[str, Any] = {"known": who.personal}
    if who.personal:
        shopper |= {
            "customer": bool(who.shopper.user_id),
            "orders": order_fold.reckoned(who.shopper.orders)[0],
        }
    if ask.customer_group and asked.proven:
        shopper["group"] = ask.customer_group
    told = {name: getattr(context, name) for name in ("channel", "store", "device", "locale", "country")}
    return {
        **{name: value for name, value in told.items() if value},
        "shipping": shipping,
        "payment": {"method": pay.method} if pay and pay.method else {},
        "shopper": shopper,
    }


def wire(found: Priced, ask: CartAsk, *, explain: bool = False) -> dict[str, Any]:
    """The answer as the HTTP contract writes it; amounts are decimal strings in the cart's currency."""
    evaluated, currency = found.evaluated, found.occasion.currency
    sums = evaluated.totals
    answer: dict[str, Any] = {
        "cart_id": ask.cart.id,
        "currency": currency,
        "adjustments": _adjustments(evaluated, currency),
        "items": _items(evaluated, currency),
        "totals": {
            "subtotal": decimal_text(sums.subtotal, currency),
            "discount": decimal_text(sums.discount, currency),
            "shipping": decimal_text(sums.shipping, currency),
            "tax": None if sums.tax is None else decimal_text(sums.tax, currency),
            "tax_included": sums.included,
            "total": decimal_text(sums.total, currency),
        },
        "codes": [
            {"code": each.code.text, "accepted": each.accepted, "reason": each.reason}
            for each in evaluated.codes
        ],
        "messages": [
            {
                "rule": nudge.offer.key,
                "missing": decimal_text(nudge.missing, currency),
                "text": nudge_text(nudge, currency),
            }
            for nudge in evaluated.nudges
        ],
    }
    if explain:
        answer["not_given"] = [{"rule": each.offer.key, "reason": each.why} for each in evaluated.unlike]
        answer["rules"] = {
            each.eligible.offer.key: each.eligible.offer.version for each in evaluated.combined.given
        }
        answer["every_combination_weighed"] = evaluated.combined.whole_search
    return answer


def _adjustments(evaluated: Evaluated, currency: str) -> list[dict[str, Any]]:
    lines = evaluated.cart.lines
    found: list[dict[str, Any]] = []
    for given in evaluated.combined.given:
        offer, reason = given.eligible.offer, because(given, len(lines))
        said = {"rule": offer.key, "reason": reason}
        if given.gift and not given.takes:
            found.append({**said, "target": "cart", "amount": decimal_text(0, currency),
                          "gift": {"sku": given.gift, "quantity": 1}})  # fmt: skip
        elif offer.said.give == "free_shipping":
            found.append({**said, "target": "shipping", "amount": decimal_text(given.shipping, currency)})
        elif given.whole and not given.gift:
            found.append({**said, "target": "cart", "amount": decimal_text(given.amount, currency)})
        else:
            by_place = sorted((lines[number].place, amount) for number, amount in given.takes.items())
            found += [
                {**said, "target": f"item:{place}", "amount": decimal_text(amount, currency)}
                for place, amount in by_place
            ]
    return found


def _items(evaluated: Evaluated, currency: str) -> list[dict[str, Any]]:
    """Each line after every discount, those on the cart as one shared out over it."""
    rows = []
    for number, line in enumerate(evaluated.cart.lines):
        left = evaluated.combined.left[number]
        row = {
            "sku": line.sku,
            "quantity": float(line.quantity) if number in evaluated.cart.uneven else int(line.quantity),
            "price": decimal_text(line.unit, currency),
            "subtotal": decimal_text(line.total, currency),
            "discount": decimal_text(line.total - left, currency),
            "total": decimal_text(left, currency),
        }
        if line.reduced_by:
            row["offer"] = line.reduced_by
        if line.tax is not None:
            row["tax_rate"] = line.tax / PERCENT_UNIT
        rows.append((line.place, row))
    return [row for _, row in sorted(rows, key=lambda each: each[0])]
