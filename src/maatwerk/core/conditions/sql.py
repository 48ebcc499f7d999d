"""The second interpreter: a typed tree becomes an SQL expression, for everybody at once (DuckDB's dialect).

What cannot be told is NULL: `AND`, `OR` and `CASE` are then the language's own, and functions are strict.
What a term stands for that is not in it (a fact, a tally, a field of a happening) is given by the caller.
"""

from __future__ import annotations

from collections.abc import Callable

from maatwerk.core.conditions.terms import (
    Apply,
    Choose,
    Constant,
    Each,
    Join,
    Listing,
    Present,
    Term,
    Variable,
)
from maatwerk.core.conditions.types import Scalar
from maatwerk.core.errors import Impossible

Given = Callable[[Term], str | None]
"""The SQL of a term that the caller knows; None: it is for this module."""

_INT_MAX = 2**63 - 1


def expression(term: Term, given: Given) -> str:
    """The SQL of a term: a scalar of its type, or NULL."""
    known = given(term)
    if known is not None:
        return known
    match term:
        case Constant(value=value):
            return literal(value)
        case Join(op=op, parts=parts):
            return "(" + (" AND " if op == "&&" else " OR ").join(expression(p, given) for p in parts) + ")"
        case Choose(test=test, then=then, otherwise=otherwise):
            one, two, three = (expression(part, given) for part in (test, then, otherwise))
            return f"(CASE WHEN {one} THEN {two} WHEN NOT {one} THEN {three} END)"
        case Present(of=of):
            return f"({expression(of, given)} IS NOT NULL)"
        case Apply(args=args):
            return _apply(
                term, [expression(arg, given) for arg in args if not isinstance(arg, Listing)], given
            )
        case Each(quantifier=quantifier, over=over, level=level, condition=condition):
            return _each(quantifier, expression(over, given), level, condition, given)
        case Variable(level=level):
            return f"x{level}"
    raise Impossible(f"no SQL for {type(term).__name__}")


def literal(value: Scalar) -> str:
    """A value as SQL writes it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return f"CAST({value} AS BIGINT)"
    if isinstance(value, float):
        return f"CAST({value!r} AS DOUBLE)"
    return text(value)


def text(value: str) -> str:
    """Text in quotes; what a string of SQL cannot hold is put together."""
    quoted = value.replace("'", "''")
    if "\x00" in quoted:
        return " || chr(0) || ".join(f"'{part}'" for part in quoted.split("\x00"))
    return f"'{quoted}'"


def column(name: str) -> str:
    """A name in quotes."""
    return '"' + name.replace('"', '""') + '"'


def json_value(holder: str, key: str, kind: str) -> str:
    """The value under a key of a JSON object in text, where it has the kind that is asked for."""
    path = text("/" + key.replace("~", "~0").replace("/", "~1"))
    types = {
        "string": "'VARCHAR'",
        "bool": "'BOOLEAN'",
        "double": "'DOUBLE', 'BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT'",
    }
    if kind not in types:
        return "NULL"
    value = f"json_extract_string({holder}, {path})"
    if kind != "string":
        value = f"TRY_CAST({value} AS {'BOOLEAN' if kind == 'bool' else 'DOUBLE'})"
    return f"(CASE WHEN json_type({holder}, {path}) IN ({types[kind]}) THEN {value} END)"


def _apply(term: Apply, args: list[str], given: Given) -> str:
    op = term.operation
    if op in _INFIX:
        return f"({args[0]} {_INFIX[op]} {args[1]})"
    if op == "!":
        return f"(NOT {args[0]})"
    if op in ("+", "-", "*", "/", "%", "negate"):
        return _reckoned(op, term.args[0].type.kind, args)
    if op == "in":
        return _in(term.args[1], args, given)
    return {
        "size": lambda of: f"length({of})",
        "lower": lambda of: f"lower({of})",
        "int": lambda of: f"TRY_CAST(trunc({of}) AS BIGINT)",
        "double": lambda of: f"CAST({of} AS DOUBLE)",
        "contains": lambda of: f"contains({of}, {args[1]})",
        "startsWith": lambda of: f"starts_with({of}, {args[1]})",
        "endsWith": lambda of: f"ends_with({of}, {args[1]})",
    }[op](args[0])


_INFIX = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _reckoned(op: str, kind: str, args: list[str]) -> str:
    if op == "+" and kind == "string":
        return f"({args[0]} || {args[1]})"
    if kind == "double":
        made = f"(-{args[0]})" if op == "negate" else f"({args[0]} {op} {args[1]})"
        if op == "/":
            made = f"(CASE WHEN {args[1]} <> 0 THEN {args[0]} / {args[1]} END)"
        return f"(CASE WHEN isfinite({made}) THEN {made} END)"
    wide = [f"CAST({arg} AS HUGEINT)" for arg in args]
    if op == "negate":
        return f"TRY_CAST(-{wide[0]} AS BIGINT)"
    if op in ("/", "%"):
        divided = f"({wide[0]} {'//' if op == '/' else '%'} {wide[1]})"
        return f"(CASE WHEN {args[1]} <> 0 THEN TRY_CAST({divided} AS BIGINT) END)"
    return f"TRY_CAST({wide[0]} {op} {wide[1]} AS BIGINT)"


def _in(within: Term, args: list[str], given: Given) -> str:
    if isinstance(within, Listing):
        items = ", ".join(expression(item, given) for item in within.items)
        return f"({args[0]} IN ({items}))"
    return f"list_contains({args[1]}, {args[0]})"


def _each(quantifier: str, over: str, level: int, condition: Term, given: Given) -> str:
    found = f"list_transform({over}, lambda x{level}: {expression(condition, given)})"
    if quantifier == "exists":
        return f"(CASE WHEN {over} IS NULL THEN NULL ELSE list_contains({found}, TRUE) END)"
    if quantifier == "all":
        return f"(CASE WHEN {over} IS NULL THEN NULL ELSE NOT list_contains({found}, FALSE) END)"
    kept = f"list_filter({found}, lambda y{level}: y{level})"
    return f"(CASE WHEN {over} IS NULL THEN NULL ELSE len({kept}) = 1 END)"
