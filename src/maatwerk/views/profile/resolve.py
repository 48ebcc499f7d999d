"""From an identifier of any namespace to whose it is now."""

from __future__ import annotations

from collections.abc import Sequence

from maatwerk.core.identifiers import known_id
from maatwerk.core.limits import TAIL_EVENTS
from maatwerk.events.event import Event
from maatwerk.events.log import Recent
from maatwerk.views.profile import words
from maatwerk.views.profile.joined import company, holder, read_known, run_of
from maatwerk.views.profile.namespaces import address_of
from maatwerk.views.profile.present import devices_now, ownership_now
from maatwerk.views.profile.words import Identifier, Ownership, Run
from maatwerk.views.store import Snapshot


def resolved(snapshot: Snapshot, recent: Recent, namespace: str, value: str) -> Identifier | None:
    """The user id, or else the unowned anonymous id, that an identifier leads to; None for nobody's."""
    if namespace not in ("user_id", "anonymous_id"):
        return _of_address(snapshot, recent, address_of(namespace, value))
    identifier = known_id(value)
    if not identifier:
        return None
    if namespace == "user_id":
        return Identifier("user_id", identifier)
    ownership = ownership_of(snapshot, recent, identifier)
    last = last_run(ownership)
    owner = last.owner or company(snapshot, identifier, ownership, last).user_id
    return Identifier("user_id", owner) if owner else Identifier("anonymous_id", identifier)


def ownership_of(snapshot: Snapshot, recent: Recent, anonymous_id: str) -> Ownership:
    """Who owned a device when, its newest events included."""
    after = snapshot.checkpoint(words.VIEW)
    newest: Sequence[Event] = recent.tail(anonymous_ids=[anonymous_id], after=after, limit=TAIL_EVENTS)
    return ownership_now(snapshot, anonymous_id, newest)


def last_run(ownership: Ownership) -> Run:
    """The last stretch in which anything happened: after a sign-out the device is still remembered."""
    for run in reversed(ownership.runs):
        if run.owner or run.profile_id:
            return run
    return ownership.runs[0]


def device_ids(snapshot: Snapshot, user_id: str, limit: int = 50) -> list[str]:
    """Anonymous ids that were hers at some time, the last seen first."""
    stretches = devices_now(snapshot, user_id, ()).stretches.values()
    newest = sorted(stretches, key=lambda device: (device.seen, device.anonymous_id), reverse=True)
    return list(dict.fromkeys(device.anonymous_id for device in newest))[:limit]


def device_of(key: str) -> str:
    """The anonymous id of a shard key."""
    return key.removeprefix("anonymous_id/").rpartition("/")[0]


def _of_address(snapshot: Snapshot, recent: Recent, address: str) -> Identifier | None:
    if not address:
        return None
    held = holder(address, read_known(snapshot, address))
    if held.user_id:
        return Identifier("user_id", held.user_id)
    newest = sorted(held.guests, key=lambda key: (held.guests[key].last, key), reverse=True)
    for key in newest:
        anonymous_id, ownership, run = run_of(snapshot, key)
        if run is not None and run is last_run(ownership):
            return resolved(snapshot, recent, "anonymous_id", anonymous_id)
    return None
