"""A person's rows of the profile view, taken out; of what others share with her only her part."""

from __future__ import annotations

from maatwerk.events.forgetting import Gone
from maatwerk.views.profile import words
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
    _mentions(gone, read, puts, deletes)
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
    puts[words.OWNERS][device] = words.encode(ownership)


def _mentions(
    gone: Gone, read: Snapshot, puts: dict[str, dict[str, bytes]], deletes: dict[str, list[str]]
) -> None:
    hers = {f"user_id/{each}" for each in gone.user_ids}
    hers |= {f"anonymous_id/{each}" for each in gone.anonymous_ids}
    for address in (*gone.emails, *gone.shared_emails):
        stored = read.get(words.MAILS, address)
        mentions = words.decode_mentions(stored) if stored else None
        if mentions is None:
            continue
        mentions.told = {who: told for who, told in mentions.told.items() if who not in hers}
        if mentions.told:
            puts[words.MAILS][address] = words.encode(mentions)
        else:
            deletes[words.MAILS].append(address)


def _under(read: Snapshot, prefix: str) -> list[str]:
    found: list[str] = []
    after = ""
    while rows := read.scan(words.SHARDS, prefix=prefix, after=after, limit=_ROWS):
        found += [key for key, _ in rows]
        after = rows[-1][0]
    return found
