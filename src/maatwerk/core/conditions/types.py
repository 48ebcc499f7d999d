"""The types a condition works with, and the schema that says which names exist.

Values are plain Python: `int` and `float` for numbers (doubles are finite), `str`, `bool`; a timestamp is
an `int` of milliseconds since the epoch in UTC, a duration an `int` of milliseconds; lists are any sized
collection, maps are mappings with text keys. Absent, null, and "not of the declared type" are one thing:
the value cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Scalar = bool | int | float | str
Kind = Literal[
    "bool",
    "int",
    "double",
    "string",
    "timestamp",
    "duration",
    "list",
    "map",
    "record",
    "any",
    "null",
    "stream",
]


class Type(Struct, frozen=True, omit_defaults=True):
    """What a value is. Two types mean the same when their `str` is the same; a default is no part of that."""

    kind: Kind
    item: Type | None = None  # of a list or a map
    fields: dict[str, Type] = {}  # of a record
    default: Scalar | None = None  # the value when there is none; None: then it cannot be told

    def __str__(self) -> str:
        return f"{self.kind}({self.item})" if self.item else self.kind


BOOL, INT, DOUBLE, STRING = Type("bool"), Type("int"), Type("double"), Type("string")
TIMESTAMP, DURATION = Type("timestamp"), Type("duration")
ANY = Type("any")  # a shop's own value, such as a trait: told only where it has the type its use asks for
NULL = Type("null")  # of the literal alone

NUMBERS = ("int", "double")
SCALARS = ("bool", "int", "double", "string", "timestamp", "duration")
ORDERED = ("int", "double", "string", "timestamp", "duration")


def optional(type_: Type, default: Scalar) -> Type:
    """A scalar that is `default` where the data does not hold it (a new visitor's `orders.count` is 0)."""
    if type_.kind not in SCALARS:
        raise ValueError(f"a default is for scalars, not for {type_}")
    return replace(type_, default=default)


def list_of(item: Type) -> Type:
    """A collection of values of one type."""
    return Type("list", item=item)


def map_of(item: Type, default: Scalar | None = None) -> Type:
    """Values of one type by text key. With a default every key has a value, in an absent map too."""
    return Type("map", item=item if default is None else optional(item, default))


def record(fields: Mapping[str, Type]) -> Type:
    """A value with named fields, read as the schema reads (items of a mapping, or attributes)."""
    return Type("record", fields=dict(fields))


class Schema(Struct, frozen=True):
    """The names a condition may use.

    `reads` says how records are read, one way for the whole schema so that reading stays fast: "items" of
    mappings or "attributes" of objects such as msgspec structs.
    """

    root: Type
    reads: Literal["items", "attributes"] = "items"
    happening: Type | None = None
    """The record of one happening, where conditions may ask for what happened (`event("…")`)."""
    name_of: Callable[[str], str] | None = None
    """The name under which happenings are kept, from one that people write."""

    @classmethod
    def of(
        cls,
        names: Mapping[str, Type],
        reads: Literal["items", "attributes"] = "items",
        happening: Type | None = None,
        name_of: Callable[[str], str] | None = None,
    ) -> Schema:
        """From names to types. A dotted name declares a field: `{"orders.count": INT}` makes `orders` a
        record."""
        root: dict[str, Type] = {}
        for name, type_ in names.items():
            *records, last = name.split(".")
            fields = root
            for step in records:
                inner = fields.setdefault(step, Type("record", fields={}))
                if inner.kind != "record":
                    raise ValueError(f"{name}: {step} is declared as {inner}, which has no fields")
                fields = inner.fields
            if last in fields:
                raise ValueError(f"{name} is declared twice")
            fields[last] = record(type_.fields) if type_.kind == "record" else type_
        return cls(root=record(root), reads=reads, happening=happening, name_of=name_of)

    def dotted(self) -> list[str]:
        """Every name that can be written, such as `orders.count`, sorted; what an editor would complete."""
        return sorted(_dotted(self.root, ""))


def _dotted(type_: Type, prefix: str) -> Iterator[str]:
    for name, inner in type_.fields.items():
        if inner.kind == "record":
            yield from _dotted(inner, f"{prefix}{name}.")
        else:
            yield prefix + name
