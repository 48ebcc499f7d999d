"""Closures that read the data, and never give a value of another type than was declared.

`env` is the data itself; inside a quantifier it is a tuple of the data and the elements looked at,
outermost first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import Any

from maatwerk.core.conditions.types import Scalar, Type

Run = Callable[[Any], Any]

LISTS = (list, tuple, AbstractSet)
_PLAIN: dict[str, type] = {
    "bool": bool, "int": int, "double": float, "string": str, "timestamp": int, "duration": int,
    "list": list, "map": dict, "record": dict, "any": object,
}  # fmt: skip
# What a read of data of another shape may raise; of well-shaped data, only the first two.
_ABSENT = (KeyError, AttributeError, TypeError, IndexError)


class CannotTell(Exception):
    """The value cannot be told from this data. Never leaves the package."""


def admitter(type_: Type) -> Callable[[Any], Any]:
    """A function that gives a value as its declared type has it, or the default, or raises `CannotTell`.

    Callers test for the plain Python type themselves first, and come here for the rest.
    """
    default = type_.default
    admits = _ADMITS[type_.kind]

    def admit(value: Any) -> Any:
        if value is not None:
            admitted = admits(value)
            if admitted is not None:
                return admitted
        if default is None:
            raise CannotTell
        return default

    return admit


def plain_type(type_: Type) -> type:
    """The Python type that nearly all values of a type have."""
    return _PLAIN[type_.kind]


def field_reader(fetch: Run | None, path: tuple[str, ...], type_: Type, attributes: bool) -> Run:
    """Reads a path of fields from what `fetch` gives (None: from the data itself)."""
    plain, admit = plain_type(type_), admitter(type_)
    get = attrgetter(".".join(path)) if attributes else _items(path)
    if fetch is None and not attributes and len(path) == 2:
        return _two_items(*path, plain, admit)

    def read(env: Any) -> Any:
        try:
            value = get(env if fetch is None else fetch(env))
        except _ABSENT:
            value = None
        except CannotTell:  # of what holds the field
            value = None
        return value if type(value) is plain else admit(value)

    return read


def _items(path: tuple[str, ...]) -> Run:
    if len(path) == 1:
        (only,) = path
        return lambda data: data[only]

    def get(data: Any) -> Any:
        for step in path:
            data = data[step]
        return data

    return get


def _two_items(first: str, second: str, plain: type, admit: Run) -> Run:
    """The commonest reading, `orders.count`, in one closure."""

    def read(env: Any) -> Any:
        try:
            value = env[first][second]
        except _ABSENT:
            value = None
        return value if type(value) is plain else admit(value)

    return read


def item_reader(of: Run, key: Run, constant_key: Scalar | None, type_: Type) -> Run:
    """Reads an item of a map by text, or of a list by position; negative positions hold nothing."""
    plain, admit = plain_type(type_), admitter(type_)

    if isinstance(constant_key, str):

        def read_key(env: Any) -> Any:
            try:
                value = of(env)[constant_key]
            except (KeyError, CannotTell):
                value = None
            return value if type(value) is plain else admit(value)

        return read_key

    def read(env: Any) -> Any:
        wanted = key(env)  # untold: so is the item, default or not
        try:
            value = None if type(wanted) is int and wanted < 0 else of(env)[wanted]
        except (*_ABSENT, CannotTell):
            value = None
        return value if type(value) is plain else admit(value)

    return read


def _bool(value: Any) -> Any:
    return value if isinstance(value, bool) else None


def _int(value: Any) -> Any:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _double(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        double = float(value)
    except OverflowError:
        return None
    return double if math.isfinite(double) else None


def _string(value: Any) -> Any:
    return str(value) if isinstance(value, str) else None


def _list(value: Any) -> Any:
    return value if isinstance(value, LISTS) else None


def _map(value: Any) -> Any:
    return value if isinstance(value, Mapping) else None


def _anything(value: Any) -> Any:
    return value


_ADMITS: dict[str, Callable[[Any], Any]] = {
    "bool": _bool, "int": _int, "double": _double, "string": _string, "timestamp": _int, "duration": _int,
    "list": _list, "map": _map, "record": _anything, "any": _anything,
}  # fmt: skip
