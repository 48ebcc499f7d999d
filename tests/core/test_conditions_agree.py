"""The compiled closure agrees with a reference that walks the syntax tree, slowly and without types.

The reference knows nothing of the checker or the typed tree: it computes with Python values, `UNTOLD` among
them.
"""

import math
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.examples import tried

from maatwerk.core.conditions import (
    BOOL,
    DOUBLE,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    Expression,
    Schema,
    check,
    compile,
    compile_value,
    list_of,
    map_of,
    optional,
    parse,
    record,
    to_text,
)
from maatwerk.core.conditions.tree import (
    Binary,
    Call,
    Chain,
    Each,
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

UNTOLD = SimpleNamespace(name="cannot be told")
NAMES = {
    "a.flag": BOOL,
    "a.count": INT,
    "a.deep.zero": optional(INT, 0),
    "a.price": DOUBLE,
    "a.text": STRING,
    "a.at": TIMESTAMP,
    "a.span": DURATION,
    "m": map_of(DOUBLE, default=0.5),
    "n": map_of(INT),
    "words": list_of(STRING),
    "lines": list_of(record({"price": DOUBLE, "sku": STRING})),
}
DEFAULTS = {"a.deep.zero": 0, "m.*": 0.5}
WANTED: dict[str, type] = {
    "a.flag": bool, "a.count": int, "a.deep.zero": int, "a.price": float, "a.text": str, "a.at": int,
    "a.span": int,
    "m": dict, "m.*": float, "n": dict, "n.*": int, "words": list, "words.*": str, "lines": list,
    "lines.*.price": float, "lines.*.sku": str,
}  # fmt: skip


def reference(node: Node, data: Any, bound: dict[str, tuple[str, Any]]) -> Any:
    """The value of a node, or UNTOLD. `bound` has the variables: whence each came, and its value."""
    match node:
        case Literal():
            return node.value
        case Name() | Select() | Index():
            return looked_up(node, data, bound)[1]
        case Has(of=of):
            path, value = looked_up(of, data, bound, {})
            return value is not UNTOLD
        case ListOf(items=items):
            values = [reference(item, data, bound) for item in items]
            return UNTOLD if any(value is UNTOLD for value in values) else values
        case Chain(op=op, parts=parts):
            return joined(op == "||", [reference(part, data, bound) for part in parts])
        case If(test=test, then=then, otherwise=otherwise):
            outcome = reference(test, data, bound)
            taken = {True: then, False: otherwise}.get(outcome) if outcome is not UNTOLD else None
            return UNTOLD if taken is None else reference(taken, data, bound)
        case Each(quantifier=quantifier, over=over, variable=variable, condition=condition):
            path, elements = looked_up(over, data, bound)
            if elements is UNTOLD:
                return UNTOLD
            answers = []
            for element in elements:
                kind = WANTED.get(path + ".*")
                shown = element if path.startswith("lines") or type(element) is kind else UNTOLD
                answers.append(reference(condition, data, {**bound, variable: (path + ".*", shown)}))
            if quantifier == "exists_one":
                return UNTOLD if any(a is UNTOLD for a in answers) else answers.count(True) == 1
            return joined(quantifier == "exists", answers)
        case Unary(op=op, of=of):
            return strict(op, reference(of, data, bound))
        case Binary(op=op, left=left, right=right):
            return strict(op, reference(left, data, bound), reference(right, data, bound))
        case Call(function="duration", args=(Literal(value=text),)):
            return {"1h": 3_600_000, "-90s": -90_000}[str(text)]
        case Call(function=function, target=target, args=args):
            nodes = args if target is None else (target, *args)
            return strict(function, *(reference(arg, data, bound) for arg in nodes))


def looked_up(
    node: Node, data: Any, bound: dict[str, tuple[str, Any]], defaults: dict[str, Any] = DEFAULTS
) -> tuple[str, Any]:
    """Where a reading leads ("m.*"), and the value of the right type there."""
    steps: list[Any] = []
    while not isinstance(node, Name):
        if isinstance(node, Select):
            steps.insert(0, node.field)
            node = node.of
        else:
            assert isinstance(node, Index)
            steps.insert(0, [reference(node.key, data, bound)])
            node = node.of
    path, value = bound.get(node.name) or (node.name, data.get(node.name))
    for step in steps:
        key = step[0] if isinstance(step, list) else step
        if key is UNTOLD:
            return path + ".*", UNTOLD
        path += ".*" if path in ("m", "n", "words", "lines") else f".{key}"
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            value = None
    wanted = WANTED.get(path)
    if wanted is float and type(value) is int:
        value = float(value)
    if value is None or (wanted is not None and type(value) is not wanted):
        value = defaults.get(path, UNTOLD)
    return path, value


def joined(decisive: bool, answers: list[Any]) -> Any:
    if decisive in [a for a in answers if a is not UNTOLD]:
        return decisive
    return UNTOLD if any(a is UNTOLD for a in answers) else not decisive


def strict(op: str, *args: Any) -> Any:
    if any(arg is UNTOLD for arg in args):
        return UNTOLD
    doubles = op in ("+", "-", "*", "/") and any(type(arg) is float for arg in args)
    if doubles:
        args = tuple(float(arg) for arg in args)
    try:
        result = COMPUTED[(op, len(args))](*args)
    except (ZeroDivisionError, OverflowError):
        return UNTOLD
    if type(result) is float and not math.isfinite(result):
        return UNTOLD
    if type(result) is int and not -(2**63) <= result < 2**63:
        return UNTOLD
    return result


def truncated(left: Any, right: Any) -> Any:
    if type(left) is float:
        return left / right
    return left // right + (1 if left % right and (left < 0) != (right < 0) else 0)


COMPUTED: dict[tuple[str, int], Any] = {
    ("!", 1): lambda x: not x,
    ("-", 1): lambda x: -x,
    ("+", 2): lambda x, y: x + y,
    ("-", 2): lambda x, y: x - y,
    ("*", 2): lambda x, y: x * y,
    ("/", 2): truncated,
    ("%", 2): lambda x, y: int(math.copysign(1, x)) * (abs(x) % abs(y)),
    ("==", 2): lambda x, y: x == y,
    ("!=", 2): lambda x, y: x != y,
    ("<", 2): lambda x, y: x < y,
    ("<=", 2): lambda x, y: x <= y,
    (">", 2): lambda x, y: x > y,
    (">=", 2): lambda x, y: x >= y,
    ("in", 2): lambda x, y: x in list(y),
    ("size", 1): len,
    ("lower", 1): lambda x: x.lower(),
    ("contains", 2): lambda x, y: x.find(y) >= 0,
    ("startsWith", 2): lambda x, y: x[: len(y)] == y,
    ("endsWith", 2): lambda x, y: x[len(x) - len(y) :] == y if len(y) <= len(x) else False,
    ("int", 1): math.trunc,
    ("double", 1): float,
}


# -- conditions that make sense

KEYS = st.sampled_from(["x", "y", "z z"])
SMALL = st.one_of(st.integers(-4, 4), st.sampled_from([2**62, -(2**63), 2**63 - 1]))
DOUBLES = st.one_of(
    st.sampled_from([0.0, 0.5, -2.5, 1e308, 3.0]), st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS = st.sampled_from(["", "x", "X", "xy", "é", 'q"\\\n'])


def path(text: str) -> Node:
    return parse(text).root


def grown(depth: int, variables: tuple[str, ...]) -> dict[str, st.SearchStrategy[Node]]:
    """Expressions of each type, no deeper than `depth`."""
    text = st.one_of(
        TEXTS.map(lambda t: Literal("string", t)), st.sampled_from([path("a.text"), path("words[1]")])
    )
    whole = st.one_of(
        SMALL.map(lambda n: Literal("int", n)),
        st.sampled_from([path("a.count"), path("a.deep.zero"), path("n.x")]),
    )
    double = st.one_of(
        DOUBLES.map(lambda n: Literal("double", n)), st.sampled_from([path("a.price"), path("m.x")])
    )
    if variables:
        text = text | st.sampled_from(variables).map(lambda v: Select(Name(v), "sku"))
        double = double | st.sampled_from(variables).map(lambda v: Select(Name(v), "price"))
    has = st.sampled_from(["a.flag", "a.text", "m.x", "a.deep.zero", "lines[1].sku", "words[0]"])
    truth = st.one_of(
        st.booleans().map(lambda b: Literal("bool", b)),
        st.just(path("a.flag")),
        has.map(lambda p: Has(path(p))),
    )
    span = st.sampled_from([path("a.span"), path('duration("1h")'), path('duration("-90s")')])
    if depth == 0:
        return {
            "text": text,
            "int": whole,
            "double": double,
            "bool": truth,
            "span": span,
            "time": st.just(path("a.at")),
        }
    under = grown(depth - 1, variables)
    t, i, d, b, s = (under[kind] for kind in ("text", "int", "double", "bool", "span"))
    compares = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    numbers = st.one_of(i, d)
    time = under["time"] | st.builds(Binary, st.sampled_from(["+", "-"]), under["time"], s)
    bools = [
        truth,
        st.builds(Unary, st.just("!"), b),
        st.builds(Chain, st.sampled_from(["&&", "||"]), st.lists(b, min_size=2, max_size=4).map(tuple)),
        *(st.builds(Binary, compares, x, x) for x in (t, numbers, s, time)),
        st.builds(Binary, st.sampled_from(["==", "!="]), b, b),
        st.builds(lambda x, y: Binary("in", x, y), t, st.sampled_from([path("words"), path("m"), path("n")])),
        *(
            st.builds(
                lambda x, ys: Binary("in", x, ListOf(tuple(ys))), x, st.lists(y, min_size=1, max_size=3)
            )
            for x, y in ((t, t), (numbers, i), (numbers, d))
        ),
        st.builds(
            lambda name, x, y: Call(name, x, (y,)),
            st.sampled_from(["contains", "startsWith", "endsWith"]),
            t,
            t,
        ),
        st.builds(If, b, b, b),
    ]
    if len(variables) < 2:
        name = "vw"[len(variables)]
        inner = grown(depth - 1, (*variables, name))["bool"]
        quantifier = st.sampled_from(["all", "exists", "exists_one"])
        bools.append(st.builds(lambda q, c: Each(q, Name("lines"), name, c), quantifier, inner))
        word = st.builds(Binary, compares, st.just(Name(name)), t)
        bools.append(st.builds(lambda q, c: Each(q, Name("words"), name, c), quantifier, word))
    return {
        "text": st.one_of(
            text, st.builds(Binary, st.just("+"), t, t), t.map(lambda x: Call("lower", None, (x,)))
        ),
        "int": st.one_of(
            whole,
            st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "%"]), i, i),
            i.map(lambda x: Unary("-", x)),
            t.map(lambda x: Call("size", x, ())),
            d.map(lambda x: Call("int", None, (x,))),
            st.builds(If, b, i, i),
        ),
        "double": st.one_of(
            double,
            *(
                st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), x, y)
                for x, y in ((d, d), (d, i), (i, d))
            ),
            d.map(lambda x: Unary("-", x)),
            st.builds(lambda k: Index(Name("m"), k), t),
        ),
        "span": st.one_of(span, st.builds(Binary, st.sampled_from(["+", "-"]), s, s), st.builds(If, b, s, s)),
        "time": time,
        "bool": st.one_of(bools),
    }


