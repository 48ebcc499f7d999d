"""Rows as a Parquet file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def to_parquet(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A file of rows; ``columns`` maps each to ``number`` or ``text``. None stays unknown."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as connection:
        arrays = {
            name: np.array([row[name] for row in rows], np.float64)
            if kind == "number"
            else np.array([row[name] for row in rows], object)
            for name, kind in columns.items()
        }
        connection.register("given", arrays)
        chosen = ", ".join(
            f'CASE WHEN isnan("{name}") THEN NULL ELSE "{name}" END AS "{name}"'
            if kind == "number"
            else f'CAST("{name}" AS VARCHAR) AS "{name}"'
            for name, kind in columns.items()
        )
        file = Path(folder) / "table.parquet"
        connection.execute(f"COPY (SELECT {chosen} FROM given) TO '{file}' (FORMAT parquet)")
        return file.read_bytes()
