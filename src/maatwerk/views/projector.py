"""The projector: reads the log, lets each view fold it, writes rows and checkpoint in one transaction.

One process projects; where a second tries, the later write is refused and nothing is folded twice.
Every view has a checkpoint of its own, so that one can be rebuilt while the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

import msgspec

from maatwerk.core.errors import Impossible
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Cleared, Gone
from maatwerk.views.store import Snapshot, Store

VERSIONS = "projector_version"
"""The table that holds, by view, the version its rows were folded with."""

CHUNK = 2_000
REBUILD_CHUNK = 20_000

Puts = Mapping[str, Mapping[str, bytes]]
Deletes = Mapping[str, Sequence[str]]
Rows = tuple[Puts, Deletes]
"""Rows to put, by table and key; keys to delete, by table."""


_NOTHING: Rows = ({}, {})
_LOOKED_AT_ONCE = 4_000


class View(Protocol):
    """Something known, as rows. ``tables`` are its own; ``names`` the events it reads (empty: all).

    One that keeps decoded rows between calls has a method ``forget``: what it answered was not written.
    One that holds rows of persons has a method ``erase(gone, read)`` that answers how one is taken out;
    without it the view is folded anew where it names her.

    ``version`` grows when the rows' shape or meaning does: they are then folded anew from the log.
    """

    @property
    def name(self) -> str:
        """Letters and underscores."""

    @property
    def version(self) -> int:
        """Of the rows."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Letters and underscores, no other view's."""

    @property
    def names(self) -> frozenset[str]:
        """The canonical names it reads."""

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        """What to write for the next stretch of the log; ``read`` is its tables as they stand before."""


class Source(Protocol):
    """What of `maatwerk.events.log.Log` a projector reads."""

    def read(self, after: int, limit: int) -> list[Event]:
        """Events with a higher offset, in offset order."""

    def last_offset(self) -> int:
        """The highest offset; 0 when empty."""


class Lag(msgspec.Struct, frozen=True):
    """How far the slowest view is behind: offsets, and seconds since the oldest event was received."""

    offsets: int
    seconds: float


