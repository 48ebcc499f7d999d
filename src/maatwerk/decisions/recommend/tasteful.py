"""How well products meet a shopper's taste, for many rows at once."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.pipeline.words import Rows, Scores, Situation

FACET_WEIGHTS = {"category": 1.0, "gender": 0.9, "brand": 0.5, "color": 0.3, "price_band": 0.4}
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
    sure = affinity.mass / (affinity.mass + SURE_AT)
    match: Scores = sure * total / sum(FACET_WEIGHTS.values())
    return match


def _unseen(mass: float) -> float:
    """The value of what she has never touched: her share is the prior's alone."""
    lift = 2.0 / (mass + 2.0)
    return (lift - 1.0) / (lift + 1.0)
