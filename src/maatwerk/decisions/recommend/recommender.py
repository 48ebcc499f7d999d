"""The contract of a recommender: from a situation and sealed models to candidates, with a reason each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from maatwerk.decisions.pipeline.words import Candidates, Situation, no_candidates
from maatwerk.decisions.recommend.models import Bound, Models
from maatwerk.decisions.recommend.neighbors import NeighborModel
from maatwerk.decisions.recommend.words import Unit

Predict = Callable[[NeighborModel, ArrayLike, int], tuple[NDArray[Any], NDArray[Any]]]


class Tools(msgspec.Struct, frozen=True):
    """What a recommender works with besides the situation: the models in force, and the kernel that
    ranks next items (numpy's, or a faster one once it is warm)."""

    models: Models
    predict: Predict


class Recommender(Protocol):
    """``key`` is its name in a unit; ``title`` what a shopper reads above it unless the unit says
    otherwise; ``models`` are the sealed models it cannot do without."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def models(self) -> tuple[str, ...]: ...

    @property
    def keeps_bought(self) -> bool:
        """Whether products she bought may come back."""
        ...

    @property
    def reorders(self) -> bool:
        """Whether her taste may change the order; not where the order is itself the point."""
        ...

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """Candidates with scores above 0, in any order; nothing where it has nothing to say."""
        ...

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """Why this candidate is there, in words a shopper may read, and true."""
        ...


def bound(tools: Tools, name: str, situation: Situation) -> Bound | None:
    """A model bound to the situation's catalog."""
    return tools.models.get(name, situation.catalog)


def top(
    model: Bound, values: NDArray[Any], source: str, evidence: NDArray[Any], most: int = 300
) -> Candidates:
    """The highest values of a model's vocabulary that the catalog has; values of 0 are left out."""
    usable = np.flatnonzero((values > 0) & (model.row_of >= 0))
    if not len(usable):
        return no_candidates(source)
    if len(usable) > most:
        usable = usable[np.argpartition(-values[usable], most)[:most]]
    rows, scores, proof = model.row_of[usable], values[usable].astype(np.float64), evidence[usable]
    best = np.argsort(-scores, kind="stable")
    rows, scores, proof = rows[best], scores[best], proof[best].astype(np.float64)
    _, first = np.unique(rows, return_index=True)  # variants of one product count as the better of them
    first.sort()
    return Candidates(rows[first], scores[first], proof[first], source)


def name_of(situation: Situation, row: int) -> str:
    """A product's name for a sentence."""
    return situation.catalog.product(row).name or situation.catalog.skus[row]


def counted(number: float, one: str, many: str) -> str:
    """``1 shopper``, ``41 shoppers``."""
    whole = int(number)
    return f"{whole} {one if whole == 1 else many}"


def in_order(rows: NDArray[np.int32], source: str) -> Candidates:
    """Candidates that stand in their order already, best first, resting on no count."""
    scores = (1.0 / (1.0 + np.arange(len(rows)))).astype(np.float64)
    return Candidates(rows, scores, np.full(len(rows), np.nan), source)
