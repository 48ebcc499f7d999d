"""Work that is tried again and again: what fails is told once a minute, and soon tried again."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from maatwerk.core.errors import Unavailable

AGAIN_SECONDS = 60.0
"""The same trouble is not told more often than this."""


class Patience:
    """Lets one piece of work fail without the others. A full disk must not fill itself with our complaints.

    What the world refuses (no room, no file) is told in a line; anything else is our fault, and told whole.
    """

    def __init__(self, log: logging.Logger, again_seconds: float = AGAIN_SECONDS) -> None:
        self._log = log
        self._again = again_seconds
        self._told: dict[str, float] = {}

    @contextmanager
    def over(self, work: str, *, always: bool = True) -> Iterator[None]:
        """Try ``work``, which must be one of few names; an error is told and goes no further.

        ``always``: it does something each time, so that going well means that the trouble is over.
        """
        try:
            yield
        except (Unavailable, OSError) as fault:
            if self._may_tell(work):
                self._log.warning("%s: %s; trying again", work, fault)
        except Exception:  # noqa: BLE001 - the last resort of a process that must go on
            if self._may_tell(work):
                self._log.exception("%s failed unexpectedly; trying again", work)
        else:
            if always and self._told.pop(work, None) is not None:
                self._log.warning("%s: works again", work)

    def _may_tell(self, work: str) -> bool:
        now = time.monotonic()
        if now - self._told.get(work, -self._again) < self._again:
            return False
        self._told[work] = now
        return True
