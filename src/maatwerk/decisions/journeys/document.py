"""A journey as the merchant writes it, and what is refused of it.

Steps stand in a list and follow each other, unless one names the next. Each does one thing: its verb is
the field that says what.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, HOUR, MINUTE, SECOND

MARKETING, TRANSACTIONAL = "marketing", "transactional"
CHANNELS = ("email", "push", "sms")

STEPS_MOST = 100
NEVER, ALWAYS = "never", "always"

Per = Literal["profile", "cart", "product", "order"]


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What begins it; one of the fields ``event`` to ``api`` says what.

    ``event``: names of happenings; ``where``: a condition on the happening itself. ``enters`` and ``leaves``
    name an audience; ``date`` a trait that holds a date, of which ``days`` before or after count;
    ``catalog`` is ``back-in-stock`` or ``price-drop`` (by at least the share ``drop``). ``schedule``, such as
    ``daily 09:00``, ``mon 09:00`` or a time, goes through the members of ``audience``, else everybody.
    ``per``: what one journey of hers is about; a new cart begins a new one.
    """

    event: tuple[str, ...] = ()
    enters: str = ""
    leaves: str = ""
    date: str = ""
    days: int = 0
    catalog: Literal["", "back-in-stock", "price-drop"] = ""
    drop: float = 0.05
    schedule: str = ""
    audience: str = ""
    api: bool = False
    where: str = ""
    per: Per = "profile"
    restart: bool = False
    """Whether the same happening again begins the waiting anew."""


class Exit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What ends it, looked at as it happens and before every step. ``sold_out``: none of it can be bought."""

    event: tuple[str, ...] = ()
    when: str = ""
    sold_out: bool = False


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What it is for: an event while she is inside, or ``within`` so long after its last message."""

    event: str
    within: str = "5d"


class Step(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"if_": "if", "else_": "else"},
):
    """One step. Its verb is the one of ``wait``, ``until``, ``wait_for``, ``if``, ``split``, ``experiment``,
    ``send``, ``join``, ``leave``, ``code``, ``update``, ``jump`` and ``exit`` that is given.

    ``wait``: so long (``30m``, ``2d``), counted from the step before, or from ``since = "trigger"``.
    ``until``: ``09:00``, ``mon 09:00``, a time, or a fact (``predicted.next_order``) moved by ``offset``.
    ``wait_for``: an event, at most ``within``; then ``then``, else ``else``. ``if``: a condition on what is
    known of her. ``split``: shares by step. ``experiment``: ``arms`` says the step for each variant.
    ``send``: a template over the first of ``channels`` that reaches her, at most ``window`` after its time.
    ``join`` and ``leave``: the list of an audience, at which blocks, pop-ups and ads are aimed.
    ``code``: a pool, of which she gets a code of her own, as ``as``. ``update``: traits.
    ``next``: what follows.
    """

    key: str
    wait: str = ""
    since: Literal["", "trigger"] = ""
    until: str = ""
    offset: str = ""
    wait_for: str = ""
    within: str = ""
    if_: str = ""
    then: str = ""
    else_: str = ""
    split: dict[str, int] = {}
    experiment: str = ""
    arms: dict[str, str] = {}
    send: str = ""
    channels: tuple[str, ...] = ("email",)
    window: str = "12h"
    data: dict[str, Any] = {}
    join: str = ""
    leave: str = ""
    code: str = ""
    as_: str = "code"
    update: dict[str, Any] = {}
    jump: str = ""
    exit: str = ""
    next: str = ""

    @property
    def verb(self) -> str:
        """What it does."""
        return next((verb for verb, field in VERBS.items() if getattr(self, field)), "")


VERBS = {
    "wait": "wait",
    "until": "until",
    "wait_for": "wait_for",
    "if": "if_",
    "split": "split",
    "experiment": "experiment",
    "send": "send",
    "join": "join",
    "leave": "leave",
    "code": "code",
    "update": "update",
    "jump": "jump",
    "exit": "exit",
}
WAITING = frozenset({"wait", "until", "wait_for"})


class Journey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole document. ``priority``: of several that want her on the same day the highest goes, the others
    yield. ``again``: how soon she may begin it anew (``always``, ``never``, or so long after she began).
    ``changed``: whether those inside ``finish`` on the version they began with or ``move`` to the newest.
    ``waits`` changes the waiting of steps by key, for those who take a shipped journey as it is.
    """

    name: str
    trigger: Trigger
    steps: tuple[Step, ...]
    description: str = ""
    enabled: bool = True
    paused: bool = False
    purpose: Literal["marketing", "transactional"] = "marketing"
    priority: int = 50
    when: str = ""
    again: str = ALWAYS
    exit: Exit = Exit()
    goal: Goal | None = None
    changed: Literal["finish", "move"] = "finish"
    starts: str = ""
    ends: str = ""
    waits: dict[str, str] = {}

    def step(self, key: str) -> Step | None:
        """A step by its key."""
        return next((step for step in self.steps if step.key == key), None)

    def after(self, step: Step) -> Step | None:
        """What follows a step that does not branch."""
        if step.next:
            return self.step(step.next)
        place = self.steps.index(step) + 1
        return self.steps[place] if place < len(self.steps) else None

    def again_ms(self) -> int:
        """Milliseconds before she may begin anew; -1: never."""
        return -1 if self.again == NEVER else 0 if self.again == ALWAYS else duration(self.again)


_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
LONGEST = 400 * DAY


def duration(text: str) -> int:
    """Milliseconds of ``30m``, ``1d12h`` or ``-3d``. Raises `Refused` for all else, and beyond 400 days."""
    sign, rest, total, digits = 1, text.strip(), 0, ""
    if rest.startswith("-"):
        sign, rest = -1, rest[1:]
    for letter in rest:
        if letter.isascii() and letter.isdigit():
            digits += letter
        elif digits and letter in _UNITS and len(digits) <= 6:
            total, digits = total + int(digits) * _UNITS[letter], ""
        else:
            digits = "?"
            break
    if digits or not rest or total > LONGEST:
        raise Refused(
            "duration_not_readable",
            f"{text[:40]!r} is no duration",
            hint="such as 30m, 24h or 1d12h, up to 400d",
        )
    return sign * total


def read(key: str, document: dict[str, Any]) -> Journey:
    """The journey of a whole document, checked. Raises `Refused` naming the field."""
    try:
        journey = msgspec.convert(document, Journey)
    except msgspec.ValidationError as fault:
        raise _refused(key, str(fault)) from None
    return with_waits(key, journey)


def with_waits(key: str, journey: Journey) -> Journey:
    """The journey with ``waits`` put in their places. Raises `Refused`."""
    unknown = set(journey.waits) - {step.key for step in journey.steps if step.verb in WAITING}
    if unknown:
        raise _refused(key, f"{sorted(unknown)[0]!r} is no step that waits", "waits")
    steps = tuple(_rewaited(step, journey.waits.get(step.key, "")) for step in journey.steps)
    return msgspec.structs.replace(journey, steps=steps, waits={})


def _rewaited(step: Step, wait: str) -> Step:
    if not wait:
        return step
    if step.verb == "wait_for":
        return msgspec.structs.replace(step, within=wait)
    return msgspec.structs.replace(step, **{step.verb: wait})


def _refused(key: str, detail: str, field: str = "") -> Refused:
    return Refused("journey_not_valid", detail, field=f"journey.{key}.{field}" if field else f"journey.{key}")
