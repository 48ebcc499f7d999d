"""Would another rule have sold more? Estimated from what was logged with the odds it was chosen by.

Inverse propensity scoring (Horvitz and Thompson), its self-normalized form (Swaminathan and Joachims, 2015),
the direct method, and doubly robust estimation (Dudik, Langford and Li, 2011). Each row is one decision:
what was chosen with which probability, what came of it, and how probable the same choice is under the rule
in question. Where the log holds too little of what that rule would do, the answer is that it cannot say.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.intervals import ALPHA

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ESS_LEAST = 100.0
"""The least effective sample size that an estimate may rest on."""
CLIP = 100.0
"""The most that one row may weigh."""
SUPPORT_LEAST = 0.95
"""The least share of the rule's own choices that the log must have had any chance to make."""

Says = Literal["estimate", "cannot"]


class Value(msgspec.Struct, frozen=True):
    """An estimated mean reward, with its standard error and normal interval."""

    estimate: float
    se: float
    low: float
    high: float


class Estimates(msgspec.Struct, frozen=True):
    """What the log says of a rule. ``dm`` and ``dr`` are there where a reward model was given.

    ``ess`` is Kish's effective sample size, ``weight`` the mean weight (1 where the log supports the rule),
    ``clipped`` the rows whose weight was cut, ``why`` what is wanting where it cannot say.
    """

    says: Says
    rows: int
    ess: float
    weight: float
    clipped: int
    logged: Value
    """What really came of the decisions in the log."""
    ips: Value
    snips: Value
    dm: Value | None = None
    dr: Value | None = None
    why: str = ""

    @property
    def best(self) -> Value:
        """The estimate to read: doubly robust where there is one, else self-normalized."""
        return self.dr or self.snips


def estimated(
    rewards: Floats,
    propensities: Floats,
    chances: Floats,
    *,
    expected: Floats | None = None,
    expected_rule: Floats | None = None,
    clip: float = CLIP,
    support: float = 1.0,
    clusters: Ints | None = None,
    alpha: float = ALPHA,
) -> Estimates:
    """The value of a rule. All arrays have one entry a decision.

    ``chances``: the probability of the logged choice under the rule; ``expected``: the reward model's
    prediction for the logged choice, ``expected_rule`` the same averaged over the rule's own choices;
    ``support``: the share of the rule's choices that the log could have made; ``clusters`` numbers the
    shoppers, whose decisions are not independent. Raises `Refused` for what is no probability.
    """
    n = len(rewards)
    if not n:
        raise Refused("nothing_logged", "there are no decisions to estimate from", field="logged")
    if not np.all((propensities > 0) & (propensities <= 1)):
        raise Refused("not_a_propensity", "a propensity must be above 0 and at most 1", field="propensity")
    if not np.all((chances >= 0) & (chances <= 1)):
        raise Refused("not_a_probability", "a probability must be in [0, 1]", field="eval_probs")
    raw = chances / propensities
    weights = np.minimum(raw, clip)
    total = float(weights.sum())
    ess = total**2 / float(weights @ weights) if total else 0.0
    ips = _value(weights * rewards, clusters, alpha)
    mean = float(weights @ rewards) / total if total else math.nan
    scale = total / n
    spread = _value(weights * (rewards - mean) / scale, clusters, alpha).se if total else math.nan
    snips = _around(mean, spread, alpha)
    dm = dr = None
    if expected is not None and expected_rule is not None:
        dm = _value(expected_rule, clusters, alpha)
        dr = _value(expected_rule + weights * (rewards - expected), clusters, alpha)
    why = _wanting(ess, scale, support)
    return Estimates(
        "cannot" if why else "estimate",
        n,
        ess,
        scale,
        int((raw > clip).sum()),
        _value(rewards, clusters, alpha),
        ips,
        snips,
        dm,
        dr,
        why,
    )


def _wanting(ess: float, weight: float, support: float) -> str:
    if support < SUPPORT_LEAST:
        return (
            f"{1 - support:.0%} of what this rule would show had no chance to be shown in the log: "
            "let it be shown to some shoppers by an experiment first"
        )
    if ess < ESS_LEAST:
        return (
            f"the log weighs as much as {ess:.0f} decisions of this rule, and {ESS_LEAST:.0f} are needed: "
            "wait for more traffic, or explore more"
        )
    return ""


def _value(terms: Floats, clusters: Ints | None, alpha: float) -> Value:
    """Mean and standard error; with clusters the error between their sums (Liang and Zeger, 1986)."""
    n = len(terms)
    mean = float(terms.mean())
    if clusters is None:
        return _around(mean, float(terms.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan, alpha)
    sums = np.bincount(clusters, weights=terms - mean)
    groups = len(np.unique(clusters))
    loose = groups / (groups - 1) if groups > 1 else math.nan
    return _around(mean, math.sqrt(loose * float(sums @ sums)) / n, alpha)


def _around(mean: float, se: float, alpha: float) -> Value:
    half = se * float(ndtri(1 - alpha / 2))
    return Value(mean, se, mean - half, mean + half)
