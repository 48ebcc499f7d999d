"""What conditions mean: the laws one by one, on a small shop's data."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from maatwerk.core.conditions import (
    ANY,
    BOOL,
    DOUBLE,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    Schema,
    Type,
    check,
    compile,
    compile_value,
    list_of,
    map_of,
    missing,
    optional,
    parse,
    record,
)

NAMES = {
    "orders.count": optional(INT, 0),
    "orders.total": DOUBLE,
    "affinity.category": map_of(DOUBLE, default=0.0),
    "product.brand": STRING,
    "product.price": DOUBLE,
    "product.sizes": list_of(STRING),
    "items": list_of(record({"price": DOUBLE, "sku": STRING})),
    "member": BOOL,
    "now": TIMESTAMP,
    "seen": TIMESTAMP,
    "stay": DURATION,
    "traits": map_of(ANY),
    "count": INT,
}
SCHEMA = Schema.of(NAMES)
HOUR_MS = 3_600_000
DATA: dict[str, Any] = {
    "orders": {"count": 3, "total": 120.5},
    "affinity": {"category": {"women": 0.6, "shoes": 0.1}},
    "product": {"price": 20, "sizes": ["S", "M"], "brand": None},
    "items": [{"price": 10.0, "sku": "a"}, {"price": None, "sku": "b"}, {"price": 30, "sku": "c"}],
    "member": True,
    "now": 1_800_000_000_000,
    "seen": 1_800_000_000_000 - 50 * HOUR_MS,
    "stay": 90_000,
    "traits": {"plan": "gold", "age": 41, "vip": "yes", "odd": [1]},
    "count": 2**62,
}


def value(text: str, expect: Type = BOOL, data: Any = DATA) -> Any:
    return compile_value(check(parse(text), SCHEMA, expect=expect))(data)


@pytest.mark.parametrize(
    "text",
    [
        'orders.count >= 2 && affinity.category["women"] > 0.4',
        "orders.count == 3.0",
        "orders.count < 3.5",
        "3 != 3.5",
        "1 in [1.0, 2.5]",
        "7 / 2 == 3 && -7 / 2 == -3 && 7 % -2 == 1 && -7 % 2 == -1",
        "7 / 2.0 == 3.5",
        "product.price == 20.0",
        'product.sizes[1] == "M"',
        '"M" in product.sizes && !("L" in product.sizes)',
        '"women" in affinity.category',
        "affinity.category.men == 0.0",
        "!has(affinity.category.men) && has(affinity.category.women)",
        "product.brand == null && !has(product.brand) && orders.total != null",
        "!has(traits.color)",
        'size("été") == 3 && "été".size() == 3 && size(items) == 3 && size(affinity.category) == 2',
        '"Zomerjurk".contains("jurk") && "Zomerjurk".startsWith("Zomer") && "Zomerjurk".endsWith("k")',
        'lower("ÉTÉ") == "été" && "A" < "a" && "a" + "b" == "ab"',
        "seen < now",
        "now - seen < duration('72h') && now - seen == duration('50h')",
        "seen + duration('50h') == now && stay == duration('1m30s')",
        "now == timestamp('2027-01-15T09:00:00+01:00')",
        'traits.plan == "gold" && traits.age > 18 && traits.age < 41.5',
        'items.exists(i, i.sku == "a" && i.price > 5.0)',
        "items.exists(i, i.price > 20.0)",
        'items.exists_one(i, i.sku == "b")',
        "affinity.category.all(key, affinity.category[key] > 0.05)",
        'items.exists(i, items.exists(j, j.price > i.price && i.sku < j.sku)) && items[2].sku == "c"',
        "int(2.9) == 2 && int(-2.9) == -2 && double(3) / 2.0 == 1.5",
        "member ? orders.count > 2 : false",
    ],
)
def test_holds(text: str) -> None:
    assert value(text) is True


@pytest.mark.parametrize(
    "text",
    [
        'product.brand == "x"',
        'product.brand != "x"',
        '!(product.brand == "x")',
        'product.brand in ["x"]',
        "size(product.brand) == 0",
        "1 / 0 == 1",
        "1 % 0 == 1",
        "orders.total / 0.0 > 1.0",
        "1e308 * 10.0 > 1.0",
        "count * 2 > 0",
        "-count - count - count < 0",
        "int(1e300) > 0",
        "product.sizes[2] == 'L'",
        "product.sizes[-1] == 'M'",
        "traits.vip",
        "traits.plan > 3",
        'traits.odd == "1"',
        'product.brand == "x" ? true : true',
        "affinity.category[product.brand] == 0.0",
        "items.all(i, i.price > 5.0)",
        "items.exists(i, i.price > 50.0)",
        "items.exists_one(i, i.price > 20.0)",
        'traits.list.startsWith("x")',
    ],
)
def test_cannot_be_told_and_does_not_match(text: str) -> None:
    checked = check(parse(text), SCHEMA)
    assert compile_value(checked)(DATA) is None
    assert compile(checked)(DATA) is False


@pytest.mark.parametrize(
    ("op", "left", "right", "expected"),
    [
        ("&&", False, None, False),
        ("&&", None, False, False),
        ("&&", True, None, None),
        ("&&", None, True, None),
        ("&&", None, None, None),
        ("||", True, None, True),
        ("||", None, True, True),
        ("||", False, None, None),
        ("||", None, False, None),
        ("||", None, None, None),
    ],
)
def test_and_and_or_absorb_what_cannot_be_told(
    op: str, left: bool | None, right: bool | None, expected: bool | None
) -> None:
    words = {True: "member", False: "!member", None: "1 / 0 == 1"}
    assert value(f"{words[left]} {op} {words[right]}") is expected
    neutral = "true" if op == "&&" else "false"
    assert value(f"{words[left]} {op} {neutral} {op} {words[right]}") is expected  # the longer closure


def test_all_absorbs_too() -> None:
    assert value("items.all(i, i.price > 20.0)") is False
    assert value("items.all(i, true)") is True
    nobody = {**DATA, "items": []}
    assert value("items.all(i, i.price > 20.0)", data=nobody) is True
    assert value("items.exists(i, i.price > 20.0)", data=nobody) is False


def test_the_branch_not_taken_does_not_matter() -> None:
    assert value("member ? true : product.brand == 'x'") is True
    assert value("orders.count == 0 ? 0.0 : orders.total / orders.count", DOUBLE) == pytest.approx(120.5 / 3)


@pytest.mark.parametrize(
    "data", [{}, {"orders": None}, {"orders": {}}, {"orders": 3}, {"orders": {"count": "3"}}, None, 7]
)
def test_no_data_raises_and_defaults_stand_in(data: Any) -> None:
    assert value("orders.count == 0", data=data) is True
    assert value('affinity.category["women"] == 0.0', data=data) is True
    assert value("orders.total > 0.0", data=data) is None
    assert value("items.exists(i, i.price > 0.0)", data=data) is None
    assert value("!has(orders.total)", data=data) is True


@pytest.mark.parametrize(
    ("type_", "bad"),
    [
        (INT, True), (INT, 1.5), (INT, "1"), (INT, None), (DOUBLE, True), (DOUBLE, "1"), (DOUBLE, 10**400),
        (BOOL, 1), (BOOL, "true"), (STRING, 1), (STRING, b"x"), (TIMESTAMP, "2026-01-01"), (TIMESTAMP, 1.5),
    ],
)  # fmt: skip
def test_a_value_of_another_type_than_declared_cannot_be_told(type_: Type, bad: object) -> None:
    checked = check(parse("has(a.b)"), Schema.of({"a.b": type_}))
    assert compile(checked)({"a": {"b": bad}}) is False
    assert compile(check(parse("a.b == a.b"), Schema.of({"a.b": type_})))({"a": {"b": bad}}) is False


def test_what_is_missing_can_be_asked() -> None:
    checked = check(
        parse("product.brand == 'x' && orders.count > 1 && affinity.category.a > 0.0 && stay > stay"), SCHEMA
    )
    assert missing(checked, DATA) == ["product.brand"]
    assert missing(checked, {}) == ["product.brand", "stay"]  # the others have defaults


class Orders(msgspec.Struct):
    count: int
    total: float | None = None


def test_records_may_be_read_as_attributes() -> None:
    schema = Schema.of(NAMES, reads="attributes")
    data = SimpleNamespace(
        orders=Orders(count=3),
        affinity=SimpleNamespace(category={"women": 0.5}),
        items=[SimpleNamespace(price=2.0)],
    )

    def holds(text: str) -> Any:
        return compile_value(check(parse(text), schema))(data)

    assert holds('orders.count >= 2 && affinity.category["women"] > 0.4') is True
    assert holds("items.exists(i, i.price > 1.0 && orders.count == 3) && items[0].price == 2.0") is True
    assert holds("orders.total > 1.0") is None
    assert holds("member") is None


@pytest.mark.parametrize(
    ("op", "less", "equal", "greater"),
    [
        ("==", False, True, False),
        ("!=", True, False, True),
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
    ],
)
def test_comparisons_at_their_boundary(op: str, less: bool, equal: bool, greater: bool) -> None:
    for right, expected in ((4, less), (3, equal), (2, greater)):
        assert value(f"orders.count {op} {right}") is expected  # against a constant
        assert value(f"orders.count {op} (member ? {right} : 0)") is expected  # against what is computed


def test_exists_one_is_neither_none_nor_two() -> None:
    assert value("product.sizes.exists_one(s, s < 'N')") is True
    assert value("product.sizes.exists_one(s, s < 'Z')") is False
    assert value("product.sizes.exists_one(s, s < 'A')") is False
