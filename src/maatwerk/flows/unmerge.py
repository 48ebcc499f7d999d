"""Un-merge: take an identifier away from a profile, so that it stays away; and say merges in the log."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import new_id
from maatwerk.events.event import Event, decode
from maatwerk.events.identity import Unmerged
from maatwerk.events.log import Log, Recent
from maatwerk.events.names import with_body
from maatwerk.views.profile import words
from maatwerk.views.profile.find import profile
from maatwerk.views.profile.joined import company, holder, read_known
from maatwerk.views.profile.namespaces import address_of
from maatwerk.views.profile.ownership import UNMERGED
from maatwerk.views.profile.resolve import device_of, last_run, ownership_of, resolved
from maatwerk.views.profile.whole import Whole, whole_of
from maatwerk.views.profile.words import Identifier
from maatwerk.views.store import Snapshot, Store

_MERGES_AT_ONCE = 500


class Plan(msgspec.Struct, frozen=True):
    """What an un-merge will do, in numbers, before it is done.

    ``links`` are the pairs that no longer count; of the ``events`` of the profile, ``leaving`` go with the
    identifier; ``devices`` go, too.
    """

    profile_id: str
    namespace: str
    value: str
    user_id: str
    links: tuple[tuple[str, str], ...]
    events: int
    leaving: int
    devices: tuple[str, ...]


def plan(snapshot: Snapshot, recent: Recent, profile_id: str, namespace: str, value: str, now: int) -> Plan:
    """Raises `Refused` where the identifier is not the profile's, or there is nothing to take apart."""
    who = resolved(snapshot, recent, namespace, value)
    whole = whole_of(snapshot, recent, namespace, value)
    found = profile(snapshot, recent, namespace, value, now)
    if who is None or whole is None or found is None:
        raise Refused(
            "profile_not_found", f"nobody goes by {namespace} {value[:80]!r}", field="id", status=404
        )
    if profile_id not in (found.profile_id, *whole.profile_ids):
        raise Refused(
            "not_of_profile",
            f"{namespace} {value[:80]!r} is of profile {found.profile_id}",
            field="profile_id",
            hint="ask for the profile by this identifier, and send its profile_id",
            status=409,
        )
    if namespace == "user_id":
        raise Refused(
            "user_id_stays",
            "a profile is its account's; what can be taken away are devices, addresses and numbers",
            field="ns",
            hint="un-merge each anonymous_id, email or phone that is not hers",
            status=422,
        )
    if namespace == "anonymous_id":
        return _device(snapshot, recent, who, found.profile_id, value.strip(), whole)
    return _address(snapshot, who, found.profile_id, namespace, value, whole)


def unmerge(log: Log, planned: Plan, now: int, chance: bytes, by: str) -> Event:
    """The event that says so, durable when this returns."""
    event = with_body(
        UNMERGED,
        Unmerged(planned.profile_id, planned.namespace, planned.value, planned.links, by),
        id=new_id("pu", now, chance),
        time=now,
        received=now,
        anonymous_id=planned.value if planned.namespace == "anonymous_id" else "",
        user_id=planned.user_id,
        proven=True,
        origin="internal",
        dialect="maatwerk",
    )
    log.append_now([event])
    return event


def say_merges(log: Log, store: Store) -> int:
    """Merges that were found while folding, as events in the log; how many are new there.

    The projector forgets each when it reads it back. Saying one twice does nothing.
    """
    with store.snapshot() as snapshot:
        rows = snapshot.scan(words.MERGES, limit=_MERGES_AT_ONCE)
    events = [decode(row) for _, row in rows]
    return sum(log.append_now(events)) if events else 0


def _device(
    snapshot: Snapshot, recent: Recent, who: Identifier, profile_id: str, value: str, whole: Whole
) -> Plan:
    this = f"anonymous_id/{value}"
    if who.namespace == "user_id":
        links: tuple[tuple[str, str], ...] = ((this, f"user_id/{who.value}"),)
    else:
        ownership = ownership_of(snapshot, recent, value)
        party = company(snapshot, value, ownership, last_run(ownership))
        if len(party.stretches) < 2:
            raise _nothing(f"anonymous_id {value[:80]!r} is a profile of its own")
        links = tuple((this, address) for address in last_run(ownership).told)
    leaving = [stretch for stretch in whole.stretches if stretch.anonymous_id == value]
    keys = [words.run_key(value, stretch.start) for stretch in leaving]
    return Plan(
        profile_id,
        "anonymous_id",
        value,
        who.value if who.namespace == "user_id" else "",
        links,
        _events(snapshot, whole.rows.get(words.SHARDS, [])),
        _events(snapshot, keys),
        (value,),
    )


def _address(
    snapshot: Snapshot, who: Identifier, profile_id: str, namespace: str, value: str, whole: Whole
) -> Plan:
    address = address_of(namespace, value)
    known = read_known(snapshot, address)
    held = holder(address, known)
    hers = f"user_id/{held.user_id}"
    keys = [*held.guests] if held.joins or not held.user_id else []
    if held.user_id:
        links: tuple[tuple[str, str], ...] = ((hers, address),)
    else:
        links = tuple((name, address) for name in sorted({each.who for each in held.guests.values()}))
        keys = keys[1:]  # one of them keeps the profile
    return Plan(
        profile_id,
        namespace,
        address.partition("/")[2],
        who.value if who.namespace == "user_id" else "",
        links,
        _events(snapshot, whole.rows.get(words.SHARDS, [])),
        _events(snapshot, keys),
        tuple(sorted({device_of(key) for key in keys})),
    )


def _events(snapshot: Snapshot, keys: Sequence[str]) -> int:
    stored = (snapshot.get(words.SHARDS, key) for key in keys)
    return sum(words.decode_shard(each).events for each in stored if each)


def _nothing(detail: str) -> Refused:
    return Refused("nothing_to_unmerge", detail, field="id", status=409)
