"""Advance: whose step of a journey is due, what follows from what we know of her, and events for it.

All that one turn of hers comes to is appended at once: ``Journey Moved``, and for each step what it asks for,
under ids derived from what they are about. Done twice, it counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import derived_id
from maatwerk.decisions.journeys import restock, words
from maatwerk.decisions.journeys.campaign import KIND, as_journey, journey_key
from maatwerk.decisions.journeys.document import Journey, duration
from maatwerk.decisions.journeys.inside import JourneysView
from maatwerk.decisions.journeys.over import released
from maatwerk.decisions.journeys.prices import low_enough
from maatwerk.decisions.journeys.ready_made import journey_of
from maatwerk.decisions.journeys.walk import Act, Walk, walk
from maatwerk.decisions.journeys.words import START, Inside, Sweep
from maatwerk.events.audiences import AudienceListed
from maatwerk.events.event import Event
from maatwerk.events.journeys import JourneyEntered, JourneyMoved, JourneySwept
from maatwerk.events.log import Log, Recent
from maatwerk.events.messages import MessageQueued, MessageSettled
from maatwerk.events.names import with_body
from maatwerk.flows.belong import Belonging
from maatwerk.flows.expose import exposures
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.seen import Eyes, Now, Person, person
from maatwerk.flows.sweep import Run, due_run, entered, people, swept
from maatwerk.views.profile.folds.wishes import open_wishes
from maatwerk.views.rules.book import RuleBook
from maatwerk.views.store import Snapshot, Store

STEPS = 500
"""People moved in one call."""
MESSAGES = 20
"""Messages queued in one call: after an outage this, once a second, is what keeps it from being a flood."""


@dataclass
class Advancing:
    """What advancing needs, and how far its own events reach in the log."""

    log: Log
    store: Store
    recent: Recent
    knowledge: Knowledge
    currency: str = "EUR"
    zone: str = "UTC"
    messages: int = MESSAGES
    channels: frozenset[str] = frozenset({"email"})
    """The channels that something here can send over."""
    mint: Callable[[str, str, str, int], str] | None = None
    """A code of a pool for somebody, the same for the same key: ``mint(pool, who, key, now)``."""
    until: int = -1
    """The log's end as of the last call: until the views are there, nothing is decided anew."""
    after: str = ""
    documents: dict[tuple[str, int], Journey | None] = field(default_factory=dict)
    eyes: Eyes = field(init=False)

    def __post_init__(self) -> None:
        belonging = Belonging(self.knowledge, self.currency)
        self.eyes = Eyes(self.knowledge, belonging, self.zone, self.channels)


def enabled(book: RuleBook) -> dict[str, Journey]:
    """The journeys that are switched on, by key."""
    return {key: journey for key, (_, journey) in in_force(book).items() if journey.enabled}


def in_force(book: RuleBook) -> dict[str, tuple[int, Journey]]:
    """Version and journey of every rule of the kind, by key, that this version can read."""
    found = {}
    for rule in book.of("journey"):
        try:
            found[rule.key] = (rule.version, journey_of(rule.key, rule.document or {}))
        except Refused:
            continue  # one that another version shipped
    for rule in book.of(KIND):
        try:
            key = journey_key(rule.key)
            found[key] = (rule.version, journey_of(key, as_journey(rule.key, rule.document or {})))
        except Refused:
            continue
    return found


def advance(parts: Advancing, now: int, limit: int = STEPS) -> int:
    """Take the steps that are due, of at most ``limit`` people; how many messages were queued.

    Does nothing until the projector has folded what the call before this one wrote.
    """
    if parts.until < 0:
        parts.until = parts.log.last_offset()
    with parts.store.snapshot() as read:
        if read.checkpoint(JourneysView.name) < parts.until:
            return 0
        parts.knowledge.refresh(now)
        parts.eyes.belonging.take_over(parts.knowledge.rules)
        turn = _Turn(parts, read, now, limit)
        events = list(turn.run())
    if not events:
        return 0
    fresh = parts.log.append_now(events)
    parts.until = parts.log.last_offset()
    return sum(new for event, new in zip(events, fresh, strict=True) if event.name == "Message Queued")


