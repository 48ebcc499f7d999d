"""Which names a condition uses: what it depends on, and what was absent when it could not be told."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from maatwerk.core.conditions.compile import compile_value
from maatwerk.core.conditions.terms import (
    Apply,
    Checked,
    Choose,
    Each,
    Item,
    Join,
    Listing,
    Part,
    Present,
    Read,
    Stream,
    Tally,
    Term,
    Variable,
)
from maatwerk.core.conditions.tree import Each as EachNode
from maatwerk.core.conditions.tree import Expression, Name, Node, Select, children
from maatwerk.core.conditions.walking import parts as parts_of


def names(expression: Expression | Checked) -> set[str]:
    """The dotted names read from the data, such as `orders.count`; not those that a quantifier introduces.

    Of a `Checked` condition they are names of the schema. Of a bare expression they are as written, where
    `affinity.category.women` cannot be told from a field.
    """
    if isinstance(expression, Checked):
        return {".".join(read.path) for read in _reads(expression.root)}
    return _written(expression.root, frozenset())


def missing(checked: Checked, data: Any) -> list[str]:
    """The names a condition reads that this data cannot tell, sorted: why it was no match."""
    untold = set()
    for read in _reads(checked.root, needed=True):
        if read.type.default is None and compile_value(replace(checked, root=Present(read)))(data) is False:
            untold.add(".".join(read.path))
    return sorted(untold)


def _reads(term: Term, needed: bool = False) -> list[Read]:
    """All readings from the data; with `needed`, not those whose absence a default makes good."""
    match term:
        case Read(of=None):
            return [term]
        case Read() | Variable():
            return []
        case Item(of=of, key=key, type=type_):
            covered = needed and type_.default is not None
            return ([] if covered else _reads(of, needed)) + _reads(key, needed)
        case Part(of=of) | Present(of=of):
            return _reads(of, needed)
        case Listing(items=parts) | Apply(args=parts) | Join(parts=parts):
            return [read for part in parts for read in _reads(part, needed)]
        case Choose(test=test, then=then, otherwise=otherwise):
            return [read for part in (test, then, otherwise) for read in _reads(part, needed)]
        case Each(over=over, condition=condition):
            return _reads(over, needed) + _reads(condition, needed)
        case Tally() | Stream():
            return [read for part in parts_of(term) for read in _reads(part, needed)]
        case _:
            return []


def _written(node: Node, bound: frozenset[str]) -> set[str]:
    if (path := _path(node)) is not None:
        return set() if path.partition(".")[0] in bound else {path}
    if isinstance(node, EachNode):
        return _written(node.over, bound) | _written(node.condition, bound | {node.variable})
    found: set[str] = set()
    for child in children(node):
        found |= _written(child, bound)
    return found


def _path(node: Node) -> str | None:
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Select) and (base := _path(node.of)) is not None:
        return f"{base}.{node.field}"
    return None
