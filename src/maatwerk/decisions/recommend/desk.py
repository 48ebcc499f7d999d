"""Units and placements made ready: parsed, compiled and chained once a rule book, not once a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.board import Board
from maatwerk.decisions.pipeline.eligible import (
    Rule,
    in_category,
    in_stock,
    not_bought,
    not_disliked,
    not_in_cart,
    not_on_page,
    not_refused,
    price_between,
    published,
)
from maatwerk.decisions.pipeline.fill import Source
from maatwerk.decisions.pipeline.merchandise import Rule as Merchant
from maatwerk.decisions.pipeline.merchandise import parse_merchandising
from maatwerk.decisions.pipeline.words import Candidates, Scores, Situation
from maatwerk.decisions.recommend.filters import passing
from maatwerk.decisions.recommend.questions import Questions, parse_questions
from maatwerk.decisions.recommend.recommender import Recommender, Tools
from maatwerk.decisions.recommend.recommenders import RECOMMENDERS
from maatwerk.decisions.recommend.relative import relative
from maatwerk.decisions.recommend.tasteful import taste_match
from maatwerk.decisions.recommend.words import Placement, Unit, parse_placement, parse_unit
from maatwerk.views.profile.familiarity import reaches

TASTE_DIAL = 0.5
"""How much a perfect match of taste adds to the best candidate's score of 1."""

AIMED = ("merchandising", "experiment")
"""Kinds that are aimed at an audience without being compiled here."""
_CHAINS_MOST = 1_000


class Ready(msgspec.Struct, frozen=True):
    """A unit with its recommender and compiled rules."""

    key: str
    unit: Unit
    recommender: Recommender
    rules: tuple[Rule, ...]
    version: int


class Desk:
    """The active units and placements of a rule book; ``refused`` says what was left out, and why."""

    def __init__(
        self, documents: Iterable[tuple[str, str, int, dict[str, Any]]], board: Board | None = None
    ) -> None:
        """``documents``: kind, key, version and document of every rule in force; ``board``: the experiments
        among them, made ready."""
        self.units: dict[str, Ready] = {}
        self.placements: dict[str, Placement] = {}
        self.questions: dict[str, Questions] = {}
        self.merchandising: list[Merchant] = []
        """The merchant's rules on recommendations."""
        self.refused: dict[str, str] = {}
        self._chains: dict[tuple[str, str], list[Source]] = {}
        self._chained_with: Tools | None = None
        documents = list(documents)
        self.board = board or Board(documents)
        for kind, key, version, document in documents:
            try:
                if kind == "unit":
                    self.units[key] = make_ready(key, document, version)
                elif kind == "placement":
                    self.placements[key] = parse_placement(key, document)
                elif kind == "questions":
                    self.questions[key] = parse_questions(key, document)
                elif kind == "merchandising" and "recommendations" in document.get("on", ()):
                    self.merchandising.append(parse_merchandising(key, document))
            except Refused as refused:
                self.refused[f"{kind}/{key}"] = str(refused)

        self.audiences = frozenset(
            {each.unit.audience for each in self.units.values()}
            | {each.audience for each in self.placements.values()}
            | {str(each.get("audience", "")) for kind, _, _, each in documents if kind in AIMED}
        ) - {""}
        """Audiences that a unit, a placement, a merchandising rule or an experiment is aimed at."""

    def is_for(
        self, unit_key: str, audiences: frozenset[str], familiarity: str, variants: Mapping[str, str]
    ) -> bool:
        """Whether a unit may be shown to whoever belongs to these audiences, is known so well, and has these
        variants of experiments."""
        unit = self.units[unit_key].unit
        return (
            (not unit.audience or unit.audience in audiences)
            and (not unit.arm or self.board.has(unit.arm, variants))
            and reaches(familiarity, unit.familiarity)
        )

    def units_of(self, placement_key: str) -> list[str]:
        """The unit of a placement, and those that may help it out."""
        first = self.units.get(self.placements[placement_key].unit)
        return [first.key, *first.unit.fallback] if first else []

    def on_page(self, page: str) -> list[str]:
        """Active placements of a page type, in the order they are decided."""
        mine = [
            (each.order, key) for key, each in self.placements.items() if each.page == page and each.active
        ]
        return [key for _, key in sorted(mine)]

    def chain(self, unit_key: str, tools: Tools, language: str = "") -> list[Source]:
        """A unit and its fallbacks as sources, in order; empty where the unit is not in force.

        Kept as long as the tools are the same ones.
        """
        if not _same(self._chained_with, tools) or len(self._chains) >= _CHAINS_MOST:
            self._chains.clear()  # languages are the callers' to choose
            self._chained_with = tools
        found = self._chains.get((unit_key, language))
        if found is None:
            found = self._chains[unit_key, language] = self._chain(unit_key, tools, language)
        return found

    def _chain(self, unit_key: str, tools: Tools, language: str) -> list[Source]:
        first = self.units.get(unit_key)
        if first is None:
            return []
        chained = [first]
        for key in first.unit.fallback:
            ready = self.units.get(key)
            if ready is not None and ready not in chained:
                chained.append(ready)
        return [_source(ready, tools, language) for ready in chained]


