"""How the simulated shop's shoppers take a discount: the truth that a policy on offers is held against.

Every shopper has a kind that the shop does not see. It sees how often she bought and how full her bag is,
which tell of it, but not for certain.
"""

from __future__ import annotations

from typing import NamedTuple

from maatwerk.core.chance import die

MARGIN = 0.4
"""The shop's share of a price, before a discount."""

_KINDS = (
    # share, chance to buy: with nothing, with 10 % off, with free delivery (4.95)
    ("loyal", 0.25, 0.42, 0.44, 0.43),
    ("careful", 0.35, 0.06, 0.22, 0.10),
    ("browsing", 0.40, 0.02, 0.03, 0.04),
)


class Visit(NamedTuple):
    """One shopper in front of her bag: what the shop sees of her, and what her bag is worth."""

    cell: str
    bag: float
    kind: int
    point: float

    def margin(self, offer: str) -> float:
        """What the shop earns of her when it shows this: nothing where she does not buy."""
        _, _, plain, tenth, delivery = _KINDS[self.kind]
        chance = {"": plain, "tenth-off": tenth, "free-delivery": delivery}[offer]
        if self.point >= chance:
            return 0.0
        cost = {"": 0.0, "tenth-off": 0.1 * self.bag, "free-delivery": 4.95}[offer]
        return MARGIN * self.bag - cost


def visit(seed: str, number: int) -> Visit:
    """The n-th visit of a simulation; the same shopper whatever she is shown, so that policies compare."""
    point, kind = die(f"{seed}|kind", number), 0
    for place, each in enumerate(_KINDS):
        kind = place
        point -= each[1]
        if point < 0:
            break
    told = die(f"{seed}|told", number) < 0.8  # what the shop sees is right four times in five
    seen = kind if told else int(3 * die(f"{seed}|seen", number))
    cell = ("bought often", "full bag", "just looking")[seen]
    return Visit(cell, 30 + 90 * die(f"{seed}|bag", number), kind, die(f"{seed}|buys", number))
