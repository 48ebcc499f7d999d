"""From the text of a condition to its tokens, as CEL writes them.

Source: the Common Expression Language definition (cel-spec, doc/langdef.md), without bytes, unsigned
integers, and triple-quoted strings.
"""

from __future__ import annotations

import math
import re
from typing import Literal as One
from typing import NamedTuple, NoReturn

from maatwerk.core.conditions.refusal import RefusedCondition

TokenKind = One["int", "double", "string", "name", "op", "end"]


class Token(NamedTuple):
    """A word of the text; `value` is a literal's value."""

    kind: TokenKind
    text: str
    value: int | float | str
    offset: int


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\f]+|//[^\n]*)
      | (?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
      | (?P<int>0[xX][0-9a-fA-F]+|\d+)
      | (?P<raw>[rR](?:"[^"\n\r]*"|'[^'\n\r]*'))
      | (?P<string>"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]])""",
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(
    r"\\(?:(?P<plain>[abfnrtv\\?\"'`])|x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})"
    r"|U(?P<U>[0-9a-fA-F]{8})|(?P<o>[0-3][0-7]{2})|(?P<bad>.?))"
)
_PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_HINTS = {
    "=": "to compare, write ==",
    "&": "for both, write &&",
    "|": "for either, write ||",
    '"': "the text has no closing quote",
    "'": "the text has no closing quote",
    "{": "maps cannot be written in a condition",
}
_LONGEST_NUMBER = 400  # digits; Python would take its time over more


def tokens(text: str) -> list[Token]:
    """All words, ending with one of kind "end"."""
    found: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            _refuse_character(text, offset)
        if match.lastgroup != "space":
            found.append(_token(text, str(match.lastgroup), match.group(), offset))
        offset = match.end()
    found.append(Token("end", "", "", offset))
    return found


def _token(text: str, kind: str, word: str, offset: int) -> Token:
    match kind:
        case "int" | "double":
            after = text[offset + len(word) : offset + len(word) + 1]
            if after and (after.isalnum() or after == "_"):
                hint = "a plain number will do" if after in "uU" else "put a space or an operator between"
                raise _refusal(text, offset, f"{word}{after} is not a number", hint)
            return _number(text, kind, word, offset)
        case "string":
            return Token("string", word, _unescape(text, word, offset), offset)
        case "raw":
            return Token("string", word, word[2:-1], offset)
        case "name":
            return Token("name", word, word, offset)
        case _:
            return Token("op", word, word, offset)


def _number(text: str, kind: str, word: str, offset: int) -> Token:
    if len(word) > _LONGEST_NUMBER:
        raise _refusal(text, offset, "the number has too many digits")
    if kind == "double":
        double = float(word)
        if not math.isfinite(double):
            raise _refusal(text, offset, f"{word} is too large for a number")
        return Token("double", word, double, offset)
    return Token("int", word, int(word, 16) if word[:2] in ("0x", "0X") else int(word), offset)


def _unescape(text: str, word: str, offset: int) -> str:
    def char(match: re.Match[str]) -> str:
        if plain := match["plain"]:
            return _PLAIN.get(plain, plain)
        if match["o"]:
            return chr(int(match["o"], 8))
        code = int(match["x"] or match["u"] or match["U"] or "-1", 16)
        if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            detail = f"{match.group()} is not a character"
            raise _refusal(text, offset + 1 + match.start(), detail, r"for a backslash, write \\")
        return chr(code)

    return _ESCAPE.sub(char, word[1:-1])


def _refuse_character(text: str, offset: int) -> NoReturn:
    char = text[offset]
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    raise _refusal(text, offset, f"{shown} has no meaning here", _HINTS.get(char, ""))


def _refusal(text: str, offset: int, detail: str, hint: str = "") -> RefusedCondition:
    return RefusedCondition("syntax", detail, hint=hint, text=text, offset=offset)