class Projector:
    """Keeps views up with the log. `prepare` before anybody reads them, then `run_once` again and again."""

    def __init__(self, log: Source, store: Store, views: Sequence[View]) -> None:
        tables = [table for view in views for table in view.tables]
        if len(set(tables)) != len(tables):
            raise Impossible(f"two views share a table: {sorted(tables)}")
        self._log = log
        self._store = store
        self._views = list(views)
        self._left: dict[str, int] = {}
        """Where this projector left each view's checkpoint: what a view keeps decoded is of then."""

    def prepare(self) -> list[str]:
        """Empty the views whose rows another version folded; their names. `run_once` folds them anew."""
        stale = []
        for view in self._views:
            with self._store.snapshot() as read:
                stored, begun = read.get(VERSIONS, view.name), read.checkpoint(view.name)
            if stored == str(view.version).encode():
                continue
            if begun or stored:
                stale.append(view.name)
                self._store.clear(view.name, view.tables)
            self._store.write(view.name, 0, {VERSIONS: {view.name: str(view.version).encode()}})
        return stale

    def run_once(self, max_events: int = CHUNK) -> int:
        """Fold the next stretch of the log into every view; how many events that were (0: all is folded).

        A view that fails keeps none of the others from going on; its error is raised after them.
        """
        with self._store.snapshot() as read:
            at = {view.name: read.checkpoint(view.name) for view in self._views}
        stretches = {offset: self._log.read(offset, max_events) for offset in set(at.values())}
        failures: list[Exception] = []
        for view in self._views:
            events = stretches[at[view.name]]
            if self._left.get(view.name) != at[view.name]:
                _forget(view)
            try:
                if events:
                    self._fold(view, events, at[view.name])
            except Exception as failure:  # noqa: BLE001 - raised below, once the others went on
                failures.append(failure)
        if failures:
            raise failures[0]
        return max(map(len, stretches.values()), default=0)

    def lag(self, now: int) -> Lag:
        """How far behind, at ``now``."""
        with self._store.snapshot() as read:
            slowest = min((read.checkpoint(view.name) for view in self._views), default=0)
        waiting = self._log.read(slowest, 1)
        if not waiting:
            return Lag(0, 0.0)
        return Lag(self._log.last_offset() - slowest, max(0, now - waiting[0].received) / 1000)

    def rebuild(self, name: str, max_events: int = REBUILD_CHUNK) -> int:
        """Fold a view anew beside its rows, and swap; how many events were folded.

        Readers see the old rows until all is there. To be called by the process that projects.
        """
        view = next((view for view in self._views if view.name == name), None)
        if view is None:
            raise Impossible(f"there is no view {name!r}")
        beside = _Beside(view)
        self._store.clear(beside.name, beside.tables)
        _forget(view)
        folded = offset = 0
        while events := self._log.read(offset, max_events):
            offset = events[-1].offset
            with self._store.snapshot() as read:
                puts, deletes = beside.apply(events, read)
            self._store.write(beside.name, offset, puts, deletes)
            folded += len(events)
        self._store.swap(view.name, beside.name, dict(zip(view.tables, beside.tables, strict=True)))
        self._store.write(view.name, offset, {VERSIONS: {view.name: str(view.version).encode()}})
        _forget(view)
        return folded

    def amend(self, name: str, change: Callable[[Snapshot], Rows]) -> None:
        """Write into a view's rows beside its folding; its checkpoint stays. By the process that projects."""
        view = next(view for view in self._views if view.name == name)
        with self._store.snapshot() as read:
            at = read.checkpoint(name)
            puts, deletes = change(read)
        _forget(view)
        self._store.write(name, at, puts, deletes, after=at)

    def let_go(self, gone: Gone, but: str) -> None:
        """Take who is past her retention out of every view that has a method ``erase``, all ``but`` one."""
        for view in self._views:
            erase = getattr(view, "erase", None)
            if erase is not None and view.name != but:
                self.amend(view.name, partial(erase, gone))

    def erase(
        self, gone: Gone, again: Sequence[Event], names_her: Callable[[Sequence[bytes]], Sequence[int]]
    ) -> Cleared:
        """Take a person, whose events the log has let go, out of every view.

        A view that has a method ``erase`` gives up her rows at once; what her identifiers did ``again`` since
        is folded anew on top. One in which ``names_her`` still finds a row then is folded anew from the log.
        To be called by the process that projects.
        """
        cleared = Cleared("views")
        for view in self._views:
            with self._store.snapshot() as read:
                before = read.checkpoint(view.name)
                erase = getattr(view, "erase", None)
                puts, deletes = erase(gone, read) if erase is not None else _NOTHING
                gone_rows = [
                    row for table in deletes for row in read.get_many(table, deletes[table]).values()
                ]
            if any(puts.values()) or any(deletes.values()):
                self._store.write(view.name, before, puts, deletes, after=before)
                _forget(view)
                self._again(view, [event for event in again if event.offset <= before], before)
            cleared.removed += len(gone_rows)
            cleared.bytes += sum(map(len, gone_rows))
            cleared.changed += sum(map(len, puts.values()))
            rows, named = self._looked(view, names_her)
            cleared.scanned += rows
            if named:
                self.rebuild(view.name)
                cleared.removed += named
        return cleared

    def _again(self, view: View, events: Sequence[Event], at: int) -> None:
        if events:
            with self._store.snapshot() as read:
                puts, deletes = view.apply(events, read)
            self._store.write(view.name, at, puts, deletes, after=at)
            _forget(view)

    def _looked(self, view: View, names_her: Callable[[Sequence[bytes]], Sequence[int]]) -> tuple[int, int]:
        """Rows of a view's tables, and how many of them name her."""
        rows = named = 0
        for table in view.tables:
            some: list[bytes] = []
            for key, value in self._store.every(table):
                some.append(key.encode("utf-8", "surrogatepass") + b"\0" + value)
                rows += 1
                if len(some) == _LOOKED_AT_ONCE:
                    named += len(names_her(some))
                    some = []
            named += len(names_her(some)) if some else 0
        return rows, named

    def _fold(self, view: View, events: Sequence[Event], after: int) -> None:
        try:
            if view.names and not any(event.name in view.names for event in events):
                puts, deletes = _NOTHING
            else:
                with self._store.snapshot() as read:
                    puts, deletes = view.apply(events, read)
            self._store.write(view.name, events[-1].offset, puts, deletes, after=after)
            self._left[view.name] = events[-1].offset
        except BaseException:
            _forget(view)
            raise


def _forget(view: View) -> None:
    forget = getattr(view, "forget", None)
    if forget is not None:
        forget()


class _Beside:
    """A view that writes into tables of its own beside the served ones."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._table = {table: f"{table}_beside" for table in view.tables}
        self.name = f"{view.name}_beside"
        self.tables = tuple(self._table.values())

    def apply(self, events: Sequence[Event], read: Snapshot) -> Rows:
        puts, deletes = self._view.apply(events, _Renamed(read, self._table))
        return (
            {self._table[table]: rows for table, rows in puts.items()},
            {self._table[table]: keys for table, keys in deletes.items()},
        )


class _Renamed:
    """A snapshot in which tables go by other names."""

    def __init__(self, read: Snapshot, table: Mapping[str, str]) -> None:
        self._read = read
        self._table = table

    def checkpoint(self, view: str) -> int:
        return self._read.checkpoint(view)

    def get(self, table: str, key: str) -> bytes | None:
        return self._read.get(self._table[table], key)

    def get_many(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        return self._read.get_many(self._table[table], keys)

    def scan(
        self, table: str, prefix: str = "", after: str = "", limit: int = 1_000
    ) -> list[tuple[str, bytes]]:
        return self._read.scan(self._table[table], prefix, after, limit)

    def count(self, table: str) -> int:
        return self._read.count(self._table[table])
