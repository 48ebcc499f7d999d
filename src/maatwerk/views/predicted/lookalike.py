"""Look-alike audiences: who is like a list of shoppers, and how like, the wider one reaches.

A linear discriminant between the list and everyone (Fisher 1936), its covariance drawn to a diagonal. How
good it is, is measured: half of the list is hidden, and the curve says how many of those are found at each
reach.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.views.predicted.families import Floats
from maatwerk.views.predicted.say import enough

ENOUGH_SEEDS = 20
REACHES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
_SHRINK = 0.2
_SEED_PRIOR = 5.0
_FOLDS = 4


class Reach(msgspec.Struct, frozen=True):
    """At a share of all others: how many that is, how like the last of them still is (1: as the list's own
    middle, 0: as anybody), and which share of hidden members of the list was found (None: too few to
    hide)."""

    share: float
    people: int
    similarity: float
    found: float | None = None


class Alike(msgspec.Struct, frozen=True):
    """Rows in order of likeness, the seeds left out, with the similarity of each, and the curve."""

    order: NDArray[np.int64]
    similarity: Floats
    curve: tuple[Reach, ...]
    seeds: int
    not_enough: str = ""


def look_alike(vectors: Floats, seeds: Sequence[int], seed: int = 7) -> Alike:
    """``vectors`` (n, dimensions) of everyone; ``seeds`` are rows of the list. Raises ValueError without
    one.
    """
    if not len(seeds):
        raise ValueError("a look-alike audience needs at least one known shopper")
    count = len(vectors)
    chosen = np.unique(np.asarray(seeds, np.int64))
    others = np.setdiff1d(np.arange(count), chosen)
    scores = _scores(vectors, chosen)
    middle, usual = float(np.median(scores[chosen])), float(np.median(scores))
    like = (scores - usual) / max(middle - usual, 1e-9)
    order = others[np.lexsort((others, -like[others]))]
    found = _found(vectors, chosen, seed)
    curve = []
    for place, share in enumerate(REACHES):
        people = max(1, round(share * len(order))) if len(order) else 0
        last = float(like[order[people - 1]]) if people else 0.0
        curve.append(Reach(share, people, max(-1.0, min(last, 1.0)), None if found is None else found[place]))
    told = enough(len(chosen), ENOUGH_SEEDS, "shoppers on the list")
    return Alike(order, like[order], tuple(curve), len(chosen), told)


def _scores(vectors: Floats, seeds: NDArray[np.int64]) -> Floats:
    """Along the direction that tells the list from everyone; a short list is drawn to everyone's middle."""
    mean = vectors.mean(axis=0)
    apart = vectors - mean
    spread = apart.T @ apart / max(len(vectors), 1)
    diagonal = np.diag(np.diag(spread) + 1e-6)
    matrix = (1 - _SHRINK) * spread + _SHRINK * diagonal + 1e-6 * np.eye(len(mean))
    own = apart[seeds].sum(axis=0) / (len(seeds) + _SEED_PRIOR)
    found: Floats = apart @ np.linalg.solve(matrix, own)
    return found


def _found(vectors: Floats, seeds: NDArray[np.int64], seed: int) -> list[float] | None:
    """Shares of hidden seeds among the likest at each reach, over folds; None where there are too few."""
    if len(seeds) < ENOUGH_SEEDS:
        return None
    mixed = np.random.default_rng(seed).permutation(seeds)
    hits = np.zeros(len(REACHES))
    for part in range(_FOLDS):
        hidden = mixed[part::_FOLDS]
        shown = np.setdiff1d(mixed, hidden)
        rest = np.setdiff1d(np.arange(len(vectors)), shown)
        scores = _scores(vectors, shown)[rest]
        order = rest[np.argsort(-scores, kind="stable")]
        for place, share in enumerate(REACHES):
            hits[place] += np.isin(hidden, order[: max(1, round(share * len(order)))]).sum()
    return [float(value) for value in hits / len(mixed)]
