"""`evaluate statistics`: the statistics of experiments, asked one JSON object a line.

So that anybody can hold them to references of their own, or use them on numbers that never were in Maatwerk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import numpy as np

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments import compare, foreign, power
from maatwerk.decisions.experiments.assign import bucket
from maatwerk.decisions.experiments.intervals import ALPHA, SRM_ALPHA, TUNING, Sample, srm
from maatwerk.decisions.experiments.offpolicy import estimated
from maatwerk.decisions.experiments.summaries import Pairs, Proportion, Summary, cuped, mean_of

Request = dict[str, Any]


def answers(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """One answer a request, in their order; a bad request is answered with what is wrong in it."""
    for line in lines:
        if line.strip():
            yield _answer(line)


def _answer(line: str) -> dict[str, Any]:
    try:
        asked = msgspec.json.decode(line, type=Request)
    except msgspec.DecodeError as fault:
        return {"error": f"not a JSON object: {fault}"}
    function = _FUNCTIONS.get(asked.get("fn", ""))
    if function is None:
        return {"error": f"fn: one of {', '.join(_FUNCTIONS)}"}
    try:
        return function(asked)
    except Refused as fault:
        return {"error": f"{fault.field}: {fault.detail}" if fault.field else fault.detail}
    except KeyError as missing:
        return {"error": f"{missing.args[0]}: is missing"}
    except (TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError) as fault:
        return {"error": f"cannot be read as numbers: {fault}"}


def _ab(asked: Request) -> dict[str, Any]:
    control, treated = _arms(asked["metric"], asked["input"])
    found = compare.compared(
        control,
        treated,
        method=asked.get("method", compare.TWO_SIDED),
        relative=asked.get("difference_type", "absolute") == "relative",
        alpha=_share(asked.get("alpha", ALPHA), "alpha"),
        tuning=int(asked.get("tuning") or TUNING),
    )
    return {
        "estimate": found.estimate,
        "se": found.se,
        "ci": [found.low, found.high],
        "p_value": found.p_value,
    }


def _arms(metric: str, given: Request) -> tuple[Summary, Summary]:
    control, treated = given["control"], given["treatment"]
    if metric == "proportion":
        return _proportion(control).summary(), _proportion(treated).summary()
    if metric == "mean":
        return mean_of(_sample(control)), mean_of(_sample(treated))
    if metric == "ratio":
        return _pairs(control, "m", "d", "md").ratio(), _pairs(treated, "m", "d", "md").ratio()
    if metric == "cuped":
        names = ("post", "pre", "post_pre")
        return cuped(_pairs(control, *names), _pairs(treated, *names))
    raise Refused("metric_not_known", "one of proportion, mean, ratio, cuped", field="metric")


def _proportion(arm: Request) -> Proportion:
    return Proportion(int(arm["n"]), float(arm["sum"]))


def _sample(arm: Request) -> Sample:
    return Sample(int(arm["n"]), float(arm["sum"]), float(arm["sum_squares"]))


def _pairs(arm: Request, x: str, y: str, xy: str) -> Pairs:
    return Pairs(
        int(arm["n"]),
        float(arm[f"{x}_sum"]),
        float(arm[f"{x}_sum_squares"]),
        float(arm[f"{y}_sum"]),
        float(arm[f"{y}_sum_squares"]),
        float(arm[f"{xy}_sum"]),
    )


def _srm(asked: Request) -> dict[str, Any]:
    users, weights = list(map(int, asked["users"])), list(map(float, asked["weights"]))
    if len(users) != len(weights) or len(users) < 2 or min(weights) < 0 or not sum(weights) > 0:
        raise Refused(
            "weights_not_valid", "one weight an arm, two arms or more, not below 0", field="weights"
        )
    if min(users) < 0:
        raise Refused("users_not_valid", "no arm has fewer than no users", field="users")
    p = srm(users, weights)
    return {"p": p, "mismatch": p < SRM_ALPHA}


def _bayes(asked: Request) -> dict[str, Any]:
    control, treated = _proportion(asked["control"]), _proportion(asked["treatment"])
    prior = asked.get("prior") or {}
    if isinstance(prior, str):
        if prior.replace(" ", "") != "Beta(1,1)":
            raise Refused("prior_not_known", "Beta(1,1), or a normal prior as an object", field="prior")
        control.summary(), treated.summary()
        chance = compare.beats(control, treated)
        return {"chance_to_win": 1 - chance if asked.get("inverse") else chance}
    normal = (float(prior.get("mean", 0.0)), float(prior["sd"])) if prior.get("proper") else None
    belief = compare.believed(
        control.summary(), treated.summary(), prior=normal, inverse=bool(asked.get("inverse"))
    )
    return {
        "chance_to_win": belief.chance_to_win,
        "estimate": belief.mean,
        "ci": [belief.low, belief.high],
        "risk": list(belief.risk),
        "posterior_mean": belief.mean,
        "posterior_sd": belief.sd,
    }


def _holm(asked: Request) -> dict[str, Any]:
    return {"adjusted": compare.holm(_p_values(asked))}


def _bh(asked: Request) -> dict[str, Any]:
    return {"adjusted": compare.benjamini_hochberg(_p_values(asked))}


def _p_values(asked: Request) -> list[float]:
    values = [float(each) for each in asked["p"]]
    if not all(0 <= each <= 1 for each in values):
        raise Refused("not_a_p_value", "each in [0, 1]", field="p")
    return values


def _bucket(asked: Request) -> dict[str, Any]:
    version, value = asked.get("version", 2), str(asked["value"])
    if version == "murmur3":
        return {"n": foreign.murmur3(value, int(asked.get("seed", 0)))}
    if version == "sha256":
        return {"n": foreign.sha_bucket(str(asked.get("seed", "")) + value)}
    if version not in (1, 2):
        raise Refused("version_not_known", "1, 2, murmur3 or sha256", field="version")
    return {"n": bucket(str(asked.get("seed", "")), value, version)}


def _ope(asked: Request) -> dict[str, Any]:
    logged = asked["logged"]
    rewards = np.array([float(row["reward"]) for row in logged])
    odds = np.array([float(row["propensity"]) for row in logged])
    chances = np.array([float(row["eval_probs"][int(row["action"])]) for row in logged])
    expected = expected_rule = None
    if asked.get("q_hat") is not None:
        model = np.asarray(asked["q_hat"], np.float64)
        here = np.array([model[int(row["context"])] for row in logged])
        expected = np.array([means[int(row["action"])] for means, row in zip(here, logged, strict=True)])
        expected_rule = np.array(
            [means @ np.asarray(row["eval_probs"]) for means, row in zip(here, logged, strict=True)]
        )
    found = estimated(rewards, odds, chances, expected=expected, expected_rule=expected_rule)
    values = {"ips": found.ips, "snips": found.snips, "dm": found.dm, "dr": found.dr}
    answer: dict[str, Any] = {name: each.estimate for name, each in values.items() if each}
    answer |= {f"{name}_se": each.se for name, each in values.items() if each}
    answer |= {f"{name}_ci": [each.low, each.high] for name, each in values.items() if each}
    return answer | {"ess": found.ess, "says": found.says, "why": found.why}


def _power(asked: Request) -> dict[str, Any]:
    found = power.plan(
        float(asked["baseline"]),
        float(asked["relative_mde"]),
        arms=int(asked.get("arms", 2)),
        daily_visitors=float(asked.get("daily_visitors", 0.0)),
        alpha=_share(asked.get("alpha", ALPHA), "alpha"),
        power=_share(asked.get("power", power.POWER), "power"),
    )
    return {"n_per_arm": found.per_arm_once, **msgspec.structs.asdict(found)}


def _share(value: Any, field: str) -> float:
    number = float(value)
    if not 0 < number < 1 or math.isnan(number):
        raise Refused("share_not_valid", "between 0 and 1", field=field)
    return number


_FUNCTIONS: dict[str, Callable[[Request], dict[str, Any]]] = {
    "ab": _ab,
    "srm": _srm,
    "bayes": _bayes,
    "holm": _holm,
    "bh": _bh,
    "bucket": _bucket,
    "ope": _ope,
    "power": _power,
}
