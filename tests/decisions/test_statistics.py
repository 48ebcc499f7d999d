"""The statistics equal their references: GrowthBook's engine and SDK cases, closed forms, definitions."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.cli.evaluate.statistics import answers
from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments import compare, foreign
from maatwerk.decisions.experiments.assign import bucket, choose, in_namespace, ranges
from maatwerk.decisions.experiments.offpolicy import estimated
from maatwerk.decisions.experiments.power import (
    detectable,
    for_mean,
    for_proportion,
    looked_at_daily,
    plan,
)
from maatwerk.decisions.experiments.summaries import cap_at, cuped, pairs, plainly

VECTORS = json.loads((Path(__file__).parent / "statistics.json").read_text(encoding="utf-8"))


def ask(**request: Any) -> dict[str, Any]:
    """As `evaluate statistics` answers it: the command and the functions at once."""
    (answer,) = answers([json.dumps(request)])
    return answer


def close(found: Any, expected: Any, tolerance: float) -> bool:
    if found is None or expected is None:
        return found is expected
    return bool(abs(found - expected) <= tolerance * max(1.0, abs(expected)))


def test_frequentist_references() -> None:
    wrong = []
    for metric, method, relative, alpha, tuning, place, expected in VECTORS["frequentist"]:
        arms = [dict(zip(VECTORS["fields"][metric], arm, strict=True)) for arm in VECTORS["inputs"][place]]
        found = ask(
            fn="ab",
            method=method,
            metric=metric,
            input={"control": arms[0], "treatment": arms[1]},
            difference_type="relative" if relative else "absolute",
            alpha=alpha,
            tuning=tuning,
        )
        values = [found["estimate"], found["se"], *found["ci"], found["p_value"]]
        if not all(close(*each, 1e-9) for each in zip(values, expected, strict=True)):
            wrong.append((metric, method, relative, values, expected))
    assert len(VECTORS["frequentist"]) == 190
    assert wrong == []


def test_bayesian_references() -> None:
    for control, treated, prior, inverse, expected in VECTORS["bayes"]:
        found = ask(
            fn="bayes",
            control=dict(zip(("n", "sum"), control, strict=True)),
            treatment=dict(zip(("n", "sum"), treated, strict=True)),
            prior={"proper": prior is not None, "mean": 0, "sd": prior and prior[1]},
            inverse=inverse,
        )
        values = [found["chance_to_win"], found["posterior_mean"], found["posterior_sd"]]
        assert np.allclose([*values, *found["ci"], *found["risk"]], expected, rtol=0, atol=1e-9)
    for control, treated, expected in VECTORS["beta"]:
        found = ask(
            fn="bayes",
            control=dict(zip(("n", "sum"), control, strict=True)),
            treatment=dict(zip(("n", "sum"), treated, strict=True)),
            prior="Beta(1,1)",
        )
        assert found["chance_to_win"] == pytest.approx(expected, abs=1e-9)


def test_checks_and_corrections() -> None:
    for users, weights, p in VECTORS["srm"]:
        assert ask(fn="srm", users=users, weights=weights)["p"] == pytest.approx(p, abs=1e-9)
    for p_values, holm, bh in VECTORS["multiple"]:
        assert ask(fn="holm", p=p_values)["adjusted"] == pytest.approx(holm, abs=1e-12)
        assert ask(fn="bh", p=p_values)["adjusted"] == pytest.approx(bh, abs=1e-12)
    for baseline, relative, alpha, power, per_arm in VECTORS["power"]:
        assert abs(for_proportion(baseline, relative, alpha, power) - per_arm) <= 1


def test_hashes_and_assignment() -> None:
    for seed, value, version, expected in VECTORS["hash"]:
        if version in (1, 2):
            assert ask(fn="bucket", seed=seed, value=value, version=version)["n"] == expected
        else:
            assert expected is None
            assert "error" in ask(fn="bucket", seed=seed, value=value, version=version)
    for _, (arms, coverage, weights), expected in VECTORS["ranges"]:
        sound = weights and len(weights) == arms and 0.99 <= sum(weights) <= 1.01
        found = ranges(weights if sound else [1 / arms] * arms, coverage)
        assert np.allclose(found, expected, atol=1e-9)
    for _, number, stretches, expected in VECTORS["choose"]:
        assert choose(number, stretches) == expected
    for _, unit, (name, low, high), expected in VECTORS["namespace"]:
        assert in_namespace(unit, name, low, high) is expected
    for key, seed, expected in VECTORS["murmur3"]:
        assert ask(fn="bucket", seed=seed, value=key, version="murmur3")["n"] == expected
    for key, expected in VECTORS["sha"]:
        assert foreign.sha_bucket(key) == pytest.approx(expected, abs=1e-12)


def test_off_policy_references() -> None:
    given_log = VECTORS["ope"]
    logged = [
        {
            "context": context,
            "action": action,
            "propensity": odds,
            "reward": reward,
            "eval_probs": given_log["rule"][str(context)],
        }
        for context, action, odds, reward in given_log["logged"]
    ]
    found = ask(fn="ope", logged=logged, q_hat=given_log["q_hat"])
    for name in ("ips", "ips_se", "snips", "dm", "dr", "ess"):
        assert found[name] == pytest.approx(given_log["expected"][name], abs=1e-9)
    assert found["dr_ci"][0] < given_log["expected"]["true_value"] < found["dr_ci"][1]


def test_off_policy_refuses_what_the_log_cannot_say() -> None:
    rewards, odds = np.tile([0.0, 1.0], 200), np.full(400, 0.5)
    rare = np.zeros(400)
    rare[:40] = 1.0
    few = estimated(rewards, odds, rare)
    assert few.says == "cannot"
    assert "40 decisions" in few.why
    unseen = estimated(rewards, odds, np.ones(400), support=0.6)
    assert unseen.says == "cannot"
    assert "40% of what this rule would show" in unseen.why
    assert estimated(rewards, odds, np.ones(400)).says == "estimate"
    alone = estimated(rewards, odds, np.full(400, 0.5))
    in_twenties = estimated(rewards, odds, np.full(400, 0.5), clusters=np.arange(400) // 20)
    assert in_twenties.ips.estimate == alone.ips.estimate
    with pytest.raises(Refused):
        estimated(rewards, np.zeros(400), np.ones(400))


def test_the_reference_is_the_plain_formula() -> None:
    """The delta method and CUPED, from rows and by their definitions."""
    random = np.random.default_rng(7)
    lines = np.asarray(random.poisson(3, 400) + 1.0, np.float64)
    spent = np.asarray(lines * random.gamma(2.0, 10.0, 400), np.float64)
    found = pairs(spent, lines).ratio()
    slope = (spent - found.mean * lines) / lines.mean()
    assert found.mean == pytest.approx(spent.sum() / lines.sum())
    assert found.variance == pytest.approx(float(slope.var(ddof=1)))
    before = random.normal(10, 3, 400)
    after = before + random.normal(0, 1, 400)
    control, treated = cuped(pairs(after[:200], before[:200]), pairs(after[200:], before[200:]))
    theta = np.cov(after, before)[0, 1] / before.var(ddof=1)
    assert control.variance == pytest.approx(float((after - theta * before)[:200].var(ddof=1)))
    assert treated.mean == pytest.approx(float((after - theta * before)[200:].mean()))


def test_winsorizing_takes_one_cap_from_all_arms() -> None:
    assert cap_at([0.0] * 900 + [10.0] * 99 + [10_000.0], 0.98) == pytest.approx(10.0)
    assert cap_at([0.0, 0.0], 0.98) == math.inf
    assert cap_at([5.0, 9.0], 1.0) == math.inf


def test_plans() -> None:
    found = plan(0.03, 0.1, arms=3, daily_visitors=3_000)
    assert found.per_arm_once > for_proportion(0.03, 0.1)
    assert found.per_arm_daily > found.per_arm_once
    assert found.days_once == math.ceil(3 * found.per_arm_once / 3_000)
    assert detectable(2 * 0.25, for_mean(2 * 0.25, 0.01)) == pytest.approx(0.01, rel=1e-3)
    assert looked_at_daily(0.5, 0.02) < looked_at_daily(0.5, 0.01)
    with pytest.raises(Refused):
        for_proportion(0.6, 0.9)


def test_bad_requests_say_what_is_wrong() -> None:
    for request, words in (
        ('{"fn": "ab"}', "metric: is missing"),
        ("[1]", "not a JSON object"),
        ('{"fn": "magic"}', "fn: one of"),
        ('{"fn": "srm", "users": [1], "weights": [1]}', "weights"),
        (
            '{"fn": "ab", "metric": "proportion", "input": '
            '{"control": {"n": 10, "sum": 0}, "treatment": {"n": 10, "sum": 0}}}',
            "nothing has happened yet",
        ),
        ('{"fn": "ope", "logged": []}', "no decisions"),
    ):
        (answer,) = answers([request])
        assert words in answer["error"]


@given(st.floats(-0.5, 0.5), st.floats(0.01, 5), st.integers(4, 10**6))
def test_the_p_value_and_the_interval_say_the_same(estimate: float, variance: float, n: int) -> None:
    control, treated = plainly(n, 1.0, variance), plainly(n, 1.0 + estimate, variance)
    found = compare.compared(control, treated)
    assert found.low is not None
    assert found.high is not None
    excludes = found.low > 0 or found.high < 0
    assert excludes == (found.p_value < 0.05) or math.isclose(found.p_value, 0.05, rel_tol=1e-6)


def test_arms_are_of_the_sizes_that_were_meant() -> None:
    stretches = ranges([0.5, 0.3, 0.2])
    counts = [0, 0, 0]
    for unit in range(60_000):
        counts[choose(bucket("sizes", f"a-{unit}"), stretches)] += 1
    assert np.allclose(np.array(counts) / 60_000, [0.5, 0.3, 0.2], atol=0.008)


@pytest.mark.prove
def test_a_million_units_fall_to_the_arms_by_weight() -> None:
    stretches = ranges([0.5, 0.3, 0.2])
    counts = [0, 0, 0]
    for unit in range(1_000_000):
        counts[choose(bucket("a-million", f"a-{unit}"), stretches)] += 1
    shares = np.array(counts) / 1_000_000
    print("shares of 1,000,000 units, meant .5 .3 .2:", shares.round(5).tolist())
    assert np.abs(shares - [0.5, 0.3, 0.2]).max() <= 0.002
