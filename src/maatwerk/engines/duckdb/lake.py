"""Sealed Parquet files under one manifest; queries see them and the tail as one table each.

    lake/manifest.json          which files count, and up to which log offset
    lake/event-<from>-<to>.parquet, line-<from>-<to>.parquet

A file is written beside, then named in the manifest: readers see the old list or the new one. Small
files are merged as they add up, so that their number stays small; replaced files are removed one
sealing later, when no query that began before can still want them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from maatwerk.core.errors import Unavailable
from maatwerk.engines.files.workspace import write_whole
from maatwerk.events.event import Event
from maatwerk.views.insight.lake import ADD, CLICK, PURCHASE, VIEW, VIEWS, Interactions
from maatwerk.views.insight.rows import EVENT_COLUMNS, LINE_COLUMNS, Flat, lay_flat
from maatwerk.views.insight.sql import text as sql_text

if TYPE_CHECKING:
    import duckdb

_COLUMNS = {"event": EVENT_COLUMNS, "line": LINE_COLUMNS}
SHAPE = ",".join(f"{table}.{column}" for table, columns in _COLUMNS.items() for column in columns)
_MERGE_FILES = 16
_MERGE_BYTES = 64 * 1024 * 1024
_TRIES = 3


class Part(msgspec.Struct, frozen=True):
    """One sealed stretch of the log: offsets ``after`` (not in it) to ``upto`` (in it)."""

    after: int
    upto: int


class Manifest(msgspec.Struct):
    """The parts in force, and those replaced by a merge that may be removed next time.

    ``floor``: everything up to this offset was sealed once and is past its retention.
    """

    parts: list[Part] = []
    replaced: list[Part] = []
    floor: int = 0
    shape: str = ""
    """The columns its files have; of others nothing counts, and it is sealed anew from the log."""

    @property
    def upto(self) -> int:
        """The log offset up to which everything is sealed."""
        return max((part.upto for part in self.parts), default=self.floor)


class ParquetLake:
    """The lake of one workspace."""

    def __init__(self, folder: Path, *, currency: str, memory_mb: int = 1024, threads: int = 1) -> None:
        self._folder = folder
        self._currency = currency
        self._settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MB",
            "threads": threads,
            "temp_directory": str(folder / ".spill"),
        }
        self._path = folder / "manifest.json"

    def watermark(self) -> int:
        """The log offset up to which everything is sealed."""
        return self._manifest().upto

    def retire(self, upto: int) -> int:
        """Let go of sealed rows up to a log offset; how many. Called by the process that seals.

        Files below it are removed, the one across it is written anew. What a query that began before may
        still read goes at the next call.
        """
        manifest = self._manifest()
        upto = min(upto, manifest.upto)
        for old in manifest.replaced:
            self._remove(old)
        if upto <= manifest.floor:
            if manifest.replaced:
                self._write(Manifest(manifest.parts, floor=manifest.floor))
            return 0
        import duckdb

        gone = [part for part in manifest.parts if part.after < upto]
        kept = [part for part in manifest.parts if part.after >= upto]
        try:
            with self._connect() as connection:
                rows = self._cut(connection, gone, upto)
        except (duckdb.Error, OSError) as error:
            raise Unavailable(f"the sealed history cannot be rewritten: {error}") from error
        kept = [Part(upto, part.upto) for part in gone if part.upto > upto] + kept
        self._write(Manifest(kept, replaced=gone, floor=upto))
        return rows

    def _cut(self, connection: duckdb.DuckDBPyConnection, gone: Sequence[Part], upto: int) -> int:
        """Write what stays of the part across an offset; how many rows of events go."""
        rows = 0
        for part in gone:
            files = [str(self._file("event", part))]
            counted = connection.execute(
                f'SELECT count(*) FROM read_parquet({files!r}) WHERE "offset" <= {int(upto)}'
            ).fetchone()
            rows += counted[0] if counted else 0
            if part.upto > upto:
                for table in _COLUMNS:
                    source = [str(self._file(table, part))]
                    query = f'SELECT * FROM read_parquet({source!r}) WHERE "offset" > {int(upto)}'
                    self._copy(connection, f'{query} ORDER BY "offset"', table, Part(upto, part.upto))
        return rows

    def seal(self, events: Sequence[Event]) -> int:
        """Write the next stretch. Called by one process only, with events in offset order.

        Raises `Unavailable` where the disk cannot take it; what is sealed stays as it was.
        """
        manifest = self._manifest()
        after = manifest.upto
        events = [event for event in events if event.offset > after]
        if not events:
            return after
        self._folder.mkdir(parents=True, exist_ok=True)
        if not manifest.parts and not manifest.replaced:
            for stray in self._folder.glob("*.parquet"):  # of another shape, or never named
                stray.unlink(missing_ok=True)
        import duckdb

        part = Part(after, events[-1].offset)
        flat = lay_flat(events, self._currency)
        try:
            self._seal(manifest, part, flat)
        except (duckdb.Error, OSError) as error:
            self._remove(part)  # half a part counts for nothing, and would fill a full disk further
            raise Unavailable(f"the history cannot be sealed: {error}") from error
        return part.upto

    def _seal(self, manifest: Manifest, part: Part, flat: Flat) -> None:
        with self._connect() as connection:
            for table, rows in (("event", flat.event), ("line", flat.line)):
                _register(connection, table, rows)
                self._copy(connection, f'SELECT * FROM "{table}" ORDER BY "offset"', table, part)
            for old in manifest.replaced:
                self._remove(old)
            manifest = Manifest([*manifest.parts, part], floor=manifest.floor)
            manifest = self._merged(connection, manifest)
        self._write(manifest)

    def query(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, tail: Sequence[Event] = ()
    ) -> list[dict[str, Any]]:
        """Rows as dictionaries. Raises `Unavailable` where files cannot be read."""
        with self.opened(tail) as connection:
            result = connection.execute(sql, dict(parameters or {}))
            columns = [column[0] for column in result.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def ask(
        self,
        tables: Mapping[str, Mapping[str, Any]],
        setup: Sequence[str],
        queries: Sequence[str],
        *,
        tail: Sequence[Event] = (),
    ) -> Iterator[dict[str, Any]]:
        """See `maatwerk.views.audience.everyone.History`."""
        with self.opened(tail) as connection:
            for name, columns in tables.items():
                connection.register(f"{name}_given", dict(columns))
                connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM "{name}_given"')
                connection.unregister(f"{name}_given")
            for statement in setup:
                connection.execute(statement)
            for query in queries:
                yield connection.execute(query).fetchnumpy()

    def interactions(self, since: int, *, tail: Sequence[Event] = ()) -> Interactions:
        """What training reads, owners resolved at event time."""
        with self.opened(tail) as connection:
            connection.execute(_with_numbers(sql_text("interactions"), {"since": since, **_KINDS}))
            skus = [row[0] for row in connection.execute("SELECT sku FROM skus ORDER BY number").fetchall()]
            columns = connection.execute(
                "SELECT time, kind, actor, item, order_number, quantity "
                "FROM interactions ORDER BY time, number"
            ).fetchnumpy()
            upto = max(self.watermark(), tail[-1].offset if tail else 0)
        return Interactions(
            time=np.asarray(columns["time"], np.int64),
            kind=np.asarray(columns["kind"], np.int8),
            actor=np.asarray(columns["actor"], np.int32),
            item=np.asarray(columns["item"], np.int32),
            order=np.asarray(columns["order_number"], np.int32),
            quantity=np.asarray(columns["quantity"], np.float32),
            skus=skus,
            offset=upto,
        )

    def _connect(self) -> duckdb.DuckDBPyConnection:
        import duckdb  # here: a request worker seldom needs it, and loading it takes its time

        return duckdb.connect(config=self._settings)

    @contextmanager
    def connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection within the lake's bounds of memory and threads, with no tables."""
        with self._connect() as connection:
            yield connection

    @contextmanager
    def opened(self, tail: Sequence[Event]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with the tables ``event`` and ``line``, and the views over them."""
        import duckdb

        mark = self.watermark()
        flat = lay_flat([event for event in tail if event.offset > mark], self._currency)
        for attempt in range(_TRIES):
            connection = self._connect()
            try:
                for table, rows in (("event", flat.event), ("line", flat.line)):
                    self._view(connection, table, rows)
                for view in VIEWS:
                    connection.execute(f"CREATE VIEW {view} AS {sql_text(view)}")
                break
            except duckdb.IOException as error:  # a file was merged away since the manifest was read
                connection.close()
                if attempt == _TRIES - 1:
                    raise Unavailable(f"the sealed history cannot be read: {error}") from error
        try:
            yield connection
        finally:
            connection.close()

    def _view(self, connection: duckdb.DuckDBPyConnection, table: str, rows: dict[str, list[Any]]) -> None:
        _register(connection, f"{table}_tail", rows)
        files = [str(self._file(table, part)) for part in self._manifest().parts]
        sealed = f"{_all_of(files)} UNION ALL BY NAME " if files else ""
        connection.execute(f'CREATE VIEW "{table}" AS {sealed}SELECT * FROM "{table}_tail"')

    def _merged(self, connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> Manifest:
        """Merge the newest run of small parts once there are many of them."""
        small: list[Part] = []
        for part in reversed(manifest.parts):
            if self._file("event", part).stat().st_size > _MERGE_BYTES:
                break
            small.insert(0, part)
        if len(small) < _MERGE_FILES:
            return manifest
        whole = Part(small[0].after, small[-1].upto)
        for table in _COLUMNS:
            files = [str(self._file(table, part)) for part in small]
            self._copy(connection, f'{_all_of(files)} ORDER BY "offset"', table, whole)
        kept = [part for part in manifest.parts if part not in small]
        return Manifest([*kept, whole], replaced=small, floor=manifest.floor)

    def _copy(self, connection: duckdb.DuckDBPyConnection, query: str, table: str, part: Part) -> None:
        target = self._file(table, part)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            connection.execute(f"COPY ({query}) TO '{beside}' (FORMAT parquet, COMPRESSION zstd)")
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)

    def _file(self, table: str, part: Part) -> Path:
        return self._folder / f"{table}-{part.after:012d}-{part.upto:012d}.parquet"

    def _remove(self, part: Part) -> None:
        for table in _COLUMNS:
            self._file(table, part).unlink(missing_ok=True)

    def _manifest(self) -> Manifest:
        try:
            manifest = msgspec.json.decode(self._path.read_bytes(), type=Manifest)
        except FileNotFoundError:
            return Manifest()
        return manifest if manifest.shape == SHAPE else Manifest(floor=manifest.floor)

    def _write(self, manifest: Manifest) -> None:
        manifest.shape = SHAPE
        write_whole(self._path, msgspec.json.encode(manifest))


def _all_of(files: list[str]) -> str:
    """Older files may lack a column that came later: it is unknown there."""
    return f"SELECT * FROM read_parquet({files!r}, union_by_name = true)"


_KINDS = {"view": VIEW, "click": CLICK, "add": ADD, "purchase": PURCHASE}


def _with_numbers(sql: str, numbers: Mapping[str, int]) -> str:
    """Whole numbers put in for ``$name``: a script of several statements takes no parameters."""
    for name, number in numbers.items():
        sql = sql.replace(f"${name}", str(int(number)))
    return sql


_NUMPY = {"BIGINT": np.int64, "DOUBLE": np.float64, "BOOLEAN": np.bool_}


def _register(connection: duckdb.DuckDBPyConnection, name: str, rows: dict[str, list[Any]]) -> None:
    """Columns of Python values as a table with the right types; None stays unknown."""
    columns = _COLUMNS[name.removesuffix("_tail")]
    arrays: dict[str, Any] = {}
    casts = []
    for column, kind in columns.items():
        values = rows[column]
        if kind == "VARCHAR":
            arrays[column] = np.array(values, dtype=object)
        elif None in values:
            arrays[column] = np.array(
                [np.nan if value is None else value for value in values], dtype=np.float64
            )
            casts.append(column)
        else:
            arrays[column] = np.array(values, dtype=_NUMPY[kind])
    if not rows["offset"]:
        fields = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f'CREATE TABLE "{name}" ({fields})')
        return
    connection.register(f"{name}_given", arrays)
    chosen = ", ".join(
        f'CAST(CASE WHEN isnan("{column}") THEN NULL ELSE "{column}" END AS {kind}) AS "{column}"'
        if column in casts
        else f'CAST("{column}" AS {kind}) AS "{column}"'
        for column, kind in columns.items()
    )
    connection.execute(f'CREATE TABLE "{name}" AS SELECT {chosen} FROM "{name}_given"')
    connection.unregister(f"{name}_given")
