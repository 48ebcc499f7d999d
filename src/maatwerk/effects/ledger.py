"""The ledger of messages: for any person and any message whether it was sent, or why not, and what came
of it.

A view of the log. Rows are found by message, by person and by time, newest first; sums are kept by source and
day. An order counts for the message she clicked last, within five days of the click.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from maatwerk.core.time import DAY
from maatwerk.decisions.journeys.rows import Overlay
from maatwerk.effects.outbox import TRANSACTIONAL
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Gone
from maatwerk.events.messages import MessageQueued, MessageSettled, MessageTouched
from maatwerk.events.names import TOUCHED_NAMES, body
from maatwerk.events.orders import OrderCompleted
from maatwerk.views.profile.folds.amounts import UNKNOWN, minor_of
from maatwerk.views.projector import Rows
from maatwerk.views.store import Snapshot

MESSAGE, OF, WHEN, SUM, CLICK = (
    "ledger_message", "ledger_of", "ledger_when", "ledger_sum", "ledger_click",
)  # fmt: skip
CREDIT_MS = 5 * DAY
"""So long after a click an order counts for the message."""
KEPT_MS = 400 * DAY
_SWEPT = 50
_END = 9_999_999_999_999
_NAMES = {"Message Delivered": "delivered", "Message Clicked": "clicked"}
_BAD = {"Message Bounced": "bounced", "Message Complained": "complained"}


class Entry(msgspec.Struct, array_like=True, omit_defaults=True):
    """One message. ``status``: ``queued``, ``sent`` or ``suppressed``, then with its ``code``.

    Times are milliseconds, 0 for what did not happen. ``revenue`` is in minor units of the reporting
    currency.
    """

    message_id: str
    source: str
    step: str
    template: str
    channel: str
    topic: str
    transactional: bool
    occurrence: str
    who: str
    queued: int
    due: int
    status: str = "queued"
    code: str = ""
    detail: str = ""
    settled: int = 0
    delivered: int = 0
    clicked: int = 0
    bounced: int = 0
    complained: int = 0
    orders: int = 0
    revenue: int = 0


class Sum(msgspec.Struct, array_like=True):
    """What became of the messages of one source, step and channel on one day."""

    sent: int = 0
    suppressed: dict[str, int] = {}
    clicked: int = 0
    bounced: int = 0
    complained: int = 0
    orders: int = 0
    revenue: int = 0


class LedgerView:
    """Rows of the ledger; see `maatwerk.views.projector.View`."""

    name = "ledger"
    version = 1
    tables = (MESSAGE, OF, WHEN, SUM, CLICK)
    names = (
        frozenset({"Message Queued", "Message Sent", "Message Suppressed", "Order Completed"}) | TOUCHED_NAMES
    )

    def __init__(self, currency: str) -> None:
        self._currency = currency

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        """Fold a stretch of the log."""
        rows = Overlay(read)
        newest = 0
        for event in events:
            if event.name not in self.names:
                continue
            newest = max(newest, event.time)
            if event.name == "Order Completed":
                self._order(rows, event)
            elif event.name == "Message Queued":
                _keep(rows, _queued(event, body(event)))
            elif event.name in TOUCHED_NAMES:
                _touched(rows, event, body(event))
            else:
                _settled(rows, event, body(event))
        if newest:
            _sweep(rows, read, newest)
        return rows.written()

    def erase(self, gone: Gone, read: Snapshot) -> Rows:
        """A person's messages, taken out; the sums name nobody and stay."""
        rows = Overlay(read)
        hers = [f"u/{each}" for each in gone.user_ids] + [f"a/{each}" for each in gone.anonymous_ids]
        shared = {f"a/{stretch.anonymous_id}" for stretch in gone.stretches}
        for who in sorted({*hers, *shared}):
            for entry in of_person(read, who, limit=1_000_000):
                if who not in shared or gone.had(who[2:], (entry.queued, 0)) or who in hers:
                    _forget(rows, entry)
            rows.drop(CLICK, who)
        return rows.written()

    def _order(self, rows: Overlay, event: Event) -> None:
        said = body(event)
        for who in filter(None, (event.user_id and f"u/{event.user_id}", f"a/{event.anonymous_id}")):
            stored = rows.get(CLICK, who)
            if stored is None:
                continue
            clicked_at, message_id = msgspec.msgpack.decode(stored, type=tuple[int, str])
            entry = _entry(rows, message_id)
            if entry is None or not 0 <= event.time - clicked_at <= CREDIT_MS:
                continue
            amount = _worth(said, event.context.currency or self._currency, self._currency)
            entry.orders += 1
            entry.revenue += amount
            rows.put(MESSAGE, message_id, encode(entry))
            total = _sum(rows, entry)
            total.orders += 1
            total.revenue += amount
            rows.put(SUM, _sum_key(entry), encode(total))
            return


def of_message(read: Snapshot, message_id: str) -> Entry | None:
    """One message."""
    stored = read.get(MESSAGE, message_id)
    return decode(stored) if stored is not None else None


def of_person(read: Snapshot, who: str, after: str = "", limit: int = 50) -> list[Entry]:
    """Messages for ``u/…`` or ``a/…``, newest first."""
    prefix = f"{who}\t"
    found = read.scan(OF, prefix=prefix, after=f"{prefix}{after}" if after else "", limit=limit)
    ids = [key[len(prefix) :].partition("\t")[2] for key, _ in found]
    stored = read.get_many(MESSAGE, ids)
    return [decode(stored[each]) for each in ids if each in stored]


