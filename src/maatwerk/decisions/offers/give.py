"""How much an offer takes off which lines: whole minor units, never more than is left of a line.

A part of an amount is rounded half up, once for the whole; its cents go to the lines with the largest
remainders, so that the parts add up to it. Pieces of a line differ by at most one minor unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maatwerk.decisions.offers.cart import Cart, Eligible, Given
from maatwerk.decisions.offers.parse import PERCENT_UNIT, Ready

_HUNDRED = 100 * PERCENT_UNIT


Run = tuple[int, int, int]
"""Pieces of one line that cost the same: the price of one, the line, how many."""


def give(eligible: Eligible, cart: Cart, left: Sequence[int], shipping: int) -> Given | None:
    """What an offer gives of what is ``left`` of each line and of ``shipping``; None: nothing."""
    offer = eligible.offer
    if offer.said.give == "free_shipping":
        return Given(eligible, {}, shipping=_bounded(offer, shipping), whole=True)
    if offer.said.give == "free_gift":
        return _gift(eligible, cart, left)
    takes = _takes(eligible, cart, left)
    total = sum(takes.values())
    bounded = _bounded(offer, total)
    if bounded < total:
        takes = shared(bounded, takes)
    takes = {line: amount for line, amount in takes.items() if amount}
    if not takes:
        return None
    return Given(eligible, takes, whole=offer.said.give == "amount")


def _takes(eligible: Eligible, cart: Cart, left: Sequence[int]) -> dict[int, int]:
    offer, on = eligible.offer, eligible.on
    base = {number: left[number] for number in on}
    match offer.said.give:
        case "percent":
            if offer.said.pieces:
                taken = cheapest(runs(cart, left, on), offer.said.pieces)
                base = worth(taken)
            return shared(part(sum(base.values()), offer.percent), base)
        case "amount_per_item":
            taken = runs(cart, left, on)
            if offer.said.pieces:
                taken = cheapest(taken, offer.said.pieces)
            return worth([(min(price, offer.amount), line, pieces) for price, line, pieces in taken])
        case "amount":
            return shared(min(offer.amount, sum(base.values())), base)
        case "buy_x_get_y":
            base = worth(_got(eligible, cart, left))
            return shared(part(sum(base.values()), offer.off), base)
        case "cheapest_free":
            return worth(_cheapest(eligible, cart, left))
        case "tiers":
            return _tier(eligible, cart, base)
        case _:
            return {}


def _cheapest(eligible: Eligible, cart: Cart, left: Sequence[int]) -> list[Run]:
    said = eligible.offer.said
    found = runs(cart, left, eligible.on)
    free = sum(pieces for _, _, pieces in found) // said.of if said.of else 1
    return cheapest(found, min(free, said.times) if said.times else free)


def _got(eligible: Eligible, cart: Cart, left: Sequence[int]) -> list[Run]:
    """The cheapest pieces to give, so that those bought for them are there beside them (Hall's condition)."""
    said = eligible.offer.said
    bought, given = set(eligible.on), set(eligible.gets)
    buys, gets, either = (
        sum(cart.pieces[number] for number in numbers) for numbers in (bought, given, bought | given)
    )
    times = min(buys // said.buy, gets // said.get, either // (said.buy + said.get))
    if said.times:
        times = min(times, said.times)
    spare = buys - times * said.buy  # so many of the bought kind may be given away
    taken: list[Run] = []
    wanted = times * said.get
    for price, line, pieces in sorted(runs(cart, left, sorted(given))):
        count = min(pieces, wanted, spare) if line in bought else min(pieces, wanted)
        if count:
            taken.append((price, line, count))
            wanted -= count
            spare -= count if line in bought else 0
    return taken


def reached(eligible: Eligible, cart: Cart) -> int:
    """What tiers are measured by: the value of the lines before discounts, or their pieces."""
    if eligible.offer.said.by == "quantity":
        return sum(cart.pieces[number] for number in eligible.on)
    return sum(cart.whole[number] for number in eligible.on)


def _tier(eligible: Eligible, cart: Cart, base: Mapping[int, int]) -> dict[int, int]:
    at = reached(eligible, cart)
    tier = next((tier for tier in reversed(eligible.offer.tiers) if tier.at <= at), None)
    if tier is None:
        return {}
    whole = sum(base.values())
    return shared(min(whole, part(whole, tier.percent) + tier.amount), base)


def _gift(eligible: Eligible, cart: Cart, left: Sequence[int]) -> Given | None:
    """One piece of the gift: off its line where it is in the cart, else for the shop to add."""
    gift = eligible.offer.said.gift
    held = [number for number, line in enumerate(cart.lines) if line.sku == gift and cart.pieces[number]]
    taken = worth(cheapest(runs(cart, left, held), 1))
    return Given(eligible, {line: amount for line, amount in taken.items() if amount}, gift=gift, whole=True)


def _bounded(offer: Ready, amount: int) -> int:
    return min(amount, offer.most) if offer.most else amount


def part(amount: int, percent: int) -> int:
    """A percentage (in `PERCENT_UNIT`) of minor units, rounded half up."""
    return (2 * amount * percent + _HUNDRED) // (2 * _HUNDRED)


def shared(amount: int, base: Mapping[int, int]) -> dict[int, int]:
    """An amount spread over lines by their weight, by largest remainder; none gets more than its weight
    where the amount is no more than all of them."""
    whole = sum(base.values())
    if whole <= 0 or amount <= 0:
        return {}
    parts = {line: amount * weight // whole for line, weight in base.items()}
    rest = amount - sum(parts.values())
    order = sorted(base, key=lambda line: (-(amount * base[line] % whole), line))
    for line in order[:rest]:
        parts[line] += 1
    return parts


def runs(cart: Cart, left: Sequence[int], on: Sequence[int]) -> list[Run]:
    """The pieces of lines, and what is left of each."""
    found = []
    for number in on:
        pieces = cart.pieces[number]
        if number in cart.uneven:
            if pieces:
                found.append((int(left[number] / cart.lines[number].quantity), number, pieces))
        elif pieces == 1:
            found.append((left[number], number, 1))
        else:
            price, over = divmod(left[number], pieces)
            found.append((price, number, pieces - over))
            if over:
                found.append((price + 1, number, over))
    return found


def cheapest(found: Sequence[Run], count: int) -> list[Run]:
    """So many pieces, the cheapest."""
    taken = []
    for price, line, pieces in sorted(found):
        if count <= 0:
            break
        taken.append((price, line, min(pieces, count)))
        count -= pieces
    return taken


def worth(taken: Sequence[Run]) -> dict[int, int]:
    """What pieces cost, by line."""
    by_line: dict[int, int] = {}
    for price, line, pieces in taken:
        by_line[line] = by_line.get(line, 0) + price * pieces
    return by_line
