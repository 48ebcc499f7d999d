"""Her own trail: what she looked at, and what she bought."""

from __future__ import annotations

from maatwerk.decisions.pipeline.words import Candidates, Situation
from maatwerk.decisions.recommend.recommender import Tools, in_order
from maatwerk.decisions.recommend.words import Unit


class RecentlyViewed:
    """Newest first, without what is in the cart or on the page."""

    key = "recently-viewed"
    title = "Recently viewed"
    models = ()
    keeps_bought = True
    reorders = False

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """What she viewed, newest first; before she is known, in this visit alone."""
        known = situation.known
        return in_order(known.viewed if known.may_recall() else known.session, self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """Plainly so."""
        return "you looked at this"


class BuyAgain:
    """What she bought, newest first."""

    key = "buy-again"
    title = "Buy again"
    models = ()
    keeps_bought = True
    reorders = False

    def propose(self, unit: Unit, situation: Situation, tools: Tools) -> Candidates:
        """What she bought, newest first."""
        rows = situation.known.purchased
        return in_order(rows, self.key)

    def reason(self, unit: Unit, situation: Situation, found: Candidates, place: int) -> str:
        """Plainly so, to whom it may be said."""
        return "you bought this before" if situation.known.may_recall() else "worth having again"
