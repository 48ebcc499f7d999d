"""What is expected of a shopper, and what a product is to the shop, by the models in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maatwerk.decisions.recommend.models import Models
from maatwerk.flows.knowledge import Knowledge
from maatwerk.views.predicted import forecast, personas, segments
from maatwerk.views.predicted.forecast import Forecast
from maatwerk.views.predicted.personas import Personas
from maatwerk.views.predicted.predict import predicted
from maatwerk.views.predicted.segments import Segments
from maatwerk.views.predicted.tastes import Levels, levels, masses, tastes, triples
from maatwerk.views.predicted.words import Likeness, Predicted, facts, silent
from maatwerk.views.profile.shopper import Shopper


class Predicting:
    """Predictions of one process: pure in the sealed models, the catalog and the shopper's folds."""

    def __init__(self, knowledge: Knowledge, currency: str) -> None:
        self._knowledge = knowledge
        self._currency = currency
        self._levels: tuple[int, Levels] | None = None

    def forecast(self) -> Forecast:
        """What is in force; a general shop's where nothing was learnt yet."""
        return self._knowledge.models.once("forecast", self._forecast)

    def personas(self) -> Personas:
        """Groups of shoppers."""
        return self._knowledge.models.once("personas", self._personas)

    def segments(self) -> Segments:
        """Groups of products."""
        return segments_of(self._knowledge.models)

    def of(self, shopper: Shopper, now: int) -> Predicted:
        """One shopper at a moment. Who denied personalization is not predicted."""
        if shopper.granted("personalization") is False:
            return silent(self._currency, "she does not want to be profiled: nothing is predicted")
        return predicted(self.forecast(), shopper, now, self._currency, self.likeness(shopper, now))

    def likeness(self, shopper: Shopper, now: int) -> Likeness | None:
        """Her persona; None where her taste is not known yet, or there are no groups."""
        known = self.personas()
        catalog = self._knowledge.catalogs.of("default")
        acts = masses(shopper, catalog, now) if known.groups else {}
        if not acts:
            return None
        who, rows, mass = triples(acts)
        own = tastes(who, rows, mass, 1, catalog, self._level(now), known.categories, known.usual)
        return known.likeness(own)

    def facts(self, shopper: Shopper, now: int) -> Mapping[str, Any]:
        """The same as rules read it (``predicted.…``)."""
        return facts(self.of(shopper, now))

    def _level(self, now: int) -> Levels:
        catalog = self._knowledge.catalogs.of("default")
        stamp = self._levels[0] if self._levels else -1
        if self._levels is None or stamp != catalog.shape or self._levels[1].size < catalog.size:
            self._levels = (catalog.shape, levels(catalog, now))
        return self._levels[1]

    def _forecast(self) -> Forecast:
        sealed = self._knowledge.models.sealed.get(forecast.NAME)
        return (
            forecast.prior()
            if sealed is None
            else forecast.unsealed(sealed.version, sealed.arrays, sealed.facts)
        )

    def _personas(self) -> Personas:
        sealed = self._knowledge.models.sealed.get(personas.NAME)
        return (
            personas.NONE
            if sealed is None
            else personas.unsealed(sealed.version, sealed.arrays, sealed.facts)
        )


def segments_of(models: Models) -> Segments:
    """Product segments in force."""
    return models.once("segments", lambda: _segments(models))


def _segments(models: Models) -> Segments:
    sealed = models.sealed.get(segments.NAME)
    if sealed is None:
        return segments.NOTHING
    return segments.unsealed(sealed.version, sealed.skus, sealed.arrays, sealed.facts)
