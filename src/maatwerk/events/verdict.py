"""Every incoming message gets a verdict with its reason; none vanishes."""

from __future__ import annotations

import msgspec

from maatwerk.events.event import Event


class Rejection(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a message was not accepted; ``index`` is its place in its batch."""

    index: int
    code: str
    field: str
    detail: str


class Verdict(msgspec.Struct, frozen=True):
    """Exactly one of: ``event`` (accept), ``rejection`` (quarantine, kept with its message), or
    neither (``dropped``: consent for storage was denied, so that nothing of it may be kept)."""

    event: Event | None = None
    rejection: Rejection | None = None
    warnings: tuple[Rejection, ...] = ()

    @property
    def dropped(self) -> bool:
        """Whether nothing of it may be kept."""
        return self.event is None and self.rejection is None
