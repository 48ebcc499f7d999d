"""Who is inside which journey, where, and until when: a view of the log, with what is due sorted by time.

Every row is the fold of events alone. Happenings begin a journey, end it, or are what somebody waited for;
a step that was taken is a ``Journey Moved`` event, and that event alone moves her on. It names the turn it
was decided for, so that one decided twice, or too late, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.decisions.journeys import triggers, words
from maatwerk.decisions.journeys.campaign import as_journey, journey_key
from maatwerk.decisions.journeys.document import duration
from maatwerk.decisions.journeys.moments import yearly
from maatwerk.decisions.journeys.prices import Prices
from maatwerk.decisions.journeys.restock import Restock
from maatwerk.decisions.journeys.rows import Overlay
from maatwerk.decisions.journeys.triggers import Listening, On
from maatwerk.decisions.journeys.words import START, Count, Inside, Past, Sweep
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Gone
from maatwerk.events.journeys import JourneyEntered, JourneyMoved
from maatwerk.events.names import CATALOG_NAMES, JOURNEY_NAMES, RULE_NAMES, body, traits
from maatwerk.views.profile.ownership import DENIED, TOO_LATE
from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot

TELLING = frozenset({"Identified", "Signed In", "Signed Up", "Account Updated", "Consent Changed"})
_OWN = JOURNEY_NAMES | {"Message Queued", "Message Suppressed"}
_INTERNAL = frozenset({"Audience Entered", "Audience Exited"})
_UNSEEN = frozenset({DENIED, TOO_LATE, "bot"})

DATED_AT = 9 * 60
"""When a journey of a date begins, in minutes after her midnight."""
MENDED = frozenset({"no_address", "no_consent"})
"""Ends that a word of hers can mend, for a day."""
GOES_ON = frozenset({"", "repeated", "capped", "ambiguous", "failed", "late", "outranked"})
"""How a message may end without ending its journey."""


class JourneysView:
    """Rows of those inside; see `maatwerk.views.projector.View`."""

    name = "journeys"
    version = 2
    tables = words.TABLES
    names: frozenset[str] = frozenset()  # a journey may listen to anything

    def __init__(self) -> None:
        self._listening: tuple[bytes, Listening] | None = None

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        """Fold a stretch of the log."""
        rows = Overlay(read)
        restock, prices = Restock(rows), Prices(rows)
        people = _People(rows, self._heard(rows))
        for event in events:
            name = event.name
            if name in CATALOG_NAMES:
                restock.catalog(event)
                prices.catalog(event)
            elif name in RULE_NAMES:
                if _rule(rows, event):
                    self._listening = None
                    people.on = self._heard(rows)
            elif name in _OWN:
                people.ours(event)
                _settled(restock, prices, event)
            elif not _UNSEEN & {*event.flags}:
                if name == "Back In Stock Requested":
                    restock.wish(event)
                elif name == "Price Alert Requested":
                    prices.wish(event)
                if event.origin == "collected" or name in _INTERNAL:
                    people.happened(event)
        return rows.written()

    def erase(self, gone: Gone, read: Snapshot) -> Rows:
        """A person's rows, taken out."""
        return _erased(gone, read)

    def _heard(self, rows: Overlay) -> Listening:
        """The journeys in force, compiled; again only where a rule changed them."""
        stored = rows.scan(words.ON, "on\t")
        stamp = b"".join(row for _, row in stored)
        if self._listening is None or self._listening[0] != stamp:
            documents = [(key.partition("\t")[2], *_ON.decode(row)) for key, row in stored]
            older = triggers.older_versions(row for _, row in rows.scan(words.DOCUMENT, "document\t"))
            self._listening = stamp, triggers.listening(documents, older)
        return self._listening[1]


