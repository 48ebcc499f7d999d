"""All that one person goes by, and every row that is hers: for whoever must find, export or erase it whole.

Nothing that a cap dropped is left out, and nothing that an un-merge took away from her is in it.
"""

from __future__ import annotations

import msgspec

from maatwerk.core.limits import TAIL_EVENTS
from maatwerk.events.log import Recent
from maatwerk.views.profile import words
from maatwerk.views.profile.joined import company, guests_of, holder, read_known
from maatwerk.views.profile.present import devices_now, ownership_now
from maatwerk.views.profile.resolve import device_of, last_run, resolved
from maatwerk.views.profile.words import Device, Identifier, Moment, Ownership
from maatwerk.views.store import Snapshot

_AT_ONCE = 1_000


class Stretch(msgspec.Struct, frozen=True):
    """A time in which a device was hers: from ``start``; to ``until``, where it is hers no longer.

    Moments are ``(time, offset)`` and half-open: what happened at ``until`` is the next owner's.
    """

    anonymous_id: str
    start: Moment
    until: Moment | None = None


class Whole(msgspec.Struct, frozen=True):
    """``identifiers`` are by namespace, sorted, dropped ones among them; ``devices_whole`` are those
    anonymous ids that were never anybody else's. ``rows`` are keys by table of the profile view that
    hold nothing but hers. ``profile_ids`` are all that she ever answered to."""

    user_id: str
    identifiers: dict[str, list[str]]
    stretches: list[Stretch]
    devices_whole: list[str]
    profile_ids: list[str]
    rows: dict[str, list[str]]


def whole_of(snapshot: Snapshot, recent: Recent, namespace: str, value: str) -> Whole | None:
    """Everything that leads to the person who goes by this identifier; None where nobody does.

    Cost: one read an identifier she ever had.
    """
    who = resolved(snapshot, recent, namespace, value)
    if who is None:
        return None
    user_id = who.value if who.namespace == "user_id" else ""
    found = Found(snapshot, recent, user_id)
    if user_id:
        found.user()
    else:
        found.visitor(who)
    return found.closure() if found.profile_ids or found.stretches else None


class Found:
    """Gathers a closure."""

    def __init__(self, snapshot: Snapshot, recent: Recent, user_id: str) -> None:
        self._snapshot = snapshot
        self._recent = recent
        self._after = snapshot.checkpoint(words.VIEW)
        self.user_id = user_id
        self.stretches: list[Stretch] = []
        self.profile_ids: set[str] = set()
        self._devices: dict[str, Ownership] = {}
        self._rows: dict[str, list[str]] = {table: [] for table in words.TABLES}
        self._addresses: set[str] = set()

    def user(self) -> None:
        """Every device that was hers at some time, live or dropped."""
        newest = self._recent.tail(user_ids=[self.user_id], after=self._after, limit=TAIL_EVENTS)
        devices = devices_now(self._snapshot, self.user_id, newest)
        held = {*devices.stretches}
        named = {each.anonymous_id for each in devices.stretches.values()}
        named |= {event.anonymous_id for event in newest} - {""}
        for key, dropped in self._dropped():
            self._rows[words.DROPPED].append(key)
            what = key.partition("\x1f")[2]
            if dropped.anonymous_id:
                held.add(what)
                named.add(dropped.anonymous_id)
            else:
                self._addresses.add(what)
        self.profile_ids |= {devices.profile_id, devices.dropped_id} - {""}
        guests = guests_of(self._snapshot, self.user_id, devices)
        self._addresses |= {*devices.addresses, *devices.guests}
        for anonymous_id in named | {device_of(key) for key in guests}:
            self._device(anonymous_id, held | {*guests})
        self._rows[words.DEVICES].append(self.user_id)
        self._rows[words.SHARDS] += [words.user_key(self.user_id, proven) for proven in (True, False)]

    def visitor(self, who: Identifier) -> None:
        """A device that is nobody's now: its present stretch, and those that an address joins to it."""
        ownership = self._owner_of(who.value)
        last = last_run(ownership)
        party = company(self._snapshot, who.value, ownership, last)
        for key in party.stretches.keys() | {words.run_key(who.value, last.start)}:
            anonymous_id = device_of(key)
            ownership = self._owner_of(anonymous_id)
            for place, run in enumerate(ownership.runs):
                if words.run_key(anonymous_id, run.start) == key and run.profile_id:
                    self._take(anonymous_id, ownership, place)

    def closure(self) -> Whole:
        """What was gathered."""
        devices = sorted({stretch.anonymous_id for stretch in self.stretches})
        whole = [device for device in devices if self._is_whole(device)]
        identifiers = {"user_id": [self.user_id]} if self.user_id else {}
        if devices:
            identifiers["anonymous_id"] = devices
        for address in sorted(self._hers()):
            namespace, _, value = address.partition("/")
            identifiers.setdefault(namespace, []).append(value)
        self._rows[words.OWNERS] += whole
        return Whole(
            self.user_id,
            identifiers,
            sorted(self.stretches, key=lambda stretch: (stretch.anonymous_id, stretch.start)),
            whole,
            sorted(self.profile_ids),
            {table: sorted(keys) for table, keys in self._rows.items() if keys},
        )

    def _dropped(self) -> list[tuple[str, Device]]:
        prefix, after = words.dropped_key(self.user_id), ""
        found: list[tuple[str, Device]] = []
        while rows := self._snapshot.scan(words.DROPPED, prefix, after, _AT_ONCE):
            found += [(key, words.decode_device(row)) for key, row in rows]
            after = rows[-1][0]
        return found

    def _device(self, anonymous_id: str, held: set[str]) -> None:
        ownership = self._owner_of(anonymous_id)
        for place, run in enumerate(ownership.runs):
            if run.owner == self.user_id or words.run_key(anonymous_id, run.start) in held:
                self._take(anonymous_id, ownership, place)

    def _take(self, anonymous_id: str, ownership: Ownership, place: int) -> None:
        run = ownership.runs[place]
        later = ownership.runs[place + 1].start if place + 1 < len(ownership.runs) else None
        self.stretches.append(Stretch(anonymous_id, run.start, later))
        self._rows[words.SHARDS].append(words.run_key(anonymous_id, run.start))
        self._addresses |= {*run.told}
        if run.profile_id:
            self.profile_ids.add(run.profile_id)

    def _is_whole(self, anonymous_id: str) -> bool:
        hers = {stretch.start for stretch in self.stretches if stretch.anonymous_id == anonymous_id}
        return all(
            run.start in hers or not (run.owner or run.profile_id)
            for run in self._owner_of(anonymous_id).runs
        )

    def _owner_of(self, anonymous_id: str) -> Ownership:
        if anonymous_id not in self._devices:
            newest = self._recent.tail(anonymous_ids=[anonymous_id], after=self._after, limit=TAIL_EVENTS)
            self._devices[anonymous_id] = ownership_now(self._snapshot, anonymous_id, newest)
        return self._devices[anonymous_id]

    def _hers(self) -> set[str]:
        """Addresses that she told, and whose record is hers alone where nobody else told them."""
        keys = {*self._rows[words.SHARDS], f"user_id/{self.user_id}"}
        found = set()
        for address in self._addresses:
            known = read_known(self._snapshot, address)
            if known.tellings.keys() <= keys:
                self._rows[words.KNOWN].append(address)
                found.add(address)
            elif holder(address, known).user_id in ("", self.user_id):
                found.add(address)
        return found