CONDITIONS = grown(3, ())["bool"]
WRONG: st.SearchStrategy[Any] = st.sampled_from([None, "1", 1, 1.5, True, [], {}])


def maybe(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nearly always as declared."""
    return st.integers(0, 9).flatmap(lambda n: WRONG if n == 0 else value)


def part(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly whole."""
    return maybe(
        st.integers(0, 4).flatmap(lambda n: some(**fields) if n == 0 else st.fixed_dictionaries(fields))
    )


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=fields)


MILLISECONDS = st.integers(0, 2 * 10**12)
SHOP: dict[str, st.SearchStrategy[Any]] = {
    "a": part(
        flag=maybe(st.booleans()),
        count=maybe(SMALL),
        deep=part(zero=maybe(SMALL)),
        price=maybe(DOUBLES | SMALL),
        text=maybe(TEXTS),
        at=maybe(MILLISECONDS),
        span=maybe(MILLISECONDS),
    ),
    "m": maybe(st.dictionaries(KEYS, maybe(DOUBLES), max_size=3)),
    "n": maybe(st.dictionaries(KEYS, maybe(SMALL), max_size=3)),
    "words": maybe(st.lists(maybe(TEXTS), max_size=3)),
    "lines": maybe(st.lists(part(price=maybe(DOUBLES), sku=maybe(TEXTS)), max_size=3)),
}
SHOPS = st.one_of(st.fixed_dictionaries(SHOP), some(**SHOP))
SCHEMA = Schema.of(NAMES)
AS_ATTRIBUTES = Schema.of(NAMES, reads="attributes")


