"""The words of the sequence model: its sources, the features of a candidate, its arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.recommend.blend import Blend, blend_of

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Source(NamedTuple):
    """Lists by item, added up over her newest items; an item's weight is ``decay`` to the steps back."""

    name: str
    lists: str
    decay: float
    plain: float
    """Its part in the sum that finds the shortlist, and that an unlearnt blend is."""


SOURCES = (
    Source("next", "next", 0.3, 0.3),
    Source("soon", "soon", 0.6, 0.3),
    Source("later", "later", 0.8, 1.0),
    Source("before", "before", 0.8, 0.2),
    Source("together", "together", 0.7, 0.5),
    Source("bought", "bought", 0.8, 0.3),
    Source("alike", "alike", 0.75, 0.5),
    Source("alike to the last", "alike", 0.2, 0.2),
    Source("beyond", "beyond", 0.7, 0.3),
)
"""``next``: one step later; ``soon``: within five; ``later``: any step, by 1 / distance; ``before``: the same
the other way; ``together``: had by the same people; ``bought``: bought by the same people; ``alike``: by
what is said of it, popular ones first; ``beyond``: two steps of ``later``."""

LISTS = tuple(dict.fromkeys(source.lists for source in SOURCES))
COUNT = len(SOURCES)
KEYS = 12
"""Newest items that are asked for their lists."""
SHORTLIST = 150
FEATURES = (
    *(f"{source.name}: share" for source in SOURCES),  # log of the share of all candidates' sum
    *(f"{source.name}: mass" for source in SOURCES),  # log(1 + 10 x sum): how much evidence there is
    "popularity",
    "trend",
    "length",  # the last five are equal for all candidates and set the tone of the blend
    "all next",
    "all later",
    "all together",
    "all alike",
)
PLAIN = np.array([*(s.plain for s in SOURCES), *np.zeros(COUNT), 0, 0, 0, 0, 0, 0, 0], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sequences:
    """Steps of people, sorted by actor and within one by time.

    actor int64[E] is equal within a person; item int32[E] in [0, items); bought bool[E]; time int64[E] where
    it is known, for what is rising; ``alike`` are cosines as (start int64[n + 1], items, scores), where
    products are known by more than behavior.
    """

    actor: Longs
    item: Ints
    items: int
    bought: Mask
    time: Longs | None = None
    alike: tuple[Longs, Ints, Floats] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """How held-out steps are told apart: ``older`` bool[E] are counted while the blend learns; ``teach`` and
    ``check`` are rows whose item is to be told from what the same person did before."""

    older: Mask
    teach: Longs
    check: Longs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SequenceModel:
    """All that serving needs: n items, for each of `LISTS` its lists, and the blend."""

    lists: Mapping[str, tuple[Longs, Ints, Floats]]
    popularity: Floats  # [n] log(1 + people)
    trend: Floats  # [n] share of its steps in the newest tenth
    popular: Ints  # items by people, for answers that are too short
    blend: Blend

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array by name, for saving."""
        named: dict[str, NDArray[Any]] = {
            "popularity": self.popularity,
            "trend": self.trend,
            "popular": self.popular,
        }
        for name, (start, items, scores) in self.lists.items():
            named |= {f"{name}_start": start, f"{name}_items": items, f"{name}_scores": scores}
        return named | self.blend.arrays()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> SequenceModel:
        """The inverse of `arrays`; raises KeyError where one is missing."""
        return cls(
            lists={
                name: (arrays[f"{name}_start"], arrays[f"{name}_items"], arrays[f"{name}_scores"])
                for name in LISTS
            },
            popularity=arrays["popularity"],
            trend=arrays["trend"],
            popular=arrays["popular"],
            blend=blend_of(arrays),
        )

    @property
    def size_bytes(self) -> int:
        return sum(int(array.nbytes) for array in self.arrays().values())
