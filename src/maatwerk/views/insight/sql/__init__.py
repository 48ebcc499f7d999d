"""Queries as portable SQL files, written once (DuckDB's dialect); every window has a total order."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def text(name: str) -> str:
    """The query of this name."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
