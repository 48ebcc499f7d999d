"""From the numbers an index knows products by to rows of a worker's catalog, for many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.pipeline.words import Rows
from maatwerk.decisions.search.index import Ids, id_of
from maatwerk.views.catalog.columns import Catalog

_NONE = np.empty(0, np.int32)


class RowsById:
    """Keeps up with one catalog as it grows."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._ids: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._rows: Rows = _NONE
        self._size = 0

    def rows(self, ids: Ids) -> Rows:
        """The row of each number; -1 where this catalog has no such product (yet)."""
        self._grow()
        if not len(self._ids):
            return np.full(len(ids), -1, np.int32)
        at = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        found: Rows = np.where(self._ids[at] == ids, self._rows[at], -1).astype(np.int32)
        return found

    def _grow(self) -> None:
        size = self.catalog.size
        if size == self._size:
            return
        skus = self.catalog.skus[self._size : size]
        ids = np.concatenate((self._ids, np.fromiter(map(id_of, skus), np.uint64, len(skus))))
        rows = np.concatenate((self._rows, np.arange(self._size, size, dtype=np.int32)))
        order = np.argsort(ids, kind="stable")
        self._ids, self._rows, self._size = ids[order], rows[order], size
