"""Finding profiles by an identifier, telling their story, and naming the owner of an event.

For whoever holds the secret key: everything that is linked counts here.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from maatwerk.core.identifiers import known_id, normal_email
from maatwerk.core.limits import PAGE_LIMIT, TAIL_EVENTS
from maatwerk.events.event import Event
from maatwerk.events.log import Recent
from maatwerk.views.profile import words
from maatwerk.views.profile.folds.traits import traits
from maatwerk.views.profile.load import load
from maatwerk.views.profile.ownership import DENIED, moment_of, run_at
from maatwerk.views.profile.present import devices_now, ownership_now
from maatwerk.views.profile.shopper import BUILT_IN, Shopper
from maatwerk.views.profile.signals import Signals
from maatwerk.views.profile.words import Identifier, Ownership, Run
from maatwerk.views.store import Snapshot

_TOLD = 5_000
"""Events a timeline reaches back."""
_DEVICES_TOLD = 50
HISTORY = 100_000
"""Events of one identifier that an export reads, the newest."""


class Profile(msgspec.Struct, frozen=True):
    """One person or visitor, whole. ``identifiers`` are by namespace, sorted."""

    profile_id: str
    identifiers: dict[str, list[str]]
    shopper: Shopper


def profile(
    snapshot: Snapshot, recent: Recent, namespace: str, value: str, now: int, signals: Signals = BUILT_IN
) -> Profile | None:
    """Who goes by this identifier (``user_id``, ``anonymous_id`` or ``email``); None where nobody does.

    A device is its last owner's. An address that several customers told is nobody's.
    """
    found = resolved(snapshot, recent, namespace, value)
    if found is None:
        return None
    anonymous_id = found.value if found.namespace == "anonymous_id" else ""
    user_id = found.value if found.namespace == "user_id" else ""
    shopper = load(
        snapshot,
        recent,
        anonymous_id=anonymous_id,
        user_id=user_id,
        trusted=True,
        now=now,
        signals=signals,
    )
    if not shopper.profile_id:
        return None
    identifiers = _identifiers(snapshot, recent, anonymous_id, user_id)
    email = traits(shopper.traits).get("email")
    address = normal_email(email) if isinstance(email, str) else ""
    told = address and snapshot.get(words.MAILS, address) is not None
    if address and (not told or _of_address(snapshot, recent, address) == found):
        identifiers["email"] = [address]  # one that leads elsewhere is a trait, and identifies nobody
    return Profile(shopper.profile_id, identifiers, shopper)


def timeline(
    snapshot: Snapshot, recent: Recent, namespace: str, value: str, *, before: int = 0, limit: int = 100
) -> list[Event]:
    """A profile's events, newest first; ``before`` is the offset to go on from.

    Reaches back over the newest 5,000 events of her identifiers.
    """
    found = resolved(snapshot, recent, namespace, value)
    if found is None:
        return []
    user_id = found.value if found.namespace == "user_id" else ""
    devices = [found.value] if not user_id else _device_ids(snapshot, user_id)
    events = recent.tail(anonymous_ids=devices, user_ids=[user_id] if user_id else [], limit=_TOLD)
    owners = Owners(snapshot, recent)
    hers = [
        event
        for event in reversed(events)
        if (not before or event.offset < before) and owners.is_of(event, found)
    ]
    return hers[: min(limit, PAGE_LIMIT)]


class History(msgspec.Struct, frozen=True):
    """All that is kept of a profile: ``links`` are the stretches of devices that are or were hers.

    ``cut``: she has more events than were read, the newest ``HISTORY`` of each identifier.
    """

    user_id: str
    devices: list[str]
    links: list[tuple[str, Run]]
    events: list[Event]
    cut: bool


def history(snapshot: Snapshot, recent: Recent, namespace: str, value: str) -> History | None:
    """Everything the log still has of whoever goes by this identifier, oldest first; None for nobody."""
    found = resolved(snapshot, recent, namespace, value)
    if found is None:
        return None
    user_id = found.value if found.namespace == "user_id" else ""
    users = recent.tail(user_ids=[user_id], limit=HISTORY) if user_id else []
    devices = {event.anonymous_id for event in users if event.anonymous_id}
    devices |= set(_device_ids(snapshot, user_id, words.LIVE_DEVICES)) if user_id else {found.value}
    owners = Owners(snapshot, recent)
    known = {event.id: event for event in users if not event.anonymous_id}
    links: list[tuple[str, Run]] = []
    cut = len(users) >= HISTORY
    for device in sorted(devices):
        theirs = recent.tail(anonymous_ids=[device], limit=HISTORY)
        cut = cut or len(theirs) >= HISTORY
        known |= {event.id: event for event in theirs if owners.is_of(event, found)}
        runs = _ownership(snapshot, recent, device).runs
        links += [(device, run) for run in (runs if user_id else runs[-1:]) if run.owner == user_id]
    events = sorted(known.values(), key=lambda event: event.offset)
    return History(user_id, sorted({device for device, _ in links}), links, events, cut)


class Owners:
    """Names the owner of events; remembers what it read, so one serves a page of them."""

    def __init__(self, snapshot: Snapshot, recent: Recent) -> None:
        self._snapshot = snapshot
        self._recent = recent
        self._offset = snapshot.checkpoint(words.VIEW)
        self._ownership: dict[str, Ownership] = {}
        self._ids: dict[str, str] = {}

    def of(self, event: Event) -> str:
        """The profile id of the owner at the event's time; empty for what is nobody's or was denied."""
        if DENIED in event.flags:
            return ""
        run = self._run(event)
        if run is None:
            return "" if event.anonymous_id else self._id_of(event.user_id, "")
        return self._id_of(run.owner, run.profile_id) if run.owner else run.profile_id

    def is_of(self, event: Event, who: Identifier) -> bool:
        """Whether an event is part of what a user, or an unowned device's present visitor, did."""
        run = self._run(event)
        if who.namespace == "user_id":
            return (run.owner if run else event.user_id) == who.value
        return run is not None and run is self._ownership[event.anonymous_id].runs[-1]

    def _run(self, event: Event) -> Run | None:
        anonymous_id = event.anonymous_id
        if not anonymous_id:
            return None
        if anonymous_id not in self._ownership:
            newest = self._recent.tail(anonymous_ids=[anonymous_id], after=self._offset, limit=TAIL_EVENTS)
            self._ownership[anonymous_id] = ownership_now(self._snapshot, anonymous_id, newest)
        return run_at(self._ownership[anonymous_id], moment_of(event))

    def _id_of(self, user_id: str, other: str) -> str:
        if user_id and user_id not in self._ids:
            newest = self._recent.tail(user_ids=[user_id], after=self._offset, limit=TAIL_EVENTS)
            self._ids[user_id] = devices_now(self._snapshot, user_id, newest).oldest_id()
        return min(filter(None, (self._ids.get(user_id, ""), other)), default="")


