"""Find the candidates for a prefix and describe each by the features of `FEATURES`.

The sums, for session s with items c_0, c_1, ..., prefix items p with weights
w_p = rarity_p * decay^(steps back), age(s) in [0, 1] and recent(s) = exp(-recency * age(s)):

    sim(s)     = sum of w_p over the distinct prefix items in s
    company(s) = sim(s) less the weight of the last item
    x          = place - anchor, the last place in s of the newest prefix item that s holds
    similar += sim;  similar_squared_recent += sim^2 recent;  after, before_anchor += sim recent / |x|

and over the sessions that hold the last item, the last but one, the third, with x from its last place there:

    next_to += recent where x = 1;  later_than, before += recent / |x| where x > 1, x < 0
    after_third += recent / x where x > 0
    next_to_last_ever, _lately += 1, recent^4 where x = 1;  together_with_last += 1
    company_next, _later, _before += company recent * ([x = 1], [x > 1] / x, [x <= 0] / (1 - x))
    company_squared += company^2 recent
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.recommend.neighbors.encode import encode
from maatwerk.decisions.recommend.neighbors.words import (
    FEATURES,
    SUMS,
    Doubles,
    Floats,
    Ints,
    Longs,
    NeighborModel,
)

SHARE_FLOOR = 1e-3  # added to a share before its logarithm
TINY = 1e-9


def describe(model: NeighborModel, prefix: Ints) -> tuple[Ints, Floats]:
    """The shortlist for `prefix` (oldest item first, known items only, not empty), best guess first.

    Returns items int32[c] and features float32[c, F], c at most the shortlist dial; never fewer than one row,
    because the prefix items are candidates themselves.
    """
    recent_items, decay, recency, shortlist, nearest_items, sharpness = model.dials
    back = prefix[::-1][: int(recent_items)]
    _, first = np.unique(back, return_index=True)
    steps = np.sort(first)
    distinct = back[steps]

    items, sums = neighbor_sums(model, distinct, decay**steps, recency)
    extra = model.nearest[distinct[: int(nearest_items)]].ravel()
    candidates = np.union1d(items, np.concatenate([extra, distinct])).astype(np.int32)
    all_sums = np.zeros((len(candidates), SUMS))
    all_sums[np.searchsorted(candidates, items)] = sums

    state = encode(model, prefix)
    logits = sharpness * (model.vectors[candidates] @ state).astype(np.float64)
    top = logits.max()
    log_total = np.log(np.exp(logits - top).sum()) + top
    totals = all_sums.sum(axis=0)
    shares = np.log(all_sums / (totals + TINY) + SHARE_FLOOR)

    best = np.lexsort((candidates, -(logits + shares[:, 0]).astype(np.float32)))[: int(shortlist)]
    chosen = candidates[best]
    rows = np.empty((len(best), len(FEATURES)))
    rows[:, :SUMS] = shares[best]
    rows[:, SUMS : 2 * SUMS] = np.log1p(all_sums[best])
    rows[:, 2 * SUMS] = logits[best] - log_total
    rows[:, 2 * SUMS + 1] = model.vectors[chosen] @ model.vectors[prefix[-1]]
    rows[:, 2 * SUMS + 2] = model.item_popularity[chosen]
    rows[:, 2 * SUMS + 3] = model.item_trend[chosen]
    rows[:, 2 * SUMS + 4 : 2 * SUMS + 8] = repeats(prefix, chosen)
    rows[:, 2 * SUMS + 8 :] = [
        np.log1p(totals[0]),
        np.log1p(totals[4]),
        np.log(len(prefix)),
        len(np.unique(prefix)) / len(prefix),
        log_total - top,
    ]
    return chosen, rows.astype(np.float32)


def neighbor_sums(
    model: NeighborModel, distinct: Ints, weights: Doubles, recency: float
) -> tuple[Ints, Doubles]:
    """(items ascending, sums [c, SUMS]) over the sessions sharing an item with `distinct` (newest first)."""
    counts = model.item_start[distinct + 1] - model.item_start[distinct]
    found = model.item_sessions[spans(model.item_start[distinct], counts)]
    if not len(found):
        return np.empty(0, np.int32), np.empty((0, SUMS))
    rank = np.repeat(np.arange(len(distinct)), counts)
    sessions, newest, inverse = np.unique(found, return_index=True, return_inverse=True)
    weights = weights * model.item_rarity[distinct]
    first_weight = weights[0]
    similarity = np.bincount(inverse, weights[rank])
    recent = recent_weight(model, sessions, recency)

    row, place, item = lay_out(model, sessions)
    distance = place - anchors(row, place, item, distinct[rank[newest]])[row]
    items, column = np.unique(item, return_inverse=True)
    sums = np.zeros((len(items), SUMS))

    def add(feature: int, column: NDArray[Any], value: NDArray[Any]) -> None:
        sums[:, feature] += np.bincount(column, value, minlength=len(items))

    near = similarity * recent
    add(0, column, similarity[row])
    add(1, column, (similarity * near)[row])
    add(2, column, where_over(distance > 0, near[row], distance))
    add(3, column, where_over(distance < 0, near[row], -distance))
    for which, item_now in enumerate(distinct[:3]):
        own = model.item_sessions[model.item_start[item_now] : model.item_start[item_now + 1]]
        row, place, item = lay_out(model, own)
        distance = place - anchors(row, place, item, np.full(len(own), item_now))[row]
        column, weight = np.searchsorted(items, item), recent_weight(model, own, recency)[row]
        if which == 2:
            add(10, column, where_over(distance > 0, weight, distance))
            continue
        add(4 + 3 * which, column, where_over(distance == 1, weight, distance))
        add(5 + 3 * which, column, where_over(distance > 1, weight, distance))
        add(6 + 3 * which, column, where_over(distance < 0, weight, -distance))
        if which == 0:
            add(11, column, (distance == 1) * 1.0)
            add(12, column, where_over(distance == 1, weight**4, distance))
            add(13, column, np.ones(len(column)))
            company = (similarity[np.searchsorted(sessions, own)] - first_weight)[row]
            add(14, column, where_over(distance == 1, company * weight, distance))
            add(15, column, where_over(distance > 1, company * weight, distance))
            add(16, column, where_over(distance <= 0, company * weight, 1 - distance))
            add(17, column, company * company * weight)
    return items, sums


def where_over(condition: NDArray[np.bool_], value: Doubles, distance: Longs) -> Doubles:
    """value / distance where the condition holds, which implies a positive distance; else 0."""
    return np.asarray(np.where(condition, value / np.maximum(distance, 1), 0.0))


def recent_weight(model: NeighborModel, sessions: Ints, recency: float) -> Doubles:
    total = len(model.session_start) - 1
    return np.asarray(np.exp(-recency * (total - sessions) / total))


def lay_out(model: NeighborModel, sessions: Ints) -> tuple[Longs, Longs, Ints]:
    """The events of the sessions one after another: (index into `sessions`, place in the session, item)."""
    begin = model.session_start[sessions]
    counts = model.session_start[sessions + 1] - begin
    flat = spans(begin, counts)
    row = np.repeat(np.arange(len(sessions)), counts)
    return row, flat - begin[row], model.session_items[flat]


def anchors(row: Longs, place: Longs, item: Ints, wanted: Ints) -> Longs:
    """The last place of the wanted item in each session."""
    anchor = np.zeros(len(wanted), np.int64)
    match = item == wanted[row]
    np.maximum.at(anchor, row[match], place[match])
    return anchor


def spans(begin: Longs, counts: Longs) -> Longs:
    """begin[0], begin[0] + 1, ... (counts[0] of them), begin[1], ..."""
    shift = np.cumsum(counts) - counts
    return np.asarray(np.arange(int(counts.sum())) + np.repeat(begin - shift, counts))


def repeats(prefix: Ints, chosen: Ints) -> Doubles:
    """The four repeat features of each chosen item."""
    same = chosen[:, None] == prefix[::-1][None, :]
    inside, back = same.any(axis=1), same.argmax(axis=1)
    return np.stack(
        [inside / (1.0 + back), inside * 1.0, (inside & (back == 0)) * 1.0, np.log1p(same.sum(axis=1))],
        axis=1,
    )
