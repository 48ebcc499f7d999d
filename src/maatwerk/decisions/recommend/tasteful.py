"""How well products meet a shopper's taste, for many rows at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from maatwerk.decisions.pipeline.words import Rows, Scores, Situation

FACET_WEIGHTS = {"category": 1.0, "gender": 0.9, "brand": 0.5, "color": 0.3, "price_band": 0.4}
STATED_WEIGHT = 0.5
"""Of one attribute that she said she likes, beside the facets above."""
SURE_AT = 8.0
"""Decayed actions at which half the full effect is reached: little evidence moves little."""


def taste_match(situation: Situation, rows: Rows) -> Scores:
    """In [-1, 1]: the weighted mean over facets of how her share of a value compares with the shop's.

    For one facet it is (lift - 1) / (lift + 1): 0 where she is like everyone, near 1 where she wants
    little else, near -1 for what she never looks at although others do.
    """
    affinity, catalog = situation.known.affinity, situation.catalog
    if affinity.mass <= 0:
        return np.zeros(len(rows))
    total = np.zeros(len(rows))
    for facet, weight in FACET_WEIGHTS.items():
        by_number = np.full(len(catalog.codes[facet].values), _unseen(affinity.mass))
        by_number[0] = 0.0
        for number, lift in affinity.lifts[facet].items():
            by_number[number] = (lift - 1.0) / (lift + 1.0)
        total += weight * by_number[catalog.facets[facet][rows]]
    total += _attributes(situation, rows)
    sure = affinity.mass / (affinity.mass + SURE_AT)
    match: Scores = sure * total / sum(FACET_WEIGHTS.values())
    return match


def _attributes(situation: Situation, rows: Rows) -> Scores:
    """What she said she likes that is no facet: a size, an occasion."""
    catalog = situation.catalog
    liked = [pair for pair in situation.known.liked if pair[0] not in FACET_WEIGHTS]
    found = np.zeros(len(rows))
    if liked:
        for place, row in enumerate(rows.tolist()):
            attributes = catalog.product(row).attributes
            found[place] = STATED_WEIGHT * sum(
                has_value(attributes.get(name), value) for name, value in liked
            )
    return np.minimum(found, 1.0)


def has_value(said: Any, value: str) -> bool:
    """Whether an attribute is a value, or has it among others, whatever the case."""
    values = said if isinstance(said, list) else [said]
    return any(str(each).casefold() == value.casefold() for each in values if each is not None)


def _unseen(mass: float) -> float:
    """The value of what she has never touched: her share is the prior's alone."""
    lift = 2.0 / (mass + 2.0)
    return (lift - 1.0) / (lift + 1.0)
