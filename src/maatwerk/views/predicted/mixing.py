"""Weights of the cells: a family's parameters spread over them, or learnt straight from the buyers.

The learnt ones are a bivariate normal of the logarithms of rate and of stopping (Abe, "Counting your
customers one by one", Marketing Science 28, 2009, whose continuous time of leaving is one of our two ways),
found by expectation and maximization. A prior of `PRIOR_BUYERS` buyers of a general shop keeps a small shop
sane, and gives a shop without any orders an honest, wide answer.
"""

from __future__ import annotations

import msgspec
import numpy as np
from scipy.special import expit, gammainc

from maatwerk.views.predicted.cells import (
    COUNT,
    HALF,
    LOG_RATE,
    LOG_STOP,
    LOGIT_STOP,
    RATES,
    STOPS,
    likelihoods,
)
from maatwerk.views.predicted.families import Buyers, Floats

PRIOR_BUYERS = 10.0
_ROUNDS = 200
_ENOUGH = 1e-4
_RATE_AXIS = np.repeat(LOG_RATE, STOPS)
_AXES = {
    "after-an-order": np.stack([_RATE_AXIS, np.tile(LOGIT_STOP, RATES)], axis=1),
    "at-any-time": np.stack([_RATE_AXIS, np.tile(LOG_STOP, RATES)], axis=1),
}
_PRIOR_MEAN = {
    "after-an-order": np.array([np.log(0.08), -1.0]),
    "at-any-time": np.array([np.log(0.08), np.log(0.03)]),
}
_PRIOR_SPREAD = np.diag([1.5, 2.0])
WAYS = tuple(_AXES)


class Normal(msgspec.Struct, frozen=True):
    """Mean (2,) and covariance (2, 2) of log rate, and of the logit or logarithm of stopping."""

    mean: Floats
    spread: Floats


def normal_weights(way: str, normal: Normal) -> Floats:
    """(cells,) weights; those of the other way to stop are 0."""
    apart = _AXES[way] - normal.mean
    odds = -0.5 * np.einsum("gi,ij,gj->g", apart, np.linalg.inv(normal.spread), apart)
    half = np.exp(odds - odds.max())
    return _whole(way, half / half.sum())


def learn_normal(way: str, buyers: Buyers, whole: Floats | None = None, rounds: int = _ROUNDS) -> Normal:
    """The most probable normal given the buyers and the prior. ``whole``: `likelihoods` of them, if at
    hand.
    """
    axes, prior_mean = _AXES[way], _PRIOR_MEAN[way]
    found = Normal(prior_mean, _PRIOR_SPREAD)
    if not len(buyers):
        return found
    whole = likelihoods(buyers)[1] if whole is None else whole
    part = whole[:, _half(way)]
    total, before = buyers.count, -np.inf
    for _ in range(rounds):
        weights = normal_weights(way, found)[_half(way)]
        each = np.maximum(part @ weights, 1e-300)
        held = weights * ((buyers.weight / each) @ part)
        mean = (held @ axes + PRIOR_BUYERS / 10 * prior_mean) / (total + PRIOR_BUYERS / 10)
        apart = axes - mean
        spread = (apart.T @ (apart * held[:, None]) + PRIOR_BUYERS * _PRIOR_SPREAD) / (total + PRIOR_BUYERS)
        found = Normal(mean, spread)
        now = float(np.log(each) @ buyers.weight)
        if abs(now - before) < _ENOUGH:
            break
        before = now
    return found


def mbg_weights(theta: tuple[float, ...]) -> Floats:
    """(cells,) of an MBG/NBD: gamma over rates, beta over the chance to stop after an order."""
    r, alpha, a, b = theta
    stop = expit(LOGIT_STOP)
    beta = np.exp(_normed(a * np.log(stop) + b * np.log1p(-stop)))
    return _whole("after-an-order", np.outer(_gamma(LOG_RATE, r, alpha), beta / beta.sum()).ravel())


def pareto_weights(theta: tuple[float, ...]) -> Floats:
    """(cells,) of a Pareto/NBD: gammas over the rates of ordering and of leaving."""
    r, alpha, s, beta = theta
    return _whole("at-any-time", np.outer(_gamma(LOG_RATE, r, alpha), _gamma(LOG_STOP, s, beta)).ravel())


def _gamma(logs: Floats, shape: float, rate: float) -> Floats:
    """A gamma density at the cells; what lies below the lowest is in it."""
    middle = (logs[1:] + logs[:-1]) / 2
    reached = np.concatenate([[0.0], gammainc(shape, np.exp(middle) * rate), [1.0]])
    found: Floats = np.diff(reached)
    return found


def _normed(logs: Floats) -> Floats:
    found: Floats = logs - logs.max()
    return found


def _half(way: str) -> slice:
    return slice(0, HALF) if way == WAYS[0] else slice(HALF, COUNT)


def _whole(way: str, half: Floats) -> Floats:
    weights = np.zeros(COUNT)
    weights[_half(way)] = half
    return weights
