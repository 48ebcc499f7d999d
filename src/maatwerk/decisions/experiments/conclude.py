"""End an experiment: one more version of its document, that gives everybody the winner but a few."""

from __future__ import annotations

from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.time import format_time
from maatwerk.decisions.experiments.words import Document, parse_experiment


def concluded(key: str, document: Document, winner: str, sentence: str, now: int) -> Document:
    """The document of its end: ``winner`` for all but the holdback, the sentence that it was ended with, and
    when. Undoing it is publishing the version before. Raises `Refused` where it does not run."""
    experiment = parse_experiment(key, document)
    if experiment.state not in ("running", "paused"):
        raise Refused(
            "experiment_not_running",
            f"{key} is {experiment.state}",
            field=f"experiment.{key}.state",
            status=409,
        )
    after: dict[str, Any] = {
        **document,
        "state": "concluded",
        "winner": winner,
        "verdict": sentence,
        "ended": format_time(now),
    }
    parse_experiment(key, after)
    return after
