"""Prepared tables as Parquet files beside the lake's, under a manifest of their own that is swapped whole.

lake/prepared.json                        which files count, up to which log offset, and what they cost
lake/prepared-<stamp>-<table>.parquet     no identifier of anybody is in them
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from maatwerk.core.errors import Unavailable
from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.engines.files.workspace import write_whole
from maatwerk.views.insight.prepared import KEPT, TABLES, Ground
from maatwerk.views.insight.sql import text as sql_text

if TYPE_CHECKING:
    import duckdb

SHARE = 30
"""They are made anew after so many times what making them took: a thirtieth of one core at most."""
AT_ONCE_SECONDS = 2.0
"""What costs no more is made by whoever asks; beyond it the background process does, and old ones serve."""
_FRESH_SECONDS = 1.0
_LEFT_SECONDS = 600.0
"""Replaced files are let be so long, for queries that began before."""
_TRIES = 3
SHAPE = "1"


class Made(msgspec.Struct):
    """The manifest."""

    stamp: str
    upto: int
    made_at: int
    cost_seconds: float
    shape: str = SHAPE

    def due(self, now: float, newest: int) -> bool:
        """Whether there is something new, and they have served long enough."""
        return newest > self.upto and now - self.made_at / 1000 > max(
            _FRESH_SECONDS, SHARE * self.cost_seconds
        )


class OpenTables:
    """One connection over one set of tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, upto: int, made_at: int) -> None:
        self._connection = connection
        self.upto = upto
        self.made_at = made_at

    def ask(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of a query over them. Raises `Unavailable` where they cannot be read."""
        import duckdb

        try:
            result = self._connection.execute(sql, dict(parameters or {}))
            columns = [column[0] for column in result.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
        except duckdb.IOException as error:
            raise Unavailable(f"the prepared reports cannot be read: {error}") from error


class PreparedTables:
    """Those of one workspace; see `maatwerk.views.insight.prepared.Prepared`."""

    def __init__(self, lake: ParquetLake, folder: Path) -> None:
        self._lake = lake
        self._folder = folder
        self._path = folder / "prepared.json"

    @contextmanager
    def open(self, ground: Callable[[], Ground], newest: int) -> Iterator[OpenTables]:
        """Open them, made anew where that is due and cheap."""
        made = self._made()
        if made is None or (made.cost_seconds <= AT_ONCE_SECONDS and made.due(time.time(), newest)):
            made = self.make(ground())
        with self._lake.connected() as connection:
            self._views(connection, made)
            yield OpenTables(connection, made.upto, made.made_at)

    def due(self, newest: int, sealed: int, many: int = 500_000) -> bool:
        """Whether the background process should make them: they are costly and old, or will be costly."""
        made = self._made()
        if made is None:
            return sealed >= many
        return made.cost_seconds > AT_ONCE_SECONDS and made.due(time.time(), newest)

    def make(self, ground: Ground) -> Made:
        """Make them all, and put them in force. Raises `Unavailable` where the disk cannot take it."""
        import duckdb

        began = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        stamp = f"{time.time_ns():x}-{os.getpid()}"
        upto = max(self._lake.watermark(), ground.tail[-1].offset if ground.tail else 0)
        made_at = int(time.time() * 1000)
        try:
            with self._lake.opened(ground.tail) as connection:
                build(connection, ground)
                for table in KEPT:
                    target = self._file(stamp, table)
                    connection.execute(f"COPY {table} TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        except (duckdb.Error, OSError) as error:
            self._remove(stamp)
            raise Unavailable(f"the reports cannot be prepared: {error}") from error
        made = Made(stamp, upto, made_at, round(time.monotonic() - began, 3))
        write_whole(self._path, msgspec.json.encode(made))
        self._tidy(stamp)
        return made

    def _views(self, connection: duckdb.DuckDBPyConnection, made: Made) -> None:
        import duckdb

        for attempt in range(_TRIES):
            try:
                for table in KEPT:
                    file = self._file(made.stamp, table)
                    connection.execute(
                        f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM read_parquet('{file}')"
                    )
                return
            except duckdb.IOException as error:  # forgotten or replaced since the manifest was read
                again = self._made()
                if again is None or attempt == _TRIES - 1:
                    raise Unavailable(f"the prepared reports cannot be read: {error}") from error
                made = again

    def _made(self) -> Made | None:
        try:
            made = msgspec.json.decode(self._path.read_bytes(), type=Made)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return made if made.shape == SHAPE else None

    def _file(self, stamp: str, table: str) -> Path:
        return self._folder / f"prepared-{stamp}-{table}.parquet"

    def _remove(self, stamp: str) -> None:
        for table in KEPT:
            self._file(stamp, table).unlink(missing_ok=True)

    def _tidy(self, stamp: str) -> None:
        kept = {self._file(stamp, table).name for table in KEPT}
        before = time.time() - _LEFT_SECONDS
        for file in self._folder.glob("prepared-*.parquet"):
            with suppress(OSError):
                if file.name not in kept and file.stat().st_mtime < before:
                    file.unlink()


def build(connection: duckdb.DuckDBPyConnection, ground: Ground) -> None:
    """Make the tables on a connection that sees ``event``, ``line`` and the views over them."""
    skus, products = list(ground.product_of), list(ground.product_of.values())
    connection.execute(
        "CREATE TEMP TABLE variant AS SELECT UNNEST(CAST($skus AS VARCHAR[])) AS sku, "
        "UNNEST(CAST($products AS VARCHAR[])) AS product",
        {"skus": skus, "products": products},
    )
    connection.execute(f"CREATE TEMP TABLE deeds AS {sql_text('deed')}")
    connection.execute("CREATE OR REPLACE VIEW deed AS SELECT * FROM deeds")
    for table in TABLES:
        query = sql_text(table)
        given = {"currency": ground.currency} if "$currency" in query else {}
        connection.execute(f"CREATE TEMP TABLE {table} AS {query}", given)
    connection.execute("CREATE TEMP TABLE arm (visitor INTEGER, held BOOLEAN)")
    if ground.held is not None and ground.since:
        found = connection.execute(sql_text("first_seen"), {"since": ground.since}).fetchnumpy()
        held = np.fromiter(map(ground.held, found["anonymous_id"]), np.bool_, len(found["visitor"]))
        connection.register("arms", {"visitor": np.asarray(found["visitor"], np.int32), "held": held})
        connection.execute("INSERT INTO arm SELECT visitor, held FROM arms")
        connection.unregister("arms")
