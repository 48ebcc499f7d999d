"""The ground truth: tastes, utilities, and what a list is truly worth."""

import random
from collections import Counter

import numpy as np
import pytest

from maatwerk.demo.catalog import line_of
from maatwerk.demo.shoppers import choose, shoppers, utility
from maatwerk.demo.world import World, truth


def test_the_same_seed_is_the_same_people() -> None:
    assert shoppers(50, seed=3) == shoppers(50, seed=3)
    assert shoppers(50, seed=3) != shoppers(50, seed=4)
    assert shoppers(80, seed=3)[:50] == shoppers(50, seed=3)


def test_everyone_has_ids_of_their_own_and_shares_that_sum_to_one(world: World) -> None:
    devices = [device for shopper in world.shoppers for device in shopper.anonymous_ids]
    assert len(devices) == len(set(devices)) > len(world.shoppers)  # some have two devices
    assert len({shopper.email for shopper in world.shoppers}) == len(world.shoppers)
    for shopper in world.shoppers:
        assert sum(shopper.lines.values()) == pytest.approx(1.0)
        assert 0 <= shopper.complement <= 1
        assert 1 <= shopper.tier <= 4


def test_the_matrix_and_the_definition_agree(world: World) -> None:
    chance = random.Random(5)
    for _ in range(300):
        shopper, product = chance.choice(world.shoppers), chance.choice(world.products)
        assert world.utility(shopper, product["sku"]) == pytest.approx(utility(shopper, product), abs=1e-4)


def test_shoppers_like_their_own_line(world: World) -> None:
    own = [
        line_of(world.product[sku]) == shopper.favorite_line
        for shopper in world.shoppers
        for sku in world.best(shopper, 5)
    ]
    assert sum(own) / len(own) > 0.85


def test_a_choice_follows_the_utilities(world: World) -> None:
    shopper = world.shoppers[3]
    shown = [world.product[sku] for sku in (*world.best(shopper, 1), *[p["sku"] for p in world.products[:4]])]
    chance = random.Random(1)
    picks = Counter(choose(shopper, shown, chance)["sku"] for _ in range(2_000))  # type: ignore[index]
    weights = np.exp([utility(shopper, product) for product in shown])
    for product, share in zip(shown, weights / weights.sum(), strict=True):
        assert picks[product["sku"]] / 2_000 == pytest.approx(share, abs=0.04)
    assert choose(shopper, [], chance) is None


def test_expected_clicks_grow_with_liking_and_with_rank(world: World) -> None:
    shopper = world.shoppers[0]
    best = world.best(shopper, 10)
    by_liking = sorted((p["sku"] for p in world.products), key=lambda sku: world.utility(shopper, sku))
    assert world.expected_clicks(shopper, best) > 5 * world.expected_clicks(shopper, by_liking[:10])
    assert world.expected_clicks(shopper, best) > world.expected_clicks(shopper, best[::-1])
    assert world.expected_clicks(shopper, []) == 0
    assert world.expected_clicks(shopper, best) < len(best)


def test_personal_lists_beat_bestsellers_by_a_known_amount(world: World) -> None:
    popular = np.argsort(-world.utilities.mean(axis=0))[:10]
    bestsellers = [world.products[i]["sku"] for i in popular]
    personal = {shopper.id: world.best(shopper, 10) for shopper in world.shoppers}
    control = {shopper.id: bestsellers for shopper in world.shoppers}
    found = truth(world, personal, control)
    assert found.visitors == len(world.shoppers)
    assert found.clicks > 2 * found.clicks_instead
    assert found.lift > 1
    assert truth(world, control, control).lift == 0


def test_a_comparison_without_common_shoppers_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="no shopper in common"):
        truth(world, {"0001": []}, {"0002": []})
