"""Find the candidates for a shopper's next basket, and describe each by the features of `FEATURES`."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.recommend.basket.words import (
    BASKETS_MOST,
    COUNT,
    FEATURES,
    KEYS,
    OWN,
    POPULAR,
    SHORTLIST,
    SOURCES,
    BasketModel,
    Doubles,
    Floats,
    Ints,
    Longs,
)

SLOW, FAST = 0.9, 0.7
SHARE_FLOOR = 1e-4
TINY = 1e-9
_PLAIN_SOURCES = np.array([0.5, 0.0, 0.0, 0.5])
_PLAIN_POPULARITY = 0.5
_OWN_FIRST = 3.0


def describe(model: BasketModel, items: Ints, back: Ints) -> tuple[Ints, Floats]:
    """The shortlist after her baskets, best guess of a plain sum first, and features float32[c, F].

    ``items`` of all her baskets, in any order, with how many baskets ago each was bought (0: in the last).
    """
    near = back < BASKETS_MOST
    items, back = items[near], back[near]
    own, at = np.unique(items, return_inverse=True)
    slow: Doubles = np.bincount(at, SLOW**back, len(own)).astype(np.float64)
    candidates, sums = _found(model, own, slow, items[back == 0])
    place = np.searchsorted(candidates, own)
    totals = sums.sum(axis=0)
    shares = np.log(sums / (totals + TINY) + SHARE_FLOOR)
    popularity = model.popularity[candidates]
    first = np.zeros(len(candidates))
    first[place] = _OWN_FIRST * (1 + np.log1p(slow))
    plain = shares @ _PLAIN_SOURCES + _PLAIN_POPULARITY * popularity + first
    short = np.lexsort((candidates, -plain.astype(np.float32)))[:SHORTLIST]
    mine = np.zeros((len(candidates), len(OWN)))
    mine[place] = _own(model, own, at, back, slow)
    chosen = candidates[short]
    rows = np.empty((len(chosen), len(FEATURES)), np.float32)
    rows[:, :COUNT] = shares[short]
    rows[:, COUNT : 2 * COUNT] = np.log1p(sums[short])
    rows[:, 2 * COUNT : 2 * COUNT + len(OWN)] = mine[short]
    rows[:, -5] = popularity[short]
    rows[:, -4] = model.repeated[chosen]
    baskets = int(back.max(initial=0)) + 1
    rows[:, -3] = np.log(baskets)
    rows[:, -2] = len(items) / baskets
    rows[:, -1] = len(items) / max(len(own), 1) - 1
    return chosen, rows


def _found(model: BasketModel, own: Ints, slow: Doubles, last: Ints) -> tuple[Ints, Doubles]:
    """(items ascending, sums [c, `COUNT`]) from the lists of her items, with her own and popular items."""
    keys = np.argsort(-slow, kind="stable")[:KEYS]
    asked = (
        (own[keys], slow[keys]),
        (last[:KEYS], np.ones(min(len(last), KEYS))),
        (own[keys], slow[keys]),
        (own[keys], np.ones(len(keys))),
    )
    cells = [np.concatenate([own, model.popular[:POPULAR]]).astype(np.int64) * COUNT]
    values = [np.zeros(len(cells[0]))]
    for number, ((_, name), (item, weight)) in enumerate(zip(SOURCES, asked, strict=True)):
        start, others, scores = model.lists[name]
        begin = start[item]
        counts = start[item + 1] - begin
        shift = np.cumsum(counts) - counts
        flat = np.arange(int(counts.sum())) + np.repeat(begin - shift, counts)
        cells.append(others[flat].astype(np.int64) * COUNT + number)
        values.append(scores[flat] * np.repeat(weight, counts))
    cell = np.concatenate(cells)
    candidates, place = np.unique(cell // COUNT, return_inverse=True)
    total = np.bincount(place * COUNT + cell % COUNT, np.concatenate(values), len(candidates) * COUNT)
    sums: Doubles = total.astype(np.float64).reshape(-1, COUNT)
    return candidates.astype(np.int32), sums


def _own(model: BasketModel, own: Ints, at: Longs, back: Ints, slow: Doubles) -> Doubles:
    """The features of `OWN`, a row for each item that she had."""
    count = np.bincount(at, minlength=len(own)).astype(np.float64)
    last = np.full(len(own), np.iinfo(np.int32).max)
    first = np.zeros(len(own), np.int64)
    np.minimum.at(last, at, back)
    np.maximum.at(first, at, back)
    twice = count > 1
    pace = np.where(twice, (first - last) / np.maximum(count - 1, 1), 0.0)
    repeated = model.repeated[own]
    return np.stack(
        [
            slow,
            np.bincount(at, FAST**back, len(own)),
            np.log1p(count),
            count / (int(back.max(initial=0)) + 1),
            np.ones(len(own)),
            twice * 1.0,
            1 / (1.0 + last),
            pace,
            np.where(twice, np.abs(last + 1 - pace), 0.0),
            repeated,
            np.log(repeated),
        ],
        axis=1,
    )
