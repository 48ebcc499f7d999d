"""Who is in which arm of the experiments in force: a hash, the same in every process and browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.assign import bucket, choose, in_namespace, ranges
from maatwerk.decisions.experiments.words import Experiment, parse_experiment


class Assigned(msgspec.Struct, frozen=True):
    """A shopper's variant. ``counted``: she takes part; else it is the control's, and no exposure.
    ``propensity`` is how probable the variant is for her."""

    experiment: str
    variant: str
    counted: bool = False
    propensity: float = 1.0
    features: tuple[float, ...] = ()
    """What the weights were for, where they depend on the shopper."""


class Board:
    """The experiments in force (running, paused or concluded); drafts are on nobody's page."""

    def __init__(self, documents: Iterable[tuple[str, str, int, Mapping[str, Any]]]) -> None:
        """``documents``: kind, key, version and document of every rule in force."""
        self.experiments: dict[str, Experiment] = {}
        self.refused: dict[str, str] = {}
        for kind, key, _, document in documents:
            if kind != "experiment":
                continue
            try:
                experiment = parse_experiment(key, dict(document))
            except Refused as refused:
                self.refused[f"{kind}/{key}"] = str(refused)
                continue
            if experiment.state != "draft":
                self.experiments[key] = experiment

    def has(self, arm: str, variants: Mapping[str, str]) -> bool:
        """Whether a rule with this arm is for a shopper with these variants. Fails closed: where the
        experiment is not in force, nobody gets it."""
        experiment, _, variant = arm.partition("/")
        return experiment in self.experiments and variants.get(experiment) == variant


def apart(one: Experiment, other: Experiment) -> bool:
    """Whether nobody can be in both."""
    a, b = one.exclusive, other.exclusive
    return a is not None and b is not None and a.group == b.group and (a.end <= b.start or b.end <= a.start)


def assigned(
    key: str,
    experiment: Experiment,
    unit: str,
    *,
    eligible: bool = True,
    weights: Sequence[float] = (),
    pinned: str = "",
) -> Assigned:
    """The variant of a unit (an anonymous id; of a known shopper the one she was first exposed under).

    GrowthBook's hash, version 2, seeded with the experiment's key. ``eligible``: she belongs to the audience,
    and consents. ``weights`` are those in force where allocation moves; ``pinned`` is the variant she had
    first there, which stays hers.
    """
    control = Assigned(key, experiment.control.key)
    if experiment.state == "concluded":
        return _concluded(key, experiment, unit) if eligible else control
    group = experiment.exclusive
    if not unit or not eligible or experiment.state != "running":
        return control
    if group is not None and not in_namespace(unit, group.group, group.start, group.end):
        return control
    if experiment.allocation == "fixed":
        shares = experiment.weights
        place = choose(bucket(key, unit), ranges(shares, experiment.share))
    else:
        if bucket(f"{key}/share", unit) >= experiment.share:
            return control
        shares = tuple(weights) if len(weights) == len(experiment.variants) else experiment.weights
        kept = pinned in experiment.keys
        place = experiment.keys.index(pinned) if kept else choose(bucket(key, unit), ranges(shares))
        place = place if place >= 0 else len(shares) - 1  # weights that sum to a hair less than 1
    if place < 0:
        return control
    return Assigned(key, experiment.keys[place], True, shares[place])


def _concluded(key: str, experiment: Experiment, unit: str) -> Assigned:
    """The winner for all, but for a few of the former control who go on without, so that it stays known
    what it brings. Without an id nobody can be held back."""
    held = min(experiment.plan.holdback, experiment.weights[0])
    if not held or not unit or experiment.winner == experiment.control.key:
        return Assigned(key, experiment.winner)
    if bucket(key, unit) < held:
        return Assigned(key, experiment.control.key, True, held)
    return Assigned(key, experiment.winner, True, 1 - held)
