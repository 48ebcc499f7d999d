"""The standing check of audiences: both interpreters, a few people, one audience a minute."""

from __future__ import annotations

import logging
import threading

from maatwerk.app.parts import Parts
from maatwerk.core.errors import Unavailable
from maatwerk.flows.agree import check_agreement
from maatwerk.flows.belong import Belonging
from maatwerk.flows.everyone import Asking
from maatwerk.flows.knowledge import Knowledge

TURN_SECONDS = 60.0

_log = logging.getLogger("maatwerk.agreeing")


class Agreeing:
    """Asks one audience both ways once a minute; what differs is counted and logged."""

    def __init__(self, parts: Parts, seconds: float = TURN_SECONDS) -> None:
        self._parts = parts
        self._seconds = seconds
        # Its own knowledge: other threads' must not change under it.
        self._knowledge = Knowledge(parts.log, parts.store, lambda: None)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="agreeing", daemon=True)

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End after the question at hand."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        parts = self._parts
        loaded, turn = False, 0
        belonging = Belonging(self._knowledge, parts.settings.currency)
        asking = Asking(parts.log, parts.log, parts.store, parts.lake, belonging)
        while not self._stopping.wait(self._seconds):
            try:
                now = parts.clock()
                if not loaded:
                    self._knowledge.load()
                    loaded = True
                self._knowledge.refresh(now)
                belonging.take_over(self._knowledge.rules)
                found = check_agreement(asking, now, turn)
                turn += 1
                if found and found.differ:
                    _log.error("audience %s: %d people differ", found.audience, len(found.differ))
            except Unavailable as fault:
                _log.warning("%s; trying again", fault.detail)
            except Exception:  # noqa: BLE001 - logged whole; the thread must not end
                _log.exception("a check of audiences failed; the next one is made all the same")
