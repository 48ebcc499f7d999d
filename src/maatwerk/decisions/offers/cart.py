"""A cart as these functions read it, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from maatwerk.decisions.offers.parse import Ready


class Line(NamedTuple):
    """A line. ``unit`` is what one piece costs and ``total`` what all do, in minor units; ``row`` is the
    product's in the catalog (-1: unknown there); ``reduced_by`` the catalog offer that made its price.
    ``tax`` is its rate in `maatwerk.decisions.offers.parse.PERCENT_UNIT`, None: not stated."""

    place: int
    """Where it stood in what the shop sent."""
    sku: str
    quantity: Decimal
    unit: int
    total: int
    row: int
    data: Mapping[str, Any]
    tax: int | None = None
    reduced_by: str = ""


class Code(NamedTuple):
    """A code as she typed it, and what is known of it: the offers it opens, or why it opens none."""

    text: str
    plain: str
    pools: frozenset[str] = frozenset()
    """Pools of minted codes that it is a redeemable member of."""
    problem: str = ""


class Standing(NamedTuple):
    """What is left of an offer's limits; None: no such limit."""

    budget: int | None = None
    uses: int | None = None
    hers: int | None = None


class Occasion(NamedTuple):
    """For whom, where and when. ``around`` holds what ``when`` reads besides the cart."""

    now: int
    currency: str
    audiences: frozenset[str] = frozenset()
    arms: frozenset[str] = frozenset()
    channel: str = ""
    store: str = "default"
    around: Mapping[str, Any] = {}
    standing: Mapping[str, Standing] = {}


@dataclass(frozen=True)
class Cart:
    """Lines in one order, whatever order they came in; ``shipping`` in minor units, None: not told."""

    lines: tuple[Line, ...]
    shipping: int | None = None
    weight: float | None = None
    codes: tuple[Code, ...] = ()

    @cached_property
    def pieces(self) -> tuple[int, ...]:
        """Whole pieces of each line: only those can be given or counted."""
        return tuple(int(line.quantity) for line in self.lines)

    @cached_property
    def uneven(self) -> frozenset[int]:
        """Lines that are not of whole pieces."""
        return frozenset(n for n, line in enumerate(self.lines) if line.quantity != self.pieces[n])

    @cached_property
    def whole(self) -> tuple[int, ...]:
        """What each line costs before discounts."""
        return tuple(line.total for line in self.lines)


class Eligible(NamedTuple):
    """An offer that may be given: the lines it is on (by number), those it gives, the code that opened it."""

    offer: Ready
    on: tuple[int, ...]
    gets: tuple[int, ...]
    code: str = ""


class Given(NamedTuple):
    """What one offer gives: minor units by line number, and of shipping; or a gift."""

    eligible: Eligible
    takes: Mapping[int, int]
    shipping: int = 0
    gift: str = ""
    whole: bool = False
    """Whether it is on the cart as one, and not on each line for itself."""

    @property
    def amount(self) -> int:
        """All of it."""
        return sum(self.takes.values()) + self.shipping


class Unlike(NamedTuple):
    """An offer that is not given, and why, in words; ``missing``: minor units that would bring it."""

    offer: Ready
    why: str
    missing: int = 0


def in_order(lines: list[Line]) -> tuple[Line, ...]:
    """Lines in the one order that everything is reckoned in, so that nothing depends on theirs."""
    return tuple(sorted(lines, key=lambda line: (line.sku, line.unit, line.total, line.quantity, line.place)))
