"""Send: what is due in the outbox, each asked once more whether it may go, and handed over at most once.

Before a message is handed over that is written down; whoever finds it so after a crash cannot know how
it ended, and settles it as ``ambiguous`` instead of sending again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import derived_id
from maatwerk.core.time import DAY, HOUR, MINUTE
from maatwerk.decisions.journeys import restock, words
from maatwerk.decisions.journeys.advance import occurrence
from maatwerk.decisions.journeys.checks import Facts, agreed_since, consented, stop_code
from maatwerk.decisions.journeys.words import ABANDONED_CART, SHIPPED, SKUS, Journey
from maatwerk.effects.channels.email import write
from maatwerk.effects.channels.letter import Letter, Sender, absolute, greeted, shown, wire_address
from maatwerk.effects.channels.mailer import Mailer, NeverSent, NotSent, PerhapsSent
from maatwerk.effects.outbox import CAP, LEASE, SENDING, Leases, Message, waiting
from maatwerk.effects.unsubscribe import Link, address_digest, seal
from maatwerk.events.consent import DIRECT_MARKETING
from maatwerk.events.log import Log, Recent
from maatwerk.events.messages import MessageSettled
from maatwerk.events.names import with_body
from maatwerk.flows.advance import Person, enabled, person
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.unsubscribe import suppressed_at
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product
from maatwerk.views.profile.folds import CART
from maatwerk.views.profile.folds.wishes import BACK_IN_STOCK, open_wishes
from maatwerk.views.profile.shopper import BUILT_IN
from maatwerk.views.profile.signals import Signals
from maatwerk.views.store import Store

RATE = 20
"""Messages tried in one call."""
LOOKED_AT = 2_000
LEASE_MS = 5 * MINUTE
_BEGUN = b"begun"
_HOLDER_BYTES = 8


@dataclass
class Sending:
    """What sending needs. Without a ``mailer`` nothing is sent, and the outbox waits.

    ``key`` is that of `maatwerk.flows.unsubscribe.link_key`; ``chance(n)`` gives n random bytes.
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
    later: dict[str, int] = field(default_factory=dict)
    """Not to be tried before: a memory of the leases, so that waiting costs nothing."""
    paused_until: int = 0
    swept_at: int = 0


class _About(NamedTuple):
    """What a message is about, as of now. ``over``: the code of what ended it."""

    skus: tuple[str, ...]
    over: str
    purchased: bool


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
    if ready:
        parts.knowledge.refresh(now)
    sent = 0
    for message in ready:
        if now < parts.paused_until:
            break
        sent += await _take(parts, parts.mailer, message, now)
    if now - parts.swept_at > HOUR:
        parts.swept_at = now
        parts.records.expire(LEASE, now - DAY)
        parts.records.expire(CAP, now)
    return sent


async def _take(parts: Sending, mailer: Mailer, message: Message, now: int) -> bool:
    """One message, if nobody else has it; whether it was sent."""
    key, holder = message.message_id, parts.chance(_HOLDER_BYTES).hex()
    parts.later[key] = now + LEASE_MS
    if not parts.records.claim(LEASE, key, holder, now, now + LEASE_MS):
        return False
    before = parts.records.get(SENDING, key)
    if before == _BEGUN:
        await _settle(parts, message, holder, now, "ambiguous", "handing over was begun, and never ended")
        return False
    tries = int(before) if before else 0
    journey = enabled(parts.knowledge.rules).get(message.journey)
    known = _person(parts, message, now)
    about = _about(parts, message, known)
    available = _available(parts, message, about)
    code = _code(parts, message, journey, known, about, len(available), now)
    if code:
        await _settle(parts, message, holder, now, code)
        return False
    try:
        letter = _letter(parts, message, known, available, len(about.skus) - len(available), now)
        link = _link(parts, message, known.address)
        content = write(letter, parts.sender, known.address, key, link, now)
        recipient = wire_address(known.address)
    except Refused as fault:
        await _settle(parts, message, holder, now, "failed", fault.code)
        return False
    if not _within_cap(parts, journey, known.address, key, now):
        await _settle(parts, message, holder, now, "capped")
        return False
    parts.records.put(SENDING, key, _BEGUN)
    try:
        await mailer.send(content, parts.sender.address, recipient)
    except NotSent as fault:
        _try_later(parts, message, holder, tries, now, fault)
        return False
    except NeverSent as fault:
        await _settle(parts, message, holder, now, "failed", str(fault))
        return False
    except PerhapsSent as fault:
        await _settle(parts, message, holder, now, "ambiguous", str(fault))
        return False
    await _settle(parts, message, holder, now)
    return True


def _person(parts: Sending, message: Message, now: int) -> Person:
    who = f"u/{message.user_id}" if message.user_id else f"a/{message.anonymous_id}"
    with parts.store.snapshot() as read:
        return person(read, parts.recent, who, now, parts.signals)


