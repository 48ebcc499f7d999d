"""From syntax tree back to text, with no more parentheses than the tree needs: `parse(to_text(e)) == e`."""

from __future__ import annotations

from maatwerk.core.conditions.parse import STRENGTH
from maatwerk.core.conditions.tree import (
    Binary,
    Call,
    Chain,
    Each,
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
)

# How tightly what a node writes holds together, on the parser's scale shifted to make room around it.
_TERNARY, _OR, _AND, _RELATION, _UNARY, _MEMBER = 0, 1, 2, 3, 6, 7
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def to_text(expression: Expression | Node) -> str:
    """The text of a condition, one way for one tree; what the console shows for a tree it built."""
    return _write(expression.root if isinstance(expression, Expression) else expression, _TERNARY)


def _write(node: Node, at_least: int) -> str:
    text, strength = _text(node)
    return text if strength >= at_least else f"({text})"


def _text(node: Node) -> tuple[str, int]:
    match node:
        case Literal():
            return _literal(node), _MEMBER
        case Name(name=name):
            return name, _MEMBER
        case Select(of=of, field=field):
            return f"{_write(of, _MEMBER)}.{field}", _MEMBER
        case Index(of=of, key=key):
            return f"{_write(of, _MEMBER)}[{_write(key, _TERNARY)}]", _MEMBER
        case ListOf(items=items):
            return f"[{_commas(items)}]", _MEMBER
        case Call(function=function, target=target, args=args):
            prefix = "" if target is None else f"{_write(target, _MEMBER)}."
            return f"{prefix}{function}({_commas(args)})", _MEMBER
        case Has(of=of):
            return f"has({_write(of, _TERNARY)})", _MEMBER
        case Each(quantifier=quantifier, over=over, variable=variable, condition=condition):
            return f"{_write(over, _MEMBER)}.{quantifier}({variable}, {_write(condition, _TERNARY)})", _MEMBER
        case Unary(op=op, of=of):
            return f"{op}{_operand(op, of)}", _UNARY
        case Binary(op=op, left=left, right=right):
            strength = STRENGTH[op] + _RELATION - 1
            return f"{_write(left, strength)} {op} {_write(right, strength + 1)}", strength
        case Chain(op=op, parts=parts):
            strength = _OR if op == "||" else _AND
            return f" {op} ".join(_write(part, strength + 1) for part in parts), strength
        case If(test=test, then=then, otherwise=otherwise):
            text = f"{_write(test, _OR)} ? {_write(then, _OR)} : {_write(otherwise, _TERNARY)}"
            return text, _TERNARY


def _operand(op: str, of: Node) -> str:
    """What follows a ! or -; a number after a minus needs parentheses, or the minus would become its sign."""
    if isinstance(of, Unary) and of.op == op:
        return _write(of, _UNARY)
    text = _write(of, _MEMBER)
    return f"({text})" if op == "-" and text[0] in "0123456789." else _unmixed(op, text)


def _unmixed(op: str, text: str) -> str:
    """A negative number after a ! would be two different signs in a row."""
    return f"({text})" if op == "!" and text[0] == "-" else text


def _commas(nodes: tuple[Node, ...]) -> str:
    return ", ".join(_write(node, _TERNARY) for node in nodes)


def _literal(node: Literal) -> str:
    match node.kind:
        case "null":
            return "null"
        case "bool":
            return "true" if node.value else "false"
        case "int":
            return str(node.value)
        case "double":
            return repr(float(node.value or 0.0))
        case "string":
            return '"' + "".join(map(_escaped, str(node.value))) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES or char.isprintable():
        return _ESCAPES.get(char, char)
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"
