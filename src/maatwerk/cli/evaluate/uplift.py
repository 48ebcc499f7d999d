"""`evaluate uplift`: whom a treatment moves; one random half teaches, the other is scored."""

from __future__ import annotations

import csv
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maatwerk.cli.evaluate.metrics import machine
from maatwerk.cli.evaluate.read import open_text
from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.uplift import learned, uplift_at

SHARE = 0.3
_TEXTS_MOST = 30
"""A column of texts becomes one column a value, where it has so many at most."""
_RESULTS = ("visit", "conversion", "spend")
"""What else came of a case in the usual files: never a feature."""


def uplift(
    data: Path, treatment: str, treated: str, outcome: str, seed: int, predictions: Path | None
) -> dict[str, Any]:
    """Uplift among the best three tenths of the test half, and how many rows it was learnt from."""
    began = time.perf_counter()
    columns = _columns(data)
    for name in (treatment, outcome):
        if name not in columns:
            raise Refused("missing_column", f"{data.name} has no column {name!r}", field=name)
    arm = np.array([value == treated for value in columns[treatment]], np.float64)
    if not 0 < arm.mean() < 1:
        raise Refused("one_arm", f"{treated!r} is in all rows or in none", field=treatment)
    outcomes = _numbers(columns[outcome])
    if outcomes is None:
        raise Refused("not_a_number", f"{outcome} is not a number in every row", field=outcome)
    features = _features(columns, {treatment, outcome, *_RESULTS})
    order = np.random.default_rng(seed).permutation(len(outcomes))
    train, test = order[: len(order) // 2], order[len(order) // 2 :]
    model = learned(features[train], arm[train], outcomes[train], seed)
    scores = model.scores(features[test])
    if predictions is not None:
        with predictions.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "score"])
            writer.writerows(zip(test.tolist(), scores.tolist(), strict=True))
    return {
        "rows": len(outcomes),
        "train": len(train),
        "features": features.shape[1],
        "abstains": not model.differs,
        "effect": model.effect,
        "effect_se": model.effect_se,
        "slope": model.slope,
        "slope_se": model.slope_se,
        "uplift_at_30": _told(uplift_at(scores, arm[test], outcomes[test], SHARE)) if model.differs else None,
        "uplift_of_all": _told(uplift_at(scores, arm[test], outcomes[test], 1.0)),
        "seed": seed,
        "seconds": round(time.perf_counter() - began, 2),
        "machine": machine(),
    }


def _told(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 5)


def _columns(data: Path) -> dict[str, list[str]]:
    with open_text(data) as lines:
        rows = list(csv.DictReader(lines))
    if not rows:
        raise Refused("empty_file", f"{data.name} has no rows", field="--data")
    return {name: [str(row[name] or "") for row in rows] for name in rows[0] if name}


def _numbers(values: list[str]) -> NDArray[np.float64] | None:
    try:
        found = np.array([float(value) for value in values])
    except ValueError:
        return None
    return found if np.isfinite(found).all() else None


def _features(columns: dict[str, list[str]], left_out: set[str]) -> NDArray[np.float64]:
    found: list[NDArray[np.float64]] = []
    for name, values in columns.items():
        if name in left_out:
            continue
        numbers = _numbers(values)
        if numbers is not None:
            found.append(numbers)
            continue
        known = sorted(set(values))
        if len(known) <= _TEXTS_MOST:
            found += [np.array([value == each for value in values], np.float64) for each in known]
    if not found:
        raise Refused("no_features", "no column is left to go by", field="--data")
    return np.stack(found, axis=1)
