"""Learn item vectors and the readout of `encode.py` by predicting every next item of every session.

Softmax over a sample of items instead of all of them: item i is in a batch's sample with probability pi_i
(a draw by popularity, or the target of another case), and weighs 1 / pi_i in the denominator, which keeps the
denominator unbiased. Gradients are written out by hand; Adam moves only the rows of items in the batch.
"""

from dataclasses import dataclass, field

import numpy as np

from maatwerk.decisions.recommend.neighbors.encode import TINY, Readout, readout
from maatwerk.decisions.recommend.neighbors.words import Doubles, Floats, Ints, Longs, NeighborSettings

KEEP_MEAN, KEEP_SQUARE = 0.9, 0.999  # Adam, Kingma and Ba 2015
WARM_STEPS = 200
FINAL_RATE = 0.05  # of the learning rate, where its half cosine ends
SAME_LENGTH_BATCHES = (
    50  # batches cut from one shuffled and then length-sorted block, so that few cells are padding
)


@dataclass(slots=True)
class Encoder:
    """What is learned: item vectors (served as unit rows), the readout's weights, Adam's moments of both."""

    vectors: Floats  # [n + 1, d]; the last row stands for an absent item and is never used
    weights: dict[str, Floats]
    vector_moments: tuple[Floats, Floats]
    weight_moments: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)
    steps: int = 0

    def unit_vectors(self) -> Floats:
        return unit(self.vectors[:-1])[0]


def new_encoder(item_count: int, settings: NeighborSettings, chance: np.random.Generator) -> Encoder:
    """Small random vectors; the readout starts as the last item plus half of each head's mean."""
    size, heads = settings.encoder_size, settings.encoder_heads
    spread = 1 / np.sqrt(size)

    def small(*shape: int) -> Floats:
        return chance.uniform(-spread, spread, shape).astype(np.float32)

    start = np.concatenate([np.eye(size) * (0.5 if k else 1.0) for k in range(heads + 1)])
    weights = {
        "positions": small(settings.encoder_positions, size),
        "last_weight": small(size, size),
        "item_weight": small(size, size),
        "bias": np.zeros(size, np.float32),
        "query": small(size, heads),
        "output": start.astype(np.float32) + 0.3 * small((heads + 1) * size, size),
    }
    vectors = small(item_count + 1, size)
    return Encoder(
        vectors=vectors,
        weights=weights,
        vector_moments=(np.zeros_like(vectors), np.zeros_like(vectors)),
        weight_moments={name: (np.zeros_like(w), np.zeros_like(w)) for name, w in weights.items()},
    )


