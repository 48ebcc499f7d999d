"""Teach the blend on baskets that the lists have not counted, and judge it on others that taught nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from maatwerk.decisions.recommend.basket.describe import describe
from maatwerk.decisions.recommend.basket.words import (
    COUNT,
    FEATURES,
    POPULAR,
    SOURCES,
    BasketModel,
    Baskets,
    Floats,
    Ints,
    Longs,
    Mask,
    Split,
)
from maatwerk.decisions.recommend.blend import Blend, fit, plain
from maatwerk.decisions.recommend.sequence.lists import Lists, best, scaled, without_self
from maatwerk.decisions.recommend.verdict import K, Tally, Verdict

KEPT = 100
AFTER_MOST, AFTER_DECAY = 3, 0.7
REPEATED_OF, REPEATED_PRIOR = 1.0, 10.0
"""Added to an item's repeat purchases and to all of them, so that one shopper's habit is not everyone's."""
HIDDEN, EPOCHS = 32, 10
TEACH_LEAST = 300
TEACH_MOST, CHECK_MOST = 12_000, 4_000
BLOCK = 500


class Trained(NamedTuple):
    """The model over all baskets, and how its blend did against its parts; None where too few could tell."""

    model: BasketModel
    verdict: Verdict | None

    @property
    def wins(self) -> bool:
        """Whether the blend may be put in force."""
        return self.verdict is not None and self.verdict.wins


def train(baskets: Baskets, split: Split, seed: int = 1) -> Trained:
    """Count the older baskets, teach and judge the blend on the held-out ones, count all baskets."""
    chance = np.random.default_rng(seed)
    begin = plain(plain_weights())
    out = np.isin(baskets.basket, np.concatenate([split.teach, split.check]))
    older = assemble(part_of(baskets, ~out), begin)
    rows, starts, gains = described(older, baskets, some(split.teach, TEACH_MOST, chance))
    if len(starts) - 1 < TEACH_LEAST or not len(split.check):
        return Trained(assemble(baskets, begin), None)
    blend = fit(rows, starts, gains, plain_weights(), hidden=HIDDEN, epochs=EPOCHS, chance=chance)
    older = BasketModel.from_arrays(older.arrays() | blend.arrays())
    verdict = judge(older, baskets, some(split.check, CHECK_MOST, chance))
    return Trained(assemble(baskets, blend), verdict)


def recount(model: BasketModel, baskets: Baskets) -> BasketModel:
    """The same blend over other baskets of the same items: what was learnt stays, the lists are new."""
    return assemble(baskets, model.blend)


def plain_weights() -> Floats:
    """An unlearnt blend: how often she bought it, and a little of what goes with her baskets."""
    weights = np.zeros(len(FEATURES), np.float32)
    for name, weight in (("own, slow", 1.0), ("popularity", 0.1), ("after all: share", 0.1)):
        weights[FEATURES.index(name)] = weight
    return weights


def part_of(baskets: Baskets, kept: Mask) -> Baskets:
    return Baskets(
        person=baskets.person[kept],
        basket=baskets.basket[kept],
        item=baskets.item[kept],
        items=baskets.items,
    )


def some(numbers: Longs, most: int, chance: np.random.Generator) -> Longs:
    return numbers if len(numbers) <= most else np.sort(chance.choice(numbers, most, replace=False))


def assemble(baskets: Baskets, blend: Blend) -> BasketModel:
    """Count the lists, and put the blend beside them."""
    size = baskets.items
    count = np.bincount(baskets.item, minlength=size).astype(np.int64)
    had = sparse_of(baskets.person, baskets.item, size)
    people = np.asarray((had > 0).sum(axis=0)).ravel()
    return BasketModel(
        lists={
            "after": best(scaled(after(baskets), count, 0.5, 0.3), KEPT),
            "with": _together(sparse_of(baskets.basket, baskets.item, size), count, 0.5),
            "also": _together(had, count, 0.6),
        },
        popularity=np.log1p(count).astype(np.float32),
        repeated=((count - people + REPEATED_OF) / (count + REPEATED_PRIOR)).astype(np.float32),
        popular=np.lexsort((np.arange(size), -count)).astype(np.int32),
        blend=blend,
    )


