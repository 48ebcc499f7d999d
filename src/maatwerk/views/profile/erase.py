"""A person's rows of the profile view, taken out; of what others share with her only her part."""

from __future__ import annotations

from collections.abc import Collection

from maatwerk.events.event import decode
from maatwerk.events.forgetting import Gone
from maatwerk.views.profile import words
from maatwerk.views.profile.namespaces import address_of
from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot

_ROWS = 1_000


def erased(gone: Gone, read: Snapshot) -> Rows:
    """What to write and what to delete. Others' rows stay as they are, byte for byte."""
    puts: dict[str, dict[str, bytes]] = {table: {} for table in words.TABLES}
    deletes: dict[str, list[str]] = {table: [] for table in words.TABLES}
    for user_id in gone.user_ids:
        deletes[words.DEVICES].append(user_id)
        deletes[words.SHARDS] += _under(read, f"user_id/{user_id}/")
    for device in gone.anonymous_ids:
        deletes[words.OWNERS].append(device)
        deletes[words.SHARDS] += _under(read, f"anonymous_id/{device}/")
    for device in {stretch.anonymous_id for stretch in gone.stretches}:
        _divide(device, gone, read, puts, deletes)
    _told(gone, read, puts, deletes)
    for user_id in gone.user_ids:
        deletes[words.DROPPED] += _under(read, words.dropped_key(user_id), words.DROPPED)
    deletes[words.ALARMS] += _alarms(gone, read, deletes[words.KNOWN])
    for key, row in read.scan(words.MERGES, limit=_ROWS):
        merge = decode(row)
        if merge.user_id in gone.user_ids or merge.anonymous_id in gone.anonymous_ids:
            deletes[words.MERGES].append(key)
    return puts, deletes


def _divide(
    device: str,
    gone: Gone,
    read: Snapshot,
    puts: dict[str, dict[str, bytes]],
    deletes: dict[str, list[str]],
) -> None:
    """Of a shared device: her stretches are nobody's, and empty."""
    stored = read.get(words.OWNERS, device)
    if stored is None:
        return
    ownership = words.decode_ownership(stored)
    for run in ownership.runs:
        if run.owner in gone.user_ids:
            deletes[words.SHARDS].append(words.run_key(device, run.start))
            run.owner, run.proven, run.evidence, run.profile_id = "", False, "", ""
            run.told = []
    for user_id in gone.user_ids:
        ownership.cuts.pop(user_id, None)
    puts[words.OWNERS][device] = words.encode(ownership)


def _told(
    gone: Gone, read: Snapshot, puts: dict[str, dict[str, bytes]], deletes: dict[str, list[str]]
) -> None:
    """Of every address she told: her tellings go, and the record with the last of them."""
    hers = {f"user_id/{each}" for each in gone.user_ids}
    hers |= {f"anonymous_id/{each}" for each in gone.anonymous_ids}
    for address in sorted(_addresses(gone, read)):
        stored = read.get(words.KNOWN, address)
        if stored is None:
            continue
        known = words.decode_known(stored)
        known.tellings = {key: each for key, each in known.tellings.items() if each.who not in hers}
        known.cuts = {who: at for who, at in known.cuts.items() if who not in hers}
        if known.tellings:
            puts[words.KNOWN][address] = words.encode(known)
        else:
            deletes[words.KNOWN].append(address)


def _addresses(gone: Gone, read: Snapshot) -> set[str]:
    found = {address_of("email", each) for each in (*gone.emails, *gone.shared_emails)}
    found |= {address_of("phone", each) for each in gone.phones}
    for user_id in gone.user_ids:
        stored = read.get(words.DEVICES, user_id)
        if stored is not None:
            devices = words.decode_devices(stored)
            found |= {*devices.addresses, *devices.guests}
        for key in _under(read, words.dropped_key(user_id), words.DROPPED):
            found.add(key.partition("\x1f")[2])
    for device in {*gone.anonymous_ids, *(stretch.anonymous_id for stretch in gone.stretches)}:
        stored = read.get(words.OWNERS, device)
        for run in words.decode_ownership(stored).runs if stored else ():
            found |= {*run.told}
    return found - {""}


def _alarms(gone: Gone, read: Snapshot, addresses: Collection[str]) -> list[str]:
    """Alarms are few: each names whom it is about."""
    about = {f"user_id/{each}" for each in gone.user_ids} | {
        f"anonymous_id/{each}" for each in gone.anonymous_ids
    }
    about |= {*addresses}
    return [key for key in _under(read, "", words.ALARMS) if key.partition("/")[2] in about]


def _under(read: Snapshot, prefix: str, table: str = words.SHARDS) -> list[str]:
    found: list[str] = []
    after = ""
    while rows := read.scan(table, prefix=prefix, after=after, limit=_ROWS):
        found += [key for key, _ in rows]
        after = rows[-1][0]
    return found
