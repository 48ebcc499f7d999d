"""What a shopper stated and refused before, for messages that do not say, or say otherwise."""

from __future__ import annotations

from maatwerk.core.time import Clock
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.events.consent import (
    DIRECT_MARKETING,
    GATED,
    MARKETING,
    PROFILING,
    PURPOSES,
    REFUSED,
    STATEMENTS,
    Standing,
)
from maatwerk.views.profile.folds.consent import opted_out, withdrawn
from maatwerk.views.profile.load import load


class ConsentLedger:
    """Reads the profile's ledger. While nobody in the workspace ever stated anything it reads nothing."""

    def __init__(self, log: SqliteLog, store: SqliteStore, clock: Clock) -> None:
        self._log = log
        self._store = store
        self._clock = clock
        self._any = False
        self._refusals = False

    def is_empty(self) -> bool:
        """Whether nobody ever stated anything; asked once a request."""
        if not self._any:
            self._any = self._log.counts().get(STATEMENTS, 0) > 0
        return not self._any

    def has_refusals(self) -> bool:
        """Whether anybody ever objected, or withdrew elsewhere; asked once a request."""
        if not self._refusals:
            self._refusals = self._log.counts().get(REFUSED, 0) > 0
        return self._refusals

    def standing(self, anonymous_id: str, user_id: str) -> Standing:
        """Her newest words, and what stands refused whatever is stated."""
        with self._store.snapshot() as snapshot:
            shopper = load(
                snapshot,
                self._log,
                anonymous_id=anonymous_id,
                user_id=user_id,
                trusted=True,
                now=self._clock(),
            )
        answers = {purpose: shopper.granted(purpose) for purpose in PURPOSES}
        refused = {purpose for purpose in GATED if withdrawn(shopper.consent, purpose)}
        objected = shopper.objected(PROFILING)
        if objected:
            refused.add("personalization")
        if shopper.objected(DIRECT_MARKETING):
            refused |= MARKETING
        if opted_out(shopper.consent):
            refused.add("advertising")
        words = {purpose: answer for purpose, answer in answers.items() if answer is not None}
        return Standing(words, frozenset(refused), objected)
