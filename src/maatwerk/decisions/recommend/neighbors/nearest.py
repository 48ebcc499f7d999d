"""Each item's neighbors in the embedding: what the encoder expects after that item alone."""

import numpy as np

from maatwerk.decisions.recommend.neighbors.encode import encode_cases
from maatwerk.decisions.recommend.neighbors.words import Floats, Ints, NeighborModel

BLOCK = 512  # items compared with all others at once
SAMPLED = 16  # one column in so many is looked at to guess where a row's best begin
EXPECTED = 4  # times as many as wanted are let through by the guess


def nearest_items(model: NeighborModel, most: int) -> Ints:
    """For each item those with the highest logits after it, in no order; int32[n, min(most, n)]."""
    items = model.item_count
    most = min(most, items)
    found = np.empty((items, most), np.int32)
    for begin in range(0, items, BLOCK):
        block = np.arange(begin, min(begin + BLOCK, items), dtype=np.int32)
        found[block] = best_columns(encode_cases(model, block[:, None]) @ model.vectors.T, most)
    return found


def best_columns(values: Floats, most: int) -> Ints:
    """The columns of the `most` highest values of each row, in no order.

    Partitioning whole rows is slow, so a sample of each row first sets a bar that few values pass; a row
    where too few pass is partitioned whole.
    """
    sample = values[:, ::SAMPLED]
    above = EXPECTED * most // SAMPLED + 1
    if sample.shape[1] < 4 * above:
        return partitioned(values, most)
    bars = np.partition(sample, sample.shape[1] - above, axis=1)[:, -above]
    row, column = np.nonzero(values >= bars[:, None])
    passed = np.bincount(row, minlength=len(values))
    order = np.lexsort((-values[row, column], row))
    starts = np.cumsum(passed) - passed
    picked = starts[:, None] + np.arange(most)
    best: Ints = column[order[np.minimum(picked, len(order) - 1)]].astype(np.int32)
    short = passed < most
    best[short] = partitioned(values[short], most)
    return best


def partitioned(values: Floats, most: int) -> Ints:
    return np.argpartition(-values, most - 1, axis=1)[:, :most].astype(np.int32)
