"""One signal a file: what it remembers of a shopper's events, how two memories merge, what they say.

The rule of this room: every state is bounded, every merge lawful (`maatwerk.testing.check_fold`).
`SIGNALS` is what every profile has.
"""

from typing import Any

from maatwerk.views.fold import Fold
from maatwerk.views.profile.folds.activity import Activity
from maatwerk.views.profile.folds.cart import Carts
from maatwerk.views.profile.folds.consent import Consent
from maatwerk.views.profile.folds.context import Circumstances
from maatwerk.views.profile.folds.exposures import Exposures
from maatwerk.views.profile.folds.order_records import OrderRecords
from maatwerk.views.profile.folds.orders import Orders
from maatwerk.views.profile.folds.preferences import Preferences
from maatwerk.views.profile.folds.promotions import Promotions
from maatwerk.views.profile.folds.savings import Savings
from maatwerk.views.profile.folds.searches import Searches
from maatwerk.views.profile.folds.sessions import Sessions
from maatwerk.views.profile.folds.traits import Traits
from maatwerk.views.profile.folds.wishes import Wishes

ACTIVITY = Activity()
CART = Carts()
ORDERS = Orders()
ORDER_RECORDS = OrderRecords()
PREFERENCES = Preferences()
PROMOTIONS = Promotions()
SEARCHES = Searches()
SESSIONS = Sessions()
TRAITS = Traits()
CONSENT = Consent()
WISHES = Wishes()
CONTEXT = Circumstances()
SAVINGS = Savings()
EXPOSURES = Exposures()

SIGNALS: tuple[Fold[Any], ...] = (
    ACTIVITY,
    CART,
    ORDERS,
    ORDER_RECORDS,
    PREFERENCES,
    PROMOTIONS,
    SEARCHES,
    SESSIONS,
    TRAITS,
    CONSENT,
    WISHES,
    CONTEXT,
    SAVINGS,
    EXPOSURES,
)
