"""Filters that look from one product to another, or from her to a product: same brand, more margin, in her
size, compatible."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from maatwerk.decisions.pipeline.eligible import Mask, Rule, favorite
from maatwerk.decisions.pipeline.words import Rows, Situation
from maatwerk.decisions.recommend.complete import anchor_of
from maatwerk.decisions.recommend.words import Fits, Unit

SIZE = "size"


def relative(unit: Unit) -> Iterable[Rule]:
    """The unit's relative filters, by name."""
    if unit.brand:
        yield f"outside_brand:{unit.brand}", _of_brand(unit.brand)
    for name in unit.same:
        yield f"not_same:{name}", _same(name)
    if unit.higher_margin:
        yield "margin_not_higher", _higher_margin
    if unit.in_her_size:
        yield "not_in_her_size", _in_her_size
    if unit.fits is not None:
        yield "does_not_fit", _fitting(unit.fits)


def _of_brand(brand: str) -> Callable[[Situation, Rows], Mask]:
    def passes(situation: Situation, rows: Rows) -> Mask:
        brands = situation.catalog.facets["brand"]
        if brand == "page":
            number = int(brands[situation.page_item]) if situation.page_item >= 0 else 0
        elif brand == "hers":
            number = favorite(situation, "brand")
        else:
            number = situation.catalog.codes["brand"].find(brand)
        if not number and brand == "page":
            return np.ones(len(rows), np.bool_)
        mask: Mask = (brands[rows] == number) & (number > 0)
        return mask

    return passes


def _same(name: str) -> Callable[[Situation, Rows], Mask]:
    def passes(situation: Situation, rows: Rows) -> Mask:
        anchor, catalog = anchor_of(situation), situation.catalog
        if anchor < 0:
            return np.ones(len(rows), np.bool_)
        if name in catalog.facets:
            mine = int(catalog.facets[name][anchor])
            mask: Mask = (catalog.facets[name][rows] == mine) & (mine > 0)
            return mask
        wanted = _values(situation, anchor, name)
        return _each(rows, lambda row: bool(wanted & _values(situation, row, name)))

    return passes


def _higher_margin(situation: Situation, rows: Rows) -> Mask:
    anchor, margin = anchor_of(situation), situation.catalog.margin
    if anchor < 0 or np.isnan(margin[anchor]):
        return np.ones(len(rows), np.bool_)
    mask: Mask = margin[rows] > margin[anchor]  # unknown is not higher
    return mask


def _in_her_size(situation: Situation, rows: Rows) -> Mask:
    """A size she said she wears can be bought, where the product has sizes and she said one."""
    catalog = situation.catalog
    hers = {value.casefold() for name, value in situation.known.liked if name.casefold() == SIZE}
    if not hers:
        return np.ones(len(rows), np.bool_)

    def has(row: int) -> bool:
        pieces = catalog.variants(row) or (row,)
        sizes = [(piece, _values(situation, piece, SIZE)) for piece in pieces]
        sized = [(piece, said) for piece, said in sizes if said]
        return not sized or any(said & hers and catalog.stock[piece] > 0 for piece, said in sized)

    return _each(rows, has)


def _fitting(fits: Fits) -> Callable[[Situation, Rows], Mask]:
    """What names the anchor (its SKU, or its value of ``to``) among what it fits, or is named by it."""

    def passes(situation: Situation, rows: Rows) -> Mask:
        anchor, catalog = anchor_of(situation), situation.catalog
        if anchor < 0:
            return np.ones(len(rows), np.bool_)
        names = _values(situation, anchor, fits.to) | {catalog.skus[anchor].casefold()}
        wanted = _values(situation, anchor, fits.of)

        def fit(row: int) -> bool:
            theirs = _values(situation, row, fits.of)
            own = _values(situation, row, fits.to) | {catalog.skus[row].casefold()}
            return bool(theirs & names) or bool(wanted & own)

        return _each(rows, fit)

    return passes


def _values(situation: Situation, row: int, name: str) -> set[str]:
    said: Any = situation.catalog.product(row).attributes.get(name) if name else None
    many = said if isinstance(said, (list, tuple)) else (said,)
    return {str(each).casefold() for each in many if each is not None and each != ""}


def _each(rows: Rows, holds: Callable[[int], bool]) -> Mask:
    return np.fromiter((holds(row) for row in rows.tolist()), np.bool_, len(rows))
