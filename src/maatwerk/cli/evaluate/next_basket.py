"""`evaluate next-basket`: what each shopper buys next, told from her baskets so far."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any

import numpy as np

from maatwerk.cli.evaluate.metrics import machine, peak_memory_mb, percentiles_ms
from maatwerk.cli.evaluate.read import open_text
from maatwerk.core.chance import die
from maatwerk.core.errors import Refused
from maatwerk.decisions.recommend.basket import Baskets, Split, predict, train
from maatwerk.decisions.recommend.basket.learn import had

CHECK_SHARE = 0.2
"""Of the shoppers whose last known basket judges the blend; the others' teaches it."""

SENTINEL = -1
Histories = dict[str, list[list[Any]]]


def next_basket(
    history: Path,
    future: Path | None = None,
    predictions: Path | None = None,
    *,
    k: int = 10,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Recall@k and NDCG@k of each shopper's next basket, where ``future`` has it.

    Both files are JSON, ``{"user": [[item, …], …]}``, oldest basket first; a basket ``[-1]`` is dropped.
    ``predictions`` receives ``{user: [item, …]}``. Raises `Refused` for files that cannot be read.
    """
    if k < 1:
        raise Refused("bad_k", f"{k} items cannot be ranked", field="k", hint="give 1 or more")
    say = progress or (lambda _: None)
    known = read_baskets(history)
    wanted = {user: rows[0] for user, rows in read_baskets(future).items() if rows} if future else {}
    baskets, names = numbered(known)
    say(f"training on {len(baskets.item):,} lines of {len(known):,} shoppers")
    begun = perf_counter()
    trained = train(baskets, last_out(baskets))
    seconds = perf_counter() - begun
    say("predicting")
    lists: dict[str, list[Any]] = {}
    nanoseconds = []
    for number, user in enumerate(known):
        begin, end = np.searchsorted(baskets.person, [number, number + 1])
        items, back = had(baskets, int(begin), int(end))
        started = perf_counter_ns()
        found, _ = predict(trained.model, items, back, k)
        nanoseconds.append(perf_counter_ns() - started)
        lists[user] = [names[item] for item in found.tolist()]
    if predictions:
        predictions.write_text(json.dumps(lists), encoding="utf-8")
    verdict = trained.verdict
    return {
        "evaluation": "next-basket",
        "k": k,
        "n": len(known),
        **quality(lists, wanted, k),
        "items": len(names),
        "blend": verdict.facts() if verdict else None,
        **percentiles_ms(nanoseconds),
        "train_seconds": round(seconds, 1),
        "peak_memory_mb": peak_memory_mb(),
        "machine": machine(),
    }


def read_baskets(path: Path) -> Histories:
    """Each shopper's baskets without sentinels; an item stands once in a basket."""
    with open_text(path) as file:
        try:
            said = json.load(file)
        except ValueError as problem:
            raise Refused("bad_json", f"{path.name} is not JSON", hint=str(problem)) from problem
    if not isinstance(said, dict) or not said:
        raise Refused("bad_json", f"{path.name} is not an object", hint='write {"user": [[item, …], …]}')
    found: Histories = {}
    for user, rows in said.items():
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise Refused("bad_row", f"the baskets of {user} are no list of lists", field=str(user))
        found[str(user)] = [list(dict.fromkeys(row)) for row in rows if row and row != [SENTINEL]]
    return found


def numbered(known: Histories) -> tuple[Baskets, list[Any]]:
    """Baskets in columns, and the items' names."""
    numbers: dict[Any, int] = {}
    person: list[int] = []
    basket: list[int] = []
    item: list[int] = []
    next_number = 0
    for who, rows in enumerate(known.values()):
        for row in rows:
            person.extend([who] * len(row))
            basket.extend([next_number] * len(row))
            item.extend(numbers.setdefault(name, len(numbers)) for name in row)
            next_number += 1
    if not item:
        raise Refused("no_cases", "there is no basket with an item", hint="write one for each shopper")
    columns = Baskets(
        person=np.array(person, np.int64),
        basket=np.array(basket, np.int64),
        item=np.array(item, np.int32),
        items=len(numbers),
    )
    return columns, list(numbers)


def last_out(baskets: Baskets) -> Split:
    """Everybody's last known basket is held out: of four in five it teaches, of the others it judges."""
    last = np.flatnonzero(np.diff(baskets.person, append=-1))
    judges = np.array([die("next-basket", str(who)) < CHECK_SHARE for who in baskets.person[last].tolist()])
    return Split(teach=baskets.basket[last[~judges]], check=baskets.basket[last[judges]])


def quality(lists: dict[str, list[Any]], wanted: dict[str, list[Any]], k: int) -> dict[str, Any]:
    """Means over the shoppers whose next basket is known."""
    recalls, gains = [], []
    for user, items in lists.items():
        basket = set(wanted.get(user, ()))
        if basket:
            hits = [rank for rank, item in enumerate(items[:k]) if item in basket]
            ideal = sum(1 / np.log2(rank + 2) for rank in range(min(len(basket), k)))
            recalls.append(len(hits) / len(basket))
            gains.append(sum(1 / np.log2(rank + 2) for rank in hits) / ideal)
    if not recalls:
        return {"n_with_future": 0}
    return {
        "n_with_future": len(recalls),
        "recall": round(float(np.mean(recalls)), 4),
        "ndcg": round(float(np.mean(gains)), 4),
    }
