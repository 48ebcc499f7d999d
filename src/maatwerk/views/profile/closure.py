"""All that one person is known by: the identifiers, the devices, and the stretches of devices others use too.

Read from the stored links and from her own events: what a cap dropped from the links is found as well.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from maatwerk.core.identifiers import normal_email
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Gone, Stretch, contacts
from maatwerk.events.log import Recent
from maatwerk.views.profile import words
from maatwerk.views.profile.joined import read_known
from maatwerk.views.profile.namespaces import address_of
from maatwerk.views.profile.present import devices_now, ownership_now
from maatwerk.views.profile.resolve import resolved
from maatwerk.views.profile.whole import whole_of
from maatwerk.views.profile.words import Ownership
from maatwerk.views.store import Snapshot

EVENTS_READ = 200_000
"""Of one identifier, the newest: identifiers that only older ones tell are not found."""

_END: words.Moment = (2**62, 0)


def closure(snapshot: Snapshot, recent: Recent, namespace: str, value: str, at: int) -> Gone | None:
    """Who goes by this identifier, whole; None where nobody does. ``at`` is the moment of asking (ms)."""
    found = resolved(snapshot, recent, namespace, value)
    if found is None:
        return None
    user_id = found.value if found.namespace == "user_id" else ""
    events = recent.tail(user_ids=[user_id], limit=EVENTS_READ) if user_id else []
    devices = {event.anonymous_id for event in events} | _linked(snapshot, user_id)
    linked = whole_of(snapshot, recent, namespace, value)
    if linked is not None:  # what a cap dropped, and what an address joins
        devices |= {stretch.anonymous_id for stretch in linked.stretches}
    if found.namespace == "anonymous_id":
        devices.add(found.value)
    whole: list[str] = []
    stretches: list[Stretch] = []
    profile_ids = {devices_now(snapshot, user_id, events).oldest_id()} if user_id else set()
    for device in sorted(devices - {""}):
        theirs = recent.tail(anonymous_ids=[device], limit=EVENTS_READ)
        ownership = ownership_now(snapshot, device, theirs if not snapshot.get(words.OWNERS, device) else ())
        others = {run.owner for run in ownership.runs} - {"", user_id}
        if others or user_id in ownership.cuts:  # another's as well, or taken away from her
            stretches += _stretches(device, ownership, user_id)
        else:
            whole.append(device)
            events += theirs
        profile_ids |= {run.profile_id for run in ownership.runs if run.owner == user_id or device in whole}
    if not events and not whole and not (profile_ids - {""}):
        return None
    who = Gone(
        at=at,
        user_ids=(user_id,) if user_id else (),
        anonymous_ids=tuple(whole),
        stretches=tuple(stretches),
        profile_ids=tuple(sorted(profile_ids - {""})),
    )
    emails, phones = _contacts(events)
    if namespace == "email" and normal_email(value):
        emails.add(normal_email(value))
    return _with_contacts(snapshot, who, emails, phones)


def _linked(snapshot: Snapshot, user_id: str) -> set[str]:
    if not user_id:
        return set()
    return {device.anonymous_id for device in devices_now(snapshot, user_id, ()).stretches.values()}


def _stretches(device: str, ownership: Ownership, user_id: str) -> Iterable[Stretch]:
    runs = ownership.runs
    for run, after in zip(runs, [*(each.start for each in runs[1:]), _END], strict=True):
        if user_id and run.owner == user_id:
            yield Stretch(device, run.start, after)


def _contacts(events: Iterable[Event]) -> tuple[set[str], set[str]]:
    emails: set[str] = set()
    phones: set[str] = set()
    for event in events:
        told = contacts(event)
        emails |= told[0]
        phones |= told[1]
    return emails, phones


def _with_contacts(snapshot: Snapshot, who: Gone, emails: set[str], phones: set[str]) -> Gone:
    """The addresses that nobody else told: one that a household shares is not hers alone."""
    hers = {f"user_id/{each}" for each in who.user_ids}
    hers |= {f"anonymous_id/{each}" for each in who.anonymous_ids}

    def alone(email: str) -> bool:
        known = read_known(snapshot, address_of("email", email))
        return all(telling.who in hers for telling in known.tellings.values())

    ours = tuple(sorted(filter(alone, emails)))
    return msgspec.structs.replace(
        who, emails=ours, shared_emails=tuple(sorted(emails - {*ours})), phones=tuple(sorted(phones))
    )
