"""What a cart costs under the offers in force: pure, so that the same cart gets the same answer.

candidates -> what each asks for -> which go together -> what is left of each line -> reasons
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from maatwerk.core.money import decimal_text, digits_of
from maatwerk.decisions.offers.asks import Ask, priced
from maatwerk.decisions.offers.book import OfferBook, number_of
from maatwerk.decisions.offers.cart import (
    Cart,
    Code,
    Eligible,
    Given,
    Occasion,
    Standing,
    Unlike,
)
from maatwerk.decisions.offers.combine import Combined, combine
from maatwerk.decisions.offers.give import give, reached
from maatwerk.decisions.offers.parse import PERCENT_UNIT, Ready
from maatwerk.decisions.offers.say import gives, money, percent
from maatwerk.decisions.offers.totals import Totals, totals

NOT_HERS = "it is not for this shopper"
UNKNOWN_CODE = "this code is not known, or was used"
TWICE = "a code of the same offer is in the cart already"


class Answered(NamedTuple):
    """A code, whether it counts, and why it does or does not."""

    code: Code
    accepted: bool
    reason: str


class Nudge(NamedTuple):
    """So much more (minor units), and an offer is given."""

    offer: Ready
    missing: int
    text: str


class Evaluated(NamedTuple):
    """A cart's answer. ``unlike`` are offers that were looked at and not given, with the reason."""

    cart: Cart
    combined: Combined
    totals: Totals
    codes: tuple[Answered, ...]
    unlike: tuple[Unlike, ...]
    nudges: tuple[Nudge, ...]


def evaluate(
    cart: Cart, occasion: Occasion, book: OfferBook, value_of: Callable[[str], int] = lambda sku: 0
) -> Evaluated:
    """The answer. ``value_of(sku)`` is what a gift would cost, for the choice of what is best."""
    reading = _Reading(cart, occasion)
    eligible: dict[str, Eligible] = {}
    unlike: dict[str, Unlike] = {}
    for offer in book.candidates(cart, occasion):
        _sort(reading.ask(offer), eligible, unlike)
    opened = _opened(cart, book, reading, eligible, unlike)
    combined = combine(eligible.values(), cart, book.policy.choose, lambda given: _worth(given, value_of))
    for key, why in combined.beaten.items():
        unlike[key] = Unlike(eligible[key].offer, why)
    return Evaluated(
        cart,
        combined,
        totals(cart, combined.left, combined.shipping, book.policy.tax, rate_of(book.policy.tax.rate)),
        _answered(cart, opened, combined, unlike),
        tuple(unlike[key] for key in sorted(unlike)),
        _nudges(cart, occasion, book, reading, combined),
    )


def rate_of(value: float | None) -> int | None:
    """A rate in percent, as totals reckon with it."""
    return None if value is None else round(value * PERCENT_UNIT)


def _worth(given: Given, value_of: Callable[[str], int]) -> int:
    return given.amount + (value_of(given.gift) if given.gift and not given.takes else 0)


def _sort(found: Eligible | Unlike, eligible: dict[str, Eligible], unlike: dict[str, Unlike]) -> None:
    if isinstance(found, Eligible):
        eligible[found.offer.key] = found
    else:
        unlike[found.offer.key] = found


def _opened(
    cart: Cart,
    book: OfferBook,
    reading: _Reading,
    eligible: dict[str, Eligible],
    unlike: dict[str, Unlike],
) -> dict[Code, tuple[str, ...] | str]:
    """By code the keys of offers it opened, or why it opened none."""
    found: dict[Code, tuple[str, ...] | str] = {}
    used: set[str] = set()
    for code in sorted(cart.codes, key=lambda each: (each.plain, each.text)):
        offers = book.opened_by(code)
        if code.problem or not offers:
            found[code] = code.problem or UNKNOWN_CODE
            continue
        fresh = [offer for offer in offers if offer.key not in used]
        if not fresh:
            found[code] = TWICE
            continue
        for offer in fresh:
            used.add(offer.key)
            _sort(reading.ask(offer, code.text), eligible, unlike)
        found[code] = tuple(offer.key for offer in fresh)
    return found


