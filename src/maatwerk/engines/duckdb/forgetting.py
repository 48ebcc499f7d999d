"""Taking a person out of the sealed history: the files that hold her are written anew without her.

Which files those are, their own columns say: reading two columns of a million rows takes tens of
milliseconds (docs/decisions/0010), and names the files that she is in.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from maatwerk.core.errors import Unavailable
from maatwerk.core.traces import plain
from maatwerk.engines.files.searching import Needles
from maatwerk.events.forgetting import Cleared, Gone, Looked

_WHO = frozenset({"anonymous_id", "user_id"})
_ROWS_AT_ONCE = 20_000


class ForgettableLake:
    """`Forgettable` over a lake's folder. Whoever seals must not do so meanwhile."""

    name = "history"

    def __init__(self, folder: Path, *, memory_mb: int = 512) -> None:
        self._folder = folder
        self._memory_mb = memory_mb

    def forget(self, gone: Gone) -> Cleared:
        """Rewrite the files that hold her. Raises `Unavailable` where the disk cannot take it."""
        cleared = Cleared(self.name)
        for made in self._folder.glob("prepared*"):  # made anew without her at the next look
            made.unlink(missing_ok=True)
        try:
            with duckdb.connect(config={"memory_limit": f"{self._memory_mb}MB", "threads": 1}) as connection:
                for file in self._files():
                    self._forget(connection, file, gone, cleared)
        except (duckdb.Error, OSError) as error:
            raise Unavailable(f"the sealed history cannot be rewritten: {error}") from error
        return cleared

    def scan(self, traces: Sequence[bytes]) -> Looked:
        """Look through every text column of every file, unpacked, and through the files as they are."""
        needles, looked = Needles(traces), Looked(self.name)
        with duckdb.connect(config={"memory_limit": f"{self._memory_mb}MB", "threads": 1}) as connection:
            for file in self._files():
                columns = [name for name, kind in _columns(connection, file).items() if kind == "VARCHAR"]
                for column in columns:
                    found = self._scan(connection, file, column, needles, looked)
                    if found:
                        looked.found += found
                        looked.where.append(f"{found} values of {column} in {file.name}")
        return looked

    def _files(self) -> list[Path]:
        return [*sorted(self._folder.glob("event-*.parquet")), *sorted(self._folder.glob("line-*.parquet"))]

    def _forget(
        self, connection: duckdb.DuckDBPyConnection, file: Path, gone: Gone, cleared: Cleared
    ) -> None:
        columns = _columns(connection, file)
        texts = [name for name, kind in columns.items() if kind == "VARCHAR" and name not in _WHO]
        hers, named = _hers(gone), _named(gone, texts)
        rows, removed, changed = connection.execute(
            f"SELECT count(*), count(*) FILTER ({hers}), count(*) FILTER (NOT ({hers}) AND ({named})) "
            f"FROM read_parquet('{_quoted(str(file))}')"
        ).fetchone() or (0, 0, 0)
        cleared.scanned += rows
        if not removed and not changed:
            return
        before = file.stat().st_size
        select = ", ".join(
            f'CASE WHEN {_any_of(gone, column)} THEN \'\' ELSE "{column}" END AS "{column}"'
            if column in texts and changed
            else f'"{column}"'
            for column in columns
        )
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            connection.execute(
                f"COPY (SELECT {select} FROM read_parquet('{_quoted(str(file))}') WHERE NOT ({hers}) "
                f"ORDER BY \"offset\") TO '{_quoted(str(beside))}' (FORMAT parquet, COMPRESSION zstd)"
            )
            _synced(beside)
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)
        cleared.removed += removed
        cleared.changed += changed
        cleared.bytes += max(0, before - file.stat().st_size)

    def _scan(
        self,
        connection: duckdb.DuckDBPyConnection,
        file: Path,
        column: str,
        needles: Needles,
        looked: Looked,
    ) -> int:
        result = connection.execute(
            f"SELECT DISTINCT \"{column}\" FROM read_parquet('{_quoted(str(file))}') WHERE \"{column}\" <> ''"
        )
        found = 0
        while rows := result.fetchmany(_ROWS_AT_ONCE):
            values = [value.encode("utf-8", "surrogatepass") for (value,) in rows]
            looked.scanned += len(values)
            looked.bytes += sum(map(len, values))
            found += len(needles.among(values))
        return found


def _columns(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    """Names and types, as the file has them: an older one may lack what came later."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet('{_quoted(str(file))}')").fetchall()
    return {row[0]: row[1] for row in rows}


def _hers(gone: Gone) -> str:
    """SQL that is true of her rows."""
    whole = [
        f'"{column}" IN ({", ".join(map(_literal, values))})'
        for column, values in (("user_id", gone.user_ids), ("anonymous_id", gone.anonymous_ids))
        if values
    ]
    parts = [f'("time" <= {gone.at} AND ({" OR ".join(whole)}))'] if whole else []
    parts += [
        f'("anonymous_id" = {_literal(each.anonymous_id)} AND "user_id" = \'\' AND "time" <= {gone.at}'
        f' AND ("time", "offset") >= ({each.since[0]}, {each.since[1]})'
        f' AND ("time", "offset") < ({each.until[0]}, {each.until[1]}))'
        for each in gone.stretches
    ]
    return " OR ".join(parts) or "false"


def _named(gone: Gone, texts: Sequence[str]) -> str:
    """SQL that is true of rows whose other columns name her."""
    return (
        f'"time" <= {gone.at} AND (' + (" OR ".join(_any_of(gone, text) for text in texts) or "false") + ")"
    )


def _any_of(gone: Gone, column: str) -> str:
    traces = sorted({each.decode("utf-8", "replace") for value in gone.traceable() for each in plain(value)})
    return "(" + (" OR ".join(f'contains("{column}", {_literal(each)})' for each in traces) or "false") + ")"


def _literal(value: str) -> str:
    return f"'{_quoted(value)}'"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _synced(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system that knows no fsync of a file opened for reading
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
