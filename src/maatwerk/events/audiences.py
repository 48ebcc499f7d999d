"""Audiences: somebody was put on a list or taken off it; somebody began or ceased to belong."""

from __future__ import annotations

import msgspec


class AudienceListed(msgspec.Struct, frozen=True, omit_defaults=True):
    """By hand, by file, or by another system: on the list of an audience, or off it."""

    audience: str
    listed: bool
    source: str = ""


class AudienceChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """``Audience Entered`` or ``Audience Exited``: she belongs to it from now on, or no longer.

    ``version`` is the rule's. ``proven``: it holds by what is surely hers, so that a message may follow.
    """

    audience: str
    version: int = 0
    proven: bool = False
