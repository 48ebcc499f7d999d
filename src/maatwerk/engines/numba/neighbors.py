"""`decisions/recommend/neighbors` compiled: the same `describe` and `predict`, several times faster.

The kernels keep no state between calls (small hash tables live for one call), so threads may share a model.
Compilation is lazy and cached on disk; `warm` pays it before the first shopper comes.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maatwerk.decisions.recommend.neighbors.predict import fill, known_items
from maatwerk.decisions.recommend.neighbors.words import FEATURES, Floats, Ints, NeighborModel


def available() -> bool:
    """Whether the extra `speed` is installed."""
    try:
        import numba  # noqa: F401
    except ImportError:
        return False
    return True


def describe(model: NeighborModel, prefix: Ints) -> tuple[Ints, Floats]:
    """As `decisions.recommend.neighbors.describe`; raises RuntimeError where numba is not installed."""
    items, features = kernel("describe_arrays")(
        np.ascontiguousarray(prefix, np.int32),
        len(FEATURES),
        *counted(model),
        *encoded(model),
        *sealed(model.dials),
    )
    return items, features


def predict(model: NeighborModel, prefix: ArrayLike, k: int = 20) -> tuple[Ints, Floats]:
    """As `decisions.recommend.neighbors.predict`; raises RuntimeError where numba is not installed."""
    known = known_items(model, prefix)
    if not len(known):
        return fill(model, np.empty(0, np.int32), np.empty(0, np.float32), k)
    items, features = kernel("describe_arrays")(
        known, len(FEATURES), *counted(model), *encoded(model), *sealed(model.dials)
    )
    scores = kernel("blend_rows")(
        features,
        *sealed(
            model.blend_mean,
            model.blend_scale,
            model.blend_weight,
            model.blend_bias,
            model.blend_output,
            model.blend_linear,
        ),
    )
    best = np.lexsort((items, -scores))[:k]
    return fill(model, items[best], scores[best], k)


def warm(model: NeighborModel) -> None:
    """Compile now, or load what was compiled before, so that the first shopper need not wait for it."""
    predict(model, model.popular[:2])


@lru_cache(maxsize=2)
def counted(model: NeighborModel) -> tuple[Any, ...]:
    return sealed(
        model.session_start,
        model.session_items,
        model.item_start,
        model.item_sessions,
        model.item_rarity,
        model.item_popularity,
        model.item_trend,
    )


@lru_cache(maxsize=2)
def encoded(model: NeighborModel) -> tuple[Any, ...]:
    return sealed(
        model.nearest,
        model.vectors,
        model.positions,
        model.last_weight,
        model.item_weight,
        model.attention_bias,
        model.attention,
        model.output,
    )


def sealed(*arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Read-only views, so that arrays in memory and memory-mapped ones share one compiled kernel."""
    views = tuple(array.view(np.ndarray) for array in arrays)
    for view in views:
        view.flags.writeable = False
    return views


@cache
def kernel(name: str) -> Callable[..., Any]:
    """A compiled kernel of `kernels.py`."""
    try:
        kernels = import_module("maatwerk.engines.numba.kernels")
    except ImportError as missing:
        raise RuntimeError(
            "the fast kernels need numba: install maatwerk[speed], or use the numpy definition"
        ) from missing
    found: Callable[..., Any] = getattr(kernels, name)
    return found
