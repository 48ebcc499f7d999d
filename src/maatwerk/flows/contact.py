"""Contact: what is known of her and her address, asked of the contact policy at the moment of sending."""

from __future__ import annotations

from dataclasses import dataclass

from maatwerk.core.errors import Refused
from maatwerk.decisions.contact.judge import ASKED, Facts, agreed_since, consented, free_at, refusal
from maatwerk.decisions.contact.words import DEFAULT, KEY, KIND, Place, Policy, pace, parse_policy, places
from maatwerk.effects.channels.template import shipped
from maatwerk.effects.outbox import CAP, Leases, Message
from maatwerk.effects.unsubscribe import address_digest
from maatwerk.events.consent import DIRECT_MARKETING
from maatwerk.flows.seen import Person
from maatwerk.flows.suppress import declined, stopped, suppressed_at
from maatwerk.views.rules.book import RuleBook

CONFIRMED = "confirmed"
"""Kind in the records: addresses whose owner confirmed her yes by mail."""


@dataclass(frozen=True)
class Contact:
    """What asking needs. ``key`` is that of `maatwerk.flows.unsubscribe.link_key`; ``timezone`` the
    workspace's."""

    records: Leases
    key: bytes
    timezone: str = "UTC"


def policy_of(book: RuleBook) -> Policy:
    """The policy in force; the built-in one where none is, or where another version wrote it."""
    rule = book.get(KIND, KEY)
    try:
        return parse_policy(KEY, rule.document) if rule and rule.document else DEFAULT
    except Refused:
        return DEFAULT


def why_not(parts: Contact, policy: Policy, message: Message, known: Person, address: str, now: int) -> str:
    """Why she may not be written to by this channel, for this purpose; nothing where she may."""
    channel, sure, wide = message.channel, known.sure.consent, known.wide.consent
    digest = address_digest(parts.key, address) if address else ""
    left = suppressed_at(parts.records, digest) if digest else 0
    if channel == "email":
        left = max(left, known.wide.wishes.unsubscribed)
    out = stopped(parts.records, digest, now) if digest else ""
    asked = left > 0 and not agreed_since(sure, left, channel)
    return refusal(
        Facts(
            channel=channel,
            transactional=message.transactional,
            address=bool(address),
            consented=consented(sure, wide, channel),
            objected=known.wide.objected(DIRECT_MARKETING),
            stopped=out or (ASKED if asked else ""),
            declined=bool(digest) and declined(parts.records, digest, topic_of(message)),
            confirmed=not policy.confirm or channel != "email" or is_confirmed(parts, digest),
        )
    )


def free_from(parts: Contact, policy: Policy, message: Message, known: Person, wish: int) -> int:
    """From when on it may go out, by quiet hours in her time zone."""
    zone = known.wide.context.value("timezone") or str(known.told.get("timezone") or "")
    return free_at(policy, message.channel, message.transactional, wish, zone, parts.timezone)


def full(parts: Contact, policy: Policy, message: Message, address: str, now: int) -> Place | None:
    """Take its place in every count, or none; the count that is full."""
    wanted = _places(parts, policy, message, address, now)
    if not wanted:
        return None
    name = parts.records.take(CAP, [(p.name, p.window, p.most) for p in wanted], message.message_id, now)
    return next((place for place in wanted if place.name == name), None)


def let_go(parts: Contact, policy: Policy, message: Message, address: str, now: int) -> None:
    """She did not get it: its places are free again."""
    names = [place.name for place in _places(parts, policy, message, address, now)]
    if names:
        parts.records.give_back(CAP, names, message.message_id)


def topic_of(message: Message) -> str:
    """What it is about, in the words of the policy: as its data says, else as its template does."""
    said = message.data.get("topic")
    template = shipped().get(message.template or message.journey)
    return said if isinstance(said, str) else template.topic if template else ""


def confirm(records: Leases, digest: str, now: int) -> None:
    """The owner of an address said yes by a link that only its mailbox has (double opt-in)."""
    records.put(CONFIRMED, digest, str(now).encode())


def is_confirmed(parts: Contact, digest: str) -> bool:
    """Whether the owner of an address said yes by mail."""
    return bool(digest) and parts.records.get(CONFIRMED, digest) is not None


def _places(parts: Contact, policy: Policy, message: Message, address: str, now: int) -> list[Place]:
    domain = address.rpartition("@")[2].lower() if message.channel == "email" else ""
    found = pace(policy, domain, now) if message.channel == "email" else []
    if message.transactional:
        return found
    return found + places(policy, message.channel, topic_of(message), address_digest(parts.key, address))
