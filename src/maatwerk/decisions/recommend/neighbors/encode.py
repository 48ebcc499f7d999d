"""Turn the newest items of a session into one unit vector.

With x_0 the unit vector of the last item, x_j of the one j steps back, and positions P:

    a_jk = softmax over j of  q_k . sigmoid(W1 x_0 + W2 (x_j + P_j) + c)          (k-th attention head)
    s    = unit( [x_0 ; sum_j a_j1 x_j ; ... ; sum_j a_jK x_j] W3 )
    logit of item i = sharpness * (s . x_i)

The readout is that of SR-GNN (Wu et al. 2019) without its graph; unit vectors and the fixed sharpness are
NISER's (Gupta et al. 2019), which lets rare items be found as easily as popular ones.
"""

from typing import NamedTuple

import numpy as np

from maatwerk.decisions.recommend.neighbors.words import Floats, Ints, NeighborModel

NOTHING = np.float32(-1e9)
TINY = np.float32(1e-8)


class Readout(NamedTuple):
    """What a forward pass leaves for the backward pass; B cases, L positions, d dimensions, K heads."""

    state: Floats  # [B, d] unit rows
    placed: Floats  # [B, L, d] item vectors with positions added
    gate: Floats  # [B, L, d]
    attention: Floats  # [B, L, K]
    joined: Floats  # [B, (K + 1) d]
    length: Floats  # [B, 1] of the state before it was made unit


def readout(
    x: Floats,
    present: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    positions: Floats,
    last_weight: Floats,
    item_weight: Floats,
    bias: Floats,
    query: Floats,
    output: Floats,
) -> Readout:
    """Encode x float32[B, L, d], the last item in column 0, rows of absent items zero."""
    cases, length, size = x.shape
    heads = query.shape[1]
    placed = x + positions[:length]
    pull = (placed.reshape(-1, size) @ item_weight).reshape(cases, length, size)
    pull += (x[:, 0] @ last_weight + bias)[:, None]
    gate = np.asarray(0.5 + 0.5 * np.tanh(0.5 * pull), dtype=np.float32)  # the logistic function
    force = (gate.reshape(-1, size) @ query).reshape(cases, length, heads)
    force = np.where(present[:, :, None], force, NOTHING)
    attention = np.exp(force - force.max(axis=1, keepdims=True))
    attention /= attention.sum(axis=1, keepdims=True)
    gathered = np.matmul(attention.transpose(0, 2, 1), x).reshape(cases, heads * size)
    joined = np.concatenate([x[:, 0], gathered], axis=1)
    raw = joined @ output
    norm = np.sqrt((raw * raw).sum(axis=1, keepdims=True)) + TINY
    return Readout(raw / norm, placed, gate, attention, joined, norm)


def encode_cases(model: NeighborModel, recent: Ints) -> Floats:
    """The states float32[B, d] of cases int32[B, L], the last item in column 0 and -1 where there is none."""
    present = recent >= 0
    x = model.vectors[np.maximum(recent, 0)] * present[:, :, None].astype(np.float32)
    return readout(
        x,
        present,
        model.positions,
        model.last_weight,
        model.item_weight,
        model.attention_bias,
        model.attention,
        model.output,
    ).state


def encode(model: NeighborModel, prefix: Ints) -> Floats:
    """The state float32[d] of one prefix, oldest item first; empty where there is no encoder."""
    if not model.vectors.shape[1]:
        return np.empty(0, np.float32)
    state: Floats = encode_cases(model, prefix[::-1][: len(model.positions)][None, :])[0]
    return state
