"""Put people on the list of an audience, or take them off: by file, by hand, or from another system."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id
from maatwerk.core.ids import new_id
from maatwerk.core.time import Clock
from maatwerk.events.audiences import AudienceListed
from maatwerk.events.event import Event
from maatwerk.events.log import Log, Recent
from maatwerk.events.names import with_body
from maatwerk.views.profile.find import profile
from maatwerk.views.store import Store

AT_ONCE = 10_000
NAMESPACES = ("user_id", "anonymous_id", "email", "phone")


class Member(msgspec.Struct, frozen=True):
    """Somebody by an identifier."""

    namespace: str
    value: str


class Listed(msgspec.Struct):
    """How many were put on the list and taken off; ``unknown`` go by no profile, or by several."""

    added: int = 0
    removed: int = 0
    unknown: list[str] = []


def members_of(said: object, field: str) -> list[Member]:
    """People as callers name them: a user id in text, or ``{"email": "…"}``. Raises `Refused`."""
    if not isinstance(said, list):
        raise Refused("wrong_type", f"{field} is a list", field=field, hint='["u-1", {"email": "…"}]')
    if len(said) > AT_ONCE:
        raise Refused("list_too_long", f"at most {AT_ONCE} at once", field=field, status=413)
    return [_member(one, f"{field}[{place}]") for place, one in enumerate(said)]


def members_of_csv(text: str) -> list[Member]:
    """People of a CSV file whose first line names a column ``user_id``, ``email``, ``anonymous_id`` or
    ``phone``; a file of one column without such a line holds user ids. Raises `Refused`."""
    rows = [
        row for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) if any(cell.strip() for cell in row)
    ]
    if not rows:
        return []
    head = [cell.strip().lower().replace("-", "_").replace(" ", "_") for cell in rows[0]]
    head = [_COLUMNS.get(name, name) for name in head]
    column = next((head.index(name) for name in NAMESPACES if name in head), None)
    if column is None and len(rows[0]) > 1:
        raise Refused(
            "column_not_found", "no column names people", field="csv", hint=f"one of {', '.join(NAMESPACES)}"
        )
    namespace = "user_id" if column is None else head[column]
    lines = rows if column is None else rows[1:]
    if len(lines) > AT_ONCE:
        raise Refused("list_too_long", f"at most {AT_ONCE} lines at once", field="csv", status=413)
    values = [row[column or 0].strip() if len(row) > (column or 0) else "" for row in lines]
    return [Member(namespace, value) for value in values if value]


def put_on_list(
    log: Log,
    store: Store,
    recent: Recent,
    audience: str,
    add: Sequence[Member],
    remove: Sequence[Member] = (),
    *,
    clock: Clock,
    chance: Callable[[int], bytes],
    source: str,
) -> Listed:
    """One event for each; an address or a number is looked up first."""
    now = clock()
    listed = Listed(unknown=[])
    events: list[Event] = []
    for members, on in ((add, True), (remove, False)):
        for member, who in _resolved(store, recent, members, now):
            if who is None:
                listed.unknown.append(member.value)
                continue
            events.append(
                with_body(
                    "Audience Listed",
                    AudienceListed(audience, on, source),
                    id=new_id("al", now, chance(10)),
                    time=now,
                    received=now,
                    kind="audience",
                    origin="internal",
                    proven=True,
                    **who,
                )
            )
            listed.added += on
            listed.removed += not on
    for start in range(0, len(events), 500):
        log.append_now(events[start : start + 500])
    return listed


def _resolved(
    store: Store, recent: Recent, members: Iterable[Member], now: int
) -> Iterable[tuple[Member, dict[str, Any] | None]]:
    for member in members:
        if member.namespace in ("user_id", "anonymous_id"):
            known = known_id(member.value)
            yield member, ({member.namespace: known} if known else None)
            continue
        with store.snapshot() as read:
            found = profile(read, recent, member.namespace, member.value, now)
        named = found.identifiers if found else {}
        for namespace in ("user_id", "anonymous_id"):
            if namespace in named:
                yield member, {namespace: named[namespace][0]}
                break
        else:
            yield member, None


def _member(one: object, field: str) -> Member:
    if isinstance(one, str | int) and not isinstance(one, bool):
        return Member("user_id", str(one))
    if isinstance(one, dict) and len(one) == 1:
        ((namespace, value),) = one.items()
        if namespace in NAMESPACES and isinstance(value, str | int):
            return Member(namespace, str(value))
    raise Refused(
        "wrong_type", "nobody is named", field=field, hint='a user id, or {"email": "…"} with one identifier'
    )


_COLUMNS = {"userid": "user_id", "customer_id": "user_id", "e_mail": "email", "anonymousid": "anonymous_id"}
