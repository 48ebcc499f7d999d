"""The order of what was found: words, meaning, what the crowd likes, what she likes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from maatwerk.decisions.pipeline.words import Rows, Scores
from maatwerk.decisions.search.meaning import Floats, Meaning
from maatwerk.views.catalog.columns import Catalog

MEANING, FEEDBACK, LIKING, TASTE, EARLIER, LEARNT = 0.5, 0.5, 0.12, 0.5, 0.2, 0.8
SOLD_OUT = -0.6
_FEEDBACK_FROM = 10


class Signals(NamedTuple):
    """What orders results besides words. ``taste`` in [-1, 1] is hers, ``liking`` in [0, 1] everyone's."""

    meaning: Meaning | None = None
    direction: Floats | None = None
    earlier: Floats | None = None
    liking: Callable[[Rows], Scores] | None = None
    taste: Callable[[Rows], Scores] | None = None
    chosen: Mapping[int, float] | None = None
    """Rows that were chosen after the same words, with their worth."""
    dial: float = 0.0
    feedback: bool = True


def terms_of(catalog: Catalog, rows: Rows, text: Scores, signals: Signals) -> dict[str, Scores]:
    """The terms of each row's score; the score is their sum.

    The best match of words has 1. ``feedback`` is likeness to the best ten so far: what most of them have in
    common is what was meant (pseudo-relevance feedback; Rocchio, 1971).
    """
    best = float(text.max()) if len(text) else 0.0
    terms: dict[str, Scores] = {"words": text / best if best > 0 else np.zeros(len(rows))}
    meaning = signals.meaning
    if meaning is not None and signals.direction is not None and len(rows):
        terms["meaning"] = MEANING * np.maximum(meaning.likeness(signals.direction, rows), 0.0)
        if signals.feedback and len(rows) > 2:
            so_far = terms["words"] + terms["meaning"]
            top = np.argsort(-so_far, kind="stable")[:_FEEDBACK_FROM]
            direction = meaning.of_products(rows[top], so_far[top])
            if direction is not None:
                terms["feedback"] = FEEDBACK * np.maximum(meaning.likeness(direction, rows), 0.0)
    if signals.chosen:
        worth = signals.chosen
        chosen = (worth.get(row, 0.0) for row in rows.tolist())
        terms["learnt"] = LEARNT * np.fromiter(chosen, np.float64, len(rows))
    if signals.liking is not None:
        weight = LIKING if best > 0 else 1.0
        terms["liking"] = weight * signals.liking(rows)
    strength = signals.dial / 100.0
    if signals.taste is not None and strength > 0:
        terms["taste"] = 2 * strength * TASTE * signals.taste(rows)
    if meaning is not None and signals.earlier is not None and strength > 0:
        terms["earlier"] = 2 * strength * EARLIER * np.maximum(meaning.likeness(signals.earlier, rows), 0.0)
    sold_out = ~catalog.available[rows]
    if sold_out.any():
        terms["sold out"] = np.where(sold_out, SOLD_OUT, 0.0)
    return terms
