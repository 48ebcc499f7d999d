"""What is expected of a shopper, by the models in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maatwerk.flows.knowledge import Knowledge
from maatwerk.views.predicted.forecast import NAME, Forecast, prior, unsealed
from maatwerk.views.predicted.predict import predicted
from maatwerk.views.predicted.words import Predicted, facts, silent
from maatwerk.views.profile.shopper import Shopper


class Predicting:
    """Predictions of one process: pure in the sealed model and the shopper's folds."""

    def __init__(self, knowledge: Knowledge, currency: str) -> None:
        self._knowledge = knowledge
        self._currency = currency

    def forecast(self) -> Forecast:
        """What is in force; a general shop's where nothing was learnt yet."""
        return self._knowledge.models.once("forecast", self._made)

    def of(self, shopper: Shopper, now: int) -> Predicted:
        """One shopper at a moment."""
        if shopper.granted("personalization") is False:
            return silent(self._currency, "she does not want to be profiled: nothing is predicted")
        return predicted(self.forecast(), shopper, now, self._currency)

    def facts(self, shopper: Shopper, now: int) -> Mapping[str, Any]:
        """The same as rules read it (``predicted.…``)."""
        return facts(self.of(shopper, now))

    def _made(self) -> Forecast:
        sealed = self._knowledge.models.sealed.get(NAME)
        return prior() if sealed is None else unsealed(sealed.version, sealed.arrays, sealed.facts)
