"""An audience as one query over history: the second walk over the tree that the one-shopper evaluator walks.

    happening, item      what happened: one row an event, one row a product line, with ``who``
    person               one row for each person, with the facts that conditions read, computed by the fold
    product              the catalog as it is

Of happenings the newest 500 that match what the event itself says are looked at, an order is one however many
routes report it, windows end at ``now``: word for word what `fold.py` and `core.conditions.tallying` do.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from maatwerk.core.conditions.clauses import clause_of, reads_product, span_of
from maatwerk.core.conditions.sql import column, expression, json_value, literal
from maatwerk.core.conditions.streams import LIMIT
from maatwerk.core.conditions.terms import (
    Bound,
    Checked,
    Constant,
    Each,
    Follow,
    Item,
    Join,
    Listing,
    Present,
    Read,
    Stream,
    Tally,
    Term,
    Variable,
)
from maatwerk.core.conditions.types import SCALARS
from maatwerk.core.conditions.walking import NOW, each_term, parts
from maatwerk.core.errors import Impossible
from maatwerk.events.names import BODIES

LISTED = "Audience Listed"
REPEATED = frozenset(name for name, body in BODIES.items() if "order_id" in body.__struct_fields__)
"""Events that name an order: several reports of one are one."""


class Query(msgspec.Struct, frozen=True):
    """``sql`` gives the numbers of members (``who``). ``facts`` are the terms whose values stand in columns
    of ``person``, by column; ``events`` and ``lines`` the names of what is read, ``fields`` what of it, and
    ``products`` whether the catalog is."""

    sql: str
    facts: dict[str, Term]
    events: frozenset[str]
    lines: frozenset[str]
    fields: frozenset[str]
    products: bool


def query_of(checked: Checked, now: int, facts: dict[str, Term] | None = None) -> Query:
    """The query of a condition at a moment. ``facts``: columns that other queries ask for; those of this one
    are added."""
    return _Writer(now, {} if facts is None else facts).query(checked.root)


class _Writer:
    def __init__(self, now: int, facts: dict[str, Term]) -> None:
        self.now = now
        self.facts = facts
        self.names: dict[str, set[str]] = {"event": set(), "item": set()}
        self.fields: set[str] = set()
        self.products = False
        self.tables: list[str] = []
        self.tallies: dict[str, str] = {}

    def query(self, root: Term) -> Query:
        condition = expression(root, self.person)
        joins = "".join(f"\nLEFT JOIN {name} ON {name}.who = p.who" for name in self.tallies.values())
        given = f"WITH {', '.join(self.tables)}\n" if self.tables else ""
        sql = f"{given}SELECT p.who FROM person AS p{joins}\nWHERE {condition}\nORDER BY p.who"
        events, lines = frozenset(self.names["event"]), frozenset(self.names["item"])
        return Query(sql, self.facts, events, lines, frozenset(self.fields), self.products)

    def fact(self, term: Term) -> str:
        """The column of ``person`` that holds a term's value."""
        for name, known in self.facts.items():
            if known == term:
                return f"p.{column(name)}"
        name = f"f{len(self.facts)}"
        self.facts[name] = term
        return f"p.{column(name)}"

    def person(self, term: Term) -> str | None:
        """The SQL of what a condition reads of a person."""
        match term:
            case Tally():
                return self.tally(term)
            case Read(path=path, of=None) if path == (NOW,):
                return literal(self.now)
            case Read(path=("profile", "user_id"), of=None):
                return "p.user_id"
            case Read(path=("profile", "customer"), of=None):
                return "(p.user_id IS NOT NULL)"
            case Item(of=Read(path=("listed",), of=None), key=Constant(value=str(key))):
                return self.listed(key)
            case Present(of=of):
                return self.fact(term) if not _mixed(of) else None
            case Read() | Item():
                return self.fact(term)
            case Each():
                return self.fact(term)
        if not _mixed(term) and any(_listed(each) for each in parts(term)):
            return self.fact(term)  # about a list or a map, which is no column
        return None

    # -- happenings

    def tally(self, tally: Tally) -> str:
        key = repr(tally)
        if key not in self.tallies:
            made = self.stream(tally.of, tally)
            name = f"t{len(self.tallies)}"
            value = _TALLIED[tally.op]
            if tally.value is not None:
                value = value.replace("?", self.element(tally.value, "e"))
            joined = self.product_join(tally.value) if tally.value is not None else ""
            self.tables.append(
                f"{name} AS (SELECT e.who, {value} AS v FROM {made} AS e{joined} GROUP BY e.who)"
            )
            self.tallies[key] = name
        found = f"{self.tallies[key]}.v"
        if tally.op not in ("count", "sum", "distinct"):
            return found
        told = [self.fact(bound.at) for bound in _fact_bounds(tally.of)]
        value = f"COALESCE({found}, 0)"
        unknown = " OR ".join(f"{each} IS NULL" for each in told)
        return f"(CASE WHEN {unknown} THEN NULL ELSE {value} END)" if told else value

    def listed(self, key: str) -> str:
        """Whether a person stands on the list of an audience: the newest word counts."""
        name = f"l{len(self.tallies)}"
        if (known := self.tallies.get(f"listed {key}")) is None:
            self.names["event"].add(LISTED)
            self.fields.add("properties")
            word = "json_extract_string(e.properties, '/listed') = 'true'"
            self.tables.append(
                f'{name} AS (SELECT e.who, arg_max({word}, (e.time, e."offset")) AS v FROM happening AS e'
                f" WHERE e.name = {literal(LISTED)} AND e.time <= {self.now}"
                f" AND json_extract_string(e.properties, '/audience') = {literal(key)} GROUP BY e.who)"
            )
            known = self.tallies[f"listed {key}"] = name
        return f"COALESCE({known}.v, FALSE)"

    def stream(self, stream: Stream, tally: Tally | None, by: str = "") -> str:
        """The name of a table of a stream's rows: who, time, offset and columns."""
        clause = clause_of(stream, tally, ((by,),) if by else ())
        self.names[clause.source].add(clause.name)
        source = "item" if clause.source == "item" else "happening"
        early = [self.element(part, "e") for part in clause.where]
        where = " AND ".join([f"e.name = {literal(clause.name)}", f"e.time <= {self.now}", *early])
        kept = sorted({path[0] for path in clause.columns})
        self.fields |= set(kept)
        columns = "".join(f", e.{column(name)}" for name in kept)
        once, newest = self._ranks(clause.name, clause.source)
        select = f'SELECT e.who, e.time, e."offset"{columns} FROM {source} AS e WHERE {where}'
        heavy = "e.who IN (SELECT who FROM heavy)"
        base = (
            f"{select} AND NOT {heavy}{once} UNION ALL"
            f" SELECT * FROM ({select} AND {heavy}{once}) QUALIFY {newest} <= {LIMIT}"
        )
        late = [self.element(part, "e") for part in stream.where if reads_product(part)]
        late += [self._bound(bound) for bound in stream.bounds]
        joins = next((self.product_join(part) for part in stream.where if reads_product(part)), "")
        if any(not bound.ago and not isinstance(bound.at, Constant) for bound in stream.bounds):
            joins += " JOIN person AS p ON p.who = e.who"
        name = f"s{len(self.tables)}"
        sql = f"SELECT e.* FROM ({base}) AS e{joins}"
        if late:
            sql += f" WHERE {' AND '.join(late)}"
        self.tables.append(f"{name} AS ({sql})")
        for follow in stream.follows:
            name = self._follow(name, follow)
        return name

    def _follow(self, before: str, follow: Follow) -> str:
        other = self.stream(follow.other, None, follow.by)
        name = f"s{len(self.tables)}"
        same = f" AND e.{column(follow.by)} = o.{column(follow.by)}" if follow.by else ""
        within = f"COALESCE(o.time <= e.time + {follow.span}, FALSE)"
        keep = f"NOT {within} AND e.time + {follow.span} <= {self.now}" if follow.negated else within
        if follow.by:
            keep = f"e.{column(follow.by)} IS NOT NULL AND {keep}"
        self.tables.append(
            f"{name} AS (SELECT e.* FROM {before} AS e ASOF LEFT JOIN {other} AS o"
            f" ON e.who = o.who{same} AND e.time < o.time WHERE {keep})"
        )
        return name

    def _ranks(self, name: str, source: str) -> tuple[str, str]:
        order = 'ORDER BY time DESC, "offset" DESC'
        once = ""
        if name in REPEATED:
            line = ", e.sku, e.occurrence" if source == "item" else ""
            key = f"COALESCE(NULLIF(e.order_id, ''), CAST(e.\"offset\" AS VARCHAR)){line}"
            order_e = 'ORDER BY e.time DESC, e."offset" DESC'
            once = f" QUALIFY ROW_NUMBER() OVER (PARTITION BY e.who, {key} {order_e}) = 1"
        return once, f"ROW_NUMBER() OVER (PARTITION BY who {order})"

    def _bound(self, bound: Bound) -> str:
        if bound.ago:
            at = self.now - span_of(bound)
            return f"e.time {'>' if bound.side == 'since' else '<='} {at}"
        at_sql = literal(bound.at.value) if isinstance(bound.at, Constant) else self.fact(bound.at)
        return f"e.time {'>=' if bound.side == 'since' else '<'} {at_sql}"

    def product_join(self, term: Term) -> str:
        """The join that a term about the catalog needs."""
        if not reads_product(term):
            return ""
        self.products = True
        return " LEFT JOIN product AS c ON c.sku = e.sku"

    def element(self, term: Term, alias: str) -> str:
        """The SQL of a term about one happening."""

        def given(inner: Term) -> str | None:
            match inner:
                case Read(path=("product", name), of=Variable(level=1)):
                    return f"c.{column(name)}"
                case Item(of=Read(path=("product", "attributes"), of=Variable(level=1)), key=key):
                    return json_value("c.attributes", str(_constant(key)), inner.type.kind)
                case Item(of=Read(path=("properties",), of=Variable(level=1)), key=key):
                    self.fields.add("properties")
                    return json_value(f"{alias}.properties", str(_constant(key)), inner.type.kind)
                case Read(path=(name,), of=Variable(level=1)):
                    self.fields.add(name)
                    return f"{alias}.{column(name)}"
            return None

        return expression(term, given)


_TALLIED = {
    "count": "count(*)",
    "sum": "COALESCE(sum(?), 0)",
    "average": "avg(?)",
    "least": "min(?)",
    "greatest": "max(?)",
    "distinct": "count(DISTINCT ?)",
    "latest": "max(e.time)",
    "earliest": "min(e.time)",
}


def _constant(term: Term) -> object:
    if not isinstance(term, Constant):
        raise Impossible("a property's name is written out: the checker saw to it")
    return term.value


def _fact_bounds(stream: Stream) -> Sequence[Bound]:
    found = [bound for bound in stream.bounds if not bound.ago and not isinstance(bound.at, Constant)]
    return found + [bound for follow in stream.follows for bound in _fact_bounds(follow.other)]


def _mixed(term: Term) -> bool:
    """Whether happenings or the moment have a part in it."""
    return any(
        isinstance(each, Tally) or (isinstance(each, Read) and each.path == (NOW,) and each.of is None)
        for each in each_term(term)
    )


def _listed(term: Term) -> bool:
    return not isinstance(term, Listing | Join) and term.type.kind not in SCALARS