def _answered(
    cart: Cart,
    opened: Mapping[Code, tuple[str, ...] | str],
    combined: Combined,
    unlike: Mapping[str, Unlike],
) -> tuple[Answered, ...]:
    given = {each.eligible.offer.key: each for each in combined.given}
    answers = []
    for code in cart.codes:
        keys = opened[code]
        if isinstance(keys, str):
            answers.append(Answered(code, False, keys))
            continue
        good = [given[key] for key in keys if key in given]
        if good:
            offer = good[0].eligible.offer
            answers.append(Answered(code, True, f"{offer.title}: {gives(offer)}"))
        else:
            answers.append(Answered(code, False, next(unlike[key].why for key in keys if key in unlike)))
    return tuple(answers)


class _Reading:
    """One cart as conditions read it; made once for all offers, and each part of a condition asked once.

    Sets of lines are numbers whose bits are lines.
    """

    def __init__(self, cart: Cart, occasion: Occasion) -> None:
        self.cart, self.occasion = cart, occasion
        self.unit = 10 ** digits_of(occasion.currency)
        self.items = [priced(line.data, line.unit / self.unit, float(line.quantity)) for line in cart.lines]
        self._told: dict[str, int] = {}
        self._plain = sum(1 << number for number, line in enumerate(cart.lines) if not line.reduced_by)
        self._every = (1 << len(cart.lines)) - 1
        self._sets: dict[int, tuple[tuple[int, ...], dict[str, Any]]] = {}
        whole: dict[str, Any] = {**self._set(self._every)[1], "skus": [line.sku for line in cart.lines]}
        if cart.weight is not None:
            whole["weight"] = cart.weight
        self.data = {**occasion.around, "cart": whole, "items": self.items}

    def ask(self, offer: Ready, code: str = "", *, but: str = "") -> Eligible | Unlike:
        """Whether an offer may be given, and on which lines. ``but``: a part of ``when`` to pass over."""
        occasion = self.occasion
        if why := _elsewhere(offer, occasion):
            return Unlike(offer, why)
        mask = self._lines(offer.items, offer)
        on, sums = self._set(mask)
        if not on and offer.said.give not in ("free_shipping", "free_gift"):
            return Unlike(offer, self._none_of(offer))
        if (offer.items or offer.said.categories) and not on:
            return Unlike(offer, self._none_of(offer))
        data = {**self.data, "matching": sums}
        for part in offer.when:
            if part.text != but and not part.holds(data):
                return self._short(offer, part)
        gets = self._set(self._lines(offer.get_items, offer))[0] if offer.get_items else on
        found = Eligible(offer, on, gets, code)
        return self._within(found, occasion.standing.get(offer.key)) if offer.limited else found

    def _lines(self, items: Sequence[Ask], offer: Ready) -> int:
        mask = self._every if offer.said.on_reduced else self._plain
        if offer.said.categories:
            mask &= self._within_any(offer.said.categories)
        for part in items:
            if not mask:
                break
            mask &= self._holding(part)
        return mask

    def _within_any(self, categories: tuple[str, ...]) -> int:
        mask = 0
        for number, data in enumerate(self.items):
            held = data.get("categories", ())
            if any(path in held for path in categories):
                mask |= 1 << number
        return mask

    def _holding(self, part: Ask) -> int:
        mask = self._told.get(part.text)
        if mask is None:
            mask = 0
            for number, data in enumerate(self.items):
                if part.holds(data):
                    mask |= 1 << number
            self._told[part.text] = mask
        return mask

    def _set(self, mask: int) -> tuple[tuple[int, ...], dict[str, Any]]:
        """The lines of a set, and what they come to."""
        found = self._sets.get(mask)
        if found is None:
            numbers = tuple(number for number in range(len(self.items)) if mask >> number & 1)
            sums = {
                "subtotal": sum(self.cart.whole[number] for number in numbers) / self.unit,
                "quantity": sum((self.items[number]["quantity"] for number in numbers), 0.0),
                "lines": len(numbers),
            }
            found = self._sets[mask] = numbers, sums
        return found

    def _none_of(self, offer: Ready) -> str:
        if not offer.said.on_reduced and any(line.reduced_by for line in self.cart.lines):
            return "what it is on has a special price already, and it does not add to that"
        return "nothing in the cart is what it is on"

    def _short(self, offer: Ready, part: Ask) -> Unlike:
        """A part that does not hold, in words a shopper can act on where it is about an amount."""
        needs = part.needs
        if needs is not None and needs.least is not None and needs.field == "cart.subtotal":
            missing = self.missing(needs.least)
            return Unlike(offer, f"{money(missing, self.occasion.currency)} more is needed", missing)
        return Unlike(offer, f"the cart does not meet: {part.text}")

    def missing(self, least: float) -> int:
        """Minor units that are missing of a subtotal."""
        short = least - number_of(self.cart, self.occasion.currency)
        return max(1, int(short * 10 ** digits_of(self.occasion.currency) + 0.5))

    def _within(self, found: Eligible, standing: Standing | None) -> Eligible | Unlike:
        """What is left of its limits; where they cannot be told it is not given."""
        offer = found.offer
        if standing is None:
            return Unlike(offer, "how often it was given cannot be told now")
        if standing.uses is not None and standing.uses <= 0:
            return Unlike(offer, "it has been given as often as it may")
        if standing.hers is not None and standing.hers <= 0:
            return Unlike(offer, "she has had it as often as she may")
        if standing.budget is not None:
            alone = give(found, self.cart, self.cart.whole, self.cart.shipping or 0)
            if (alone.amount if alone else 0) > standing.budget:
                return Unlike(offer, "its budget is used up")
        return found


