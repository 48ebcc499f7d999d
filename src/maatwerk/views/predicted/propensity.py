"""The chance that she buys soon: a logistic regression on what the shop's own shoppers did next.

Examples are shoppers as they were at a past moment, with what they bought in the days after it: exact time
splits, by the same columns that serve. Coefficients are drawn to those of a general shop (a normal prior), so
that a shop's first day has an answer, and a wide one. What is learnt on older moments is calibrated on the
newest (Platt, "Probabilistic outputs for support vector machines", 1999).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from scipy.special import expit, logit

from maatwerk.core.time import DAY
from maatwerk.views.predicted.families import Floats
from maatwerk.views.predicted.people import People

DAYS = 30
"""The time it speaks of, where the history is long enough to learn it."""
ENOUGH = 50
"""Examples that bought, below which the prior speaks more than the shop."""
FEATURES = (
    "always",
    "customer",
    "orders",
    "since_order",
    "views_7",
    "views_30",
    "adds_7",
    "open_adds",
    "days_30",
    "since_seen",
)
_PRIOR = np.array([-3.6, 0.6, 0.4, -0.2, 0.2, 0.1, 0.2, 0.6, 0.3, -0.4])
_PRIOR_PRECISION = np.array([0.5, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0])
_CALIBRATION_PRECISION = 25.0
_STEPS = 40


class Propensity(msgspec.Struct, frozen=True):
    """Coefficients and their covariance, the calibration ``(offset, slope)``, and what taught them."""

    beta: Floats
    spread: Floats
    offset: float = 0.0
    slope: float = 1.0
    days: int = DAYS
    examples: int = 0
    bought: int = 0

    def chance(self, people: People, sds: float = 0.0) -> Floats:
        """(n,) in [0, 1]; at ``sds`` standard deviations of what is not known of the coefficients."""
        x = features(people)
        raw = x @ self.beta
        if sds:
            raw = raw + sds * np.sqrt(np.einsum("ni,ij,nj->n", x, self.spread, x))
        found: Floats = expit(self.offset + self.slope * raw)
        return found

    def moved(self, people: People) -> Floats:
        """(n, features) what each feature adds to her log-odds."""
        found: Floats = features(people) * self.beta
        return found


def untaught(days: int = DAYS) -> Propensity:
    """The prior alone."""
    return Propensity(_prior(days), np.diag(1 / _PRIOR_PRECISION), days=days)


def features(people: People) -> Floats:
    """(n, features), each within a few units of 0."""
    customer = (people["order_days"] > 0).astype(np.float64)
    today = float(people.now // DAY)
    since_order = np.log1p(np.maximum(today - people["last_day"], 0)) - np.log(31.0)
    seen = people["seen_at"]
    since_seen = np.where(seen > 0, np.maximum(people.now - seen, 0) / DAY, 365.0)
    return np.stack(
        [
            np.ones(len(people)),
            customer,
            np.log1p(people["order_days"]),
            customer * since_order,
            np.log1p(people["views_7"]),
            np.log1p(people["views_30"]),
            np.log1p(people["adds_7"]),
            (people["open_adds"] > 0).astype(np.float64),
            np.log1p(people["days_30"]),
            np.log1p(since_seen),
        ],
        axis=1,
    )


def learn(moments: Sequence[tuple[People, Floats]], days: int) -> Propensity:
    """From shoppers at past moments, oldest first, and whether each bought in the ``days`` after it."""
    prior = untaught(days)
    filled = [(features(people), bought) for people, bought in moments if len(people)]
    if not filled:
        return prior
    offset, slope = 0.0, 1.0
    if len(filled) > 1:
        early = _newton(*_stacked(filled[:-1]), prior.beta)[0]
        offset, slope = _platt(filled[-1][0] @ early, filled[-1][1])
    x, bought = _stacked(filled)
    beta, spread = _newton(x, bought, prior.beta)
    return Propensity(
        beta, spread * len(filled), offset, slope, days, len(bought), int(bought.sum())
    )  # the same shoppers stand in several moments: they teach less than they count


def _prior(days: int) -> Floats:
    beta = _PRIOR.copy()
    beta[0] += np.log(days / DAYS)
    return beta


def _stacked(parts: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    return np.concatenate([x for x, _ in parts]), np.concatenate([bought for _, bought in parts])


def _newton(x: Floats, bought: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """The most probable coefficients, and the covariance of what is not known of them (Laplace)."""
    beta, precision = prior.copy(), np.diag(_PRIOR_PRECISION)
    curve = precision
    for _ in range(_STEPS):
        chance = expit(x @ beta)
        slope = x.T @ (bought - chance) - precision @ (beta - prior)
        curve = (x.T * (chance * (1 - chance))) @ x + precision
        step = np.linalg.solve(curve, slope)
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return beta, np.linalg.inv(curve)


def _platt(raw: Floats, bought: Floats) -> tuple[float, float]:
    """Offset and slope that make the odds come true, drawn to 0 and 1."""
    found = np.array([0.0, 1.0])
    x = np.stack([np.ones(len(raw)), raw], axis=1)
    precision = np.diag([_CALIBRATION_PRECISION / 10, _CALIBRATION_PRECISION])
    for _ in range(_STEPS):
        chance = expit(x @ found)
        slope = x.T @ (bought - chance) - precision @ (found - np.array([0.0, 1.0]))
        curve = (x.T * (chance * (1 - chance))) @ x + precision
        step = np.clip(np.linalg.solve(curve, slope), -1, 1)
        found = found + step
        if np.abs(step).max() < 1e-8:
            break
    return float(found[0]), float(max(found[1], 0.1))


def odds(chance: float) -> float:
    """Log-odds, finite."""
    return float(logit(min(max(chance, 1e-9), 1 - 1e-9)))
