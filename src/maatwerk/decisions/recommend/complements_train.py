"""Which categories complete which, learnt from what is bought together.

A pair of products needs many baskets to be seen twice; a pair of categories needs few. So what goes
with a dress is first a matter of categories (shoes, bags), then of the pieces.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maatwerk.core.time import DAY
from maatwerk.decisions.recommend.interactions import matrix, select
from maatwerk.decisions.recommend.pairs_train import lists
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.lake import PURCHASE, Interactions

DAYS = 365
_CATEGORIES_PER_BASKET = 20


def train_complements(
    log: Interactions, catalog: Catalog, now: int
) -> tuple[list[str], dict[str, NDArray[Any]]]:
    """Category paths, and for each a list of those bought along with it: ``indptr``, ``items`` (into
    the paths), ``scores`` (log-likelihood ratio over orders), ``counts`` (orders)."""
    codes = catalog.codes["category"].values
    size = len(codes)
    rows = select(log, (PURCHASE,), now - DAYS * DAY, now + 1) & (log.order >= 0)
    item = np.fromiter((catalog.item(sku) for sku in log.skus), np.int32, len(log.skus))
    row = item[log.item[rows]]
    known = row >= 0
    category = catalog.facets["category"][row[known]]
    order, time = log.order[rows][known].astype(np.int64), log.time[rows][known]
    has = category > 0
    baskets = matrix(order[has], category[has], time[has], size, _CATEGORIES_PER_BASKET)
    return list(codes), lists(baskets, baskets, baskets.shape[0], symmetric=True)
