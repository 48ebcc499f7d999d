"""The profile view: folds events into shards, and keeps who owned which device when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from maatwerk.core.time import HOUR
from maatwerk.events.event import Event, encode
from maatwerk.events.forgetting import Gone
from maatwerk.events.log import Recent
from maatwerk.views.fold import Fold
from maatwerk.views.profile import words
from maatwerk.views.profile.erase import erased
from maatwerk.views.profile.namespaces import Policy
from maatwerk.views.profile.ownership import (
    DENIED,
    RECORDS,
    TOO_LATE,
    UNMERGED,
    follow,
    follow_from_now,
    moment_of,
    replayed,
    run_at,
)
from maatwerk.views.profile.signals import Signals, stepped
from maatwerk.views.profile.telling import Addresses, merge_of
from maatwerk.views.profile.words import Device, Devices, Ownership, Run, Shard
from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot

FORMAT = 3
"""Of the rows apart from the folds' states; grows with their meaning."""

CACHED = 4_000
"""Records of each kind kept decoded between stretches of the log."""


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

    def __init__(self, recent: Recent, signals: Signals | None = None, policy: Policy = Policy()) -> None:  # noqa: B008
        self._recent = recent
        self._policy = policy
        self._addresses = Addresses(policy, self._devices_of)
        self._signals = signals or Signals()
        self._consent = tuple(fold for fold in self._signals.folds.values() if fold.name == "consent")
        self._owners: dict[str, Ownership] = {}
        self._devices: dict[str, Devices] = {}
        self._shards: dict[str, _Shard] = {}
        self._changed: dict[str, dict[str, None]] = {}
        self._deleted: dict[str, None] = {}
        self._merges: dict[str, bytes | None] = {}

    @property
    def version(self) -> int:
        """Of the rows' format and of every fold."""
        return self._signals.version ^ FORMAT ^ self._policy.version

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        """Fold a stretch of the log."""
        self._changed = {table: {} for table in words.TABLES}
        self._deleted = {}
        self._merges = {}
        self._addresses.begin()
        again: dict[str, list[Event]] = {}
        for event in events:
            if TOO_LATE in event.flags:
                continue
            if event.name in RECORDS:
                if not self._noted(event, read):
                    again.setdefault(event.anonymous_id, []).append(event)
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
        for anonymous_id, waiting in again.items():
            self._refold(anonymous_id, waiting, events[-1].offset, read)
        return self._rows()

    def erase(self, gone: Gone, read: Snapshot) -> Rows:
        """A person's rows, taken out; see `maatwerk.views.profile.erase`."""
        return erased(gone, read)

    def forget(self) -> None:
        """Let go of what is kept decoded."""
        self._owners.clear()
        self._devices.clear()
        self._shards.clear()
        self._addresses.forget()

    def _device(self, event: Event, read: Snapshot) -> bool:
        """Fold an event of a device; False where the device's past must be read again."""
        anonymous_id = event.anonymous_id
        ownership = self._ownership(anonymous_id, read)
        self._changed[words.OWNERS][anonymous_id] = None
        if not follow(ownership, event):
            if ownership.refolds < words.REFOLDS and not ownership.cut:
                return False
            follow_from_now(ownership, event)
        run = run_at(ownership, moment_of(event))
        if run is not None:
            self._fold_into_run(anonymous_id, run, event, read)
        return True

    def _ownership(self, anonymous_id: str, read: Snapshot) -> Ownership:
        ownership = self._owners.get(anonymous_id)
        if ownership is None:
            stored = read.get(words.OWNERS, anonymous_id)
            ownership = words.decode_ownership(stored) if stored else Ownership()
            self._owners[anonymous_id] = ownership
        return ownership

    def _noted(self, event: Event, read: Snapshot) -> bool:
        """A record of ours: a merge is in the log now; an un-merge takes apart. False as for `_device`."""
        if event.name != UNMERGED:
            self._merges[event.id] = None
            return True
        self._addresses.cut(event, read)
        if not (event.anonymous_id and event.user_id):
            return True
        ownership = self._ownership(event.anonymous_id, read)
        hers = [run for run in ownership.runs if run.owner == event.user_id]
        self._changed[words.OWNERS][event.anonymous_id] = None
        if not follow(ownership, event):
            if ownership.refolds < words.REFOLDS and not ownership.cut:
                return False
            follow_from_now(ownership, event)
        for run in hers:
            key = words.run_key(event.anonymous_id, run.start)
            self._devices_of(event.user_id, read).stretches.pop(key, None)
            self._addresses.owned(event.anonymous_id, key, run, read)
        self._changed[words.DEVICES][event.user_id] = None
        return True

    def _fold_into_run(
        self, anonymous_id: str, run: Run, event: Event, read: Snapshot, *, anew: bool = False
    ) -> None:
        key = words.run_key(anonymous_id, run.start)
        if DENIED in event.flags:
            self._fold(key, run.profile_id, event, True, read)
            return
        first = not run.profile_id
        if first:
            run.profile_id = words.minted(key, event.received)
        self._fold(key, run.profile_id, event, False, read)
        if run.owner:
            if self._link(run, anonymous_id, key, event, read) and not first and not anew:
                self._merged(run, event, read)
            if run.told and event.user_id:
                self._addresses.owned(anonymous_id, key, run, read)
        self._addresses.tell(event, read, key, run)

    def _merged(self, run: Run, event: Event, read: Snapshot) -> None:
        """Two that were known before prove to be one: to be said in the log."""
        hers = self._devices_of(run.owner, read).oldest_id()
        born = words.minted(f"user_id/{run.owner}", event.received)
        if self._devices_of(run.owner, read).profile_id != born:
            merge = merge_of(event, run.profile_id, hers, "sign-in", run.owner)
            self._merges[merge.id] = encode(merge)

    def _user(self, event: Event, read: Snapshot) -> None:
        key = words.user_key(event.user_id, event.proven)
        profile_id = self._devices_of(event.user_id, read).profile_id
        self._fold(key, profile_id, event, DENIED in event.flags, read)
        if DENIED not in event.flags:
            self._addresses.tell(event, read, f"user_id/{event.user_id}", None)

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
        shard.events += event.name not in words.NOT_HERS
        shard.step(self._signals, self._signals.reading(event.name), event)

    def _link(self, run: Run, anonymous_id: str, key: str, event: Event, read: Snapshot) -> bool:
        """Note in the owner's record that this stretch is hers; whether that was new."""
        devices = self._devices_of(run.owner, read)
        known = devices.stretches.get(key)
        if known and known.proven == run.proven and event.time - known.seen < HOUR:
            return False
        seen = max(event.time, known.seen if known else 0)
        devices.stretches[key] = Device(anonymous_id, run.start, run.proven, seen, run.profile_id)
        self._changed[words.DEVICES][run.owner] = None
        if len(devices.stretches) > words.LIVE_DEVICES:
            dropped, gone = _drop_oldest(devices)
            self._addresses.drop(run.owner, dropped, gone, read)
        return known is None

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
                _ = self._noted(event, read) if event.name in RECORDS else self._device(event, read)
            return
        after = replayed(counted)
        after.refolds = before.refolds + 1
        for run in before.runs:
            key = words.run_key(anonymous_id, run.start)
            self._addresses.untell(key, run, read)
            self._shards[key] = _Shard(None)
            self._deleted[key] = None
            self._changed[words.SHARDS].pop(key, None)
            if run.owner:
                self._devices_of(run.owner, read).stretches.pop(key, None)
                self._changed[words.DEVICES][run.owner] = None
        self._owners[anonymous_id] = after
        new = {event.id for event in waiting}
        for event in counted:
            held = run_at(after, moment_of(event))
            if held is not None and event.name not in RECORDS:
                self._fold_into_run(anonymous_id, held, event, read, anew=event.id not in new)

    def _rows(self) -> Rows:
        changed, addresses = self._changed, self._addresses
        for user_id in addresses.users:
            changed[words.DEVICES][user_id] = None
        self._merges |= {merge.id: encode(merge) for merge in addresses.merges}
        puts = {
            words.OWNERS: {key: words.encode(self._owners[key]) for key in changed[words.OWNERS]},
            words.DEVICES: {key: words.encode(self._devices[key]) for key in changed[words.DEVICES]},
            words.SHARDS: {key: self._shards[key].encoded() for key in changed[words.SHARDS]},
            words.MERGES: {key: each for key, each in self._merges.items() if each is not None},
            **addresses.rows(),
        }
        for kept in (self._owners, self._devices, self._shards, addresses.kept):
            _bound(kept)
        said = [key for key, each in self._merges.items() if each is None]
        return puts, {words.SHARDS: list(self._deleted), words.MERGES: said}


def _drop_oldest(devices: Devices) -> tuple[str, Device]:
    """What a user has one too many of. Claims first: nobody can crowd out what is proven."""
    stretches = devices.stretches
    oldest = min(stretches, key=lambda key: (stretches[key].proven, stretches[key].seen, key))
    gone = devices.stretches.pop(oldest)
    devices.dropped += 1
    devices.dropped_id = min(filter(None, (devices.dropped_id, gone.profile_id)), default="")
    return oldest, gone


def _bound(kept: dict[str, Any]) -> None:
    """Those touched first go first; a stretch of the log touches what is live again and again."""
    while len(kept) > CACHED:
        del kept[next(iter(kept))]
