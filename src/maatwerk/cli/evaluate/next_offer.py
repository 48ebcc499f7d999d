"""`evaluate next-offer`: in a simulated shop, the learnt policy against 10 % for all and against nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from maatwerk.decisions.offers.next_best import SILENCE, Earned, next_best
from maatwerk.demo.persuasion import visit

OFFERS = ("free-delivery", "tenth-off")
BATCH = 50
"""What was earned is learnt from so many visits at a time, as a shop's models are."""


def evaluate_next_offer(
    *, seeds: int, visits: int, say: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Margin a visit under each policy, and the difference that the learnt one makes, with its 95 % interval
    (paired over seeds, Student's t)."""
    policies: dict[str, list[float]] = {"learnt": [], "ten_percent_for_all": [], "nothing": []}
    silent = []
    for seed in range(seeds):
        shoppers = [visit(str(seed), number) for number in range(visits)]
        earned, quiet = _learnt(str(seed), shoppers)
        policies["learnt"].append(earned / visits)
        policies["ten_percent_for_all"].append(sum(each.margin("tenth-off") for each in shoppers) / visits)
        policies["nothing"].append(sum(each.margin(SILENCE) for each in shoppers) / visits)
        silent.append(quiet / visits)
        say(f"seed {seed}: " + ", ".join(f"{name} {each[-1]:.3f}" for name, each in policies.items()))
    learnt = np.array(policies["learnt"])
    return {
        "evaluate": "next-offer", "seeds": seeds, "visits": visits,
        "margin_per_visit": {name: round(float(np.mean(each)), 4) for name, each in policies.items()},
        "against": {
            name: _difference(learnt - np.array(policies[name]))
            for name in ("ten_percent_for_all", "nothing")
        },
        "silent_share": round(float(np.mean(silent)), 3),
    }  # fmt: skip


def _learnt(seed: str, shoppers: list[Any]) -> tuple[float, int]:
    """What the policy earns while it learns, from nothing known; and how often it said nothing."""
    known: dict[str, dict[str, Earned]] = {}
    waiting: list[tuple[str, str, float]] = []
    total, quiet = 0.0, 0
    for number, shopper in enumerate(shoppers):
        step = f"{seed}|{number // BATCH}|{shopper.cell}"
        chosen = next_best(known.get(shopper.cell, {}), OFFERS, str(number), step, shopper.cell)
        margin = shopper.margin(chosen.offer)
        total += margin
        quiet += chosen.offer == SILENCE
        waiting.append((shopper.cell, chosen.offer, margin))
        if len(waiting) == BATCH:
            for cell, offer, earned in waiting:
                arms = known.setdefault(cell, {})
                arms[offer] = arms.get(offer, Earned()).plus(earned)
            waiting.clear()
    return total, quiet


def _difference(found: Any) -> dict[str, float]:
    mean, error = float(np.mean(found)), float(stats.sem(found)) if len(found) > 1 else float("nan")
    reach = float(stats.t.ppf(0.975, len(found) - 1)) * error if len(found) > 1 else float("nan")
    return {"mean": round(mean, 4), "low": round(mean - reach, 4), "high": round(mean + reach, 4)}
