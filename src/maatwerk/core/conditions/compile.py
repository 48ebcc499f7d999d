"""The first interpreter: a typed tree becomes closures, for one shopper at a time. No eval, no exec.

Compile once when rules are published; then a simple rule costs well under a microsecond. Closures hold no
state, so threads may share them. The second interpreter, SQL for all shoppers, walks the same tree (see
`terms.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from maatwerk.core.conditions import operations
from maatwerk.core.conditions.reading import (
    CannotTell,
    Run,
    admitter,
    field_reader,
    item_reader,
    plain_type,
)
from maatwerk.core.conditions.tallying import tally
from maatwerk.core.conditions.terms import (
    Apply,
    Checked,
    Choose,
    Constant,
    Each,
    Item,
    Join,
    Listing,
    Part,
    Present,
    Read,
    Tally,
    Term,
    Variable,
)
from maatwerk.core.conditions.types import Scalar, Schema


def compile(checked: Checked) -> Callable[[Any], bool]:
    """A function of the data: whether the condition holds. What cannot be told does not match; it never
    raises."""
    run = _Compiler(checked.schema).closure(checked.root, 0)

    def matches(data: Any) -> bool:
        try:
            return run(data)  # type: ignore[no-any-return]  # the checker saw to it
        except CannotTell:
            return False

    return matches


def compile_value(checked: Checked) -> Callable[[Any], Scalar | None]:
    """A function of the data: the expression's value, None where it cannot be told (so a condition has
    three answers)."""
    run = _Compiler(checked.schema).closure(checked.root, 0)

    def value(data: Any) -> Scalar | None:
        try:
            return run(data)  # type: ignore[no-any-return]  # as above
        except CannotTell:
            return None

    return value


def compile_element(terms: Sequence[Term], schema: Schema) -> Callable[[Any], bool]:
    """A function of one happening: whether all of these conditions about it hold."""
    run = _Compiler(schema)
    closures = [run.closure(term, 1) for term in terms]

    def matches(element: Any) -> bool:
        env = (None, element)
        try:
            return all(closure(env) for closure in closures)
        except CannotTell:
            return False

    return matches


def closure_of(checked: Checked, term: Term) -> Run:
    """The closure of a part of a condition: raises `CannotTell`; for the package alone."""
    return _Compiler(checked.schema).closure(term, 0)


class _Compiler:
    """Builds closures bottom up; `depth` is the number of quantifiers around a term."""

    def __init__(self, schema: Schema) -> None:
        self.attributes = schema.reads == "attributes"

    def closure(self, term: Term, depth: int) -> Run:
        match term:
            case Constant(value=value):
                return lambda env: value
            case Variable():
                return _variable(term)
            case Read(path=path, type=type_, of=None):
                return field_reader(_data if depth else None, path, type_, self.attributes)
            case Read(path=path, type=type_, of=Variable(level=level)):
                return field_reader(lambda env: env[level], path, type_, self.attributes)
            case Part(of=of, path=path, type=type_):
                return field_reader(self.closure(of, depth), path, type_, self.attributes)
            case Item(of=of, key=key, type=type_):
                constant = key.value if isinstance(key, Constant) else None
                return item_reader(self.closure(of, depth), self.closure(key, depth), constant, type_)
            case Listing(items=items):
                return self.listing(items, depth)
            case Apply():
                return self.apply(term, depth)
            case Join(op=op, parts=parts):
                return _join(tuple(self.closure(part, depth) for part in parts), op == "||")
            case Choose(test=test, then=then, otherwise=otherwise):
                return _choose(*(self.closure(part, depth) for part in (test, then, otherwise)))
            case Present(of=of):
                return _present(self.closure(of, depth))
            case Each():
                return self.each(term, depth)
            case Tally():
                return tally(term, self.closure)
            case _:
                raise AssertionError(term)

    def apply(self, term: Apply, depth: int) -> Run:
        runs = [self.closure(arg, depth) for arg in term.args]
        kind = term.args[0].type.kind
        if len(runs) == 1:
            return operations.unary(term.operation, kind, runs[0])
        last = term.args[-1]
        constant = last.value if isinstance(last, Constant) else None
        left, right = runs
        compared = operations.compare(term.operation, left, right, constant)
        return compared or operations.binary(term.operation, kind, left, right)

    def listing(self, items: tuple[Term, ...], depth: int) -> Run:
        constants = [item.value for item in items if isinstance(item, Constant)]
        if len(constants) == len(items):
            return lambda env: constants
        runs = [self.closure(item, depth) for item in items]
        return lambda env: [run(env) for run in runs]

    def each(self, term: Each, depth: int) -> Run:
        over, condition = self.closure(term.over, depth), self.closure(term.condition, depth + 1)

        def environments(env: Any) -> list[Any]:
            outer = env if depth else (env,)
            return [(*outer, element) for element in over(env)]

        if term.quantifier == "exists_one":
            return lambda env: sum(map(condition, environments(env))) == 1
        decisive = term.quantifier == "exists"
        return lambda env: _kleene(condition, environments(env), decisive)


def _data(env: Any) -> Any:
    return env[0]


def _variable(term: Variable) -> Run:
    level, plain, admit = term.level, plain_type(term.type), admitter(term.type)

    def read(env: Any) -> Any:
        value = env[level]
        return value if type(value) is plain else admit(value)

    return read


def _kleene(condition: Run, environments: list[Any], decisive: bool) -> bool:
    """`||` over all environments where `decisive` is true, `&&` where it is false."""
    untold = False
    for env in environments:
        try:
            if condition(env) == decisive:
                return decisive
        except CannotTell:
            untold = True
    if untold:
        raise CannotTell
    return not decisive


def _join(parts: tuple[Run, ...], decisive: bool) -> Run:
    if len(parts) == 2:
        return _either(*parts) if decisive else _both(*parts)

    def join(env: Any) -> bool:
        untold = False
        for part in parts:
            try:
                if part(env) == decisive:
                    return decisive
            except CannotTell:
                untold = True
        if untold:
            raise CannotTell
        return not decisive

    return join


def _both(left: Run, right: Run) -> Run:
    def both(env: Any) -> Any:
        try:
            if not left(env):
                return False
        except CannotTell:
            if right(env):
                raise
            return False
        return right(env)

    return both


def _either(left: Run, right: Run) -> Run:
    def either(env: Any) -> Any:
        try:
            if left(env):
                return True
        except CannotTell:
            if not right(env):
                raise
            return True
        return right(env)

    return either


def _choose(test: Run, then: Run, otherwise: Run) -> Run:
    return lambda env: then(env) if test(env) else otherwise(env)


def _present(of: Run) -> Run:
    def present(env: Any) -> bool:
        try:
            of(env)
        except CannotTell:
            return False
        return True

    return present
