"""Who is to be forgotten, and what an engine must be able to do about it.

What happened to her until the moment she asked goes wholly, whatever pseudonym it stood under. What a
device of hers does afterwards is somebody's who starts empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from maatwerk.core.identifiers import normal_email, normalize_id
from maatwerk.core.traces import LEAST_BYTES, plain
from maatwerk.events.event import EMPTY, Event
from maatwerk.events.names import properties, traits

Moment = tuple[int, int]
"""Time and log offset: events of one millisecond stay in the order in which they came."""

EMAIL_FIELDS = ("email", "email_address", "customer_email")
PHONE_FIELDS = ("phone", "phone_number", "mobile")
ERASED = "[erased]"


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """A time in which a device that others own too was hers: from ``since`` to before ``until``."""

    anonymous_id: str
    since: Moment
    until: Moment


class Gone(msgspec.Struct, frozen=True):
    """One person, by all she is known by. ``at``: what happened until then goes (ms)."""

    at: int
    user_ids: tuple[str, ...] = ()
    anonymous_ids: tuple[str, ...] = ()
    """Devices that were nobody else's."""
    stretches: tuple[Stretch, ...] = ()
    emails: tuple[str, ...] = ()
    """Addresses that nobody else told."""
    shared_emails: tuple[str, ...] = ()
    """Addresses that others told too: they stay theirs."""
    phones: tuple[str, ...] = ()
    profile_ids: tuple[str, ...] = ()

    def values(self) -> tuple[str, ...]:
        """What must not be found anywhere afterwards."""
        return (*self.user_ids, *self.anonymous_ids, *self.emails, *self.phones, *self.profile_ids)

    def traceable(self) -> tuple[str, ...]:
        """Those long enough to be looked for in raw bytes."""
        return tuple(each for each in self.values() if len(each.encode("utf-8", "replace")) >= LEAST_BYTES)

    def named(self, anonymous_id: str, user_id: str) -> bool:
        """Whether one of these is hers alone."""
        return user_id in self.user_ids or anonymous_id in self.anonymous_ids

    def had(self, anonymous_id: str, moment: Moment) -> bool:
        """Whether a device that others own too was hers then."""
        return any(
            each.anonymous_id == anonymous_id and each.since <= moment < each.until for each in self.stretches
        )

    def holds(self, event: Event) -> bool:
        """Whether an event is hers, and of the time that goes. What we ourselves did about her always is."""
        if event.time > self.at and event.origin != "internal":
            return False
        if event.user_id in self.user_ids or event.anonymous_id in self.anonymous_ids:
            return True
        another = bool(event.user_id)
        return not another and self.had(event.anonymous_id, (event.time, event.offset))

    def without(self, alive: frozenset[str]) -> Gone:
        """The same without identifiers that were seen again since."""
        return msgspec.structs.replace(
            self,
            user_ids=tuple(each for each in self.user_ids if each not in alive),
            anonymous_ids=tuple(each for each in self.anonymous_ids if each not in alive),
            emails=tuple(each for each in self.emails if each not in alive),
            phones=tuple(each for each in self.phones if each not in alive),
        )


class Cleared(msgspec.Struct):
    """What one store looked through and took out. ``changed`` are others' rows that named her."""

    store: str
    scanned: int = 0
    removed: int = 0
    changed: int = 0
    bytes: int = 0

    def plus(self, other: Cleared) -> Cleared:
        """Both, under this store's name."""
        return Cleared(
            self.store,
            max(self.scanned, other.scanned),
            self.removed + other.removed,
            self.changed + other.changed,
            self.bytes + other.bytes,
        )


class Looked(msgspec.Struct):
    """What a search went through, and how often it met what it looked for; ``where`` says it in words."""

    store: str
    scanned: int = 0
    bytes: int = 0
    found: int = 0
    where: list[str] = []


class Searched(Protocol):
    """Whatever can be looked through."""

    def scan(self, traces: Sequence[bytes]) -> Looked:
        """Look for these bytes in everything it holds, as it holds it."""


class Forgettable(Searched, Protocol):
    """What every engine that may hold a person can do. Both may be repeated at will."""

    @property
    def name(self) -> str:
        """The store's, as a receipt names it."""

    def forget(self, gone: Gone) -> Cleared:
        """Take her out. After a crash in the middle it is called again, and ends the same."""


class Refuser(Protocol):
    """What stops an erased person's past from coming back in."""

    def refuses(self, event: Event) -> bool:
        """Whether an event happened before its person was erased."""


def contacts(event: Event) -> tuple[set[str], set[str]]:
    """E-mail addresses and telephone numbers that an event tells as somebody's, as they are kept."""
    emails: set[str] = set()
    phones: set[str] = set()
    for told in _told(event):
        emails |= {normal_email(said) for name in EMAIL_FIELDS if isinstance(said := told.get(name), str)}
        phones |= {normalize_id(told[name]) for name in PHONE_FIELDS if told.get(name)}
    return emails - {""}, phones - {""}


def redacted(event: Event, values: Sequence[str]) -> Event:
    """An event of somebody else's, with what names her taken out of its text."""
    context = msgspec.to_builtins(event.context)
    return msgspec.structs.replace(
        event,
        properties=msgspec.Raw(_ENCODER.encode(_blanked(properties(event), values))),
        traits=event.traits
        if event.traits == EMPTY
        else msgspec.Raw(_ENCODER.encode(_blanked(traits(event), values))),
        context=msgspec.convert(_blanked(context, values), type(event.context)),
    )


def _told(event: Event) -> list[dict[str, Any]]:
    found = []
    if event.traits != EMPTY:
        found.append(traits(event))
    if event.properties != EMPTY and (
        b"mail" in bytes(event.properties) or b"hone" in bytes(event.properties)
    ):
        said = properties(event)
        found.append(said)
        found += [each for each in said.values() if isinstance(each, dict)]
    return found


def _blanked(said: Any, values: Sequence[str]) -> Any:
    if isinstance(said, str):
        return ERASED if _names(said, values) else said
    if isinstance(said, dict):
        return {
            (ERASED if _names(key, values) else key): _blanked(each, values) for key, each in said.items()
        }
    if isinstance(said, list):
        return [_blanked(each, values) for each in said]
    return said


def _names(text: str, values: Sequence[str]) -> bool:
    return any(value in text for value in values) or any(
        trace in text.encode("utf-8", "surrogatepass") for value in values for trace in plain(value)
    )


_ENCODER = msgspec.json.Encoder()
