"""The syntax of conditions: precedence, literals, limits, refusals, and text that survives a round trip."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maatwerk.core.conditions import RefusedCondition, parse, to_text
from maatwerk.core.conditions.tree import MAX_DEPTH, MAX_LIST, MAX_NODES, MAX_TEXT, Expression, Literal
from maatwerk.core.errors import Refused


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a || b && c", "a || (b && c)"),
        ("a && b || c", "(a && b) || c"),
        ("a ? b : c ? d : e", "a ? b : (c ? d : e)"),
        ("a || b ? c : d", "(a || b) ? c : d"),
        ("a && b == c", "a && (b == c)"),
        ("a == b + c", "a == (b + c)"),
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b * c % d", "((a / b) * c) % d"),
        ("a < b == c", "(a < b) == c"),
        ("a + b in c", "(a + b) in c"),
        ("!a == b", "(!a) == b"),
        ("!a.b", "!(a.b)"),
        ("-a * b", "(-a) * b"),
        ("-a.b[c].d", "-(((a.b)[c]).d)"),
        ("!!a && b", "(!(!a)) && b"),
    ],
)
def test_precedence(text: str, grouped: str) -> None:
    assert parse(text) == parse(grouped)
    assert to_text(parse(grouped)) == text


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("(a ? b : c) ? d : e", "a ? b : c ? d : e"),
        ("a - (b - c)", "a - b - c"),
        ("(a && b) && c", "a && b && c"),
        ("(a + b) * c", "a + b * c"),
        ("!(a == b)", "!a == b"),
        ("-(5)", "-5"),
        ("1", "1.0"),
        ("true", "1"),
        ('"1"', "1"),
    ],
)
def test_what_differs_stays_different(left: str, right: str) -> None:
    assert parse(left) != parse(right)
    assert parse(to_text(parse(left))) == parse(left)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12", "int", 12),
        ("-9223372036854775808", "int", -(2**63)),
        ("9223372036854775807", "int", 2**63 - 1),
        ("0x1F", "int", 31),
        ("1.5", "double", 1.5),
        (".5", "double", 0.5),
        ("1e3", "double", 1000.0),
        ("-2.5E-1", "double", -0.25),
        ("'it''s'"[:4], "string", "it"),
        (r'"a\n\t\"\\"', "string", 'a\n\t"\\'),
        (r"'\u00e9\x41\101\U0001F600'", "string", "éAA😀"),
        (r'r"\d+"', "string", r"\d+"),
        ("true", "bool", True),
        ("null", "null", None),
        ("1 // one", "int", 1),
    ],
)
def test_literals(text: str, kind: str, value: object) -> None:
    root = parse(text).root
    assert isinstance(root, Literal)
    assert (root.kind, root.value) == (kind, value)
    assert type(root.value) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "column", "word"),
    [
        ("a = 3", 1, 3, "=="),
        ("a and b", 1, 3, "&&"),
        ("a &&\n  | b", 2, 3, "||"),
        ('a == "x', 1, 6, "quote"),
        ("a b", 1, 3, "found b"),
        ("a &&", 1, 5, "the end"),
        ("(a", 1, 3, "parenthesis"),
        ("f(a,)", 1, 5, "comma"),
        ("f(a b)", 1, 5, "comma"),
        ("a ? b", 1, 6, ":"),
        ("a.1", 1, 2, "found .1"),
        ("a.true", 1, 3, "name"),
        ("while", 1, 1, "reserved"),
        ("-!a", 1, 2, "parentheses"),
        ("5u", 1, 1, "number"),
        ("9223372036854775808", 1, 1, "large"),
        ("1e999", 1, 1, "large"),
        (r'"\ud800"', 1, 2, "character"),
        (r'"\q"', 1, 2, "character"),
        ("{'a': 1}", 1, 1, "maps"),
        ("has(a)", 1, 1, "field"),
        ("a.exists(b)", 1, 3, "name and a condition"),
        ("a.exists(b.c, true)", 1, 3, "name and a condition"),
        ("a == \u2028", 1, 6, "U+2028"),
    ],
)
def test_refusals_say_where_and_what(text: str, line: int, column: int, word: str) -> None:
    with pytest.raises(RefusedCondition) as caught:
        parse(text)
    refused = caught.value
    assert (refused.code, refused.line, refused.column) == ("condition_syntax", line, column), str(refused)
    assert word in str(refused)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "condition_empty"),
        (" // nothing\n", "condition_empty"),
        ("a" * (MAX_TEXT + 1), "condition_too_long"),
        ("(" * 1000 + "a" + ")" * 1000, "condition_too_deep"),
        ("!" * 1000 + "a", "condition_too_deep"),
        ("[" * 500 + "]" * 500, "condition_too_deep"),
        ("a" + ".b" * 1000, "condition_too_deep"),
        ("a?b:" * 500 + "c", "condition_too_deep"),
        ("1" + "+1" * 40, "condition_too_deep"),
        ("a||" * (MAX_NODES + 1) + "a", "condition_too_large"),
        ("a in [" + "1," * (MAX_LIST + 1) + "]", "condition_list_too_long"),
        ('"' + "\ud800" + '"', "condition_syntax"),
    ],
)
def test_limits(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(text)
    assert caught.value.code == code


def test_what_is_just_within_the_limits_is_accepted() -> None:
    parse("a" + " " * (MAX_TEXT - 1))
    parse("!" * (MAX_DEPTH - 1) + "a")
    parse("||".join("a" for _ in range(MAX_NODES - 1)))
    parse("a in [" + "1," * MAX_LIST + "]")


def test_offsets_name_the_place_of_each_node_in_walking_order() -> None:
    assert parse("a.b >= 2").offsets == (4, 2, 0, 7)


def test_a_tree_survives_json() -> None:
    expression = parse('has(a.b) && a.c.exists(v, v > -1.0 || v in [1, 2]) ? !x["k"] : size("é") == 1')
    again = msgspec.json.decode(msgspec.json.encode(expression), type=Expression)
    assert again == expression
    assert again.offsets == expression.offsets


# Words that make texts which are nearly conditions.
WORDS = st.sampled_from(
    'a b.c has exists all true null in 1 2.5 -3 0x \'x\' "y" "\\u12 ( ) [ ] { . , ? : ! - + * / % == !='
    " < && || "
    "= & | // \n \\ é 1e5 1e .5 size( has(a.b) a.exists(v, v) duration('1h')".split(" ")
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join)))
def test_no_text_raises_anything_but_refused_and_what_parses_survives_writing(text: str) -> None:
    try:
        expression = parse(text)
    except RefusedCondition:
        return
    assert parse(to_text(expression)) == expression
    assert len(expression.offsets) > 0
