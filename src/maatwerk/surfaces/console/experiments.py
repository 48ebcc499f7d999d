"""Experiments: planned with what they will take, run, and read; ended with a winner, or the end undone."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterable
from typing import Any

import tomlkit
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.metrics import WORDINGS, said
from maatwerk.decisions.experiments.power import Plan, plan
from maatwerk.decisions.experiments.verdicts import Difference, Results, Verdict
from maatwerk.decisions.experiments.words import METRICS, Experiment, parse_experiment
from maatwerk.flows.conclude import KIND, PLAN, before_the_end, conclude
from maatwerk.flows.publish import Document, publish
from maatwerk.flows.results import pace, results
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.kept import Kept
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need
from maatwerk.views.rules import book
from maatwerk.views.rules.book import Rule

AUTHOR = "console"
_SECONDS = 20.0
_HISTORY_MOST = 100_000
_STATES = {"start": "running", "pause": "paused", "resume": "running"}


class ExperimentPages:
    """The routes of experiments."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._kept = Kept(_SECONDS)

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/experiments", self.listed, "GET"),
            ("/experiments/new", self.planned, "GET"),
            ("/experiments/new", self.save, "POST", Need.EDIT),
            ("/experiments/{key}", self.read, "GET"),
            ("/experiments/{key}", self.act, "POST", Need.EDIT),
        ]

    async def listed(self, request: Request) -> Response:
        """Every experiment, with what it says now."""
        items: list[dict[str, Any]] = []
        for rule in self._access.knowledge.rules.of(KIND):
            experiment = parse_experiment(rule.key, rule.document or {})
            found = None
            if experiment.state in ("running", "paused"):
                found = await self._results(rule, experiment)
            ended_itself = experiment.state == "concluded" and rule.author == PLAN
            items.append({"rule": rule, "it": experiment, "found": found, "ended_itself": ended_itself})
        order = {"running": 0, "paused": 1, "draft": 2, "concluded": 3}
        items.sort(key=lambda each: (order[each["it"].state], each["rule"].key))
        return self._rendering.page(request, "experiments.html", section="experiments", items=items)

    async def planned(self, request: Request) -> Response:
        """A form for the ordinary case: another unit in a placement."""
        form = {name: value for name, value in request.query_params.items() if name in _FIELDS}
        return await self._form(request, form)

    async def save(self, request: Request) -> Response:
        """Show what the plan takes, or publish it as a draft; nothing typed is lost on a refusal."""
        form = await self._rendering.form(request)
        try:
            key, document = _document(form)
            if form.get("action") == "plan":
                parse_experiment(key, document)
                return await self._form(request, form, document=document)
            if self._access.knowledge.rules.get(KIND, key) is not None:
                raise Refused("key_taken", f"there is an experiment {key!r} already", field="key")
            await self._publish(key, document, "planned")
        except Refused as fault:
            return await self._form(request, form, fault=fault, status=422)
        return RedirectResponse(f"/console/experiments/{key}", 303)

    async def read(self, request: Request) -> Response:
        """One experiment."""
        return await self._read(request)

    async def act(self, request: Request) -> Response:
        """Start, pause, end with a winner, undo the end, change the document, or withdraw it."""
        form = await self._rendering.form(request)
        rule, action = self._rule(request), form.get("action", "")
        document = dict(rule.document or {})
        try:
            if action in _STATES:
                await self._publish(rule.key, document | {"state": _STATES[action]}, action)
            elif action == "conclude":
                await self._conclude(rule, form.get("winner", ""))
            elif action == "undo":
                history = await asyncio.to_thread(self._history)
                await self._publish(rule.key, before_the_end(rule.key, history), "the end was undone")
            elif action == "withdraw":
                await self._publish(rule.key, None, "withdrawn")
                return RedirectResponse("/console/experiments", 303)
            elif action == "save":
                await self._publish(rule.key, _read(form.get("text", "")), "changed")
        except Refused as fault:
            return await self._read(request, fault=fault, text=form.get("text", ""), status=422)
        return RedirectResponse(f"/console/experiments/{rule.key}?done={action}", 303)

    async def _read(
        self, request: Request, *, fault: Refused | None = None, text: str = "", status: int = 200
    ) -> Response:
        rule = self._rule(request)
        experiment = parse_experiment(rule.key, rule.document or {})
        found = None if experiment.state == "draft" else await self._results(rule, experiment)
        return self._rendering.page(
            request,
            "experiment.html",
            status,
            section="experiments",
            rule=rule,
            it=experiment,
            found=found,
            rows=_rows(experiment, found, self._access.currency) if found else [],
            wordings=WORDINGS,
            ended_itself=rule.author == PLAN,
            text=text or tomlkit.dumps(rule.document or {}),
            fault=fault,
            done=request.query_params.get("done", ""),
        )

    async def _form(
        self,
        request: Request,
        form: dict[str, str],
        *,
        document: Document | None = None,
        fault: Refused | None = None,
        status: int = 200,
    ) -> Response:
        desk = self._access.deciding.desk
        takes = await self._takes(document) if document else None
        placements = [
            (key, placement.unit) for key, placement in sorted(desk.placements.items()) if placement.unit
        ]
        return self._rendering.page(
            request,
            "experiment_plan.html",
            status,
            section="experiments",
            form=form,
            placements=placements,
            units=sorted(desk.units),
            audiences=sorted(self._access.deciding.belonging.audiences.by_key),
            metrics=[(metric, WORDINGS[metric].title) for metric in METRICS],
            takes=takes,
            fault=fault,
        )

    async def _takes(self, document: Document) -> dict[str, Any]:
        """What the plan asks of the shop, from its own traffic of the last weeks."""
        access = self._access
        found = await self._kept.get("pace", lambda: pace(access.lake, access.log, now=access.now()))
        it = parse_experiment("plan", document)
        needed: Plan | None = None
        if 0 < found.conversion < 1:
            needed = plan(
                found.conversion,
                it.plan.detect,
                arms=len(it.variants),
                daily_visitors=found.visitors_a_day,
                coverage=it.share,
                alpha=it.plan.alpha,
            )
        return {"pace": found, "plan": needed, "it": it}

    async def _results(self, rule: Rule, experiment: Experiment) -> Results:
        access = self._access
        return await self._kept.get(
            (rule.key, rule.version),
            lambda: results(
                access.lake,
                access.log,
                access.catalog,
                rule.key,
                experiment,
                now=access.now(),
                currency=access.currency,
            ),
        )

    async def _conclude(self, rule: Rule, winner: str) -> None:
        access = self._access
        experiment = parse_experiment(rule.key, rule.document or {})
        found = await self._results(rule, experiment)
        agrees = found.verdict.final and found.verdict.winner == winner
        sentence = (
            found.verdict.sentence if agrees else f"Ended by hand with {winner}, before its plan was met."
        )
        verdict = Verdict(found.verdict.state, sentence, "", winner, final=True)
        await asyncio.to_thread(
            lambda: conclude(
                access.log,
                access.knowledge.rules,
                rule.key,
                verdict,
                clock=access.deciding.recording.clock,
                chance=access.deciding.chance,
                author=AUTHOR,
            )
        )
        access.fresh()

    async def _publish(self, key: str, document: Document | None, reason: str) -> None:
        access = self._access
        await asyncio.to_thread(
            lambda: publish(
                access.log,
                access.knowledge.rules,
                {(KIND, key): document},
                clock=access.deciding.recording.clock,
                chance=access.deciding.chance,
                author=AUTHOR,
                reason=reason,
            )
        )
        access.fresh()

    def _rule(self, request: Request) -> Rule:
        rule = self._access.knowledge.rules.get(KIND, request.path_params["key"])
        if rule is None:
            raise Refused("experiment_not_found", "there is no such experiment", status=404)
        return rule

    def _history(self) -> list[Rule]:
        with self._access.deciding.store.snapshot() as snapshot:
            stored = [book.decode(row) for _, row in snapshot.scan(book.HISTORY, limit=_HISTORY_MOST)]
            after = snapshot.checkpoint("rules")
        newer = self._access.log.rules_and_catalog(after)
        return stored + [book.rule_of(event) for event in newer if event.name.startswith("Rule ")]


