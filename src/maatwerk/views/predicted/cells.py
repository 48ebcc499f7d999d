"""Buying habits as cells: how often she orders while she is a customer, and how she stops being one.

Every model of repeat buying is a weight for each cell, so that one function serves them all. A cell has a
rate (orders a week) and one of two ways to stop: after any order, with a chance (as in BG/NBD), or at any
moment, with a rate (as in Pareto/NBD). What one shopper did turns the weights into her own; everything that
is asked of her, expected orders, the chance that she is still a customer, when she orders next, with the
spread of each, is an average over her own weights.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln

from maatwerk.views.predicted.families import Buyers, Floats

RATES, STOPS = 40, 14
LOG_RATE = np.linspace(np.log(5e-4), np.log(10.0), RATES)
"""Orders a week, from one in forty years to more than one a day."""
LOGIT_STOP = np.linspace(-5.5, 4.0, STOPS)
LOG_STOP = np.linspace(np.log(3e-4), np.log(1.0), STOPS)
HALF = RATES * STOPS
COUNT = 2 * HALF

_RATE = np.exp(np.repeat(LOG_RATE, STOPS))
_CHANCE = expit(np.tile(LOGIT_STOP, RATES))
_LEAVE = np.exp(np.tile(LOG_STOP, RATES))
RATE = np.concatenate([_RATE, _RATE])
"""(cells,) orders a week."""
LEAVING = np.concatenate([_RATE * _CHANCE, _LEAVE])
"""(cells,) how fast she stops, a week."""
_MOST = 60
"""Orders whose odds are reckoned one by one."""


class Habits(msgspec.Struct, frozen=True):
    """Each buyer's own weights: ``alive`` (n, cells) of being a customer still, and of that cell."""

    alive: Floats
    log_likelihood: Floats

    @property
    def p_alive(self) -> Floats:
        """(n,) the chance that she is a customer still, in [0, 1]."""
        found: Floats = np.clip(self.alive.sum(axis=1), 0.0, 1.0)
        return found


def likelihoods(buyers: Buyers) -> tuple[Floats, Floats, Floats]:
    """``(alive, whole, scale)``: (n, cells) likelihoods of being a customer still, and in all, over
    exp(scale).
    """
    x, recency, age = buyers.x[:, None], buyers.recency[:, None], buyers.age[:, None]
    log_rate, log_stay = np.log(_RATE), np.log1p(-_CHANCE)
    after = x * (log_rate + log_stay) + log_stay - _RATE * age
    after_gone = x * (log_rate + log_stay) + np.log(_CHANCE) - _RATE * recency
    any_time = x * log_rate - (_RATE + _LEAVE) * age
    total = _RATE + _LEAVE
    any_gone = x * log_rate - total * recency + np.log(_LEAVE / total)
    left = -np.expm1(-total * (age - recency))
    scale = np.maximum(np.maximum(after, after_gone).max(axis=1), np.maximum(any_time, any_gone).max(axis=1))
    lower = scale[:, None]
    alive = np.concatenate([np.exp(after - lower), np.exp(any_time - lower)], axis=1)
    gone = np.concatenate([np.exp(after_gone - lower), np.exp(any_gone - lower) * left], axis=1)
    return alive, alive + gone, scale


def habits(weights: Floats, buyers: Buyers, made: tuple[Floats, Floats, Floats] | None = None) -> Habits:
    """What each buyer's own orders make of the shop's weights (cells,); ``made``: their `likelihoods`, if
    at hand.
    """
    alive, whole, scale = likelihoods(buyers) if made is None else made
    total = np.maximum(whole @ weights, 1e-300)
    return Habits(alive * weights / total[:, None], np.log(total) + scale)


def expected(weeks: float) -> Floats:
    """(cells,) orders to come within ``weeks`` of one who is a customer now."""
    found: Floats = RATE / LEAVING * -np.expm1(-LEAVING * weeks)
    return found


def ordered_within(weeks: Floats) -> Floats:
    """(cells, times) the chance of an order within each of ``weeks``, of one who is a customer now."""
    first = 1 - np.exp(-np.outer(RATE[:HALF], weeks))
    total = RATE[HALF:] + _LEAVE
    second = (RATE[HALF:] / total)[:, None] * -np.expm1(-np.outer(total, weeks))
    return np.concatenate([first, second])


@lru_cache(maxsize=4)
def _counted(weeks: float) -> Floats:
    """(cells, counts) the odds of each number of orders, as of a Poisson with the cell's mean."""
    mean = np.maximum(expected(weeks), 1e-12)
    counts = np.arange(_MOST + 1)
    found: Floats = np.exp(counts * np.log(mean)[:, None] - mean[:, None] - gammaln(counts + 1.0))
    return found


def order_quantiles(own: Habits, weeks: float, levels: tuple[float, ...]) -> NDArray[np.int64]:
    """(n, levels) numbers of orders within ``weeks`` that are not passed with those odds."""
    reached = np.cumsum(own.alive @ _counted(weeks), axis=1) + (1 - own.p_alive)[:, None]
    found = [(reached < level - 1e-9).sum(axis=1) for level in levels]
    return np.stack(found, axis=1).astype(np.int64)
