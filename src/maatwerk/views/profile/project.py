"""The profile view: folds events into shards, and keeps who owned which device when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from maatwerk.core.identifiers import normal_email
from maatwerk.core.time import HOUR
from maatwerk.events import names
from maatwerk.events.event import EMPTY, Event
from maatwerk.events.forgetting import Gone
from maatwerk.events.log import Recent
from maatwerk.views.fold import Fold
from maatwerk.views.profile import words
from maatwerk.views.profile.erase import erased
from maatwerk.views.profile.ownership import (
    DENIED,
    TOO_LATE,
    follow,
    follow_from_now,
    moment_of,
    replayed,
    run_at,
)
from maatwerk.views.profile.signals import Signals, stepped
from maatwerk.views.profile.words import Device, Devices, Mentions, Ownership, Run, Shard
from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot

FORMAT = 2
"""Of the rows apart from the folds' states; grows with their meaning."""

CACHED = 4_000
"""Records of each kind kept decoded between stretches of the log."""

_MENTIONS = 20


class _Shard:
    """A shard at work: states decoded where an event touched them, encoded again when written."""

    __slots__ = ("events", "profile_id", "raw", "states", "touched")

    def __init__(self, stored: bytes | None) -> None:
        shard = words.decode_shard(stored) if stored else Shard()
        self.profile_id = shard.profile_id
        self.events = shard.events
        self.raw: dict[str, Any] = dict(shard.states)
        self.states: dict[str, Any] = {}
        self.touched: set[str] = set()

    def step(self, signals: Signals, folds: Sequence[Fold[Any]], event: Event) -> None:
        for fold in folds:
            name = fold.name
            state = self.states.get(name)
            if state is None:
                stored = self.raw.get(name)
                state = fold.state() if stored is None else signals.decoded(name, stored)
            after = stepped(fold, state, event)
            self.states[name] = after
            if after is not state:
                self.touched.add(name)

    def encoded(self) -> bytes:
        for name in self.touched:
            self.raw[name] = msgspec.Raw(words.encode(self.states[name]))
        self.touched.clear()
        return words.encode(Shard(self.profile_id, self.events, self.raw))


