"""Who is asking, and what of her counts: the one place that decides what a key may see.

With the secret key everything that is linked counts. With the public key only what happened under
this anonymous id in its current ownership, and, where the link is proven or a signature came with
the request, what is proven of that user: never a person reached by a claim.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from maatwerk.core.limits import TAIL_EVENTS
from maatwerk.events.event import Event
from maatwerk.events.log import Recent
from maatwerk.views.profile import words
from maatwerk.views.profile.joined import company, guests_of
from maatwerk.views.profile.ownership import DENIED, RECORDS, TOO_LATE, moment_of, run_at
from maatwerk.views.profile.present import devices_now, ownership_now
from maatwerk.views.profile.shopper import BUILT_IN, Shopper
from maatwerk.views.profile.signals import Signals
from maatwerk.views.profile.words import Devices, Ownership, Run, Shard
from maatwerk.views.store import Snapshot

SHARDS_MERGED = 50
"""Stretches on other devices merged for one request, the newest; past it, flagged."""


class _Person(msgspec.Struct):
    """Whose answer it is, as far as this request may know."""

    user_id: str
    proven: bool
    whole: bool
    """Whether the person counts beyond this device."""


def load(
    snapshot: Snapshot,
    recent: Recent,
    *,
    anonymous_id: str = "",
    user_id: str = "",
    user_proven: bool = False,
    trusted: bool = False,
    now: int,
    extra: Sequence[Event] = (),
    signals: Signals = BUILT_IN,
) -> Shopper:
    """The shopper as of the stored shards, her newest events after them, and ``extra`` on top.

    ``user_proven``: a valid signature for ``user_id`` came with the request; ``trusted``: it was asked
    with the secret key. ``extra`` are the request's own events, whether in the log yet or not.
    """
    user_proven = bool(user_id) and (user_proven or trusted)
    offset = snapshot.checkpoint(words.VIEW)
    if not anonymous_id and not user_proven:
        return Shopper(now=now, offset=offset, signals=signals)
    hers, cut = _newest(recent, anonymous_id, user_id if user_proven else "", offset, extra)
    ownership = ownership_now(snapshot, anonymous_id, hers)
    person = _person(ownership, user_id, user_proven, trusted)
    guests: dict[str, str] = {}
    if trusted and anonymous_id and not person.user_id and ownership.runs[-1].told:
        # With the secret key alone: an address leads on, to an account or to other visitors.
        found = company(snapshot, anonymous_id, ownership, ownership.runs[-1])
        guests |= found.stretches
        person = _Person(found.user_id, False, bool(found.user_id))
    if person.whole and not user_proven:
        # The device's proven owner was not named by the request: her events elsewhere count too.
        hers, more = _newest(recent, anonymous_id, person.user_id, offset, extra)
        cut = cut or more
    runs = _runs(ownership, person, user_id, trusted) if anonymous_id else []
    keys = [words.run_key(anonymous_id, run.start) for run in runs]
    devices, beyond = Devices(stretches={}), False
    if person.whole:
        devices = devices_now(snapshot, person.user_id, hers)
        elsewhere, beyond = _elsewhere(devices, anonymous_id, trusted)
        keys += [words.user_key(person.user_id, True), *elsewhere]
        if trusted:
            keys.append(words.user_key(person.user_id, False))
            guests |= guests_of(snapshot, person.user_id, devices)
    if guests:
        keys = list(dict.fromkeys([*keys, *guests]))
        runs += [
            run
            for run in (ownership.runs if anonymous_id else ())
            if run not in runs and words.run_key(anonymous_id, run.start) in guests
        ]
    shards = _shards(snapshot, keys)
    tail = [event for event in hers if _counts(event, anonymous_id, ownership, runs, person, trusted)]
    return Shopper(
        now=now,
        anonymous_id=anonymous_id,
        user_id=person.user_id,
        proven=person.proven,
        profile_id=_oldest(
            [devices.oldest_id(claims=trusted), *guests.values(), *(run.profile_id for run in runs)]
        ),
        shards=shards,
        tail=[event for event in tail if DENIED not in event.flags],
        consent_only=[event for event in tail if DENIED in event.flags],
        offset=offset,
        tail_cut=cut or beyond,
        signals=signals,
    )


def _oldest(ids: Sequence[str]) -> str:
    return min(filter(None, ids), default="")


def _shards(snapshot: Snapshot, keys: Sequence[str]) -> list[Shard]:
    """Those that exist. One reads by one statement: it is prepared once, whatever their number."""
    stored = (snapshot.get(words.SHARDS, key) for key in keys)
    return [words.decode_shard(each) for each in stored if each]


def _newest(
    recent: Recent, anonymous_id: str, user_id: str, offset: int, extra: Sequence[Event]
) -> tuple[list[Event], bool]:
    """Her events after the stored shards, in order of arrival, and whether there were too many.

    What came under her device and under her user id is bounded apart: whoever sends much under
    another's user id cannot crowd out what she herself just did.
    """
    found: dict[str, Event] = {}
    cut = False
    for devices, users in (((anonymous_id,), ()), ((), (user_id,))):
        tail = recent.tail(anonymous_ids=devices, user_ids=users, after=offset, limit=TAIL_EVENTS + 1)
        cut = cut or len(tail) > TAIL_EVENTS
        found.update((event.id, event) for event in tail[-TAIL_EVENTS:])
    events = sorted(found.values(), key=lambda event: event.offset)
    events += [event for event in extra if event.id not in found]
    return [event for event in events if TOO_LATE not in event.flags], cut


def _person(ownership: Ownership, user_id: str, user_proven: bool, trusted: bool) -> _Person:
    current = ownership.runs[-1]
    if user_proven:
        return _Person(user_id, True, whole=True)
    if user_id and user_id != current.owner:
        return _Person(user_id, False, whole=False)  # a claim: the last sign-in owns the device
    whole = bool(current.owner) and (current.proven or trusted)
    return _Person(current.owner, current.proven, whole)


def _runs(ownership: Ownership, person: _Person, user_id: str, trusted: bool) -> list[Run]:
    """The stretches of this device that count."""
    current = ownership.runs[-1]
    joins = not current.owner and bool(user_id)  # what happened since the sign-out joins who signs in
    if not person.user_id:
        return [current]
    found = []
    for run in ownership.runs:
        if run is current:
            if run.owner == person.user_id or joins:
                found.append(run)
        elif run.owner == person.user_id and (not run.signed_out or trusted or (person.whole and run.proven)):
            # Without proof nobody gets back to what a sign-out ended.
            found.append(run)
    return found


def _elsewhere(devices: Devices, anonymous_id: str, trusted: bool) -> tuple[list[str], bool]:
    """Shard keys of her stretches on other devices, newest first, and whether there were too many."""
    linked = [
        (device.seen, key)
        for key, device in devices.stretches.items()
        if (trusted or device.proven) and device.anonymous_id != anonymous_id
    ]
    linked.sort(reverse=True)
    return [key for _, key in linked[:SHARDS_MERGED]], len(linked) > SHARDS_MERGED


def _counts(
    event: Event,
    anonymous_id: str,
    ownership: Ownership,
    runs: Sequence[Run],
    person: _Person,
    trusted: bool,
) -> bool:
    """Whether a new event counts, by the same rule as the shard that it will be folded into."""
    if event.name in RECORDS:
        return False
    if anonymous_id and event.anonymous_id == anonymous_id:
        held = run_at(ownership, moment_of(event))
        return any(held is run for run in runs)
    # On another device, or on none: only what is proven to be hers counts without the secret key.
    return person.whole and event.user_id == person.user_id and (trusted or event.proven)
