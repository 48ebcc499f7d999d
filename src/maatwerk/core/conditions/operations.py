"""Closures of the strict operations: arguments in, one value out, or `CannotTell`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from maatwerk.core.conditions.parse import INT_MAX, INT_MIN
from maatwerk.core.conditions.reading import CannotTell, Run

_COMPARE: Mapping[str, Callable[[Run, Run], Run]] = {
    "==": lambda left, right: lambda env: left(env) == right(env),
    "!=": lambda left, right: lambda env: left(env) != right(env),
    "<": lambda left, right: lambda env: left(env) < right(env),
    "<=": lambda left, right: lambda env: left(env) <= right(env),
    ">": lambda left, right: lambda env: left(env) > right(env),
    ">=": lambda left, right: lambda env: left(env) >= right(env),
}
# One call less where the right side is a constant, as it nearly always is.
_COMPARE_CONSTANT: Mapping[str, Callable[[Run, Any], Run]] = {
    "==": lambda left, right: lambda env: left(env) == right,
    "!=": lambda left, right: lambda env: left(env) != right,
    "<": lambda left, right: lambda env: left(env) < right,
    "<=": lambda left, right: lambda env: left(env) <= right,
    ">": lambda left, right: lambda env: left(env) > right,
    ">=": lambda left, right: lambda env: left(env) >= right,
}


def _within(value: int) -> int:
    """A whole number of 64 bits."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise CannotTell


def finite(value: float) -> float:
    """A double that is a number, or nothing."""
    if math.isfinite(value):
        return value
    raise CannotTell


def _divide(left: int, right: int) -> int:
    """Toward zero."""
    if right == 0:
        raise CannotTell
    quotient = abs(left) // abs(right)
    return _within(quotient if (left < 0) == (right < 0) else -quotient)


def _remainder(left: int, right: int) -> int:
    """With the sign of what is divided."""
    if right == 0:
        raise CannotTell
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def _divide_doubles(left: float, right: float) -> float:
    if right == 0.0:
        raise CannotTell
    return finite(left / right)


_WHOLE: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: _within(left + right),
    "-": lambda left, right: _within(left - right),
    "*": lambda left, right: _within(left * right),
    "/": _divide,
    "%": _remainder,
}
_DOUBLE: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: finite(left + right),
    "-": lambda left, right: finite(left - right),
    "*": lambda left, right: finite(left * right),
    "/": _divide_doubles,
}
_TEXT: Mapping[str, Callable[[Any, Any], Any]] = {
    "contains": lambda text, part: part in text,
    "startsWith": lambda text, part: text.startswith(part),
    "endsWith": lambda text, part: text.endswith(part),
    "in": lambda value, within: value in within,
    "in_keys": lambda value, within: value in within,
}


def _to_int(value: float) -> int:
    return _within(int(value))


def _to_double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise CannotTell from None


_UNARY: Mapping[str, Callable[[Any], Any]] = {
    "size": len,
    "lower": str.lower,
    "int": _to_int,
    "double": _to_double,
}


def compare(op: str, left: Run, right: Run, constant: Any) -> Run | None:
    """The closure of a comparison; `constant` is the right side's value where it has one, else None."""
    if op not in _COMPARE:
        return None
    return _COMPARE[op](left, right) if constant is None else _COMPARE_CONSTANT[op](left, constant)


def unary(operation: str, kind: str, of: Run) -> Run:
    """The closure of an operation on one value of a kind."""
    if operation == "!":
        return lambda env: not of(env)
    if operation == "negate":
        return (lambda env: -of(env)) if kind == "double" else (lambda env: _within(-of(env)))
    function = _UNARY[operation]
    return lambda env: function(of(env))


def binary(operation: str, kind: str, left: Run, right: Run) -> Run:
    """The closure of an operation on two values, the left one of a kind."""
    if operation in _TEXT:
        function = _TEXT[operation]
    elif kind == "string":
        return lambda env: left(env) + right(env)
    else:
        function = (_DOUBLE if kind == "double" else _WHOLE)[operation]
    return lambda env: function(left(env), right(env))
