"""`GET /v1/experiments`, `/v1/experiments/{key}/results`: what runs, and what it says."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import PAGE_LIMIT
from maatwerk.core.time import format_time
from maatwerk.decisions.experiments.verdicts import Difference, Results
from maatwerk.decisions.experiments.words import METRICS, parse_experiment
from maatwerk.flows.decide import Deciding
from maatwerk.flows.results import results
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.views.insight.lake import Lake

KIND = "experiment"


class ResultsSurface:
    """The routes of results."""

    def __init__(self, deciding: Deciding, lake: Lake) -> None:
        self._deciding = deciding
        self._lake = lake
        self._one_at_a_time = asyncio.Lock()

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("GET", "/v1/experiments", self.listed, Access.SECRET)
        routes.add("GET", "/v1/experiments/{key}/results", self.results, Access.SECRET)

    async def listed(self, request: Request) -> Response:
        """The experiments in force and the drafts, by key."""
        limit, cursor = request.page(PAGE_LIMIT)
        rules = [rule for rule in self._rules() if not cursor or rule.key > cursor]
        items = []
        for rule in rules[:limit]:
            it = parse_experiment(rule.key, rule.document or {})
            items.append(
                {
                    "key": rule.key,
                    "name": it.name,
                    "state": it.state,
                    "variants": it.keys,
                    "primary": it.primary,
                    "winner": it.winner or None,
                    "verdict": it.verdict or None,
                }
            )
        return json_response({"items": items, "next": items[-1]["key"] if len(rules) > limit else None})

    async def results(self, request: Request) -> Response:
        """One experiment as it stands."""
        key = request.params["key"]
        rule = next((rule for rule in self._rules() if rule.key == key), None)
        if rule is None:
            raise Refused(
                "experiment_not_found", f"there is no experiment {key[:80]!r}", field="key", status=404
            )
        recording = self._deciding.recording
        experiment = parse_experiment(key, rule.document or {})
        catalog, now = self._deciding.knowledge.catalogs.of("default"), recording.clock()
        async with self._one_at_a_time:
            found = await asyncio.to_thread(
                lambda: results(
                    self._lake, recording.log, catalog, key, experiment, now=now, currency=recording.currency
                )
            )
        return json_response(
            {"experiment": key, "state": experiment.state, "at": format_time(now)} | wire(found)
        )

    def _rules(self) -> list[Any]:
        self._deciding.knowledge.refresh(self._deciding.recording.clock())
        return list(self._deciding.knowledge.rules.of(KIND))


def wire(found: Results) -> dict[str, Any]:
    """Results as programs read them; what cannot be said is null, with the reason."""
    return {
        "verdict": msgspec.to_builtins(found.verdict),
        "days": round(found.days, 2),
        "sample_ratio_p": found.srm_p,
        "arms": [
            {
                "variant": arm.variant,
                "visitors": arm.visitors,
                "buyers": arm.buyers,
                **{metric: _number(arm.value(metric)) for metric in METRICS},
            }
            for arm in found.arms
        ],
        "differences": [_difference(each) for each in found.differences],
    }


def _difference(each: Difference) -> dict[str, Any]:
    told: dict[str, Any] = {"variant": each.variant, "metric": each.metric}
    if each.why:
        return told | {"estimate": None, "why": each.why}
    return told | {
        "estimate": each.estimate,
        "interval": [each.low, each.high],
        "lift": each.lift,
        "p_value": each.p_value,
        "adjusted_p_value": each.adjusted,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
