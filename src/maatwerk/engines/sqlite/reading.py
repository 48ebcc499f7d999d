"""Reading the log: from any thread, in any process, in transactions of one statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maatwerk.core.errors import Unavailable
from maatwerk.core.limits import DECISION_QUEUE
from maatwerk.engines.sqlite.opening import connect
from maatwerk.engines.sqlite.rows import number_of, rejected_of
from maatwerk.events.event import Event, decode
from maatwerk.events.log import DecisionRow, Rejected

_IDLE_CONNECTIONS = 8
_MARGIN = 64  # rows asked beyond the limit where some may belong to another identifier of the same digest


class Connections:
    """Connections for reading, lent one statement or one transaction at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []

    def take(self) -> sqlite3.Connection:
        """One that nobody else uses."""
        try:
            return self._idle.pop()
        except IndexError:
            connection = connect(self._path, "NORMAL")
            connection.execute("PRAGMA query_only=ON")
            return connection

    def give(self, connection: sqlite3.Connection) -> None:
        """Back for the next."""
        if len(self._idle) < _IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close those that are idle."""
        while self._idle:
            self._idle.pop().close()


class LogReader:
    """What the log holds. Implements the reading half of `Log`, and `Recent`.

    Raises `Unavailable` where the disk fails.
    """

    def __init__(self, path: Path) -> None:
        self._connections = Connections(path)

    def read(self, after: int, limit: int) -> list[Event]:
        """Events with a higher offset, in offset order."""
        rows = self._all(
            "SELECT offset, payload FROM event WHERE offset > ? ORDER BY offset LIMIT ?", after, limit
        )
        return [decode(payload, offset) for offset, payload in rows]

    def last_offset(self) -> int:
        """The highest offset ever given; 0 when empty."""
        rows = self._all("SELECT value FROM counter WHERE name = 'offset'")
        return int(rows[0][0]) if rows else 0

    def rules_and_catalog(self, after: int, limit: int = 10_000) -> list[Event]:
        """Only catalog and rule events after an offset: one look at a partial index."""
        rows = self._all(
            "SELECT offset, payload FROM event"
            " WHERE subject IS NOT NULL AND offset > ? ORDER BY offset LIMIT ?",
            after,
            limit,
        )
        return [decode(payload, offset) for offset, payload in rows]

    def tail(
        self,
        *,
        anonymous_ids: Sequence[str] = (),
        user_ids: Sequence[str] = (),
        after: int = 0,
        limit: int = 500,
    ) -> list[Event]:
        """Events of any of these identifiers after an offset; the newest ``limit``, in offset order."""
        found: dict[int, Event] = {}
        for column, identifiers in (("anonymous", anonymous_ids), ("user", user_ids)):
            for identifier in identifiers:
                if identifier:
                    self._newest(found, column, identifier, after, limit)
        newest = sorted(found)[-limit:] if limit else []
        return [found[offset] for offset in newest]

    def decision(self, decision_id: str) -> DecisionRow | None:
        """One decision record."""
        rows = self._all(
            "SELECT id, time, anonymous_id, user_id, payload FROM decision WHERE id = ?", decision_id
        )
        return DecisionRow(*rows[0]) if rows else None

    def decisions(self, before: str = "", limit: int = 100, anonymous_id: str = "") -> list[DecisionRow]:
        """Newest first; ``before`` is the id to go on from (nothing follows one that is not kept)."""
        where, values = [], list[Any]()
        if anonymous_id:
            where.append("anonymous_id = ?")
            values.append(anonymous_id)
        if before:
            where.append("(time, id) < (SELECT time, id FROM decision WHERE id = ?)")
            values.append(before)
        rows = self._all(
            "SELECT id, time, anonymous_id, user_id, payload FROM decision"
            + (f" WHERE {' AND '.join(where)}" if where else "")
            + " ORDER BY time DESC, id DESC LIMIT ?",
            *values,
            limit,
        )
        return [DecisionRow(*row) for row in rows]

    def decisions_for(self, user_id: str, limit: int) -> list[DecisionRow]:
        """Those made for a user, newest first, found by looking through all."""
        rows = self._all(
            "SELECT id, time, anonymous_id, user_id, payload FROM decision WHERE user_id = ?"
            " ORDER BY time DESC, id DESC LIMIT ?",
            user_id,
            limit,
        )
        return [DecisionRow(*row) for row in rows]

    def decisions_between(
        self, since_ms: int, until_ms: int, after: str = "", limit: int = DECISION_QUEUE
    ) -> list[DecisionRow]:
        """Decisions made in ``[since_ms, until_ms)``, oldest first; ``after`` is the id to go on from."""
        more = "AND (time, id) > (SELECT time, id FROM decision WHERE id = ?)" if after else ""
        rows = self._all(
            "SELECT id, time, anonymous_id, user_id, payload FROM decision"
            f" WHERE time >= ? AND time < ? {more} ORDER BY time, id LIMIT ?",
            *((since_ms, until_ms, after, limit) if after else (since_ms, until_ms, limit)),
        )
        return [DecisionRow(*row) for row in rows]

    def rejected(self, after: int = 0, limit: int = 100) -> list[Rejected]:
        """Messages kept with their reasons, oldest first."""
        rows = self._all(
            "SELECT id, received, place, code, field, detail, message, proven"
            " FROM rejected WHERE id > ? ORDER BY id LIMIT ?",
            after,
            limit,
        )
        return [rejected_of(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Every counter by name, as last committed."""
        counters: dict[str, int] = dict.fromkeys(
            ("events_total", "internal_total", "decisions_total", "rejected_total"), 0
        )
        counters.update(self._all("SELECT name, value FROM counter WHERE name != 'offset'"))
        return counters

    def close(self) -> None:
        """Close what is open."""
        self._connections.close()

    def _newest(self, found: dict[int, Event], column: str, identifier: str, after: int, limit: int) -> None:
        rows = self._all(
            f"SELECT offset, payload FROM event WHERE {column} = ? AND offset > ?"
            " ORDER BY offset DESC LIMIT ?",
            number_of(identifier),
            after,
            limit + _MARGIN,
        )
        kept = 0
        for offset, payload in rows:
            event = decode(payload, offset)
            if identifier == (event.anonymous_id if column == "anonymous" else event.user_id):
                found[offset] = event
                kept += 1
                if kept == limit:
                    return

    def _all(self, sql: str, *values: object) -> list[Any]:
        try:
            connection = self._connections.take()
            try:
                rows = connection.execute(sql, values).fetchall()
            except sqlite3.Error:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise Unavailable(f"cannot read the log: {error}") from error
        self._connections.give(connection)
        return rows
