"""The room's words: what is asked, what it is answered from, and what is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from maatwerk.decisions.pipeline.where import Where
from maatwerk.decisions.pipeline.words import Rows, Scores
from maatwerk.decisions.search.facets import Facet

SORTS = ("relevance", "price", "-price", "newest", "name", "popular")


class Query(msgspec.Struct, frozen=True):
    """One search, or one category page where ``text`` is empty. ``page`` counts from 1.

    ``facets`` None: those that tell most. ``fill``: with fewer matches than this of all words, some words
    are let go. ``dial`` (0 to 100): how much her taste may move results.
    """

    text: str = ""
    category: str = ""
    where: Where | None = None
    sort: str = "relevance"
    page: int = 1
    per_page: int = 24
    facets: tuple[str, ...] | None = None
    dial: float = 50.0
    fill: int = 4


class Crowd(msgspec.Struct, frozen=True):
    """What everyone does, by row of the catalog: ``liking`` in [0, 1]."""

    liking: Callable[[Rows], Scores]


class Hit(msgspec.Struct, frozen=True):
    """One product found: its row, score, the terms that add up to it, why, and the rules that moved it."""

    row: int
    score: float
    reason: str
    terms: dict[str, float]
    rules: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """One page of hits. ``total``: products in all; ``applied``: what was done to the query, in words."""

    hits: tuple[Hit, ...]
    total: int
    facets: tuple[Facet, ...]
    applied: dict[str, Any]
    said: tuple[str, ...] = ()
