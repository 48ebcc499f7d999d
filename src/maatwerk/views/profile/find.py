"""Finding profiles by an identifier, telling their story, and naming the owner of an event.

For whoever holds the secret key: everything that is linked counts here.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from maatwerk.core.limits import PAGE_LIMIT, TAIL_EVENTS
from maatwerk.events.event import Event
from maatwerk.events.log import Recent
from maatwerk.views.profile import words
from maatwerk.views.profile.folds.traits import traits
from maatwerk.views.profile.joined import Company, Holder, company, guests_of, holder, read_known
from maatwerk.views.profile.load import load
from maatwerk.views.profile.namespaces import address_of
from maatwerk.views.profile.ownership import DENIED, RECORDS, moment_of, run_at
from maatwerk.views.profile.present import devices_now
from maatwerk.views.profile.resolve import device_ids, device_of, last_run, ownership_of, resolved
from maatwerk.views.profile.shopper import BUILT_IN, Shopper
from maatwerk.views.profile.signals import Signals
from maatwerk.views.profile.words import Identifier, Ownership, Run
from maatwerk.views.store import Snapshot

_TOLD = 5_000
"""Events a timeline reaches back."""
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
    """Who goes by this identifier (``user_id``, ``anonymous_id``, ``email`` …); None where nobody does.

    A device is its last owner's. An address that several customers told is nobody's.
    """
    found = resolved(snapshot, recent, namespace, value)
    if found is None:
        return None
    user_id = found.value if found.namespace == "user_id" else ""
    shopper = load(
        snapshot,
        recent,
        anonymous_id="" if user_id else found.value,
        user_id=user_id,
        trusted=True,
        now=now,
        signals=signals,
    )
    if not shopper.profile_id:
        return None
    identifiers = _of_user(snapshot, recent, user_id) if user_id else _of_visitor(snapshot, recent, found)
    email = traits(shopper.traits).get("email")
    address = address_of("email", email) if isinstance(email, str) else ""
    if address and snapshot.get(words.KNOWN, address) is None:  # told a moment ago
        identifiers.setdefault("email", [address.partition("/")[2]])
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
    devices = _company_devices(snapshot, recent, found)
    devices += device_ids(snapshot, user_id) if user_id else []
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
    devices |= set(_company_devices(snapshot, recent, found))
    devices |= set(device_ids(snapshot, user_id, words.LIVE_DEVICES)) if user_id else set()
    owners = Owners(snapshot, recent)
    known = {event.id: event for event in users if not event.anonymous_id}
    links: list[tuple[str, Run]] = []
    cut = len(users) >= HISTORY
    for device in sorted(devices):
        theirs = recent.tail(anonymous_ids=[device], limit=HISTORY)
        cut = cut or len(theirs) >= HISTORY
        known |= {event.id: event for event in theirs if owners.is_of(event, found)}
        runs = ownership_of(snapshot, recent, device).runs
        links += [(device, run) for run in runs if owners.holds(device, run, found)]
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
        self._parties: dict[str, Company] = {}

    def of(self, event: Event) -> str:
        """The profile id of the owner at the event's time; empty for what is nobody's or was denied."""
        if DENIED in event.flags:
            return ""
        run = self._run(event)
        if run is None:
            return "" if event.anonymous_id else self._id_of(event.user_id, "")
        if run.owner:
            return self._id_of(run.owner, run.profile_id)
        party = self._party(event.anonymous_id, run)
        ids = [run.profile_id, *party.stretches.values()]
        return self._id_of(party.user_id, min(filter(None, ids), default=""))

    def is_of(self, event: Event, who: Identifier) -> bool:
        """Whether an event is part of what a user, or an unowned device's present visitor, did."""
        if event.name in RECORDS and who.namespace == "user_id" and event.user_id == who.value:
            return True
        run = self._run(event)
        if run is None:
            return not event.anonymous_id and who == Identifier("user_id", event.user_id)
        return self.holds(event.anonymous_id, run, who)

    def holds(self, anonymous_id: str, run: Run, who: Identifier) -> bool:
        """Whether a stretch is a user's, or of an unowned device's present visitor."""
        if who.namespace == "user_id":
            return (run.owner or self._party(anonymous_id, run).user_id) == who.value
        if run.owner:
            return False
        if anonymous_id == who.value:
            return run.start == self._of(anonymous_id).runs[-1].start
        own = self._of(who.value)
        return words.run_key(anonymous_id, run.start) in self._party(who.value, own.runs[-1]).stretches

    def _party(self, anonymous_id: str, run: Run) -> Company:
        key = words.run_key(anonymous_id, run.start)
        if key not in self._parties:
            self._parties[key] = company(self._snapshot, anonymous_id, self._of(anonymous_id), run)
        return self._parties[key]

    def _of(self, anonymous_id: str) -> Ownership:
        if anonymous_id not in self._ownership:
            self._ownership[anonymous_id] = ownership_of(self._snapshot, self._recent, anonymous_id)
        return self._ownership[anonymous_id]

    def _run(self, event: Event) -> Run | None:
        if not event.anonymous_id:
            return None
        return run_at(self._of(event.anonymous_id), moment_of(event))

    def _id_of(self, user_id: str, other: str) -> str:
        if user_id and user_id not in self._ids:
            newest = self._recent.tail(user_ids=[user_id], after=self._offset, limit=TAIL_EVENTS)
            devices = devices_now(self._snapshot, user_id, newest)
            guests = guests_of(self._snapshot, user_id, devices) if devices.guests else {}
            self._ids[user_id] = min(filter(None, (devices.oldest_id(), *guests.values())), default="")
        return min(filter(None, (self._ids.get(user_id, ""), other)), default="")


