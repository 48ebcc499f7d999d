"""What makes sense under a schema, and how what does not is refused."""

import contextlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maatwerk.core.conditions import (
    ANY,
    BOOL,
    DOUBLE,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    Checked,
    RefusedCondition,
    Schema,
    Type,
    check,
    list_of,
    map_of,
    names,
    optional,
    parse,
    record,
)
from maatwerk.core.conditions.tree import Expression, Name, Unary
from maatwerk.core.errors import Refused

SCHEMA = Schema.of(
    {
        "orders.count": optional(INT, 0),
        "orders.total": DOUBLE,
        "affinity.category": map_of(DOUBLE, default=0.0),
        "product": record({"price": DOUBLE, "brand": STRING, "sizes": list_of(STRING)}),
        "page.items": list_of(record({"price": DOUBLE, "sku": STRING})),
        "member": BOOL,
        "now": TIMESTAMP,
        "stay": DURATION,
        "traits": map_of(ANY),
    }
)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("orders.count >= 2 && member", BOOL),
        ("orders.count > 1.5", BOOL),
        ("orders.count + 1", INT),
        ("orders.count * product.price", DOUBLE),
        ("now - stay", TIMESTAMP),
        ("now - now", DURATION),
        ("member ? 1 : 2.5", DOUBLE),
        ("lower(product.brand) + 'x'", STRING),
        ("size(page.items)", INT),
        ("affinity.category.women", DOUBLE),
        ("page.items[0].sku", STRING),
        ("-stay < duration('-1h30m')", BOOL),
        ("traits.age > 18", BOOL),
        ("traits['plan'].startsWith('g')", BOOL),
        ("'M' in product.sizes", BOOL),
        ("'women' in affinity.category", BOOL),
        ("product.brand != null", BOOL),
        ("has(affinity.category['x'])", BOOL),
        ("page.items.exists(i, i.price > 2 && page.items.all(j, j.price <= i.price))", BOOL),
        ("affinity.category.exists(key, key.contains('w'))", BOOL),
        ("page.items.exists(now, now.sku == 'a')", BOOL),
    ],
)
def test_types(text: str, type_: Type) -> None:
    assert str(check(parse(text), SCHEMA, expect=type_).root.type) == str(type_)


@pytest.mark.parametrize(
    ("text", "code", "column", "word"),
    [
        ("orders.cuont > 1", "unknown_name", 8, "did you mean orders.count?"),
        ("order.count > 1", "unknown_name", 1, "orders"),
        ("page.items.exists(i, i.prize > 1.0)", "unknown_name", 24, "i.price"),
        ("page.items.exists(i, true) && i.price > 1.0", "unknown_name", 31, "unknown name i"),
        ("lowr('A') == 'a'", "unknown_function", 1, "lower()"),
        ("product.brand.matches('a+')", "unknown_function", 15, ".matches()"),
        ("orders.count", "type", 8, "gives int"),
        ("orders", "type", 1, "orders.count"),
        ("orders.count && member", "type", 8, "true or false"),
        ("orders.count == '2'", "type", 14, "int and string"),
        ("product.brand + 1 == 'x'", "type", 15, "no meaning"),
        ("1.0 % 2.0 == 0.0", "type", 5, "no meaning"),
        ("now > stay", "type", 5, "timestamp("),
        ("member < true", "type", 8, "no order"),
        ("null < 1", "type", 1, "null"),
        ("1 == null", "type", 1, "field"),
        ("product.sizes == ['M']", "type", 15, "exists"),
        ("'a' in product.brand", "type", 5, "contains"),
        ("1 in product.sizes", "type", 3, "cannot be in"),
        ("[] == []", "value", 1, "empty"),
        ("1 in [1, 'a']", "type", 10, "cannot hold"),
        ("product.brand[0] == 'a'", "type", 14, "no items"),
        ("page.items['a'].price > 1.0", "type", 12, "read by int"),
        ("product.price.size() == 1", "type", 9, "size() of double"),
        ("size() == 1", "type", 1, "takes 1"),
        ("product.brand.contains() ", "type", 15, "takes 1"),
        ("traits.a == traits.b", "type", 10, "declared"),
        ("member ? 1 : 'a'", "type", 8, "one type"),
        ("stay > duration('3d')", "value", 17, "72h"),
        ("stay > duration('soon')", "value", 17, "units"),
        ("stay > duration(product.brand)", "type", 8, "quotes"),
        ("now > timestamp('2026-13-01T00:00:00Z')", "value", 17, "timestamp"),
        ("now > timestamp('2026-01-01T00:00:00')", "value", 17, "offset"),
        (
            "product.sizes.exists(a, product.sizes.exists(b, product.sizes.exists(c, true)))",
            "too_deep",
            63,
            "2",
        ),
    ],
)
def test_refusals_say_where_and_what(text: str, code: str, column: int, word: str) -> None:
    with pytest.raises(RefusedCondition) as caught:
        check(parse(text), SCHEMA)
    refused = caught.value
    assert (refused.code, refused.line, refused.column) == (f"condition_{code}", 1, column), str(refused)
    assert word in str(refused)
    assert refused.field == "condition"


def test_a_tree_that_was_never_text_is_held_to_the_limits() -> None:
    node: Name | Unary = Name("member")
    for _ in range(200):
        node = Unary("!", node)
    with pytest.raises(Refused) as caught:
        check(Expression(node), SCHEMA)
    assert caught.value.code == "condition_too_deep"


def test_names() -> None:
    text = (
        "orders.count > 1 && affinity.category[product.brand] > 0.4 && has(traits.age)"
        " && page.items.exists(orders, orders.sku.startsWith('a') && member)"
    )
    in_schema = {"orders.count", "affinity.category", "product.brand", "traits", "page.items", "member"}
    assert names(check(parse(text), SCHEMA)) == in_schema
    assert names(parse(text)) == in_schema - {"traits"} | {"traits.age"}


def test_a_checked_tree_survives_json() -> None:
    checked = check(
        parse("page.items.exists(i, i.price > 2) && has(traits.age) ? member : now > now - stay"), SCHEMA
    )
    assert msgspec.json.decode(msgspec.json.encode(checked), type=Checked) == checked


def test_a_schema_refuses_contradictions() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        Schema.of({"a.b": INT, "a": record({"b": INT})})
    with pytest.raises(ValueError, match="no fields"):
        Schema.of({"a": INT, "a.b": INT})
    with pytest.raises(ValueError, match="scalars"):
        optional(list_of(INT), 0)
    assert SCHEMA.dotted()[:3] == ["affinity.category", "member", "now"]


WORDS = st.sampled_from(
    "orders.count product.brand product.sizes member now stay traits.age page.items affinity.category null 1"
    " 2.5 'x' == != < + - * % in && || ! ( ) [ ] , ? : .size() has( .exists(v, v duration('1h')".split(" ")
)


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1).map(" ".join))
def test_nothing_but_refused(text: str) -> None:
    with contextlib.suppress(RefusedCondition):
        check(parse(text), SCHEMA)
