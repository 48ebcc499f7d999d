"""What the names in a condition stand for, under a schema and inside quantifiers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

from msgspec.structs import replace

from maatwerk.core.conditions.refusal import RefusedCondition, did_you_mean
from maatwerk.core.conditions.terms import (
    Apply,
    Constant,
    Item,
    Part,
    Read,
    Term,
    Variable,
)
from maatwerk.core.conditions.tree import (
    Expression,
    Index,
    Name,
    Node,
    Select,
    walk,
)
from maatwerk.core.conditions.types import (
    ANY,
    DOUBLE,
    INT,
    SCALARS,
    STRING,
    Schema,
    Type,
)
from maatwerk.core.conditions.write import to_text


class Naming(ABC):
    """The half of the checker that looks names up, and says where it refuses."""

    def __init__(self, expression: Expression, schema: Schema) -> None:
        self.schema = schema
        self.text = expression.text
        places = zip(walk(expression.root), expression.offsets, strict=False)
        self.offsets = {id(node): offset for (node, _), offset in places}
        self.variables: list[tuple[str, Type]] = []

    @abstractmethod
    def term(self, node: Node) -> Term:
        """The typed meaning of any node."""

    def place(self, node: Node) -> Term:
        """What a name or a selection stands for, records too, which are no value by themselves."""
        match node:
            case Name(name=name):
                return self.name(node, name)
            case Select(of=of, field=field):
                base = self.place(of)
                if base.type.kind == "map":
                    return Item(base, Constant(field, STRING), _item_type(base.type))
                if base.type.kind != "record":
                    self.refuse(node, "type", f"{to_text(of)} is {base.type}, which has no fields")
                if field not in base.type.fields:
                    self.refuse_name(node, f"{to_text(of)}.{field}", base.type)
                return _extend(base, field, base.type.fields[field])
            case Index(of=of, key=key):
                return self.item(node, of, key)
            case _:
                return self.term(node)

    def name(self, node: Node, name: str) -> Term:
        for level in range(len(self.variables), 0, -1):
            if self.variables[level - 1][0] == name:
                return Variable(level, self.variables[level - 1][1])
        if name not in self.schema.root.fields:
            self.refuse_name(node, name, self.schema.root)
        return Read((name,), self.schema.root.fields[name])

    def refuse_name(self, node: Node, name: str, siblings: Type) -> NoReturn:
        """Names the nearest full name; failing that, the nearest sibling."""
        dotted = self.schema.dotted() + [variable for variable, _ in self.variables]
        prefix = name.rpartition(".")[0]
        here = [f"{prefix}.{field}" if prefix else field for field in siblings.fields]
        self.refuse(node, "unknown_name", f"unknown name {name}", did_you_mean(name, {*dotted, *here}))

    def item(self, node: Node, of: Node, key_node: Node) -> Term:
        base = self.place(of)
        if base.type.kind not in ("map", "list"):
            hint = "write a dot and the field's name" if base.type.kind == "record" else ""
            self.refuse(node, "type", f"{to_text(of)} is {base.type}, which has no items", hint)
        wanted = STRING if base.type.kind == "map" else INT
        key = self.fit(self.term(key_node), wanted)
        if key.type.kind != wanted.kind:
            self.refuse(key_node, "type", f"a {base.type.kind} is read by {wanted}, not by {key.type}")
        return Item(base, key, _item_type(base.type))

    def told(self, node: Node, term: Term) -> Term:
        if term.type.kind == "record":
            hint = did_you_mean("", [f"{to_text(node)}.{field}" for field in term.type.fields])
            self.refuse(node, "type", f"{to_text(node)} has fields, and is no value by itself", hint)
        return term

    def reading(self, node: Node) -> Term:
        if not isinstance(node, Name | Select | Index):
            self.refuse(node, "type", "only a field can be there or not", "such as has(product.brand)")
        return self.place(node)

    def without_default(self, term: Term) -> Term:
        """The same reading, telling nothing where it would tell its default."""
        return term if term.type.default is None else replace(term, type=replace(term.type, default=None))

    def fit(self, term: Term, wanted: Type) -> Term:
        """The term as the type its use asks for, where that is lawful: `any` is read as it; an int is a
        double."""
        if term.type.kind == "any" and wanted.kind in SCALARS:
            # Someone's age may be 41 or 41.0: a number of no declared type is read as a double.
            return replace(term, type=DOUBLE if wanted.kind == "int" else replace(wanted, default=None))
        if term.type.kind == "int" and wanted.kind == "double":
            if isinstance(term, Constant):
                return Constant(float(term.value), DOUBLE)
            return Apply("double", (term,), DOUBLE)
        return term

    def refuse_anywhere(self, code: str, detail: str, hint: str = "") -> NoReturn:
        """Refuse where no node is at hand."""
        raise RefusedCondition(code, detail, hint=hint)

    def refuse(self, node: Node, code: str, detail: str, hint: str = "") -> NoReturn:
        offset = self.offsets.get(id(node), -1)
        raise RefusedCondition(code, detail, hint=hint, text=self.text, offset=offset)


def _extend(base: Term, field: str, type_: Type) -> Term:
    match base:
        case Read(path=path, of=of):
            return Read((*path, field), type_, of)
        case Variable():
            return Read((field,), type_, base)
        case Part(of=inner, path=path):
            return Part(inner, (*path, field), type_)
        case _:
            return Part(base, (field,), type_)


def _item_type(container: Type) -> Type:
    return container.item or ANY
