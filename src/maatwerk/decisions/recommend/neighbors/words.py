"""The words of the neighbor model: its settings, its arrays and the features of a candidate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

SUMMED = (  # sums over neighboring sessions, defined in describe.py
    "similar",
    "similar_squared_recent",
    "after_anchor",
    "before_anchor",
    "next_to_last",
    "later_than_last",
    "before_last",
    "next_to_second",  # the second is the last item but one
    "later_than_second",
    "before_second",
    "after_third",
    "next_to_last_ever",
    "next_to_last_lately",
    "together_with_last",
    "company_next",
    "company_later",
    "company_before",
    "company_squared",
)
SUMS = len(SUMMED)
FEATURES = (
    *(f"{name}_share" for name in SUMMED),  # log of the share of all candidates' sum: which candidate
    *(f"{name}_mass" for name in SUMMED),  # log(1 + sum): how much evidence there is
    "encoder",  # log-probability under the session encoder, among the candidates
    "item_cosine",  # embedding cosine with the last item
    "popularity",
    "trend",  # share of its clicks that fell in the newest tenth of sessions
    "repeat_position",  # 1 / (1 + items since), 0 where not in the prefix
    "repeat",
    "is_last",
    "repeat_count",
    "all_similar_mass",  # the last five are equal for all candidates and set the tone of the blend
    "all_next_mass",
    "prefix_length",
    "distinct_share",
    "encoder_spread",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighborSettings:
    """How to train; the defaults are meant for any shop, what differs between shops is learned."""

    recent_items: int = 10  # of the prefix that look for neighbors
    sessions_per_item: int = 500  # newest ones kept in the inverted index
    session_length_max: int = 50  # newest events kept of a session
    decay: float = 0.7  # weight of a prefix item for each step back from the last
    recency: float = 3.0  # a session at the age of the whole log weighs exp(-recency)
    shortlist: int = 100  # candidates that the blend orders
    encoder_size: int = 100  # dimensions; 0 trains no encoder (seconds instead of minutes)
    encoder_heads: int = 2
    encoder_positions: int = 12  # newest items of the prefix that are encoded
    encoder_epochs: int = 4  # this and the next two are doubled where sessions are few
    newest_epochs: int = 1
    newest_share: float = 0.3  # of sessions, over which the encoder goes once more: tastes drift
    refresh_epochs: int = 2  # over the newest share, once the sessions that taught the blend are part of it
    encoder_events_max: int = 1_500_000  # newest events that the encoder learns from
    encoder_items_max: int = 200_000  # a larger catalog trains no encoder: its nearest lists are quadratic
    sharpness: float = 12.0  # logits are this times a cosine
    dropout: float = 0.2
    negatives: int = 4096  # expected number of sampled items a batch
    batch: int = 512
    learning_rate: float = 2e-3
    nearest: int = 50  # embedding neighbors kept for each item
    nearest_items: int = 3  # newest prefix items whose embedding neighbors become candidates
    blend_hidden: int = 64
    blend_epochs: int = 10
    check_share: float = 0.08  # newest sessions that teach the blend
    check_events_max: int = 80_000
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NeighborModel:
    """All that serving needs: S sessions, n items, d dimensions, K heads, L positions, F features, H hidden.

    Plain arrays only, so that each can be saved as .npy and memory-mapped. d is 0 where there is no encoder.
    """

    session_start: Longs  # [S + 1] offsets into session_items, sessions oldest first
    session_items: Ints
    item_start: Longs  # [n + 1] offsets into item_sessions
    item_sessions: Ints  # distinct sessions of an item, newest first
    item_rarity: Doubles  # [n] log(S / sessions of the item)
    item_popularity: Floats  # [n] log(1 + clicks)
    item_trend: Floats  # [n]
    popular: Ints  # items by clicks in the newest tenth of sessions; fills short answers
    nearest: Ints  # [n, N] embedding neighbors
    vectors: Floats  # [n, d] unit rows
    positions: Floats  # [L, d]
    last_weight: Floats  # [d, d]
    item_weight: Floats  # [d, d]
    attention_bias: Floats  # [d]
    attention: Floats  # [d, K]
    output: Floats  # [(K + 1) d, d]
    blend_mean: Floats  # [F]
    blend_scale: Floats  # [F]
    blend_weight: Floats  # [F, H]
    blend_bias: Floats  # [H]
    blend_output: Floats  # [H]
    blend_linear: Floats  # [F]
    dials: Doubles  # [6] recent_items, decay, recency, shortlist, nearest_items, sharpness

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array by name, for saving."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `arrays`; raises ValueError naming the arrays that are missing."""
        names = [f.name for f in fields(cls)]
        missing = [name for name in names if name not in arrays]
        if missing:
            raise ValueError(f"neighbor model lacks the arrays {', '.join(missing)}; train it again")
        return cls(**{name: arrays[name] for name in names})

    @property
    def item_count(self) -> int:
        return len(self.item_start) - 1

    @property
    def size_bytes(self) -> int:
        return sum(int(array.nbytes) for array in self.arrays().values())


Describe = Callable[[NeighborModel, Ints], tuple[Ints, Floats]]
