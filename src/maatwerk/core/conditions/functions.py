"""The functions of the language, their types, and how spans and times are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from maatwerk.core.conditions.terms import Operation
from maatwerk.core.conditions.types import BOOL, DOUBLE, DURATION, INT, STRING, TIMESTAMP, Kind, Type

_TEXT: tuple[Kind, ...] = ("string",)


class Function(NamedTuple):
    """What a function takes (the kinds each argument may have; a method's target comes first) and gives."""

    operation: Operation
    takes: tuple[tuple[Kind, ...], ...]
    gives: Type


_SIZE = Function("size", (("string", "list", "map"),), INT)  # of a text: code points
FUNCTIONS: Mapping[str, Function] = {
    "size": _SIZE,
    "int": Function("int", (("double", "int"),), INT),  # toward zero
    "double": Function("double", (("double", "int"),), DOUBLE),
    "lower": Function("lower", (_TEXT,), STRING),
}
METHODS: Mapping[str, Function] = {
    "size": _SIZE,
    "contains": Function("contains", (_TEXT, _TEXT), BOOL),
    "startsWith": Function("startsWith", (_TEXT, _TEXT), BOOL),
    "endsWith": Function("endsWith", (_TEXT, _TEXT), BOOL),
    "lower": Function("lower", (_TEXT,), STRING),  # ours: CEL's extension has lowerAscii alone
}

_ARITHMETIC: dict[tuple[str, str, str], Type] = {
    ("+", "string", "string"): STRING,
    ("+", "timestamp", "duration"): TIMESTAMP,
    ("+", "duration", "timestamp"): TIMESTAMP,
    ("+", "duration", "duration"): DURATION,
    ("-", "timestamp", "duration"): TIMESTAMP,
    ("-", "timestamp", "timestamp"): DURATION,
    ("-", "duration", "duration"): DURATION,
    ("%", "int", "int"): INT,
    **{(op, "int", "int"): INT for op in "+-*/"},
    **{(op, "double", "double"): DOUBLE for op in "+-*/"},
}


def arithmetic(op: str, left: Kind, right: Kind) -> Type | None:
    """The type of `left op right`; None: it has no meaning."""
    return _ARITHMETIC.get((op, left, right))


_SPAN = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s)", re.ASCII)
_UNIT_MS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_LONGEST_MS = 315_576_000_000_000  # ten thousand years, as in CEL
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3}0*)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def duration_ms(text: str) -> int:
    """Milliseconds of a span written as CEL (and Go) write it: "72h", "1h30m", "-1.5s". Raises ValueError."""
    unsigned = text[1:] if text[:1] in ("-", "+") else text
    parts = _SPAN.findall(unsigned)
    if not parts or "".join(number + unit for number, unit in parts) != unsigned:
        days = re.fullmatch(r"(\d{1,6})d", unsigned, re.ASCII)
        raise ValueError(f"write {int(days[1]) * 24}h" if days else "the units are h, m, s and ms")
    total = sum((Decimal(number) * _UNIT_MS[unit] for number, unit in parts), Decimal(0))
    if total != total.to_integral_value() or total > _LONGEST_MS:
        raise ValueError("it is not a whole number of milliseconds below ten thousand years")
    return -int(total) if text[0] == "-" else int(total)


def timestamp_ms(text: str) -> int:
    """Milliseconds since the epoch of an RFC 3339 time with its offset. Raises ValueError."""
    if not _INSTANT.fullmatch(text):
        raise ValueError("it must be a date, T, a time of day, and Z or an offset")
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


CONSTRUCTORS: Mapping[str, tuple[Callable[[str], int], Type, str]] = {
    "duration": (duration_ms, DURATION, 'duration("72h")'),
    "timestamp": (timestamp_ms, TIMESTAMP, 'timestamp("2026-01-31T00:00:00Z")'),
}
