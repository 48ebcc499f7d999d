"""The words of the pipeline: what a decision is about, and what comes out of each step."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.predicted.segments import NOTHING, Segments
from maatwerk.views.profile.familiarity import KNOWN, reaches

Rows = NDArray[np.int32]
"""Rows of a `Catalog`."""
Scores = NDArray[np.float64]


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """The page being built, as the shop says."""

    type: str = ""
    sku: str = ""
    category: str = ""
    query: str = ""
    url: str = ""


class Affinity(msgspec.Struct, frozen=True):
    """How much more a shopper goes for some values than the shop's shoppers do.

    Per facet: the numbers of its values (`Catalog.codes`) and a weight each in [0, 1], the share of
    her decayed interest, and a lift, that share against the shop's own (1.0: like everyone).
    """

    weights: dict[str, dict[int, float]]
    lifts: dict[str, dict[int, float]]
    mass: float = 0.0
    """Decayed number of actions it rests on; small means we hardly know her."""


class Known(msgspec.Struct, frozen=True):
    """What counts about the shopper, in rows of the catalog; newest first where there is an order.

    All of it comes from what the asker may see. ``session`` holds the items of the present session,
    ``viewed`` all items looked at, with their times in ``viewed_at``; ``strengths`` is each viewed
    item's decayed weight (views, adds and purchases counted 1, 3 and 5).
    """

    session: Rows
    viewed: Rows
    viewed_at: NDArray[np.int64]
    purchased: Rows
    cart: Rows
    affinity: Affinity
    personal: bool = False
    orders: int = 0
    familiarity: str = "unknown"
    """How well the shop and she know each other; see `maatwerk.views.profile.familiarity`."""
    bought: Rows = np.empty(0, np.int32)
    """Everything she bought, newest first, as often as she bought it; what was a gift is left out."""
    bought_at: NDArray[np.int64] = np.empty(0, np.int64)
    """When, in ms."""
    refused: Rows = np.empty(0, np.int32)
    """Products that are not for her, by her own word."""
    disliked: tuple[tuple[str, str], ...] = ()
    """Facet (or attribute) and value of what she never wants to see."""
    liked: tuple[tuple[str, str], ...] = ()
    """The same of what she said she likes; it outranks whatever follows from what she did."""

    def may_recall(self, row: int = -1) -> bool:
        """Whether what she did may be quoted at her: anything once she is known, before that this visit
        alone."""
        return reaches(self.familiarity, KNOWN) or (row >= 0 and row in self.session)


class Situation(msgspec.Struct, frozen=True):
    """What one slot is decided from. ``seed`` keys all chance; ``taken`` are rows already on the page."""

    now: int
    seed: str
    catalog: Catalog
    known: Known
    page: Page = Page()
    page_item: int = -1
    """Row of the page's product, or -1."""
    taken: frozenset[int] = frozenset()
    country: str = ""
    device: str = ""
    locale: str = ""
    cart_minor: int = -1
    """What the cart comes to, at the prices of now; -1: not known."""
    segments: Segments = NOTHING
    """What each product is to the shop: bestseller, rising, slow …"""


class Candidates(msgspec.Struct, frozen=True):
    """Rows with a score each, best first or not; ``evidence`` is what the score rests on (a count of
    shoppers or sessions; NaN where it is none), ``source`` names where they came from."""

    rows: Rows
    scores: Scores
    evidence: Scores
    source: str

    def __len__(self) -> int:
        return len(self.rows)


class Pick(msgspec.Struct, frozen=True):
    """One arranged item: its row, score, source (``primary`` or a fallback unit) and reason in words."""

    row: int
    score: float
    source: str
    reason: str
    terms: dict[str, float] = {}
    rules: tuple[str, ...] = ()
    """The merchant's rules that moved it, and how."""


class Removed(msgspec.Struct, frozen=True):
    """A candidate that is not shown, and the rule that removed it."""

    row: int
    score: float
    source: str
    rule: str


class Slot(msgspec.Struct, frozen=True):
    """A slot's products. ``fallback`` names the unit that had to help out, or ``nothing_eligible``."""

    unit: str
    title: str
    picks: tuple[Pick, ...]
    removed: tuple[Removed, ...] = ()
    fallback: str | None = None
    propensity: float = 1.0
    details: dict[str, Any] = {}


def no_candidates(source: str) -> Candidates:
    """An honest nothing."""
    return Candidates(np.empty(0, np.int32), np.empty(0), np.empty(0), source)


def candidates(rows: Any, scores: Any, source: str, evidence: Any = None) -> Candidates:
    """Candidates from array-likes."""
    rows = np.asarray(rows, dtype=np.int32)
    scores = np.asarray(scores, dtype=np.float64)
    proof = np.full(len(rows), np.nan) if evidence is None else np.asarray(evidence, dtype=np.float64)
    return Candidates(rows, scores, proof, source)
