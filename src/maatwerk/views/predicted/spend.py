"""What an order of hers comes to: the Gamma-Gamma model.

Fader, Hardie and Lee, "RFM and CLV: using iso-value curves for customer base analysis" (Journal of Marketing
Research 42, 2005); parameters ``(p, q, v)``. Amounts are in any one unit, and above 0.
"""

from __future__ import annotations

import msgspec
import numpy as np
from scipy.special import gammaln

from maatwerk.views.predicted.families import Floats

ENOUGH_BUYERS = 10
_START = np.log(np.array([6.0, 4.0, 1.0]))
_PULL = 0.5
_EXACT = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000}


class Spend(msgspec.Struct, frozen=True):
    """The fitted parameters, and how many buyers taught them (0: nothing is known of amounts)."""

    p: float = 6.0
    q: float = 4.0
    v: float = 0.0
    buyers: int = 0

    def mean(self, orders: Floats, mean: Floats) -> Floats:
        """(n,) what her next order is expected to come to, given the mean of ``orders`` paid ones."""
        known = np.where(orders > 0, mean * orders, 0.0)
        found: Floats = self.p * (self.v + known) / (self.p * orders + self.q - 1)
        return found

    def spread(self, orders: Floats, mean: Floats) -> Floats:
        """(n,) the standard deviation of her own mean order value: how little is known of it."""
        shape = self.p * orders + self.q
        known = np.where(orders > 0, mean * orders, 0.0)
        scale = self.p * (self.v + known)
        found: Floats = scale / (shape - 1) / np.sqrt(np.maximum(shape - 2, 0.5))
        return found


def gamma_gamma(theta: Floats, orders: Floats, mean: Floats) -> Floats:
    """(n,) log-likelihoods of the mean of so many paid orders under ``(p, q, v)``."""
    p, q, v = theta
    px = p * orders
    found: Floats = (
        gammaln(px + q)
        - gammaln(px)
        - gammaln(q)
        + q * np.log(v)
        + (px - 1) * np.log(mean)
        + px * np.log(orders)
        - (px + q) * np.log(orders * mean + v)
    )
    return found


def fit_spend(orders: Floats, mean: Floats, *, shrink: bool = True) -> Spend:
    """Parameters of most likelihood over buyers with a paid order; the prior's where there are few.

    ``shrink`` draws the shapes to those of a general shop with the weight of half a buyer: q stays above 1,
    below which no mean exists. Without it the estimate is the plain one of the literature.
    """
    from scipy.optimize import minimize  # here: a process that only serves need not load it

    held = (orders > 0) & (mean > 0) & np.isfinite(mean)
    orders, mean = orders[held], mean[held]
    if not len(mean):
        return Spend()
    unit = float(np.exp(np.log(mean).mean()))
    if len(mean) < ENOUGH_BUYERS:
        return Spend(v=unit * 3.0 / 6.0, buyers=len(mean))
    scaled = mean / unit

    def cost(logs: Floats) -> float:
        with np.errstate(all="ignore"):
            value = -float(gamma_gamma(np.exp(logs), orders, scaled).sum())
        if shrink:
            value += _PULL * float((logs - _START) @ (logs - _START))
        return value if np.isfinite(value) else 1e15

    low = np.log(1.05) if shrink else -5.0
    bounds = [(-5.0, 8.0), (low, 8.0), (-8.0, 8.0)]
    found = minimize(cost, _START, method="L-BFGS-B", jac="3-point", bounds=bounds, options=_EXACT)
    p, q, v = np.exp(found.x).tolist()
    return Spend(p, q, v * unit, len(mean))
