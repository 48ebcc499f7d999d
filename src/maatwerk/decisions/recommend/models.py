"""Sealed models: plain arrays that a version of the shop's log taught, the same for every worker.

A model names products by SKU in its own vocabulary. A worker binds it to its catalog's rows; what
the catalog no longer has falls away, what it has learnt since is unknown to the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.pipeline.words import Rows
from maatwerk.views.catalog.columns import Catalog

T = TypeVar("T")
Arrays = Mapping[str, NDArray[Any]]


_MADE_MOST = 1_000


class Sealed(msgspec.Struct, frozen=True):
    """One published version of one model: its name, version, vocabulary, arrays, and what it was taught.

    ``facts`` are small and JSON: the log offset and time span taught, rows, parameters, seconds.
    """

    name: str
    version: str
    skus: list[str]
    arrays: Arrays
    facts: dict[str, Any] = {}


class Bound:
    """A sealed model seen from one catalog: vocabulary to rows and back.

    ``row_of`` has a catalog row for each vocabulary entry (-1: not in the catalog, or a variant whose
    parent stands elsewhere); ``word_of`` the other way (-1: the model never saw it).
    """

    def __init__(self, sealed: Sealed, catalog: Catalog, like: Bound | None = None) -> None:
        """``like``: another of the same catalog, whose rows serve again where the vocabulary is the same."""
        self.sealed = sealed
        self.arrays = {name: np.asarray(array) for name, array in sealed.arrays.items()}
        self._made: dict[str, Any] = {}
        self.size = catalog.size
        if like is not None and like.sealed.skus is sealed.skus and like.size == catalog.size:
            self.row_of: Rows = like.row_of
            self.word_of: Rows = like.word_of
            return
        self.row_of = catalog.items(sealed.skus)
        self.word_of = np.full(catalog.size, -1, np.int32)
        known = np.flatnonzero(self.row_of >= 0)
        self.word_of[self.row_of[known][::-1]] = known[::-1].astype(np.int32)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Something a recommender makes of the arrays, made once a binding."""
        if key not in self._made:
            if len(self._made) >= _MADE_MOST:
                self._made.clear()
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def word(self, row: int) -> int:
        """The vocabulary entry of a row, or -1 (rows that came after binding are unknown)."""
        return int(self.word_of[row]) if 0 <= row < self.size else -1

    def words(self, rows: Rows) -> Rows:
        """Vocabulary entries of rows the model knows, in their order."""
        near = rows[(rows >= 0) & (rows < self.size)]
        words = self.word_of[near]
        known: Rows = words[words >= 0]
        return known


class Models:
    """The sealed models in force, bound to one catalog on first use.

    Binding is done again when the catalog has grown. Cheap to ask: one dictionary look-up.
    """

    def __init__(self, sealed: Mapping[str, Sealed]) -> None:
        self.sealed = dict(sealed)
        self._bound: dict[tuple[str, str], Bound] = {}
        self._like: dict[tuple[int, str], Bound] = {}
        self._made: dict[object, Any] = {}

    def get(self, name: str, catalog: Catalog) -> Bound | None:
        """A model bound to the catalog; None where none was published."""
        sealed = self.sealed.get(name)
        if sealed is None:
            return None
        key = (name, catalog.store)
        bound = self._bound.get(key)
        if bound is None or bound.size != catalog.size:
            like = self._like.get((id(sealed.skus), catalog.store))
            bound = self._bound[key] = Bound(sealed, catalog, like)
            self._like[id(sealed.skus), catalog.store] = bound
        return bound

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Something that follows from these models and what the key names, made once."""
        if key not in self._made:
            if len(self._made) >= _MADE_MOST:
                self._made.clear()
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def versions(self) -> dict[str, str]:
        """Name to version, for the decision record."""
        return {name: sealed.version for name, sealed in self.sealed.items()}