def attributes(data: dict[str, Any]) -> Any:
    """The same data, its records as objects."""

    def thing(value: Any) -> Any:
        return SimpleNamespace(**value) if isinstance(value, dict) else value

    top = dict(data)
    if isinstance(top.get("a"), dict):
        inner = dict(top["a"])
        if "deep" in inner:
            inner["deep"] = thing(inner["deep"])
        top["a"] = thing(inner)
    if isinstance(top.get("lines"), list):
        top["lines"] = [thing(line) for line in top["lines"]]
    return thing(top)


@tried(100)
@given(CONDITIONS, SHOPS)
def test_the_compiled_closure_agrees_with_the_reference(root: Node, data: dict[str, Any]) -> None:
    expression = Expression(root)
    expected = reference(root, data, {})
    checked = check(expression, SCHEMA)
    assert compile_value(checked)(data) is (None if expected is UNTOLD else expected), to_text(root)
    assert compile(checked)(data) is (expected is True)
    by_attributes = compile_value(check(expression, AS_ATTRIBUTES))(attributes(data))
    assert by_attributes is (None if expected is UNTOLD else expected), to_text(root)


@tried(50)
@given(CONDITIONS)
def test_every_tree_that_makes_sense_survives_writing(root: Node) -> None:
    text = to_text(root)
    again = parse(text)
    assert to_text(again) == text
    assert again.root == root