class _Turn:
    """One call: what is due, the most important journeys first."""

    def __init__(self, parts: Advancing, read: Snapshot, now: int, limit: int) -> None:
        self._parts, self._read, self._now = parts, read, now
        self._left, self._messages = limit, parts.messages
        self._on = in_force(parts.knowledge.rules)
        parts.eyes.ranks = {key: journey.priority for key, (_, journey) in self._on.items()}
        parts.eyes.telling = {}
        self._people: dict[str, Person] = {}

    def run(self) -> Iterator[Event]:
        """The events of this call."""
        order = sorted(self._known(), key=lambda key: (-self._parts.eyes.ranks.get(key, 0), key))
        for key in order:
            current = self._on.get(key)
            if current and current[1].paused:
                continue
            yield from self._due(key)
            if current and current[1].enabled:
                yield from self._begun(key, *current)

    def _begun(self, key: str, version: int, journey: Journey) -> Iterator[Event]:
        """Those whom something else than a happening of theirs brings in."""
        if journey.trigger.catalog == "back-in-stock":
            yield from self._wishes(key, version, journey)
        elif journey.trigger.catalog == "price-drop":
            yield from self._drops(key, version, journey)
        rules = self._parts.knowledge.rules
        rule = rules.get("journey", key) or rules.get(KIND, key.removeprefix(journey_key("")))
        run = due_run(journey, version, rule.time if rule else 0, self._now, self._parts.zone)
        if run is not None:
            yield from self._sweep(key, run)

    def _sweep(self, key: str, run: Run) -> Iterator[Event]:
        stored = self._read.get(words.SWEEP, f"{key}\t{run.name}")
        before = words.decode_sweep(stored) if stored else Sweep()
        if before.done:
            return
        whose, cursor = people(self._read, run, before.cursor)
        found = [(who, self._person(who)) for who in whose]
        owned = {who for who, known in found if who.startswith("a/") and known.sure.user_id}
        more = list(entered(key, run, found, owned))
        for who, record in more:
            yield self._event("Journey Entered", record, derived_id("je", who, key, run.name), who)
        said = swept(key, run, before, cursor, len(more))
        yield self._event("Journey Swept", said, derived_id("jw", key, run.name, before.cursor), "")

    def _drops(self, key: str, version: int, journey: Journey) -> Iterator[Event]:
        """Those who watch a price that fell."""
        for where, at in self._read.scan(words.DROPPED, limit=20):
            store, sku = where.split("\t")
            catalog = self._parts.knowledge.catalogs.of(store)
            place = catalog.row(sku)
            price = catalog.product(place).price_at(self._now) if place >= 0 else None
            for wish, was in self._read.scan(words.WATCH, prefix=f"{where}\t", limit=max(self._left, 1)):
                if self._left <= 0 or self._messages <= 0:
                    return
                asked, who = int(wish.split("\t")[2]), wish.split("\t", 3)[3]
                hers = open_wishes(self._person(who).sure.wishes)
                below = next((w.below_minor for w in hers if (w.sku, w.asked_at) == (sku, asked)), None)
                if low_enough(price, below, int(was), journey.trigger.drop):
                    subject = restock.occurrence(store, sku, asked)
                    yield from self._released((key, journey, subject), version, who, store)
            run = f"{words.PRICES}{where}"
            said = JourneySwept(key, run, done=True)
            yield self._event("Journey Swept", said, derived_id("jw", key, run, at.decode()), "")

    def _known(self) -> list[str]:
        """Every journey somebody may be inside of: withdrawn ones too."""
        return [key.partition("\t")[2] for key, _ in self._read.scan(words.ON, prefix="on\t", limit=10_000)]

    def _due(self, key: str) -> Iterator[Event]:
        prefix = f"{key}\t"
        for due, _ in self._read.scan(words.DUE, prefix=prefix, limit=max(self._left, 1)):
            _, at, inside = due.split("\t", 2)
            if int(at) > self._now or self._left <= 0 or self._messages <= 0:
                return
            stored = self._read.get(words.INSIDE, inside)
            if stored is not None:
                self._left -= 1
                yield from self._step(inside, words.decode_inside(stored))

    def _step(self, where: str, inside: Inside) -> Iterator[Event]:
        who, key, subject = words.parse_inside(where)
        version, journey = self._version(key, inside)
        seen = Now(
            self._parts.eyes, self._read, self._person(who), who, (key, journey, subject), inside, self._now
        )
        yield from self._said(version, seen, inside, walk(journey, inside, seen, self._now))

    def _said(self, version: int, seen: Now, inside: Inside, came: Walk) -> Iterator[Event]:
        """What a walk comes to, as events."""
        who, key = seen.who, seen.key
        turn = (who, key, seen.subject, str(inside.entered), str(inside.number))
        data: dict[str, Any] = {}
        for act in came.acts:
            if act.step.code and self._parts.mint is not None:
                data[act.step.as_] = self._parts.mint(
                    act.step.code, who, derived_id("jc", *turn[:4], act.step.key), self._now
                )
        inside = msgspec.structs.replace(inside, data={**inside.data, **data})
        moved = JourneyMoved(
            key,
            seen.subject,
            inside.entered,
            inside.number,
            came.path,
            came.node,
            came.due,
            came.code,
            version,
            seen.occurrence if came.told or came.node else "",
            came.waits,
            came.told,
            data,
        )
        yield self._event("Journey Moved", moved, derived_id("jm", *turn), who)
        ids = words.identity(who)
        yield from exposures(
            seen.arms,
            seen.known.sure,
            ids.get("anonymous_id", ""),
            ids.get("user_id", ""),
            self._now,
            inside.store or "default",
        )
        for act in came.acts:
            made = self._act(act, seen, inside)
            if made is not None:
                yield made

    def _act(self, act: Act, seen: Now, inside: Inside) -> Event | None:
        step = act.step
        message_id = derived_id("m", seen.key, step.key, seen.known.named(seen.who), seen.occurrence)
        if act.code:
            ours = derived_id("ms", message_id, seen.who, str(inside.entered), act.code)
            settled = MessageSettled(
                ours, seen.key, step.key, act.channel or "email", seen.occurrence, act.code
            )
            return self._event("Message Suppressed", settled, ours, seen.who)
        if not step.send:
            return self._done(act, seen, inside)
        self._messages -= 1
        self._parts.eyes.telling.setdefault(seen.who, []).append((seen.journey.priority, self._now))
        return self._event(
            "Message Queued", _message(act, seen, inside, message_id, self._now), message_id, seen.who
        )

    def _done(self, act: Act, seen: Now, inside: Inside) -> Event | None:
        """What a step does that sends nothing: a list she is put on or taken off, a trait."""
        step, who = act.step, seen.who
        ours = derived_id("ja", who, seen.key, seen.subject, str(inside.entered), step.key)
        if step.join or step.leave:
            listed = AudienceListed(step.join or step.leave, bool(step.join), f"journey {seen.key}")
            return self._event("Audience Listed", listed, ours, who)
        if step.update:
            event = self._event("Identified", Nothing(), ours, who)
            traits = msgspec.Raw(msgspec.json.encode(step.update))
            return msgspec.structs.replace(event, kind="identify", traits=traits)
        return None

    def _version(self, key: str, inside: Inside) -> tuple[int, Journey]:
        """The version somebody finishes on, or the newest, where it says that they move."""
        current = self._on.get(key)
        if current is None or not current[1].enabled:
            older = self._document(key, inside.version)
            return inside.version, msgspec.structs.replace(older or _GONE, enabled=False)
        version, journey = current
        if inside.version == version or journey.changed == "move":
            return version, journey
        older = self._document(key, inside.version)
        return (inside.version, older) if older is not None else (version, journey)

    def _document(self, key: str, version: int) -> Journey | None:
        known = self._parts.documents
        if (key, version) not in known:
            stored = self._read.get(words.DOCUMENT, f"document\t{key}\t{version:016d}")
            try:
                known[key, version] = journey_of(*_STORED.decode(stored)) if stored else None
            except Refused:
                known[key, version] = None
        return known[key, version]

    def _wishes(self, key: str, version: int, journey: Journey) -> Iterator[Event]:
        """Everyone who waits for what is back, in the order they asked, as far as there is enough of it."""
        most = max(self._left, 1)
        rows = self._read.scan(words.BACK, after=self._parts.after, limit=most)
        self._parts.after = rows[-1][0] if len(rows) == most else ""
        for where, _ in rows:
            store, sku = where.split("\t")
            catalog = self._parts.knowledge.catalogs.of(store)
            place = catalog.row(sku)
            stored = self._read.get(words.STOCK, where)
            if place < 0 or not catalog.available[place] or stored is None:
                continue  # gone again; the view hears of it next
            row = words.decode_stock(stored)
            told = row.released if self._now - row.released_at < words.ROUND_MS else 0
            room = released(row.pieces(), words.MAILS_PER_PIECE, told)
            for wish, _ in self._read.scan(words.WISH, prefix=f"{where}\t", limit=most):
                asked, who = int(wish.split("\t")[2]), wish.split("\t", 3)[3]
                if asked > row.back_at or room <= 0 or self._left <= 0 or self._messages <= 0:
                    break
                subject = restock.occurrence(store, sku, asked)
                if self._read.get(words.INSIDE, words.inside_key(who, key, subject)) is None:
                    events = list(self._released((key, journey, subject), version, who, store))
                    room -= any(event.name == "Message Queued" for event in events)
                    yield from events

    def _released(
        self, names: tuple[str, Journey, str], version: int, who: str, store: str
    ) -> Iterator[Event]:
        """One who waited: into the journey, and her first steps at once."""
        self._left -= 1
        key, journey, subject = names
        inside = Inside(version, self._now, self._now, START, touched=self._now, store=store)
        seen = self._see(names, who, inside)
        came = walk(journey, inside, seen, self._now)
        if came.node or came.told:
            entered = JourneyEntered(key, subject, self._now, store)
            yield self._event("Journey Entered", entered, derived_id("je", who, key, subject), who)
        yield from self._said(version, seen, inside, came)

    def _see(self, names: tuple[str, Journey, str], who: str, inside: Inside) -> Now:
        return Now(self._parts.eyes, self._read, self._person(who), who, names, inside, self._now)

    def _person(self, who: str) -> Person:
        if who not in self._people:
            if len(self._people) > _PEOPLE_MOST:
                self._people.clear()
            signals = self._parts.eyes.belonging.signals
            self._people[who] = person(self._read, self._parts.recent, who, self._now, signals)
        return self._people[who]

    def _event(self, name: str, record: msgspec.Struct, event_id: str, who: str) -> Event:
        about: dict[str, Any] = words.identity(who) if who else {}
        now = self._now
        return with_body(
            name, record, id=event_id, time=now, received=now, kind="message", origin="internal", **about
        )


def _message(act: Act, seen: Now, inside: Inside, message_id: str, now: int) -> MessageQueued:
    step, journey = act.step, seen.journey
    data = {**inside.data, **step.data}
    return MessageQueued(
        message_id,
        journey=seen.key,
        step=step.key,
        channel=act.channel,
        occurrence=seen.occurrence,
        due=now,
        skus=seen.skus,
        cart_id=seen.known.sure.cart.cart_id if journey.trigger.per == "cart" else "",
        store=inside.store or "default",
        until=inside.due + duration(step.window),
        about=journey.trigger.per,
        template=step.send,
        purpose=journey.purpose,
        channels=act.others,
        data=data,
    )


class Nothing(msgspec.Struct, frozen=True):
    """The properties of an event whose traits say it all."""


_PEOPLE_MOST = 200
_GONE = journey_of(
    "gone",
    {"name": "gone", "enabled": False, "trigger": {"api": True}, "steps": [{"key": "end", "exit": "end"}]},
)
_STORED: msgspec.json.Decoder[tuple[str, dict[str, Any]]] = msgspec.json.Decoder(tuple[str, dict[str, Any]])