def resolved(snapshot: Snapshot, recent: Recent, namespace: str, value: str) -> Identifier | None:
    """The user id, or else the unowned anonymous id, that an identifier leads to."""
    if namespace == "email":
        return _of_address(snapshot, recent, normal_email(value))
    identifier = known_id(value)
    if not identifier:
        return None
    if namespace == "user_id":
        return Identifier("user_id", identifier)
    if namespace != "anonymous_id":
        return None
    last = _last_run(_ownership(snapshot, recent, identifier))
    return Identifier("user_id", last.owner) if last.owner else Identifier("anonymous_id", identifier)


def _of_address(snapshot: Snapshot, recent: Recent, address: str) -> Identifier | None:
    stored = snapshot.get(words.MAILS, address) if address else None
    if not stored:
        return None
    told = words.decode_mentions(stored).told
    users = [who for who in told if who.startswith("user_id/")]
    proven = [who for who in users if told[who][0]]
    if users:
        best = proven or users  # a claim does not stand in the way of what is proven
        return Identifier("user_id", best[0].partition("/")[2]) if len(best) == 1 else None
    newest = max(told, key=lambda who: (told[who], who))
    return resolved(snapshot, recent, "anonymous_id", newest.partition("/")[2])


def _identifiers(snapshot: Snapshot, recent: Recent, anonymous_id: str, user_id: str) -> dict[str, list[str]]:
    if not user_id:
        return {"anonymous_id": [anonymous_id]}
    devices = _device_ids(snapshot, user_id, words.LIVE_DEVICES)
    devices += [
        event.anonymous_id
        for event in recent.tail(user_ids=[user_id], after=snapshot.checkpoint(words.VIEW), limit=TAIL_EVENTS)
    ]
    owned = [
        device
        for device in sorted({*devices} - {""})
        if _last_run(_ownership(snapshot, recent, device)).owner == user_id
    ]
    return {"user_id": [user_id]} | ({"anonymous_id": owned[: words.LIVE_DEVICES]} if owned else {})


def _device_ids(snapshot: Snapshot, user_id: str, limit: int = _DEVICES_TOLD) -> list[str]:
    """Anonymous ids that were hers at some time, the last seen first."""
    stretches = devices_now(snapshot, user_id, ()).stretches.values()
    newest = sorted(stretches, key=lambda device: (device.seen, device.anonymous_id), reverse=True)
    return list(dict.fromkeys(device.anonymous_id for device in newest))[:limit]


def _ownership(snapshot: Snapshot, recent: Recent, anonymous_id: str) -> Ownership:
    after = snapshot.checkpoint(words.VIEW)
    newest: Sequence[Event] = recent.tail(anonymous_ids=[anonymous_id], after=after, limit=TAIL_EVENTS)
    return ownership_now(snapshot, anonymous_id, newest)


def _last_run(ownership: Ownership) -> Run:
    """The last stretch in which anything happened: after a sign-out the device is still remembered."""
    for run in reversed(ownership.runs):
        if run.owner or run.profile_id:
            return run
    return ownership.runs[0]