def _elsewhere(offer: Ready, occasion: Occasion) -> str:
    """Why it is not for here and now; nothing where it is."""
    said = offer.said
    if not said.active:
        return "it is switched off"
    if occasion.now < offer.since:
        return "it has not begun yet"
    if occasion.now >= offer.until:
        return "it is over"
    if offer.has_amounts and offer.currency != occasion.currency:
        return f"it is for carts in {offer.currency}"
    if said.channels and occasion.channel not in said.channels:
        return "it is not for this channel"
    if said.stores and occasion.store not in said.stores:
        return "it is not for this store"
    if said.audience and said.audience not in occasion.audiences:
        return NOT_HERS
    return NOT_HERS if said.arm and said.arm not in occasion.arms else ""


def _nudges(
    cart: Cart, occasion: Occasion, book: OfferBook, reading: _Reading, combined: Combined
) -> tuple[Nudge, ...]:
    """What is in reach: automatic offers that lack nothing but an amount, and the next tier of one given."""
    found = []
    for offer in book.next_up(cart, occasion) if cart.lines else ():
        short = [part for part in offer.when if part.needs and part.needs.field == "cart.subtotal"]
        least = short[0].needs.least if len(short) == 1 and short[0].needs else None
        if least is not None and isinstance(reading.ask(offer, but=short[0].text), Eligible):
            found.append(Nudge(offer, reading.missing(least), gives(offer)))
    for given in combined.given:
        offer = given.eligible.offer
        at = reached(given.eligible, cart)
        following = next((tier for tier in offer.tiers if tier.at > at), None)
        if following is not None and offer.said.by == "subtotal" and following.percent:
            found.append(Nudge(offer, following.at - at, f"{percent(following.percent)} off"))
    return tuple(sorted(found, key=lambda nudge: (nudge.missing, nudge.offer.key)))


def nudge_text(nudge: Nudge, currency: str) -> str:
    """``15.05 EUR more for free shipping``."""
    return f"{decimal_text(nudge.missing, currency)} {currency} more for {nudge.text}"
