"""Teach the blend on steps that the lists have not counted, and judge it on others that taught nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from maatwerk.decisions.recommend.blend import Blend, fit, plain
from maatwerk.decisions.recommend.sequence.describe import describe
from maatwerk.decisions.recommend.sequence.judge import judge
from maatwerk.decisions.recommend.sequence.lists import count_lists, people_of
from maatwerk.decisions.recommend.sequence.words import (
    FEATURES,
    KEYS,
    PLAIN,
    Floats,
    Ints,
    Longs,
    SequenceModel,
    Sequences,
    Split,
)
from maatwerk.decisions.recommend.verdict import Verdict

HIDDEN, EPOCHS = 32, 12
TEACH_LEAST = 300
"""Held-out steps whose item is on the shortlist; with fewer a learnt blend would be noise."""
TEACH_MOST, CHECK_MOST = 20_000, 5_000


class Trained(NamedTuple):
    """The model over all steps, and how its blend did against its parts."""

    model: SequenceModel
    verdict: Verdict | None
    """None where there was too little to teach or to judge with."""

    @property
    def wins(self) -> bool:
        """Whether the blend may be put in force."""
        return self.verdict is not None and self.verdict.wins


def train(steps: Sequences, split: Split, seed: int = 1) -> Trained:
    """Count the older steps, teach and judge the blend on the held-out ones, count all steps."""
    chance = np.random.default_rng(seed)
    older = assemble(part_of(steps, split.older), plain(PLAIN))
    teach = some(split.teach, TEACH_MOST, chance)
    rows, begin, gains = described(older, steps, teach)
    if len(begin) - 1 < TEACH_LEAST or not len(split.check):
        return Trained(assemble(steps, plain(PLAIN)), None)
    blend = fit(rows, begin, gains, PLAIN, hidden=HIDDEN, epochs=EPOCHS, chance=chance)
    older = replace_blend(older, blend)
    check = some(split.check, CHECK_MOST, chance)
    verdict = judge(older, [(had_before(steps, row), int(steps.item[row])) for row in check.tolist()])
    return Trained(assemble(steps, blend), verdict)


def recount(model: SequenceModel, steps: Sequences) -> SequenceModel:
    """The same blend over other steps of the same items: what was learnt stays, what is looked up is new."""
    return assemble(steps, model.blend)


def assemble(steps: Sequences, blend: Blend) -> SequenceModel:
    """Count the lists, and put the blend beside them."""
    people = people_of(steps)
    return SequenceModel(
        lists=count_lists(steps),
        popularity=np.log1p(people).astype(np.float32),
        trend=trend_of(steps),
        popular=np.lexsort((np.arange(steps.items), -people)).astype(np.int32),
        blend=blend,
    )


def trend_of(steps: Sequences) -> Floats:
    """Of each item's steps the share that fell into the newest tenth of all; 0 where no times are known."""
    if steps.time is None or not len(steps.time):
        return np.zeros(steps.items, np.float32)
    lately = steps.time > np.quantile(steps.time, 0.9)
    counts = np.bincount(steps.item[lately], minlength=steps.items)
    ever = np.bincount(steps.item, minlength=steps.items)
    return (counts / np.maximum(ever, 1)).astype(np.float32)


def replace_blend(model: SequenceModel, blend: Blend) -> SequenceModel:
    return SequenceModel.from_arrays(model.arrays() | blend.arrays())


def part_of(steps: Sequences, kept: Any) -> Sequences:
    return Sequences(
        actor=steps.actor[kept],
        item=steps.item[kept],
        items=steps.items,
        bought=steps.bought[kept],
        time=None if steps.time is None else steps.time[kept],
        alike=steps.alike,
    )


def some(rows: Longs, most: int, chance: np.random.Generator) -> Longs:
    """At most so many, drawn by chance, in their order."""
    return rows if len(rows) <= most else np.sort(chance.choice(rows, most, replace=False))


def had_before(steps: Sequences, row: int) -> Ints:
    """What the person of a step had before it, oldest first; an item stands where she had it last."""
    start = int(np.searchsorted(steps.actor, steps.actor[row]))
    before = steps.item[start:row]
    _, last = np.unique(before[::-1], return_index=True)
    return before[::-1][np.sort(last)][::-1].astype(np.int32)


def described(model: SequenceModel, steps: Sequences, rows: Longs) -> tuple[Floats, Longs, Floats]:
    """Features of the candidates of held-out steps, where each begins, and its target's place as a gain;
    steps whose item is not on the shortlist are left out."""
    found: list[Floats] = []
    gains: list[Floats] = []
    begin = [0]
    for row in rows.tolist():
        candidates, features = describe(model, had_before(steps, row)[-2 * KEYS :])
        gain = (candidates == steps.item[row]).astype(np.float32)
        if gain.any():
            found.append(features)
            gains.append(gain)
            begin.append(begin[-1] + len(features))
    if not found:
        return np.empty((0, len(FEATURES)), np.float32), np.array(begin), np.empty(0, np.float32)
    return np.concatenate(found), np.array(begin), np.concatenate(gains)
