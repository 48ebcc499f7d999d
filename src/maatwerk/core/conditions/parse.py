"""From text to syntax tree: a precedence-climbing parser of a subset of CEL.

    ternary      a ? b : c                  right
    or           ||
    and          &&
    relation     == != < <= > >= in         left
    addition     + -                        left
    product      * / %                      left
    unary        ! -
    member       a.b  a[b]  a.f(x)  f(x)    left

What every text that parses means elsewhere, it means here. Not in the subset: maps, messages, bytes, unsigned
integers, `matches` (a regular expression can be made to run for ever), `map` and `filter`.
"""

from __future__ import annotations

from typing import NoReturn

from maatwerk.core.conditions.lex import Token, tokens
from maatwerk.core.conditions.refusal import RefusedCondition
from maatwerk.core.conditions.tree import (
    MAX_DEPTH,
    MAX_TEXT,
    QUANTIFIERS,
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
    Quantifier,
    Select,
    Unary,
    require_modest,
    walk,
)

KEYWORDS = frozenset({"true", "false", "null", "in"})
RESERVED = KEYWORDS | frozenset(
    "as break const continue else for function if import let loop namespace package return var void"
    " while".split()
)
# Binding strength of the operators that take a left and a right side.
STRENGTH = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 1),
    **dict.fromkeys(("+", "-"), 2),
    **dict.fromkeys(("*", "/", "%"), 3),
}
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
_WORDS = {"and": "write &&", "or": "write ||", "not": "write !", "AND": "write &&", "OR": "write ||"}


def parse(text: str) -> Expression:
    """The expression a text says.

    Raises `RefusedCondition` with codes `condition_empty`, `condition_syntax`, `condition_too_long`,
    `condition_too_deep`, `condition_too_large`, `condition_list_too_long`; nothing else, whatever the text.
    """
    if len(text) > MAX_TEXT:
        detail = f"the condition has {len(text)} characters, more than {MAX_TEXT}"
        raise RefusedCondition("too_long", detail, hint="say it in several audiences, and name those")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise RefusedCondition("syntax", "the text has half a character in it", hint="send it as UTF-8")
    parser = _Parser(text)
    root = parser.whole()
    require_modest(root)
    return Expression(root=root, text=text, offsets=parser.offsets(root))