def _same(before: Tools | None, now: Tools) -> bool:
    return before is not None and before.models is now.models and before.predict is now.predict


def make_ready(key: str, document: dict[str, Any], version: int = 0) -> Ready:
    """The unit of a document, compiled; `Refused` names what is wrong in it."""
    unit = parse_unit(key, document)
    recommender = RECOMMENDERS.get(unit.recommender)
    if recommender is None:
        raise Refused(
            "recommender_not_known",
            f"there is no recommender {unit.recommender!r}",
            field=f"unit.{key}.recommender",
            hint=f"one of {', '.join(sorted(RECOMMENDERS))}",
        )
    return Ready(key, unit, recommender, tuple(_rules(key, unit, recommender)), version)


def _rules(key: str, unit: Unit, recommender: Recommender) -> Iterable[Rule]:
    yield "not_published", published
    yield "out_of_stock", in_stock
    yield "on_page_already", not_on_page
    yield "in_cart", not_in_cart
    yield "not_for_her", not_refused
    yield "disliked", not_disliked
    if not (unit.show_bought or recommender.keeps_bought):
        yield "bought_already", not_bought
    if unit.category:
        yield f"outside_category:{unit.category}", in_category(unit.category)
    yield from relative(unit)
    if unit.price_band is not None:
        yield "price_band", price_between(unit.price_band.least, unit.price_band.most)
    for field, text, keep in (("include", unit.include, True), ("exclude", unit.exclude, False)):
        if text:
            try:
                yield f"{field}: {text}", passing(text, keep=keep)
            except Refused as refused:
                raise Refused(
                    refused.code, refused.detail, field=f"unit.{key}.{field}", hint=refused.hint
                ) from None


def _source(ready: Ready, tools: Tools, language: str) -> Source:
    unit, recommender = ready.unit, ready.recommender

    def score(situation: Situation, found: Candidates) -> tuple[Scores, dict[str, Scores]]:
        best = float(found.scores.max(initial=0.0)) or 1.0
        relevance = found.scores / best
        if not (unit.personal and recommender.reorders and situation.known.personal):
            return relevance, {"relevance": relevance}
        taste = TASTE_DIAL * taste_match(situation, found.rows)
        return np.maximum(relevance + taste, 0.0), {"relevance": relevance, "taste": taste}

    return Source(
        key=ready.key,
        title=unit.titles.get(language) or unit.title or recommender.title,
        propose=lambda situation: recommender.propose(unit, situation, tools),
        rules=ready.rules,
        score=score,
        reason=lambda situation, found, place: recommender.reason(unit, situation, found, place),
        diversity=unit.diversity,
    )
