"""The port to whoever takes mail, and the three ways in which handing over fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class NotSent(Exception):
    """Surely not taken now. ``everywhere``: nothing else would be either, so wait before trying any."""

    def __init__(self, detail: str, *, everywhere: bool = False) -> None:
        super().__init__(detail)
        self.everywhere = everywhere


class NeverSent(Exception):
    """Surely not taken, and it would not be another time."""


class PerhapsSent(Exception):
    """The answer to the message itself did not come: it may have been taken."""


class Mailer(Protocol):
    """Hands one message over."""

    async def send(
        self, message: bytes, sender: str, recipient: str, begun: Callable[[], None] = lambda: None
    ) -> None:
        """Returns when the message was taken; raises `NotSent`, `NeverSent` or `PerhapsSent`.

        ``begun`` is called right before the message itself goes: until then it was surely not taken.
        """

    async def rest(self) -> None:
        """Nothing more for now: let go of what is open."""
