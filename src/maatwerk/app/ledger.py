"""What a shopper stated about consent before, for messages that state nothing themselves."""

from __future__ import annotations

from collections.abc import Mapping

from maatwerk.core.time import Clock
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.events.consent import PURPOSES, STATEMENTS
from maatwerk.views.profile.load import load


class ConsentLedger:
    """Reads the profile's ledger. While nobody in the workspace ever stated anything it reads nothing."""

    def __init__(self, log: SqliteLog, store: SqliteStore, clock: Clock) -> None:
        self._log = log
        self._store = store
        self._clock = clock
        self._any = False

    def is_empty(self) -> bool:
        """Whether nobody ever stated anything; asked once a request."""
        if not self._any:
            self._any = self._log.counts().get(STATEMENTS, 0) > 0
        return not self._any

    def stated(self, anonymous_id: str, user_id: str) -> Mapping[str, bool] | None:
        """Purpose to granted; None where she never stated anything."""
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
        said = {purpose: answer for purpose, answer in answers.items() if answer is not None}
        return said or None
