"""What training learnt for predictions, and how it is sealed: plain arrays, and facts that are small and
JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from maatwerk.views.predicted import propensity
from maatwerk.views.predicted.cells import COUNT, HALF, LOG_RATE, LOG_STOP, LOGIT_STOP, RATES, STOPS
from maatwerk.views.predicted.families import Buyers, Floats
from maatwerk.views.predicted.mixing import PRIOR_BUYERS, WAYS, learn_normal, normal_weights
from maatwerk.views.predicted.propensity import Propensity
from maatwerk.views.predicted.spend import Spend

NAME = "predicted"
"""The sealed model's name."""
ENOUGH_BUYERS = 100
ENOUGH_REPEATS = 50
ENOUGH_GAPS = 50
ENOUGH_DISCOUNTS = 50
_TILT = 1.2816
"""Standard deviations that leave one in ten on either side."""


class Rhythm(msgspec.Struct, frozen=True):
    """Time between orders in the shop: mean and spread of its logarithm in days, and how many pauses taught
    it.
    """

    log_days: float = 3.8
    spread: float = 0.8
    gaps: int = 0


class Forecast(msgspec.Struct, frozen=True):
    """The shop's habits, spending, rhythm, discounts and propensity, with what each was learnt from.

    ``weights`` (cells,); ``discounted`` of ``orders`` had a discount. ``version`` is empty where nothing
    was learnt yet: all is prior then.
    """

    weights: Floats
    propensity: Propensity
    rivals: Floats = np.empty((0, COUNT))
    """(models, cells) of those that the history cannot tell from the chosen one."""
    spend: Spend = Spend()
    rhythm: Rhythm = Rhythm()
    orders: int = 0
    discounted: int = 0
    buyers: int = 0
    repeats: int = 0
    model: str = "prior"
    version: str = ""
    held_out: dict[str, float | None] = {}
    history_days: int = 0
    doubted: tuple[tuple[Floats, Floats], ...] = ()
    """The `doubts`, once they were reckoned."""

    def ready(self) -> Forecast:
        """The same, quicker to serve from."""
        return msgspec.structs.replace(self, doubted=tuple(self.doubts()))

    def sealed(self) -> tuple[dict[str, Floats], dict[str, Any]]:
        """Arrays and facts."""
        arrays = {"weights": self.weights, "beta": self.propensity.beta, "spread": self.propensity.spread}
        arrays["rivals"] = self.rivals
        kept = msgspec.structs.asdict(self.propensity)
        facts = {
            "propensity": {name: kept[name] for name in ("offset", "slope", "days", "examples", "bought")},
            "spend": msgspec.structs.asdict(self.spend),
            "rhythm": msgspec.structs.asdict(self.rhythm),
        }
        own = ("orders", "discounted", "buyers", "repeats", "model", "held_out", "history_days")
        return arrays, facts | {name: getattr(self, name) for name in own}

    def doubts(self) -> Sequence[tuple[Floats, Floats]]:
        """Pairs of weights (cells,), one habit moved down and up by what is not known of it; and a rival
        and the chosen.

        Where there are few buyers the shop's mean habit could be any within the prior's reach.
        """
        if self.doubted:
            return self.doubted
        share = 1 / np.sqrt(self.buyers + PRIOR_BUYERS / 10)
        moved = [(_tilted(self.weights, axis, -share), _tilted(self.weights, axis, share)) for axis in (0, 1)]
        return [*moved, *((rival, self.weights) for rival in self.rivals)]


def unsealed(version: str, arrays: Mapping[str, Any], facts: Mapping[str, Any]) -> Forecast:
    """From what was sealed."""
    own = ("orders", "discounted", "buyers", "repeats", "model", "held_out", "history_days")
    return Forecast(
        weights=np.asarray(arrays["weights"]),
        rivals=np.asarray(arrays["rivals"]),
        propensity=Propensity(
            np.asarray(arrays["beta"]), np.asarray(arrays["spread"]), **dict(facts["propensity"])
        ),
        spend=Spend(**dict(facts["spend"])),
        rhythm=Rhythm(**dict(facts["rhythm"])),
        version=version,
        **{name: facts[name] for name in own},
    ).ready()


def prior() -> Forecast:
    """Before anything was learnt."""
    nobody = Buyers(*(np.empty(0) for _ in range(4)))
    weights = np.mean([normal_weights(way, learn_normal(way, nobody)) for way in WAYS], axis=0)
    return Forecast(weights=weights, propensity=propensity.untaught()).ready()


def _tilted(weights: Floats, axis: int, share: float) -> Floats:
    """Weights whose mean on an axis (0: rate, 1: stopping) is moved by ``share`` of its own spread."""
    moved = np.zeros_like(weights)
    for half, stops in ((slice(0, HALF), LOGIT_STOP), (slice(HALF, 2 * HALF), LOG_STOP)):
        part = weights[half]
        if not part.sum():
            continue
        values = np.repeat(LOG_RATE, STOPS) if axis == 0 else np.tile(stops, RATES)
        mean = float(part @ values / part.sum())
        spread = np.sqrt(max(float(part @ (values - mean) ** 2 / part.sum()), 0.05))
        odds = np.exp(np.clip(_TILT * share * (values - mean) / spread, -8, 8))
        held = part * odds
        moved[half] = held / held.sum() * part.sum()
    return moved
