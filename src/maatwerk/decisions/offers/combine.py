"""Which of the offers that may be given are given together.

They are given one after another, by priority (higher first) and key, each of what the ones before it left. An
``exclusive`` one is given alone; of a ``group`` at most one; after a ``stop`` nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice, product
from math import prod
from typing import Literal, NamedTuple

from maatwerk.decisions.offers.cart import Cart, Eligible, Given
from maatwerk.decisions.offers.give import give

_TRIALS_MOST = 400
"""Offers given on trial in the search for the best: 5 ms hold about 400 on twenty lines."""

Worth = Callable[[Given], int]


class Combined(NamedTuple):
    """What is given, in order; what is left of lines and shipping; why others are not, by key."""

    given: tuple[Given, ...]
    left: tuple[int, ...]
    shipping: int
    beaten: dict[str, str]
    whole_search: bool = True
    """Whether every lawful combination was weighed."""

    def worth(self, of: Worth) -> int:
        """All that is given."""
        return sum(map(of, self.given))


def combine(
    eligible: Iterable[Eligible], cart: Cart, choose: Literal["best", "priority"], worth: Worth
) -> Combined:
    """The combination. ``worth`` says what a given offer is worth to the shopper, in minor units."""
    ordered = sorted(eligible, key=lambda each: (-each.offer.said.priority, each.offer.key))
    if choose == "priority":
        return _by_priority(ordered, cart)
    return _best(ordered, cart, worth)


def _by_priority(ordered: Sequence[Eligible], cart: Cart) -> Combined:
    """The first that comes rules out the others."""
    kept: list[Eligible] = []
    beaten: dict[str, str] = {}
    groups: dict[str, str] = {}
    over = ""
    for each in ordered:
        said, key = each.offer.said, each.offer.key
        if over:
            beaten[key] = over
        elif said.exclusive and kept:
            beaten[key] = f"it does not combine, and {kept[0].offer.title} goes first"
        elif said.group and said.group in groups:
            beaten[key] = f"{groups[said.group]} goes first, and of {said.group} one is given"
        elif give(each, cart, list(cart.whole), cart.shipping or 0) is None:
            beaten[key] = NOTHING
        else:
            kept.append(each)
            if said.group:
                groups[said.group] = each.offer.title
            if said.exclusive or said.stop:
                over = f"{each.offer.title} goes first, and does not combine"
    combined = _given(kept, cart)
    return combined._replace(beaten=combined.beaten | beaten)


NOTHING = "it would take nothing off"
SHIPPED = "shipping is free already"


def _best(ordered: Sequence[Eligible], cart: Cart, worth: Worth) -> Combined:
    """The combination that is worth most; of equals the one with fewer offers, then that found first.

    More offers never make a cart dearer, so that only groups, stops and exclusive ones leave a choice.
    """
    alone = [each for each in ordered if each.offer.said.exclusive]
    open_ = [each for each in ordered if not each.offer.said.exclusive]
    plans = [*_plans(open_, cart, worth), *([each] for each in alone)]
    found = [_given(plan, cart) for plan in plans]
    best = max(found, key=lambda each: (each.worth(worth), -len(each.given)), default=_given([], cart))
    winners = " and ".join(given.eligible.offer.title for given in best.given[:2])
    taken = {given.eligible.offer.key for given in best.given}
    beaten = dict(best.beaten)
    for each in ordered:
        key = each.offer.key
        if key not in taken and key not in beaten:
            beaten[key] = f"{winners} is worth more to her, and they do not combine" if winners else NOTHING
    return best._replace(beaten=beaten, whole_search=_choices(open_) * max(len(open_), 1) <= _TRIALS_MOST)


def _groups(open_: Sequence[Eligible]) -> dict[str, list[Eligible]]:
    groups: dict[str, list[Eligible]] = {}
    for each in open_:
        if each.offer.said.group:
            groups.setdefault(each.offer.said.group, []).append(each)
    return groups


def _stops(open_: Sequence[Eligible]) -> list[Eligible | None]:
    return [None, *(each for each in open_ if each.offer.said.stop)]


def _choices(open_: Sequence[Eligible]) -> int:
    return prod(len(group) for group in _groups(open_).values()) * len(_stops(open_))


def _plans(open_: Sequence[Eligible], cart: Cart, worth: Worth) -> list[list[Eligible]]:
    """Every lawful set that cannot be added to; where they are too many, groups are settled one by one."""
    groups = _groups(open_)
    if _choices(open_) * max(len(open_), 1) <= _TRIALS_MOST:
        picks = [set(_keys(pick)) for pick in product(*groups.values())]
    else:
        picks = [_settled(groups, cart, worth)]
    plans = (_plan(open_, pick, stop) for pick in picks for stop in _stops(open_))
    return list(islice(plans, max(1, _TRIALS_MOST // max(len(open_), 1))))


def _settled(groups: dict[str, list[Eligible]], cart: Cart, worth: Worth) -> set[str]:
    """Of each group what is worth most by itself."""
    best = []
    for group in groups.values():
        alone = [(_given([each], cart).worth(worth), -place) for place, each in enumerate(group)]
        best.append(group[-max(alone)[1]])
    return set(_keys(best))


def _keys(chosen: Iterable[Eligible]) -> list[str]:
    return [each.offer.key for each in chosen]


def _plan(open_: Sequence[Eligible], pick: set[str], stop: Eligible | None) -> list[Eligible]:
    """Those of the pick; of the stopping ones that one alone, and nothing after it."""
    kept = []
    for each in open_:
        said = each.offer.said
        if (not said.group or each.offer.key in pick) and (not said.stop or each is stop):
            kept.append(each)
        if each is stop:
            break
    return kept


def _given(plan: Sequence[Eligible], cart: Cart) -> Combined:
    """Give a plan, one after another."""
    left = list(cart.whole)
    shipping = cart.shipping or 0
    given: list[Given] = []
    beaten: dict[str, str] = {}
    shipped = False
    for each in plan:
        free = each.offer.said.give == "free_shipping"
        found = None if free and shipped else give(each, cart, left, shipping)
        shipped |= free
        if found is None:
            beaten[each.offer.key] = SHIPPED if free else NOTHING
            continue
        for line, amount in found.takes.items():
            left[line] -= amount
        shipping -= found.shipping
        given.append(found)
    return Combined(tuple(given), tuple(left), shipping, beaten)
