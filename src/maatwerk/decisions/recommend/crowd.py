"""What everyone likes, by row: for search's order, and for the metrics that the merchant's rules weigh."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from maatwerk.decisions.pipeline.words import Rows, Scores
from maatwerk.decisions.recommend.models import Bound, Models
from maatwerk.views.catalog.columns import Catalog


def liking_of(crowd: Bound | None, catalog: Catalog) -> Callable[[Rows], Scores] | None:
    """What everyone looks at, adds and buys, in [0, 1] by row; None where nothing was counted yet."""
    if crowd is None:
        return None

    def make() -> Scores:
        arrays = crowd.arrays
        worth = arrays["interest"] + 3.0 * arrays["added"] + 10.0 * arrays["bought"]
        here = crowd.row_of >= 0
        by_row = np.bincount(crowd.row_of[here], worth[here].astype(np.float64), catalog.size)
        logs = np.log1p(by_row)
        scaled: Scores = logs / max(float(logs.max()), 1e-9)
        return scaled

    values = crowd.once("liking", make)

    def liking(rows: Rows) -> Scores:
        return np.where(rows < len(values), values[np.minimum(rows, len(values) - 1)], 0.0)

    return liking


def metrics_of(models: Models, catalog: Catalog) -> Mapping[str, Any]:
    """Metrics that rules may weigh and the catalog alone cannot tell."""
    crowd = models.get("popularity", catalog)
    liking = liking_of(crowd, catalog)
    if crowd is None or liking is None:
        return {}

    def by_row(name: str) -> Callable[[Rows], Scores]:
        def values(rows: Rows) -> Scores:
            words = np.where(rows < crowd.size, crowd.word_of[np.minimum(rows, crowd.size - 1)], -1)
            return np.where(words >= 0, crowd.arrays[name][np.maximum(words, 0)].astype(np.float64), np.nan)

        return values

    def revenue(rows: Rows) -> Scores:
        return by_row("bought")(rows) * np.maximum(catalog.price[rows], 0)

    def cover(rows: Rows) -> Scores:
        stock = np.minimum(catalog.stock[rows], 10_000).astype(np.float64)
        return np.log1p(stock / (1.0 + np.nan_to_num(by_row("bought")(rows))))

    return {
        "popularity": liking,
        "conversion": by_row("converts"),
        "revenue": revenue,
        "cover": cover,
    }
