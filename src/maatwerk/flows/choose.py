"""Choose: her own privacy choices, by a sealed link, without a sign-in: what holds, and what she changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from maatwerk.core.ids import derived_id
from maatwerk.effects.unsubscribe import Link, seal, unseal
from maatwerk.events.consent import GRANTED_AT_INIT, OBJECTIONS, REFUSED, STATEMENTS
from maatwerk.events.event import Event
from maatwerk.events.identity import ConsentChanged, ObjectionChanged
from maatwerk.events.log import Recent
from maatwerk.events.names import with_body
from maatwerk.flows.contact import confirm
from maatwerk.flows.record import count_answers, refuses
from maatwerk.flows.unsubscribe import Unsubscribing, unsubscribe
from maatwerk.views.profile.load import load
from maatwerk.views.store import Store

PURPOSES = ("storage", "analytics", "personalization", "advertising", "email")
"""What the page asks about, in its order."""

TEXT = "choices-1"
"""The version of the page's words, for the ledger: it changes when they do."""

SOURCE = "preferences"


@dataclass(frozen=True)
class Choosing:
    """What it needs. ``default`` is what holds where nothing was said."""

    unsubscribing: Unsubscribing
    recent: Recent
    store: Store
    default: Mapping[str, bool]


class Choices(msgspec.Struct, frozen=True):
    """What holds now: purposes granted, and what is objected to."""

    purposes: dict[str, bool]
    objections: dict[str, bool]


def choices_link(parts: Choosing, public_url: str, anonymous_id: str, user_id: str) -> str:
    """The address of somebody's page, for the shop to show where she is signed in."""
    link = Link("", "email", "" if user_id else anonymous_id, user_id, "")
    return f"{public_url}/p/{seal(parts.unsubscribing.key, link)}"


def choices(parts: Choosing, token: str) -> Choices:
    """What holds for whose link this is. Raises `Refused` (404) for one that we did not make."""
    link = unseal(parts.unsubscribing.key, token)
    with parts.store.snapshot() as read:
        shopper = load(
            read,
            parts.recent,
            anonymous_id=link.anonymous_id,
            user_id=link.user_id,
            trusted=True,
            now=parts.unsubscribing.clock(),
        )
    said = {purpose: shopper.granted(purpose) for purpose in PURPOSES}
    return Choices(
        {
            purpose: parts.default.get(purpose, GRANTED_AT_INIT[purpose]) if yes is None else yes
            for purpose, yes in said.items()
        },
        {to: shopper.objected(to) for to in OBJECTIONS},
    )


async def choose(parts: Choosing, token: str, wanted: Choices) -> Choices:
    """Write down what she changes, and only that; in force when it returns. What holds then.

    Without ``storage`` nothing else can be: one cannot be known without being remembered.
    """
    before = choices(parts, token)
    now = parts.unsubscribing.clock()
    purposes = {
        p: yes and (p == "email" or wanted.purposes.get("storage", False))
        for p, yes in wanted.purposes.items()
    }
    changed = {p: yes for p, yes in purposes.items() if p in PURPOSES and yes != before.purposes[p]}
    objections = {to: yes for to, yes in wanted.objections.items() if yes != before.objections.get(to)}
    link = unseal(parts.unsubscribing.key, token)
    if changed.get("email") is False:
        await unsubscribe(parts.unsubscribing, token, SOURCE)  # the address itself is written to no more
        del changed["email"]
    if purposes.get("email") and link.address:
        confirm(parts.unsubscribing.records, link.address, now)  # said from within her own mailbox
    events: list[Event] = []
    if changed:
        body: msgspec.Struct = ConsentChanged(changed, TEXT, SOURCE)
        events.append(_event("Consent Changed", body, link, token, now))
    if objections:
        events.append(
            _event("Objection Changed", ObjectionChanged(objections, TEXT, SOURCE), link, token, now)
        )
    if events:
        log = parts.unsubscribing.log
        log.count(STATEMENTS, len(events))
        log.count(REFUSED, sum(map(refuses, events)))
        count_answers(log, events)
        await log.append(events)
    return choices(parts, token)


def _event(name: str, body: msgspec.Struct, link: Link, token: str, now: int) -> Event:
    who: dict[str, object] = (
        {"user_id": link.user_id} if link.user_id else {"anonymous_id": link.anonymous_id}
    )
    return with_body(
        name,
        body,
        id=derived_id("ch", name, token, str(now)),
        time=now,
        received=now,
        origin="internal",
        proven=True,
        **who,
    )
