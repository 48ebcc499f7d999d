"""How well the shop and a person know each other: what may be said to her depends on it.

Nobody says "welcome back" to a stranger. The stage follows from her orders (those over the counter count as
much) and from whether she ever said who she is; nothing else is asked, so that it is the same wherever and
whenever it is asked.
"""

from __future__ import annotations

from maatwerk.core.time import DAY
from maatwerk.views.profile.folds.orders import OrderState, reckoned
from maatwerk.views.profile.folds.traits import TraitState, traits

UNKNOWN, NEW, KNOWN, LONG_STANDING = "unknown", "new", "known", "long-standing"
STAGES = (UNKNOWN, NEW, KNOWN, LONG_STANDING)
"""From the least to the most."""

SETTLED_MS = 30 * DAY
"""So long after her first purchase she is no new customer any more."""
REPEATED = 2
"""So many purchases make her known at once."""
LONG_MS, LONG_ORDERS = 365 * DAY, 3
"""Long-standing: so long a customer, and so many purchases."""


def familiarity(orders: OrderState, told: TraitState, user_id: str, now: int) -> str:
    """The stage at a moment.

    - ``unknown``: she bought nothing and never said who she is;
    - ``new``: she signed in, told something of herself, or bought once, less than 30 days ago;
    - ``known``: she bought twice, or her first purchase is 30 days old;
    - ``long-standing``: she bought three times or more, the first a year ago or longer.
    """
    count, first_at = reckoned(orders)
    if not count:
        return NEW if user_id or traits(told) else UNKNOWN
    since = now - first_at
    if count >= LONG_ORDERS and since >= LONG_MS:
        return LONG_STANDING
    return KNOWN if count >= REPEATED or since >= SETTLED_MS else NEW


def reaches(stage: str, least: str) -> bool:
    """Whether a stage is at least the one something needs; what needs none is for everybody."""
    return not least or STAGES.index(stage) >= STAGES.index(least)
