"""Does a condition make sense: every name known, every operation between fitting types? Then say what it
means.

More lenient than CEL in one point: where an int meets a double it is taken as a double.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from maatwerk.core.conditions.functions import CONSTRUCTORS, FUNCTIONS, METHODS, arithmetic
from maatwerk.core.conditions.refusal import did_you_mean
from maatwerk.core.conditions.streams import Streams
from maatwerk.core.conditions.terms import (
    Apply,
    Checked,
    Choose,
    Constant,
    Each,
    Join,
    Listing,
    Present,
    Stream,
    Term,
)
from maatwerk.core.conditions.tree import (
    MAX_NESTED_EACH,
    Binary,
    Call,
    Chain,
    Expression,
    Has,
    If,
    Index,
    ListOf,
    Literal,
    Name,
    Node,
    Select,
    Unary,
    require_modest,
)
from maatwerk.core.conditions.tree import Each as EachNode
from maatwerk.core.conditions.types import (
    BOOL,
    DOUBLE,
    NUMBERS,
    ORDERED,
    SCALARS,
    STRING,
    Schema,
    Type,
    list_of,
)


def check(expression: Expression, schema: Schema, expect: Type = BOOL) -> Checked:
    """The typed meaning of an expression whose value is of type `expect`.

    Raises `RefusedCondition` with code `condition_unknown_name`, `condition_unknown_function`,
    `condition_type`, `condition_value`, or one of the limits' codes; it says where, and what would be right.
    """
    require_modest(expression.root)
    checker = _Checker(expression, schema)
    root = checker.fit(checker.term(expression.root), expect)
    if root.type.kind != expect.kind:
        hint = "compare it with something" if expect.kind == "bool" else ""
        if root.type.kind == "stream":
            hint = "count them: ….count() >= 1"
        checker.refuse(expression.root, "type", f"gives {root.type}, where {expect} is needed", hint)
    return Checked(root=root, schema=schema, expression=expression)


class _Checker(Streams):
    def term(self, node: Node) -> Term:
        match node:
            case Literal():
                return self.literal(node)
            case Name() | Select():
                return self.told(node, self.place(node))
            case Index():
                return self.told(node, self.item(node, node.of, node.key))
            case ListOf():
                return self.listing(node)
            case Call():
                return self.call(node)
            case Unary(op="!", of=of):
                return Apply("!", (self.bool_(of, "!"),), BOOL)
            case Unary(of=of):
                return self.negation(node, of)
            case Binary(op="in"):
                return self.membership(node)
            case Binary(op="==" | "!="):
                return self.equality(node)
            case Binary(op="<" | "<=" | ">" | ">="):
                left, right = self.pair(node)
                if left.type.kind not in ORDERED:
                    self.refuse(node, "type", f"{left.type} values have no order, so {node.op} says nothing")
                return Apply(node.op, self.enough(left, right), BOOL)
            case Binary():
                return self.sum_(node)
            case Chain(op=op, parts=parts):
                return Join(op, tuple(self.bool_(part, op) for part in parts))
            case If():
                return self.choice(node)
            case Has(of=of):
                return Present(self.without_default(self.reading(of)))
            case EachNode():
                return self.each(node)

    # -- values

    def literal(self, node: Literal) -> Term:
        if node.value is None:
            self.refuse(node, "type", "null can only be compared, with == or !=", "has(…) asks the same")
        return Constant(node.value, Type(node.kind))

    def listing(self, node: ListOf) -> Term:
        items = [self.term(item) for item in node.items]
        if not items:
            self.refuse(node, "value", "the list is empty", "write false for what never holds")
        item_type = DOUBLE if any(item.type.kind == "double" for item in items) else items[0].type
        fitted = [self.fit(item, item_type) for item in items]
        for item_node, item in zip(node.items, fitted, strict=True):
            if item.type.kind != item_type.kind or item.type.kind not in SCALARS:
                self.refuse(item_node, "type", f"a list of {item_type} cannot hold {item.type}")
        return Listing(tuple(fitted), list_of(replace(item_type, default=None)))

    def bool_(self, node: Node, op: str) -> Term:
        term = self.fit(self.term(node), BOOL)
        if term.type.kind != "bool":
            self.refuse(
                node, "type", f"{op} needs true or false, not {term.type}", "compare it with something"
            )
        return term

    def alike(self, left: Term, right: Term) -> tuple[Term, Term]:
        """Both terms, each fitted to the other."""
        left = self.fit(left, right.type)
        right = self.fit(right, left.type)
        return self.fit(left, right.type), right

    def pair(self, node: Binary) -> tuple[Term, Term]:
        """Both sides, of one type; refused where they cannot be."""
        left, right = self.alike(self.term(node.left), self.term(node.right))
        if left.type.kind != right.type.kind:
            self.refuse(node, "type", f"{node.op} between {left.type} and {right.type}", _mixed(left, right))
        if left.type.kind == "any":
            self.refuse(node, "type", f"{node.op} between two values whose types nobody declared")
        return left, right

    # -- operations

    def equality(self, node: Binary) -> Term:
        for null, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(null, Literal) and null.kind == "null":
                present = Present(self.without_default(self.reading(other)))
                return present if node.op == "!=" else Apply("!", (present,), BOOL)
        left, right = self.pair(node)
        if left.type.kind not in SCALARS:
            hint = 'ask for one value: "x" in list, or list.exists(v, …)'
            self.refuse(node, "type", f"{node.op} between two values of {left.type}", hint)
        return Apply(node.op, self.enough(left, right), BOOL)

    def membership(self, node: Binary) -> Term:
        value, within = self.term(node.left), self.term(node.right)
        if within.type.kind == "map":
            value = self.fit(value, STRING)
            if value.type.kind != "string":
                self.refuse(node, "type", f"the keys of a map are text, not {value.type}")
            return Apply("in_keys", (value, within), BOOL)
        if within.type.kind != "list" or within.type.item is None:
            hint = 'for a part of a text, write text.contains("…")' if within.type.kind == "string" else ""
            self.refuse(node, "type", f"in needs a list or a map on its right, not {within.type}", hint)
        value = self.fit(value, within.type.item)
        comparable = {value.type.kind, within.type.item.kind}
        if value.type.kind not in SCALARS or (len(comparable) > 1 and not comparable <= set(NUMBERS)):
            self.refuse(node, "type", f"{value.type} cannot be in {within.type}")
        return Apply("in", (value, within), BOOL)

    def sum_(self, node: Binary) -> Term:
        left, right = self.alike(self.term(node.left), self.term(node.right))
        result = arithmetic(node.op, left.type.kind, right.type.kind)
        if result is None:
            self.refuse(
                node, "type", f"{left.type} {node.op} {right.type} has no meaning", _mixed(left, right)
            )
        return Apply(node.op, (left, right), result)

    def negation(self, node: Node, of: Node) -> Term:
        term = self.term(of)
        if term.type.kind not in (*NUMBERS, "duration"):
            self.refuse(node, "type", f"- needs a number, not {term.type}")
        return Apply("negate", (term,), replace(term.type, default=None))

    def choice(self, node: If) -> Term:
        test = self.bool_(node.test, "?")
        then, otherwise = self.alike(self.term(node.then), self.term(node.otherwise))
        if then.type.kind != otherwise.type.kind or then.type.kind not in SCALARS:
            detail = f"both sides of the : must give one type of value, not {then.type} and {otherwise.type}"
            self.refuse(node, "type", detail)
        return Choose(test, then, otherwise, replace(then.type, default=None))

    def each(self, node: EachNode) -> Term:
        over = self.term(node.over)
        if isinstance(over, Stream):
            return self.exists(node, over)
        if over.type.kind not in ("list", "map") or over.type.item is None:
            self.refuse(node, "type", f"{node.quantifier} needs a list or a map, not {over.type}")
        if len(self.variables) == MAX_NESTED_EACH:
            detail = f"more than {MAX_NESTED_EACH} quantifiers inside each other"
            self.refuse(node, "too_deep", detail, "say it in several audiences, and name those")
        element = STRING if over.type.kind == "map" else over.type.item
        self.variables.append((node.variable, element))
        condition = self.bool_(node.condition, node.quantifier)
        self.variables.pop()
        return Each(node.quantifier, over, len(self.variables) + 1, condition)

    def call(self, node: Call) -> Term:
        if (about := self.happened(node)) is not None:
            return about
        if node.target is None and node.function in CONSTRUCTORS:
            return self.constructed(node)
        table = FUNCTIONS if node.target is None else METHODS
        known = table.get(node.function)
        if known is None:
            other = [f".{name}()" for name in METHODS] + [f"{name}()" for name in (*FUNCTIONS, *CONSTRUCTORS)]
            written = f".{node.function}()" if node.target else f"{node.function}()"
            detail = f"unknown function {written}"
            self.refuse(node, "unknown_function", detail, did_you_mean(written, other))
        nodes = node.args if node.target is None else (node.target, *node.args)
        self.require_count(node, nodes, len(known.takes))
        args = []
        for arg_node, kinds in zip(nodes, known.takes, strict=True):
            arg = self.term(arg_node)
            arg = self.fit(arg, Type(kinds[0])) if arg.type.kind not in kinds else arg
            if arg.type.kind not in kinds:
                self.refuse(
                    arg_node, "type", f"{node.function}() of {arg.type}", f"it takes {' or '.join(kinds)}"
                )
            args.append(arg)
        return Apply(known.operation, tuple(args), known.gives)

    def constructed(self, node: Call) -> Term:
        """`duration("72h")` and `timestamp("…")`, of a text that is written out, so that it is checked
        now."""
        self.require_count(node, node.args, 1)
        (arg,) = node.args
        read, type_, example = CONSTRUCTORS[node.function]
        if not isinstance(arg, Literal) or not isinstance(arg.value, str):
            self.refuse(node, "type", f"{node.function}() takes a text in quotes", f"such as {example}")
        try:
            return Constant(read(arg.value), type_)
        except ValueError as error:
            self.refuse(arg, "value", f"{arg.value!r} is no {node.function}: {error}", f"such as {example}")

    def require_count(self, node: Call, nodes: Sequence[Node], count: int) -> None:
        if len(nodes) != count:
            given, needed = (len(nodes) - 1, count - 1) if node.target else (len(nodes), count)
            self.refuse(node, "type", f"{node.function}() takes {needed} arguments, not {given}")


def _mixed(left: Term, right: Term) -> str:
    kinds = {left.type.kind, right.type.kind}
    if "timestamp" in kinds or "duration" in kinds:
        return 'write times as timestamp("2026-01-31T00:00:00Z") and spans as duration("72h")'
    return "both sides must be of one type"