def _about(parts: Sending, message: Message, known: Person) -> _About:
    if message.journey == ABANDONED_CART:
        cart = known.sure.cart
        same = bool(cart.lines) and occurrence(known.sure.of(CART)) == message.occurrence
        bought = known.ordered_at >= (cart.updated_at if same else message.queued) and known.ordered_at > 0
        skus = tuple(line.sku for line in cart.lines[:SKUS]) if same else ()
        return _About(skus, "" if same else "emptied", bought)
    _, sku, asked = restock.parse_occurrence(message.occurrence)
    hers = {(w.sku, w.asked_at) for w in open_wishes(known.sure.wishes) if w.kind == BACK_IN_STOCK}
    bought_at = known.wide.wishes.bought.get(sku)
    purchased = bought_at is not None and bought_at.time >= asked
    return _About((sku,), "" if (sku, asked) in hers else "withdrawn", purchased)


def _code(
    parts: Sending,
    message: Message,
    journey: Journey | None,
    known: Person,
    about: _About,
    products: int,
    now: int,
) -> str:
    """Why it may not go out; nothing where it may."""
    step = (journey or SHIPPED.get(message.journey, SHIPPED[ABANDONED_CART])).step(message.step)
    sure, wide = known.sure.consent, known.wide.consent
    left = max(known.wide.wishes.unsubscribed, _suppressed(parts, known.address))
    return stop_code(
        Facts(
            enabled=journey is not None,
            late=step is None or now > message.due + step.window_ms,
            unsubscribed=left > 0 and not agreed_since(sure, left),
            consented=consented(sure, wide),
            address=bool(known.address),
            purchased=about.purchased,
            over=about.over,
            products=products,
            objected=known.wide.objected(DIRECT_MARKETING),
        )
    )


def _available(parts: Sending, message: Message, about: _About) -> list[Product]:
    """What can be bought at this moment; a variant without words or pictures borrows its parent's."""
    catalog = parts.knowledge.catalogs.of(message.store)
    found = []
    for sku in about.skus:
        row = catalog.row(sku)
        if row >= 0 and catalog.available[row]:
            found.append(_displayed(catalog, row))
    return found


def _displayed(catalog: Catalog, row: int) -> Product:
    product, above = catalog.product(row), int(catalog.parent[row])
    parent = catalog.find(catalog.skus[above]) if above >= 0 else None
    if parent is None:
        return product
    return msgspec.structs.replace(
        product,
        name=product.name or parent.name,
        url=product.url or parent.url,
        images=product.images or parent.images,
    )


def _letter(
    parts: Sending, message: Message, known: Person, products: list[Product], gone: int, now: int
) -> Letter:
    at = parts.sender
    page = absolute(products[0].url, at.shop_url) or at.shop_url
    return Letter(
        journey=message.journey,
        step=message.step,
        first_name=greeted(
            message.journey,
            known.sure.familiarity,
            known.told.get("firstName") or known.told.get("first_name"),
        ),
        products=shown(products, message.journey, at, now),
        gone=gone,
        action_url=at.cart_url if message.journey == ABANDONED_CART else page,
    )


def _link(parts: Sending, message: Message, address: str) -> str:
    digest = address_digest(parts.key, address)
    link = Link(message.message_id, message.channel, message.anonymous_id, message.user_id, digest)
    return f"{parts.sender.public_url}/u/{seal(parts.key, link)}"


def _suppressed(parts: Sending, address: str) -> int:
    return suppressed_at(parts.records, address_digest(parts.key, address)) if address else 0


def _within_cap(parts: Sending, journey: Journey | None, address: str, message_id: str, now: int) -> bool:
    """Take one of the address's places of the last 24 hours; a message keeps its place over its tries."""
    if journey is None:
        return False
    places = f"{address_digest(parts.key, address)}/{journey.key}"
    return any(
        parts.records.claim(CAP, f"{places}/{place}", message_id, now, now + DAY)
        for place in range(journey.daily)
    )


def _try_later(parts: Sending, message: Message, holder: str, tries: int, now: int, fault: NotSent) -> None:
    """It was surely not taken: free to be tried again after 1, 2, 4 … 60 minutes."""
    wait = min(HOUR, MINUTE * 2 ** min(tries, 6))
    parts.records.put(SENDING, message.message_id, str(tries + 1).encode())
    parts.records.claim(LEASE, message.message_id, holder, now, now + wait)
    parts.later[message.message_id] = now + wait
    if fault.everywhere:
        parts.paused_until = now + wait


async def _settle(
    parts: Sending, message: Message, holder: str, now: int, code: str = "", detail: str = ""
) -> None:
    """How it ended, as an event first: what comes after may be lost."""
    name = "Message Suppressed" if code else "Message Sent"
    settled = MessageSettled(
        message.message_id, message.journey, message.step, message.channel, message.occurrence, code, detail
    )
    who = f"u/{message.user_id}" if message.user_id else f"a/{message.anonymous_id}"
    event = with_body(
        name,
        settled,
        id=derived_id("ms", message.message_id),
        time=now,
        received=now,
        kind="message",
        origin="internal",
        **words.identity(who),
    )
    await parts.log.append([event])
    parts.records.settle(LEASE, message.message_id, holder, name)
    parts.records.drop(SENDING, message.message_id)
