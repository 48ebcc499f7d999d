"""`evaluate offers`: what policies are worth, from a log of choices with their odds (Open Bandit's shape)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.cli.evaluate.metrics import machine
from maatwerk.cli.evaluate.read import read_columns
from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.bandit import best_of_proportions, floored
from maatwerk.decisions.experiments.offpolicy import estimated

Floats = NDArray[np.float64]

FLOOR = 0.01
_PRIOR = 50.0
"""Choices' worth of the overall click rate that an item's own is pulled to."""


def offers(log: Path) -> dict[str, Any]:
    """The earlier half of the log teaches, the later one says what each policy would have been worth:
    choosing at random, and by the chance to be the best; beside what the log's own was."""
    columns = read_columns(
        log,
        {
            "time": ("timestamp", "time"),
            "item": ("item_id", "item", "action"),
            "click": ("click", "reward"),
            "odds": ("propensity_score", "propensity"),
        },
    )
    order = np.argsort(np.array(columns["time"]), kind="stable")
    names, items = np.unique(np.array(columns["item"]), return_inverse=True)
    items, clicks = items[order], _numbers(columns["click"], "click")[order]
    odds = _numbers(columns["odds"], "propensity_score")[order]
    half = len(items) // 2
    if half < 1:
        raise Refused("empty_file", f"{log.name} has too few rows", field="--log")
    seen = np.bincount(items[:half], minlength=len(names)).astype(np.float64)
    won = np.asarray(np.bincount(items[:half], clicks[:half], len(names)), np.float64)
    overall = float(clicks[:half].mean())
    model = (won + _PRIOR * overall) / (seen + _PRIOR)
    policies = {
        "random": np.full(len(names), 1 / len(names)),
        "probably-best": floored(best_of_proportions(won, seen), FLOOR),
    }
    later = slice(half, None)
    found: dict[str, Any] = {}
    for name, chances in policies.items():
        value = estimated(
            clicks[later],
            odds[later],
            chances[items[later]],
            expected=model[items[later]],
            expected_rule=np.full(len(items) - half, float(chances @ model)),
        )
        found[name] = msgspec.to_builtins(value)
    logged = [value.pop("logged") for value in found.values()]
    behind = int(clicks[later].sum())
    return {
        "rows": len(items),
        "items": len(names),
        "clicks": int(clicks.sum()),
        "evaluated": len(items) - half,
        "logged": logged[0],
        "policies": found,
        "note": f"{behind} clicks stand behind these values: read the intervals, not the estimates",
        "machine": machine(),
    }


def _numbers(values: list[str], field: str) -> Floats:
    try:
        return np.array([float(value) for value in values])
    except ValueError:
        raise Refused("not_a_number", f"{field} is not a number in every row", field=field) from None
