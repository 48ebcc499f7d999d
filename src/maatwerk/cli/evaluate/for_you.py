"""`evaluate for-you`: the next thing of each shopper, of all she has not had yet."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any, NamedTuple

import numpy as np

from maatwerk.cli.evaluate.metrics import hit_rate, machine, peak_memory_mb, percentiles_ms
from maatwerk.cli.evaluate.read import open_text
from maatwerk.core.chance import die
from maatwerk.core.errors import Refused
from maatwerk.decisions.recommend.sequence import SequenceModel, Sequences, Split, predict, train
from maatwerk.decisions.recommend.sequence.lists import Lists, alike_by_values

CHECK_SHARE = 0.2
"""Of the shoppers whose last known step judges the blend; the others' teaches it."""


class People(NamedTuple):
    """Shoppers and their items in order, all numbered; ``targets``: each one's last, where it is held out."""

    users: list[str]
    names: list[str]
    had: list[list[int]]
    targets: list[int] | None


def for_you(
    train_file: Path,
    attributes: Path | None = None,
    predictions: Path | None = None,
    *,
    k: int = 10,
    holdout: bool = True,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """HR@k and NDCG@k of what each shopper had last, told from what she had before.

    The file has a line a shopper, ``user item item …``, oldest first. With ``holdout`` her last item is the
    target, and nothing that is learnt has seen it; without, the lists are for what comes after it.
    ``attributes`` is JSON, a list of values by item. All unseen items are ranked; ``predictions`` receives
    ``user item item …``. Raises `Refused` for files that cannot be read.
    """
    if k < 1:
        raise Refused("bad_k", f"{k} items cannot be ranked", field="k", hint="give 1 or more")
    say = progress or (lambda _: None)
    people = read_people(train_file, holdout=holdout)
    alike = alike_by_values(read_attributes(attributes, people.names)) if attributes else None
    steps = steps_of(people, alike)
    say(f"training on {len(steps.item):,} steps of {len(people.users):,} shoppers")
    begun = perf_counter()
    trained = train(steps, last_out(steps))
    seconds = perf_counter() - begun
    say(f"predicting for {len(people.users):,} shoppers")
    lists, nanoseconds = answer(trained.model, people, k)
    if predictions:
        lines = (
            " ".join([user, *(people.names[item] for item in items)]) + "\n"
            for user, items in zip(people.users, lists, strict=True)
        )
        predictions.write_text("".join(lines), encoding="utf-8")
    verdict = trained.verdict
    return {
        "evaluation": "for-you",
        "k": k,
        "n": len(people.users),
        **quality(lists, people.targets, k),
        "coverage": len({item for items in lists for item in items}) / max(len(people.names), 1),
        "items": len(people.names),
        "blend": verdict.facts() if verdict else None,
        **percentiles_ms(nanoseconds),
        "train_seconds": round(seconds, 1),
        "model_bytes": trained.model.size_bytes,
        "peak_memory_mb": peak_memory_mb(),
        "machine": machine(),
    }


def answer(model: SequenceModel, people: People, k: int) -> tuple[list[list[int]], list[int]]:
    """Everybody's list, and the nanoseconds each took."""
    lists, nanoseconds = [], []
    for items in people.had:
        had = np.array(list(dict.fromkeys(items[::-1]))[::-1], np.int32)
        begin = perf_counter_ns()
        found, _ = predict(model, had, k)
        nanoseconds.append(perf_counter_ns() - begin)
        lists.append(found.tolist())
    return lists, nanoseconds


def quality(lists: list[list[int]], targets: list[int] | None, k: int) -> dict[str, float]:
    """HR@k and NDCG@k, where the targets are known."""
    if targets is None:
        return {}
    pairs = zip(lists, targets, strict=True)
    ranks = [items.index(target) + 1 if target in items else 0 for items, target in pairs]
    gains = [1 / math.log2(rank + 1) if rank else 0.0 for rank in ranks]
    return {"hr": round(hit_rate(ranks, k), 5), "ndcg": round(sum(gains) / len(gains), 5)}


def read_people(path: Path, *, holdout: bool) -> People:
    """Lines of a user and items, oldest first, separated by spaces or tabs. With ``holdout`` a line needs two
    items, one of them to go by."""
    numbers: dict[str, int] = {}
    users, had, targets = [], [], []
    with open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            user, *items = line.split() or [""]
            if not user:
                continue
            if len(items) < 1 + holdout:
                raise Refused(
                    "bad_row",
                    f"{path.name}, line {number} has {len(items)} items",
                    hint="write a user and at least two items, or give --no-holdout",
                )
            row = [numbers.setdefault(item, len(numbers)) for item in items]
            users.append(user)
            had.append(row[:-1] if holdout else row)
            targets.append(row[-1])
    if not users:
        raise Refused("no_cases", f"{path.name} holds no shopper", hint="write one a line")
    return People(users, list(numbers), had, targets if holdout else None)


def read_attributes(path: Path, names: list[str]) -> list[list[str]]:
    """The values of each item; none where the file has none."""
    with open_text(path) as file:
        try:
            said = json.load(file)
        except ValueError as problem:
            raise Refused("bad_json", f"{path.name} is not JSON", hint=str(problem)) from problem
    if not isinstance(said, dict):
        raise Refused("bad_json", f"{path.name} is not an object", hint='write {"item": ["value", …]}')
    return [list(dict.fromkeys(map(str, said.get(name, ())))) for name in names]


def steps_of(people: People, alike: Lists | None) -> Sequences:
    """What everybody had, without the targets."""
    counts = [len(items) for items in people.had]
    item = np.array([item for items in people.had for item in items], np.int32)
    return Sequences(
        actor=np.repeat(np.arange(len(counts), dtype=np.int64), counts),
        item=item,
        items=len(people.names),
        bought=np.zeros(len(item), np.bool_),
        alike=alike,
    )


def last_out(steps: Sequences) -> Split:
    """Everybody's last known step is held out: four in five teach, the others judge."""
    last = np.flatnonzero(np.diff(steps.actor, append=-1))
    some = last[np.flatnonzero(steps.actor[np.maximum(last - 1, 0)] == steps.actor[last])]
    older = np.ones(len(steps.item), np.bool_)
    older[some] = False
    judges = np.array([die("for-you", str(actor)) < CHECK_SHARE for actor in steps.actor[some].tolist()])
    return Split(older=older, teach=some[~judges], check=some[judges])
