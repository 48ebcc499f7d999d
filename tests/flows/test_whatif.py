"""What another rule would have shown, and sold: asked of the real log; its intervals hold the truth."""

from __future__ import annotations

import os
import time
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.flows.test_expose import parts, put, show

from maatwerk.app.parts import Parts
from maatwerk.core.errors import Refused
from maatwerk.core.time import HOUR
from maatwerk.decisions.experiments.offpolicy import estimated
from maatwerk.demo.catalog import catalog
from maatwerk.demo.shoppers import shoppers
from maatwerk.demo.world import World
from maatwerk.flows.record import Asked, record_blocking
from maatwerk.flows.whatif import WhatIf, what_if

__all__ = ["parts"]

SEED = 20_261_128
Floats = NDArray[np.float64]
SLOT = {"page": "other", "unit": "newest-alone", "limit": 4}


def asked(parts: Parts, **document: Any) -> WhatIf:
    now = parts.clock() + 1
    wanted = {("placement", "slot"): {**SLOT, **document}}
    return what_if(parts.deciding, parts.log, wanted, since=now - HOUR, until=now)


def begun(parts: Parts) -> None:
    put(parts, "unit", "newest-alone", {"recommender": "newest"})
    put(parts, "unit", "cheap", {"recommender": "newest", "include": "product.price < 15.0"})
    put(parts, "placement", "slot", SLOT)


def test_it_says_who_would_have_seen_what_else_and_that_it_cannot_say_more(parts: Parts) -> None:
    begun(parts)
    for number in range(30):
        show(parts, f"a-{number}")
    while len(parts.log.decisions_between(0, parts.clock() + 1, limit=100)) < 30:
        time.sleep(0.01)  # a record that came alone rides along with a later commit
    same = asked(parts, title="Another title")
    assert [(each.answers, each.changed, each.estimates) for each in same.effects] == [(30, 0, None)]
    found = asked(parts, unit="cheap")
    (effect,) = found.effects
    assert (found.decisions, found.read, effect.answers, effect.changed) == (30, 30, 30, 30)
    assert effect.examples[0].before != effect.examples[0].after
    assert {"s-0", "s-1", "s-2", "s-3", "s-4"} >= set(effect.examples[0].after)
    assert effect.estimates is not None
    assert effect.estimates.says == "cannot"
    assert "100% of what this rule would show had no chance" in effect.estimates.why
    with pytest.raises(Refused):
        asked(parts, unit="nobody-knows")


def test_an_experiment_gives_the_log_something_to_say(parts: Parts) -> None:
    """Half saw the other list, and clicked more: so the draft that shows it to all is worth more."""
    begun(parts)
    new = {"key": "new", "changes": {"placement/slot": {"unit": "cheap"}}}
    experiment = {"state": "running", "variants": [{"key": "old"}, new]}
    put(parts, "experiment", "e", experiment)
    clicks = []
    for number in range(260):
        slot = show(parts, f"a-{number}")["placements"]["slot"]
        often = 3 if slot["experiment"]["variant"] == "new" else 12
        if number % often == 0:
            said = {"sku": slot["items"][0]["sku"], "tracking": slot["tracking"]}
            clicks.append(
                {"type": "track", "event": "Product Clicked", "anonymousId": f"a-{number}",
                 "messageId": os.urandom(8).hex(), "properties": said}
            )  # fmt: skip
    raw = [msgspec.Raw(msgspec.json.encode(each)) for each in clicks]
    assert sum(each.accepted for each in record_blocking(parts.recording, raw, Asked())) == len(clicks)
    now = parts.clock() + 1
    ended = experiment | {"state": "concluded", "winner": "new", "plan": {"holdback": 0.0}}
    wanted = {("experiment", "e"): ended}
    (effect,) = what_if(parts.deciding, parts.log, wanted, since=now - HOUR, until=now).effects
    assert effect.changed == pytest.approx(130, abs=35)
    assert effect.supported == effect.changed
    found = effect.estimates
    assert found is not None
    assert found.says == "estimate"
    assert found.logged.estimate == pytest.approx((1 / 3 + 1 / 12) / 2, abs=0.06)
    assert found.best.low < 1 / 3 < found.best.high
    assert found.best.estimate > found.logged.estimate


def on_the_simulated_shop(random: np.random.Generator) -> Floats:
    """How probably 200 shoppers, whose tastes are known, click on something of each of five lists."""
    world = World(catalog(), shoppers())
    skus = [product["sku"] for product in world.products]
    lists = [[skus[int(place)] for place in random.choice(len(skus), 8, replace=False)] for _ in range(5)]
    people = [world.shoppers[int(place)] for place in random.choice(len(world.shoppers), 200, replace=False)]
    clicks = np.array([[world.expected_clicks(person, shown) for shown in lists] for person in people])
    return np.asarray(np.minimum(clicks / clicks.max() * 0.6, 0.95), np.float64)


def coverage(chance: Floats, random: np.random.Generator, runs: int, rows: int) -> dict[str, float]:
    """How often each estimator's 95 % interval holds the true value. Shoppers got one of five lists with
    known odds; the rule goes by what each likes best; the reward model is biased on purpose."""
    people = range(len(chance))
    logging = random.dirichlet(np.full(5, 4.0), len(people)) * 0.9 + 0.02
    best = chance.argmax(axis=1)
    rule = np.full((len(people), 5), 0.05)
    rule[np.arange(len(people)), best] = 0.8
    model = chance * 0.8 + 0.02
    truth = float((rule * chance).sum(axis=1).mean())
    held = {"ips": 0, "snips": 0, "dr": 0}
    for _ in range(runs):
        who = random.integers(0, len(people), rows)
        actions = (random.random(rows)[:, None] > np.cumsum(logging[who], axis=1)).sum(axis=1).clip(0, 4)
        rewards = (random.random(rows) < chance[who, actions]).astype(float)
        found = estimated(
            rewards,
            logging[who, actions],
            rule[who, actions],
            expected=model[who, actions],
            expected_rule=(rule * model)[who].sum(axis=1),
        )
        for name, value in (("ips", found.ips), ("snips", found.snips), ("dr", found.dr)):
            assert value is not None
            held[name] += value.low <= truth <= value.high
    return {name: count / runs for name, count in held.items()}


def test_intervals_hold_the_truth() -> None:
    random = np.random.default_rng(SEED)
    found = coverage(random.uniform(0.01, 0.3, (200, 5)), random, 40, 1_000)
    assert min(found.values()) >= 0.85


@pytest.mark.prove
def test_intervals_hold_the_truth_of_the_simulated_shop() -> None:
    random = np.random.default_rng(SEED)
    found = coverage(on_the_simulated_shop(random), random, 200, 3_000)
    print(f"\noff-policy 95 % intervals over 200 runs on the simulated shop, seed {SEED}: {found}")
    assert min(found.values()) >= 0.91
