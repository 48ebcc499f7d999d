"""The next best offer: which one to show, or none, so that margin after the discount's cost is greatest.

Silence is an arm like the others, and what an offer earns is counted against it (uplift): whoever would buy
anyway is left alone. Shoppers alike (a *cell*) are learnt from together. What an arm earns in a cell is a
normal posterior around the prior that it earns what silence does there, so that a new offer starts in the
middle and not as the worst. Chance goes by the probability of being best (Thompson), with a floor, and is
stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from maatwerk.core.chance import die
from maatwerk.core.errors import Refused

SILENCE = ""
"""The arm that shows nothing."""

_GRID = 1_001
_PRIOR_SHOWN = 20.0
"""The prior weighs as much as so many shoppers."""
FLOOR = 0.01
"""The least chance of every arm, so that what they earn can still be told."""


class Earned(NamedTuple):
    """What an arm earned in a cell: how often it was shown, the sum of margins net of discounts, and of their
    squares (major units of the reporting currency)."""

    shown: int = 0
    margin: float = 0.0
    squares: float = 0.0

    def plus(self, margin: float) -> Earned:
        """One more."""
        return Earned(self.shown + 1, self.margin + margin, self.squares + margin * margin)


class Chosen(NamedTuple):
    """The arm (`SILENCE`: none), the probability it was chosen with, all probabilities, and why in words."""

    offer: str
    propensity: float
    propensities: dict[str, float]
    reason: str


def odds(earned: Mapping[str, Earned], offers: Sequence[str]) -> dict[str, float]:
    """The probability of each arm: that of earning most in this cell, no less than `FLOOR`.

    Raises `Refused` where an offer is called like silence.
    """
    if SILENCE in offers:
        raise Refused("offer_key_missing", "an offer needs a key", field="offers")
    arms = [SILENCE, *sorted(offers)]
    best = _best(earned, arms)
    shares = FLOOR + (1 - FLOOR * len(arms)) * best
    return dict(zip(arms, shares.tolist(), strict=True))


def next_best(
    earned: Mapping[str, Earned], offers: Sequence[str], unit: str, seed: str, cell: str = ""
) -> Chosen:
    """What to show ``unit``, of the offers that may be shown to her; the same answer to the same question."""
    propensities = odds(earned, offers)
    point, reached = die(f"{seed}|next-best", unit), 0.0
    chosen = SILENCE
    for arm, share in propensities.items():
        reached += share
        chosen = arm
        if point < reached:
            break
    return Chosen(chosen, propensities[chosen], propensities, _why(chosen, earned, propensities, cell))


def _best(earned: Mapping[str, Earned], arms: Sequence[str]) -> NDArray[np.float64]:
    """The probability of each arm that it earns most on average: its density times the others' distribution
    functions, summed over a grid."""
    whole = [earned.get(arm, Earned()) for arm in arms]
    shown = sum(each.shown for each in whole)
    mean = sum(each.margin for each in whole) / shown if shown else 0.0
    variance = max(sum(each.squares for each in whole) / shown - mean * mean, 1e-6) if shown else 1.0
    silence = whole[0]
    prior = (silence.margin + _PRIOR_SHOWN * mean) / (silence.shown + _PRIOR_SHOWN)
    counts = np.array([each.shown for each in whole], np.float64) + _PRIOR_SHOWN
    means = np.array([each.margin + _PRIOR_SHOWN * prior for each in whole]) / counts
    spread = np.sqrt(variance / counts)
    grid = np.linspace((means - 5 * spread).min(), (means + 5 * spread).max(), _GRID)
    scaled = (grid[None, :] - means[:, None]) / spread[:, None]
    below, density = ndtr(scaled), np.exp(-0.5 * scaled * scaled) / spread[:, None]
    others = np.array([np.prod(np.delete(below, arm, axis=0), axis=0) for arm in range(len(arms))])
    found: NDArray[np.float64] = (density * others).sum(axis=1)
    shares: NDArray[np.float64] = found / found.sum()
    return shares


def _why(chosen: str, earned: Mapping[str, Earned], propensities: Mapping[str, float], cell: str) -> str:
    who = f"shoppers like her ({cell})" if cell else "shoppers like her"
    known, silence = earned.get(chosen, Earned()), earned.get(SILENCE, Earned())
    if propensities[chosen] < 2 * FLOOR:
        return f"shown to one in {round(1 / propensities[chosen])}, to find out what it earns"
    if chosen == SILENCE:
        if any(each.shown for arm, each in earned.items() if arm):
            return f"nothing: {who} earn the shop most when they are left alone, many would buy anyway"
        return f"nothing: what offers earn with {who} is not known yet"
    if known.shown < _PRIOR_SHOWN or silence.shown < _PRIOR_SHOWN:
        return f"{chosen}: not known yet with {who}, so it is tried"
    uplift = known.margin / known.shown - silence.margin / silence.shown
    return f"{chosen}: with {who} it earned {uplift:+.2f} a shopper after its cost, against nothing shown"
