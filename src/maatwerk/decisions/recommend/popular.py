"""The crowd: most viewed, added, bought; rising; converting. Truthful counts, never below a minimum."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.pipeline.eligible import category_of
from maatwerk.decisions.pipeline.words import Candidates, Situation, no_candidates
from maatwerk.decisions.recommend.models import Bound
from maatwerk.decisions.recommend.recommender import Tools, bound, top
from maatwerk.decisions.recommend.words import Unit

_TREND_SESSIONS = 3
"""A product nobody looked at today is not trending, whatever its ratio."""


class Popular:
    """Ranks by one column of the popularity model."""

    models = ("popularity",)
    keeps_bought = False
    reorders = True

    def __init__(self, key: str, title: str, column: str, proof: str, plain: str, social: str = "") -> None:
        self.key = key
        self.title = title
        self._column = column
        self._proof = proof
        self._plain = plain
        self._social = social

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """All products with any of the behavior, best first."""
        model = bound(tools, "popularity", situation)
        if model is None:
            return no_candidates(self.key)
        wanted = category_of(situation, unit.category)
        return model.once(f"{self.key}/{wanted}", lambda: self._best(model, situation, wanted))

    def _best(self, model: Bound, situation: Situation, wanted: str) -> Candidates:
        values = np.asarray(model.arrays[self._column], dtype=np.float64)
        evidence = np.asarray(model.arrays[self._proof])
        if self._column == "trend":
            values = np.where((evidence >= _TREND_SESSIONS) & (values > 1.0), values, 0.0)
        elif self._column.startswith("converts"):
            values = np.where(np.asarray(model.arrays["viewed"]) > 0, values, 0.0)
        if wanted:
            # the cut to the best few hundred must not cut a small category away
            inside = situation.catalog.in_category(wanted)
            rows = np.maximum(model.row_of, 0)
            values = np.where((model.row_of >= 0) & inside[rows], values, 0.0)
        return top(model, values, self.key, evidence)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """The count where the unit allows it and it is high enough, else the plain words."""
        count = found.evidence[place]
        if unit.say_counts and self._social and np.isfinite(count) and count >= unit.counts_from:
            return self._social.format(count=int(count))
        return self._plain


POPULAR = (
    Popular(
        "most-viewed",
        "Most viewed",
        "viewed",
        "viewers",
        "viewed most this week",
        "{count} looked at this this week",
    ),
    Popular("most-added", "Most wanted", "added", "added", "put into carts most this week"),
    Popular(
        "most-purchased",
        "Bestsellers",
        "bought",
        "buyers",
        "bought most this week",
        "{count} bought this week",
    ),
    Popular("trending", "Trending now", "trend", "day", "more looked at today than usual"),
    Popular("converts", "Shoppers' choice", "converts", "viewed", "bought by many who look at it"),
    Popular(
        "converts-to-cart",
        "Shoppers' choice",
        "converts_to_cart",
        "viewed",
        "put into the cart by many who look at it",
    ),
)
