"""The one rule language: `orders.count >= 2 && affinity.category["women"] > 0.4`.

    text -> parse -> Expression -> check(schema) -> Checked -> compile -> a function of the data

The syntax and meaning are CEL's (the Common Expression Language), a subset without anything that can run
long. Rule of the room: what cannot be told from the data does not match, and can be asked after; nothing a
merchant writes raises anything but `Refused`, with the place, and no data raises anything at all.
"""

from maatwerk.core.conditions.check import check
from maatwerk.core.conditions.clauses import Clause, clause_of, clauses
from maatwerk.core.conditions.compile import compile, compile_element, compile_value
from maatwerk.core.conditions.moments import NEVER, next_change
from maatwerk.core.conditions.parse import parse
from maatwerk.core.conditions.refusal import RefusedCondition
from maatwerk.core.conditions.terms import Checked
from maatwerk.core.conditions.tree import Expression
from maatwerk.core.conditions.types import (
    ANY,
    BOOL,
    DOUBLE,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    Schema,
    Type,
    list_of,
    map_of,
    optional,
    record,
)
from maatwerk.core.conditions.uses import missing, names
from maatwerk.core.conditions.write import to_text

__all__ = [
    "ANY",
    "BOOL",
    "DOUBLE",
    "DURATION",
    "INT",
    "NEVER",
    "STRING",
    "TIMESTAMP",
    "Checked",
    "Clause",
    "Expression",
    "RefusedCondition",
    "Schema",
    "Type",
    "check",
    "clause_of",
    "clauses",
    "compile",
    "compile_element",
    "compile_value",
    "list_of",
    "map_of",
    "missing",
    "names",
    "next_change",
    "optional",
    "parse",
    "record",
    "to_text",
]
