"""Send: what is due in the outbox, each asked once more whether it may go, and handed over.

Before a message is handed over that is written down; whoever finds it so after a crash cannot know how
it ended. Marketing is then settled as ``ambiguous`` instead of sent again (at most once); what is owed to
her is sent again under the same ``Message-ID`` (at least once).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import derived_id
from maatwerk.core.time import DAY, HOUR, MINUTE
from maatwerk.decisions.contact.words import Policy
from maatwerk.decisions.journeys import words
from maatwerk.effects.channels.email import Envelope, Signing, choices_url, write
from maatwerk.effects.channels.letter import Sender, shown, wire_address
from maatwerk.effects.channels.mailer import Mailer, NeverSent, NotSent, PerhapsSent
from maatwerk.effects.channels.render import render
from maatwerk.effects.clicks import click_url
from maatwerk.effects.outbox import CAP, HELD, LEASE, SENDING, Leases, Message, waiting
from maatwerk.effects.unsubscribe import Link, address_digest, seal
from maatwerk.events.log import Log, Recent
from maatwerk.events.messages import MessageSettled
from maatwerk.events.names import with_body
from maatwerk.flows.advance import in_force
from maatwerk.flows.compose import About, Links, about, available, template_of, values
from maatwerk.flows.contact import Contact, free_from, full, let_go, policy_of, topic_of, why_not
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.seen import Person, person
from maatwerk.views.catalog.words import Product
from maatwerk.views.profile.shopper import BUILT_IN, Shopper
from maatwerk.views.profile.signals import Signals
from maatwerk.views.store import Store

CHANNELS = ("email",)
"""What a message can go out by. One meant for another channel goes by the first of its own that is among
these, and asks for that one's consent; where none is, it is settled as ``no_channel``."""

RATE = 50
"""Messages tried in one call."""
LOOKED_AT = 2_000
LEASE_MS = 5 * MINUTE
WINDOW_MS = DAY
"""A message of no journey's step is not sent later than this after its time."""
_BEGUN = b"begun"
_HOLDER_BYTES = 8


class Held(msgspec.Struct, frozen=True):
    """Why a message waits, and until when at least; kept while it does, for the ledger."""

    code: str
    until: int


Choose = Callable[[Shopper, str, str, int, int], list[tuple[Product, str]]]
"""Shopper, store, unit, how many and when to products with their reasons: `maatwerk.flows.choose_for`."""


def nobody_chooses(
    shopper: Shopper, store: str, unit: str, count: int, now: int
) -> list[tuple[Product, str]]:
    """Where nothing is wired that could choose."""
    return []


@dataclass
class Sending:
    """What sending needs. Without a ``mailer`` nothing is sent, and the outbox waits.

    ``key`` is that of `maatwerk.flows.unsubscribe.link_key`; ``chance(n)`` gives n random bytes;
    ``timezone`` is that of whoever's own is not known.
    """

    log: Log
    store: Store
    recent: Recent
    knowledge: Knowledge
    records: Leases
    mailer: Mailer | None
    sender: Sender
    key: bytes
    chance: Callable[[int], bytes]
    signals: Signals = BUILT_IN
    timezone: str = "UTC"
    choose: Choose = nobody_chooses
    signing: Signing | None = None
    later: dict[str, int] = field(default_factory=dict)
    """Not to be tried before: a memory of the leases, so that waiting costs nothing."""
    paused_until: int = 0
    swept_at: int = 0

    @property
    def contact(self) -> Contact:
        """What the contact policy is asked with."""
        return Contact(self.records, self.key, self.timezone)


class _Turn(msgspec.Struct):
    """One message being sent, and who has it."""

    message: Message
    holder: str
    tries: int
    now: int
    policy: Policy
    address: str = ""


