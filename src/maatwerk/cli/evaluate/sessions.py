"""Sessions from files: what to train on, and the cases to predict."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from maatwerk.cli.evaluate.read import is_jsonl, read_columns, read_json_lines, to_seconds
from maatwerk.core.errors import Refused
from maatwerk.decisions.recommend.neighbors.words import Ints, Longs

COLUMNS = {
    "session": ("session_id", "SessionId", "session"),
    "item": ("item_id", "ItemId", "product_id", "item"),
    "time": ("time", "Time", "timestamp"),
    "position": ("position",),
}


class Case(NamedTuple):
    """Items seen so far, oldest first, and the one that came next where the file says it."""

    prefix: list[str]
    target: str | None


@dataclass(frozen=True, slots=True)
class Sessions:
    """Events sorted by session, oldest session first, and by time within; `names[item]` is the item's id."""

    session: Longs
    item: Ints
    names: list[str]


def read_sessions(path: Path) -> Sessions:
    """A train file.

    With times, a session is as old as its newest event; with positions alone, the file names the oldest
    session first.
    """
    columns = read_columns(path, COLUMNS, optional=("time", "position"))
    if not columns["item"]:
        raise Refused("empty_file", f"{path.name} holds no events", hint="give at least one session")
    within = order_values(columns, path)
    session = number(columns["session"])[0]
    item, names = number(columns["item"])
    if "time" in columns:
        newest = np.full(int(session.max()) + 1, -np.inf)
        np.maximum.at(newest, session, within)
        rank = np.empty(len(newest), np.int64)
        rank[np.lexsort((np.arange(len(newest)), newest))] = np.arange(len(newest))
        session = rank[session]
    order = np.lexsort((np.arange(len(item)), within, session))
    return Sessions(session[order], item[order].astype(np.int32), names)


def read_cases(path: Path) -> list[Case]:
    """A test file: lines of {"prefix", "target"}, or the shape of a train file.

    A table gives every prefix of every session, sessions in the order in which the file first names them, the
    events of each by time.
    """
    if is_jsonl(path):
        first: dict[str, Any] = next(iter(read_json_lines(path)), {})
        if "prefix" in first:
            return [to_case(row, path) for row in read_json_lines(path)]
    columns = read_columns(path, COLUMNS, optional=("time", "position"))
    within = order_values(columns, path)
    session = number(columns["session"])[0]
    order = np.lexsort((np.arange(len(session)), within, session))
    cases: list[Case] = []
    so_far: list[str] = []
    current = -1
    for row in order:
        item = columns["item"][row]
        if session[row] != current:
            current, so_far = session[row], []
        if so_far:
            cases.append(Case(list(so_far), item))
        so_far.append(item)
    return cases


def to_case(row: dict[str, Any], path: Path) -> Case:
    prefix, target = row.get("prefix"), row.get("target")
    if not isinstance(prefix, list):
        raise Refused(
            "bad_case",
            f"a line of {path.name} has no list of items",
            field="prefix",
            hint='write {"prefix": [...]}',
        )
    return Case([str(item) for item in prefix], None if target is None else str(target))


def order_values(columns: dict[str, list[str]], path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What orders events within a session."""
    if "time" in columns:
        return np.array([to_seconds(value, path) for value in columns["time"]])
    if "position" not in columns:
        raise Refused(
            "missing_column", f"{path.name} has no order", field="time", hint="add time or position"
        )
    try:
        return np.array(columns["position"], dtype=np.float64)
    except ValueError as problem:
        raise Refused(
            "bad_position", f"{path.name}: {problem}", field="position", hint="write whole numbers"
        ) from problem


def number(values: list[str]) -> tuple[Longs, list[str]]:
    """Number the values 0, 1, 2, ... by first appearance; returns (numbers, values by number)."""
    numbers: dict[str, int] = {}
    found = np.fromiter((numbers.setdefault(value, len(numbers)) for value in values), np.int64, len(values))
    return found, list(numbers)
