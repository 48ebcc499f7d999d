"""Ownership and devices at this moment: as stored, with the newest events followed on top."""

from __future__ import annotations

from collections.abc import Sequence

from maatwerk.events.event import Event
from maatwerk.views.profile import words
from maatwerk.views.profile.ownership import DENIED, RECORDS, follow, follow_from_now, moment_of, run_at
from maatwerk.views.profile.words import Devices, Ownership, minted, run_key
from maatwerk.views.store import Snapshot


def ownership_now(snapshot: Snapshot, anonymous_id: str, newest: Sequence[Event]) -> Ownership:
    """Who owned a device when. ``newest`` are the events after the stored view, in order of arrival.

    A late sign-in among them counts from now on, until the projector has put it in its place.
    """
    stored = snapshot.get(words.OWNERS, anonymous_id) if anonymous_id else None
    ownership = words.decode_ownership(stored) if stored else Ownership()
    if not anonymous_id:
        return ownership
    for event in newest:
        if event.anonymous_id == anonymous_id:
            if not follow(ownership, event):
                follow_from_now(ownership, event)
            run = run_at(ownership, moment_of(event)) if event.name not in RECORDS else None
            if run is not None and not run.profile_id and DENIED not in event.flags:
                run.profile_id = minted(run_key(anonymous_id, run.start), event.received)
    return ownership


def devices_now(snapshot: Snapshot, user_id: str, newest: Sequence[Event]) -> Devices:
    """What a user owns, as stored; her own id, where it is not stored yet, from her first new event."""
    stored = snapshot.get(words.DEVICES, user_id)
    devices = words.decode_devices(stored) if stored else Devices(stretches={})
    if not devices.profile_id:
        for event in newest:
            if event.user_id == user_id and DENIED not in event.flags and event.name not in RECORDS:
                devices.profile_id = minted(f"user_id/{user_id}", event.received)
                break
    return devices