async def send_due(parts: Sending, now: int, limit: int = RATE) -> int:
    """Settle what is due, at most ``limit`` messages; how many were sent.

    Raises `Unavailable` where the log or the records cannot be written; nothing is sent twice for it.
    """
    if parts.mailer is None or now < parts.paused_until:
        return 0
    with parts.store.snapshot() as read:
        due = waiting(read, now, LOOKED_AT)
    parts.later = {key: at for key, at in parts.later.items() if at > now}
    ready = [message for message in due if message.message_id not in parts.later][:limit]
    sent = 0
    if ready:
        parts.knowledge.refresh(now)
        policy = policy_of(parts.knowledge.rules)
        try:
            for message in ready:
                if now < parts.paused_until:
                    break
                sent += await _take(parts, parts.mailer, message, policy, now)
        finally:
            await parts.mailer.rest()
    if now - parts.swept_at > MINUTE:
        parts.swept_at = now
        parts.records.expire(LEASE, now - DAY)
        parts.records.expire(CAP, now)
    return sent


async def _take(parts: Sending, mailer: Mailer, message: Message, policy: Policy, now: int) -> bool:
    """One message, if nobody else has it; whether it was sent."""
    key, holder = message.message_id, parts.chance(_HOLDER_BYTES).hex()
    parts.later[key] = now + LEASE_MS
    if not parts.records.claim(LEASE, key, holder, now, now + LEASE_MS):
        return False
    before = parts.records.get(SENDING, key)
    begun = before == _BEGUN
    turn = _Turn(message, holder, int(before) if before and not begun else 0, now, policy)
    if begun and not message.transactional:
        await _settle(parts, turn, "ambiguous", "handing over was begun, and never ended")
        return False
    by = next((each for each in (message.channel, *message.channels) if each in CHANNELS), "")
    if not by:
        await _settle(parts, turn, "no_channel", f"nothing here sends by {message.channel}")
        return False
    turn.message = message = msgspec.structs.replace(message, channel=by)
    known = _person(parts, message, now)
    turn.address = known.address
    what = about(message, known)
    standing = available(parts.knowledge, message.store, what.skus)
    free = free_from(parts.contact, policy, message, known, max(now, message.due))
    code = _code(parts, turn, known, what, len(standing))
    if code:
        await _settle(parts, turn, code)
        return False
    if free > now:
        _hold(parts, turn, "quiet_hours", free)
        return False
    try:
        content = _content(parts, turn, known, what, standing)
        recipient = wire_address(turn.address)
    except Refused as fault:
        await _settle(parts, turn, "failed", f"{fault.code}: {fault.detail}"[:200])
        return False
    if not content:
        await _settle(parts, turn, "nothing_to_say")
        return False
    place = full(parts.contact, policy, message, turn.address, now)
    if place is not None and place.waits:
        _hold(parts, turn, "pace", now + min(HOUR, place.window))
        return False
    if place is not None:
        await _settle(parts, turn, "capped", f"{place.most} in {place.window // HOUR} hours")
        return False
    return await _hand_over(parts, mailer, turn, content, recipient)


async def _hand_over(parts: Sending, mailer: Mailer, turn: _Turn, content: bytes, recipient: str) -> bool:
    message, key = turn.message, turn.message.message_id
    try:
        await mailer.send(
            content, parts.sender.address, recipient, lambda: parts.records.put(SENDING, key, _BEGUN)
        )
    except NotSent as fault:
        _try_later(parts, turn, fault)
        return False
    except NeverSent as fault:
        let_go(parts.contact, turn.policy, message, turn.address, turn.now)
        await _settle(parts, turn, "failed", str(fault))
        return False
    except PerhapsSent as fault:
        if message.transactional:
            _try_later(parts, turn, NotSent(str(fault)))
        else:
            await _settle(parts, turn, "ambiguous", str(fault))
        return False
    await _settle(parts, turn)
    return True


def _person(parts: Sending, message: Message, now: int) -> Person:
    with parts.store.snapshot() as read:
        return person(read, parts.recent, message.who, now, parts.signals)


def _code(parts: Sending, turn: _Turn, known: Person, what: About, products: int) -> str:
    """Why it may not go out; nothing where it may."""
    message = turn.message
    refused = why_not(parts.contact, turn.policy, message, known, turn.address, turn.now)
    for code, holds in (
        ("disabled", _off(parts, message)),
        ("late", _late(parts, turn, known)),
        (refused, bool(refused)),
        ("purchased", what.purchased),
        (what.over, bool(what.over)),
        ("sold_out", bool(what.skus) and products == 0),
    ):
        if holds:
            return code
    return ""


