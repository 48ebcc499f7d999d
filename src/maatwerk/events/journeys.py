"""Journeys: somebody was put into one, went on in it, or was gone through for one."""

from __future__ import annotations

from typing import Any

import msgspec


class JourneyEntered(msgspec.Struct, frozen=True, omit_defaults=True):
    """``Journey Entered``: begun by something else than a happening of hers, such as a schedule.

    ``subject`` is the cart, product or order it is about; ``due`` when its first step is (ms).
    """

    journey: str
    subject: str = ""
    due: int = 0
    store: str = ""
    data: dict[str, Any] = {}


class JourneyMoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """``Journey Moved``: the steps taken at one go. It counts where ``entered`` and ``number`` are hers.

    ``path``: the steps passed; ``node``: where she waits now until ``due``, or nothing where she left, with
    ``code``. ``waits``: what she waits for. ``told``: the steps of which a message was queued.
    """

    journey: str
    subject: str
    entered: int
    number: int
    path: tuple[str, ...]
    node: str = ""
    due: int = 0
    code: str = ""
    version: int = 0
    occurrence: str = ""
    waits: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    data: dict[str, Any] = {}


class JourneySwept(msgspec.Struct, frozen=True, omit_defaults=True):
    """``Journey Swept``: so far its scheduled ``run`` has gone through its audience; ``done`` at the end."""

    journey: str
    run: str
    cursor: str = ""
    entered: int = 0
    done: bool = False
