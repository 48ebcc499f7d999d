"""The syntax tree of a condition: what was written, before anyone asks whether it makes sense.

Nodes are frozen records that msgspec stores as JSON. They carry no positions, so two texts that mean the same
compare equal; `Expression.offsets` keeps the positions beside the tree, one for each node in the order of
`walk`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as One

from msgspec import Struct

from maatwerk.core.conditions.refusal import RefusedCondition

MAX_TEXT = 4096  # characters
MAX_DEPTH = 32  # of the tree; a chain of && or || is one level, however long
MAX_NODES = 500
MAX_LIST = 1000  # items of one list literal; these count as one node, so that long lists of keys are possible
MAX_NESTED_EACH = 2  # exists inside exists multiplies the work
_SPLIT = "say it in several audiences, and name those"

Quantifier = One["all", "exists", "exists_one"]
QUANTIFIERS: tuple[Quantifier, ...] = ("all", "exists", "exists_one")


class _Node(Struct, frozen=True, tag=True, tag_field="node"):
    pass


class Literal(_Node, frozen=True, tag="literal"):
    """A value as written. `kind` keeps 1, 1.0 and true apart, which Python calls equal."""

    kind: One["null", "bool", "int", "double", "string"]
    value: bool | int | float | str | None


class Name(_Node, frozen=True, tag="name"):
    """`orders`"""

    name: str


class Select(_Node, frozen=True, tag="select"):
    """`of.field`"""

    of: Node
    field: str


class Index(_Node, frozen=True, tag="index"):
    """`of[key]`"""

    of: Node
    key: Node


class ListOf(_Node, frozen=True, tag="list"):
    """`[1, 2, 3]`"""

    items: tuple[Node, ...]


class Call(_Node, frozen=True, tag="call"):
    """`function(args)`, or `target.function(args)`"""

    function: str
    target: Node | None
    args: tuple[Node, ...]


class Unary(_Node, frozen=True, tag="unary"):
    """`!of` or `-of`"""

    op: One["!", "-"]
    of: Node


class Binary(_Node, frozen=True, tag="binary"):
    """Arithmetic, comparison, and `in`."""

    op: One["==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"]
    left: Node
    right: Node


class Chain(_Node, frozen=True, tag="chain"):
    """`a && b && c`, or `a || b || c`: two parts or more."""

    op: One["&&", "||"]
    parts: tuple[Node, ...]


class If(_Node, frozen=True, tag="if"):
    """`test ? then : otherwise`"""

    test: Node
    then: Node
    otherwise: Node


class Has(_Node, frozen=True, tag="has"):
    """`has(of)`: whether the value is there."""

    of: Node


class Each(_Node, frozen=True, tag="each"):
    """`over.exists(variable, condition)` and its siblings."""

    quantifier: Quantifier
    over: Node
    variable: str
    condition: Node


Node = Literal | Name | Select | Index | ListOf | Call | Unary | Binary | Chain | If | Has | Each


class Expression(Struct, frozen=True, eq=False):
    """A parsed condition. Equal to another when the trees are, wherever their parts stood in the text."""

    root: Node
    text: str = ""
    offsets: tuple[int, ...] = ()  # empty for a tree that was never text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly under one, from left to right."""
    match node:
        case Literal() | Name():
            return ()
        case Select(of=of) | Unary(of=of) | Has(of=of):
            return (of,)
        case Index(of=of, key=key):
            return (of, key)
        case ListOf(items=parts) | Chain(parts=parts):
            return parts
        case Call(target=target, args=args):
            return args if target is None else (target, *args)
        case Binary(left=left, right=right):
            return (left, right)
        case If(test=test, then=then, otherwise=otherwise):
            return (test, then, otherwise)
        case Each(over=over, condition=condition):
            return (over, condition)


def walk(root: Node) -> Iterator[tuple[Node, int]]:
    """Each node with its depth (the root's is 1), parents first, from left to right; no recursion."""
    stack = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        stack.extend((child, depth + 1) for child in reversed(children(node)))


def require_modest(root: Node) -> None:
    """Refuse a tree above the limits. The parser calls it, and `check` again for trees that were never
    text."""
    nodes = 0
    for node, depth in walk(root):
        if isinstance(node, ListOf):
            if len(node.items) > MAX_LIST:
                raise RefusedCondition(
                    "list_too_long", f"a list has more than {MAX_LIST} values", hint=_SPLIT
                )
            nodes -= sum(isinstance(item, Literal) for item in node.items)
        nodes += 1
        if depth > MAX_DEPTH:
            raise RefusedCondition("too_deep", f"nested more than {MAX_DEPTH} levels deep", hint=_SPLIT)
        if nodes > MAX_NODES:
            raise RefusedCondition("too_large", f"has more than {MAX_NODES} parts", hint=_SPLIT)
