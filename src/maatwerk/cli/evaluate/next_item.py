"""`evaluate next-item`: train on sessions, predict what came next in others."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any, NamedTuple

import numpy as np

from maatwerk.cli.evaluate.metrics import (
    hit_rate,
    machine,
    mean_reciprocal_rank,
    peak_memory_mb,
    percentiles_ms,
)
from maatwerk.cli.evaluate.sessions import Case, Sessions, read_cases, read_sessions
from maatwerk.core.errors import Refused
from maatwerk.decisions.recommend import neighbors as plain
from maatwerk.decisions.recommend.neighbors import NeighborModel, NeighborSettings
from maatwerk.decisions.recommend.neighbors.words import Floats, Ints
from maatwerk.engines.numba import neighbors as fast

WARM_CASES = 50  # predicted once before the clock runs, so that compiling is not measured

Predict = Callable[[NeighborModel, Any, int], tuple[Ints, Floats]]


class Answers(NamedTuple):
    """The ranked items of each case, the rank of its target (0: not among them) and the time it took."""

    items: list[list[str]]
    ranks: list[int]
    nanoseconds: list[int]


def next_item(
    train: Path,
    test: Path,
    k: int = 20,
    predictions: Path | None = None,
    *,
    settings: NeighborSettings | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Train on `train`, predict every case of `test`, and say how good and how fast that was.

    hr and mrr are means over the cases that have a target, in [0, 1] and cut at k (absent without targets);
    coverage is the share of the train catalog that was shown at least once. `predictions` receives item ids,
    best first, separated by spaces, one line a case in the order of `sessions.read_cases`. Raises Refused for
    files that cannot be read.
    """
    if k < 1:
        raise Refused("bad_k", f"{k} items cannot be ranked", field="k", hint="give 1 or more")
    say = progress or (lambda _: None)
    say(f"reading {train.name}")
    sessions = read_sessions(train)
    cases = read_cases(test)
    if not cases:
        raise Refused("no_cases", f"{test.name} holds no case", hint="a case needs two events")
    compiled = fast.available()
    say(f"training on {len(sessions.item):,} events")
    begin = perf_counter()
    model = plain.train(
        sessions.session,
        sessions.item,
        len(sessions.names),
        settings or NeighborSettings(),
        describe=fast.describe if compiled else plain.describe,
    )
    train_seconds = perf_counter() - begin
    say(f"predicting {len(cases):,} cases")
    answers = answer(fast.predict if compiled else plain.predict, model, sessions, cases, k)
    if predictions:
        predictions.write_text("".join(" ".join(items) + "\n" for items in answers.items), encoding="utf-8")
    return result(sessions, cases, answers, k) | {
        "train_seconds": round(train_seconds, 1),
        "rows": len(sessions.item),
        "items": len(sessions.names),
        "kernels": "numba" if compiled else "numpy",
        "model_bytes": model.size_bytes,
        "peak_memory_mb": peak_memory_mb(),
        "machine": machine(),
    }


def answer(predict: Predict, model: NeighborModel, sessions: Sessions, cases: list[Case], k: int) -> Answers:
    """Predict one case at a time, as a shop would ask."""
    numbers = {name: number for number, name in enumerate(sessions.names)}
    prefixes = [np.array([numbers.get(item, -1) for item in case.prefix], np.int32) for case in cases]
    for prefix in prefixes[:WARM_CASES]:
        predict(model, prefix, k)
    answers = Answers([], [], [])
    for case, prefix in zip(cases, prefixes, strict=True):
        begin = perf_counter_ns()
        items, _ = predict(model, prefix, k)
        answers.nanoseconds.append(perf_counter_ns() - begin)
        names = [sessions.names[item] for item in items]
        answers.items.append(names)
        answers.ranks.append(names.index(case.target) + 1 if case.target in names else 0)
    return answers


def result(sessions: Sessions, cases: list[Case], answers: Answers, k: int) -> dict[str, Any]:
    known = set(sessions.names)
    ranks = [rank for case, rank in zip(cases, answers.ranks, strict=True) if case.target is not None]
    quality: dict[str, Any] = {}
    if ranks:
        quality = {"hr": hit_rate(ranks, k), "mrr": mean_reciprocal_rank(ranks, k)}
    shown = {item for items in answers.items for item in items}
    return {
        "evaluation": "next-item",
        "k": k,
        "n": len(cases),
        "n_with_target": len(ranks),
        "n_target_unknown": sum(case.target is not None and case.target not in known for case in cases),
        **quality,
        "coverage": len(shown) / len(sessions.names),
        **percentiles_ms(answers.nanoseconds),
    }
