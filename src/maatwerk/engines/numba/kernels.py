"""Compiled bodies of `neighbors.py`; read `decisions/recommend/neighbors` for what they compute and why."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]

SUMS = 18
SHARE_FLOOR = 1e-3
TINY = 1e-9


@njit(cache=True, nogil=True)
def table_size(entries: int) -> int:
    """A power of two at least twice as large, so that probing stays short."""
    size = 16
    while size < 2 * entries:
        size *= 2
    return size


@njit(cache=True, nogil=True)
def slot_of(keys: Array, key: int) -> int:
    """Where `key` is in the open table (-1 marks a free place), or the free place where it belongs."""
    at = (key * 2654435761) & (len(keys) - 1)
    while keys[at] != -1 and keys[at] != key:
        at = (at + 1) & (len(keys) - 1)
    return at


@njit(cache=True, nogil=True)
def last_place(session_items: Array, begin: int, end: int, item: int) -> int:
    for at in range(end - 1, begin - 1, -1):
        if session_items[at] == item:
            return at
    return begin


@njit(cache=True, nogil=True)
def distinct_back(prefix: Array, most: int) -> tuple[Array, Array]:
    """(distinct newest items, steps back of each)."""
    total = len(prefix)
    items = np.empty(min(most, total), np.int32)
    steps = np.empty(min(most, total), np.int64)
    count = 0
    for back in range(min(most, total)):
        item = prefix[total - 1 - back]
        seen = False
        for at in range(count):
            seen = seen or items[at] == item
        if not seen:
            items[count] = item
            steps[count] = back
            count += 1
    return items[:count], steps[:count]


@njit(cache=True, nogil=True)
def neighbor_sessions(
    items: Array, weights: Array, item_start: Array, item_sessions: Array
) -> tuple[Array, Array, Array]:
    """(sessions that share an item, similarity, newest shared item)."""
    entries = 0
    for item in items:
        entries += item_start[item + 1] - item_start[item]
    keys = np.full(table_size(entries), -1, np.int64)
    row = np.empty(len(keys), np.int32)
    sessions = np.empty(entries, np.int32)
    similarity = np.empty(entries, np.float64)
    shared = np.empty(entries, np.int32)
    count = 0
    for at in range(len(items)):
        item = items[at]
        for place in range(item_start[item], item_start[item + 1]):
            session = item_sessions[place]
            slot = slot_of(keys, session)
            if keys[slot] == -1:
                keys[slot] = session
                row[slot] = count
                sessions[count] = session
                similarity[count] = 0.0
                shared[count] = item
                count += 1
            similarity[row[slot]] += weights[at]
    return sessions[:count], similarity[:count], shared[:count]


@njit(cache=True, nogil=True)
def add_neighbor(sum_row: Array, first: int, distance: int, recent: float) -> None:
    if distance == 1:
        sum_row[first] += recent
    elif distance > 1:
        sum_row[first + 1] += recent / distance
    elif distance < 0:
        sum_row[first + 2] += recent / -distance


@njit(cache=True, nogil=True)
def add_last(sum_row: Array, distance: int, recent: float, company: float) -> None:
    if distance == 1:
        sum_row[11] += 1.0
        sum_row[12] += recent**4
        sum_row[14] += company * recent
    elif distance > 1:
        sum_row[15] += company * recent / distance
    else:
        sum_row[16] += company * recent / (1 - distance)
    sum_row[13] += 1.0
    sum_row[17] += company * company * recent


@njit(cache=True, nogil=True)
def find_candidates(
    items: Array,
    weights: Array,
    recency: float,
    nearest: Array,
    nearest_items: int,
    session_start: Array,
    session_items: Array,
    item_start: Array,
    item_sessions: Array,
) -> tuple[Array, Array]:
    """(candidate items, sums [c, SUMS])."""
    sessions, similarity, shared = neighbor_sessions(items, weights, item_start, item_sessions)
    total = len(session_start) - 1
    extra = min(len(items), nearest_items)
    entries = len(items) + extra * nearest.shape[1]
    for session in sessions:
        entries += session_start[session + 1] - session_start[session]
    keys = np.full(table_size(entries), -1, np.int64)
    row = np.empty(len(keys), np.int32)
    found = np.empty(entries, np.int32)
    sums = np.zeros((entries, SUMS), np.float64)
    count = 0
    for at in range(len(sessions)):
        session = sessions[at]
        begin, end = session_start[session], session_start[session + 1]
        anchor = last_place(session_items, begin, end, shared[at])
        near = similarity[at] * np.exp(-recency * (total - session) / total)
        squared = similarity[at] * near
        for place in range(begin, end):
            slot = slot_of(keys, session_items[place])
            if keys[slot] == -1:
                keys[slot] = session_items[place]
                row[slot] = count
                found[count] = session_items[place]
                count += 1
            sum_row = sums[row[slot]]
            sum_row[0] += similarity[at]
            sum_row[1] += squared
            if place > anchor:
                sum_row[2] += near / (place - anchor)
            elif place < anchor:
                sum_row[3] += near / (anchor - place)
    for which in range(min(3, len(items))):
        item = items[which]
        for own in range(item_start[item], item_start[item + 1]):
            session = item_sessions[own]
            begin, end = session_start[session], session_start[session + 1]
            anchor = last_place(session_items, begin, end, item)
            recent = np.exp(-recency * (total - session) / total)
            # the sessions of the last item were found first, in the order of its list
            company = similarity[own - item_start[item]] - weights[0] if which == 0 else 0.0
            for place in range(begin, end):
                sum_row = sums[row[slot_of(keys, session_items[place])]]
                if which == 0:
                    add_last(sum_row, place - anchor, recent, company)
                if which < 2:
                    add_neighbor(sum_row, 4 + 3 * which, place - anchor, recent)
                elif place > anchor:
                    sum_row[10] += recent / (place - anchor)
    for which in range(extra + 1):
        more = items if which == extra else nearest[items[which]]
        for item in more:
            slot = slot_of(keys, item)
            if keys[slot] == -1:
                keys[slot] = item
                row[slot] = count
                found[count] = item
                count += 1
    return found[:count], sums[:count]


@njit(cache=True, nogil=True)
def encode_prefix(
    prefix: Array,
    vectors: Array,
    positions: Array,
    last_weight: Array,
    item_weight: Array,
    bias: Array,
    query: Array,
    output: Array,
) -> Array:
    size, heads = query.shape
    width = min(len(prefix), len(positions))
    x = np.empty((width, size), np.float32)
    for back in range(width):
        x[back] = vectors[prefix[len(prefix) - 1 - back]]
    gate = np.dot(x + positions[:width], item_weight)
    pull = np.dot(x[0], last_weight) + bias
    for back in range(width):
        for d in range(size):
            gate[back, d] = np.float32(1) / (np.float32(1) + np.exp(-(gate[back, d] + pull[d])))
    force = np.dot(gate, query)
    joined = np.zeros((heads + 1) * size, np.float32)
    joined[:size] = x[0]
    for head in range(heads):
        top = force[:, head].max()
        share = np.exp(force[:, head] - top)
        share /= share.sum()
        for back in range(width):
            for d in range(size):
                joined[(head + 1) * size + d] += share[back] * x[back, d]
    raw = np.dot(joined, output)
    state: Array = raw / (np.sqrt((raw * raw).sum()) + np.float32(1e-8))
    return state


@njit(cache=True, nogil=True, fastmath=True)
def cosine(vectors: Array, item: int, state: Array) -> Any:
    total = np.float32(0)
    for d in range(len(state)):
        total += vectors[item, d] * state[d]
    return total


@njit(cache=True, nogil=True)
def describe_arrays(
    prefix: Array,
    width: int,
    session_start: Array,
    session_items: Array,
    item_start: Array,
    item_sessions: Array,
    item_rarity: Array,
    item_popularity: Array,
    item_trend: Array,
    nearest: Array,
    vectors: Array,
    positions: Array,
    last_weight: Array,
    item_weight: Array,
    bias: Array,
    query: Array,
    output: Array,
    dials: Array,
) -> tuple[Array, Array]:
    items, steps = distinct_back(prefix, int(dials[0]))
    weights = np.empty(len(items), np.float64)
    for at in range(len(items)):
        weights[at] = dials[1] ** steps[at] * item_rarity[items[at]]
    candidates, sums = find_candidates(
        items,
        weights,
        dials[2],
        nearest,
        int(dials[4]),
        session_start,
        session_items,
        item_start,
        item_sessions,
    )
    count = len(candidates)
    logits = np.zeros(count, np.float64)
    state = np.empty(0, np.float32)
    if vectors.shape[1] > 0:
        state = encode_prefix(prefix, vectors, positions, last_weight, item_weight, bias, query, output)
        for at in range(count):
            logits[at] = dials[5] * cosine(vectors, candidates[at], state)
    top = logits.max()
    log_total = np.log(np.exp(logits - top).sum()) + top
    totals = np.zeros(SUMS, np.float64)
    for at in range(count):
        totals += sums[at]

    order = np.argsort(candidates)  # the tie break, as the sort below is stable
    guess = np.empty(count, np.float32)
    for at in range(count):
        row = order[at]
        guess[at] = -(logits[row] + np.log(sums[row, 0] / (totals[0] + TINY) + SHARE_FLOOR))
    best = order[np.argsort(guess, kind="mergesort")[: int(dials[3])]]

    total = len(prefix)
    different = 0
    for at in range(total):
        seen = False
        for earlier in range(at):
            seen = seen or prefix[earlier] == prefix[at]
        different += not seen
    chosen = candidates[best]
    rows = np.empty((len(best), width), np.float32)
    for at in range(len(best)):
        item, row = chosen[at], best[at]
        for feature in range(SUMS):
            rows[at, feature] = np.log(sums[row, feature] / (totals[feature] + TINY) + SHARE_FLOOR)
            rows[at, SUMS + feature] = np.log1p(sums[row, feature])
        rows[at, 2 * SUMS] = logits[row] - log_total
        rows[at, 2 * SUMS + 1] = cosine(vectors, item, vectors[prefix[total - 1]])
        rows[at, 2 * SUMS + 2] = item_popularity[item]
        rows[at, 2 * SUMS + 3] = item_trend[item]
        times, newest = 0, -1
        for back in range(total):
            if prefix[total - 1 - back] == item:
                times += 1
                if newest < 0:
                    newest = back
        rows[at, 2 * SUMS + 4] = 1.0 / (1 + newest) if times else 0.0
        rows[at, 2 * SUMS + 5] = 1.0 if times else 0.0
        rows[at, 2 * SUMS + 6] = 1.0 if newest == 0 else 0.0
        rows[at, 2 * SUMS + 7] = np.log1p(times)
        rows[at, 2 * SUMS + 8] = np.log1p(totals[0])
        rows[at, 2 * SUMS + 9] = np.log1p(totals[4])
        rows[at, 2 * SUMS + 10] = np.log(total)
        rows[at, 2 * SUMS + 11] = different / total
        rows[at, 2 * SUMS + 12] = log_total - top
    return chosen, rows


@njit(cache=True, nogil=True)
def blend_rows(
    features: Array, mean: Array, scale: Array, weight: Array, bias: Array, output: Array, linear: Array
) -> Array:
    z = (features - mean) * scale
    hidden = np.maximum(np.dot(z, weight) + bias, np.float32(0))
    scores: Array = np.dot(hidden, output) + np.dot(z, linear)
    return scores
