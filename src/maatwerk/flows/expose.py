"""Put a shopper into the arms of the experiments that her page meets, and note it once.

She is exposed when a placement is decided in which an experiment makes a difference, whichever variant she
has. Who does not take part (held out, without an id, without consent, not in its share) has the control's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from maatwerk.core.ids import derived_id
from maatwerk.decisions.experiments.board import Assigned, assigned
from maatwerk.decisions.experiments.context import features
from maatwerk.decisions.experiments.words import Experiment
from maatwerk.decisions.recommend.varied import Varied
from maatwerk.events.decisions import DecisionMade, SlotDecided
from maatwerk.events.event import Context, Event
from maatwerk.events.experiments import ExperimentViewed
from maatwerk.events.names import with_body
from maatwerk.flows.allocate import weights_of
from maatwerk.flows.page import Question
from maatwerk.views.profile.familiarity import KNOWN, reaches
from maatwerk.views.profile.shopper import Shopper

NAME = "Experiment Viewed"


def met(varied: Varied, placements: Sequence[str]) -> list[str]:
    """The experiments that make a difference in these placements."""
    if not varied.board.experiments:
        return []
    return sorted({key for placement in placements for key in varied.meeting(placement)})


class Part(NamedTuple):
    """What she takes part in: the question with her variants and their desk, and her arms by experiment."""

    question: Question
    arms: Mapping[str, Assigned]
    varied: Varied
    shopper: Shopper
    anonymous_id: str
    user_id: str

    def noted(self, record: DecisionMade, store: str) -> tuple[DecisionMade, list[Event]]:
        """The record with her variants (in each slot the experiment that made a difference there, and the
        odds of her variant in those of the answer), and an event for each that she was not exposed to
        before."""
        if not self.arms:
            return record, []
        met = [self._met(slot) for slot in record.slots]
        slots = tuple(_noted(slot, mine) for slot, mine in zip(record.slots, met, strict=True))
        record = msgspec.structs.replace(record, variants=dict(self.question.variants), slots=slots)
        arms = {arm.experiment: arm for mine in met for arm in mine}
        ids = (self.anonymous_id, self.user_id)
        return record, exposures(arms.values(), self.shopper, *ids, record.time, store)

    def _met(self, slot: SlotDecided) -> list[Assigned]:
        """Those she takes part in and that made a difference here: content says by itself which did."""
        keys = (slot.experiment, *self.varied.touching(slot.placement))
        return [self.arms[key] for key in dict.fromkeys(keys) if key in self.arms and self.arms[key].counted]


def take_part(
    varied: Varied,
    question: Question,
    shopper: Shopper,
    anonymous_id: str,
    user_id: str,
    may: bool,
) -> Part:
    """Her part in the experiments that these placements meet, under the identifiers she came with. ``may``:
    she can take part at all."""
    keys = met(varied, question.placements)
    unit = anonymous_id or user_id
    arms = {key: arm_of(key, varied.board.experiments[key], shopper, unit, question, may) for key in keys}
    if arms:
        variants = {key: arm.variant for key, arm in arms.items()}
        question = msgspec.structs.replace(question, variants=variants, desk=varied.desk_of(variants))
    return Part(question, arms, varied, shopper, anonymous_id, user_id)


def arm_of(
    key: str,
    experiment: Experiment,
    shopper: Shopper,
    unit: str,
    question: Question,
    may: bool,
) -> Assigned:
    """Her arm of one experiment: by the identifier she was first exposed under, so that she keeps it when
    she signs in, and on her other devices."""
    pinned = shopper.exposures.first.get(key)
    mine: tuple[float, ...] = ()
    weights: Sequence[float] = ()
    if may and experiment.allocation != "fixed":
        mine = features_of(question) if experiment.allocation == "contextual" else ()
        weights = weights_of(question.tools.models, key, experiment, mine)
    arm = assigned(
        key,
        experiment,
        pinned.unit if pinned else unit,
        eligible=may and (not experiment.audience or experiment.audience in question.audiences),
        weights=weights,
        pinned=pinned.variant if pinned else "",
    )
    return msgspec.structs.replace(arm, features=mine) if mine else arm


def features_of(question: Question) -> tuple[float, ...]:
    """Whoever asks, as an allocation by kind of shopper sees her."""
    known, catalog = question.known, question.catalog
    shares = known.affinity.weights.get("category", {})
    names = catalog.codes["category"].values
    return features(
        personal=known.personal,
        orders=known.orders,
        settled=reaches(known.familiarity, KNOWN),
        device=question.device,
        foreign=bool(question.country) and question.country not in question.locale,
        interests={names[number]: share for number, share in shares.items()},
    )


def exposures(
    arms: Iterable[Assigned], shopper: Shopper, anonymous_id: str, user_id: str, now: int, store: str
) -> list[Event]:
    """Exposures not noted before. An event's id is made of the experiment and the identifier, so that two
    requests at once count once."""
    known = shopper.exposures.first
    return [
        with_body(
            NAME,
            ExperimentViewed(
                arm.experiment,
                arm.variant,
                round(arm.propensity, 6),
                " ".join(f"{each:g}" for each in arm.features),
            ),
            id=derived_id("x", arm.experiment, anonymous_id or user_id),
            time=now,
            received=now,
            origin="internal",
            anonymous_id=anonymous_id,
            user_id="" if anonymous_id else user_id,  # what links people are events of theirs, not this
            context=Context(store=store),
        )
        for arm in arms
        if arm.counted and arm.experiment not in known
    ]


def _noted(slot: SlotDecided, mine: Sequence[Assigned]) -> SlotDecided:
    odds = slot.propensity
    for arm in mine:
        odds *= arm.propensity
    experiment, variant = (mine[0].experiment, mine[0].variant) if mine else ("", "")
    return msgspec.structs.replace(slot, experiment=experiment, variant=variant, propensity=odds)
