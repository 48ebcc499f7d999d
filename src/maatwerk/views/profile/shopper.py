"""A shopper as one request sees her: the shards that count, and her newest events on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from maatwerk.events.event import Event
from maatwerk.views.fold import Fold
from maatwerk.views.profile import folds
from maatwerk.views.profile.familiarity import familiarity
from maatwerk.views.profile.folds.activity import Actions
from maatwerk.views.profile.folds.cart import Cart, cart
from maatwerk.views.profile.folds.consent import Ledger, granted, objected
from maatwerk.views.profile.folds.context import Seen
from maatwerk.views.profile.folds.exposures import ExposureState
from maatwerk.views.profile.folds.orders import OrderState, reckoned
from maatwerk.views.profile.folds.preferences import Stated
from maatwerk.views.profile.folds.promotions import PromotionState
from maatwerk.views.profile.folds.searches import SearchState
from maatwerk.views.profile.folds.sessions import Session, SessionState, current
from maatwerk.views.profile.folds.traits import TraitState
from maatwerk.views.profile.folds.wishes import WishState
from maatwerk.views.profile.signals import Signals
from maatwerk.views.profile.words import NOT_HERS, Shard

S = TypeVar("S", bound=msgspec.Struct)
NOTHING_TOLD = TraitState()


class Shopper:
    """What counts for one answer. A signal's state is merged when it is first asked for, and kept.

    ``user_id`` is whose person counts (empty: nobody's), ``proven`` whether that is more than a claim.
    ``known_events`` is how many events all this rests on: 0 is nobody, and the answer impersonal.
    ``offset`` is what the stored shards count up to; ``own_events`` are the ids folded on top of it.
    ``tail_cut``: she had more new events than one request reads, or more shards than it merges.
    """

    def __init__(
        self,
        *,
        now: int = 0,
        anonymous_id: str = "",
        user_id: str = "",
        proven: bool = False,
        profile_id: str = "",
        shards: Sequence[Shard] = (),
        tail: Sequence[Event] = (),
        offset: int = 0,
        tail_cut: bool = False,
        consent_only: Sequence[Event] = (),
        signals: Signals | None = None,
    ) -> None:
        self.now = now
        self.anonymous_id = anonymous_id
        self.user_id = user_id
        self.proven = proven
        self.profile_id = profile_id
        self.offset = offset
        self.tail_cut = tail_cut
        self.known_events = sum(shard.events for shard in shards) + sum(
            event.name not in NOT_HERS for event in tail
        )
        self.own_events = tuple(event.id for event in tail)
        self._shards = shards
        self._tail = tail
        self._consent_only = consent_only
        self._signals = signals or BUILT_IN
        self._states: dict[str, Any] = {}

    def of(self, fold: Fold[S]) -> S:
        """A signal's state."""
        state: S | None = self._states.get(fold.name)
        if state is None:
            tail = [*self._tail, *self._consent_only] if fold.name == folds.CONSENT.name else self._tail
            state = self._signals.merged(fold, self._shards, tail)
            self._states[fold.name] = state
        return state

    def remember(self, name: str, state: Any) -> None:
        """Take a signal's state from elsewhere: of what a rule not yet in force would have kept."""
        self._states[name] = state

    @property
    def activity(self) -> Actions:
        """What she did with products."""
        return self.of(folds.ACTIVITY)

    @property
    def cart(self) -> Cart:
        """Her cart as it stands."""
        return cart(self.of(folds.CART))

    @property
    def orders(self) -> OrderState:
        """Her orders."""
        return self.of(folds.ORDERS)

    @property
    def preferences(self) -> Stated:
        """What she said of her taste."""
        return self.of(folds.PREFERENCES)

    @property
    def promotions(self) -> PromotionState:
        """Which blocks and pop-ups she saw, clicked and closed."""
        return self.of(folds.PROMOTIONS)

    @property
    def familiarity(self) -> str:
        """How well the shop and she know each other; see `maatwerk.views.profile.familiarity`."""
        orders = self.orders
        settled = self.user_id or reckoned(orders)[0]
        told = NOTHING_TOLD if settled else self.traits  # read only where it can matter
        return familiarity(orders, told, self.user_id, self.now)

    @property
    def searches(self) -> SearchState:
        """Her searches."""
        return self.of(folds.SEARCHES)

    @property
    def sessions(self) -> SessionState:
        """Her visits."""
        return self.of(folds.SESSIONS)

    @property
    def session(self) -> Session | None:
        """The visit that goes on now."""
        return current(self.sessions, self.now)

    @property
    def traits(self) -> TraitState:
        """What she told."""
        return self.of(folds.TRAITS)

    @property
    def consent(self) -> Ledger:
        """What she granted and denied."""
        return self.of(folds.CONSENT)

    @property
    def wishes(self) -> WishState:
        """What she wants to be told."""
        return self.of(folds.WISHES)

    @property
    def context(self) -> Seen:
        """Where and how she was last seen."""
        return self.of(folds.CONTEXT)

    @property
    def exposures(self) -> ExposureState:
        """Which experiments she took part in."""
        return self.of(folds.EXPOSURES)

    def granted(self, purpose: str) -> bool | None:
        """Her newest word on a purpose; None where she never said."""
        return granted(self.consent, purpose)

    def objected(self, to: str) -> bool:
        """Whether she objected to ``profiling`` or ``direct_marketing``."""
        return objected(self.consent, to)


BUILT_IN = Signals()
"""The signals that every profile has; where a plugin adds one, `Signals` of all of them is passed on."""

NOBODY = Shopper()
"""No id, or nothing that may count."""
