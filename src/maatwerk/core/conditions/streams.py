"""What a condition may ask of happenings: which ones, in what window, followed by what, what they come to.

    event("Product Viewed").where(e, e.category == "women").within(days(30)).count() >= 3
    item("Product Viewed").notFollowedBy(item("Order Completed"), days(3), "sku").count() >= 1

The shape is CEL's: functions, methods, and macros that bind a name as `exists` does. The half of the checker
that reads them.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import get_args

from msgspec.structs import replace

from maatwerk.core.conditions.naming import Naming
from maatwerk.core.conditions.terms import (
    Apply,
    Bound,
    Constant,
    Follow,
    Join,
    Stream,
    Tally,
    Tallying,
    Term,
)
from maatwerk.core.conditions.tree import Call, Literal, Name, Node
from maatwerk.core.conditions.tree import Each as EachNode
from maatwerk.core.conditions.types import (
    BOOL,
    DOUBLE,
    DURATION,
    INT,
    NUMBERS,
    SCALARS,
    STRING,
    TIMESTAMP,
    Type,
)
from maatwerk.core.conditions.walking import reads_now, terms_of

LIMIT = 500
"""Elements of a stream that are looked at, the newest that match what the event itself says."""

MAX_FOLLOWS = 3
"""Steps of a sequence after its first."""

SPANS = {"minutes": 60_000, "hours": 3_600_000, "days": 86_400_000, "weeks": 604_800_000}
SOURCES = ("event", "item")
_LONGEST_MS = 3_660 * 86_400_000

_BOUNDS = ("within", "before", "since", "until")
_FOLLOWS = ("followedBy", "notFollowedBy")
_TALLIES: tuple[Tallying, ...] = get_args(Tallying)
METHODS = ("where", *_BOUNDS, *_FOLLOWS, *_TALLIES)
_GIVES = {"count": INT, "distinct": INT, "latest": TIMESTAMP, "earliest": TIMESTAMP}


class Streams(Naming):
    """Reads `event(…)`, `item(…)`, their methods, and spans such as `days(30)`."""

    @abstractmethod
    def bool_(self, node: Node, op: str) -> Term:
        """The meaning of a condition inside one."""

    def happened(self, node: Call) -> Term | None:
        """The meaning of a call that is about happenings or spans; None where it is about neither."""
        if node.target is None:
            if node.function in SPANS:
                return self._span(node)
            return self._stream(node) if node.function in SOURCES else None
        if node.function not in METHODS:
            return None
        of = self.term(node.target)
        if not isinstance(of, Stream):
            self.refuse(
                node, "type", f".{node.function}() of {of.type}", f'it takes event("…"), as in {_EXAMPLE}'
            )
        if node.function == "where":
            return self._where(node, of)
        if node.function in _BOUNDS:
            return self._bounded(node, of)
        return self._followed(node, of) if node.function in _FOLLOWS else self._tally(node, of)

    def exists(self, node: EachNode, of: Stream) -> Term:
        """`event("…").exists(e, …)`: whether there is one."""
        if node.quantifier != "exists":
            self.refuse(node, "type", f"{node.quantifier} of happenings", "count them, or ask for exists")
        of = self._matching(node, of, node.variable, node.condition)
        count = Tally("count", of, None, INT, 1)
        return Apply(">=", (count, Constant(1, INT)), BOOL)

    def enough(self, left: Term, right: Term) -> tuple[Term, Term]:
        """Both sides of a comparison; a count that is compared with a number need not go beyond it."""
        if isinstance(left, Tally) and isinstance(right, Constant):
            return self._capped(left, right), right
        if isinstance(right, Tally) and isinstance(left, Constant):
            return left, self._capped(right, left)
        return left, right

    def _capped(self, tally: Tally, number: Constant) -> Tally:
        if tally.op != "count" or not isinstance(number.value, int):
            return tally
        if number.value >= LIMIT:
            detail = f"a count goes up to {LIMIT}: the newest are looked at"
            self.refuse_anywhere("value", detail, "compare with a smaller number, or a shorter window")
        return replace(tally, most=max(1, number.value + 1))

    # -- the calls

    def _span(self, node: Call) -> Term:
        (arg,) = node.args if len(node.args) == 1 else (None,)
        whole = isinstance(arg, Literal) and arg.kind == "int" and isinstance(arg.value, int)
        if not whole or not 0 < arg.value * SPANS[node.function] <= _LONGEST_MS:  # type: ignore[union-attr, operator]  # whole says it is
            detail = f"{node.function}() takes a whole number above 0, of up to ten years"
            self.refuse(node, "value", detail, f"such as {node.function}(3)")
        return Constant(int(arg.value) * SPANS[node.function], DURATION)  # type: ignore[union-attr, arg-type]

    def _stream(self, node: Call) -> Term:
        if self.schema.happening is None:
            self.refuse(node, "unknown_function", f"unknown function {node.function}()", _NOT_HERE)
        if self.variables:
            self.refuse(node, "type", f"{node.function}() cannot stand inside another", "join them with &&")
        (arg,) = node.args if len(node.args) == 1 else (None,)
        name = arg.value if isinstance(arg, Literal) and isinstance(arg.value, str) else ""
        if not name.strip() or len(name) > 255:
            detail = f"{node.function}() takes the name of an event in quotes"
            self.refuse(node, "type", detail, f'such as {node.function}("Product Viewed")')
        named = self.schema.name_of(name) if self.schema.name_of else name
        source = "item" if node.function == "item" else "event"
        return Stream(source, named, Type("stream", item=self.schema.happening))  # type: ignore[arg-type]

    def _where(self, node: Call, of: Stream) -> Stream:
        if len(node.args) != 2 or not isinstance(node.args[0], Name):
            hint = 'such as where(e, e.category == "women")'
            self.refuse(node, "type", "where() takes a name and a condition", hint)
        return self._matching(node, of, node.args[0].name, node.args[1])

    def _matching(self, node: Node, of: Stream, variable: str, condition: Node) -> Stream:
        term = self._of_element(of, variable, lambda: self.bool_(condition, "where"), condition)
        parts = term.parts if isinstance(term, Join) and term.op == "&&" else (term,)
        return replace(of, where=(*of.where, *parts))

    def _of_element(self, of: Stream, variable: str, read: object, node: Node) -> Term:
        """A term in which ``variable`` is one element; it may look at nothing else."""
        if of.type.item is None or not callable(read):
            raise AssertionError(of)
        self.variables.append((variable, of.type.item))
        term: Term = read()
        self.variables.pop()
        for each in terms_of(term):
            if each.outside:
                detail = f"{each.outside} is not of the happening {variable}"
                self.refuse(node, "type", detail, f"inside the brackets only {variable} is known")
            if each.unnamed:
                hint = f'such as {variable}.properties["color"]'
                self.refuse(node, "type", "a property is named in quotes", hint)
        return term

    def _bounded(self, node: Call, of: Stream) -> Stream:
        (arg,) = node.args if len(node.args) == 1 else (None,)
        if arg is None:
            self.refuse(node, "type", f"{node.function}() takes one argument", f"as in {_EXAMPLE}")
        at = self.term(arg)
        side = "since" if node.function in ("within", "since") else "until"
        if node.function in ("within", "before"):
            if not isinstance(at, Constant) or at.type.kind != "duration" or int(at.value) <= 0:
                detail = f"{node.function}() takes a span"
                self.refuse(arg, "type", detail, 'such as days(30), hours(6) or duration("90m")')
            return replace(of, bounds=(*of.bounds, Bound(side, at, ago=True)))  # type: ignore[arg-type]
        at = self.fit(at, TIMESTAMP)
        if at.type.kind != "timestamp":
            hint = 'such as orders.last_at or timestamp("2026-01-31T00:00:00Z")'
            self.refuse(arg, "type", f"{node.function}() takes a moment, not {at.type}", hint)
        if reads_now(at) or any(each.tally for each in terms_of(at)):
            detail = f"{node.function}() takes a moment that stands"
            self.refuse(arg, "type", detail, "for a span, write within")
        return replace(of, bounds=(*of.bounds, Bound(side, at)))  # type: ignore[arg-type]

    def _followed(self, node: Call, of: Stream) -> Stream:
        if len(node.args) not in (2, 3):
            detail = f"{node.function}() takes what follows, and within what span"
            self.refuse(node, "type", detail, f'such as {node.function}(event("Order Completed"), days(3))')
        other, span = self.term(node.args[0]), self.term(node.args[1])
        if not isinstance(other, Stream):
            self.refuse(node.args[0], "type", f"{node.function}() of {other.type}", 'it takes event("…")')
        if not isinstance(span, Constant) or span.type.kind != "duration" or int(span.value) <= 0:
            self.refuse(node.args[1], "type", f"{node.function}() takes a span", "such as days(3)")
        by = ""
        if len(node.args) == 3:
            by = self._field(node.args[2], of)
        follow = Follow(other, int(span.value), by, negated=node.function == "notFollowedBy")
        found = replace(of, follows=(*of.follows, follow))
        if follows(found) > MAX_FOLLOWS:
            self.refuse(node, "too_deep", f"a sequence of more than {MAX_FOLLOWS + 1} steps")
        return found

    def _field(self, node: Node, of: Stream) -> str:
        fields = {k: v for k, v in of.type.item.fields.items() if k != "time"} if of.type.item else {}
        name = node.value if isinstance(node, Literal) and isinstance(node.value, str) else ""
        if name not in fields or fields[name].kind not in SCALARS:
            known = ", ".join(sorted(field for field, type_ in fields.items() if type_.kind in SCALARS))
            self.refuse(node, "type", "the same what? Name a field in quotes", f"one of {known}")
        return name

    def _tally(self, node: Call, of: Stream) -> Term:
        op: Tallying = next(each for each in _TALLIES if each == node.function)
        if op in ("count", "latest", "earliest"):
            if node.args:
                hint = f"as in {_EXAMPLE}" if op == "count" else ""
                self.refuse(node, "type", f"{op}() takes nothing: say which ones with where()", hint)
            return Tally(op, of, None, _GIVES[op])
        if len(node.args) != 2 or not isinstance(node.args[0], Name):
            self.refuse(node, "type", f"{op}() takes a name and a value", f"such as {op}(e, e.price)")
        wanted = STRING if op == "distinct" else DOUBLE
        name, value = node.args[0].name, node.args[1]
        term = self._of_element(of, name, lambda: self.fit(self.term(value), wanted), value)
        if term.type.kind not in (SCALARS if op == "distinct" else NUMBERS):
            self.refuse(value, "type", f"{op}() of {term.type}", "it takes a value of each happening")
        return Tally(op, of, term, _GIVES.get(op, DOUBLE))


def follows(of: Stream) -> int:
    """Steps after the first."""
    return sum(1 + follows(each.other) for each in of.follows)


_EXAMPLE = 'event("Product Viewed").within(days(30)).count() >= 3'
_NOT_HERE = "what happened can be asked by audiences alone"
