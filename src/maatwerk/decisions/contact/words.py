"""The contact policy's document: topics, quiet hours, caps, and how fast a sender may go."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, HOUR, MINUTE
from maatwerk.decisions.contact.quiet import clock_time

KIND, KEY = "contact_policy", "default"
CHANNELS = ("email", "sms", "push", "webhook")
CONSENTED = ("email", "sms", "push")
"""Channels that need her yes; each is a purpose of consent of the same name."""

MOST_MESSAGES, MOST_HOURS = 1_000, 24 * 366


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What she may be written to for, and may switch off by itself. ``title`` is what her page calls it.

    ``capped`` False: she asked for each of these, so that only caps which name it count them.
    """

    title: str
    says: str = ""
    capped: bool = True


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many ``messages`` in any ``hours`` on end. Without channels or topics: of all together."""

    messages: int
    hours: int
    channels: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


TOPICS = {
    "reminders": Topic("Reminders", "What you left in your bag or looked at."),
    "alerts": Topic("Alerts you asked for", "Back in stock, and lower prices.", capped=False),
    "offers": Topic("Offers", "Discounts and new arrivals that suit you."),
    "news": Topic("Newsletter", "Our regular letter."),
    "service": Topic("About your orders", "Care, reviews and what goes with what you bought."),
}

CAPS = (
    Cap(3, 24, ("email",)),
    Cap(10, 7 * 24, ("email",)),
    Cap(10, 24, ("email",), ("alerts",)),
    Cap(1, 24, ("sms",)),
    Cap(3, 24, ("push",)),
)


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of kind ``contact_policy``; there is one, with the key ``default``.

    ``domains``: mails a minute to a recipient's domain (``"*"``: to any other). ``warm_up``: the most
    mails on each day from ``warm_up_from`` on, while a new sender's name is being made. ``soft_bounces``
    within ``soft_days`` rest an address for ``rest_days``. ``confirm`` asks for a yes by mail before the
    first one (double opt-in).
    """

    quiet_start: str = "22:00"
    quiet_end: str = "08:00"
    quiet_channels: tuple[str, ...] = ("sms", "push")
    caps: tuple[Cap, ...] = CAPS
    topics: dict[str, Topic] = msgspec.field(default_factory=lambda: dict(TOPICS))
    domains: dict[str, int] = {}
    warm_up: tuple[int, ...] = ()
    warm_up_from: str = ""
    soft_bounces: int = 3
    soft_days: int = 7
    rest_days: int = 30
    confirm: bool = False


DEFAULT = Policy()


class Place(msgspec.Struct, frozen=True):
    """One count to take a place in: ``name``, how long a place is taken (ms), and how many there are.

    ``waits``: a full count holds the message up instead of ending it.
    """

    name: str
    window: int
    most: int
    waits: bool = False


def parse_policy(key: str, document: dict[str, Any]) -> Policy:
    """The policy of a rule. Raises `Refused` naming the field."""
    if key != KEY:
        raise Refused(
            "policy_key_not_known", "there is one contact policy", field="key", hint=f"its key is {KEY}"
        )
    try:
        policy = msgspec.convert(document, Policy)
    except msgspec.ValidationError as fault:
        raise Refused("contact_policy_not_valid", str(fault), field=f"{KIND}.{key}") from None
    clock_time(policy.quiet_start, "quiet_start")
    clock_time(policy.quiet_end, "quiet_end")
    for channel in policy.quiet_channels:
        _known(channel, CHANNELS, "quiet_channels")
    for number, cap in enumerate(policy.caps):
        field = f"caps.{number}"
        _within(cap.messages, 0, MOST_MESSAGES, f"{field}.messages")
        _within(cap.hours, 1, MOST_HOURS, f"{field}.hours")
        for channel in cap.channels:
            _known(channel, CHANNELS, f"{field}.channels")
        for topic in cap.topics:
            _known(topic, tuple(policy.topics), f"{field}.topics")
    for domain, rate in policy.domains.items():
        _within(rate, 1, 100_000, f"domains.{domain}")
    for number, most in enumerate(policy.warm_up):
        _within(most, 1, 10_000_000, f"warm_up.{number}")
    if policy.warm_up:
        _day(policy.warm_up_from)
    for name in ("soft_bounces", "soft_days", "rest_days"):
        _within(getattr(policy, name), 1, 365, name)
    return policy


def places(policy: Policy, channel: str, topic: str, address: str) -> list[Place]:
    """The counts a marketing message takes a place in; ``address`` stands for whoever gets it."""
    counted = policy.topics.get(topic, Topic("")).capped
    return [
        Place(f"{address}/{number}", cap.hours * HOUR, cap.messages)
        for number, cap in enumerate(policy.caps)
        if (not cap.channels or channel in cap.channels) and (topic in cap.topics if cap.topics else counted)
    ]


def pace(policy: Policy, domain: str, now: int) -> list[Place]:
    """The counts of how fast mail may leave: to one domain, and on this day of warming up."""
    found = []
    rate = policy.domains.get(domain, policy.domains.get("*", 0))
    if rate:
        found.append(Place(f"domain/{domain}", MINUTE, rate, waits=True))
    if policy.warm_up:
        day = (now - _day(policy.warm_up_from)) // DAY
        if day < len(policy.warm_up):
            found.append(Place("warm-up", DAY, policy.warm_up[max(0, day)], waits=True))
    return found


def _day(text: str) -> int:
    try:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days * DAY
    except ValueError:
        raise Refused(
            "date_not_valid", f"{text[:20]!r} is no date", field="warm_up_from", hint="as in 2026-11-28"
        ) from None


def _known(value: str, known: tuple[str, ...], field: str) -> None:
    if value not in known:
        raise Refused(
            "contact_policy_not_valid", f"{value[:40]!r} is not known here", field=field,
            hint=f"one of {', '.join(known)}",
        )  # fmt: skip


def _within(value: int, low: int, high: int, field: str) -> None:
    if not low <= value <= high:
        raise Refused("contact_policy_not_valid", f"{value} is not between {low} and {high}", field=field)