def _of_user(snapshot: Snapshot, recent: Recent, user_id: str) -> dict[str, list[str]]:
    newest = recent.tail(user_ids=[user_id], after=snapshot.checkpoint(words.VIEW), limit=TAIL_EVENTS)
    devices = {*device_ids(snapshot, user_id, words.LIVE_DEVICES)} | {each.anonymous_id for each in newest}
    found: dict[str, list[str]] = {"user_id": [user_id]}
    owned = [
        device
        for device in sorted(devices - {""})
        if last_run(ownership_of(snapshot, recent, device)).owner == user_id
    ]
    known = devices_now(snapshot, user_id, newest)
    owned += [device_of(key) for key in guests_of(snapshot, user_id, known)]
    if owned:
        found["anonymous_id"] = sorted({*owned})[: words.LIVE_DEVICES]
    _add(found, [each for each in known.addresses if _holder(snapshot, each).user_id == user_id])
    return found


def _of_visitor(snapshot: Snapshot, recent: Recent, who: Identifier) -> dict[str, list[str]]:
    ownership = ownership_of(snapshot, recent, who.value)
    party = company(snapshot, who.value, ownership, last_run(ownership))
    found = {"anonymous_id": sorted({who.value} | {device_of(key) for key in party.stretches})}
    _add(found, [each for each in party.addresses if not _holder(snapshot, each).user_id])
    return found


def _add(found: dict[str, list[str]], addresses: Sequence[str]) -> None:
    for each in sorted(addresses):
        namespace, _, value = each.partition("/")
        found.setdefault(namespace, []).append(value)


def _holder(snapshot: Snapshot, address: str) -> Holder:
    return holder(address, read_known(snapshot, address))


def _company_devices(snapshot: Snapshot, recent: Recent, who: Identifier) -> list[str]:
    """Devices of visitors that are hers by an address; a visitor's own device among them."""
    if who.namespace == "user_id":
        keys = [*guests_of(snapshot, who.value, devices_now(snapshot, who.value, ()))]
        return sorted({device_of(key) for key in keys})
    ownership = ownership_of(snapshot, recent, who.value)
    keys = [*company(snapshot, who.value, ownership, ownership.runs[-1]).stretches]
    return sorted({who.value} | {device_of(key) for key in keys})
