"""The first interpreter's half about happenings: from kept rows to one value.

The data holds, beside its names, ``"@"``: something with ``rows(clause_id)``, rows newest first, and
``product(sku)``, the catalog's product or None. A row is its time, its place in the log, what tells it from
others of one event, and the clause's columns.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from maatwerk.core.conditions.clauses import Clause, Path, clause_of, reads_product, span_of
from maatwerk.core.conditions.operations import finite
from maatwerk.core.conditions.reading import CannotTell, Run
from maatwerk.core.conditions.terms import Bound, Follow, Stream, Tally, Term
from maatwerk.core.conditions.walking import NOW

Row = Sequence[Any]
"""Time, offset, key, and the clause's columns."""

HAPPENINGS = "@"
FIRST_COLUMN = 3

Rows = Callable[[Any], list[Row]]
Closure = Callable[[Term, int], Run]


class Happenings(Protocol):
    """What the data holds under ``"@"``."""

    def rows(self, clause_id: str) -> list[Any]:
        """The kept rows of a clause (`Row` each), newest first."""

    def product(self, sku: str) -> Any:
        """The catalog's product as conditions read it, or None."""


def tally(term: Tally, closure: Closure) -> Run:
    """The closure of a tally. ``closure`` makes those of terms, at a depth of elements."""
    clause = clause_of(term.of, term)
    rows = chosen(term.of, clause, closure)
    if term.op == "count":
        most = term.most
        return (lambda data: min(len(rows(data)), most)) if most else (lambda data: len(rows(data)))
    if term.op == "latest":
        return lambda data: _end(rows(data), 0)
    if term.op == "earliest":
        return lambda data: _end(rows(data), -1)
    assert term.value is not None
    values = _values(term.value, clause, closure, rows)
    if term.op == "distinct":
        return lambda data: len(set(values(data)))
    return _NUMBERS[term.op](values)


def chosen(stream: Stream, clause: Clause, closure: Closure) -> Rows:
    """The rows of a stream that count now, newest first."""
    window = _window(stream.bounds, closure)
    late = [closure(part, 1) for part in stream.where if reads_product(part)]
    element = _element(clause.columns)
    followed = [_followed(follow, clause, closure) for follow in stream.follows]
    key = clause.id

    def rows(data: Any) -> list[Row]:
        low, high = window(data)
        found = [row for row in data[HAPPENINGS].rows(key) if low <= row[0] < high]
        if late:
            found = [row for row in found if _holds(late, (None, element(row, data)))]
        for keeps in followed:
            found = keeps(found, data)
        return found

    if late or followed:
        return rows
    return lambda data: _within(data[HAPPENINGS].rows(key), *window(data))


def _within(rows: list[Row], low: int, high: int) -> list[Row]:
    """Rows are newest first: those of a window that reaches to now stand in front."""
    first, end = 0, len(rows)
    while first < end and rows[first][0] >= high:
        first += 1
    if first < end and rows[-1][0] < low:
        # from the new end: most windows hold few
        end = first
        while rows[end][0] >= low:
            end += 1
    return rows[first:end] if first or end < len(rows) else rows


def _window(bounds: Sequence[Bound], closure: Closure) -> Callable[[Any], tuple[int, int]]:
    """From when (in it) to when (not in it) a window reaches, at a moment."""
    spans = [span_of(bound) for bound in bounds if bound.ago and bound.side == "since"]
    ends = [span_of(bound) for bound in bounds if bound.ago and bound.side == "until"]
    moments = [(bound.side == "since", closure(bound.at, 0)) for bound in bounds if not bound.ago]
    span, end = min(spans, default=0), max(ends, default=0)

    def window(data: Any) -> tuple[int, int]:
        now = data[NOW]
        low = now - span + 1 if span else 0
        high = now - end + 1
        for since, moment in moments:
            at = moment(data)
            low, high = (max(low, at), high) if since else (low, min(high, at))
        return low, high

    return window


def _followed(follow: Follow, clause: Clause, closure: Closure) -> Callable[[list[Row], Any], list[Row]]:
    by: tuple[Path, ...] = ((follow.by,),) if follow.by else ()
    other = clause_of(follow.other, None, by)
    rows = chosen(follow.other, other, closure)
    theirs = FIRST_COLUMN + other.columns.index(by[0]) if by else 0
    ours = FIRST_COLUMN + clause.columns.index(by[0]) if by else 0
    span, negated = follow.span, follow.negated

    def keeps(found: list[Row], data: Any) -> list[Row]:
        times: dict[Any, list[int]] = {}
        for row in reversed(rows(data)):
            times.setdefault(row[theirs] if theirs else None, []).append(row[0])
        now = data[NOW]
        return [
            row
            for row in found
            if not (ours and row[ours] is None)
            and _comes(times.get(row[ours] if ours else None, ()), row[0], span) != negated
            and (not negated or row[0] + span <= now)
        ]

    return keeps


def _comes(times: Sequence[int], after: int, span: int) -> bool:
    place = bisect_right(times, after)
    return place < len(times) and times[place] <= after + span


def _element(columns: tuple[Path, ...]) -> Callable[[Row, Any], dict[str, Any]]:
    """A row as the element it was, as far as it is looked at."""
    plain = [(FIRST_COLUMN + place, path[0]) for place, path in enumerate(columns) if len(path) == 1]
    inside = [(FIRST_COLUMN + place, *path) for place, path in enumerate(columns) if len(path) == 2]

    def element(row: Row, data: Any) -> dict[str, Any]:
        made: dict[str, Any] = {name: row[place] for place, name in plain}
        made["time"] = row[0]
        for place, name, key in inside:
            made.setdefault(name, {})[key] = row[place]
        sku = made.get("sku")
        if sku:
            made["product"] = data[HAPPENINGS].product(sku)
        return made

    return element


def _values(value: Term, clause: Clause, closure: Closure, rows: Rows) -> Callable[[Any], list[Any]]:
    read, element = closure(value, 1), _element(clause.columns)

    def values(data: Any) -> list[Any]:
        found = []
        for row in rows(data):
            try:
                found.append(read((None, element(row, data))))
            except CannotTell:
                continue
        return found

    return values


def _holds(conditions: list[Run], env: Any) -> bool:
    try:
        return all(condition(env) for condition in conditions)
    except CannotTell:
        return False


def _end(rows: list[Row], place: int) -> int:
    if not rows:
        raise CannotTell
    return int(rows[place][0])


def _some(values: Callable[[Any], list[Any]], reckon: Callable[[list[Any]], float]) -> Run:
    def some(data: Any) -> float:
        found = values(data)
        if not found:
            raise CannotTell
        return finite(reckon(found))

    return some


_NUMBERS: dict[str, Callable[[Callable[[Any], list[Any]]], Run]] = {
    "sum": lambda values: lambda data: finite(float(sum(values(data)))),
    "average": lambda values: _some(values, lambda found: sum(found) / len(found)),
    "least": lambda values: _some(values, min),
    "greatest": lambda values: _some(values, max),
}