def _late(parts: Sending, turn: _Turn, known: Person) -> bool:
    """Whether it comes too long after its time; quiet hours do not count."""
    message = turn.message
    if message.transactional:
        return False
    free = free_from(parts.contact, turn.policy, message, known, message.due)
    until = message.until or message.due + WINDOW_MS
    return turn.now > until + (free - message.due)


def _off(parts: Sending, message: Message) -> bool:
    """Whether the journey it comes from was switched off; what comes from none is."""
    on = in_force(parts.knowledge.rules).get(message.journey)
    known = message.about in ("cart", "product", "order", "profile") and bool(message.occurrence)
    return known and (on is None or not on[1].enabled)


def _content(parts: Sending, turn: _Turn, known: Person, what: About, standing: list[Product]) -> bytes:
    """The message as it is handed over; empty where there is too little to say. Raises `Refused`."""
    message, now, at = turn.message, turn.now, parts.sender
    template = template_of(parts.knowledge.rules, message)
    unit, count = str(message.data.get("choose") or template.unit), template.products
    reasons: list[str] = []
    products, gone = standing, len(what.skus) - len(standing)
    if unit:
        chosen = parts.choose(known.sure, message.store, unit, count, now)
        products, reasons, gone = [each for each, _ in chosen], [why for _, why in chosen], 0
    least = message.data.get("least", template.least)
    if len(products) < (least if isinstance(least, int) else template.least):
        return b""
    links = _links(parts, turn)
    locale = str(known.told.get("locale") or known.wide.context.value("locale"))
    said = values(
        at, message, template, known, shown(products, message.journey, at, now, reasons), gone, links
    )
    rendered = render(
        template, locale, said, partial(click_url, parts.key, at.public_url, message.message_id)
    )
    topic = topic_of(message) or template.topic
    around = Envelope(turn.address, message.message_id, links.unsubscribe, message.journey, topic, now)
    return write(rendered, at, around, parts.signing)


def _links(parts: Sending, turn: _Turn) -> Links:
    message = turn.message
    digest = address_digest(parts.key, turn.address)
    link = Link(message.message_id, message.channel, message.anonymous_id, message.user_id, digest)
    url = f"{parts.sender.public_url}/u/{seal(parts.key, link)}"
    if message.transactional:
        return Links(confirm=choices_url(url))
    return Links(url, choices_url(url))


def _hold(parts: Sending, turn: _Turn, code: str, until: int) -> None:
    """It waits, and the ledger can say for what."""
    key = turn.message.message_id
    parts.records.put(HELD, key, msgspec.json.encode(Held(code, until)))
    parts.records.claim(LEASE, key, turn.holder, turn.now, until)
    parts.later[key] = until


def _try_later(parts: Sending, turn: _Turn, fault: NotSent) -> None:
    """It was surely not taken: free to be tried again after 1, 2, 4 … 60 minutes."""
    wait = min(HOUR, MINUTE * 2 ** min(turn.tries, 6))
    parts.records.put(SENDING, turn.message.message_id, str(turn.tries + 1).encode())
    _hold(parts, turn, "not_taken", turn.now + wait)
    if fault.everywhere:
        parts.paused_until = turn.now + wait


async def _settle(parts: Sending, turn: _Turn, code: str = "", detail: str = "") -> None:
    """How it ended, as an event first: what comes after may be lost."""
    name, message, now = "Message Suppressed" if code else "Message Sent", turn.message, turn.now
    settled = MessageSettled(
        message.message_id, message.journey, message.step, message.channel, message.occurrence, code, detail
    )
    event = with_body(
        name,
        settled,
        id=derived_id("ms", message.message_id),
        time=now,
        received=now,
        kind="message",
        origin="internal",
        **words.identity(message.who),
    )
    await parts.log.append([event])
    parts.records.settle(LEASE, message.message_id, turn.holder, name)
    parts.records.drop(SENDING, message.message_id)
    parts.records.drop(HELD, message.message_id)
