"""Read an experiment: its exposures joined with what came after, and the verdict."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from maatwerk.core.time import DAY, parse_time
from maatwerk.decisions.experiments.judge import judged
from maatwerk.decisions.experiments.metrics import ArmSums
from maatwerk.decisions.experiments.verdicts import Results
from maatwerk.decisions.experiments.words import Experiment
from maatwerk.events.log import Log
from maatwerk.flows.train import tail
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.lake import Lake
from maatwerk.views.insight.sql import text as sql_text

QUERY, PACE = "experiment_arms", "visitors_pace"
PACE_DAYS = 28


def results(
    lake: Lake, log: Log, catalog: Catalog, key: str, experiment: Experiment, *, now: int, currency: str
) -> Results:
    """The results as they stand. Of a concluded experiment: what its holdback says, of those exposed since.
    Takes as long as the history is large: not on the event loop."""
    since, weights = 0, experiment.weights
    if experiment.state == "concluded" and experiment.ended:
        since = parse_time(experiment.ended)
        held = min(experiment.plan.holdback, experiment.weights[0])
        weights = tuple(
            held if place == 0 else (1 - held) * (variant == experiment.winner)
            for place, variant in enumerate(experiment.keys)
        )
        experiment = msgspec.structs.replace(
            experiment,
            variants=tuple(
                msgspec.structs.replace(variant, weight=weight)
                for variant, weight in zip(experiment.variants, weights, strict=True)
            ),
            allocation="fixed",
        )
    skus, shares = margins(catalog)
    window: dict[str, Any] = {
        "experiment": key,
        "since": since,
        "now": now,
        "currency": currency,
        "winsorize": experiment.winsorize,
        "margin_skus": skus,
        "margin_shares": shares,
    }
    rows = lake.query(sql_text(QUERY), window, tail=tail(lake, log))
    known = set(experiment.keys)
    arms = [msgspec.convert(row, ArmSums) for row in rows if row["variant"] in known]
    return judged(experiment, arms, now=now, currency=currency, weights=weights)


class Pace(msgspec.Struct, frozen=True):
    """What a plan can count on: new visitors a day, and the share of visitors who order. Over ``days``."""

    visitors_a_day: float = 0.0
    conversion: float = 0.0
    days: float = 0.0


def pace(lake: Lake, log: Log, *, now: int) -> Pace:
    """The pace of the last four weeks, or of as long as there is anything."""
    window = {"since": now - PACE_DAYS * DAY, "now": now}
    (row,) = lake.query(sql_text(PACE), window, tail=tail(lake, log))
    if not row["visitors"]:
        return Pace()
    days = max((now - int(row["first_at"])) / DAY, 1.0)
    return Pace(row["visitors"] / days, row["buyers"] / row["visitors"], days)


def margins(catalog: Catalog) -> tuple[list[str], list[float]]:
    """SKUs whose margin is known, a variant's from its product where it has none; and their margins."""
    size = catalog.size
    own = catalog.margin[:size].astype(np.float64)
    parents = catalog.parent[:size]
    inherited = np.where(parents >= 0, own[np.maximum(parents, 0)], np.nan)
    margin = np.where(np.isnan(own), inherited, own)
    rows = np.flatnonzero(~np.isnan(margin)).tolist()
    return [catalog.skus[row] for row in rows], margin[rows].tolist()
