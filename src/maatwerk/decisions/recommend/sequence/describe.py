"""Find the candidates for what a shopper had so far, and describe each by the features of `FEATURES`."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.recommend.sequence.words import (
    COUNT,
    FEATURES,
    KEYS,
    LISTS,
    PLAIN,
    SHORTLIST,
    SOURCES,
    Floats,
    Ints,
    SequenceModel,
)

SHARE_FLOOR = 1e-4
TINY = 1e-9
_STEPS = np.arange(KEYS)
_WEIGHTS = {source.name: source.decay**_STEPS for source in SOURCES}
_OF_LIST = {name: [n for n, source in enumerate(SOURCES) if source.lists == name] for name in LISTS}
_TONES = [SOURCES.index(s) for s in SOURCES if s.name in ("next", "later", "together", "alike")]


def describe(model: SequenceModel, had: Ints) -> tuple[Ints, Floats]:
    """The shortlist for ``had`` (oldest first), best guess of the plain sum first, and features
    float32[c, F]. What she had is not among it; nothing where no list knows any of it."""
    back = had[::-1][:KEYS].astype(np.int64)
    found: list[Ints] = []
    values: list[np.ndarray] = []
    for name in LISTS:
        start, items, scores = model.lists[name]
        begin = start[back]
        counts = start[back + 1] - begin
        if not counts.any():
            continue
        shift = np.cumsum(counts) - counts
        flat = np.arange(int(counts.sum())) + np.repeat(begin - shift, counts)
        step = np.repeat(_STEPS[: len(back)], counts)
        for number in _OF_LIST[name]:
            found.append(items[flat].astype(np.int64) * COUNT + number)
            values.append(scores[flat] * _WEIGHTS[SOURCES[number].name][step])
    if not found:
        return np.empty(0, np.int32), np.empty((0, len(FEATURES)), np.float32)
    cells = np.concatenate(found)
    candidates, place = np.unique(cells // COUNT, return_inverse=True)
    sums = np.bincount(place * COUNT + cells % COUNT, np.concatenate(values), len(candidates) * COUNT)
    sums = sums.reshape(-1, COUNT)
    new = ~np.isin(candidates, back if len(had) <= KEYS else had)
    candidates, sums = candidates[new].astype(np.int32), sums[new]
    totals = sums.sum(axis=0)
    shares = np.log(sums / (totals + TINY) + SHARE_FLOOR)
    plain = shares @ PLAIN[:COUNT]
    short = np.lexsort((candidates, -plain.astype(np.float32)))[:SHORTLIST]
    chosen = candidates[short]
    rows = np.empty((len(chosen), len(FEATURES)), np.float32)
    rows[:, :COUNT] = shares[short]
    rows[:, COUNT : 2 * COUNT] = np.log1p(10 * sums[short])
    rows[:, 2 * COUNT] = model.popularity[chosen]
    rows[:, 2 * COUNT + 1] = model.trend[chosen]
    rows[:, 2 * COUNT + 2] = np.log(len(had))
    rows[:, 2 * COUNT + 3 :] = np.log(totals[_TONES] + TINY)
    return chosen, rows
