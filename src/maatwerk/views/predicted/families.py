"""The BG/NBD family in closed form: likelihoods of repeat buying, fitted by maximum likelihood.

``x`` repeat orders, ``recency`` the age at the last of them, ``age`` the time since the first order, all (n,)
and times in weeks; ``weight`` how many buyers a row stands for.

Sources: Fader, Hardie and Lee, "Counting your customers the easy way" (Marketing Science 24, 2005): BG/NBD.
Batislam, Denizel and Filiztekin, "Empirical validation and comparison of models for customer base analysis"
(IJRM 24, 2007): MBG/NBD, in which she may also be gone after her first order. Schmittlein, Morrison and
Colombo, "Counting your customers" (Management Science 33, 1987), with Fader and Hardie's note of 2005 on its
derivation: Pareto/NBD.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, hyp2f1

Floats = NDArray[np.float64]
_LOG_BOUND = 8.0
_TINY = 1e-300


class Buyers(msgspec.Struct, frozen=True):
    """Buyers in columns, one row each, or one for all who are alike."""

    x: Floats
    recency: Floats
    age: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.x)

    @property
    def count(self) -> float:
        """How many buyers the rows stand for."""
        return float(self.weight.sum())

    def rows(self, chosen: slice | NDArray[np.int64]) -> Buyers:
        """Some of them."""
        return Buyers(self.x[chosen], self.recency[chosen], self.age[chosen], self.weight[chosen])

    def alike(self, most: int) -> Buyers:
        """One row for all who are alike; of more than ``most`` rows an even sample that keeps the total."""
        rows = np.stack([self.x, self.recency, self.age], axis=1)
        unique, where = np.unique(rows, axis=0, return_inverse=True)
        weight = np.bincount(where.ravel(), self.weight, len(unique)).astype(np.float64)
        if len(unique) > most:
            kept = np.unique(np.linspace(0, len(unique) - 1, most).astype(np.int64))
            total = weight.sum()
            unique, weight = unique[kept], weight[kept]
            weight = weight * (total / weight.sum())
        return Buyers(unique[:, 0], unique[:, 1], unique[:, 2], weight)


def bg_nbd(theta: Sequence[float] | Floats, buyers: Buyers) -> Floats:
    """Log-likelihoods under ``(r, alpha, a, b)``; a buyer of one order is never gone."""
    r, alpha, a, b = theta
    x = buyers.x
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + buyers.age)
    gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + buyers.recency)
    gone = np.where(x > 0, gone, -np.inf)
    found: Floats = _nbd(r, alpha, x) - betaln(a, b) + np.logaddexp(alive, gone)
    return found


def mbg_nbd(theta: Sequence[float] | Floats, buyers: Buyers) -> Floats:
    """Log-likelihoods under ``(r, alpha, a, b)``; every order, the first too, may have been the last."""
    r, alpha, a, b = theta
    x = buyers.x
    alive = betaln(a, b + x + 1) - (r + x) * np.log(alpha + buyers.age)
    gone = betaln(a + 1, b + x) - (r + x) * np.log(alpha + buyers.recency)
    found: Floats = _nbd(r, alpha, x) - betaln(a, b) + np.logaddexp(alive, gone)
    return found


def pareto_nbd(theta: Sequence[float] | Floats, buyers: Buyers) -> Floats:
    """Log-likelihoods under ``(r, alpha, s, beta)``; she may leave at any moment."""
    r, alpha, s, beta = theta
    x = buyers.x
    alive = -(r + x) * np.log(alpha + buyers.age) - s * np.log(beta + buyers.age)
    larger, apart = max(alpha, beta), abs(alpha - beta)
    second = s + 1 if alpha >= beta else r + x

    def until(time: Floats) -> Floats:
        power = r + s + x
        series = hyp2f1(power, second, power + 1, apart / (larger + time))
        found: Floats = series * np.exp(-power * np.log((larger + time) / larger))
        return found

    between = s / (r + s + x) * np.maximum(until(buyers.recency) - until(buyers.age), _TINY)
    gone = np.log(np.maximum(between, _TINY)) - (r + s + x) * np.log(larger)
    found: Floats = _nbd(r, alpha, x) + s * np.log(beta) + np.logaddexp(alive, gone)
    return found


def _nbd(r: float, alpha: float, x: Floats) -> Floats:
    found: Floats = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    return found


LogLikelihood = Callable[[Floats, Buyers], Floats]
FAMILIES: dict[str, LogLikelihood] = {"bg": bg_nbd, "mbg": mbg_nbd, "pareto": pareto_nbd}


class Fit(msgspec.Struct, frozen=True):
    """Parameters and the log-likelihood they reach."""

    theta: tuple[float, ...]
    log_likelihood: float


def fit(log_likelihood: LogLikelihood, buyers: Buyers, *, penalty: float = 0.0) -> Fit:
    """The four parameters of most likelihood, sought in logarithms.

    ``penalty`` is a weight on their squares: it keeps them finite where few buyers leave them open.
    """
    from scipy.optimize import minimize  # here: a process that only serves need not load it

    def cost(logs: Floats) -> float:
        with np.errstate(all="ignore"):
            found = log_likelihood(np.exp(logs), buyers) @ buyers.weight
        value = float(penalty * (logs @ logs) - found)
        return value if np.isfinite(value) else 1e15

    bounds = [(-_LOG_BOUND, _LOG_BOUND)] * 4
    found = minimize(
        cost, np.zeros(4), method="L-BFGS-B", jac="3-point", bounds=bounds, options={"ftol": 1e-13}
    )
    theta = np.exp(found.x)
    return Fit(tuple(theta.tolist()), float(log_likelihood(theta, buyers) @ buyers.weight))
