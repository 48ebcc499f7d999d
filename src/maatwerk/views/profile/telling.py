"""Who told which address: kept while the log is folded, one record an address, bounded."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from maatwerk.core.ids import derived_id
from maatwerk.events.event import Event
from maatwerk.events.identity import Merged
from maatwerk.events.names import body, with_body
from maatwerk.views.profile import words
from maatwerk.views.profile.joined import holder, stands
from maatwerk.views.profile.namespaces import Policy, cap, told
from maatwerk.views.profile.ownership import EXPLICIT, MERGED, moment_of
from maatwerk.views.profile.words import BEGINNING, Alarm, Device, Devices, Known, Run, Telling
from maatwerk.views.store import Snapshot

_USER = "user_id/"


def merge_of(event: Event, profile_id: str, other: str, via: str, user_id: str = "") -> Event:
    """What the log is to say of a merge: the same event whenever the same evidence is folded again."""
    known = sorted(filter(None, {profile_id, other}))
    return with_body(
        MERGED,
        Merged(known[0], known[-1], via, event.id),
        id=derived_id("pm", event.id, via),
        time=event.time,
        received=event.received,
        anonymous_id=event.anonymous_id,
        user_id=user_id or event.user_id,
        origin="internal",
        dialect="maatwerk",
    )


class Addresses:
    """Works on `words.KNOWN`, on the addresses in `words.Devices`, and on what caps drop.

    ``users`` are those whose record changed, ``merges`` what is to be said in the log, since `begin`.
    """

    def __init__(self, policy: Policy, devices_of: Callable[[str, Snapshot], Devices]) -> None:
        self._policy = policy
        self._devices_of = devices_of
        self.kept: dict[str, Known] = {}
        self.users: dict[str, None] = {}
        self.merges: list[Event] = []
        self._changed: dict[str, None] = {}
        self._dropped: dict[str, bytes] = {}
        self._alarms: dict[str, Alarm] = {}

    def begin(self) -> None:
        """A new stretch of the log."""
        self.users, self.merges, self._changed, self._dropped, self._alarms = {}, [], {}, {}, {}

    def forget(self) -> None:
        """Let go of what is kept decoded."""
        self.kept.clear()

    def rows(self) -> dict[str, dict[str, bytes]]:
        """What to write."""
        return {
            words.KNOWN: {address: words.encode(self.kept[address]) for address in self._changed},
            words.DROPPED: self._dropped,
            words.ALARMS: {key: words.encode(alarm) for key, alarm in self._alarms.items()},
        }

    def tell(self, event: Event, read: Snapshot, key: str, run: Run | None) -> None:
        """Take note of the addresses in an event; ``key`` is that of the stretch, or of the user alone."""
        user_id = run.owner if run else event.user_id
        who = f"{_USER}{user_id}" if user_id else f"anonymous_id/{event.anonymous_id}"
        for address, strength in told(event, self._policy).items():
            if run is not None and address not in run.told:
                if len(run.told) >= words.TOLD:
                    self._alarm("told", who, read, event.time)
                    continue
                run.told.append(address)
            known = self._known(address, read)
            moment = moment_of(event)
            again = moment if event.name in EXPLICIT else BEGINNING
            profile_id = run.profile_id if run else self._devices_of(user_id, read).profile_id
            telling = Telling(who, moment, event.time, strength, event.id, again, profile_id)
            before = known.tellings.get(key)
            known.tellings[key] = _further(before, telling) if before else telling
            self._settle(address, known, read, user_id, event.time)
            if before is None:
                self._meet(address, known, event, telling)

    def owned(self, anonymous_id: str, key: str, run: Run, read: Snapshot) -> None:
        """A stretch has another owner, or none: what was told in it is hers."""
        who = f"{_USER}{run.owner}" if run.owner else f"anonymous_id/{anonymous_id}"
        for address in run.told:
            known = self._known(address, read)
            telling = known.tellings.get(key)
            if telling is not None and telling.who != who:
                before, telling.who = telling.who, who
                self._settle(address, known, read, before.removeprefix(_USER), 0)
                self._settle(address, known, read, run.owner, 0)

    def untell(self, key: str, run: Run, read: Snapshot) -> None:
        """A stretch is to be read again: nothing was told in it yet."""
        for address in run.told:
            known = self._known(address, read)
            if known.tellings.pop(key, None) is not None:
                self._settle(address, known, read, run.owner, 0)

    def cut(self, event: Event, read: Snapshot) -> None:
        """An un-merge: these addresses no longer count for those who told them."""
        for who, address in body(event).links:
            if not address.startswith((_USER, "anonymous_id/")):
                known = self._known(address, read)
                known.cuts[who] = max(known.cuts.get(who, BEGINNING), moment_of(event))
                self._settle(address, known, read, who.removeprefix(_USER) if _USER in who else "", 0)

    def drop(self, user_id: str, key: str, gone: Device, read: Snapshot) -> None:
        """A cap took this off a user: it is kept apart, and somebody should look."""
        self._dropped[words.dropped_key(user_id, key)] = words.encode(gone)
        self._alarm(f"cap.{key.partition('/')[0]}", f"{_USER}{user_id}", read, gone.seen)

    def _known(self, address: str, read: Snapshot) -> Known:
        known = self.kept.get(address)
        if known is None:
            stored = read.get(words.KNOWN, address)
            known = words.decode_known(stored) if stored else Known(tellings={}, cuts={})
            self.kept[address] = known
        self._changed[address] = None
        return known

    def _settle(self, address: str, known: Known, read: Snapshot, user_id: str, time: int) -> None:
        """Bring what is kept of an address and of one user who told it in line with each other."""
        tellings = known.tellings
        if len(tellings) > words.TELLINGS:
            del tellings[min(tellings, key=lambda key: (tellings[key].strength, tellings[key].last, key))]
            known.dropped += 1
            self._alarm("shared", address, read, time)
        if _has_guests(known):
            held = holder(address, known)
            if held.joins and held.guests:
                self._guests(address, held.user_id, read)
        if not user_id:
            return
        hers = [each for each in tellings.values() if each.who == f"{_USER}{user_id}" and stands(known, each)]
        devices = self._devices_of(user_id, read)
        before = devices.addresses.get(address)
        if hers:
            devices.addresses[address] = (
                max(each.strength for each in hers),
                max(each.last for each in hers),
            )
        else:
            devices.addresses.pop(address, None)
        if devices.addresses.get(address) != before:
            self.users[user_id] = None
            self._cap(address.partition("/")[0], user_id, devices, read)

    def _guests(self, address: str, user_id: str, read: Snapshot) -> None:
        devices = self._devices_of(user_id, read)
        if address not in devices.guests:
            devices.guests.append(address)
            self.users[user_id] = None

    def _cap(self, namespace: str, user_id: str, devices: Devices, read: Snapshot) -> None:
        held = {each: at for each, at in devices.addresses.items() if each.startswith(f"{namespace}/")}
        if len(held) > cap(namespace):
            gone = min(held, key=lambda each: (held[each], each))
            del devices.addresses[gone]
            self.drop(user_id, gone, Device("", BEGINNING, held[gone][0] > 0, held[gone][1], ""), read)

    def _meet(self, address: str, known: Known, event: Event, telling: Telling) -> None:
        """Visitors, or a visitor and an account, whom this address brings together: to be said in the log."""
        if not _has_guests(known):
            return
        held = holder(address, known)
        if held.joins:
            met = telling.who == f"{_USER}{held.user_id}" or telling.who.startswith("anonymous_id/")
        else:
            met = not held.user_id and telling.who.startswith("anonymous_id/")
        others = {each.profile_id for each in known.tellings.values() if stands(known, each)}
        others -= {telling.profile_id, ""}
        if met and held.guests and others:
            self.merges.append(merge_of(event, telling.profile_id, min(others), address, held.user_id))

    def _alarm(self, kind: str, subject: str, read: Snapshot, time: int) -> None:
        key = f"{kind}/{subject}"
        if key not in self._alarms:
            stored = read.get(words.ALARMS, key)
            self._alarms[key] = words.decode_alarm(stored) if stored else Alarm()
        alarm = self._alarms[key]
        alarm.count += 1
        alarm.last = max(alarm.last, time)


def _has_guests(known: Known) -> bool:
    """Whether anybody without an account told it: else it brings nobody together."""
    return any(not each.who.startswith(_USER) for each in known.tellings.values())


def _further(before: Telling, now: Telling) -> Telling:
    better = now if now.strength > before.strength else before
    return msgspec.structs.replace(
        better,
        who=now.who,
        first=min(before.first, now.first),
        last=max(before.last, now.last),
        again=max(before.again, now.again),
        profile_id=before.profile_id or now.profile_id,
    )
