"""Whether this process is behind: its event loop has more to do than it gets done."""

from __future__ import annotations

import asyncio
import math
import time

from maatwerk.events.log import Overloaded

BEAT_SECONDS = 0.05
BEHIND_SECONDS = 1.5
"""Later than this the SDK has given up on a decision; a sender does better to come back than to wait."""


class Pulse:
    """Beats as often as the event loop comes round. One that has not beaten for long is behind.

    What waits is then refused rather than served after its sender has gone: a process that serves the
    dead has no time for the living.
    """

    def __init__(self, behind_seconds: float = BEHIND_SECONDS) -> None:
        self._behind = behind_seconds
        self._at = math.inf
        self._lap = 0.0
        self._turns = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until something long may be done: one such thing a round of the event loop, in the order they
        came. Without it a round would last as long as all that is there at once, and a request, which takes
        several rounds to come in and be answered, many times that. Raises `Overloaded` where it is too late.
        """
        came = time.monotonic()
        async with self._turns:
            await asyncio.sleep(0)
        if time.monotonic() - came > self._behind:
            raise Overloaded("too much waits for its turn")

    async def beat(self) -> None:
        """For as long as the process serves."""
        while True:
            now = time.monotonic()
            self._lap, self._at = max(now - self._at, 0.0), now
            await asyncio.sleep(BEAT_SECONDS)

    def behind(self, since: float = math.inf) -> bool:
        """Whether the loop has been busy for too long with what came before; or comes round slowly, and
        a request that came at ``since`` (seconds, monotonic) has waited too long for its turns.
        """
        now = time.monotonic()
        return now - self._at > self._behind or (self._lap > self._behind / 4 and now - since > self._behind)