def sparse_of(group: Longs, item: Ints, size: int) -> sparse.csr_matrix:
    """Groups by items, 1 where a group has the item."""
    _, number = np.unique(group, return_inverse=True)
    rows = int(number.max(initial=-1)) + 1
    held = sparse.csr_matrix((np.ones(len(item), np.float32), (number, item)), shape=(rows, size))
    held.data[:] = 1.0
    return held


def _together(held: sparse.csr_matrix, count: Longs, of: float) -> Lists:
    return best(scaled(without_self(sparse.csr_matrix(held.T @ held)), count, of, 0.3), KEPT)


def after(baskets: Baskets) -> sparse.csr_matrix:
    """Items by items: how often one was in one of the next `AFTER_MOST` baskets of the same person."""
    held = sparse_of(baskets.basket, baskets.item, baskets.items)
    _, first = np.unique(baskets.basket, return_index=True)
    person = baskets.person[first]
    total = sparse.csr_matrix((baskets.items, baskets.items), dtype=np.float32)
    for gap in range(1, AFTER_MOST + 1):
        same = np.flatnonzero(person[:-gap] == person[gap:])
        step = sparse.csr_matrix(held[same].T @ held[same + gap])
        total = total + step * np.float32(AFTER_DECAY ** (gap - 1))
    return without_self(sparse.csr_matrix(total))


class Case(NamedTuple):
    """What a person had before a basket, how many baskets ago, and what the basket held."""

    items: Ints
    back: Ints
    wanted: Ints


def cases(baskets: Baskets, numbers: Longs) -> list[Case]:
    """A case for each of these baskets whose person had one before."""
    found = []
    for number in numbers.tolist():
        start, end = np.searchsorted(baskets.basket, [number, number + 1])
        begin = int(np.searchsorted(baskets.person, baskets.person[start]))
        if begin < start:
            found.append(Case(*had(baskets, begin, int(start)), baskets.item[start:end]))
    return found


def had(baskets: Baskets, begin: int, end: int) -> tuple[Ints, Ints]:
    """Items of one person's rows, and how many baskets before the last of them."""
    _, number = np.unique(baskets.basket[begin:end], return_inverse=True)
    back = int(number.max(initial=0)) - number
    return baskets.item[begin:end], back.astype(np.int32)


def described(model: BasketModel, baskets: Baskets, numbers: Longs) -> tuple[Floats, Longs, Floats]:
    """Features of the candidates of held-out baskets, where each begins, and gains that add up to 1."""
    found, gains, begin = [], [], [0]
    for case in cases(baskets, numbers):
        candidates, features = describe(model, case.items, case.back)
        hit = np.isin(candidates, case.wanted)
        if hit.any():
            found.append(features)
            gains.append((hit / hit.sum()).astype(np.float32))
            begin.append(begin[-1] + len(features))
    if not found:
        return np.empty((0, len(FEATURES)), np.float32), np.array(begin), np.empty(0, np.float32)
    return np.concatenate(found), np.array(begin), np.concatenate(gains)


WAYS = ("her most bought", "plain sum", *(name for name, _ in SOURCES), "popularity")


def judge(model: BasketModel, baskets: Baskets, numbers: Longs) -> Verdict:
    """Each way of ordering on the same held-out baskets."""
    tally = Tally(WAYS, np.expm1(model.popularity.astype(np.float64)).round().astype(np.int64))
    count, popularity = FEATURES.index("own count"), FEATURES.index("popularity")
    for case in cases(baskets, numbers):
        candidates, features = describe(model, case.items, case.back)
        scores = (
            model.blend.score(features),
            features[:, count] + 0.01 * features[:, popularity],
            features @ plain_weights(),
            *(features[:, place] for place in range(COUNT)),
        )
        ways = [candidates[np.lexsort((candidates, -score))[:K]] for score in scores]
        tally.add([*ways, model.popular[: min(K, POPULAR)]], case.wanted)
    return tally.verdict()