def learn(
    encoder: Encoder,
    recent: Ints,
    target: Ints,
    epochs: int,
    rate: float,
    settings: NeighborSettings,
    chance: np.random.Generator,
) -> None:
    """Train in place on cases int32[N, L] (last item in column 0, -1 for none) with targets int32[N]."""
    items = len(encoder.vectors) - 1
    draw, included = sampling(target, items, settings)
    log_weight = -np.log(included).astype(np.float32)
    total = max(1, epochs * -(-len(target) // settings.batch))
    step = 0
    for _ in range(epochs):
        for cases in batches(recent, settings.batch, chance):
            shown = np.union1d(np.flatnonzero(chance.random(items) < draw), target[cases]).astype(np.int32)
            warm = min(1.0, (encoder.steps + 1) / WARM_STEPS)
            fall = FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + np.cos(np.pi * min(1.0, step / total)))
            take_step(
                encoder,
                recent[cases],
                target[cases],
                shown,
                log_weight[shown],
                rate * warm * fall,
                settings,
                chance,
            )
            step += 1


def sampling(target: Ints, items: int, settings: NeighborSettings) -> tuple[Doubles, Doubles]:
    """(probability of being drawn, of being in a batch's sample at all), both float64[n].

    Draws go by the square root of popularity, scaled so that their expected number is `negatives`.
    """
    counts = np.bincount(target, minlength=items) + 0.5
    liking = np.sqrt(counts)
    low, high = 0.0, 1e9
    for _ in range(80):
        middle = (low + high) / 2
        if np.minimum(1, liking * middle).sum() < settings.negatives:
            low = middle
        else:
            high = middle
    draw = np.minimum(1, liking * low)
    return draw, 1 - (1 - draw) * np.exp(-settings.batch * counts / counts.sum())


def batches(recent: Ints, size: int, chance: np.random.Generator) -> list[Longs]:
    """Every case once, in batches of like length and random order."""
    length = (recent >= 0).sum(axis=1)
    order = chance.permutation(len(recent))
    found = []
    for begin in range(0, len(order), size * SAME_LENGTH_BATCHES):
        block = order[begin : begin + size * SAME_LENGTH_BATCHES]
        block = block[np.argsort(length[block], kind="stable")]
        found += [block[at : at + size] for at in range(0, len(block), size)]
    chance.shuffle(found)
    return found


def take_step(
    encoder: Encoder,
    recent: Ints,
    target: Ints,
    shown: Ints,
    log_weight: Floats,
    rate: float,
    settings: NeighborSettings,
    chance: np.random.Generator,
) -> float:
    """One Adam step on one batch; `shown` is the sorted sample with log(1 / pi). Returns the mean loss."""
    width = int((recent >= 0).any(axis=0).sum())
    recent = recent[:, :width]
    cases, present = len(recent), recent >= 0
    absent = len(encoder.vectors) - 1
    rows, where = np.unique(
        np.concatenate([np.where(present, recent, absent).ravel(), shown]), return_inverse=True
    )
    units, norms = unit(encoder.vectors[rows])
    size = units.shape[1]
    cells = where[: recent.size]
    keep = present[:, :, None].astype(np.float32)
    if settings.dropout:
        keep = keep * (chance.random((cases, width, size), dtype=np.float32) >= settings.dropout)
        keep /= np.float32(1 - settings.dropout)
    x = units[cells].reshape(cases, width, size) * keep
    out = readout(x, present, **encoder.weights)

    compared = units[where[recent.size :]]
    chances = (out.state @ compared.T) * np.float32(settings.sharpness) + log_weight
    own, each = np.searchsorted(shown, target), np.arange(cases)
    chances[each, own] -= log_weight[own]  # a case's own target is there for certain
    chances -= chances.max(axis=1, keepdims=True)
    np.exp(chances, out=chances)
    chances /= chances.sum(axis=1, keepdims=True)
    loss = float(-np.log(chances[each, own] + 1e-9).mean())
    chances[each, own] -= 1
    chances *= np.float32(settings.sharpness / cases)

    state_slope = np.asarray(chances @ compared, np.float32)
    weight_slopes, x_slope = backward(out, x, present, state_slope, encoder.weights)
    x_slope *= keep
    from scipy import sparse  # here: a process that only serves need not load it

    spread = sparse.csr_matrix(
        (np.ones(recent.size, np.float32), cells, np.arange(recent.size + 1)), shape=(recent.size, len(rows))
    )
    unit_slope = spread.T @ x_slope.reshape(recent.size, size)
    unit_slope[where[recent.size :]] += chances.T @ out.state
    vector_slope = (unit_slope - (unit_slope * units).sum(axis=1, keepdims=True) * units) / norms
    adam(encoder, rows, vector_slope, weight_slopes, rate)
    return loss


def backward(
    out: Readout, x: Floats, present: np.ndarray, state_slope: Floats, weights: dict[str, Floats]
) -> tuple[dict[str, Floats], Floats]:
    """Slopes of the loss by every weight and by x, given its slope by the unit state."""
    cases, width, size = x.shape
    heads = out.attention.shape[2]
    raw = (state_slope - (state_slope * out.state).sum(axis=1, keepdims=True) * out.state) / out.length
    joined = raw @ weights["output"].T
    last, gathered = joined[:, :size].copy(), joined[:, size:].reshape(cases, heads, size)
    x_slope = np.matmul(out.attention, gathered)
    pull = np.matmul(x, gathered.transpose(0, 2, 1))
    force = (out.attention * (pull - (pull * out.attention).sum(axis=1, keepdims=True))).reshape(-1, heads)
    gate = out.gate.reshape(-1, size)
    inner = (force @ weights["query"].T) * gate * (1 - gate)
    placed = (inner @ weights["item_weight"].T).reshape(cases, width, size)
    per_case = inner.reshape(cases, width, size).sum(axis=1)
    positions = np.zeros_like(weights["positions"])
    positions[:width] = (placed * present[:, :, None]).sum(axis=0)
    x_slope += placed
    x_slope[:, 0] += last + per_case @ weights["last_weight"].T
    slopes = {
        "positions": positions,
        "last_weight": x[:, 0].T @ per_case,
        "item_weight": out.placed.reshape(-1, size).T @ inner,
        "bias": per_case.sum(axis=0),
        "query": gate.T @ force,
        "output": out.joined.T @ raw,
    }
    return slopes, x_slope


def adam(encoder: Encoder, rows: Longs, vector_slope: Floats, slopes: dict[str, Floats], rate: float) -> None:
    encoder.steps += 1
    pace = np.float32(rate * np.sqrt(1 - KEEP_SQUARE**encoder.steps) / (1 - KEEP_MEAN**encoder.steps))
    a, b = np.float32(KEEP_MEAN), np.float32(KEEP_SQUARE)
    mean, square = encoder.vector_moments
    new_mean = mean[rows] * a + vector_slope * (1 - a)
    new_square = square[rows] * b + vector_slope * vector_slope * (1 - b)
    mean[rows], square[rows] = new_mean, new_square
    encoder.vectors[rows] -= pace * new_mean / (np.sqrt(new_square) + TINY)
    for name, slope in slopes.items():
        mean, square = encoder.weight_moments[name]
        mean += (slope - mean) * (1 - a)
        square += (slope * slope - square) * (1 - b)
        encoder.weights[name] -= pace * mean / (np.sqrt(square) + TINY)


def unit(vectors: Floats) -> tuple[Floats, Floats]:
    """(rows of length one, lengths [rows, 1])."""
    norms = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True)) + TINY
    return vectors / norms, norms
