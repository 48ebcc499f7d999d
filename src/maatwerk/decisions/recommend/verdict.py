"""Who wins on held-out steps, the learnt blend or one of its parts, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

K = 10
BLEND = "learnt blend"
Ints = NDArray[np.int32]


class Quality(msgspec.Struct, frozen=True):
    """How one way of ordering did, at 10. ``recall`` is the share of what came next that was among them (with
    one target: the hit rate); ``coverage`` the share of all items shown to anybody; ``novelty`` the mean of
    -log2 of a shown item's share of all that was had: higher is further from what everybody sees anyway."""

    recall: float
    ndcg: float
    coverage: float
    novelty: float


class Verdict(msgspec.Struct, frozen=True):
    """Who won on how many cases. ``lead`` is how much NDCG the blend has over its best part, with the
    standard error of that difference (paired by case)."""

    cases: int
    by: dict[str, Quality]
    best_part: str
    lead: float
    lead_error: float

    @property
    def wins(self) -> bool:
        """Whether the blend beats every part."""
        return self.lead > 0

    def facts(self) -> dict[str, Any]:
        """For the model's facts, as plain JSON."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found | {"winner": BLEND if self.wins else self.best_part}


class Tally:
    """Counts what each way of ordering did; the first is the blend."""

    def __init__(self, names: Sequence[str], had: NDArray[np.int64]) -> None:
        """``had``: how often anybody had each item."""
        self.names = (BLEND, *names)
        self._shown = np.zeros((len(self.names), len(had)), np.int64)
        self._surprise = -np.log2(np.maximum(had, 0.5) / max(int(had.sum()), 1))
        self._recall: list[list[float]] = []
        self._ndcg: list[list[float]] = []

    def add(self, ways: Sequence[Ints], wanted: Ints) -> None:
        """One case: the items of each way, best first, and what was wanted."""
        discounts = 1 / np.log2(np.arange(K) + 2)
        ideal = discounts[: len(wanted)].sum()
        hits = [np.isin(items[:K], wanted) for items in ways]
        self._recall.append([float(hit.sum()) / len(wanted) for hit in hits])
        self._ndcg.append([float((hit * discounts[: len(hit)]).sum() / ideal) for hit in hits])
        for way, items in enumerate(ways):
            self._shown[way, items[:K]] += 1

    def verdict(self) -> Verdict:
        """What it came to."""
        recall, ndcg = np.array(self._recall), np.array(self._ndcg)
        by = {
            name: Quality(
                recall=round(float(recall[:, way].mean()), 4),
                ndcg=round(float(ndcg[:, way].mean()), 4),
                coverage=round(float((shown > 0).mean()), 4),
                novelty=round(float((shown * self._surprise).sum() / max(int(shown.sum()), 1)), 3),
            )
            for way, (name, shown) in enumerate(zip(self.names, self._shown, strict=True))
        }
        best = 1 + int(ndcg.mean(axis=0)[1:].argmax())
        apart = ndcg[:, 0] - ndcg[:, best]
        error = float(apart.std(ddof=1) / np.sqrt(len(apart))) if len(apart) > 1 else 0.0
        return Verdict(len(apart), by, self.names[best], round(float(apart.mean()), 5), round(error, 5))