def _rule(rows: Overlay, event: Event) -> bool:
    said = body(event)
    if said.kind not in ("journey", "campaign"):
        return False
    key = said.key if said.kind == "journey" else journey_key(said.key)
    on, document = f"on\t{key}", f"document\t{key}\t{event.offset:016d}"
    if event.name == "Rule Published":
        try:
            whole = said.document if said.kind == "journey" else as_journey(said.key, said.document)
        except Refused:
            return False  # of another version
        rows.put(words.ON, on, _JSON.encode((event.offset, whole)))
        rows.put(words.DOCUMENT, document, _JSON.encode((key, whole)))
        _trim(rows, key)
    else:
        rows.put(words.ON, on, _JSON.encode((event.offset, _WITHDRAWN)))
    return True


_VERSIONS = 20
_WITHDRAWN: dict[str, Any] = {
    "name": "withdrawn",
    "enabled": False,
    "trigger": {"api": True},
    "steps": [{"key": "end", "exit": "disabled"}],
}
"""Stands for a journey that is no more, until those inside have left."""


def _trim(rows: Overlay, key: str) -> None:
    """The oldest versions go, once nobody is inside them."""
    kept = rows.scan(words.DOCUMENT, f"document\t{key}\t")
    for stored, _ in kept[:-_VERSIONS]:
        version = int(stored.rpartition("\t")[2])
        if not any(words.decode_count(row).inside for _, row in _counts(rows, key, version)):
            rows.drop(words.DOCUMENT, stored)


def _counts(rows: Overlay, key: str, version: int) -> list[tuple[str, bytes]]:
    return rows.scan(words.COUNT, words.count_key(key, version, ""))


def _settled(restock: Restock, prices: Prices, event: Event) -> None:
    """A message about what is back or cheaper, or why there was none, answers the wish."""
    if event.name in ("Message Queued", "Message Suppressed"):
        said = body(event)
        if "\t" in said.occurrence:
            restock.outcome(event, said)
            prices.outcome(event, said.occurrence)
    elif event.name == "Journey Swept":
        said = body(event)
        if said.run.startswith(words.PRICES):
            prices.looked(said.run.removeprefix(words.PRICES))


def _erased(gone: Gone, read: Snapshot) -> Rows:
    """Her waiting, her past and her wishes; others stand where they stood."""
    rows = Overlay(read)
    hers = {f"u/{each}" for each in gone.user_ids} | {f"a/{each}" for each in gone.anonymous_ids}
    shared = {f"a/{stretch.anonymous_id}" for stretch in gone.stretches}
    for who in sorted(hers | shared):
        for key, stored in rows.scan(words.INSIDE, f"{who}\t"):
            row = words.decode_inside(stored)
            if who in hers or gone.had(who[2:], (row.touched, 0)):
                _, journey, _ = words.parse_inside(key)
                rows.drop(words.DUE, words.due_key(journey, row.due, key))
                rows.drop(words.INSIDE, key)
                _counted(rows, journey, row.version, row.node, inside=-1)
        for key, stored in rows.scan(words.PAST, f"{who}\t"):
            if who in hers or gone.had(who[2:], (words.decode_past(stored).entered, 0)):
                rows.drop(words.PAST, key)
    for wish in list(_all_keys(read, words.WISH)):
        _, _, asked, who = wish.split("\t")
        if who in hers or (who in shared and gone.had(who[2:], (int(asked), 0))):
            Restock(rows).forget(wish)
    for wish in list(_all_keys(read, words.WATCH)):
        _, _, asked, who = wish.split("\t")
        if who in hers or (who in shared and gone.had(who[2:], (int(asked), 0))):
            Prices(rows).forget(wish)
    return rows.written()


def _all_keys(read: Snapshot, table: str) -> Iterator[str]:
    after = ""
    while rows := read.scan(table, after=after):
        yield from (key for key, _ in rows)
        after = rows[-1][0]


