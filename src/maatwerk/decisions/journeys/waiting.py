"""Who waits for what: a view of the log, with what is due sorted by time.

Every row is the fold of events alone. A step that is due leaves its row when the event of its outcome
(``Message Queued`` or ``Message Suppressed``) is folded, never before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.restock import Restock
from maatwerk.decisions.journeys.rows import Overlay
from maatwerk.decisions.journeys.words import ABANDONED_CART, BACK_IN_STOCK, CartWait, Journey
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Gone
from maatwerk.events.messages import MessageQueued, MessageSettled
from maatwerk.events.names import CATALOG_NAMES, RULE_NAMES, body
from maatwerk.views.profile.ownership import DENIED, TOO_LATE
from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot

TOUCHES = frozenset({"Product Added", "Product Removed", "Cart Opened", "Cart Viewed", "Checkout Started"})
TELLING = frozenset({"Identified", "Signed In", "Signed Up", "Account Updated", "Consent Changed"})
OUTCOMES = frozenset({"Message Queued", "Message Sent", "Message Suppressed"})

_MENDED = frozenset({"no_address", "no_consent"})
"""Ends that a word of hers can mend, for a day."""


class JourneysView:
    """Rows of those who wait; see `maatwerk.views.projector.View`."""

    name = "journeys"
    version = 1
    tables = words.TABLES
    names = (
        TOUCHES
        | TELLING
        | CATALOG_NAMES
        | RULE_NAMES
        | {"Order Completed", "Back In Stock Requested", "Message Queued", "Message Suppressed"}
    )

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        """Fold a stretch of the log."""
        rows = Overlay(read)
        carts, restock = _Carts(rows), Restock(rows)
        for event in events:
            if event.name not in self.names:
                continue
            if event.name in CATALOG_NAMES:
                restock.catalog(event)
            elif event.name in RULE_NAMES:
                _rule(rows, event)
            elif event.name in OUTCOMES:
                said = body(event)
                (restock if said.journey == BACK_IN_STOCK else carts).outcome(event, said)
            elif not {DENIED, TOO_LATE, "bot"} & {*event.flags}:
                _happened(carts, restock, event)
        return rows.written()

    def erase(self, gone: Gone, read: Snapshot) -> Rows:
        """A person's rows, taken out."""
        return _erased(gone, read)


def _erased(gone: Gone, read: Snapshot) -> Rows:
    """Her waiting and her wishes; others stand where they stood."""
    rows = Overlay(read)
    hers = {f"u/{each}" for each in gone.user_ids} | {f"a/{each}" for each in gone.anonymous_ids}
    shared = {f"a/{stretch.anonymous_id}" for stretch in gone.stretches}
    for who in sorted(hers | shared):
        stored = rows.get(words.CART, who)
        row = words.decode_cart(stored) if stored is not None else None
        if row is not None and (who in hers or gone.had(who[2:], (row.touched, 0))):
            rows.drop(words.DUE, words.due_key(row.due, who))
            rows.drop(words.CART, who)
    for wish in list(_all_keys(read, words.WISH)):
        _, _, asked, who = wish.split("\t")
        if who in hers or (who in shared and gone.had(who[2:], (int(asked), 0))):
            Restock(rows).forget(wish)
    return rows.written()


def _all_keys(read: Snapshot, table: str) -> Iterator[str]:
    after = ""
    while rows := read.scan(table, after=after):
        yield from (key for key, _ in rows)
        after = rows[-1][0]


def _happened(carts: _Carts, restock: Restock, event: Event) -> None:
    if event.name == "Back In Stock Requested":
        restock.wish(event)
    elif event.origin == "collected":
        if event.name in TOUCHES:
            carts.touched(event)
        elif event.name == "Order Completed":
            carts.ordered(event)
        else:
            carts.told(event)


