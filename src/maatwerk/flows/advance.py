"""Advance: whose step of a journey is due, what follows from what we know of her, and an event for it.

Every step that is due becomes one event, ``Message Queued`` or ``Message Suppressed`` with its reason,
under an id derived from what it is about: done twice, it counts once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import derived_id
from maatwerk.decisions.journeys import restock, words
from maatwerk.decisions.journeys.advance import (
    CartFacts,
    cart_code,
    next_step,
    occurrence,
    released,
    wish_code,
)
from maatwerk.decisions.journeys.waiting import JourneysView
from maatwerk.decisions.journeys.words import ABANDONED_CART, BACK_IN_STOCK, Journey
from maatwerk.events.event import Event
from maatwerk.events.log import Log, Recent
from maatwerk.events.messages import MessageQueued, MessageSettled
from maatwerk.events.names import body, with_body
from maatwerk.flows.knowledge import Knowledge
from maatwerk.views.profile.folds import CART as _CARTS
from maatwerk.views.profile.folds.orders import placed
from maatwerk.views.profile.folds.traits import traits
from maatwerk.views.profile.folds.wishes import open_wishes
from maatwerk.views.profile.load import load
from maatwerk.views.profile.shopper import BUILT_IN, Shopper
from maatwerk.views.profile.signals import Signals
from maatwerk.views.rules.book import RuleBook
from maatwerk.views.store import Snapshot, Store

RATE = 20
"""Steps taken in one call: after an outage this, once a second, is what keeps it from being a flood."""


@dataclass
class Advancing:
    """What advancing needs, and how far its own events reach in the log."""

    log: Log
    store: Store
    recent: Recent
    knowledge: Knowledge
    signals: Signals = BUILT_IN
    until: int = 0
    after: str = ""


class Person(NamedTuple):
    """One person twice: what is surely hers (address, cart, a yes), and what may be (any no, any order)."""

    sure: Shopper
    wide: Shopper

    @property
    def ordered_at(self) -> int:
        """Her newest order; 0 where there is none."""
        return next((order.time for _, order in placed(self.wide.orders)), 0)

    @property
    def told(self) -> dict[str, Any]:
        """What she told of herself."""
        return traits(self.sure.traits)

    @property
    def address(self) -> str:
        """Her e-mail address, or nothing."""
        email = self.told.get("email")
        return email if isinstance(email, str) and "@" in email else ""

    def named(self, who: str) -> str:
        """How she is called in a message's id: the same on all her devices where that is proven."""
        return f"u/{self.sure.user_id}" if self.sure.user_id and self.sure.proven else who


def person(read: Snapshot, recent: Recent, who: str, now: int, signals: Signals = BUILT_IN) -> Person:
    """Whoever goes by ``u/…`` (a proven user) or ``a/…`` (a device).

    What is only claimed of her, with the public key, may stop a message and never cause one: a device
    that says it is hers must not learn by mail what is in her cart.
    """
    kind, _, value = who.partition("/")
    if kind == "u":
        sure = load(read, recent, user_id=value, user_proven=True, now=now, signals=signals)
        wide = load(read, recent, user_id=value, trusted=True, now=now, signals=signals)
    else:
        sure = load(read, recent, anonymous_id=value, now=now, signals=signals)
        wide = load(
            read, recent, anonymous_id=value, user_id=sure.user_id, trusted=True, now=now, signals=signals
        )
    return Person(sure, wide)


def enabled(book: RuleBook) -> dict[str, Journey]:
    """The journeys that are switched on, by key."""
    found = {}
    for rule in book.of("journey"):
        try:
            journey = words.parse_journey(rule.key, rule.document or {})
        except Refused:
            continue  # one that this version does not ship
        if journey is not None:
            found[rule.key] = journey
    return found


def advance(parts: Advancing, now: int, limit: int = RATE) -> int:
    """Take the steps that are due, at most ``limit``; how many messages were queued.

    Does nothing until the projector has folded what the call before this one wrote.
    """
    with parts.store.snapshot() as read:
        if read.checkpoint(JourneysView.name) < parts.until:
            return 0
        parts.knowledge.refresh(now)
        journeys = enabled(parts.knowledge.rules)
        events = list(_carts(parts, read, journeys.get(ABANDONED_CART), now, limit))
        if BACK_IN_STOCK in journeys:
            events += _wishes(parts, read, journeys[BACK_IN_STOCK], now, limit - len(events))
    if not events:
        return 0
    fresh = parts.log.append_now(events)
    known = [event for event, new in zip(events, fresh, strict=True) if not new]
    again = [_repeated(event, now) for event in known if event.name == "Message Queued"]
    if again:
        parts.log.append_now(again)
    parts.until = parts.log.last_offset()
    return sum(new for event, new in zip(events, fresh, strict=True) if event.name == "Message Queued")