class _Parser:
    """Reads tokens from left to right; remembers where each node stood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0
        self.level = 0
        self.places: dict[int, tuple[Node, int]] = {}  # by id; holding the node keeps its id its own

    def whole(self) -> Node:
        if self.tokens[0].kind == "end":
            raise RefusedCondition("empty", "the condition is empty", hint="for everyone, write true")
        root = self.ternary()
        if self.next.kind != "end":
            self.refuse_next("expected an operator or the end")
        return root

    def offsets(self, root: Node) -> tuple[int, ...]:
        return tuple(self.places[id(node)][1] for node, _ in walk(root))

    # -- the grammar, loosest first

    def ternary(self) -> Node:
        self.level += 1
        if self.level > MAX_DEPTH:
            detail = f"nested more than {MAX_DEPTH} levels deep"
            raise self.refusal("too_deep", detail, self.next.offset, "say it in several audiences")
        test = self.chain("||")
        if mark := self.take("?"):
            then = self.chain("||")
            self.expect(":", "a ? needs its : and what holds otherwise")
            test = self.put(mark, If(test, then, self.ternary()))
        self.level -= 1
        return test

    def chain(self, op: str) -> Node:
        first = self.operand_of(op)
        mark = self.take(op)
        if mark is None:
            return first
        parts = [first, self.operand_of(op)]
        while self.take(op):
            parts.append(self.operand_of(op))
        return self.put(mark, Chain("||" if op == "||" else "&&", tuple(parts)))

    def operand_of(self, op: str) -> Node:
        return self.chain("&&") if op == "||" else self.binary(1)

    def binary(self, strength: int) -> Node:
        left = self.unary()
        while STRENGTH.get(self.next.text, 0) >= strength and self.next.kind in ("op", "name"):
            mark = self.advance()
            right = self.binary(STRENGTH[mark.text] + 1)
            left = self.put(mark, Binary(mark.text, left, right))  # type: ignore[arg-type]  # of STRENGTH
        return left

    def unary(self) -> Node:
        marks: list[Token] = []
        while self.next.kind == "op" and self.next.text in ("!", "-"):
            if marks and marks[0].text != self.next.text:
                self.refuse_next("! and - do not mix", "use parentheses")
            marks.append(self.advance())
        # A minus right before a number is part of it: the smallest integer has no positive twin.
        if marks and marks[-1].text == "-" and self.next.kind in ("int", "double"):
            node = self.members(self.number(marks.pop()))
        else:
            node = self.members(self.primary())
        for mark in reversed(marks):
            node = self.put(mark, Unary("!" if mark.text == "!" else "-", node))
        return node

    def members(self, node: Node) -> Node:
        while True:
            if self.take("."):
                word = self.next
                if word.kind != "name" or word.text in KEYWORDS:
                    self.refuse_next("expected a name after the dot")
                self.advance()
                node = self.method(node, word) if self.take("(") else self.put(word, Select(node, word.text))
            elif mark := self.take("["):
                key = self.ternary()
                self.expect("]", "the bracket is not closed")
                node = self.put(mark, Index(node, key))
            else:
                return node

    def primary(self) -> Node:
        word = self.next
        match word.kind:
            case "int" | "double":
                return self.number(None)
            case "string":
                return self.put(self.advance(), Literal("string", word.value))
            case "name":
                return self.word()
            case "op" if word.text == "(":
                self.advance()
                inner = self.ternary()
                self.expect(")", "the parenthesis is not closed")
                return inner
            case "op" if word.text == "[":
                mark = self.advance()
                return self.put(mark, ListOf(self.arguments("]")))
            case _:
                self.refuse_next("expected a value")

    def number(self, minus: Token | None) -> Node:
        word = self.advance()
        value = -word.value if minus else word.value  # type: ignore[operator]  # its kind says it is a number
        if isinstance(value, float):
            return self.put(minus or word, Literal("double", value))
        if not INT_MIN <= int(value) <= INT_MAX:
            raise self.refusal("syntax", f"{word.text} is too large for a whole number", word.offset)
        return self.put(minus or word, Literal("int", int(value)))

    def word(self) -> Node:
        word = self.advance()
        if word.text in ("true", "false"):
            return self.put(word, Literal("bool", word.text == "true"))
        if word.text == "null":
            return self.put(word, Literal("null", None))
        if word.text in RESERVED:
            raise self.refusal("syntax", f"{word.text} is a reserved word", word.offset)
        if not self.take("("):
            return self.put(word, Name(word.text))
        args = self.arguments(")")
        if word.text != "has":
            return self.put(word, Call(word.text, None, args))
        if len(args) != 1 or not isinstance(args[0], Select | Index):
            raise self.refusal("syntax", "has() takes one field", word.offset, "such as has(product.brand)")
        return self.put(word, Has(args[0]))

    def method(self, target: Node, word: Token) -> Node:
        args = self.arguments(")")
        if word.text not in QUANTIFIERS:
            return self.put(word, Call(word.text, target, args))
        if len(args) != 2 or not isinstance(args[0], Name):
            hint = f"such as items.{word.text}(item, item.price > 10.0)"
            raise self.refusal("syntax", f"{word.text}() takes a name and a condition", word.offset, hint)
        quantifier: Quantifier = next(q for q in QUANTIFIERS if q == word.text)
        return self.put(word, Each(quantifier, target, args[0].name, args[1]))

    def arguments(self, close: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.take(close):
            found.append(self.ternary())
            if self.next.text != close or self.next.kind != "op":
                self.expect(",", f"expected a comma or {close}")
                if close == ")" and self.next.kind == "op" and self.next.text == ")":
                    self.refuse_next("expected a value after the comma")
        return tuple(found)

    # -- tokens

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def advance(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, op: str) -> Token | None:
        return self.advance() if self.next.kind == "op" and self.next.text == op else None

    def expect(self, op: str, detail: str) -> None:
        if self.take(op) is None:
            self.refuse_next(detail)

    def put(self, place: Token, node: Node) -> Node:
        self.places[id(node)] = (node, place.offset)
        return node

    def refuse_next(self, detail: str, hint: str = "") -> NoReturn:
        found = self.next.text or "the end"
        raise self.refusal(
            "syntax", f"{detail}, found {found}", self.next.offset, hint or _WORDS.get(found, "")
        )

    def refusal(self, code: str, detail: str, offset: int, hint: str = "") -> RefusedCondition:
        return RefusedCondition(code, detail, hint=hint, text=self.text, offset=offset)
