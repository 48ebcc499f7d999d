"""Move the traffic of experiments whose allocation moves: weights learnt from the log, sealed as a model.

Each decision's record names the model's version, and its slot the odds of the variant it gave, so that what
was left to chance can be read off the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from maatwerk.decisions.experiments.bandit import BATCH, Evidence, Linear, learned, weighed
from maatwerk.decisions.experiments.context import WIDTH
from maatwerk.decisions.experiments.words import Experiment, parse_experiment
from maatwerk.decisions.recommend.models import Models, Sealed
from maatwerk.events.log import Log
from maatwerk.flows.train import tail
from maatwerk.views.insight.lake import Lake
from maatwerk.views.insight.sql import text as sql_text
from maatwerk.views.rules.book import RuleBook

NAME = "allocation"
KIND = "experiment"
QUERY = "experiment_evidence"
CONTEXTS_LEAST = 1_000
"""Decisions before a contextual allocation begins to move."""

Rows = Sequence[Mapping[str, Any]]


def allocate(lake: Lake, log: Log, book: RuleBook, *, now: int, currency: str) -> Sealed | None:
    """The weights of every running experiment that moves them; None where there is none."""
    moving = {}
    for rule in book.of(KIND):
        experiment = parse_experiment(rule.key, rule.document or {})
        if experiment.state == "running" and experiment.allocation != "fixed":
            moving[rule.key] = experiment
    if not moving:
        return None
    newest = tail(lake, log)
    weights: dict[str, list[float]] = {}
    arrays: dict[str, Any] = {}
    for key, experiment in moving.items():
        window = {"experiment": key, "now": now, "currency": currency}
        rows = lake.query(sql_text(QUERY), window, tail=newest)
        weights[key] = moved(experiment, rows)
        if experiment.allocation == "contextual" and (draws := contextual(experiment, rows, now)) is not None:
            arrays[key] = draws.draws.astype(np.float32)
    return Sealed(NAME, str(now), [], arrays, {"weights": weights, "offset": log.last_offset()})


def moved(experiment: Experiment, rows: Rows) -> list[float]:
    """The weights, from visitors newest first: who is older by `BATCH` visitors counts ``memory`` as much."""
    place = {key: number for number, key in enumerate(experiment.keys)}
    sums = np.zeros((len(place), 4))
    for number, row in enumerate(rows):
        arm = place.get(row["variant"])
        if arm is not None:
            faded, reward = experiment.memory ** (number / BATCH), _reward(experiment, row)
            sums[arm] += (faded, faded * reward, faded * reward * reward, 1.0)
    evidence = [Evidence(n, total, squares, int(seen)) for n, total, squares, seen in sums.tolist()]
    found = weighed(evidence, experiment.weights, experiment.floor, binary=_binary(experiment))
    return [float(each) for each in found]


def contextual(experiment: Experiment, rows: Rows, seed: int) -> Linear | None:
    """The allocation by kind of shopper, from those whose features were noted; None while they are few."""
    place = {key: number for number, key in enumerate(experiment.keys)}
    known = [
        (place[row["variant"]], _features(row["features"]), _reward(experiment, row))
        for row in rows
        if row["variant"] in place and row["features"]
    ]
    known = [each for each in known if len(each[1]) == WIDTH]
    if len(known) < CONTEXTS_LEAST:
        return None
    arms = np.array([each[0] for each in known], np.int64)
    x, rewards = np.array([each[1] for each in known]), np.array([each[2] for each in known])
    fading = experiment.memory ** (np.arange(len(known)) / BATCH)
    return learned(x, arms, rewards, len(place), seed, fading)


def weights_of(
    models: Models, key: str, experiment: Experiment, features: Sequence[float]
) -> Sequence[float]:
    """The weights in force for a shopper with these features; empty where none were learnt yet."""
    sealed = models.sealed.get(NAME)
    if sealed is None:
        return ()
    draws = sealed.arrays.get(key)
    if draws is not None and len(features) == WIDTH:
        linear = Linear(np.asarray(draws, np.float64))
        return [float(each) for each in linear.weights(np.asarray(features), experiment.floor)]
    weights: Sequence[float] = sealed.facts["weights"].get(key, ())
    return weights


def _binary(experiment: Experiment) -> bool:
    return experiment.primary not in ("revenue", "margin", "order_value")


def _reward(experiment: Experiment, row: Mapping[str, Any]) -> float:
    """What an arm is paid for: an order, a click, or what was spent."""
    if not _binary(experiment):
        return float(row["revenue"])
    return float((row["clicks"] if experiment.primary == "clicks" else row["orders"]) > 0)


def _features(text: str) -> list[float]:
    try:
        return [float(each) for each in text.split(" ")]
    except ValueError:
        return []
