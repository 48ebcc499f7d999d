"""Which model of repeat buying: the one that finds most likely what buyers did after it had been fitted.

The history is split in time, more than once. Each candidate is fitted on what came before the split, and
judged by the log-likelihood of the same buyers' later orders given their earlier ones. BG/NBD is fitted and
reported, and cannot be chosen: under it a buyer of one order is a customer for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.views.predicted.cells import COUNT, likelihoods
from maatwerk.views.predicted.families import Buyers, Floats, fit, mbg_nbd, pareto_nbd
from maatwerk.views.predicted.mixing import (
    WAYS,
    learn_normal,
    mbg_weights,
    normal_weights,
    pareto_weights,
)

ROWS_MOST = 8_000
HELD_MOST = 20_000
"""Buyers by whom candidates are judged, an even sample of more."""
SPLITS = (0.66, 0.83)
"""Where the history is split, as shares of its length: before, too few have had the time to leave."""
AS_GOOD = 2.0
"""Held-out log-likelihoods this near to the best do not tell models apart; their fit on all orders then
does.
"""
ENOUGH_REPEATS = 20
"""Repeat orders after a split below which a comparison says nothing."""
_PENALTY = 0.05
BLEND = "blend"


class Orders(msgspec.Struct, frozen=True):
    """Days with an order in columns, sorted by buyer and day: ``buyer`` numbers, ``day`` whole days."""

    buyer: NDArray[np.int64]
    day: NDArray[np.int64]

    def buyers(self, until: int) -> tuple[NDArray[np.int64], Buyers]:
        """Who had ordered by the end of day ``until``, and how, in weeks."""
        rows = self.day <= until
        buyer, day = self.buyer[rows], self.day[rows]
        who, first, number = np.unique(buyer, return_index=True, return_counts=True)
        last = first + number - 1
        x = (number - 1).astype(np.float64)
        recency, age = (day[last] - day[first]) / 7, (until - day[first]) / 7
        return who, Buyers(x, recency, age, np.ones(len(who)))


class Candidate(msgspec.Struct, frozen=True):
    """One model: its weights, its log-likelihood on all orders, and on those held out (None: there were
    none).
    """

    name: str
    weights: Floats
    fit: float = 0.0
    held_out: float | None = None


def candidates(buyers: Buyers) -> dict[str, Floats]:
    """Weights (cells,) of every candidate, fitted on these buyers."""
    rows = buyers.alike(ROWS_MOST)
    whole = likelihoods(rows)[1] if len(rows) else np.empty((0, COUNT))
    found = {f"normal-{way}": normal_weights(way, learn_normal(way, rows, whole)) for way in WAYS}
    if len(rows):
        found["mbg-nbd"] = mbg_weights(fit(mbg_nbd, rows, penalty=_PENALTY).theta)
        found["pareto-nbd"] = pareto_weights(fit(pareto_nbd, rows, penalty=_PENALTY).theta)
    found[BLEND] = np.mean(list(found.values()), axis=0)
    return found


def choose(orders: Orders, until: int) -> tuple[Candidate, list[Candidate]]:
    """The chosen model, fitted on all orders to day ``until``, and what each candidate reached."""
    _, buyers = orders.buyers(until)
    reached: dict[str, float] = {}
    for day in split_days(orders, until):
        for name, value in held_out(orders, day, until).items():
            reached[name] = reached.get(name, 0.0) + value
    rows = buyers.alike(ROWS_MOST)
    whole, scale = likelihoods(rows)[1:]
    listed = [
        Candidate(name, weights, float((_log(whole @ weights) + scale) @ rows.weight), reached.get(name))
        for name, weights in candidates(buyers).items()
    ]
    if not reached:
        return next(each for each in listed if each.name == BLEND), listed
    best = max(reached.values())
    near = [each for each in listed if each.held_out is not None and best - each.held_out <= AS_GOOD]
    return max(near, key=lambda each: (each.fit, each.name)), listed


def split_days(orders: Orders, until: int) -> list[int]:
    """Days to split at: those after which there is something to judge by."""
    days = orders.day[orders.day <= until]
    if not len(days):
        return []
    first = int(days.min())
    found = []
    for share in SPLITS:
        day = first + int(share * (until - first))
        who, _ = orders.buyers(day)
        later = (orders.day > day) & (orders.day <= until) & np.isin(orders.buyer, who)
        if int(later.sum()) >= ENOUGH_REPEATS:
            found.append(day)
    return found


def held_out(orders: Orders, day: int, until: int) -> dict[str, float]:
    """Log-likelihood of what the buyers of day ``day`` did from then to ``until``, given what they had
    done.
    """
    who, before = orders.buyers(day)
    all_of, whole = orders.buyers(until)
    fitted = candidates(before)
    asked = np.arange(0, len(who), 1 + len(who) // HELD_MOST)
    who, before = who[asked], before.rows(asked)
    same = np.searchsorted(all_of, who)
    after = whole.rows(same)
    found = dict.fromkeys(fitted, 0.0)
    for start in range(0, len(before), ROWS_MOST):
        part = slice(start, start + ROWS_MOST)
        for name, value in _conditional(fitted, before.rows(part), after.rows(part)).items():
            found[name] += value
    return found


def _conditional(fitted: dict[str, Floats], before: Buyers, after: Buyers) -> dict[str, float]:
    _, earlier, scale = likelihoods(before)
    _, later, later_scale = likelihoods(after)
    moved = float((later_scale - scale).sum())
    return {
        name: moved + float((_log(later @ weights) - _log(earlier @ weights)).sum())
        for name, weights in fitted.items()
    }


def _log(values: Floats) -> Floats:
    found: Floats = np.log(np.maximum(values, 1e-300))
    return found


def rivals_of(chosen: Candidate, listed: Sequence[Candidate]) -> Floats:
    """(models, cells) of those that held-out orders do not tell from the chosen one; of all, where none
    were.
    """
    near = [
        each.weights
        for each in listed
        if each.name != chosen.name
        and (
            each.held_out is None or chosen.held_out is None or chosen.held_out - each.held_out <= 2 * AS_GOOD
        )
    ]
    return np.array(near).reshape(-1, COUNT)


def names_of(listed: Sequence[Candidate]) -> dict[str, float | None]:
    """Each candidate's held-out log-likelihood."""
    return {each.name: None if each.held_out is None else round(each.held_out, 1) for each in listed}
