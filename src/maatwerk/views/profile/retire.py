"""Profiles after old events are past their retention: who did nothing since goes, who did grows younger.

Of somebody of whom only answers are left (a consent, an objection) those are kept, and nothing else.

Of a profile that stays, what it holds with a date (acts, orders, searches, visits, wishes, carts) goes with
the events it was folded from. What was told, what was consented to, and plain counts stay as long as she
comes back.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from maatwerk.views.profile import words
from maatwerk.views.profile.signals import Signals
from maatwerk.views.profile.words import Shard, run_key, user_key
from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot

TOLD = frozenset({"consent", "context", "lists", "traits"})
"""Signals that stay while the profile does."""


class Old(msgspec.Struct, frozen=True):
    """Whose events were retired, the addresses told in them, and the time before which dated things go.

    Of the ``alive`` newer events are left in the log, of the ``answered`` only their answers, of the others
    nothing. Both are named as mentions name them: ``anonymous_id/a-1``, ``user_id/u-1``.
    """

    before: int
    devices: frozenset[str]
    users: frozenset[str]
    addresses: frozenset[str]
    alive: frozenset[str]
    answered: frozenset[str]

    def names(self) -> frozenset[str]:
        """All of them."""
        return frozenset(
            [f"anonymous_id/{each}" for each in self.devices] + [f"user_id/{each}" for each in self.users]
        )


class _Work:
    def __init__(self, read: Snapshot, signals: Signals, before: int) -> None:
        self.read = read
        self.signals = signals
        self.before = before
        self.puts: dict[str, dict[str, bytes]] = {table: {} for table in words.TABLES}
        self.deletes: dict[str, list[str]] = {table: [] for table in words.TABLES}
        self.devices: dict[str, words.Devices] = {}

    def devices_of(self, user_id: str) -> words.Devices | None:
        if user_id not in self.devices:
            stored = self.read.get(words.DEVICES, user_id)
            if stored is None:
                return None
            self.devices[user_id] = words.decode_devices(stored)
        return self.devices[user_id]

    def shard(self, key: str, who: str, old: Old) -> None:
        """What becomes of a shard."""
        stored = self.read.get(words.SHARDS, key)
        if stored is None:
            return
        if who in old.alive:
            self._younger(key, words.decode_shard(stored))
        elif who in old.answered:
            shard = words.decode_shard(stored)
            answers = {name: state for name, state in shard.states.items() if name == "consent"}
            self.puts[words.SHARDS][key] = words.encode(Shard(shard.profile_id, 0, answers))
        else:
            self.deletes[words.SHARDS].append(key)

    def _younger(self, key: str, shard: Shard) -> None:
        states = dict(shard.states)
        for name, raw in shard.states.items():
            if name in TOLD or name not in self.signals.folds:
                continue
            state = self.signals.decoded(name, raw)
            younger = getattr(self.signals.folds[name], "younger", trimmed)
            after = younger(state, self.before)
            if after is not state:
                states[name] = msgspec.Raw(words.encode(after))
        if states != shard.states:
            self.puts[words.SHARDS][key] = words.encode(Shard(shard.profile_id, shard.events, states))


def retired(old: Old, read: Snapshot, signals: Signals) -> Rows:
    """What to write of the profile view's tables."""
    work = _Work(read, signals, old.before)
    for device in sorted(old.devices):
        _device(work, device, old)
    for user in sorted(old.users):
        _user(work, user, old)
    for user, devices in work.devices.items():
        if user not in work.deletes[words.DEVICES]:
            work.puts[words.DEVICES][user] = words.encode(devices)
    _mentions(work, old.addresses, old.names() - old.alive)
    return work.puts, work.deletes


def trimmed(state: Any, before: int) -> Any:
    """A signal's state without records of a time before; the same state where there are none."""
    changes: dict[str, Any] = {}
    for field in state.__struct_fields__:
        value = getattr(state, field)
        if isinstance(value, tuple):
            kept: Any = tuple(each for each in value if _at(each) >= before)
        elif isinstance(value, dict):
            kept = {key: each for key, each in value.items() if _at(each) >= before}
        else:
            continue
        if len(kept) != len(value):
            changes[field] = kept
    return msgspec.structs.replace(state, **changes) if changes else state


def _at(record: Any) -> float:
    """When it happened, or ended; what has no date is of now."""
    for field in ("end", "time"):
        at = getattr(record, field, None)
        if isinstance(at, int):
            return at
    return float("inf")


def _device(work: _Work, device: str, old: Old) -> None:
    stored = work.read.get(words.OWNERS, device)
    if stored is None:
        return
    who = f"anonymous_id/{device}"
    gone = who not in old.alive and who not in old.answered
    ownership = words.decode_ownership(stored)
    for run in ownership.runs:
        key = run_key(device, run.start)
        work.shard(key, who, old)
        owned = work.devices_of(run.owner) if gone and run.owner else None
        if owned is not None:
            owned.stretches.pop(key, None)
        run.told = []
    if gone:
        work.deletes[words.OWNERS].append(device)
    elif who not in old.alive:
        work.puts[words.OWNERS][device] = words.encode(ownership)  # without the addresses told in it


def _user(work: _Work, user: str, old: Old) -> None:
    who = f"user_id/{user}"
    for proven in (True, False):
        work.shard(user_key(user, proven), who, old)
    owned = work.devices_of(user)
    if who in old.alive or owned is None:
        return
    owned.addresses.clear()
    owned.guests.clear()
    if who not in old.answered and not owned.stretches:
        work.deletes[words.DEVICES].append(user)


def _mentions(work: _Work, addresses: Collection[str], gone: Collection[str]) -> None:
    """``addresses`` are of any namespace: ``email/x@ex.test``."""
    for address in sorted(addresses):
        stored = work.read.get(words.KNOWN, address)
        if stored is None:
            continue
        known = words.decode_known(stored)
        kept = {key: each for key, each in known.tellings.items() if _teller(key) not in gone}
        if kept:
            work.puts[words.KNOWN][address] = words.encode(words.Known(kept, known.cuts, known.dropped))
        else:
            work.deletes[words.KNOWN].append(address)


def _teller(key: str) -> str:
    """Who told, by the key of a telling: a device or a user."""
    return key.rpartition("/")[0] if key.startswith("anonymous_id/") else key
