"""Claims in ``records.db``: implements `maatwerk.effects.claims.Claims`.

The tables stand beside the leases, and are made where they are missing. A claim is one transaction under the
writers' lock, synced before it answers: a process that is killed has claimed all of it or nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from maatwerk.core.errors import Unavailable
from maatwerk.effects.claims import Minted, PoolFigures, Taken, Used, Want
from maatwerk.engines.sqlite.opening import Lock, connect
from maatwerk.engines.sqlite.reading import Connections

_SCHEMA = """
CREATE TABLE IF NOT EXISTS code (
    digest BLOB PRIMARY KEY, pool TEXT NOT NULL, uses INTEGER NOT NULL, until INTEGER NOT NULL,
    bound INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS code_pool ON code (pool);
CREATE TABLE IF NOT EXISTS code_person (digest BLOB, name TEXT, PRIMARY KEY (digest, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pool (pool TEXT PRIMARY KEY, budget INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tally (
    thing TEXT PRIMARY KEY, uses INTEGER NOT NULL, amount INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claim (
    id INTEGER PRIMARY KEY, owner TEXT NOT NULL, thing TEXT NOT NULL, amount INTEGER NOT NULL,
    until INTEGER NOT NULL, uses INTEGER, budget INTEGER, hers INTEGER, UNIQUE (owner, thing)
);
CREATE INDEX IF NOT EXISTS claim_held ON claim (thing, until) WHERE until > 0;
CREATE TABLE IF NOT EXISTS claim_person (
    name TEXT, thing TEXT, claim INTEGER, PRIMARY KEY (name, thing, claim)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answered (key TEXT PRIMARY KEY, asked TEXT NOT NULL, owner TEXT NOT NULL,
    time INTEGER NOT NULL) WITHOUT ROWID;
"""


class SqliteClaims:
    """See `maatwerk.effects.claims.Claims`. ``until`` 0 in the table ``claim`` means spent for good."""

    def __init__(self, path: Path) -> None:
        """``path``: the records, which exist."""
        self._path = path
        self._lock = Lock(path.with_name(path.name + "-lock"))
        self._connections = Connections(path)
        self._writer: sqlite3.Connection | None = None
        with self._writing() as connection:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)

    def mint(self, codes: Sequence[Minted], names: Collection[str] = ()) -> None:
        """See the port."""
        rows = [(each.digest, each.pool, each.uses, each.until, int(each.bound)) for each in codes]
        people = [(each.digest, name) for each in codes if each.bound for name in names]
        with self._writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO code VALUES (?, ?, ?, ?, ?)", rows)
            connection.executemany("INSERT OR IGNORE INTO code_person VALUES (?, ?)", people)

    def open_pool(self, pool: str, budget: int | None) -> None:
        """See the port."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO pool VALUES (?, ?)", (pool, budget))

    def pool_budget(self, pool: str) -> int | None:
        """See the port."""
        with self._reading() as connection:
            row = connection.execute("SELECT budget FROM pool WHERE pool = ?", (pool,)).fetchone()
        return row[0] if row else None

    def pools(self, now: int) -> list[PoolFigures]:
        """See the port."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT code.pool, count(*), coalesce(t.uses, 0), coalesce(t.amount, 0), p.budget,"
                " (SELECT count(*) FROM claim WHERE thing = 'pool:' || code.pool AND until > 0 AND until > ?)"
                " FROM code LEFT JOIN tally t ON t.thing = 'pool:' || code.pool"
                " LEFT JOIN pool p ON p.pool = code.pool GROUP BY code.pool ORDER BY code.pool",
                (now,),
            ).fetchall()
        return [PoolFigures(pool, made, used, held, spent, budget)
                for pool, made, used, spent, budget, held in rows]  # fmt: skip

    def code(self, digest: bytes, names: Collection[str]) -> Minted | None:
        """See the port."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT digest, pool, uses, until, bound FROM code WHERE digest = ?", (digest,)
            ).fetchone()
            if row is None:
                return None
            people = connection.execute("SELECT name FROM code_person WHERE digest = ?", (digest,)).fetchall()
        if row[4] and not {name for (name,) in people} & set(names):
            return None
        return Minted(row[0], row[1], row[2], row[3], bool(row[4]))

    def spend(
        self,
        order: str,
        wants: Sequence[Want],
        names: Collection[str],
        now: int,
        *,
        key: str = "",
        asked: str = "",
    ) -> Taken:
        """See the port."""
        owner = f"order:{order}"
        with self._writing() as connection:
            if key:
                row = connection.execute("SELECT asked FROM answered WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    return Taken(wants=tuple(wants), before=True) if row[0] == asked else Taken(key, "key")
            if wants and _owns(connection, owner, wants[0].thing):
                return Taken(wants=tuple(wants), before=True)
            refused = _against(connection, wants, names, now, owner)
            if refused is not None:
                return refused
            for want in wants:
                _write(connection, owner, want, names, 0)
                _count(connection, want)
            if key:
                connection.execute("INSERT INTO answered VALUES (?, ?, ?, ?)", (key, asked, owner, now))
        return Taken(wants=tuple(wants))

    def hold(self, cart: str, wants: Sequence[Want], names: Collection[str], now: int, until: int) -> Taken:
        """See the port."""
        owner = f"cart:{cart}"
        with self._writing() as connection:
            refused = _against(connection, wants, names, now, owner)
            if refused is not None:
                return refused
            _drop(connection, owner)
            for want in wants:
                _write(connection, owner, want, names, until)
        return Taken(wants=tuple(wants))

    def settle(self, cart: str, order: str, now: int) -> Taken:
        """See the port."""
        owner, new = f"cart:{cart}", f"order:{order}"
        with self._writing() as connection:
            rows = connection.execute(
                "SELECT id, thing, amount, uses, budget, hers FROM claim WHERE owner = ? AND until > 0",
                (owner,),
            ).fetchall()
            wants = tuple(Want(*row[1:]) for row in rows)
            if not wants:
                done = connection.execute(
                    "SELECT thing, amount FROM claim WHERE owner = ?", (new,)
                ).fetchall()
                return Taken(wants=tuple(Want(*row) for row in done), before=bool(done))
            names = {
                name
                for row in rows
                for (name,) in connection.execute("SELECT name FROM claim_person WHERE claim = ?", (row[0],))
            }
            refused = _against(connection, wants, names, now, owner)
            if refused is not None:
                return refused
            _drop(connection, owner)
            for want in wants:
                if not _owns(connection, new, want.thing):
                    _write(connection, new, want, names, 0)
                    _count(connection, want)
        return Taken(wants=wants)

    def release(self, cart: str) -> int:
        """See the port."""
        with self._writing() as connection:
            return _drop(connection, f"cart:{cart}")

    def used(
        self, things: Collection[str], names: Collection[str], now: int, *, but: str = ""
    ) -> dict[str, Used]:
        """See the port."""
        with self._reading() as connection:
            return {thing: _used(connection, thing, names, now, f"cart:{but}") for thing in things}

    def sweep(self, before: int) -> int:
        """See the port."""
        with self._writing() as connection:
            connection.execute("DELETE FROM answered WHERE time < ?", (before,))
            gone = connection.execute(
                "SELECT id FROM claim WHERE until > 0 AND until < ?", (before,)
            ).fetchall()
            connection.executemany("DELETE FROM claim_person WHERE claim = ?", gone)
            connection.executemany("DELETE FROM claim WHERE id = ?", gone)
        return len(gone)

    def close(self) -> None:
        """Let go of the files."""
        self._connections.close()
        if self._writer is not None:
            self._writer.close()
        self._lock.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._connections.take()
            yield connection
        except sqlite3.Error as error:
            raise Unavailable(f"cannot read the claims: {error}") from error
        self._connections.give(connection)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; whatever goes wrong, nothing of it stays."""
        try:
            with self._lock.held():
                if self._writer is None:
                    self._writer = connect(self._path, "FULL")
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield self._writer
                    self._writer.execute("COMMIT")
                except BaseException:
                    self._writer.execute("ROLLBACK")
                    raise
        except sqlite3.Error as error:
            raise Unavailable(f"cannot write the claims: {error}") from error


def _owns(connection: sqlite3.Connection, owner: str, thing: str) -> bool:
    row = connection.execute("SELECT 1 FROM claim WHERE owner = ? AND thing = ?", (owner, thing)).fetchone()
    return row is not None


def _used(connection: sqlite3.Connection, thing: str, names: Collection[str], now: int, but: str) -> Used:
    spent = connection.execute("SELECT uses, amount FROM tally WHERE thing = ?", (thing,)).fetchone() or (
        0,
        0,
    )
    held = connection.execute(
        "SELECT count(*), coalesce(sum(amount), 0) FROM claim"
        " WHERE thing = ? AND until > 0 AND until > ? AND owner != ?",
        (thing, max(now, 0), but),
    ).fetchone()
    mine: set[int] = set()
    for name in names:
        found = connection.execute(
            "SELECT claim.id FROM claim_person JOIN claim ON claim.id = claim_person.claim"
            " WHERE claim_person.name = ? AND claim_person.thing = ? AND claim.owner != ?"
            " AND (claim.until = 0 OR claim.until > ?)",
            (name, thing, but, now),
        )
        mine.update(row for (row,) in found)
    return Used(spent[0] + held[0], spent[1] + held[1], len(mine))


def _against(
    connection: sqlite3.Connection, wants: Sequence[Want], names: Collection[str], now: int, owner: str
) -> Taken | None:
    """What stands against a claim; None: nothing does."""
    for want in wants:
        limits = (("uses", want.uses), ("budget", want.budget), ("hers", want.hers))
        if all(limit is None for _, limit in limits):
            continue
        used = _used(connection, want.thing, names, now, owner)
        after = {"uses": used.uses + 1, "budget": used.amount + want.amount, "hers": used.hers + 1}
        for what, limit in limits:
            if limit is not None and after[what] > limit:
                return Taken(want.thing, what)
    return None


def _write(
    connection: sqlite3.Connection, owner: str, want: Want, names: Collection[str], until: int
) -> None:
    (claim,) = connection.execute(
        "INSERT INTO claim (owner, thing, amount, until, uses, budget, hers) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (owner, thing) DO UPDATE SET amount = amount + excluded.amount RETURNING id",
        (owner, want.thing, want.amount, until, want.uses, want.budget, want.hers),
    ).fetchone()  # one order may redeem two codes of a pool
    people = [(name, want.thing, claim) for name in names]
    connection.executemany("INSERT OR IGNORE INTO claim_person VALUES (?, ?, ?)", people)


def _count(connection: sqlite3.Connection, want: Want) -> None:
    connection.execute(
        "INSERT INTO tally VALUES (?, 1, ?) ON CONFLICT (thing) DO UPDATE"
        " SET uses = uses + 1, amount = amount + excluded.amount",
        (want.thing, want.amount),
    )


def _drop(connection: sqlite3.Connection, owner: str) -> int:
    connection.execute(
        "DELETE FROM claim_person WHERE claim IN (SELECT id FROM claim WHERE owner = ? AND until > 0)",
        (owner,),
    )
    return connection.execute("DELETE FROM claim WHERE owner = ? AND until > 0", (owner,)).rowcount
