"""Related products by rule: products that match one condition show products that match another.

As merchants know it from Adobe Commerce: links made by hand first, then the rule's products, with limits and
rotation. Unit and audience say where and for whom.
"""

from __future__ import annotations

import numpy as np

from maatwerk.core.chance import die
from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.decisions.pipeline.where import Mask, Where
from maatwerk.decisions.pipeline.words import Candidates, Rows, Situation, no_candidates
from maatwerk.decisions.recommend.complete import anchor_of
from maatwerk.decisions.recommend.crowd import liking_of
from maatwerk.decisions.recommend.recommender import Tools, bound
from maatwerk.decisions.recommend.words import Unit
from maatwerk.views.catalog.columns import Catalog

BY_HAND = 10.0
"""Links made by hand stand above whatever a rule finds."""
MOST = 200


class Matching:
    """The unit's ``pairs`` asked of the page's product, else of the cart's newest."""

    key = "matching"
    title = "Goes with it"
    models = ()
    keeps_bought = False
    reorders = True

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """Links of the kind ``list`` in their order, then what the first pairs that fit show, by what many
        like; with ``rotate`` in an order of the day."""
        anchor, catalog = anchor_of(situation), situation.catalog
        if anchor < 0:
            return no_candidates(self.key)
        links = catalog.product(anchor).related.get(unit.list, ()) if unit.list else ()
        linked = catalog.rows(links)
        rows: dict[int, float] = {row: BY_HAND - place / MOST for place, row in enumerate(linked.tolist())}
        for number, pair in enumerate(unit.pairs):
            if not matching(pair.of, catalog, situation.now, np.array([anchor], np.int32)).any():
                continue
            shown = self._shown(pair.show, situation, tools, rotate=unit.rotate)
            shown = shown[shown != anchor][: pair.most or MOST]
            for place, row in enumerate(shown.tolist()):
                rows.setdefault(row, 1.0 / (1 + number) - place / (2.0 * MOST * (1 + number)))
        if not rows:
            return no_candidates(self.key)
        found = np.fromiter(rows, np.int32, len(rows))
        scores = np.fromiter(rows.values(), np.float64, len(rows))
        return Candidates(found, scores, np.full(len(rows), np.nan), self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """Who said so."""
        return "the shop's own suggestion"

    def _shown(self, text: str, situation: Situation, tools: Tools, *, rotate: bool) -> Rows:
        catalog = situation.catalog
        rows: Rows = catalog.newest()
        rows = rows[catalog.available[rows]]
        rows = rows[matching(text, catalog, situation.now, rows)]
        if rotate:
            day = str(situation.now // DAY)
            chance = [die("rotate", situation.seed, day, catalog.skus[row]) for row in rows.tolist()]
            rotated: Rows = rows[np.argsort(chance, kind="stable")]
            return rotated
        liking = liking_of(bound(tools, "popularity", situation), catalog)
        if liking is None:
            return rows
        ordered: Rows = rows[np.argsort(-liking(rows), kind="stable")]
        return ordered


def matching(text: str, catalog: Catalog, now: int, rows: Rows) -> Mask:
    """Which rows match; all for no text, none where the catalog has no such attribute any more."""
    if not text:
        return np.ones(len(rows), np.bool_)
    try:
        where = catalog.once(("where", text), lambda: Where(text, catalog))
    except Refused:
        return np.zeros(len(rows), np.bool_)
    return where.mask(catalog, now, rows)
