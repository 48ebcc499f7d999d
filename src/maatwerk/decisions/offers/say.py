"""Offers in words: what one gives, and why one was given or not."""

from __future__ import annotations

from maatwerk.core.money import decimal_text
from maatwerk.decisions.offers.cart import Given
from maatwerk.decisions.offers.parse import PERCENT_UNIT, Ready, ReadyTier


def gives(offer: Ready) -> str:
    """``20 % off``, ``buy 2, get 1 free``."""
    said = offer.said
    match said.give:
        case "percent":
            return f"{percent(offer.percent)} off" + _pieces(offer)
        case "amount_per_item":
            return f"{money(offer.amount, offer.currency)} off each piece" + _pieces(offer)
        case "amount":
            return f"{money(offer.amount, offer.currency)} off"
        case "price":
            return f"now {money(offer.amount, offer.currency)}"
        case "buy_x_get_y":
            free = "free" if offer.off == 100 * PERCENT_UNIT else f"with {percent(offer.off)} off"
            return f"buy {said.buy}, get {said.get} {free}"
        case "cheapest_free":
            return f"the cheapest of every {said.of} is free" if said.of else "the cheapest is free"
        case "free_shipping":
            return "free shipping"
        case "free_gift":
            return f"a free {said.gift}"
        case _:
            return " / ".join(tier(each, offer) for each in offer.tiers)


def tier(each: ReadyTier, offer: Ready) -> str:
    """``10 % off from 100.00 EUR``."""
    off = [percent(each.percent)] if each.percent else []
    off += [money(each.amount, offer.currency)] if each.amount else []
    at = f"{each.at} pieces" if offer.said.by == "quantity" else money(each.at, offer.currency)
    return f"{' and '.join(off) or 'nothing'} off from {at}"


def because(given: Given, lines: int) -> str:
    """Why an offer was given: its name, what it gives, on how much of the cart, and by which code."""
    offer = given.eligible.offer
    text = f"{offer.title}: {gives(offer)}"
    on = len(given.takes)
    if on and not given.whole and on < lines:
        text += f", on {on} of {lines} lines"
    return f"{text}, with the code {given.eligible.code}" if given.eligible.code else text


def percent(value: int) -> str:
    """``12.5 %``."""
    return f"{value / PERCENT_UNIT:g} %"


def money(minor: int, currency: str) -> str:
    """``59.00 EUR``."""
    return f"{decimal_text(minor, currency)} {currency}"


def _pieces(offer: Ready) -> str:
    return f", at most {offer.said.pieces} pieces" if offer.said.pieces else ""
