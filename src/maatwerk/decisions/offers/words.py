"""The room's words: an offer and the shop's policy on offers, as the merchant writes them."""

from __future__ import annotations

from typing import Literal

import msgspec

KIND = "offer"
POLICY_KIND = "offer_policy"
POOL_KIND = "code_pool"
POLICY_KEY = "shop"

Amount = str | int | float
"""A number or a decimal string, in the offer's currency."""

Give = Literal[
    "percent",
    "amount_per_item",
    "amount",
    "buy_x_get_y",
    "cheapest_free",
    "free_shipping",
    "free_gift",
    "tiers",
    "price",
]


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """From so much on (an amount, or pieces), so much off."""

    at: Amount
    percent: float = 0.0
    amount: Amount = 0


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is given, on which products, to whom, when, and beside which other offers.

    ``on = "cart"`` works on a cart; ``on = "catalog"`` changes prices wherever a product is shown.
    """

    give: Give
    on: Literal["cart", "catalog"] = "cart"
    title: str = ""
    active: bool = True
    # how much
    percent: float = 0.0
    amount: Amount = 0
    currency: str = ""
    """Of amounts; empty: the workspace's. An offer with amounts leaves a cart in another currency alone."""
    buy: int = 0
    get: int = 0
    off: float = 100.0
    """Of the pieces that ``buy_x_get_y`` gives: percent off."""
    of: int = 0
    """``cheapest_free``: the cheapest of every so many pieces; 0: one of the whole cart."""
    times: int = 0
    """``buy_x_get_y``, ``cheapest_free``: at most so often in a cart; 0: as often as it fits."""
    pieces: int = 0
    """``percent``, ``amount_per_item``: at most so many pieces, the cheapest; 0: all."""
    most: Amount = 0
    """At most so much in one cart; 0: no such bound."""
    gift: str = ""
    tiers: tuple[Tier, ...] = ()
    by: Literal["subtotal", "quantity"] = "subtotal"
    """What tiers are reached by, of the products the offer is on."""
    # on what, to whom, when
    items: str = ""
    """Condition on a product: which lines it is on; empty: all."""
    get_items: str = ""
    """``buy_x_get_y``: which pieces are given; empty: those of ``items``."""
    categories: tuple[str, ...] = ()
    """Only products in these categories or below; a code of such an offer is shown on their pages."""
    when: str = ""
    """Condition on the cart and its circumstances."""
    audience: str = ""
    channels: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    arm: str = ""
    """``EXPERIMENT/VARIANT``: only for whoever is in that variant."""
    from_: str = msgspec.field(default="", name="from")
    until: str = ""
    # codes
    codes: tuple[str, ...] = ()
    """Shared codes; with these or ``pools`` the offer needs one of them."""
    pools: tuple[str, ...] = ()
    """Pools of minted codes."""
    # beside others
    priority: int = 100
    exclusive: bool = False
    """Alone, or not at all."""
    group: str = ""
    """Of one group at most one offer is given."""
    stop: bool = False
    """Nothing of lower priority is given after it."""
    on_reduced: bool = False
    """Also on products whose price a catalog offer has reduced for her already."""
    # how often
    budget: Amount = 0
    uses: int = 0
    uses_per_customer: int = 0
    # as a next best offer
    value: float = 0.0
    """``ranking = "formula"`` of a slot weighs it; see `maatwerk.decisions.offers.rank`."""
    text: str = ""
    """What a shopper reads where the offer is shown; empty: its title."""
    url: str = ""


class Tax(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``rate`` in percent of products that state none of their own; ``included``: in the prices."""

    rate: float | None = None
    included: bool = True


class OfferPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What holds for all offers of a shop; rule ``offer_policy``, key ``shop``."""

    choose: Literal["best", "priority"] = "best"
    """Of offers that exclude each other: what is best for the shopper, or by priority."""
    tax: Tax = Tax()
    per_person_prices: bool = False
    """Whether a catalog offer may be aimed at an audience that rests on predictions or affinities: such a
    price is one person's, and a shop has to say so where it shows it."""
    hold_minutes: int = 30
    """How long a cart keeps what was reserved for it."""


class CodePool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Codes that are minted one by one, by journeys and over HTTP; an offer names the pool in ``pools``."""

    title: str = ""
    prefix: str = ""
    uses: int = 1
    """How often one code may be used; 0: without end."""
    days: int = 0
    """How long a code is good for; 0: for ever."""
    budget: Amount = 0
    """Of all its codes together, in the workspace's currency."""
    personal: bool = True
    """Whether a code that is minted for somebody is good for her alone."""
