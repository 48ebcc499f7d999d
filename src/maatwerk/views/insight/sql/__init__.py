"""Queries as portable SQL files, written once (DuckDB's dialect); every window has a total order."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def text(name: str) -> str:
    """The query of this name."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


@cache
def known() -> frozenset[str]:
    """The names of all queries."""
    names = (file.name for file in files(__name__).iterdir())
    return frozenset(name.removesuffix(".sql") for name in names if name.endswith(".sql"))