class ProfileView:
    """Rows of profiles; see `maatwerk.views.projector.View`.

    ``recent`` reads a device's events again when a late sign-in divides a stretch of ownership.
    """

    name = words.VIEW
    tables = words.TABLES
    names: frozenset[str] = frozenset()

    def __init__(self, recent: Recent, signals: Signals | None = None) -> None:
        self._recent = recent
        self._signals = signals or Signals()
        self._consent = tuple(fold for fold in self._signals.folds.values() if fold.name == "consent")
        self._owners: dict[str, Ownership] = {}
        self._devices: dict[str, Devices] = {}
        self._shards: dict[str, _Shard] = {}
        self._changed: dict[str, dict[str, None]] = {}
        self._deleted: dict[str, None] = {}

    @property
    def version(self) -> int:
        """Of the rows' format and of every fold."""
        return self._signals.version ^ FORMAT

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        """Fold a stretch of the log."""
        self._changed = {table: {} for table in words.TABLES}
        self._deleted = {}
        mentions: dict[str, Mentions] = {}
        again: dict[str, list[Event]] = {}
        for event in events:
            if TOO_LATE in event.flags:
                continue
            if event.user_id and DENIED not in event.flags:
                self._mint(event, read)
            if event.anonymous_id in again:
                again[event.anonymous_id].append(event)
            elif event.anonymous_id:
                if not self._device(event, read):
                    again[event.anonymous_id] = [event]
            elif event.user_id:
                self._user(event, read)
            if event.traits != EMPTY:
                self._mention(event, read, mentions)
        for anonymous_id, waiting in again.items():
            self._refold(anonymous_id, waiting, events[-1].offset, read)
        return self._rows(mentions)

    def erase(self, gone: Gone, read: Snapshot) -> Rows:
        """A person's rows, taken out; see `maatwerk.views.profile.erase`."""
        return erased(gone, read)

    def forget(self) -> None:
        """Let go of what is kept decoded."""
        self._owners.clear()
        self._devices.clear()
        self._shards.clear()

    def _device(self, event: Event, read: Snapshot) -> bool:
        """Fold an event of a device; False where the device's past must be read again."""
        anonymous_id = event.anonymous_id
        ownership = self._owners.get(anonymous_id)
        if ownership is None:
            stored = read.get(words.OWNERS, anonymous_id)
            ownership = words.decode_ownership(stored) if stored else Ownership()
            self._owners[anonymous_id] = ownership
        self._changed[words.OWNERS][anonymous_id] = None
        if not follow(ownership, event):
            if ownership.refolds < words.REFOLDS and not ownership.cut:
                return False
            follow_from_now(ownership, event)
        run = run_at(ownership, moment_of(event))
        if run is not None:
            self._fold_into_run(anonymous_id, run, event, read)
        return True

    def _fold_into_run(self, anonymous_id: str, run: Run, event: Event, read: Snapshot) -> None:
        key = words.run_key(anonymous_id, run.start)
        denied = DENIED in event.flags
        if not denied and not run.profile_id:
            run.profile_id = words.minted(key, event.received)
        self._fold(key, run.profile_id, event, denied, read)
        if run.owner and not denied:
            self._link(run, anonymous_id, key, event, read)

    def _user(self, event: Event, read: Snapshot) -> None:
        key = words.user_key(event.user_id, event.proven)
        profile_id = self._devices_of(event.user_id, read).profile_id
        self._fold(key, profile_id, event, DENIED in event.flags, read)

    def _fold(self, key: str, profile_id: str, event: Event, denied: bool, read: Snapshot) -> None:
        shard = self._shards.get(key)
        if shard is None:
            shard = self._shards[key] = _Shard(read.get(words.SHARDS, key))
        self._changed[words.SHARDS][key] = None
        self._deleted.pop(key, None)
        if denied:
            # What she denies is kept in mind; what she did is not.
            shard.step(self._signals, self._consent, event)
            return
        shard.profile_id = profile_id
        shard.events += 1
        shard.step(self._signals, self._signals.reading(event.name), event)

    def _link(self, run: Run, anonymous_id: str, key: str, event: Event, read: Snapshot) -> None:
        """Note in the owner's record that this stretch is hers."""
        devices = self._devices_of(run.owner, read)
        known = devices.stretches.get(key)
        if known and known.proven == run.proven and event.time - known.seen < HOUR:
            return
        seen = max(event.time, known.seen if known else 0)
        devices.stretches[key] = Device(anonymous_id, run.start, run.proven, seen, run.profile_id)
        self._changed[words.DEVICES][run.owner] = None
        if len(devices.stretches) > words.LIVE_DEVICES:
            _drop_oldest(devices)

    def _devices_of(self, user_id: str, read: Snapshot) -> Devices:
        devices = self._devices.get(user_id)
        if devices is None:
            stored = read.get(words.DEVICES, user_id)
            devices = words.decode_devices(stored) if stored else Devices(stretches={})
            self._devices[user_id] = devices
        return devices

    def _mint(self, event: Event, read: Snapshot) -> None:
        """The first that is heard of a user gives her profile its id."""
        devices = self._devices_of(event.user_id, read)
        if not devices.profile_id:
            devices.profile_id = words.minted(f"user_id/{event.user_id}", event.received)
            self._changed[words.DEVICES][event.user_id] = None

    def _refold(self, anonymous_id: str, waiting: Sequence[Event], until: int, read: Snapshot) -> None:
        """Read a device's events again, and divide them anew; ``waiting`` are those not folded yet."""
        limit = words.REFOLD_EVENTS + 1
        events = self._recent.tail(anonymous_ids=[anonymous_id], limit=limit)
        counted = [each for each in events if each.offset <= until and TOO_LATE not in each.flags]
        before = self._owners[anonymous_id]
        if len(events) == limit:
            # Too much to read again: what came late counts from now on, and what is folded stays.
            before.cut = True
            for event in waiting:
                self._device(event, read)
            return
        after = replayed(counted)
        after.refolds = before.refolds + 1
        for run in before.runs:
            key = words.run_key(anonymous_id, run.start)
            self._shards[key] = _Shard(None)
            self._deleted[key] = None
            self._changed[words.SHARDS].pop(key, None)
            if run.owner:
                self._devices_of(run.owner, read).stretches.pop(key, None)
                self._changed[words.DEVICES][run.owner] = None
        self._owners[anonymous_id] = after
        for event in counted:
            held = run_at(after, moment_of(event))
            if held is not None:
                self._fold_into_run(anonymous_id, held, event, read)

    def _mention(self, event: Event, read: Snapshot, mentions: dict[str, Mentions]) -> None:
        email = names.traits(event).get("email")
        address = normal_email(email) if isinstance(email, str) and DENIED not in event.flags else ""
        if not address:
            return
        if address not in mentions:
            stored = read.get(words.MAILS, address)
            mentions[address] = words.decode_mentions(stored) if stored else Mentions(told={})
        namespace, value = (
            ("user_id", event.user_id) if event.user_id else ("anonymous_id", event.anonymous_id)
        )
        if value:
            told = mentions[address].told
            who = f"{namespace}/{value}"
            told[who] = max(told.get(who, (False, 0)), (event.proven, event.time))
            if len(told) > _MENTIONS:
                del told[min(told, key=lambda each: (told[each], each))]

    def _rows(self, mentions: dict[str, Mentions]) -> Rows:
        changed = self._changed
        puts = {
            words.OWNERS: {key: words.encode(self._owners[key]) for key in changed[words.OWNERS]},
            words.DEVICES: {key: words.encode(self._devices[key]) for key in changed[words.DEVICES]},
            words.SHARDS: {key: self._shards[key].encoded() for key in changed[words.SHARDS]},
            words.MAILS: {key: words.encode(value) for key, value in mentions.items()},
        }
        for kept in (self._owners, self._devices, self._shards):
            _bound(kept)
        return puts, {words.SHARDS: list(self._deleted)}


def _drop_oldest(devices: Devices) -> None:
    """Claims first: nobody can crowd out what is proven."""
    stretches = devices.stretches
    oldest = min(stretches, key=lambda key: (stretches[key].proven, stretches[key].seen, key))
    gone = devices.stretches.pop(oldest)
    devices.dropped += 1
    devices.dropped_id = min(filter(None, (devices.dropped_id, gone.profile_id)), default="")


def _bound(kept: dict[str, Any]) -> None:
    """Those touched first go first; a stretch of the log touches what is live again and again."""
    while len(kept) > CACHED:
        del kept[next(iter(kept))]
