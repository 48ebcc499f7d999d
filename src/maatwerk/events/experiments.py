"""Who was shown which variant of an experiment."""

from __future__ import annotations

import msgspec


class ExperimentViewed(msgspec.Struct, frozen=True, omit_defaults=True):
    """An exposure: she came where an experiment makes a difference, and got a variant.

    Named as Segment's specification for A/B tests names it; ``experimentId`` and ``variationId`` are how
    GrowthBook's SDKs write the same. ``propensity`` is how probable this variant was for her then.
    """

    experiment_id: str = ""
    variation_id: str = ""
    propensity: float = 1.0
    features: str = ""
    """What an allocation by kind of shopper went by: numbers, with a space between."""
    experimentId: str = ""
    variationId: str = ""

    @property
    def experiment(self) -> str:
        """The experiment's key, however it was written."""
        return self.experiment_id or self.experimentId

    @property
    def variant(self) -> str:
        """The variant's key, however it was written."""
        return self.variation_id or self.variationId
