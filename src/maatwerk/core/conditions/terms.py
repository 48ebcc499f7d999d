"""The typed tree: what a condition means, with every name, type and operation settled.

This is what interpreters read; the syntax tree is for people. Every term has a type, and one of two
outcomes: a value of that type, or *cannot be told*. There are seven laws, and an interpreter is right when it
keeps them:

1. `Read` tells what the data holds if that has the declared type, else the type's default, else nothing.
2. `Apply` is strict: it cannot be told where an argument cannot, where it divides by zero, or where a whole
   number leaves 64 bits or a double stops being finite. Nothing else happens; there are no exceptions to
   handle.
3. `Join` is Kleene's logic: false && anything = false, true || anything = true, whatever cannot be told.
4. `Choose` cannot be told where its test cannot; the branch not taken does not matter.
5. `Each` is a `Join` over the elements; `exists_one` cannot be told where one element cannot.
6. `Present` can always be told.
7. `Tally` reads the newest `streams.LIMIT` elements that match what the event itself says, and of these those
   that match the rest. A count, a sum and a count of distinct values are 0 where there is none; the others
   cannot be told then. An element whose value cannot be told adds nothing.

That is CEL's semantics with "error" read as *cannot be told*, and it is also exactly SQL's with NULL for
it: `AND`, `OR` and `CASE` are Kleene's, functions are strict, `Present` is `IS NOT NULL`. So the closure
(`compile.py`) for one shopper and SQL for all of them are two walks over this one tree, held together by
property tests against the same reference; at the end both say "no match" for what cannot be told, so that
targeting fails closed.
"""

from __future__ import annotations

from typing import Literal as One

from msgspec import Struct

from maatwerk.core.conditions.tree import Expression, Quantifier
from maatwerk.core.conditions.types import BOOL, Scalar, Schema, Type

Operation = One[
    "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "!", "negate", "in", "in_keys",
    "size", "contains", "startsWith", "endsWith", "lower", "int", "double",
]  # fmt: skip


class _Term(Struct, frozen=True, tag=True, tag_field="term"):
    pass


class Constant(_Term, frozen=True, tag="constant"):
    """A value. Timestamps and durations are already milliseconds."""

    value: Scalar
    type: Type


class Variable(_Term, frozen=True, tag="variable"):
    """The element an enclosing `Each` looks at; `level` 1 is the outermost."""

    level: int
    type: Type


class Read(_Term, frozen=True, tag="read"):
    """A field of the data: `path` from the root, or from the element that `of` names."""

    path: tuple[str, ...]
    type: Type
    of: Variable | None = None


class Item(_Term, frozen=True, tag="item"):
    """The value of a map under a key, or of a list at a position from 0."""

    of: Term
    key: Term
    type: Type


class Part(_Term, frozen=True, tag="part"):
    """A field of a record that is itself an item: `lines[0].price`."""

    of: Term
    path: tuple[str, ...]
    type: Type


class Listing(_Term, frozen=True, tag="listing"):
    """A list written in the condition, its items constant or not."""

    items: tuple[Term, ...]
    type: Type


class Apply(_Term, frozen=True, tag="apply"):
    """An operation on told values. The arguments' types say which: `/` of two ints truncates toward zero, and
    `%` takes the sign of what is divided, as in CEL and SQL (not as in Python)."""

    operation: Operation
    args: tuple[Term, ...]
    type: Type


class Join(_Term, frozen=True, tag="join"):
    """`&&` or `||` of two parts or more."""

    op: One["&&", "||"]
    parts: tuple[Term, ...]
    type: Type = BOOL


class Choose(_Term, frozen=True, tag="choose"):
    """`test ? then : otherwise`"""

    test: Term
    then: Term
    otherwise: Term
    type: Type


class Present(_Term, frozen=True, tag="present"):
    """Whether `of` can be told without its default."""

    of: Term
    type: Type = BOOL


class Each(_Term, frozen=True, tag="each"):
    """A quantifier over the elements of a list or the keys of a map."""

    quantifier: Quantifier
    over: Term
    level: int
    condition: Term
    type: Type = BOOL


class Bound(Struct, frozen=True):
    """One end of a window. ``ago``: ``at`` is how long before now (milliseconds), and the window is open
    there: what happened exactly then is out of ``since``, and in ``until``. Else a moment, in ``since``."""

    side: One["since", "until"]
    at: Term
    ago: bool = False


class Follow(Struct, frozen=True):
    """Whether an element of ``other`` comes within ``span`` milliseconds after, with the same ``by`` where
    that is a field. ``negated``: none does, and the span is over."""

    other: Stream
    span: int
    by: str = ""
    negated: bool = False


class Stream(_Term, frozen=True, tag="stream"):
    """Happenings of one name, each an element; of ``item`` one for every product line. ``where`` reads the
    element alone (`Variable` of level 1)."""

    source: One["event", "item"]
    name: str
    type: Type
    where: tuple[Term, ...] = ()
    bounds: tuple[Bound, ...] = ()
    follows: tuple[Follow, ...] = ()


class Tally(_Term, frozen=True, tag="tally"):
    """One value from a stream. ``count`` stops at ``most`` where that is not 0: more makes no difference."""

    op: Tallying
    of: Stream
    value: Term | None
    type: Type
    most: int = 0


Tallying = One["count", "sum", "average", "least", "greatest", "distinct", "latest", "earliest"]

Plain = Constant | Variable | Read | Item | Part | Listing | Apply | Join | Choose | Present | Each
Term = Plain | Stream | Tally


class Checked(Struct, frozen=True):
    """A condition that makes sense under a schema."""

    root: Term
    schema: Schema
    expression: Expression