def _rule(rows: Overlay, event: Event) -> None:
    said = body(event)
    if said.kind != "journey":
        return
    journey: Journey | None = None
    if event.name == "Rule Published":
        try:
            journey = words.parse_journey(said.key, said.document)
        except Refused:
            return  # a journey that another version shipped
    if journey is None:
        rows.drop(words.ON, said.key)
    else:
        rows.put(words.ON, said.key, words.encode(journey))


class _Carts:
    """Carts that may be abandoned."""

    def __init__(self, rows: Overlay) -> None:
        self._rows = rows

    def touched(self, event: Event) -> None:
        """The quiet begins anew; of a journey that is off nothing is noted."""
        journey, who = self._journey(), words.who_of(event)
        if journey is None or not who:
            return
        if who.startswith("u/") and event.anonymous_id:
            self._clear(f"a/{event.anonymous_id}")  # she signed in: the cart is hers from now on
        row, first = self._row(who), journey.steps[0]
        due = event.time + first.after_ms
        if event.time < row.touched or event.received > due + first.window_ms:
            return  # heard of so late that nothing would be sent
        row.touched, row.store, row.ended = event.time, event.context.store, ""
        self._wait(who, row, first.key, due)

    def ordered(self, event: Event) -> None:
        """A purchase stops it."""
        for who in {words.who_of(event), f"a/{event.anonymous_id}"} - {"", "a/"}:
            self._clear(who)

    def told(self, event: Event) -> None:
        """Who told her address, or agreed to mail, a little late is asked again."""
        journey = self._journey()
        for who in {words.who_of(event), f"a/{event.anonymous_id}"} - {"", "a/"} if journey else ():
            row = self._row(who)
            if journey and row.ended in _MENDED and 0 <= event.time - row.touched < DAY:
                row.ended = ""
                self._wait(who, row, journey.steps[0].key, event.time + journey.steps[0].after_ms)

    def outcome(self, event: Event, said: MessageQueued | MessageSettled) -> None:
        """A step was taken, or was not: on to the next, or the end."""
        who = words.named(event)
        row = self._row(who)
        code = said.code if isinstance(said, MessageSettled) else ""
        if isinstance(said, MessageQueued):
            told = row.told.pop(said.occurrence, ())
            row.told[said.occurrence] = (*told, said.step) if said.step not in told else told
            while len(row.told) > words.TOLD:
                del row.told[next(iter(row.told))]
        earlier = row.due and row.step != said.step and said.occurrence in row.told
        if row.due and row.step == said.step and event.time >= row.due:
            self._next(who, row, said.step, code)
        elif earlier and code not in ("", "repeated"):
            self._end(who, row, code)  # what stopped this message stops those that were to follow
        else:
            self._rows.put(words.CART, who, words.encode(row))

    def _next(self, who: str, row: CartWait, step: str, code: str) -> None:
        journey = self._journey()
        after = journey.after(step) if journey and code in ("", "repeated") else None
        if after is None:
            self._end(who, row, code)
        else:
            self._wait(who, row, after.key, row.touched + after.after_ms)

    def _wait(self, who: str, row: CartWait, step: str, due: int) -> None:
        self._rows.drop(words.DUE, words.due_key(row.due, who))
        row.step, row.due = step, due
        self._rows.put(words.DUE, words.due_key(due, who), b"")
        self._rows.put(words.CART, who, words.encode(row))

    def _end(self, who: str, row: CartWait, code: str) -> None:
        self._rows.drop(words.DUE, words.due_key(row.due, who))
        row.due, row.ended = 0, code
        self._rows.put(words.CART, who, words.encode(row))

    def _clear(self, who: str) -> None:
        stored = self._rows.get(words.CART, who)
        if stored is not None:
            self._end(who, words.decode_cart(stored), "")

    def _row(self, who: str) -> CartWait:
        stored = self._rows.get(words.CART, who)
        return words.decode_cart(stored) if stored else CartWait(told={})

    def _journey(self) -> Journey | None:
        stored = self._rows.get(words.ON, ABANDONED_CART)
        try:
            return words.decode_journey(stored) if stored else None
        except msgspec.MsgspecError:
            return None
