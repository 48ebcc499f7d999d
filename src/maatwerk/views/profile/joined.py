"""Who an address leads to, and which visitors it brings together. For whoever holds the secret key only.

- Verified by one account it is that account's, and so is what visitors did who told it.
- Told by two accounts, and verified by none or by both, it is nobody's; a device is the last one's.
- Unverified, it stays with whoever told it first; what is proven goes before what is claimed.
- Of visitors without an account who told the same address, one profile is made; of more than 50, none.

All of it follows from who told what when, in whatever order that arrived; nothing is merged in storage.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from maatwerk.views.profile import words
from maatwerk.views.profile.namespaces import JOINS, rank
from maatwerk.views.profile.words import BEGINNING, Devices, Known, Ownership, Run, Telling
from maatwerk.views.store import Snapshot

_USER = "user_id/"


class Holder(msgspec.Struct, frozen=True):
    """Whose an address is: a user's, or that of ``guests`` (tellings by shard key); else nobody's.

    ``joins``: guests who told it are the user's, too.
    """

    user_id: str = ""
    joins: bool = False
    guests: Mapping[str, Telling] = {}


def holder(address: str, known: Known) -> Holder:
    """Whose it is."""
    tellings = {key: each for key, each in known.tellings.items() if stands(known, each)}
    users = _users(tellings)
    guests = {key: each for key, each in tellings.items() if not each.who.startswith(_USER)}
    if len(guests) > words.GUESTS:
        guests = {}
    joining = {who: each for who, each in users.items() if each.strength >= JOINS}
    if joining:
        who = _one(address, joining)
        return Holder(who, True, guests) if who else Holder()
    if any(each.strength for each in users.values()):  # a claim does not stand in the way of what is proven
        users = {who: each for who, each in users.items() if each.strength}
    if len(users) > 1:
        return Holder(_one(address, users))
    if not users or not guests:
        return Holder(next(iter(users), ""), guests={} if users else guests)
    (who, hers), first = next(iter(users.items())), min(guests.values(), key=_order)
    return Holder(who) if _order(hers) < _order(first) else Holder(guests=guests)


class Company(msgspec.Struct, frozen=True):
    """With whom a visitor's stretch belongs: a user, or other stretches (profile ids by shard key)."""

    user_id: str = ""
    stretches: Mapping[str, str] = {}
    addresses: tuple[str, ...] = ()


ALONE = Company()


def read_known(snapshot: Snapshot, address: str) -> Known:
    """What is stored of an address."""
    stored = snapshot.get(words.KNOWN, address)
    return words.decode_known(stored) if stored else Known(tellings={}, cuts={})


def company(snapshot: Snapshot, anonymous_id: str, ownership: Ownership, run: Run) -> Company:
    """Where a stretch that nobody owns belongs by the addresses told in it."""
    if run.owner or not run.told:
        return ALONE
    key = words.run_key(anonymous_id, run.start)
    user, waiting = _joined_user(snapshot, key, ownership, run)
    if user:
        return Company(user)
    stretches, seen = {key: run.profile_id}, dict[str, None]()
    while waiting and len(stretches) <= words.GUESTS:
        address, known = waiting.popitem()
        seen[address] = None
        for other, telling in holder(address, known).guests.items():
            reached = None if other in stretches else _reached(snapshot, other)
            if reached is not None:
                stretches[other] = telling.profile_id
                waiting |= {name: each for name, each in reached.items() if name not in seen}
    return Company(stretches=stretches, addresses=tuple(sorted(seen)))


def guests_of(snapshot: Snapshot, user_id: str, devices: Devices) -> dict[str, str]:
    """Stretches of visitors that are a user's by an address she verified: profile ids by shard key."""
    found: dict[str, str] = {}
    for address in devices.guests:
        held = holder(address, read_known(snapshot, address))
        for key in held.guests if held.joins and held.user_id == user_id else ():
            anonymous_id, ownership, run = run_of(snapshot, key)
            if run is not None and company(snapshot, anonymous_id, ownership, run).user_id == user_id:
                found[key] = run.profile_id
    return found


def run_of(snapshot: Snapshot, key: str) -> tuple[str, Ownership, Run | None]:
    """The stored stretch of a shard key."""
    anonymous_id = key.removeprefix("anonymous_id/").rpartition("/")[0]
    stored = snapshot.get(words.OWNERS, anonymous_id)
    ownership = words.decode_ownership(stored) if stored else Ownership()
    runs = (run for run in ownership.runs if words.run_key(anonymous_id, run.start) == key)
    return anonymous_id, ownership, next(runs, None)


def stands(known: Known, telling: Telling) -> bool:
    """Whether no un-merge took it away."""
    cut = known.cuts.get(telling.who)
    return cut is None or telling.again > cut


def _reached(snapshot: Snapshot, key: str) -> dict[str, Known] | None:
    """The addresses a stretch shares with visitors; None where it is an account's."""
    _, ownership, run = run_of(snapshot, key)
    if run is None or run.owner:
        return None
    user, shared = _joined_user(snapshot, key, ownership, run)
    return None if user else shared


def _joined_user(
    snapshot: Snapshot, key: str, ownership: Ownership, run: Run
) -> tuple[str, dict[str, Known]]:
    """The user whom a verified address leads to; else the addresses shared with visitors."""
    shared: dict[str, Known] = {}
    for address in sorted(run.told, key=rank):
        known = read_known(snapshot, address)
        held = holder(address, known)
        if key not in held.guests:
            continue
        cut = ownership.cuts.get(held.user_id)
        if held.joins and (cut is None or cut.lifted != BEGINNING):
            return held.user_id, {}
        if not held.user_id:
            shared[address] = known
    return "", shared


def _users(tellings: Mapping[str, Telling]) -> dict[str, Telling]:
    """By user id, the best of what each told: strongest, first, last."""
    users: dict[str, Telling] = {}
    for each in tellings.values():
        if each.who.startswith(_USER):
            user_id = each.who.removeprefix(_USER)
            users[user_id] = _both(users[user_id], each) if user_id in users else each
    return users


def _both(left: Telling, right: Telling) -> Telling:
    return msgspec.structs.replace(
        left,
        strength=max(left.strength, right.strength),
        first=min(left.first, right.first),
        last=max(left.last, right.last),
    )


def _one(address: str, users: Mapping[str, Telling]) -> str:
    if len(users) == 1:
        return next(iter(users))
    if address.startswith("device_id/"):
        return max(users, key=lambda who: (users[who].last, who))
    return ""


def _order(telling: Telling) -> tuple[int, words.Moment]:
    return -min(telling.strength, 1), telling.first
