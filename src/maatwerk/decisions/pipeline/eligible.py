"""Which candidates may be shown here and now, and which rule removed each of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.pipeline.words import Candidates, Rows, Situation

Mask = NDArray[np.bool_]
_FEW = 12
Rule = tuple[str, Callable[[Situation, Rows], Mask]]
"""A rule's name, and which of the rows it lets pass."""


def eligible(found: Candidates, situation: Situation, rules: Iterable[Rule]) -> tuple[Mask, list[str]]:
    """For each candidate whether it stays, and the first rule that removed it ("" where it stays)."""
    stays = np.ones(len(found), dtype=np.bool_)
    removed_by = [""] * len(found)
    if not len(found):
        return stays, removed_by
    for name, passes in rules:
        passing = passes(situation, found.rows)
        if passing.all():
            continue
        falls = stays & ~passing
        if falls.any():
            for place in np.flatnonzero(falls).tolist():
                removed_by[place] = name
            stays &= ~falls
            if not stays.any():
                break
    return stays, removed_by


def published(situation: Situation, rows: Rows) -> Mask:
    """On sale in this store, and a product of its own rather than a variant."""
    catalog = situation.catalog
    mask: Mask = catalog.shown[rows] & (catalog.parent[rows] < 0)
    return mask


def in_stock(situation: Situation, rows: Rows) -> Mask:
    """It, or one of its variants, can be bought now."""
    mask: Mask = situation.catalog.available[rows]
    return mask


def not_on_page(situation: Situation, rows: Rows) -> Mask:
    """Neither the page's own product nor in a slot decided before."""
    return _outside(rows, {situation.page_item} | situation.taken)


def not_in_cart(situation: Situation, rows: Rows) -> Mask:
    """Not in her cart already."""
    return _outside(rows, situation.known.cart.tolist())


def not_bought(situation: Situation, rows: Rows) -> Mask:
    """Not bought by her already."""
    return _outside(rows, situation.known.purchased.tolist())


def not_refused(situation: Situation, rows: Rows) -> Mask:
    """Not among what she said is not for her."""
    return _outside(rows, situation.known.refused.tolist())


def not_disliked(situation: Situation, rows: Rows) -> Mask:
    """Of no category, brand, color or other value she said she dislikes."""
    catalog = situation.catalog
    mask = np.ones(len(rows), dtype=np.bool_)
    for facet, value in situation.known.disliked:
        if facet == "category":
            mask &= ~catalog.in_category(value)[rows]
        elif facet in catalog.codes:
            number = catalog.codes[facet].find(value)
            mask &= (catalog.facets[facet][rows] != number) | (number == 0)
        else:
            said = [catalog.product(row).attributes.get(facet) for row in rows.tolist()]
            mask &= np.array(
                [each is None or str(each).casefold() != value.casefold() for each in said], np.bool_
            )
    return mask


def _outside(rows: Rows, these: Iterable[int]) -> Mask:
    taken = set(these)
    if len(taken) > _FEW:
        return np.fromiter((row not in taken for row in rows.tolist()), dtype=np.bool_, count=len(rows))
    mask = np.ones(len(rows), dtype=np.bool_)
    for row in taken:
        mask &= rows != row
    return mask


def price_between(least: float, most: float) -> Callable[[Situation, Rows], Mask]:
    """Priced between these multiples of the page product's price; all pass where it has none."""

    def passes(situation: Situation, rows: Rows) -> Mask:
        catalog, item = situation.catalog, situation.page_item
        anchor = _price(situation, item)
        if anchor <= 0:
            return np.ones(len(rows), dtype=np.bool_)
        prices = catalog.price[rows]
        mask: Mask = prices >= least * anchor
        return mask & (prices <= most * anchor) if most else mask

    return passes


def in_category(category: str) -> Callable[[Situation, Rows], Mask]:
    """In this category or below it; ``page`` stands for the page's own category."""

    def passes(situation: Situation, rows: Rows) -> Mask:
        wanted = category_of(situation, category)
        if not wanted:
            return np.full(len(rows), category != "hers", dtype=np.bool_)
        mask: Mask = situation.catalog.in_category(wanted)[rows]
        return mask

    return passes


def category_of(situation: Situation, category: str) -> str:
    """The category meant by ``page`` (the page's own) or ``hers``; empty where there is none."""
    if category == "hers":
        return situation.catalog.codes["category"].values[favorite(situation, "category")]
    return situation.page.category if category == "page" else category


def favorite(situation: Situation, facet: str) -> int:
    """The number of the value she goes for most, of those she goes for more than others do; 0 for none. Of
    categories the deepest of equals: what she likes of it is what hangs there."""
    affinity = situation.known.affinity
    values = situation.catalog.codes[facet].values
    lifts = affinity.lifts.get(facet, {})
    mine = [
        (weight, values[number].count("/"), -number)
        for number, weight in affinity.weights.get(facet, {}).items()
        if number and lifts.get(number, 0.0) > 1.0
    ]
    return -max(mine)[2] if mine else 0


def _price(situation: Situation, item: int) -> int:
    return int(situation.catalog.price[item]) if item >= 0 else -1
