"""What is kept of a shopper's happenings for audiences: the newest rows of every clause, and her lists.

Lawful because what falls out of a part would fall out of the whole, and because a row has its place in the
log: folded twice it is still one. So the clauses of a new audience may be folded from history beside what is
folded live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from maatwerk.core.conditions import Clause, compile_element
from maatwerk.core.conditions.clauses import fields_of
from maatwerk.core.conditions.streams import LIMIT
from maatwerk.core.ids import digest16
from maatwerk.events.audiences import AudienceListed
from maatwerk.events.event import Event
from maatwerk.events.names import body
from maatwerk.views.audience.happenings import UNASKED, Element, elements
from maatwerk.views.audience.vocabulary import SCHEMA

Row = list[Any]
"""Time, offset, key and columns; newest first in a list."""

_LINES = 250
_LISTS = 500
_UNNUMBERED = 2**60


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """Rows by clause, each list encoded: a request decodes those that it asks for."""

    rows: dict[str, msgspec.Raw] = {}


class _Reader(msgspec.Struct, frozen=True):
    clause: Clause
    matches: Callable[[Element], bool]

    def row(self, element: Element, offset: int, key: str | int) -> Row:
        columns = [
            element.get(path[0]) if len(path) == 1 else element.get(path[0], {}).get(path[1])
            for path in self.clause.columns
        ]
        return [element["time"], offset, key, *columns]


class Behavior:
    """The fold of happenings under the clauses of the audiences in force; ``currency`` is the workspace's."""

    name = "behavior"
    version = 1
    names: frozenset[str] = frozenset()
    state = Kept

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self.clauses: Mapping[str, Clause] = {}
        self._by_name: dict[str, list[_Reader]] = {}
        self._whole: frozenset[str] = frozenset()
        """Names of events of which properties are asked for."""

    def know(self, clauses: Iterable[Clause]) -> None:
        """Fold these clauses from now on, and let go of others."""
        self.clauses = {clause.id: clause for clause in clauses}
        self._by_name = {}
        for clause in self.clauses.values():
            reader = _Reader(clause, compile_element(clause.where, SCHEMA))
            self._by_name.setdefault(clause.name, []).append(reader)
        self._whole = frozenset(each.name for each in self.clauses.values() if _asks_properties(each))

    def reads(self, event: Event) -> bool:
        """Whether an event may leave a row."""
        return event.name in self._by_name and UNASKED.isdisjoint(event.flags)

    def step(self, state: Kept, event: Event) -> Kept:
        """See `maatwerk.views.fold.Fold`."""
        readers = self._by_name.get(event.name)
        if not readers or not UNASKED.isdisjoint(event.flags):
            return state
        offset = event.offset or _UNNUMBERED + int.from_bytes(digest16(event.id)[:6], "big")
        found: dict[str, list[tuple[Element, str | int]]] = {}
        fresh: dict[str, msgspec.Raw] = {}
        for reader in readers:
            clause = reader.clause
            if clause.source not in found:
                whole = event.name in self._whole
                made = elements(event, clause.source, self._currency, properties=whole)[:_LINES]
                found[clause.source] = list(zip(made, _keys(made, clause.source), strict=True))
            rows = [
                reader.row(element, offset, key)
                for element, key in found[clause.source]
                if reader.matches(element)
            ]
            if rows:
                fresh[clause.id] = encode(_newest(rows_of(state, clause.id), rows, clause.cap))
        if not fresh:
            return state
        kept = {key: rows for key, rows in state.rows.items() if key in self.clauses}
        return Kept(dict(sorted((kept | fresh).items())))

    def merge(self, left: Kept, right: Kept) -> Kept:
        """See `maatwerk.views.fold.Fold`."""
        if not left.rows or not right.rows:
            return left if left.rows else right
        rows = left.rows | right.rows
        for key in left.rows.keys() & right.rows.keys():
            clause = self.clauses.get(key)
            cap = clause.cap if clause else LIMIT
            rows[key] = encode(_newest(rows_of(left, key), rows_of(right, key), cap))
        return Kept(dict(sorted(rows.items())))

    def younger(self, state: Kept, before: int) -> Kept:
        """Without rows of a time before; the same state where there are none."""
        rows = {}
        for key in state.rows:
            kept = [row for row in rows_of(state, key) if row[0] >= before]
            if kept:
                rows[key] = encode(kept)
        return state if rows == state.rows else Kept(rows)


class ListState(msgspec.Struct, frozen=True, array_like=True):
    """By audience: when she was last put on its list or taken off, and which."""

    told: dict[str, tuple[int, int, bool]] = {}


class Lists:
    """The fold of lists: who was put on one by file or over HTTP."""

    name = "lists"
    version = 1
    names = frozenset({"Audience Listed"})
    state = ListState

    def step(self, state: ListState, event: Event) -> ListState:
        """See `maatwerk.views.fold.Fold`."""
        said: AudienceListed = body(event)
        return self.merge(state, ListState({said.audience: (event.time, event.offset, said.listed)}))

    def merge(self, left: ListState, right: ListState) -> ListState:
        """See `maatwerk.views.fold.Fold`."""
        told = dict(left.told)
        for key, word in right.told.items():
            told[key] = max(told[key], word) if key in told else word
        if len(told) > _LISTS:
            told = dict(sorted(told.items(), key=lambda pair: (pair[1], pair[0]))[-_LISTS:])
        return ListState(dict(sorted(told.items())))


LISTS = Lists()


def rows_of(state: Kept, clause_id: str) -> list[Row]:
    """The rows of a clause, newest first."""
    stored = state.rows.get(clause_id)
    return [] if stored is None else _DECODE(stored)


def encode(rows: list[Row]) -> msgspec.Raw:
    """Rows as they are kept."""
    return msgspec.Raw(_ENCODE(rows))


def _newest(kept: list[Row], more: list[Row], cap: int) -> list[Row]:
    if len(more) == 1 and not isinstance(more[0][2], str):
        (row,) = more  # as most are: one that is newer than all
        if not kept or (kept[0][0], kept[0][1]) < (row[0], row[1]):
            return [row, *kept[: cap - 1]]
    best: dict[Any, Row] = {}
    for row in (*kept, *more):
        # An order is one however many routes report it, the last report counts; else an event's line is one.
        identity = row[2] if isinstance(row[2], str) else (row[1], row[2])
        known = best.get(identity)
        if known is None or (known[0], known[1]) < (row[0], row[1]):
            best[identity] = row
    return sorted(best.values(), key=_place, reverse=True)[:cap]


def _asks_properties(clause: Clause) -> bool:
    named = {path for term in clause.where for path in fields_of(term)} | set(clause.columns)
    return any(path[0] == "properties" for path in named)


def _place(row: Row) -> tuple[int, int, str]:
    return row[0], row[1], str(row[2])


def _keys(found: list[Element], source: str) -> list[str | int]:
    """What tells the elements of one event apart: an order's do so across its reports."""
    if not found or "order_id" not in found[0]:
        return list(range(len(found)))
    order = found[0]["order_id"]
    if source == "event":
        return [order]
    seen: dict[str, int] = {}
    keys: list[str | int] = []
    for element in found:
        sku = element["sku"]
        seen[sku] = seen.get(sku, 0) + 1
        keys.append(f"{order}/{sku}/{seen[sku]}")
    return keys


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(list[list[Any]]).decode
