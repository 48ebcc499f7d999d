"""Conditions of journeys: on a happening, and on what is known of her, in the one rule language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maatwerk.core import conditions
from maatwerk.core.conditions import Schema
from maatwerk.core.errors import Refused
from maatwerk.views.audience.audiences import ready
from maatwerk.views.audience.vocabulary import HAPPENING

_HAPPENING = Schema.of(HAPPENING)
_NAME = "this-journey"

Matches = Callable[[Any], bool]


def happening(text: str) -> Matches:
    """A condition on one happening: ``value > 50 && country == "NL"``. Raises `RefusedCondition`."""
    return conditions.compile(conditions.check(conditions.parse(text), _HAPPENING))


def about(text: str, audiences: Mapping[str, dict[str, Any]]) -> Matches:
    """A condition on what is known of her, audiences among it. Raises `Refused`.

    It counts no happenings itself: an audience does, which are kept for it.
    """
    made = ready(_NAME, {**audiences, _NAME: {"name": _NAME, "when": text}})
    theirs = {clause.id for name in made.references for clause in ready(name, audiences).clauses}
    if any(clause.id not in theirs for clause in made.clauses):
        raise Refused(
            "condition_needs_an_audience",
            "a journey's condition counts no happenings itself",
            hint='make an audience of it, and ask audiences["its-key"]',
        )
    return made.matches
