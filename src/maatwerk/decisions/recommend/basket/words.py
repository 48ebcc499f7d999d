"""The words of the basket model: baskets, the features of a candidate, the arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.recommend.blend import Blend, blend_of

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]

LISTS = ("after", "with", "also")
"""``after``: in one of the next three baskets; ``with``: in the same; ``also``: bought by the same people."""
SOURCES = (("after all", "after"), ("after the last", "after"), ("with", "with"), ("also", "also"))
COUNT = len(SOURCES)
OWN = (
    "own, slow",  # her baskets with it, each step back weighing 0.9
    "own, fast",  # the same with 0.7
    "own count",
    "own share",  # of her baskets
    "had",
    "had twice",
    "since",  # 1 / (1 + baskets since)
    "pace",  # baskets between two of hers with it; 0 where it is one
    "off the pace",  # how far from that she is now
    "had, repeated",  # the two below, where she had it
    "had, log repeated",
)
FEATURES = (
    *(f"{name}: share" for name, _ in SOURCES),
    *(f"{name}: mass" for name, _ in SOURCES),
    *OWN,
    "popularity",
    "repeated",  # of those who bought it, the share of purchases that were not their first
    "baskets",  # the last three are equal for all candidates
    "basket size",
    "repeats",
)
KEYS = 40
"""Items, the newest first, that are asked for their lists."""
BASKETS_MOST = 50
"""Newest baskets of hers that count."""
SHORTLIST = 150
POPULAR = 60
"""Popular items that are candidates for everyone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baskets:
    """Items of baskets, sorted by person and within one by time: person int64[E]; basket int64[E], a number
    of its own for each basket, rising; item int32[E] in [0, items), once a basket."""

    person: Longs
    basket: Longs
    item: Ints
    items: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Numbers of the held-out baskets that teach and that judge; all others are counted meanwhile."""

    teach: Longs
    check: Longs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BasketModel:
    """All that serving needs: n items, for each of `LISTS` its lists, and the blend."""

    lists: Mapping[str, tuple[Longs, Ints, Floats]]
    popularity: Floats  # [n] log(1 + baskets)
    repeated: Floats  # [n]
    popular: Ints
    blend: Blend

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array by name, for saving."""
        named: dict[str, NDArray[Any]] = {
            "popularity": self.popularity,
            "repeated": self.repeated,
            "popular": self.popular,
        }
        for name, (start, items, scores) in self.lists.items():
            named |= {f"{name}_start": start, f"{name}_items": items, f"{name}_scores": scores}
        return named | self.blend.arrays()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> BasketModel:
        """The inverse of `arrays`; raises KeyError where one is missing."""
        return cls(
            lists={
                name: (arrays[f"{name}_start"], arrays[f"{name}_items"], arrays[f"{name}_scores"])
                for name in LISTS
            },
            popularity=arrays["popularity"],
            repeated=arrays["repeated"],
            popular=arrays["popular"],
            blend=blend_of(arrays),
        )