class _People:
    """Those inside, as a stretch of the log changes them."""

    def __init__(self, rows: Overlay, on: Listening) -> None:
        self._rows = rows
        self.on = on

    # -- what happens to her

    def happened(self, event: Event) -> None:
        """It may end, be waited for, reach a goal or begin."""
        name = event.name
        on = self.on
        hers = _identifiers(event)
        if name in on.ends or name in on.heard or name in on.goals:
            for who in hers:
                self._reached(who, event)
        if name in on.ends or name in on.heard:
            for who in hers:
                self._heard(who, event, on.ends.get(name, frozenset()))
        if name in on.begins:
            who = words.named(event) if name in _INTERNAL else words.who_of(event)
            for each in on.begins[name] if who else ():
                if triggers.fits(each, event):
                    self._begin(each, who, event)
        if name in TELLING and on.all:
            for who in hers:
                self._told(who, event)
            for each in on.dated:
                self._dated(each, words.who_of(event), event)

    def _begin(self, on: On, who: str, event: Event) -> None:
        journey = on.journey
        subject = triggers.subject_of(journey.trigger.per, event)
        due = event.time + max(0, on.waits_ms)
        if event.received > due + triggers.LATE_MS:
            return  # heard of so late that nothing would come of it
        if who.startswith("u/") and event.anonymous_id:  # she signed in: it is hers from now on
            self._end(words.inside_key(f"a/{event.anonymous_id}", on.key, subject), "signed_in", event.time)
        key = words.inside_key(who, on.key, subject)
        row = self._row(key)
        if row is not None:
            if journey.trigger.restart and event.time >= row.touched:
                self._wait(key, row, on, event)
            return
        if self._may_begin(on, who, event.time):
            self._wait(
                key, Inside(on.version, event.time, 0, store=event.context.store), on, event, fresh=True
            )

    def _wait(self, key: str, row: Inside, on: On, event: Event, *, fresh: bool = False) -> None:
        """From the start, or anew."""
        if not fresh:
            self._undue(key, row)
            _counted(self._rows, on.key, row.version, row.node, inside=-1)
            row.number += 1
            row.version = on.version
        row.touched, row.store, row.waits, row.heard = event.time, event.context.store, (), ""
        row.node = on.first.key if on.waits_ms >= 0 else START
        row.due = event.time + max(0, on.waits_ms)
        self._put(key, row)

    def _may_begin(self, on: On, who: str, now: int) -> bool:
        stored = self._rows.get(words.PAST, f"{who}\t{on.key}")
        if stored is None or not on.again_ms:
            return True
        past = words.decode_past(stored)
        if past.code in MENDED and not past.sent:
            return True  # nothing was ever said
        return on.again_ms > 0 and now >= past.entered + on.again_ms

    def _heard(self, who: str, event: Event, ends: frozenset[str]) -> None:
        for key, stored in self._rows.scan(words.INSIDE, f"{who}\t"):
            journey = words.parse_inside(key)[1]
            row = words.decode_inside(stored)
            if journey in ends and event.time >= row.entered:
                self._end(key, "purchased" if event.name == "Order Completed" else "exited", event.time)
            elif event.name in row.waits and event.time >= row.entered:
                self._undue(key, row)
                row.heard, row.waits, row.due = event.name, (), min(row.due, max(event.time, row.touched))
                self._put(key, row, count=False)

    def _reached(self, who: str, event: Event) -> None:
        for on in self.on.goals.get(event.name, ()):
            assert on.journey.goal is not None
            key = f"{who}\t{on.key}"
            stored = self._rows.get(words.PAST, key)
            if stored is None:
                continue
            past = words.decode_past(stored)
            within = duration(on.journey.goal.within)
            if past.sent and past.goal != past.sent and 0 <= event.time - past.sent <= within:
                past.goal = past.sent
                self._rows.put(words.PAST, key, words.encode(past))
                _counted(self._rows, on.key, past.version, "!goal", passed=1)

    def _told(self, who: str, event: Event) -> None:
        """Who told her address, or agreed, a little late is asked again."""
        for stored_key, stored in self._rows.scan(words.PAST, f"{who}\t"):
            past = words.decode_past(stored)
            on = self.on.all.get(stored_key.partition("\t")[2])
            if on is None or past.code not in MENDED or not 0 <= event.time - past.touched < DAY:
                continue
            past.code = ""
            self._rows.put(words.PAST, stored_key, words.encode(past))
            key = words.inside_key(who, on.key, past.subject)
            if self._row(key) is None:
                due = event.time + max(0, on.waits_ms)
                node = on.first.key if on.waits_ms >= 0 else START
                row = Inside(on.version, past.entered, due, node, touched=past.touched, store=past.store)
                row.number = 1_000  # none of the turns before
                self._put(key, row)

    def _dated(self, on: On, who: str, event: Event) -> None:
        """She told a date that comes back every year."""
        told = traits(event).get(on.journey.trigger.date)
        if not who or told is None:
            return
        row = Inside(on.version, event.time, 0, touched=event.time, store=event.context.store)
        row.data = {"date": str(told)[:10], "zone": event.context.timezone}
        self._yearly(on, words.inside_key(who, on.key, ""), row, event.time)

    def _yearly(self, on: On, key: str, row: Inside, now: int) -> None:
        """She waits for the next time her date comes."""
        due = yearly(row.data.get("date"), on.journey.trigger.days, now, DATED_AT, row.data.get("zone", ""))
        if due:
            before = self._row(key)
            if before is not None:
                self._undue(key, before)
                _counted(self._rows, on.key, before.version, before.node, inside=-1)
            row.due, row.node, row.number = due, START, before.number + 1 if before else 0
            self._put(key, row)

    # -- what we did

    def ours(self, event: Event) -> None:
        """A step, an entry, a message."""
        said = body(event)
        if event.name == "Journey Moved":
            self._moved(words.named(event), said, event)
        elif event.name == "Journey Entered":
            self._entered(words.named(event), said, event)
        elif event.name == "Journey Swept":
            row = Sweep(said.run, said.cursor, said.entered, said.done)
            self._rows.put(words.SWEEP, f"{said.journey}\t{said.run}", words.encode(row))
        elif event.name == "Message Suppressed" and said.code not in GOES_ON:
            self._suppressed(words.named(event), said.journey, said.occurrence, said.code, event.time)

    def _entered(self, who: str, said: JourneyEntered, event: Event) -> None:
        on = self.on.all.get(said.journey)
        key = words.inside_key(who, said.journey, said.subject)
        if on is None or self._row(key) is not None or not self._may_begin(on, who, event.time):
            return
        if on.journey.trigger.date:
            row = Inside(on.version, event.time, 0, touched=event.time, store=said.store, data=said.data)
            self._yearly(on, key, row, event.time)
            return
        wait = max(0, on.waits_ms)
        due = said.due or event.time + wait
        node = on.first.key if on.waits_ms >= 0 else START
        row = Inside(on.version, event.time, due, node, touched=event.time, store=said.store, data=said.data)
        self._put(key, row)

    def _moved(self, who: str, said: JourneyMoved, event: Event) -> None:
        key = words.inside_key(who, said.journey, said.subject)
        row = self._row(key)
        if row is None or row.entered != said.entered or row.number != said.number:
            return
        self._undue(key, row)
        _counted(self._rows, said.journey, row.version, row.node, inside=-1)
        for node in said.path:
            _counted(self._rows, said.journey, said.version, node, passed=1)
        if said.told:
            self._remember(who, said, row, event.time)
        if not said.node:
            self._left(who, said.journey, said.subject, row, said.code, event.time)
            self._rows.drop(words.INSIDE, key)
            on = self.on.all.get(said.journey)
            if on is not None and on.journey.trigger.date and row.data.get("date"):
                again = Inside(on.version, event.time, 0, touched=event.time, store=row.store, data=row.data)
                self._yearly(on, key, again, event.time)
            return
        row.version, row.node, row.due, row.number = said.version, said.node, said.due, row.number + 1
        row.occurrence, row.waits, row.heard = said.occurrence, said.waits, ""
        row.data = {**row.data, **said.data}
        self._put(key, row)

    def _remember(self, who: str, said: JourneyMoved, row: Inside, now: int) -> None:
        key = f"{who}\t{said.journey}"
        past = self._past(key)
        told = past.told.pop(said.occurrence, ())
        past.told[said.occurrence] = (*told, *(each for each in said.told if each not in told))
        while len(past.told) > words.TOLD:
            del past.told[next(iter(past.told))]
        past.sent, past.version, past.entered = now, said.version, row.entered
        self._rows.put(words.PAST, key, words.encode(past))

    def _suppressed(self, who: str, journey: str, occurrence: str, code: str, now: int) -> None:
        """What stopped this message stops those that were to follow."""
        for key, stored in self._rows.scan(words.INSIDE, f"{who}\t{journey}\t"):
            if words.decode_inside(stored).occurrence == occurrence:
                self._end(key, code, now)
                return
        past = self._rows.get(words.PAST, f"{who}\t{journey}")
        if past is not None and code in MENDED:
            row = words.decode_past(past)
            row.code = code
            self._rows.put(words.PAST, f"{who}\t{journey}", words.encode(row))

    # -- rows

    def _end(self, key: str, code: str, now: int) -> None:
        row = self._row(key)
        if row is None:
            return
        who, journey, subject = words.parse_inside(key)
        self._undue(key, row)
        _counted(self._rows, journey, row.version, row.node, inside=-1)
        self._left(who, journey, subject, row, code, now)
        self._rows.drop(words.INSIDE, key)

    def _left(self, who: str, journey: str, subject: str, row: Inside, code: str, now: int) -> None:
        _counted(self._rows, journey, row.version, f"!{code or 'finished'}", passed=1)
        key = f"{who}\t{journey}"
        past = self._past(key)
        past.entered, past.times, past.code, past.subject = row.entered, past.times + 1, code, subject
        past.touched, past.store, past.version = row.touched, row.store, row.version
        self._rows.put(words.PAST, key, words.encode(past))

    def _put(self, key: str, row: Inside, *, count: bool = True) -> None:
        journey = words.parse_inside(key)[1]
        self._rows.put(words.INSIDE, key, words.encode(row))
        self._rows.put(words.DUE, words.due_key(journey, row.due, key), b"")
        if count:
            _counted(self._rows, journey, row.version, row.node, inside=1)

    def _undue(self, key: str, row: Inside) -> None:
        self._rows.drop(words.DUE, words.due_key(words.parse_inside(key)[1], row.due, key))

    def _row(self, key: str) -> Inside | None:
        stored = self._rows.get(words.INSIDE, key)
        return words.decode_inside(stored) if stored else None

    def _past(self, key: str) -> Past:
        stored = self._rows.get(words.PAST, key)
        return words.decode_past(stored) if stored else Past(told={})


def _identifiers(event: Event) -> list[str]:
    found = dict.fromkeys((words.who_of(event), f"a/{event.anonymous_id}"))
    return [who for who in found if who not in ("", "a/")]


def _counted(rows: Overlay, journey: str, version: int, node: str, inside: int = 0, passed: int = 0) -> None:
    key = words.count_key(journey, version, node)
    stored = rows.get(words.COUNT, key)
    count = words.decode_count(stored) if stored else Count()
    count.inside, count.passed = max(0, count.inside + inside), count.passed + passed
    rows.put(words.COUNT, key, words.encode(count))


_ON: msgspec.json.Decoder[tuple[int, dict[str, Any]]] = msgspec.json.Decoder(tuple[int, dict[str, Any]])
_JSON = msgspec.json.Encoder()