def newest(read: Snapshot, after: str = "", limit: int = 50) -> list[Entry]:
    """Everybody's messages, newest first; ``after`` is `place` of the last one seen."""
    ids = [key.partition("\t")[2] for key, _ in read.scan(WHEN, after=after, limit=limit)]
    stored = read.get_many(MESSAGE, ids)
    return [decode(stored[each]) for each in ids if each in stored]


def place(entry: Entry) -> str:
    """Where an entry stands among the newest, to go on from."""
    return f"{_END - entry.queued:013d}\t{entry.message_id}"


def sums(read: Snapshot, first_day: int, source: str = "") -> Iterator[tuple[str, str, str, int, Sum]]:
    """Source, step, channel, day (since the epoch) and sums, from a day on."""
    after = ""
    while rows := read.scan(SUM, prefix=f"{source}\t" if source else "", after=after):
        for key, row in rows:
            name, step, channel, day = key.rsplit("\t", 3)
            if int(day) >= first_day:
                yield name, step, channel, int(day), decode_sum(row)
        after = rows[-1][0]


def _queued(event: Event, said: MessageQueued) -> Entry:
    who = f"u/{event.user_id}" if event.user_id else f"a/{event.anonymous_id}"
    return Entry(
        said.message_id, said.journey, said.step, said.template or said.journey, said.channel,
        str(said.data.get("topic", "")), said.purpose == TRANSACTIONAL, said.occurrence, who, event.time,
        said.due, )  # fmt: skip


def _settled(rows: Overlay, event: Event, said: MessageSettled) -> None:
    entry = _entry(rows, said.message_id)
    if entry is None:  # a step that came to nothing before a message was queued
        who = f"u/{event.user_id}" if event.user_id else f"a/{event.anonymous_id}"
        entry = Entry(
            said.message_id, said.journey, said.step, said.journey, said.channel, "", False, said.occurrence,
            who, event.time, event.time,
        )  # fmt: skip
    if entry.status == "sent":
        return
    entry.status = "sent" if event.name == "Message Sent" else "suppressed"
    entry.code, entry.detail, entry.settled = said.code, said.detail, event.time
    _keep(rows, entry)
    total = _sum(rows, entry)
    if entry.status == "sent":
        total.sent += 1
    else:
        total.suppressed = {**total.suppressed, said.code: total.suppressed.get(said.code, 0) + 1}
    rows.put(SUM, _sum_key(entry), encode(total))


def _touched(rows: Overlay, event: Event, said: MessageTouched) -> None:
    entry = _entry(rows, said.message_id)
    if entry is None:
        return
    field = _NAMES.get(event.name) or _BAD[event.name]
    first = not getattr(entry, field)
    setattr(entry, field, event.time if first else getattr(entry, field))
    if event.name in _BAD:
        entry.detail = " ".join(filter(None, (said.code, said.detail)))[:200] or entry.detail
    if event.name == "Message Clicked":
        rows.put(CLICK, entry.who, msgspec.msgpack.encode((event.time, entry.message_id)))
    rows.put(MESSAGE, entry.message_id, encode(entry))
    if first and field != "delivered":
        total = _sum(rows, entry)
        setattr(total, field, getattr(total, field) + 1)
        rows.put(SUM, _sum_key(entry), encode(total))


def _worth(said: OrderCompleted, currency: str, reporting: str) -> int:
    """What an order brought in the reporting currency; one in another is counted, and its amount is not."""
    if (said.currency or currency) != reporting:
        return 0
    told = (said.total, said.value, said.revenue, said.subtotal)
    return next((minor for value in told if (minor := minor_of(value, reporting)) != UNKNOWN), 0)


def _keep(rows: Overlay, entry: Entry) -> None:
    rows.put(MESSAGE, entry.message_id, encode(entry))
    rows.put(OF, f"{entry.who}\t{place(entry)}", b"")
    rows.put(WHEN, place(entry), b"")


def _forget(rows: Overlay, entry: Entry) -> None:
    rows.drop(MESSAGE, entry.message_id)
    rows.drop(OF, f"{entry.who}\t{place(entry)}")
    rows.drop(WHEN, place(entry))


def _sweep(rows: Overlay, read: Snapshot, newest_at: int) -> None:
    """What is past its time goes, some at each turn."""
    before = f"{_END - (newest_at - KEPT_MS):013d}"
    for key, _ in read.scan(WHEN, after=before, limit=_SWEPT):
        entry = _entry(rows, key.partition("\t")[2])
        if entry is not None:
            _forget(rows, entry)


def _entry(rows: Overlay, message_id: str) -> Entry | None:
    stored = rows.get(MESSAGE, message_id)
    return decode(stored) if stored is not None else None


def _sum_key(entry: Entry) -> str:
    return f"{entry.source}\t{entry.step}\t{entry.channel}\t{(entry.settled or entry.queued) // DAY}"


def _sum(rows: Overlay, entry: Entry) -> Sum:
    stored = rows.get(SUM, _sum_key(entry))
    return decode_sum(stored) if stored is not None else Sum()


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Entry).decode
decode_sum = msgspec.msgpack.Decoder(Sum).decode