def _carts(
    parts: Advancing, read: Snapshot, journey: Journey | None, now: int, limit: int
) -> Iterator[Event]:
    for key, _ in read.scan(words.DUE, limit=limit):
        time, _, who = key.partition("\t")
        if int(time) > now:
            return
        stored = read.get(words.CART, who)
        if stored is not None:
            yield _cart(parts, read, journey, words.decode_cart(stored), who, now)


def _cart(
    parts: Advancing, read: Snapshot, journey: Journey | None, row: words.CartWait, who: str, now: int
) -> Event:
    known = person(read, parts.recent, who, now, parts.signals)
    cart = known.sure.cart
    which = occurrence(known.sure.of(_CARTS))
    about: dict[str, Any] = {
        "journey": ABANDONED_CART,
        "step": row.step,
        "channel": "email",
        "occurrence": which,
    }
    message_id = derived_id("m", ABANDONED_CART, row.step, known.named(who), which)
    code = "disabled"
    if journey is not None:
        facts = CartFacts(
            filled=bool(cart.lines),
            changed_at=cart.updated_at,
            ordered_at=known.ordered_at,
            told=row.told.get(which, ()),
            address=bool(known.address),
        )
        code = cart_code(next_step(journey, row.step), row.due, now, facts)
    if code:
        return _suppressed(MessageSettled(message_id, **about, code=code), who, row.due, now)
    skus = tuple(line.sku for line in cart.lines[: words.SKUS])
    store = row.store or "default"
    return _queued(
        MessageQueued(message_id, **about, due=now, skus=skus, cart_id=cart.cart_id, store=store),
        who,
        now,
    )


def _wishes(parts: Advancing, read: Snapshot, journey: Journey, now: int, limit: int) -> Iterator[Event]:
    """Everyone who waits for what is back, in the order they asked, as far as there is enough of it."""
    rows = read.scan(words.BACK, after=parts.after, limit=max(limit, 1))
    parts.after = rows[-1][0] if len(rows) == max(limit, 1) else ""
    for key, _ in rows:
        if limit <= 0:
            return
        store, sku = key.split("\t")
        catalog = parts.knowledge.catalogs.of(store)
        place = catalog.row(sku)
        stored = read.get(words.STOCK, key)
        if place < 0 or not catalog.available[place] or stored is None:
            continue  # gone again; the view hears of it next
        row = words.decode_stock(stored)
        told = row.released if now - row.released_at < words.ROUND_MS else 0
        room = released(row.pieces(), words.MAILS_PER_PIECE, told)
        for wish, _ in read.scan(words.WISH, prefix=f"{key}\t", limit=limit):
            asked, who = int(wish.split("\t")[2]), wish.split("\t", 3)[3]
            if asked > row.back_at or room <= 0:
                break
            event = _wish(parts, read, journey, (store, sku, asked), who, now)
            room -= event.name == "Message Queued"
            limit -= 1
            yield event


def _wish(
    parts: Advancing, read: Snapshot, journey: Journey, wish: tuple[str, str, int], who: str, now: int
) -> Event:
    store, sku, asked = wish
    known = person(read, parts.recent, who, now, parts.signals)
    step = journey.steps[0].key
    which = restock.occurrence(store, sku, asked)
    about: dict[str, Any] = {"journey": BACK_IN_STOCK, "step": step, "channel": "email", "occurrence": which}
    message_id = derived_id("m", BACK_IN_STOCK, step, known.named(who), which)
    hers = open_wishes(known.sure.wishes)
    code = wish_code(asked, now, words.WISH_MS, hers, sku, bool(known.address))
    if code:
        return _suppressed(MessageSettled(message_id, **about, code=code), who, asked, now)
    return _queued(MessageQueued(message_id, **about, due=now, skus=(sku,), store=store), who, now)


def _queued(message: MessageQueued, who: str, now: int) -> Event:
    return _event("Message Queued", message, message.message_id, words.identity(who), now)


def _suppressed(settled: MessageSettled, who: str, due: int, now: int) -> Event:
    """A message that never was: with an id of its own, so that it settles none that may be in the outbox."""
    event_id = derived_id("ms", settled.message_id, who, str(due), settled.code)
    named = msgspec.structs.replace(settled, message_id=event_id)
    return _event("Message Suppressed", named, event_id, words.identity(who), now)


def _repeated(event: Event, now: int) -> Event:
    """The step of a message that was queued before, for another of her devices: it is over here too."""
    said = body(event)
    settled = MessageSettled(
        said.message_id, said.journey, said.step, said.channel, said.occurrence, code="repeated"
    )
    return _suppressed(settled, words.named(event), said.due, now)


def _event(name: str, record: msgspec.Struct, event_id: str, identity: dict[str, Any], now: int) -> Event:
    return with_body(
        name, record, id=event_id, time=now, received=now, kind="message", origin="internal", **identity
    )