_FIELDS = (
    "key", "name", "hypothesis", "placement", "unit", "other", "audience", "share", "primary", "guardrails",
    "detect", "minimum_days", "maximum_days", "publish", "holdback",
)  # fmt: skip


def _document(form: dict[str, str]) -> tuple[str, Document]:
    """Key and document of the plan's form. Raises `Refused` for what is no number."""
    placement = form.get("placement", "")
    arms = [each for each in (form.get("unit", ""), form.get("other", "")) if each]
    variants: list[Document] = [{"key": "as-it-is"}]
    variants += [{"key": unit, "changes": {f"placement/{placement}": {"unit": unit}}} for unit in arms]
    document: Document = {
        "name": form.get("name", "").strip(),
        "hypothesis": form.get("hypothesis", "").strip(),
        "state": "draft",
        "share": _number(form, "share", 100.0) / 100,
        "primary": form.get("primary", "conversion"),
        "guardrails": [metric for metric in METRICS if form.get(f"guard_{metric}")],
        "variants": variants,
        "plan": {
            "detect": _number(form, "detect", 5.0) / 100,
            "minimum_days": int(_number(form, "minimum_days", 14)),
            "maximum_days": int(_number(form, "maximum_days", 42)),
            "publish": bool(form.get("publish")),
            "holdback": _number(form, "holdback", 5.0) / 100,
        },
    }
    if form.get("audience"):
        document["audience"] = form["audience"]
    return form.get("key", "").strip(), document


def _number(form: dict[str, str], field: str, default: float) -> float:
    text = form.get(field, "").strip().replace(",", ".")
    try:
        number = float(text) if text else default
    except ValueError:
        raise Refused("not_a_number", f"{text[:40]!r} is no number", field=field) from None
    if not -1e9 < number < 1e9:
        raise Refused("not_a_number", f"{text[:40]!r} is no number here", field=field)
    return number


def _read(text: str) -> Document:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Refused(
            "rule_not_readable", f"this is not TOML: {fault}", hint="every line reads: name = value"
        ) from None


def _rows(it: Experiment, found: Results, currency: str) -> list[dict[str, Any]]:
    """The table of metrics: a row each, with the arms' values and their differences in words."""
    rows = []
    for metric in METRICS:
        mine = {each.variant: each for each in found.differences if each.metric == metric}
        role = "decides" if metric == it.primary else "guardrail" if metric in it.guardrails else ""
        cells = []
        for arm in found.arms:
            value = arm.value(metric)
            shown = "–" if value != value else said(metric, value, currency)
            cells.append({"value": shown, "difference": _told(mine.get(arm.variant), currency)})
        rows.append({"metric": metric, "role": role, "cells": cells})
    return rows


def _told(each: Difference | None, currency: str) -> dict[str, Any] | None:
    if each is None:
        return None
    if each.why:
        return {"why": each.why}
    low, high = (said(each.metric, end, currency, signed=True) for end in (each.low, each.high))
    lift = "" if each.lift is None else f"{each.lift:+.1%}"
    tone = "good" if each.up else "bad" if each.down else ""
    return {"low": low, "high": high, "lift": lift, "tone": tone, "why": "", "each": each}
